"""One mail without haste for each person and each of their days (delivery.md J4); the newest step (J5)."""

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
from notifications.domain.dispatching import BACK_OFF, dispatch_batch, drain
from notifications.domain.queueing import NewMessage, cancel, queue_many
from notifications.domain.slots import give_back
from notifications.kinds import Kind, Mail, Priority
from notifications.models import Message, RefusedAddress, SendSlot
from people.models import Absence, Person
from tests.notifications.conftest import NOW

State, Reason = Message.State, Message.Reason
Put = Callable[..., Message]
Register = Callable[..., Kind]
MakePerson = Callable[..., Person]
HOUR, DAY = dt.timedelta(hours=1), dt.timedelta(days=1)
MOMENT = dt.timedelta(minutes=1)
# Wednesday, eight o'clock.
TOMORROW = dt.datetime(2026, 3, 4, 8, tzinfo=dt.UTC)
LONG_AGO = dt.datetime(2000, 1, 1, tzinfo=dt.UTC)

pytestmark = pytest.mark.django_db


def outcome(message: Message) -> tuple[str, str]:
    message.refresh_from_db()
    return message.state, message.reason


def waits_until(message: Message) -> tuple[str, str, dt.datetime]:
    return (*outcome(message), message.due)


def slots_of(message: Message) -> list[dt.date]:
    return list(SendSlot.objects.filter(message=message).order_by("day").values_list("day", flat=True))


def let_leases_run_out() -> None:
    Message.objects.exclude(lease_until=None).update(lease_until=LONG_AGO)


# --- Who gets the day ---------------------------------------------------------------------------------------
def test_j4_one_mail_a_day_and_the_older_one_first(
    sink: Sink, note: Kind, put: Put, person: MakePerson
) -> None:
    anna = person()
    second, third, first = (put(person=anna, due=NOW - HOUR * age) for age in (2, 1, 3))
    drain(now=NOW)
    assert outcome(first) == (State.SENT, Reason.NONE)
    assert waits_until(second) == waits_until(third) == (State.PENDING, Reason.SLOT, TOMORROW)
    drain(now=TOMORROW)
    assert [outcome(each)[0] for each in (second, third)] == [State.SENT, State.PENDING]
    drain(now=TOMORROW + DAY)
    assert outcome(third)[0] == State.SENT
    assert len(sink.recipients()) == 3
    assert [slots_of(each) for each in (first, second, third)] == [
        [dt.date(2026, 3, day)] for day in (3, 4, 5)
    ]


def test_j4_the_more_pressing_comes_first(
    sink: Sink, register: Register, put: Put, person: MakePerson
) -> None:
    register("test.reminder", priority=Priority.REMINDER)
    register("test.note")
    anna = person()
    reminder = put(person=anna, kind="test.reminder", due=NOW - HOUR)
    note = put(person=anna, kind="test.note")
    drain(now=NOW)
    assert outcome(note)[0] == State.SENT
    assert waits_until(reminder) == (State.PENDING, Reason.SLOT, TOMORROW)


@pytest.mark.parametrize("priority", [Priority.URGENT, Priority.NEEDED])
def test_j4_what_they_need_takes_no_slot_and_waits_for_none(
    sink: Sink, register: Register, put: Put, person: MakePerson, priority: Priority
) -> None:
    register("test.code", priority=priority)
    register("test.note")
    anna = person()
    messages = [put(person=anna, kind=kind) for kind in ("test.code", "test.note", "test.code")]
    drain(now=NOW)
    assert {outcome(message)[0] for message in messages} == {State.SENT}
    assert [slot.message_id for slot in SendSlot.objects.all()] == [messages[1].pk]


def test_j4_a_person_has_one_slot_whatever_address_it_goes_to(
    sink: Sink, note: Kind, put: Put, person: MakePerson
) -> None:
    anna = person()
    put(person=anna)
    put(person=anna, address="anna.at.home@example.org")
    drain(now=NOW)
    assert len(sink.recipients()) == 1


