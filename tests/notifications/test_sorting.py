"""One mail without haste for each person and each of their days (delivery.md J4); the newest step (J5)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable

import pytest
from pytest_django import Settings

from culture_portal.proving.sink import Sink
from notifications.domain.claiming import MOST_ATTEMPTS, claim, sweep
from notifications.domain.dispatching import BACK_OFF, dispatch_batch, drain
from notifications.kinds import Kind, Mail, Priority
from notifications.models import Message, SendSlot
from people.models import Absence, Person
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
