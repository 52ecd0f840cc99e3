"""Faults (delivery.md, the last paragraph): dispatchers killed, doubled and raced against a real mail server.

What must hold is read from the database and from the mail server alone: nothing is lost in silence, and
nothing comes twice but what may, and that under one Message-ID.
"""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.conf import settings
from django.db import connection, connections

from culture_portal.proving.sink import Sink
from notifications.domain.claiming import claim, sweep
from notifications.domain.dispatching import dispatch_batch, drain
from notifications.domain.queueing import NewMessage, cancel, queue_many
from notifications.kinds import Kind, Mail
from notifications.models import Message
from notifications.transports import SmtpTransport
from tests.notifications.faults import AGAIN, NOW, ONCE, register_kinds
from tests.notifications.standing import let_leases_run_out

pytestmark = [pytest.mark.needs_postgres, pytest.mark.django_db(transaction=True), pytest.mark.slow]
State = Message.State
Register = Callable[..., Kind]


@pytest.fixture
def fault_kinds(register: Register) -> None:
    register_kinds()


@pytest.fixture
def worker(sink: Sink) -> Iterator[Callable[..., subprocess.Popen[bytes]]]:
    """Start a dispatcher on the database of this test; whatever still runs at the end is stopped."""
    started: list[subprocess.Popen[bytes]] = []

    def start(kill_at: str = "", kill_on: int = 1) -> subprocess.Popen[bytes]:
        database = connection.settings_dict
        place = f"{database['HOST']}:{database['PORT']}" if database["HOST"] else ""
        user = ":".join(filter(None, [database["USER"], database["PASSWORD"]]))
        environment = {
            **os.environ,
            "DJANGO_SETTINGS_MODULE": "tests.settings",
            "DATABASE_URL": f"postgres://{user}@{place}/{database['NAME']}",
            "SINK_PORT": str(sink.port),
            "KILL_AT": kill_at,
            "KILL_ON": str(kill_on),
        }
        command = [sys.executable, "-m", "tests.notifications.worker"]
        process = subprocess.Popen(
            command, cwd=settings.BASE_DIR, env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE
        )
        started.append(process)
        assert process.stdout is not None
        assert process.stdout.readline() == b"ready\n"
        return process

    yield start
    for process in started:
        process.kill()
        process.communicate()


def begin(process: subprocess.Popen[bytes]) -> None:
    assert process.stdin is not None
    process.stdin.write(b"\n")
    process.stdin.flush()


def put(number: int, kind: str) -> NewMessage:
    return NewMessage(
        key=f"{kind}:{number}",
        kind=kind,
        due=NOW,
        address=f"{kind.partition('.')[2]}{number}@example.org",
        time_zone="UTC",
        series=f"series:{number}",
    )


def put_pairs(count: int) -> None:
    """Messages in turn: one that must come once at most, one that may come again."""
    queue_many(put(number, kind) for number in range(count) for kind in (ONCE, AGAIN))


def broken_promises(sink: Sink, *, doubts: int = 0) -> list[str]:
    """Every message for which something does not hold; ``doubts`` is how many may have been left in doubt."""
    arrived: Counter[str] = Counter()
    ids: dict[str, set[str]] = {}
    for line in sink.lines():
        arrived[line["recipient"]] += 1
        ids.setdefault(line["recipient"], set()).add(line["message_id"])
    wrong = []
    for message in Message.objects.order_by("pk"):
        count = arrived[message.address]
        kept = {
            State.SENT: count == 1 if message.kind == ONCE else 1 <= count <= 1 + message.attempt,
            State.IN_DOUBT: message.kind == ONCE and count <= 1,
            State.CANCELLED: count == 0,
        }.get(State(message.state), False)
        if not kept or ids.get(message.address, {message.message_id}) != {message.message_id}:
            wrong.append(f"{message.key}: {message.state}, arrived {count} times")
    in_doubt = Message.objects.filter(state=State.IN_DOUBT).count()
    if in_doubt > doubts:
        wrong.append(f"{in_doubt} in doubt, at most {doubts} may be")
    return wrong


# (where it dies) -> what becomes of the mail in its hands: state and arrivals of one that must come once,
# arrivals of one that may come again.
POINTS = {
    "claimed": (State.SENT, {1}, {1}),
    "offered": (State.SENT, {1}, {1}),
    "sending": (State.IN_DOUBT, {0}, {1}),
    # The server may hear of the broken connection before it has read to the dot.
    "dotted": (State.IN_DOUBT, {0, 1}, {1, 2}),
    "accepted": (State.IN_DOUBT, {1}, {2}),
}


@pytest.mark.parametrize("point", POINTS)
@pytest.mark.parametrize("kind", [ONCE, AGAIN])
def test_a_dispatcher_killed_at_each_point_loses_and_doubles_nothing(
    sink: Sink, fault_kinds: None, worker: Callable[..., subprocess.Popen[bytes]], point: str, kind: str
) -> None:
    put_pairs(4)
    turn = 3 if kind == ONCE else 4
    victim = list(Message.objects.order_by("due", "pk"))[turn - 1]
    dispatcher = worker(point, turn)
    begin(dispatcher)
    assert dispatcher.wait(timeout=60) == -signal.SIGKILL
    assert Message.objects.filter(state=State.SENT).count() == turn - 1

    let_leases_run_out()
    sweep()
    drain(now=NOW)
    victim.refresh_from_db()
    state, once, again = POINTS[point]
    assert victim.state == (state if kind == ONCE else State.SENT)
    assert sink.recipients().count(victim.address) in (once if kind == ONCE else again)
    assert broken_promises(sink, doubts=1) == []


