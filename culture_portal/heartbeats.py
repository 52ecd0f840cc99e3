"""Signs of life of the workers and the clock, kept in the cache that all of them share.

The clock leaves its own when it has sent a heartbeat task to each queue, and the worker that takes the task
leaves that of its queue: one missing says how far down the way from clock to worker things still go.
"""

from __future__ import annotations

import datetime as dt
import time
from typing import Any

from celery.beat import ScheduleEntry, Scheduler
from django.core.cache import cache

QUEUES = ("default", "ballots")
CLOCK = "clock"
PLACES = (*QUEUES, CLOCK)
EVERY = 60  # seconds
# A worker may be busy with one long piece of work; beyond this something is wrong.
TOO_OLD = 15 * EVERY
TASK = "culture_portal.tasks.heartbeat"
_KEPT = 60 * 60 * 24 * 7


def mark(place: str) -> None:
    cache.set(_key(place), time.time(), timeout=_KEPT)


def ages() -> dict[str, float | None]:
    """Seconds since the last sign of each; None where there was none in a week."""
    kept = cache.get_many([_key(place) for place in PLACES])
    now = time.time()
    return {place: now - kept[_key(place)] if _key(place) in kept else None for place in PLACES}


def _key(place: str) -> str:
    return f"heartbeat:{place}"


class Clock(Scheduler):
    """Celery's, kept in memory: nothing is lost by forgetting when the last tick was."""

    def setup_schedule(self) -> None:
        """The first tick comes at the start rather than a minute later."""
        super().setup_schedule()
        for entry in self.schedule.values():
            entry.last_run_at = entry.default_now() - dt.timedelta(days=1)

    def apply_async(self, entry: ScheduleEntry, *args: Any, **kwargs: Any) -> Any:
        sent = super().apply_async(entry, *args, **kwargs)
        if entry.task == TASK:
            mark(CLOCK)
        return sent
