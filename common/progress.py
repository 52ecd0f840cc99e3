"""Long work tells how far it has come; pages ask for it and survive a reload.

    with track("wave-launch:7", total=len(rows), permission="surveys.launch_wave") as work:
        for row in rows:
            ...
            work.advance()

The page is ``common:progress`` with the key.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager

from django.utils import timezone

from common.models import Progress

SECONDS_BETWEEN_WRITES = 0.5


class Tracker:
    """Counts in memory and writes at most twice a second, so that counting costs the work nothing."""

    def __init__(self, key: str) -> None:
        self.key = key
        self.done = 0
        self._written = time.monotonic()

    def advance(self, by: int = 1) -> None:
        self.done += by
        if time.monotonic() - self._written >= SECONDS_BETWEEN_WRITES:
            self._written = time.monotonic()
            Progress.objects.filter(key=self.key).update(done=self.done)


def begin(key: str, *, total: int = 0, message: str = "", permission: str = "", next_url: str = "") -> None:
    """The work of this key runs, from nought.

    ``permission`` says who may look (empty: every employee); ``next_url`` is where the page leads when done.
    """
    Progress.objects.update_or_create(
        key=key,
        defaults={
            "done": 0,
            "total": total,
            "state": Progress.State.RUNNING,
            "message": message,
            "begun_at": timezone.now(),
            "permission": permission,
            "next_url": next_url,
        },
    )


def fail(key: str, *, message: str) -> None:
    """The work of this key stopped; the words say why."""
    Progress.objects.filter(key=key).update(state=Progress.State.FAILED, message=message[:300])


@contextmanager
def track(
    key: str, *, total: int = 0, message: str = "", permission: str = "", next_url: str = ""
) -> Iterator[Tracker]:
    """Begin (or begin anew) the work of this key; done at the end, failed where it raises. See ``begin``.

    Stands outside of any transaction: what is written inside is seen only after the commit.
    """
    begin(key, total=total, message=message, permission=permission, next_url=next_url)
    tracker = Tracker(key)
    try:
        yield tracker
    except BaseException:
        Progress.objects.filter(key=key).update(state=Progress.State.FAILED, done=tracker.done)
        raise
    Progress.objects.filter(key=key).update(state=Progress.State.DONE, done=tracker.done)