def test_dispatchers_killed_at_random_lose_and_double_nothing(
    sink: Sink, fault_kinds: None, worker: Callable[..., subprocess.Popen[bytes]]
) -> None:
    put_pairs(300)
    chance = random.Random(20_260_303)
    kills = 0
    while kills < 4:
        before = len(sink.lines())
        process = worker()
        begin(process)
        while process.poll() is None and len(sink.lines()) == before:
            time.sleep(0.01)
        time.sleep(chance.uniform(0.01, 0.3))
        process.kill()
        if process.wait() == 0:
            break
        kills += 1
        let_leases_run_out()
        sweep()
    drain(now=NOW)
    assert kills >= 2, "the dispatchers were too quick to be killed"
    assert broken_promises(sink, doubts=kills) == []


def test_three_dispatchers_at_once_send_each_mail_once(
    sink: Sink, fault_kinds: None, worker: Callable[..., subprocess.Popen[bytes]]
) -> None:
    put_pairs(200)
    dispatchers = [worker() for _ in range(3)]
    for dispatcher in dispatchers:
        begin(dispatcher)
    taken = [int(dispatcher.communicate(timeout=60)[0]) for dispatcher in dispatchers]
    assert sum(taken) == 400
    assert 0 not in taken
    assert Counter(sink.recipients()) == Counter(
        Message.objects.filter(state=State.SENT).values_list("address", flat=True)
    )
    assert len(sink.recipients()) == 400


def test_a_doubled_sweep_takes_everything_back_once(sink: Sink, fault_kinds: None) -> None:
    put_pairs(50)
    claim(now=NOW, size=60)
    Message.objects.filter(pk__in=Message.objects.filter(state=State.CLAIMED)[:30]).update(
        state=State.SENDING
    )
    let_leases_run_out()

    def sweeping() -> int:
        try:
            return sweep()
        finally:
            connections.close_all()

    with ThreadPoolExecutor(2) as pool:
        taken_back = [pool.submit(sweeping) for _ in range(2)]
    assert sum(each.result() for each in taken_back) == 60
    assert Message.objects.filter(state=State.IN_DOUBT).count() == 15
    assert Message.objects.filter(attempt=1).count() == 45
    assert drain(now=NOW) == 85
    assert broken_promises(sink, doubts=15) == []


def test_a_lease_that_has_not_run_out_is_left_alone(fault_kinds: None) -> None:
    put_pairs(1)
    claim(now=NOW, size=2)
    assert sweep() == 0


def test_what_kills_its_dispatcher_too_often_fails(fault_kinds: None) -> None:
    put_pairs(1)
    claim(now=NOW, size=2)
    Message.objects.update(attempt=14)
    let_leases_run_out()
    assert sweep() == 2
    assert set(Message.objects.values_list("state", flat=True)) == {State.FAILED}


def test_answers_at_the_same_instant_stop_what_has_not_been_handed_over(
    sink: Sink, fault_kinds: None
) -> None:
    """Whatever was cancelled never arrives, and whatever arrives was not cancelled."""
    put_pairs(150)
    order = list(range(150))
    random.Random(7).shuffle(order)

    def answering() -> int:
        try:
            return sum(cancel(series=f"series:{number}") for number in order)
        finally:
            connections.close_all()

    with ThreadPoolExecutor(1) as pool:
        answers = pool.submit(answering)
        drain(now=NOW)
    cancelled = Message.objects.filter(state=State.CANCELLED).count()
    assert answers.result() == cancelled
    assert 0 < cancelled < 300
    assert broken_promises(sink) == []


def test_a_slow_dispatcher_sends_nothing_that_was_taken_from_it(sink: Sink, register: Register) -> None:
    """Its lease runs out while it makes the text; another one takes over; the first finds out in time."""

    def render(message: Message) -> Mail:
        if len(taken) == 0:
            taken.append(message.pk)
            let_leases_run_out()
            sweep()
            drain(now=NOW)
        return Mail(subject="A note", template="base_mail")

    taken: list[int] = []
    register(ONCE, render=render)
    queue_many([put(1, ONCE), put(2, ONCE)])
    dispatch_batch(now=NOW)
    assert sorted(sink.recipients()) == ["once1@example.org", "once2@example.org"]
    assert broken_promises(sink) == []


def test_a_database_that_goes_away_after_the_answer_is_told_later(sink: Sink, fault_kinds: None) -> None:
    class Cutting(SmtpTransport):
        """Cuts our connection to the database at the moment a mail was accepted."""

        def deliver(self, mail: bytes) -> str:
            reply = super().deliver(mail)
            with connection.cursor() as cursor:
                cursor.execute("SELECT pg_backend_pid()")
                (backend,) = cursor.fetchone()
            other = connection.copy()
            with other.cursor() as cursor:
                cursor.execute("SELECT pg_terminate_backend(%s)", [backend])
            other.close()
            return reply

    put_pairs(3)
    dispatch_batch(now=NOW, transport=Cutting())
    assert set(Message.objects.values_list("state", flat=True)) == {State.SENT}
    assert broken_promises(sink) == []