def test_j4_whom_we_know_no_person_of_has_one_by_address(sink: Sink, note: Kind, put: Put) -> None:
    put("Client@example.com")
    put("client@Example.com")
    put("other@example.com")
    drain(now=NOW)
    assert sorted(sink.recipients()) == ["client@example.com", "other@example.com"]


def test_j4_the_day_is_the_one_of_their_own_clock(
    sink: Sink, note: Kind, put: Put, person: MakePerson
) -> None:
    """Six hours lie between these moments: one day in Berlin, two in Auckland."""
    monday, tuesday = dt.date(2026, 3, 2), dt.date(2026, 3, 3)
    at, later = (dt.datetime(2026, 3, 2, hour, 30, tzinfo=dt.UTC) for hour in (8, 14))
    hours = {"day_starts": dt.time(0), "day_ends": dt.time(0), "country": "GB"}
    near, far = (person(time_zone=zone, **hours) for zone in ("Europe/Berlin", "Pacific/Auckland"))
    messages = [
        put(person=each, due=due, time_zone="", country="") for each in (near, far) for due in (at, later)
    ]
    drain(now=at)
    drain(now=later)
    assert [outcome(message)[0] for message in messages] == [
        State.SENT,
        State.PENDING,
        State.SENT,
        State.SENT,
    ]
    assert [slots_of(message) for message in messages] == [[monday], [], [monday], [tuesday]]


def test_j4_one_minute_on_each_side_of_midnight_is_two_days(
    sink: Sink, note: Kind, put: Put, person: MakePerson
) -> None:
    night = person(day_starts=dt.time(22), day_ends=dt.time(6), working_days="1234567")
    before = dt.datetime(2026, 3, 3, 23, 59, tzinfo=dt.UTC)
    messages = [put(person=night, due=before) for _ in range(3)]
    drain(now=before)
    assert [outcome(message)[0] for message in messages] == [State.SENT, State.PENDING, State.PENDING]
    # The shift goes on, so the next day opens at midnight.
    assert messages[1].due == before + MOMENT
    drain(now=before + MOMENT)
    assert [outcome(message)[0] for message in messages] == [State.SENT, State.SENT, State.PENDING]


def test_j4_who_comes_to_be_in_another_day_while_it_is_made_gets_it_on_that_one(
    sink: Sink, register: Register, put: Put, person: MakePerson
) -> None:
    """As past midnight: what was claimed for one day goes on another only if that is free."""
    hours = {"day_starts": dt.time(0), "day_ends": dt.time(0), "working_days": "1234567"}
    anna = person(time_zone="UTC", **hours)

    def render(message: Message) -> Mail:
        Person.objects.update(time_zone="Pacific/Kiritimati")
        return Mail(subject="A note", template="base_mail")

    register(render=render)
    taken = put(person=anna, time_zone="")
    SendSlot.objects.create(person=anna, day=dt.date(2026, 3, 4), message=taken)
    other = put(person=anna, time_zone="", due=NOW - HOUR)
    dispatch_batch(now=NOW)
    # It is the fourth on Kiritimati, whose slot was taken.
    assert outcome(other) == (State.PENDING, Reason.NONE)
    assert slots_of(other) == []
    drain(now=NOW)
    assert outcome(other) == (State.PENDING, Reason.SLOT)
    assert outcome(taken)[0] == State.SENT
    assert len(sink.recipients()) == 1


def test_j4_outside_their_hours_no_slot_is_taken(sink: Sink, note: Kind, put: Put) -> None:
    message = put()
    drain(now=NOW + 12 * HOUR)
    assert waits_until(message) == (State.PENDING, Reason.HOURS, TOMORROW)
    assert not SendSlot.objects.exists()


