"""What has no haste comes together in one mail: when, how, and what goes by itself."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from zoneinfo import ZoneInfo

import pytest
from django.db import connection, transaction

from common.working_time import NeverOpen, WorkingTime
from culture_portal.proving.sink import Sink
from notifications.domain import digesting
from notifications.domain.dispatching import drain
from notifications.domain.downloading import _messages
from notifications.kinds import Kind
from notifications.models import Message, RefusedAddress, SendSlot
from people.models import Absence, Person
from tests.notifications.conftest import NOW
from tests.notifications.digests import (
    DAY,
    HOUR,
    MONDAY,
    WEDNESDAY,
    MakePerson,
    Put,
    Reason,
    Register,
    State,
    states,
    the_digest,
    worded,
)

pytestmark = pytest.mark.django_db


# --- When ---------------------------------------------------------------------------------------------------
WEEKDAYS = WorkingTime(ZoneInfo("UTC"), country="DE")


@pytest.mark.parametrize(
    ("rhythm", "now", "comes"),
    [
        ("daily", NOW, WEDNESDAY),
        ("daily", WEDNESDAY - HOUR, WEDNESDAY),
        ("daily", WEDNESDAY, WEDNESDAY + DAY),
        ("daily", dt.datetime(2026, 3, 6, 10, tzinfo=dt.UTC), MONDAY),
        ("weekly", NOW, MONDAY),
        ("weekly", MONDAY - HOUR, MONDAY),
        ("weekly", MONDAY, MONDAY + 7 * DAY),
        # May Day, a Friday, is free.
        ("daily", dt.datetime(2026, 4, 30, 9, tzinfo=dt.UTC), dt.datetime(2026, 5, 4, 8, tzinfo=dt.UTC)),
    ],
)
def test_it_comes_when_a_day_or_a_week_opens(rhythm: str, now: dt.datetime, comes: dt.datetime) -> None:
    assert digesting.next_moment(WEEKDAYS, rhythm, now) == comes


def test_it_keeps_quiet_hours_night_shifts_and_absences() -> None:
    quiet = WorkingTime(ZoneInfo("UTC"), country="GB", quiet=(dt.time(7), dt.time(9, 30)))
    assert digesting.next_moment(quiet, "daily", NOW) == WEDNESDAY + 1.5 * HOUR
    night = WorkingTime(ZoneInfo("UTC"), country="GB", day_starts=dt.time(22), day_ends=dt.time(6))
    assert digesting.next_moment(night, "daily", NOW) == NOW + 12 * HOUR
    away = WorkingTime(ZoneInfo("UTC"), country="GB", absences=((NOW.date(), dt.date(2026, 3, 9)),))
    assert digesting.next_moment(away, "weekly", NOW) == MONDAY + DAY
    for_good = WorkingTime(ZoneInfo("UTC"), absences=((NOW.date(), dt.date(2040, 1, 1)),))
    with pytest.raises(NeverOpen):
        digesting.next_moment(for_good, "daily", NOW)


# --- Into one mail ------------------------------------------------------------------------------------------
def test_what_has_no_haste_comes_in_one_mail(sink: Sink, anna: Person, walk: Put) -> None:
    first, second = walk("one"), walk("two")
    assert drain(now=NOW) == 0
    assert states(first, second) == [State.CARRIED, State.CARRIED]
    digest = the_digest()
    assert (digest.due, digest.digest_id, first.digest_id, second.digest_id) == (
        WEDNESDAY,
        None,
        digest.pk,
        digest.pk,
    )
    assert drain(now=WEDNESDAY) == 1
    assert states(digest, first, second) == [State.SENT] * 3
    assert (first.sent_at, first.address) == (WEDNESDAY, anna.email)
    (mail,) = sink.mails()
    assert (mail["To"], mail["Subject"]) == (f"{anna.display_name} <{anna.email}>", "2 things for you")
    for part in ("plain", "html"):
        body = mail.get_body((part,))
        assert body is not None
        text = body.get_content()
        assert [text.count(words) for words in ("Walk one", "Walk two", "once a day")] == [1, 1, 1]
        assert text.count("/walks/") == 2
        assert "/account/notifications/" in text
    assert drain(now=WEDNESDAY + DAY) == 0


def test_once_a_week_it_waits_for_the_week(sink: Sink, anna: Person, walk: Put) -> None:
    Person.objects.update(digest="weekly")
    walk()
    drain(now=NOW)
    assert the_digest().due == MONDAY
    drain(now=MONDAY - HOUR)
    assert sink.recipients() == []
    drain(now=MONDAY)
    assert sink.recipients() == [anna.email]


def test_what_comes_later_gets_into_the_digest_that_waits(sink: Sink, walk: Put) -> None:
    early = walk("one")
    drain(now=NOW)
    late = walk("two", due=WEDNESDAY - HOUR)
    drain(now=WEDNESDAY - HOUR)
    assert states(early, late) == [State.CARRIED] * 2
    assert drain(now=WEDNESDAY) == 1
    assert len(sink.mails()) == 1


def test_what_is_due_with_it_gets_in_too(sink: Sink, walk: Put) -> None:
    walk("one")
    drain(now=NOW)
    late = walk("two", due=WEDNESDAY)
    drain(now=WEDNESDAY)
    assert states(late) == [State.SENT]
    assert [mail["Subject"] for mail in sink.mails()] == ["2 things for you"]


@pytest.mark.parametrize(
    "kind", [{"unsubscribable": False}, {"notices": None}, {"priority": 1}, {"priority": 2}]
)
def test_what_nobody_can_leave_or_what_has_haste_goes_by_itself(
    sink: Sink, register: Register, walk: Put, kind: dict[str, object]
) -> None:
    values: dict[str, object] = {"category": "walks", "notices": worded, "unsubscribable": True}
    register("test.walks", **(values | kind))
    message = walk()
    drain(now=NOW)
    assert states(message) == [State.SENT]


def test_who_chose_none_and_who_is_no_person_get_it_at_once(
    sink: Sink, walks: Kind, walk: Put, put: Put, person: MakePerson
) -> None:
    other = walk(person=person())
    outside = put(kind="test.walks", context={"walk": "out"})
    drain(now=NOW)
    assert states(other, outside) == [State.SENT] * 2


def test_what_would_be_too_late_by_then_goes_by_itself(sink: Sink, walk: Put) -> None:
    soon, late = walk("soon", not_after=NOW + HOUR), walk("late", not_after=WEDNESDAY + HOUR)
    drain(now=NOW)
    assert states(soon, late) == [State.SENT, State.CARRIED]


def test_what_goes_to_another_address_than_theirs_goes_by_itself(sink: Sink, walk: Put) -> None:
    message = walk()
    Message.objects.update(address="former@example.org")
    drain(now=NOW)
    assert (states(message), sink.recipients()) == ([State.SENT], ["former@example.org"])


def test_an_address_nothing_reaches_gets_no_digest(sink: Sink, anna: Person, walk: Put) -> None:
    RefusedAddress.objects.create(address=anna.email, reply="550 no")
    message = walk()
    drain(now=NOW)
    assert (states(message), message.reason) == ([State.FAILED], Reason.BAD_ADDRESS)
    assert not Message.objects.filter(kind=digesting.KIND).exists()


def test_it_takes_the_slot_of_the_day(
    sink: Sink, register: Register, anna: Person, walk: Put, put: Put
) -> None:
    register()
    walk()
    drain(now=NOW)
    other = put(person=anna, due=WEDNESDAY + HOUR)
    drain(now=WEDNESDAY)
    drain(now=WEDNESDAY + HOUR)
    assert (states(other), other.reason) == ([State.PENDING], Reason.SLOT)
    assert SendSlot.objects.get().message_id == the_digest().pk


def test_it_waits_for_whoever_is_away_by_then(sink: Sink, anna: Person, walk: Put) -> None:
    message = walk()
    drain(now=NOW)
    Absence.objects.create(person=anna, first_day=WEDNESDAY.date(), last_day=WEDNESDAY.date())
    drain(now=WEDNESDAY)
    assert (states(message), the_digest().due) == ([State.CARRIED], WEDNESDAY + DAY)
    drain(now=WEDNESDAY + DAY)
    assert states(message) == [State.SENT]


def test_what_follows_a_carried_message_follows_the_digest(sink: Sink, register: Register, walk: Put) -> None:
    seen: list[tuple[str, dt.datetime]] = []

    def follow(message: Message, at: dt.datetime) -> None:
        seen.append((message.key, at))
        if message.context["walk"] == "broken":
            raise LookupError("a secret")

    values = {"category": "walks", "notices": worded, "unsubscribable": True}
    walk_kind = register("test.walks", after_sent=follow, **values)
    broken, good = walk("broken"), walk("good")
    register(walk_kind.name, after_sent=follow, **values)
    drain(now=NOW)
    drain(now=WEDNESDAY)
    assert seen == [(broken.key, WEDNESDAY), (good.key, WEDNESDAY)]
    assert states(broken, good) == [State.SENT] * 2
    assert broken.last_reply == "sent, but what follows failed: LookupError"


def test_operators_and_downloads_see_no_digest_by_itself(walk: Put, anna: Person) -> None:
    walk()
    drain(now=NOW)
    digest = the_digest()
    assert (digest.confidential, digest.context, digest.series) == (True, {}, "")
    assert digest not in _messages(anna)


# --- How much it asks of the database -----------------------------------------------------------------------
def test_carrying_many_asks_no_more_than_carrying_one_for_each_person(
    walk: Put,
) -> None:
    counts: list[int] = []
    for number in (1, 20):
        messages = [walk(str(each)) for each in range(number)]
        taken = list(Message.objects.filter(state=State.PENDING).select_related("person"))
        counts.append(0)
        with connection.execute_wrapper(Counter(counts)), transaction.atomic():
            digesting.carry(taken, NOW)
        assert states(*messages) == [State.CARRIED] * number
    assert counts[1] <= counts[0]


class Counter:
    def __init__(self, counts: list[int]) -> None:
        self.counts = counts

    def __call__(
        self, execute: Callable[..., object], sql: str, params: object, many: bool, context: object
    ) -> object:
        self.counts[-1] += 1
        return execute(sql, params, many, context)
