"""A stage for faults: real workers, beats, services and mails, and what can be done to them."""

from __future__ import annotations

import datetime as dt
import os
import random
import signal
import subprocess
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TypeVar

import redis
from django.db import InterfaceError, OperationalError, connection, connections, transaction
from django.db.models import Q
from django.db.models.functions import Now
from django.utils import timezone
from kombu.exceptions import OperationalError as BrokerAway

from culture_portal.proving.installation import Installation
from culture_portal.proving.judging import Expected
from culture_portal.proving.mortal import AFTER_THE_TEXT, POINTS, REMINDER_IN_HAND
from culture_portal.proving.services import Broker, Database
from notifications.channels.messages import NewMessage
from notifications.domain.queueing import cancel, queue_many
from notifications.models import Message, RefusedAddress
from notifications.tasks import dispatch
from people.models import Person
from surveys.domain.building.beginning import create_from
from surveys.domain.building.freezing_questions import freeze_questionnaire
from surveys.domain.mailing.reminding import REMINDER, invitation_message, reminder_key, series_of
from surveys.models import Invitation, Wave
from surveys.ready_made import find_ready_made

Result = TypeVar("Result")
State, Reason = Message.State, Message.Reason

WORKERS = ("worker one", "worker two")
LATER = dt.timedelta(days=1)
# Long enough for a lease, a sweep, and a sweep that died too.
PATIENCE = 60.0
AROUND_THE_CLOCK = {
    "working_days": "1234567",
    "day_starts": dt.time(0),
    "day_ends": dt.time(0),
    # Without public holidays.
    "country": "XX",
}
# One of so many kills is that of a whole worker, in turn alone and with its children.
WORKER_EVERY = 25
WORKER_FIRST = 8
# In seconds: a worker has come up; a mail is waited for.
COMING_UP = 4.0
MOST_WAITED = 3.0