def test_j4_quiet_hours_put_off_and_keep_the_day_of_a_second_try(
    sink: Sink, note: Kind, put: Put, person: MakePerson
) -> None:
    anna = person(quiet_starts=dt.time(10, 0, 5), quiet_ends=dt.time(14))
    message = put(person=anna, address="later.anna@example.org")
    dispatch_batch(now=NOW)
    assert outcome(message) == (State.PENDING, Reason.LATER)
    newer = put(person=anna)
    drain(now=NOW + BACK_OFF[0])
    assert waits_until(message) == (State.PENDING, Reason.HOURS, NOW + 4 * HOUR)
    Message.objects.filter(pk=message.pk).update(address="anna@example.org")
    drain(now=NOW + 4 * HOUR)
    assert outcome(message)[0] == State.SENT
    assert waits_until(newer) == (State.PENDING, Reason.SLOT, TOMORROW)


def test_j4_what_waits_all_its_time_expires(sink: Sink, note: Kind, put: Put, person: MakePerson) -> None:
    anna = person()
    first = put(person=anna)
    second = put(person=anna, not_after=NOW + 8 * HOUR)
    drain(now=NOW)
    # While the first may come to nothing the second stays; it was sent by the time the second asks again.
    assert outcome(first)[0] == State.SENT
    assert waits_until(second) == (State.PENDING, Reason.SLOT, NOW + MOMENT)
    drain(now=NOW + MOMENT)
    assert outcome(second) == (State.EXPIRED, Reason.TOO_LATE)


def test_j4_the_day_after_the_last_working_day_is_the_next_working_day(
    sink: Sink, note: Kind, put: Put, person: MakePerson
) -> None:
    anna = person()
    Absence.objects.create(person=anna, first_day=dt.date(2026, 3, 4), last_day=dt.date(2026, 3, 8))
    put(person=anna)
    second = put(person=anna)
    drain(now=NOW)
    assert waits_until(second) == (State.PENDING, Reason.SLOT, dt.datetime(2026, 3, 9, 8, tzinfo=dt.UTC))


def test_j4_captured_mail_takes_no_slots(
    sink: Sink, note: Kind, put: Put, person: MakePerson, settings: Settings
) -> None:
    settings.MAIL_AT_ANY_HOUR = True
    anna = person()
    for _ in range(3):
        put(person=anna)
    drain(now=NOW + 13 * HOUR)
    assert len(sink.recipients()) == 3
    assert not SendSlot.objects.exists()


def test_j4_everybody_gets_theirs_however_many_wait(sink: Sink, note: Kind, put: Put) -> None:
    """More than a batch, so that what comes first stands in another one than what has to wait."""
    messages = [put(f"reader{number}@example.org") for _ in range(2) for number in range(60)]
    drain(now=NOW)
    assert [outcome(message)[0] for message in messages] == [State.SENT] * 60 + [State.PENDING] * 60
    assert len(set(sink.recipients())) == 60
    drain(now=TOMORROW)
    assert {outcome(message)[0] for message in messages} == {State.SENT}


def test_j4_whoever_comes_first_in_a_later_batch_still_gets_the_day(
    sink: Sink, register: Register, put: Put, person: MakePerson
) -> None:
    register("test.reminder", priority=Priority.REMINDER)
    register("test.note")
    anna = person()
    reminder = put(person=anna, kind="test.reminder", due=NOW - HOUR)
    for number in range(60):
        put(f"reader{number}@example.org", due=NOW - HOUR / 2)
    note = put(person=anna, kind="test.note")
    dispatch_batch(now=NOW)
    assert waits_until(reminder) == (State.PENDING, Reason.SLOT, NOW + MOMENT)
    drain(now=NOW)
    drain(now=NOW + MOMENT)
    assert outcome(note)[0] == State.SENT
    assert waits_until(reminder) == (State.PENDING, Reason.SLOT, TOMORROW)


def test_j4_a_stream_of_newer_ones_starves_nobody(
    sink: Sink, note: Kind, put: Put, person: MakePerson
) -> None:
    anna = person()
    put(person=anna)
    waiting = put(person=anna)
    for number in range(3):
        put(person=anna, due=TOMORROW - 5 * HOUR, key=f"newer:{number}")
    drain(now=NOW)
    drain(now=TOMORROW - 5 * HOUR)
    drain(now=TOMORROW)
    assert outcome(waiting)[0] == State.SENT


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


