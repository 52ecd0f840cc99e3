"""Launching a wave: what a person of HR waits for, from the button to the moment its mails may leave."""

from __future__ import annotations

import statistics
import threading
from collections.abc import Iterator
from contextlib import contextmanager

from django.db import connection, transaction

from common.models import Progress
from culture_portal.proving.bench import company
from culture_portal.proving.bench.figures import Figure, Scale, benchmark, in_pairs, median_ratio, seconds
from notifications.models import Message
from people.models import Person
from surveys.domain.waves import launching
from surveys.models import Invitation, Wave

ROWS_AT_ONCE = 1000


@benchmark("launch", "Launching a wave to everybody")
def launch_to_everybody(scale: Scale) -> list[Figure]:
    people = scale.of(10_000, 60)
    company.hire(people)
    by = Person.objects.earliest("pk")
    on_page: list[float] = []
    steps_seen: list[int] = []

    def launched() -> float:
        wave = company.draft("Pulse")
        on_page.append(seconds(lambda: launching.launch(wave=wave, by=by, now=company.OPENS)))
        with _watched(wave) as seen:
            took = seconds(lambda: launching.carry_out_launch(wave_id=wave.pk, now=company.OPENS))
        wave.refresh_from_db()
        if (wave.state, wave.invited_count) != (Wave.State.OPEN, people):
            raise RuntimeError(f"The wave is {wave.state} for {wave.invited_count} people.")
        steps_seen.append(len(seen))
        return took

    def rows_alone() -> float:
        return _rows_alone(Wave.objects.latest("pk"))

    took, bare = in_pairs(launched, rows_alone, scale.of(3, 1))
    return [
        Figure("seconds on the worker", statistics.median(took), "s", at_most=10),
        Figure("seconds on the page", statistics.median(on_page), "s"),
        Figure("times as long as writing its rows alone", median_ratio(took, bare)),
        Figure("steps of progress seen on the way", statistics.median(steps_seen), at_least=2),
        Figure("people", people),
    ]


@contextmanager
def _watched(wave: Wave) -> Iterator[set[int]]:
    """The numbers between nothing and all that somebody who looks all the time reads of its progress."""
    seen: set[int] = set()
    over = threading.Event()

    def look() -> None:
        try:
            while not over.wait(0.05):
                progress = Progress.objects.filter(key=launching.progress_key(wave.pk)).first()
                if progress and 0 < progress.done < progress.total:
                    seen.add(progress.done)
        finally:
            connection.close()

    looking = threading.Thread(target=look)
    looking.start()
    try:
        yield seen
    finally:
        over.set()
        looking.join()


def _rows_alone(wave: Wave) -> float:
    """Seconds to write the same invitations and messages once more with nothing else done, then undone."""
    invitations = list(Invitation.objects.filter(wave=wave))
    messages = list(Message.objects.filter(series__in=[f"survey:{each.pk}" for each in invitations], step=0))
    other = company.draft("Other")
    for row, invitation in enumerate(invitations):
        invitation.pk, invitation.wave, invitation.handle = None, other, f"bench-{row}"
    for row, message in enumerate(messages):
        message.pk, message.key, message.message_id = None, f"bench-{row}", f"<bench-{row}@bench.test>"
    try:
        with transaction.atomic():
            took = seconds(lambda: Invitation.objects.bulk_create(invitations, batch_size=ROWS_AT_ONCE))
            took += seconds(lambda: Message.objects.bulk_create(messages, batch_size=ROWS_AT_ONCE))
            transaction.set_rollback(True)
    finally:
        other.delete()
    return took