@dataclass
class Stage:
    installation: Installation
    database: Database
    broker: Broker
    dice: random.Random
    # One of so many kills is at a named point.
    point_every: int = 3
    # Seconds from a mail to the next kill, on average.
    pace: float = 0.1
    waves: list[Wave] = field(default_factory=list)
    put_so_far: int = 0
    unreleased: list[int] = field(default_factory=list)
    keys: set[str] = field(default_factory=set)
    closed: set[str] = field(default_factory=set)
    answered: dict[str, float] = field(default_factory=dict)
    strikes: int = 0
    hits: Counter[str] = field(default_factory=Counter)
    groups: list[int] = field(default_factory=list)
    started: dict[str, float] = field(default_factory=dict)
    # Of the workers' environment, beside the installation's.
    instead: dict[str, str] = field(default_factory=dict)

    @property
    def folder(self) -> Path:
        return self.installation.folder

    @property
    def expected(self) -> Expected:
        return Expected(frozenset(self.keys), frozenset(self.closed), dict(self.answered))

    # --- Mails ----------------------------------------------------------------------------------------------
    def make_waves(self) -> None:
        """One by name and one anonymous, open for a month."""
        now = timezone.now()
        for mode in (Wave.Mode.IDENTIFIED, Wave.Mode.ANONYMOUS):
            survey = create_from(find_ready_made("team-pulse"), by=None)
            wave = Wave.objects.create(
                survey=survey,
                title=f"Faults {mode}",
                mode=mode,
                state=Wave.State.OPEN,
                audience=Wave.Audience.EVERYONE,
                opens_at=now - dt.timedelta(hours=1),
                closes_at=now + dt.timedelta(days=30),
                launched_at=now,
                questionnaire_json=freeze_questionnaire(survey).to_json(),
            )
            self.waves.append(wave)

    def clear(self) -> None:
        """Nothing is left of the row before."""
        Message.objects.all().delete()
        RefusedAddress.objects.all().delete()
        self.installation.sink.record.write_text("")
        self.unreleased, self.keys, self.closed, self.answered = [], set(), set(), {}
        self.hits = Counter()
        self._disarm()
        (self.folder / "kills").write_text("")

    def put(self, count: int, *, closed: bool = True, each: int = 1) -> None:
        """Invitations and reminders in turn, not due yet; with ``closed`` every tenth to somebody at rest.

        ``each`` mails for one person are of as many waves.
        """
        people = self._people(count // each, closed=closed)
        messages: list[NewMessage] = []
        for turn in range(each):
            invitations = Invitation.objects.bulk_create(
                Invitation(
                    wave=self.waves[(number // 2 + turn) % 2],
                    person=person,
                    address=person.email,
                    group_code=1,
                )
                for number, person in enumerate(people)
            )
            due = timezone.now() + LATER
            for number, invitation in enumerate(invitations):
                message = invitation_message(invitation, due=due)
                messages.append(_as_reminder(message, invitation) if (number + turn) % 2 else message)
        with transaction.atomic():
            queue_many(messages)
        self.keys = {message.key for message in messages}
        self.unreleased = list(
            Message.objects.filter(key__in=self.keys).order_by("pk").values_list("pk", flat=True)
        )

    def _people(self, count: int, *, closed: bool) -> list[Person]:
        now = timezone.now()
        numbers = range(self.put_so_far, self.put_so_far + count)
        self.put_so_far += count
        people: list[Person] = []
        for number in numbers:
            at_rest = closed and number % 10 == 0
            clock = _at_rest(now, asleep=number % 20 == 0) if at_rest else {"time_zone": "UTC"}
            person = Person(
                email=f"person{number}@example.org",
                display_name=f"Person {number}",
                password="!",  # noqa: S106 - nobody signs in
                **AROUND_THE_CLOCK | clock,
            )
            people.append(person)
            if at_rest:
                self.closed.add(person.email)
        Person.objects.bulk_create(people)
        return people

    def release(self, count: int | None = None) -> None:
        """So many more are due now, all of them by default."""
        ids, self.unreleased = self.unreleased[:count], self.unreleased[count or len(self.unreleased) :]
        patiently(lambda: Message.objects.filter(pk__in=ids).update(due=Now()))

    @staticmethod
    def wake() -> None:
        with suppress(BrokerAway, redis.RedisError, OSError):
            dispatch.apply_async(retry=False)

    def answer(self, invitations: list[Invitation]) -> None:
        """As ``submitting.submit`` does for each; notes when it stood in the database."""
        try:
            for invitation in invitations:
                with transaction.atomic():
                    Invitation.objects.filter(pk=invitation.pk).update(answered=True)
                    if not invitation.wave.is_anonymous:
                        cancel(series=series_of(invitation.pk))
                with connection.cursor() as cursor:
                    cursor.execute("SELECT extract(epoch FROM clock_timestamp())")
                    self.answered[invitation.address] = float(cursor.fetchone()[0])
        finally:
            connections.close_all()

    # --- Processes ------------------------------------------------------------------------------------------
    def start_workers(self, *names: str) -> None:
        for name in names or WORKERS:
            self._start(name)
        self.until_heard(names or WORKERS)

    def _start(self, name: str) -> None:
        self.installation.start_worker(name, **self.instead)
        self.started[name] = time.monotonic()
        self.groups.append(self.installation.running[name].pid)

    def look_after_workers(self) -> None:
        """Start those again that have ended, as the container's supervisor does.

        Celery's own end when a child is killed before all of them have reported.
        """
        for name in self._workers():
            if self.installation.running[name].poll() is not None:
                self._start(name)

    def until_heard(self, names: tuple[str, ...]) -> None:
        """Until each of these has its children."""
        deadline = time.monotonic() + PATIENCE
        while not all(children(self.installation.running[name].pid) for name in names):
            assert time.monotonic() < deadline, f"a worker did not start: {self.folder}"
            time.sleep(0.2)

    def stop_workers(self) -> None:
        names = [name for name in self.installation.running if name.startswith("worker")]
        for name in names:
            self._kill_group(self.installation.running.pop(name).pid)

    def end(self) -> None:
        for group in self.groups:
            self._kill_group(group)
        self.installation.running = {
            name: process for name, process in self.installation.running.items() if process.poll() is None
        }
        self.installation.stop()

    @staticmethod
    def _kill_group(group: int) -> None:
        with suppress(ProcessLookupError):
            os.killpg(group, signal.SIGKILL)

    # --- Kills ----------------------------------------------------------------------------------------------
    @property
    def points(self) -> Counter[str]:
        """Where workers died by themselves."""
        return Counter(point for point, _what in self._deaths())

    @property
    def points_with_reminders(self) -> Counter[str]:
        """The same, with a reminder in hand."""
        return Counter(point for point, what in self._deaths() if what == REMINDER_IN_HAND)

    def _deaths(self) -> Iterator[tuple[str, str]]:
        for line in (self.folder / "kills").read_text().splitlines():
            point, _space, what = line.partition(" ")
            yield point, what

    @property
    def kills(self) -> int:
        """Of processes that were alive."""
        return self.hits.total() + self.points.total()

    def wait_for_a_mail(self) -> None:
        """So that kills come into the middle of sending: until the next one arrives, and a moment more."""
        record = self.installation.sink.record
        before, deadline = record.stat().st_size, time.monotonic() + MOST_WAITED
        while record.stat().st_size == before and time.monotonic() < deadline:
            self.look_after_workers()
            time.sleep(0.01)
        time.sleep(self.dice.uniform(0, 2 * self.pace))

    def strike(self) -> None:
        """The next kill: of a worker's child, of a whole worker, or at the next named point."""
        self.strikes += 1
        if self.strikes % WORKER_EVERY == WORKER_FIRST:
            self._strike_worker()
        elif self.strikes % self.point_every == 0:
            (self.folder / POINTS[self.strikes // self.point_every % len(POINTS)]).touch()
        else:
            self._strike_child()

    def strike_at(self, point: str, mails: int) -> None:
        """Somebody dies there, if nobody has yet; with so many mails at a time to come by.

        Where a mail may have arrived already it is with a reminder: other mails may come twice.
        """
        with_reminder = point in AFTER_THE_TEXT
        deadline = time.monotonic() + PATIENCE
        while time.monotonic() < deadline:
            if (self.points_with_reminders if with_reminder else self.points)[point]:
                return
            (self.folder / point).write_text(REMINDER_IN_HAND if with_reminder else "")
            self.look_after_workers()
            self.release(mails)
            self.wake()
            time.sleep(1)

    def _strike_child(self) -> None:
        """Of a worker that has come up, mostly: one that has not ends as a whole."""
        long_enough = time.monotonic() - COMING_UP
        workers = [name for name in self._workers() if self.started[name] < long_enough]
        alive = [pid for name in workers for pid in children(self.installation.running[name].pid)]
        if alive:
            with suppress(ProcessLookupError):
                os.kill(self.dice.choice(alive), signal.SIGKILL)
                self.hits["child"] += 1

    def _strike_worker(self) -> None:
        name = self.dice.choice(self._workers())
        process = self.installation.running[name]
        if process.poll() is None:
            if self.strikes // WORKER_EVERY % 2:
                os.kill(process.pid, signal.SIGKILL)
            else:
                self._kill_group(process.pid)
            self.hits["worker"] += 1
            process.wait()
        self._start(name)

    def _workers(self) -> list[str]:
        return [name for name in self.installation.running if name.startswith("worker")]

    def _disarm(self) -> None:
        for point in POINTS:
            (self.folder / point).unlink(missing_ok=True)

    # --- Rest -----------------------------------------------------------------------------------------------
    def rest(self) -> None:
        """No fault any more, and everything due is settled; or patience is over, which then shows as lost."""
        self._disarm()
        self.installation.sink.behave()
        self.release()
        deadline = time.monotonic() + PATIENCE
        while time.monotonic() < deadline:
            self.look_after_workers()
            patiently(_hurry)
            self.wake()
            time.sleep(0.4)
            if not patiently(_is_anything_under_way):
                return


def _as_reminder(message: NewMessage, invitation: Invitation) -> NewMessage:
    return replace(message, key=reminder_key(invitation.pk, 1), kind=REMINDER, step=1)


def _at_rest(now: dt.datetime, *, asleep: bool) -> dict[str, object]:
    """Somebody for whom it is three at night, or who asked for quiet just now."""
    if asleep:
        ahead = (3 - now.hour + 12) % 24 - 12
        zone = f"Etc/GMT{-ahead:+d}" if ahead else "UTC"
        return {"time_zone": zone, "day_starts": dt.time(9), "day_ends": dt.time(17)}
    return {
        "time_zone": "UTC",
        "quiet_starts": (now - dt.timedelta(hours=1)).time().replace(microsecond=0),
        "quiet_ends": (now + dt.timedelta(hours=3)).time().replace(microsecond=0),
    }


def _hurry() -> None:
    """Time moves for what waits to be tried again; for nobody's hours."""
    again = [Reason.LATER, Reason.NO_SERVER, Reason.NO_ANSWER, Reason.DIED]
    Message.objects.filter(state=State.PENDING, reason__in=again, due__gt=Now()).update(due=Now())


def _is_anything_under_way() -> bool:
    under_way = Q(state__in=[State.CLAIMED, State.SENDING]) | Q(state=State.PENDING, due__lte=Now())
    again = Q(state=State.PENDING, reason__in=[Reason.LATER, Reason.NO_SERVER, Reason.NO_ANSWER, Reason.DIED])
    return Message.objects.filter(under_way | again).exists()


def patiently(ask: Callable[[], Result]) -> Result:
    """Also while the database comes back."""
    deadline = time.monotonic() + PATIENCE
    while True:
        try:
            return ask()
        except (OperationalError, InterfaceError):
            connection.close()
            if time.monotonic() > deadline:
                raise
            time.sleep(0.2)


def children(parent: int) -> list[int]:
    """The living ones."""
    listed = subprocess.run(
        ["ps", "-A", "-o", "pid=,ppid=,stat="], capture_output=True, text=True, check=True
    )
    rows = (line.split() for line in listed.stdout.splitlines())
    return [int(pid) for pid, above, state in rows if int(above) == parent and not state.startswith("Z")]


@contextmanager
def careless(source: str, target: str, copies: int) -> Iterator[Counter[str]]:
    """A broker that hands every message of the clock on ``copies`` times; it counts them."""
    seen: Counter[str] = Counter()
    over = threading.Event()

    def hand_on() -> None:
        taken_from, given_to = redis.Redis.from_url(source), redis.Redis.from_url(target)
        while not over.is_set():
            found = taken_from.brpop(["default", "ballots"], timeout=1)
            if found:
                queue, body = found
                seen["messages"] += 1
                for _ in range(copies):
                    given_to.lpush(queue, body)

    thread = threading.Thread(target=hand_on)
    thread.start()
    try:
        yield seen
    finally:
        over.set()
        thread.join()
