"""What the dispatcher does with one message after another, against a real mail server."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable

import pytest
from django.core.management import call_command
from django.core.management.base import SystemCheckError
from pytest_django import Settings

from culture_portal.proving.sink import Sink
from notifications.domain.dispatching import BACK_OFF, dispatch_batch, drain
from notifications.domain.queueing import cancel
from notifications.kinds import Kind, Mail, Priority
from notifications.models import Message, OptOut, RefusedAddress
from people.models import Absence, Person
from tests.notifications.conftest import NOW

State, Reason = Message.State, Message.Reason
Put = Callable[..., Message]
Register = Callable[..., Kind]
MakePerson = Callable[..., Person]
HOUR = dt.timedelta(hours=1)

pytestmark = pytest.mark.django_db


def outcome(message: Message) -> tuple[str, str]:
    """Where it stands, and why."""
    message.refresh_from_db()
    return message.state, message.reason


def said(message: Message) -> tuple[str, str]:
    """The same, with what the mail server said of it."""
    message.refresh_from_db()
    return message.state, message.last_reply


# --- On its way ---------------------------------------------------------------------------------------------
def test_a_due_message_is_sent_and_its_journal_says_so(sink: Sink, note: Kind, put: Put) -> None:
    message = put()
    assert dispatch_batch(now=NOW) == 1
    assert said(message) == (State.SENT, "250 2.0.0 Taken")
    assert (message.sent_at, message.lease_until, message.address) == (NOW, None, "anna@example.org")
    assert sink.recipients() == ["anna@example.org"]
    assert sink.mails()[0]["Message-ID"] == message.message_id


def test_nothing_is_due_before_its_time(sink: Sink, note: Kind, put: Put) -> None:
    message = put(due=NOW + HOUR)
    assert dispatch_batch(now=NOW) == 0
    assert outcome(message) == (State.PENDING, "")


def test_what_is_sent_is_sent_once(sink: Sink, note: Kind, put: Put) -> None:
    put()
    assert [dispatch_batch(now=NOW), dispatch_batch(now=NOW + 24 * HOUR)] == [1, 0]
    assert sink.recipients() == ["anna@example.org"]


def test_drain_goes_on_until_nothing_is_due(sink: Sink, note: Kind, put: Put) -> None:
    for number in range(120):
        put(f"reader{number}@example.org")
    assert drain(now=NOW) == 120
    assert sink.recipients() == [f"reader{number}@example.org" for number in range(120)]


def test_a_person_gets_it_where_they_get_mail_now(
    sink: Sink, note: Kind, put: Put, person: MakePerson
) -> None:
    anna = person(email="old@example.org")
    message = put(person=anna)
    Person.objects.filter(pk=anna.pk).update(email="new@example.org")
    dispatch_batch(now=NOW)
    assert sink.recipients() == ["new@example.org"]
    message.refresh_from_db()
    assert message.address == "new@example.org"


def test_a_kind_of_a_newer_release_waits_for_it(sink: Sink, register: Register, note: Kind, put: Put) -> None:
    message = put()
    Message.objects.update(kind="test.from_tomorrow")
    assert dispatch_batch(now=NOW) == 0
    assert outcome(message) == (State.PENDING, "")


def test_what_follows_runs_with_the_mark(sink: Sink, register: Register, put: Put) -> None:
    seen: list[tuple[str, dt.datetime]] = []
    register(after_sent=lambda message, at: seen.append((message.key, at)))
    message = put()
    dispatch_batch(now=NOW)
    assert seen == [(message.key, NOW)]


def test_a_mistake_in_what_follows_does_not_send_twice(sink: Sink, register: Register, put: Put) -> None:
    def broken(message: Message, at: dt.datetime) -> None:
        Message.objects.filter(pk=message.pk).update(series="half done")
        raise LookupError("a secret")

    register(after_sent=broken)
    message = put()
    dispatch_batch(now=NOW)
    assert said(message) == (State.SENT, "sent, but what follows failed: LookupError")
    assert message.series == ""
    assert len(sink.recipients()) == 1


def test_a_mail_that_cannot_be_made_fails_alone(sink: Sink, register: Register, put: Put) -> None:
    def render(message: Message) -> Mail:
        if message.context:
            raise LookupError("what somebody wrote")
        return Mail(subject="A note", template="base_mail")

    register(render=render)
    before, broken, after = put("a@example.org"), put(context={"broken": 1}), put("b@example.org")
    dispatch_batch(now=NOW)
    assert outcome(broken) == (State.FAILED, Reason.OUR_FAULT)
    assert said(broken) == (State.FAILED, "LookupError")
    assert [outcome(message)[0] for message in (before, after)] == [State.SENT, State.SENT]
    assert sink.recipients() == ["a@example.org", "b@example.org"]


def test_a_last_check_that_breaks_fails_alone(sink: Sink, register: Register, put: Put) -> None:
    asked: list[int] = []

    def still_wanted(message: Message) -> bool:
        asked.append(message.pk)
        if message.context and len(asked) > 1:
            raise LookupError
        return True

    register(still_wanted=still_wanted)
    broken, after = put("bert@example.org", context={"broken": 1}), put()
    dispatch_batch(now=NOW)
    assert outcome(broken) == (State.FAILED, Reason.OUR_FAULT)
    assert said(broken) == (State.FAILED, "LookupError")
    assert outcome(after)[0] == State.SENT
    assert sink.recipients() == ["anna@example.org"]


# --- The last check -----------------------------------------------------------------------------------------
def test_what_is_no_longer_wanted_is_not_sent(sink: Sink, register: Register, put: Put) -> None:
    register(still_wanted=lambda message: False)
    message = put()
    dispatch_batch(now=NOW)
    assert outcome(message) == (State.CANCELLED, Reason.NOT_WANTED)
    assert sink.recipients() == []


def test_an_answer_between_the_offer_and_the_text_stops_it(sink: Sink, register: Register, put: Put) -> None:
    """The check is asked twice: before anything is made, and when the server waits for the text."""
    answers = iter([True, False, True, True])
    register(still_wanted=lambda message: next(answers))
    stopped, after = put("a@example.org"), put("b@example.org")
    dispatch_batch(now=NOW)
    assert outcome(stopped) == (State.CANCELLED, Reason.NOT_WANTED)
    assert outcome(after)[0] == State.SENT
    assert sink.recipients() == ["b@example.org"]


def test_cancelling_reaches_what_a_dispatcher_has_taken_up(sink: Sink, register: Register, put: Put) -> None:
    def render(message: Message) -> Mail:
        cancel(series="walk")
        return Mail(subject="A note", template="base_mail")

    register(render=render)
    message = put(series="walk")
    dispatch_batch(now=NOW)
    assert outcome(message) == (State.CANCELLED, Reason.NOT_WANTED)
    assert sink.recipients() == []


def test_too_late_is_not_sent(sink: Sink, note: Kind, put: Put) -> None:
    message = put(not_after=NOW - HOUR)
    dispatch_batch(now=NOW)
    assert outcome(message) == (State.EXPIRED, Reason.TOO_LATE)
    assert sink.recipients() == []


def test_who_has_left_gets_nothing(sink: Sink, register: Register, put: Put, person: MakePerson) -> None:
    register(priority=Priority.URGENT)
    message = put(person=person(is_active=False))
    dispatch_batch(now=NOW)
    assert outcome(message) == (State.CANCELLED, Reason.LEFT)
    assert sink.recipients() == []


def test_who_opted_out_gets_nothing_of_that_category(sink: Sink, register: Register, put: Put) -> None:
    register("test.walks", category="walks", unsubscribable=True)
    register("test.talks", category="talks", unsubscribable=True)
    OptOut.objects.create(category="walks", address="anna@example.org")
    walk, talk = put("Anna@Example.org", kind="test.walks"), put("Anna@Example.org", kind="test.talks")
    drain(now=NOW)
    assert outcome(walk) == (State.CANCELLED, Reason.OPTED_OUT)
    assert outcome(talk)[0] == State.SENT


def test_an_address_refused_before_is_left_alone(sink: Sink, register: Register, put: Put) -> None:
    register(priority=Priority.URGENT)
    RefusedAddress.objects.create(address="anna@example.org", reply="550 No such box")
    message = put("Anna@example.org")
    dispatch_batch(now=NOW)
    assert outcome(message) == (State.FAILED, Reason.BAD_ADDRESS)


@pytest.mark.parametrize(
    ("fields", "now", "expected"),
    [
        # Tuesday 3 March 2026; Kathmandu is 5:45 ahead, New York 5 behind.
        ({"time_zone": "Asia/Kathmandu"}, (3, 3, 2, 14), (3, 3, 2, 15)),
        ({"time_zone": "Asia/Kathmandu"}, (3, 3, 12, 15), (3, 4, 2, 15)),
        ({"time_zone": "America/New_York"}, (3, 3, 12, 59), (3, 3, 13, 0)),
        ({"time_zone": "UTC", "working_days": "4"}, (3, 3, 10, 0), (3, 5, 8, 0)),
        ({"time_zone": "UTC", "day_starts": dt.time(13)}, (3, 3, 10, 0), (3, 3, 13, 0)),
        # Good Friday and Easter Monday.
        ({"time_zone": "Europe/Berlin"}, (4, 3, 10, 0), (4, 7, 6, 0)),
    ],
)
def test_outside_their_hours_it_waits_for_the_next(
    sink: Sink,
    note: Kind,
    put: Put,
    person: MakePerson,
    fields: dict[str, object],
    now: tuple[int, int, int, int],
    expected: tuple[int, int, int, int],
) -> None:
    values: dict[str, object] = {"country": "DE"} | fields
    message = put(person=person(**values), time_zone="", country="")
    at, opens = (dt.datetime(2026, *parts, tzinfo=dt.UTC) for parts in (now, expected))
    message_due = at - dt.timedelta(minutes=1)
    Message.objects.update(due=message_due)
    dispatch_batch(now=at)
    assert outcome(message) == (State.PENDING, Reason.HOURS)
    assert message.due == opens
    assert message.attempt == 0
    dispatch_batch(now=opens)
    assert outcome(message)[0] == State.SENT


def test_who_is_away_gets_it_when_they_are_back(sink: Sink, note: Kind, put: Put, person: MakePerson) -> None:
    anna = person()
    Absence.objects.create(person=anna, first_day=dt.date(2026, 3, 2), last_day=dt.date(2026, 3, 6))
    message = put(person=anna)
    dispatch_batch(now=NOW)
    assert outcome(message)[0] == State.PENDING
    assert message.due == dt.datetime(2026, 3, 9, 8, tzinfo=dt.UTC)


def test_what_is_over_before_they_are_back_expires(
    sink: Sink, note: Kind, put: Put, person: MakePerson
) -> None:
    anna = person()
    Absence.objects.create(person=anna, first_day=dt.date(2026, 3, 2), last_day=dt.date(2026, 3, 6))
    message = put(person=anna, not_after=NOW + 24 * HOUR)
    dispatch_batch(now=NOW)
    assert outcome(message) == (State.EXPIRED, Reason.TOO_LATE)


def test_urgent_mail_goes_at_any_hour(sink: Sink, register: Register, put: Put, person: MakePerson) -> None:
    register(priority=Priority.URGENT)
    anna = person()
    Absence.objects.create(person=anna, first_day=dt.date(2026, 3, 1), last_day=dt.date(2026, 3, 30))
    message = put(person=anna)
    dispatch_batch(now=NOW + 13 * HOUR)
    assert outcome(message)[0] == State.SENT


# --- After an outage ----------------------------------------------------------------------------------------
def test_after_an_outage_only_the_newest_due_step_is_sent(sink: Sink, note: Kind, put: Put) -> None:
    steps = [put(series="walk", step=step, due=NOW + 24 * HOUR * step) for step in range(4)]
    other = put("other@example.org", series="talk", step=0)
    dispatch_batch(now=NOW + 48 * HOUR)
    assert [outcome(step)[0] for step in steps] == [
        State.EXPIRED,
        State.EXPIRED,
        State.SENT,
        State.PENDING,
    ]
    assert outcome(other)[0] == State.SENT
    assert outcome(steps[0])[1] == Reason.OVERTAKEN
    assert sorted(sink.recipients()) == ["anna@example.org", "other@example.org"]


def test_a_cancelled_step_takes_no_place(sink: Sink, note: Kind, put: Put) -> None:
    first, second = (put(series="walk", step=step) for step in range(2))
    Message.objects.filter(pk=second.pk).update(state=State.CANCELLED)
    dispatch_batch(now=NOW)
    assert outcome(first)[0] == State.SENT


# --- What servers say ---------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("manner", "reply"),
    [
        ("later", "450 4.2.0 Try again later"),
        ("busy", "421 4.3.2 Closing"),
        ("full", "452 4.2.2 Box is full"),
    ],
)
def test_a_passing_refusal_is_tried_again_and_harms_no_other(
    sink: Sink, note: Kind, put: Put, manner: str, reply: str
) -> None:
    message, other = put(f"{manner}.anna@example.org"), put("bert@example.org")
    dispatch_batch(now=NOW)
    assert outcome(message) == (State.PENDING, Reason.LATER)
    assert said(message) == (State.PENDING, reply)
    assert (message.due, message.attempt) == (NOW + BACK_OFF[0], 1)
    assert outcome(other)[0] == State.SENT
    assert sink.recipients() == ["bert@example.org"]


def test_it_waits_longer_each_time_and_gives_up_in_the_end(sink: Sink, register: Register, put: Put) -> None:
    register(priority=Priority.URGENT)
    message = put("later.anna@example.org")
    waited: list[dt.timedelta] = []
    at = NOW
    while outcome(message)[0] == State.PENDING:
        assert dispatch_batch(now=at - dt.timedelta(seconds=1)) == 0
        dispatch_batch(now=at)
        message.refresh_from_db()
        waited.append(message.due - at)
        at = message.due
    assert waited == [*BACK_OFF, *[dt.timedelta(hours=24)] * 4]
    assert outcome(message) == (State.FAILED, Reason.TOO_OFTEN)
    assert said(message) == (State.FAILED, "450 4.2.0 Try again later")


def test_it_expires_when_the_next_try_would_be_too_late(sink: Sink, note: Kind, put: Put) -> None:
    message = put("later.anna@example.org", not_after=NOW + dt.timedelta(seconds=5))
    dispatch_batch(now=NOW)
    assert outcome(message) == (State.EXPIRED, Reason.TOO_LATE)
    assert said(message) == (State.EXPIRED, "450 4.2.0 Try again later")


@pytest.mark.parametrize(
    ("manner", "reply", "marked"),
    [
        ("never", "550 5.1.1 No such box", ["never.anna@example.org"]),
        # About us or about the text, not about the address: others may still reach it.
        ("policy", "550 5.7.1 Not from you", []),
        ("spam", "554 5.7.0 Not this text", []),
    ],
)
def test_a_final_refusal_fails_and_marks_the_address_where_it_is_at_fault(
    sink: Sink, note: Kind, put: Put, manner: str, reply: str, marked: list[str]
) -> None:
    message, other = put(f"{manner}.anna@example.org"), put("bert@example.org")
    dispatch_batch(now=NOW)
    assert outcome(message) == (State.FAILED, Reason.REFUSED)
    assert said(message) == (State.FAILED, reply)
    assert list(RefusedAddress.objects.values_list("address", flat=True)) == marked
    assert outcome(other)[0] == State.SENT


@pytest.mark.parametrize(
    "address",
    ["anna@" + "ü" * 70 + ".example", "anna@example..org", "anna\r\nRCPT TO:<eve@example.org>", "@", ""],
)
def test_an_address_that_is_none_fails_alone(sink: Sink, note: Kind, put: Put, address: str) -> None:
    message, other = put("placeholder@example.org"), put("bert@example.org")
    Message.objects.filter(pk=message.pk).update(address=address)
    dispatch_batch(now=NOW)
    assert outcome(message)[0] == State.FAILED
    assert outcome(other)[0] == State.SENT
    assert sink.recipients() == ["bert@example.org"]


@pytest.mark.parametrize("manner", ["hang", "cut"])
def test_a_break_after_the_dot_stays_in_doubt(sink: Sink, note: Kind, put: Put, manner: str) -> None:
    message, other = put(f"{manner}.anna@example.org"), put("bert@example.org")
    dispatch_batch(now=NOW)
    assert outcome(message) == (State.IN_DOUBT, Reason.NO_ANSWER)
    assert said(message) == (State.IN_DOUBT, "no answer after the text: SMTPServerDisconnected")
    assert outcome(other)[0] == State.SENT
    assert dispatch_batch(now=NOW + 48 * HOUR) == 0


@pytest.mark.parametrize("manner", ["hang", "cut"])
def test_what_may_come_twice_is_sent_again_under_the_same_id(
    sink: Sink, register: Register, put: Put, manner: str
) -> None:
    register(again_when_in_doubt=True)
    message = put(f"{manner}.anna@example.org")
    for at in (NOW, NOW + BACK_OFF[0]):
        dispatch_batch(now=at)
        assert outcome(message)[0] == State.PENDING
    ids = [mail["Message-ID"] for mail in sink.mails()]
    assert ids == [message.message_id, message.message_id]
    assert message.attempt == 2


@pytest.mark.parametrize("port", ["mute", "closed"])
def test_without_a_server_all_wait_and_only_one_is_tried(
    sink: Sink, note: Kind, put: Put, mute_port: int, settings: Settings, port: str
) -> None:
    settings.EMAIL_PORT = mute_port if port == "mute" else 1
    messages = [put(f"reader{number}@example.org") for number in range(60)]
    assert drain(now=NOW) == 50
    assert {outcome(message) for message in messages[:50]} == {(State.PENDING, Reason.NO_SERVER)}
    assert {outcome(message) for message in messages[50:]} == {(State.PENDING, Reason.NONE)}
    assert messages[0].last_reply.startswith("no connection: ")
    assert [message.attempt for message in messages] == [1] * 50 + [0] * 10
    settings.EMAIL_PORT = sink.port
    assert drain(now=NOW + BACK_OFF[0]) == 60
    assert len(set(sink.recipients())) == len(sink.recipients()) == 60


def test_a_timeout_is_not_optional(settings: Settings) -> None:
    settings.EMAIL_TIMEOUT = None
    with pytest.raises(SystemCheckError, match=r"notifications\.E001"):
        call_command("check")
