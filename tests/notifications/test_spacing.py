"""Of some kinds somebody gets one in so many days, whatever fails meanwhile; what comes too early waits."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connections
from pytest_django import Settings

from culture_portal.proving.sink import Sink
from notifications.domain import forgetting, overseeing
from notifications.domain.claiming import claim, sweep
from notifications.domain.dispatching import BACK_OFF, drain
from notifications.domain.queueing import cancel
from notifications.kinds import Kind, NoticeWords
from notifications.models import LastOfKind, Message
from people.models import Person
from tests.notifications.conftest import NOW
from tests.notifications.standing import let_leases_run_out, outcome, waits_until

State, Reason = Message.State, Message.Reason
Put = Callable[..., Message]
Register = Callable[..., Kind]
MakePerson = Callable[..., Person]
HOUR, DAY, WEEK = dt.timedelta(hours=1), dt.timedelta(days=1), dt.timedelta(days=7)
# Tuesday a week later, at the same hour, and the evening after the last working hour.
EVENING = dt.datetime(2026, 3, 3, 17, 59, tzinfo=dt.UTC)

pytestmark = pytest.mark.django_db


@pytest.fixture
def weekly(register: Register) -> Kind:
    return register(apart=lambda context: None if context.get("alone") else WEEK)


# --- One a week ---------------------------------------------------------------------------------------------
def test_the_second_waits_until_a_week_after_the_first_was_sent(
    sink: Sink, weekly: Kind, put: Put, person: MakePerson
) -> None:
    anna = person()
    first, second, third = (put(person=anna) for _ in range(3))
    drain(now=NOW)
    assert outcome(first) == (State.SENT, Reason.NONE)
    assert waits_until(second) == (State.PENDING, Reason.APART, NOW + WEEK)
    drain(now=NOW + WEEK - HOUR)
    assert outcome(second) == (State.PENDING, Reason.APART)
    drain(now=NOW + WEEK)
    assert outcome(second) == (State.SENT, Reason.NONE)
    assert waits_until(third) == (State.PENDING, Reason.APART, NOW + 2 * WEEK)
    assert len(sink.recipients()) == 2


def test_it_waits_until_they_work_again(sink: Sink, weekly: Kind, put: Put, person: MakePerson) -> None:
    anna = person(working_days="12345")
    first, second = put(person=anna, due=EVENING), put(person=anna, due=EVENING)
    drain(now=EVENING)
    assert outcome(first)[0] == State.SENT
    drain(now=EVENING + DAY)
    Message.objects.filter(pk=first.pk).update(sent_at=EVENING + HOUR)
    Message.objects.filter(pk=second.pk).update(due=EVENING + DAY)
    drain(now=EVENING + DAY)
    # Sent at 18.59 in truth: past the end of that day a week later, so on the next morning.
    assert waits_until(second)[2] == dt.datetime(2026, 3, 11, 8, tzinfo=dt.UTC)


def test_what_does_not_count_goes_at_once_and_holds_up_nothing(
    sink: Sink, weekly: Kind, put: Put, person: MakePerson
) -> None:
    anna = person()
    drain(now=NOW)
    alone = put(person=anna, context={"alone": 1})
    drain(now=NOW)
    assert outcome(alone)[0] == State.SENT
    counted = put(person=anna, due=NOW + DAY)
    drain(now=NOW + DAY)
    assert outcome(counted)[0] == State.SENT
    again = put(person=anna, due=NOW + 2 * DAY, context={"alone": 1})
    drain(now=NOW + 2 * DAY)
    assert outcome(again)[0] == State.SENT


def test_another_kind_and_another_person_do_not_wait(
    sink: Sink, weekly: Kind, register: Register, put: Put, person: MakePerson
) -> None:
    register("test.other")
    anna, ben = person(), person()
    put(person=anna)
    drain(now=NOW)
    other, bens = put(person=anna, kind="test.other", due=NOW + DAY), put(person=ben)
    drain(now=NOW + DAY)
    assert [outcome(each)[0] for each in (other, bens)] == [State.SENT, State.SENT]


def test_outside_it_goes_by_the_address(sink: Sink, weekly: Kind, put: Put) -> None:
    first, second = put("cora@example.org"), put("CORA@example.org", due=NOW + DAY)
    other = put("dan@example.org", due=NOW + DAY)
    drain(now=NOW)
    drain(now=NOW + DAY)
    assert [outcome(each)[0] for each in (first, second, other)] == [State.SENT, State.PENDING, State.SENT]


def test_at_any_hour_nothing_is_kept_apart(
    sink: Sink, weekly: Kind, put: Put, person: MakePerson, settings: Settings
) -> None:
    settings.MAIL_AT_ANY_HOUR = True
    anna = person()
    both = [put(person=anna), put(person=anna)]
    drain(now=NOW)
    assert [outcome(each)[0] for each in both] == [State.SENT, State.SENT]


def test_too_late_by_then_it_says_so(sink: Sink, weekly: Kind, put: Put, person: MakePerson) -> None:
    anna = person()
    put(person=anna)
    late = put(person=anna, not_after=NOW + 3 * DAY)
    drain(now=NOW)
    assert outcome(late) == (State.EXPIRED, Reason.TOO_LATE)


# --- What fails ---------------------------------------------------------------------------------------------
def test_a_second_try_is_the_same_mail(sink: Sink, weekly: Kind, put: Put, person: MakePerson) -> None:
    anna = person()
    message = put(person=anna, address="later.anna@example.org")
    drain(now=NOW)
    assert outcome(message) == (State.PENDING, Reason.LATER)
    Message.objects.update(address="anna@example.org")
    drain(now=NOW + BACK_OFF[0])
    assert outcome(message)[0] == State.SENT


def test_a_refused_one_gives_the_time_to_whoever_waited(
    sink: Sink, weekly: Kind, put: Put, person: MakePerson
) -> None:
    anna = person()
    refused, other = put(person=anna, address="never.anna@example.org"), put(person=anna)
    drain(now=NOW)
    assert outcome(refused) == (State.FAILED, Reason.REFUSED)
    assert outcome(other)[0] == State.SENT


def test_a_confidential_one_keeps_the_time_whatever_becomes_of_it(
    sink: Sink, register: Register, put: Put, person: MakePerson
) -> None:
    register(apart=lambda _: WEEK, confidential=True, still_wanted=lambda message: False)
    register("test.plain", apart=lambda _: WEEK)
    anna = person()
    pointless, other = put(person=anna), put(person=anna)
    drain(now=NOW)
    assert outcome(pointless) == (State.CANCELLED, Reason.NOT_WANTED)
    assert outcome(other) == (State.PENDING, Reason.APART)


def test_one_that_was_cancelled_while_held_gives_the_time_back(
    sink: Sink, weekly: Kind, put: Put, person: MakePerson
) -> None:
    anna = person()
    put(person=anna, series="walk")
    other = put(person=anna)
    claim(now=NOW, size=10)
    assert waits_until(other) == (State.PENDING, Reason.APART, NOW + WEEK)
    cancel(series="walk")
    drain(now=NOW)
    assert not LastOfKind.objects.exclude(message_number=other.pk).exists()
    assert outcome(other)[0] in {State.SENT, State.PENDING}


@pytest.mark.parametrize("again", [False, True])
def test_one_in_doubt_counts_as_sent(
    sink: Sink, register: Register, put: Put, person: MakePerson, again: bool
) -> None:
    register(apart=lambda _: WEEK, again_when_in_doubt=again)
    anna = person()
    doubtful, other = put(person=anna, address="cut.anna@example.org"), put(person=anna)
    drain(now=NOW)
    assert outcome(doubtful)[1] == Reason.NO_ANSWER
    drain(now=NOW + DAY)
    assert outcome(other) == (State.PENDING, Reason.APART)


def test_a_dead_dispatcher_costs_nobody_their_turn(
    sink: Sink, weekly: Kind, put: Put, person: MakePerson
) -> None:
    anna = person()
    first, second = put(person=anna), put(person=anna)
    claim(now=NOW, size=10)
    let_leases_run_out()
    sweep()
    drain(now=NOW + HOUR)
    assert outcome(first)[0] == State.SENT
    Message.objects.filter(pk=second.pk).update(due=NOW + WEEK)
    # From when it was sent, not from when it was taken up first.
    drain(now=NOW + WEEK)
    assert waits_until(second) == (State.PENDING, Reason.APART, NOW + HOUR + WEEK)


def test_sent_once_more_by_hand_it_is_the_same_mail(
    sink: Sink, weekly: Kind, put: Put, person: MakePerson
) -> None:
    hr, anna = person(), person()
    doubtful = put(person=anna, address="cut.anna@example.org")
    drain(now=NOW)
    assert outcome(doubtful) == (State.IN_DOUBT, Reason.NO_ANSWER)
    Message.objects.filter(pk=doubtful.pk).update(address="anna@example.org")
    doubtful.refresh_from_db()
    assert overseeing.resend_one(doubtful, by=hr, now=NOW + HOUR) == 1
    Message.objects.filter(pk=doubtful.pk).update(due=NOW + HOUR)
    drain(now=NOW + HOUR)
    assert outcome(doubtful)[0] == State.SENT


def test_it_holds_where_the_first_mail_is_forgotten_and_the_row_goes_in_time(
    sink: Sink, weekly: Kind, put: Put, person: MakePerson
) -> None:
    anna = person()
    first, second = put(person=anna), put(person=anna)
    drain(now=NOW)
    Message.objects.filter(pk=first.pk).delete()
    Message.objects.filter(pk=second.pk).update(due=NOW + DAY)
    drain(now=NOW + DAY)
    assert waits_until(second) == (State.PENDING, Reason.APART, NOW + WEEK)
    assert forgetting.forget_spacing(30, NOW + 31 * DAY) == 1


# --- In digests ---------------------------------------------------------------------------------------------
def test_a_digest_carries_one_and_the_week_runs_from_when_it_was_sent(
    sink: Sink, register: Register, put: Put, person: MakePerson
) -> None:
    words = NoticeWords("A note", "", "/", "Look")
    register(
        apart=lambda _: WEEK,
        unsubscribable=True,
        notices=lambda messages: {message.pk: words for message in messages},
    )
    anna = person(digest=Person.Digest.DAILY)
    first, second = put(person=anna), put(person=anna)
    drain(now=NOW)
    assert outcome(first)[0] == State.CARRIED
    assert outcome(second) == (State.PENDING, Reason.APART)
    morning = dt.datetime(2026, 3, 4, 8, tzinfo=dt.UTC)
    drain(now=morning)
    assert outcome(first)[0] == State.SENT
    drain(now=NOW + WEEK)
    assert waits_until(second) == (State.PENDING, Reason.APART, morning + WEEK)


# --- At the same moment -------------------------------------------------------------------------------------
@pytest.mark.needs_postgres
@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
def test_dispatchers_at_once_send_everybody_one(
    sink: Sink, weekly: Kind, put: Put, person: MakePerson
) -> None:
    """Three messages to each of forty, three dispatchers, in the first week and when it is over."""
    crowd = [person() for _ in range(40)]
    for _ in range(3):
        for each in crowd:
            put(person=each)

    def dispatching(now: dt.datetime) -> int:
        try:
            return drain(now=now)
        finally:
            connections.close_all()

    for week in range(3):
        sink.record.write_text("")
        now = NOW + week * (WEEK + HOUR)
        with ThreadPoolExecutor(3) as pool:
            for run in [pool.submit(dispatching, now) for _ in range(3)]:
                run.result()
        assert sorted(sink.recipients()) == sorted(each.email for each in crowd)
    assert not Message.objects.exclude(state=State.SENT).exists()
