"""From the release before to this one and back, with a whole demonstration in the database."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.conf import settings

from tests.deployment.conftest import given_server

pytestmark = pytest.mark.slow

# Where the first release ended.
BEFORE = {
    "surveys": "0002",
    "customers": "0001",
    "notifications": "0001",
    "people": "0001",
    "common": "0001",
}
# Tables it did not have: what they hold goes with them.
SINCE = ("surveys.FollowUp ", "surveys.Improvement ", "surveys.WaveSeries ")
COUNT = """
from django.apps import apps
for model in apps.get_models():
    if model._meta.app_label in {'people', 'customers', 'surveys'} and model._base_manager.exists():
        print(model._meta.label, model._base_manager.count())
from people.models import Person
print(sorted(Person.objects.values_list('email', 'display_name', 'password', 'working_days')))
"""


@pytest.fixture
def environment(tmp_path: Path) -> Iterator[dict[str, str]]:
    """A portal with nothing in it, on the kind of database this run of the suite has."""
    dropped = {"DJANGO_SETTINGS_MODULE", "DATABASE_URL", "REDIS_URL"}
    kept = {name: value for name, value in os.environ.items() if name not in dropped}
    kept |= {"PORTAL_VAR": str(tmp_path), "LOG_LEVEL": "WARNING"}
    if not settings.DATABASES["default"]["ENGINE"].endswith("postgresql"):
        yield kept
        return
    server = given_server()
    name = server.create_database()
    yield kept | {"DATABASE_URL": server.address(name)}
    server.drop_database(name)


def test_migrations_go_back_and_forth_with_data(environment: dict[str, str]) -> None:
    run(environment, "migrate", "--no-input")
    run(environment, "createcachetable")
    run(environment, "shell", "--command", "from culture_portal.demo import ensure_demo; ensure_demo()")
    held = run(environment, "shell", "--command", COUNT)
    assert "people.Person 12" in held
    for app, migration in BEFORE.items():
        run(environment, "migrate", "--no-input", app, migration)
    run(environment, "migrate", "--no-input")
    kept = [line for line in held.splitlines() if not line.startswith(SINCE)]
    assert run(environment, "shell", "--command", COUNT).splitlines() == kept


def run(environment: dict[str, str], *command: str) -> str:
    done = subprocess.run(
        [sys.executable, "manage.py", *command],
        cwd=settings.BASE_DIR,
        env=environment,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout
