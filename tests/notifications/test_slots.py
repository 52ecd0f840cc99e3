"""Who keeps the slot of a day and who gives it back (delivery.md J4), also at the same moment."""

from __future__ import annotations

import datetime as dt
import threading
import time
from collections.abc import Callable, Collection
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connection, connections, transaction
from django.utils import timezone
from pytest_django import Settings

from culture_portal.proving.sink import Sink
from notifications.domain import slots
from notifications.domain.claiming import MOST_ATTEMPTS, claim, sweep
from notifications.domain.dispatching import BACK_OFF, drain
from notifications.domain.queueing import NewMessage, cancel, queue_many
from notifications.domain.slots import give_back
from notifications.kinds import Kind, Mail, Priority
from notifications.models import Message, RefusedAddress, SendSlot
from people.models import Person
from tests.notifications.conftest import NOW
from tests.notifications.standing import let_leases_run_out, outcome, slots_of, waits_until

State, Reason = Message.State, Message.Reason
Put = Callable[..., Message]
Register = Callable[..., Kind]
MakePerson = Callable[..., Person]
HOUR, DAY = dt.timedelta(hours=1), dt.timedelta(days=1)
MOMENT = dt.timedelta(minutes=1)
# Wednesday, eight o'clock.
TOMORROW = dt.datetime(2026, 3, 4, 8, tzinfo=dt.UTC)

pytestmark = pytest.mark.django_db


# --- Given back, and kept -----------------------------------------------------------------------------------
def test_j4_a_day_on_which_nothing_was_sent_goes_to_whoever_waited(
    sink: Sink, register: Register, put: Put, person: MakePerson
) -> None:
    register("test.walk", still_wanted=lambda message: False)
    register("test.talk")
    anna = person()
    walk, talk = put(person=anna, kind="test.walk"), put(person=anna, kind="test.talk", not_after=NOW + HOUR)
    drain(now=NOW)
    assert outcome(walk) == (State.CANCELLED, Reason.NOT_WANTED)
    assert slots_of(walk) == []
    # Also what would have been too late tomorrow.
    assert waits_until(talk) == (State.SENT, Reason.NONE, NOW)


@pytest.mark.parametrize("manner", ["never", "spam"])
def test_j4_a_refused_mail_gives_its_day_back(
    sink: Sink, note: Kind, put: Put, person: MakePerson, manner: str
) -> None:
    anna = person()
    refused = put(person=anna, address=f"{manner}.anna@example.org")
    other = put(person=anna)
    drain(now=NOW)
    assert outcome(refused) == (State.FAILED, Reason.REFUSED)
    assert outcome(other)[0] == State.SENT


def test_j4_one_that_cannot_be_made_gives_its_day_back(
    sink: Sink, register: Register, put: Put, person: MakePerson
) -> None:
    def render(message: Message) -> Mail:
        if message.context:
            raise LookupError
        return Mail(subject="A note", template="base_mail")

    register(render=render)
    anna = person()
    broken, other = put(person=anna, context={"broken": 1}), put(person=anna)
    drain(now=NOW)
    assert [outcome(each)[0] for each in (broken, other)] == [State.FAILED, State.SENT]


def test_j4_cancelling_one_that_a_dispatcher_holds_gives_its_day_back(
    sink: Sink, note: Kind, put: Put, person: MakePerson
) -> None:
    anna = person()
    held, other = put(person=anna, series="walk"), put(person=anna)
    claim(now=NOW, size=10)
    assert outcome(held)[0] == State.CLAIMED
    assert cancel(series="walk") == 1
    assert outcome(held) == (State.CANCELLED, Reason.NOT_WANTED)
    assert outcome(other) == (State.PENDING, Reason.NONE)
    assert not SendSlot.objects.exists()


def test_j4_a_second_try_keeps_the_day_also_from_what_is_more_pressing(
    sink: Sink, register: Register, put: Put, person: MakePerson
) -> None:
    register("test.reminder", priority=Priority.REMINDER)
    register("test.note")
    anna = person()
    reminder = put(person=anna, kind="test.reminder", address="later.anna@example.org")
    drain(now=NOW)
    assert slots_of(reminder) == [NOW.date()]
    Message.objects.update(address="anna@example.org")
    note = put(person=anna, kind="test.note", due=NOW + BACK_OFF[0])
    drain(now=NOW + BACK_OFF[0])
    assert outcome(reminder)[0] == State.SENT
    assert waits_until(note) == (State.PENDING, Reason.SLOT, TOMORROW)


def test_j4_a_second_try_on_another_day_takes_that_one_too(
    sink: Sink, note: Kind, put: Put, person: MakePerson
) -> None:
    anna = person()
    message = put(person=anna, address="later.anna@example.org")
    drain(now=NOW)
    drain(now=TOMORROW)
    assert outcome(message) == (State.PENDING, Reason.LATER)
    assert slots_of(message) == [NOW.date(), TOMORROW.date()]


