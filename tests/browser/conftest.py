"""What every browser test asks for."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from django.conf import settings
from playwright.sync_api import Browser

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
