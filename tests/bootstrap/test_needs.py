"""``tests/conftest.py`` itself: what is absent skips with its reason, and fails where it is required."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

from culture_portal.bootstrap import ROOT

pytestmark = pytest.mark.slow

SUITE = """
import pytest

@pytest.mark.needs_postgres
def test_postgres() -> None: pass

@pytest.mark.needs_redis
def test_redis() -> None: pass

@pytest.mark.needs_chromium
def test_chromium() -> None: pass

@pytest.mark.needs_gettext
def test_gettext() -> None: pass

def test_driving(chromium: str) -> None: pass

def test_shared_data(shared_data: object) -> None: pass
"""
REASONS = {
    "postgres": "needs PostgreSQL: DATABASE_URL does not name one",
    "redis": "needs Redis: REDIS_URL is not set",
    "chromium": "needs Chromium: none is on the PATH, and PORTAL_CHROMIUM is not set",
    "gettext": "needs gettext: no xgettext is on the PATH",
    "shared_data": "needs the shared data: PORTAL_SHARED_DATA, /nowhere, is no folder",
}


def run_suite(folder: Path, required: str) -> subprocess.CompletedProcess[str]:
    """On a machine that has none of what the tests need."""
    suite = folder / "test_needs.py"
    suite.write_text(SUITE)
    options = ["-p", "tests.conftest", f"--config-file={ROOT / 'pyproject.toml'}", "-p", "no:cacheprovider"]
    return subprocess.run(
        [sys.executable, "-m", "pytest", *options, str(suite)],
        cwd=ROOT,
        env={
            "PATH": "/nowhere",
            "PORTAL_SHARED_DATA": "/nowhere",
            "PORTAL_VAR": str(folder),
            "PORTAL_REQUIRE": required,
            "COLUMNS": "200",
        },
        capture_output=True,
        text=True,
        check=False,
    )


def test_what_is_absent_skips_with_its_reason(tmp_path: Path) -> None:
    outcome = run_suite(tmp_path, required="")
    reasons = re.findall(r"^SKIPPED \[\d\] \S+ (.+)$", outcome.stdout, re.MULTILINE)
    assert sorted(reasons) == sorted([*REASONS.values(), REASONS["chromium"]])
    assert outcome.returncode == 0


def test_what_is_required_fails_instead_with_the_same_reason(tmp_path: Path) -> None:
    outcome = run_suite(tmp_path, required=",".join(REASONS))
    reasons = re.findall(r"^ERROR ::test_(\w+) - Failed: (.+); PORTAL_REQUIRE", outcome.stdout, re.MULTILINE)
    assert dict(reasons) == {**REASONS, "driving": REASONS["chromium"]}
    assert outcome.returncode == 1


def test_a_misspelt_requirement_stops_the_run(tmp_path: Path) -> None:
    outcome = run_suite(tmp_path, required="redis,chrome")
    assert outcome.returncode == 4
    assert (
        "PORTAL_REQUIRE names chrome; known are postgres, redis, chromium, gettext, shared_data."
        in outcome.stderr
    )