# --- One bad row --------------------------------------------------------------------------------------------
def test_j4_a_row_nobody_can_read_holds_up_nobody(
    sink: Sink, note: Kind, put: Put, person: MakePerson
) -> None:
    broken = person()
    Person.objects.filter(pk=broken.pk).update(working_days="x")
    unreadable, other = put(person=broken), put()
    drain(now=NOW)
    assert outcome(unreadable) == (State.FAILED, Reason.OUR_FAULT)
    assert outcome(other)[0] == State.SENT


def test_j4_a_kind_of_a_newer_release_holds_up_nobody(
    sink: Sink, register: Register, put: Put, person: MakePerson
) -> None:
    register("test.from_tomorrow")
    register("test.note")
    anna = person()
    unknown = put(person=anna, kind="test.from_tomorrow", due=NOW - HOUR)
    Message.objects.update(kind="test.from_the_day_after")
    note = put(person=anna, kind="test.note")
    drain(now=NOW)
    assert outcome(unknown) == (State.PENDING, Reason.NONE)
    assert outcome(note)[0] == State.SENT


# --- The newest step (J5) -----------------------------------------------------------------------------------
def test_j5_a_step_put_off_is_overtaken_by_the_next_and_the_other_way_round_never(
    sink: Sink, note: Kind, put: Put, person: MakePerson
) -> None:
    """The newer step waits for tomorrow because the older one has the day: then the older one is over."""
    anna = person()
    older = put(person=anna, series="walk", step=1, address="later.anna@example.org")
    drain(now=NOW)
    newer = put(person=anna, series="walk", step=2, due=NOW + dt.timedelta(seconds=5))
    drain(now=NOW + dt.timedelta(seconds=5))
    assert outcome(newer) == (State.PENDING, Reason.SLOT)
    Message.objects.filter(pk=older.pk).update(address="anna@example.org")
    drain(now=NOW + BACK_OFF[0])
    assert outcome(older) == (State.EXPIRED, Reason.OVERTAKEN)
    # And the day is the newer one's.
    assert outcome(newer)[0] == State.SENT
    assert len(sink.recipients()) == 1


def test_j5_an_overtaken_step_is_in_nobodys_way(sink: Sink, note: Kind, put: Put, person: MakePerson) -> None:
    anna = person()
    steps = [put(person=anna, series="walk", step=step, due=NOW - DAY * (3 - step)) for step in range(3)]
    other = put(person=anna, due=NOW - DAY / 2)
    drain(now=NOW)
    assert [outcome(step)[0] for step in steps] == [State.EXPIRED, State.EXPIRED, State.SENT]
    assert outcome(other) == (State.PENDING, Reason.SLOT)


# --- Trying again (J6) --------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("fields", "attempt"),
    [({"not_after": NOW + dt.timedelta(seconds=5)}, 0), ({}, MOST_ATTEMPTS - 1)],
    ids=["no time left", "too often"],
)
def test_j6_after_the_dot_it_is_in_doubt_where_it_cannot_be_tried_again(
    sink: Sink, register: Register, put: Put, fields: dict[str, dt.datetime], attempt: int
) -> None:
    register(again_when_in_doubt=True)
    message = put("cut.anna@example.org", **fields)
    Message.objects.update(attempt=attempt)
    drain(now=NOW)
    assert outcome(message) == (State.IN_DOUBT, Reason.NO_ANSWER)


def test_j3_what_kills_its_dispatcher_while_being_sent_is_in_doubt_in_the_end(
    register: Register, put: Put
) -> None:
    register(again_when_in_doubt=True)
    message = put()
    claim(now=NOW, size=1)
    Message.objects.update(state=State.SENDING, attempt=MOST_ATTEMPTS)
    let_leases_run_out()
    assert sweep() == 1
    assert outcome(message) == (State.IN_DOUBT, Reason.DIED)


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
