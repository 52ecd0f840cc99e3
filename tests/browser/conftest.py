"""What every browser test asks for."""

from __future__ import annotations

from collections.abc import Iterator
from importlib import import_module
from pathlib import Path

import pytest
from django.apps import apps
from django.conf import settings
from playwright.sync_api import Browser

from culture_portal.demo import ensure_demo
from surveys.models import FollowUpCause
from tests.browser.pages import browsing


@pytest.fixture(scope="session")
def browser(chromium: str) -> Iterator[Browser]:
    if not (Path(settings.BASE_DIR) / "static/build/app.css").exists():
        pytest.skip("needs the built style sheets: npm run build in frontend/")
    with pytest.MonkeyPatch.context() as patch:
        # Playwright keeps an event loop in this thread, which Django takes for a sign of async code.
        patch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "true")
        with browsing(chromium) as started:
            yield started


@pytest.fixture
def demo(transactional_db: None) -> None:
    """The demonstration in a portal as migrations leave it: a test before this one flushed their rows, too.

    ``serialized_rollback`` brings nothing back: Django has a second connection while Playwright's loop runs.
    """
    for migration, sow in (
        ("people.migrations.0001_initial", "create_roles"),
        ("customers.migrations.0001_initial", "create_principles"),
        ("customers.migrations.0003_seeded_german", "add_german_words"),
    ):
        getattr(import_module(migration), sow)(apps, None)
    if not FollowUpCause.objects.exists():
        import_module("surveys.migrations.0005_asking_well").offer_causes(apps, None)
    ensure_demo()
