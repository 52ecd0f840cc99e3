"""``manage.py bench``: all of it works and counts right. No test says how fast it is: machines differ."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.db import connection

from culture_portal.proving.bench.figures import Figure, in_pairs, median_ratio
from culture_portal.proving.bench.outbox import plans

on_postgresql = pytest.mark.skipif(
    not (settings.REDIS_URL and settings.DATABASES["default"]["ENGINE"].endswith("postgresql")),
    reason="measured on PostgreSQL and Redis only",
)


@on_postgresql
def test_a_small_run_does_all_there_is(tmp_path: Path) -> None:
    file = tmp_path / "figures.json"
    command = [sys.executable, "manage.py", "bench", "--small", "--json", str(file)]
    done = subprocess.run(
        command, cwd=settings.BASE_DIR, capture_output=True, text=True, timeout=1200, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    told = json.loads(file.read_text())
    assert told["small"] is True
    figures = {
        result["benchmark"]: {one["name"]: one["value"] for one in result["figures"]}
        for result in told["results"]
    }
    assert list(figures) == ["reminders", "launch", "outbox"]
    assert figures["reminders"]["mails in each run"] == 24
    assert figures["launch"]["people"] == 60
    assert figures["outbox"]["messages due"] == 10
    assert figures["outbox"]["messages waiting"] == 500
    assert all(value >= 0 for each in figures.values() for value in each.values())
    assert all(name in done.stdout for each in figures.values() for name in each)


@on_postgresql
@pytest.mark.django_db
def test_what_is_due_is_found_by_its_own_index() -> None:
    with connection.cursor() as cursor:
        # A table of a few rows is read from end to end whatever indexes there are.
        cursor.execute("SET LOCAL enable_seqscan = off")
    due, leased = plans()
    assert "message_due" in due
    assert "message_leased" in leased


def test_pairs_take_turns_at_going_first() -> None:
    order: list[str] = []

    def measured(name: str, value: float) -> Any:
        def measure() -> float:
            order.append(name)
            return value

        return measure

    assert in_pairs(measured("a", 4.0), measured("b", 2.0), 3) == ([4.0] * 3, [2.0] * 3)
    assert order == ["a", "b", "b", "a", "a", "b"]


def test_the_ratio_is_the_median_of_the_pairs() -> None:
    assert median_ratio([10.0, 8.0, 300.0], [5.0, 2.0, 100.0]) == 3.0


def test_a_target_is_met_at_its_bound() -> None:
    assert Figure("rate", 4.0, at_least=4).is_met
    assert not Figure("rate", 3.9, at_least=4).is_met
    assert Figure("time", 50.0, at_most=50).is_met
    assert not Figure("time", 50.1, at_most=50).is_met
