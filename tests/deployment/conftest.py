"""One installation for each test, on the PostgreSQL and Redis the suite was given."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from django.conf import settings

from culture_portal.proving.installation import Installation, Server
from culture_portal.proving.sink import Sink, start_sink, stop


def given_server() -> Server:
    """The PostgreSQL the suite was given, for databases beside its own."""
    database = settings.DATABASES["default"]
    user = ":".join(filter(None, [database["USER"], database["PASSWORD"]]))
    return Server(f"postgres://{user}@{database['HOST'] or 'localhost'}:{database['PORT'] or 5432}")


def install(folder: Path, sink: Sink) -> Installation:
    place, _, number = settings.REDIS_URL.rpartition("/")
    # The number after the one the suite itself uses: its workers must not hear ours.
    return Installation(folder, sink, given_server(), f"{place}/{(int(number or 0) + 1) % 16}")


@pytest.fixture
def installation(tmp_path: Path) -> Iterator[Installation]:
    process, sink = start_sink(tmp_path)
    installed = install(tmp_path / "portal", sink)
    installed.create_database()
    try:
        installed.manage("migrate", "--no-input")
        installed.manage("collectstatic", "--no-input")
        yield installed
    finally:
        installed.stop()
        installed.drop_database()
        stop(process)