@pytest.mark.parametrize("again", [False, True])
def test_j4_what_may_have_arrived_keeps_its_day(
    sink: Sink, register: Register, put: Put, person: MakePerson, again: bool
) -> None:
    register("test.walk", again_when_in_doubt=again)
    register("test.talk")
    anna = person()
    doubtful = put(person=anna, kind="test.walk", address="cut.anna@example.org", series="walk")
    other = put(person=anna, kind="test.talk")
    drain(now=NOW)
    assert outcome(doubtful) == (State.PENDING if again else State.IN_DOUBT, Reason.NO_ANSWER)
    cancel(series="walk")
    assert outcome(doubtful)[0] == (State.CANCELLED if again else State.IN_DOUBT)
    assert waits_until(other) == (State.PENDING, Reason.SLOT, TOMORROW)


def test_j4_what_a_dead_dispatcher_held_keeps_its_day(
    sink: Sink, register: Register, put: Put, person: MakePerson
) -> None:
    register("test.reminder", priority=Priority.REMINDER)
    register("test.note")
    anna = person()
    held = put(person=anna, kind="test.reminder")
    claim(now=NOW, size=1)
    pressing = put(person=anna, kind="test.note")
    drain(now=NOW)
    assert waits_until(pressing) == (State.PENDING, Reason.SLOT, TOMORROW)
    let_leases_run_out()
    assert sweep() == 1
    assert outcome(held) == (State.PENDING, Reason.DIED)
    drain(now=NOW)
    assert outcome(held)[0] == State.SENT
    assert outcome(pressing)[0] == State.PENDING


def test_j4_what_killed_too_many_dispatchers_gives_its_day_back(
    sink: Sink, note: Kind, put: Put, person: MakePerson
) -> None:
    anna = person()
    deadly, other = put(person=anna), put(person=anna)
    claim(now=NOW, size=2)
    Message.objects.filter(pk=deadly.pk).update(attempt=MOST_ATTEMPTS)
    let_leases_run_out()
    assert sweep() == 1
    assert outcome(deadly) == (State.FAILED, Reason.TOO_OFTEN)
    assert outcome(other) == (State.PENDING, Reason.NONE)
    assert not SendSlot.objects.exists()


def test_j4_sent_again_by_hand_passes_every_check_and_waits_for_a_day(
    sink: Sink, note: Kind, put: Put, person: MakePerson, settings: Settings
) -> None:
    anna = person(working_days="1234567", day_starts=dt.time(0), day_ends=dt.time(0))
    lost = put(person=anna, address="spam.anna@example.org")
    other = put(person=anna)
    drain(now=NOW)
    assert [outcome(each)[0] for each in (lost, other)] == [State.FAILED, State.SENT]
    Message.objects.filter(pk=lost.pk).update(address="anna@example.org")
    Message.objects.filter(pk=lost.pk).to_send_again()
    Message.objects.filter(pk=lost.pk).update(due=NOW)
    drain(now=NOW + HOUR)
    assert outcome(lost) == (State.PENDING, Reason.SLOT)
    RefusedAddress.objects.create(address="anna@example.org", reply="550")
    drain(now=NOW + DAY)
    assert outcome(lost) == (State.FAILED, Reason.BAD_ADDRESS)


def test_j4_the_slot_goes_with_its_message(sink: Sink, note: Kind, put: Put) -> None:
    message = put()
    drain(now=NOW)
    assert SendSlot.objects.count() == 1
    message.delete()
    assert not SendSlot.objects.exists()


# --- At the same moment -------------------------------------------------------------------------------------
@pytest.fixture
def crowd(register: Register, person: MakePerson) -> list[Person]:
    register()
    people = [person() for _ in range(40)]
    queue_many(
        NewMessage(key=f"{each.pk}:{number}", kind="test.note", due=NOW - HOUR * number, person=each)
        for number in range(3)
        for each in people
    )
    return people


@pytest.mark.needs_postgres
@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
def test_j4_two_dispatchers_at_once_send_everybody_one(sink: Sink, crowd: list[Person]) -> None:
    def dispatching() -> int:
        try:
            return drain(now=NOW)
        finally:
            connections.close_all()

    with ThreadPoolExecutor(3) as pool:
        runs = [pool.submit(dispatching) for _ in range(3)]
    assert sum(run.result() for run in runs) == len(crowd)
    assert sorted(sink.recipients()) == sorted(each.email for each in crowd)
    oldest = Message.objects.filter(state=State.SENT).values_list("key", flat=True)
    assert set(oldest) == {f"{each.pk}:2" for each in crowd}
    # Whoever met a day nobody had asked for yet asks again a moment later, and waits for tomorrow too.
    drain(now=NOW + MOMENT)
    waiting = Message.objects.filter(state=State.PENDING).values_list("reason", "due")
    assert set(waiting) == {(Reason.SLOT, TOMORROW)}
    assert waiting.count() == 2 * len(crowd)


