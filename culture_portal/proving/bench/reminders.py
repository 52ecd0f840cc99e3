"""Reminders of a wave: the portal's dispatcher against one task for each mail."""

from __future__ import annotations

import datetime as dt
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from django.conf import settings

from culture_portal.proving.bench import company
from culture_portal.proving.bench.figures import Figure, Scale, benchmark, in_pairs, median_ratio
from culture_portal.proving.bench.mail_server import count_mails
from culture_portal.proving.bench.worker import QUEUE, drain, send_one
from notifications.models import Message, SendSlot
from people.models import Person
from surveys.domain.mailing import reminding

PROCESSES = 2
PATIENCE = 600.0
# The morning of the third working day after the invitation, in hours of everybody.
WHEN = dt.datetime(2026, 3, 5, 10, tzinfo=dt.UTC)


@benchmark("reminders", "Reminders through the journal in batches against one task per mail")
def compare(scale: Scale) -> list[Figure]:
    people = scale.of(500, 24)
    company.hire(people)
    company.launch(company.draft("Pulse"), by=Person.objects.earliest("pk"))
    with _worker():
        _sent_by(_wake(company.OPENS), Message.objects.filter(kind=reminding.INVITATION).count())
        reminders = list(Message.objects.filter(kind=reminding.REMINDER, step=1).values_list("pk", flat=True))

        def journal() -> float:
            _wait_again(reminders)
            return len(reminders) / _sent_by(_wake(WHEN), len(reminders))

        def one_each() -> float:
            _wait_again(reminders)
            return len(reminders) / _sent_by(lambda: _one_task_each(reminders), len(reminders))

        if not scale.small:
            one_each()  # both find a worker that has done it before; the invitations went by the journal
        rates, baselines = in_pairs(journal, one_each, scale.of(3, 1))
    return [
        Figure("times the rate of one task per mail", median_ratio(rates, baselines), at_least=4),
        Figure("mails a second through the journal", statistics.median(rates), "1/s"),
        Figure("mails a second, one task each", statistics.median(baselines), "1/s"),
        Figure("mails in each run", len(reminders)),
        Figure("pairs of runs", len(rates)),
    ]


def _wake(now: dt.datetime) -> Callable[[], None]:
    def wake() -> None:
        for _ in range(PROCESSES):
            drain.delay(now=now.isoformat())

    return wake


def _one_task_each(messages: list[int]) -> None:
    for pk in messages:
        send_one.delay(message_id=pk, now=WHEN.isoformat())


def _wait_again(messages: list[int]) -> None:
    SendSlot.objects.filter(message__in=messages).delete()
    Message.objects.filter(pk__in=messages).to_send_again()
    Message.objects.filter(pk__in=messages).update(due=WHEN, sent_at=None, claimed_by="", last_reply="")


def _sent_by(begin: Callable[[], None], count: int) -> float:
    """Seconds from handing the work over until so many more mails stand as sent and have arrived."""
    before, arrived = _sent(), count_mails(settings.EMAIL_PORT)
    began = time.perf_counter()
    begin()
    while _sent() < before + count:
        if time.perf_counter() - began > PATIENCE:
            raise RuntimeError(f"Only {_sent() - before} of {count} mails went.")
        time.sleep(0.02)
    took = time.perf_counter() - began
    if (new := count_mails(settings.EMAIL_PORT) - arrived) != count:
        raise RuntimeError(f"{new} mails arrived where {count} were sent.")
    return took


def _sent() -> int:
    return Message.objects.filter(state=Message.State.SENT).count()


@contextmanager
def _worker() -> Iterator[None]:
    """A worker as in production, but for what it listens to."""
    command = [sys.executable, "-m", "celery", "--app=culture_portal.proving.bench.worker", "worker"]
    options = [f"--queues={QUEUE}", f"--concurrency={PROCESSES}", "--loglevel=WARNING"]
    with tempfile.TemporaryFile() as log:
        process = subprocess.Popen(
            [*command, *options], cwd=settings.BASE_DIR, env=os.environ, stdout=log, stderr=log
        )
        try:
            yield
        except RuntimeError as error:
            log.seek(0)
            raise RuntimeError(f"{error}\n{log.read().decode()[-3000:]}") from error
        finally:
            process.terminate()
            process.wait(30)
