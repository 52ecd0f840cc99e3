"""What a test may need from the machine, and what happens where the machine does not have it.

A test that needs a service says so with the mark ``needs_postgres``, ``needs_redis`` or
``needs_chromium``, or asks for the fixture ``chromium`` or ``shared_data``. Where the thing is absent
the test skips and says why; where ``PORTAL_REQUIRE`` (such as ``postgres,redis``) names the thing, the
same test fails instead.
"""

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.conf import settings
from django.db import connection
from pytest_django import DjangoDbBlocker

NEEDS = ("postgres", "redis", "chromium", "gettext", "shared_data")
CHROMIUM_NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")


def _required() -> set[str]:
    return {name.strip() for name in os.environ.get("PORTAL_REQUIRE", "").split(",") if name.strip()}


def _chromium() -> str:
    found = (shutil.which(name) for name in CHROMIUM_NAMES)
    return os.environ.get("PORTAL_CHROMIUM") or next((path for path in found if path), "")


def _shared_data() -> Path:
    beside = Path(settings.BASE_DIR).parent / "shared" / "data"
    return Path(os.environ.get("PORTAL_SHARED_DATA") or beside)


def _why_absent(need: str) -> str:
    """The reason to skip, empty where the machine has what is needed."""
    match need:
        case "postgres" if not settings.DATABASES["default"]["ENGINE"].endswith("postgresql"):
            return "needs PostgreSQL: DATABASE_URL does not name one"
        case "redis" if not settings.REDIS_URL:
            return "needs Redis: REDIS_URL is not set"
        case "chromium" if not _chromium():
            return "needs Chromium: none is on the PATH, and PORTAL_CHROMIUM is not set"
        case "gettext" if not shutil.which("xgettext"):
            return "needs gettext: no xgettext is on the PATH"
        case "shared_data" if not _shared_data().is_dir():
            return f"needs the shared data: PORTAL_SHARED_DATA, {_shared_data()}, is no folder"
        case _:
            return ""


def _skip_or_fail(need: str) -> None:
    reason = _why_absent(need)
    if not reason:
        return
    if need in _required():
        pytest.fail(f"{reason}; PORTAL_REQUIRE names {need}, so this does not skip", pytrace=False)
    pytest.skip(reason)


def pytest_configure(config: pytest.Config) -> None:
    unknown = _required() - set(NEEDS)
    if unknown:
        raise pytest.UsageError(
            f"PORTAL_REQUIRE names {', '.join(sorted(unknown))}; known are {', '.join(NEEDS)}."
        )


def pytest_runtest_setup(item: pytest.Item) -> None:
    for need in NEEDS:
        if item.get_closest_marker(f"needs_{need}"):
            _skip_or_fail(need)


@pytest.fixture(scope="session")
def chromium() -> str:
    """The path of a Chromium to drive."""
    _skip_or_fail("chromium")
    return _chromium()


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """The folder of real public data that is kept beside the project, never in it."""
    _skip_or_fail("shared_data")
    return _shared_data()


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[None]:
    """With whatever connection is left at the end cut off, since PostgreSQL drops no database in use.

    While Playwright's event loop runs Django keeps a second connection for that thread, which nobody closes.
    """
    yield
    with django_db_blocker.unblock():
        if connection.vendor == "postgresql":
            with connection.cursor() as cursor:
                cursor.execute(
                    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                    " WHERE datname = current_database() AND pid <> pg_backend_pid()"
                )


@pytest.fixture(autouse=True)
def organisation_as_in_the_environment() -> Iterator[None]:
    """Whatever a test before this one said of the organisation is forgotten, without asking the database."""
    from common import organisation  # noqa: PLC0415 - this module is read where there are no settings yet

    organisation.know_nothing()
    yield
    organisation.know_nothing()