@pytest.mark.needs_postgres
@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
def test_j4_a_claim_not_committed_yet_is_not_passed_by(
    sink: Sink, note: Kind, put: Put, person: MakePerson
) -> None:
    """One dispatcher has taken the older message and not committed; the other finds only the newer one."""
    anna = person()
    older, newer = put(person=anna, due=NOW - HOUR), put(person=anna)

    def other_dispatcher() -> int:
        try:
            return len(claim(now=NOW, size=10).messages)
        finally:
            connections.close_all()

    with ThreadPoolExecutor(1) as pool, transaction.atomic():
        assert [each.pk for each in claim(now=NOW, size=1).messages] == [older.pk]
        assert pool.submit(other_dispatcher).result(timeout=20) == 0
    assert waits_until(newer) == (State.PENDING, Reason.SLOT, NOW + MOMENT)
    assert connection.in_atomic_block is False


def test_j4_giving_back_twice_changes_nothing(note: Kind, put: Put, person: MakePerson) -> None:
    anna = person()
    held = put(person=anna)
    claim(now=NOW, size=1)
    for _ in range(2):
        give_back([held], NOW)
    assert not SendSlot.objects.exists()
    assert timezone.is_aware(held.due)


# --- Nothing tells who has answered -------------------------------------------------------------------------
def test_r1_when_named_mail_goes_does_not_say_who_has_answered(
    sink: Sink, register: Register, put: Put, person: MakePerson
) -> None:
    answered, silent = person(), person()
    register(
        "test.anonymous",
        confidential=True,
        still_wanted=lambda message: message.person != answered,
    )
    register("test.named")
    reminders = [put(person=each, kind="test.anonymous", series=f"{each.pk}") for each in (answered, silent)]
    named = [put(person=each, kind="test.named") for each in (answered, silent)]
    pressing = [put(person=each, kind="test.named", not_after=NOW + 8 * HOUR) for each in (answered, silent)]
    drain(now=NOW)
    assert [outcome(each) for each in reminders] == [
        (State.CANCELLED, Reason.NOT_WANTED),
        (State.SENT, Reason.NONE),
    ]
    assert {waits_until(each) for each in named} == {(State.PENDING, Reason.SLOT, TOMORROW)}
    cancel(series=str(answered.pk))
    cancel(series=str(silent.pk))
    drain(now=NOW + MOMENT)
    later = [put(person=each, kind="test.named") for each in (answered, silent)]
    drain(now=NOW + MOMENT)
    assert {waits_until(each) for each in (*named, *later)} == {(State.PENDING, Reason.SLOT, TOMORROW)}
    assert {outcome(each) for each in pressing} == {(State.EXPIRED, Reason.TOO_LATE)}
    assert [slots_of(each) for each in reminders] == [[NOW.date()]] * 2


def test_r1_nor_does_what_becomes_of_it_before_it_is_sent(
    register: Register, put: Put, person: MakePerson
) -> None:
    """Cancelled by an operator, or worn out: who has answered got there another way."""
    register("test.anonymous", confidential=True)
    held = put(person=person(), kind="test.anonymous")
    claim(now=NOW, size=1)
    give_back([held], NOW)
    assert slots_of(held) == [NOW.date()]


def test_j4_cancelled_by_hand_in_doubt_keeps_its_day(note: Kind, put: Put, person: MakePerson) -> None:
    doubtful = put(person=person(), series="s")
    claim(now=NOW, size=1)
    Message.objects.update(state=State.CANCELLED, reason=Reason.BY_HAND)
    cancel(series="s")
    assert slots_of(doubtful) == [NOW.date()]


@pytest.mark.needs_postgres
@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
def test_a_day_is_given_back_while_another_asks_for_it(
    note: Kind, put: Put, person: MakePerson, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One holds the waiting message and asks for the day, the other gives it back and wakes the message."""
    anna = person()
    put(person=anna, series="held")
    claim(now=NOW, size=1)
    waiting = put(person=anna, not_after=NOW + HOUR)
    claim(now=NOW, size=1)
    assert waits_until(waiting) == (State.PENDING, Reason.SLOT, NOW + MOMENT)
    locked, gone = threading.Event(), threading.Event()
    take = slots.take

    def take_later(wishes: Collection[slots.Wish], now: dt.datetime) -> dict[int, slots.Answer]:
        locked.set()
        gone.wait(20)
        return take(wishes, now)

    def note_delete(execute: Callable[..., object], sql: str, *others: object) -> object:
        result = execute(sql, *others)
        if sql.startswith('DELETE FROM "notifications_sendslot"'):
            gone.set()
            # Until the other has asked for the day, and waits.
            time.sleep(0.3)
        return result

    def asks() -> int:
        try:
            return len(claim(now=NOW + MOMENT, size=1).messages)
        finally:
            connections.close_all()

    def gives_back() -> int:
        try:
            locked.wait(20)
            with connection.execute_wrapper(note_delete):
                return cancel(series="held")
        finally:
            connections.close_all()

    monkeypatch.setattr(slots, "take", take_later)
    with ThreadPoolExecutor(2) as pool:
        runs = [pool.submit(asks), pool.submit(gives_back)]
        assert [run.result(timeout=30) for run in runs] == [1, 1]
    assert outcome(waiting)[0] == State.CLAIMED
