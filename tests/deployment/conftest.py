"""One installation for each test, on the PostgreSQL and Redis the suite was given."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.deployment.installation import Installation
from tests.notifications.conftest import start_sink, stop


@pytest.fixture
def installation(tmp_path: Path) -> Iterator[Installation]:
    process, sink = start_sink(tmp_path)
    installed = Installation(tmp_path / "portal", sink)
    installed.create_database()
    try:
        installed.manage("migrate", "--no-input")
        installed.manage("collectstatic", "--no-input")
        yield installed
    finally:
        installed.stop()
        installed.drop_database()
        stop(process)
