"""What has no haste, together in one mail. Where the work is cut off: test_digests_cut_off.py."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

import pytest
from django.db import connection, connections, transaction
from django.test import Client

from common.working_time import NeverOpen, WorkingTime
from culture_portal.proving.sink import Sink
from notifications.categories import DIGEST
from notifications.domain import digesting, overseeing
from notifications.domain.claiming import sweep
from notifications.domain.dispatching import dispatch_batch, drain
from notifications.domain.downloading import _messages
from notifications.domain.preferring import keep, wanted_of
from notifications.domain.queueing import cancel
from notifications.kinds import Kind, NoticeWords
from notifications.models import Message, Notice, OptOut, RefusedAddress, SendSlot
from notifications.transports import SmtpTransport
from people.models import Absence, Person
from tests.notifications.conftest import NOW
from tests.notifications.digests import dispatch_to, states, the_digest, worded

State, Reason = Message.State, Message.Reason
Put = Callable[..., Message]
Register = Callable[..., Kind]
MakePerson = Callable[..., Person]
HOUR, DAY = dt.timedelta(hours=1), dt.timedelta(days=1)
# A Tuesday at ten; the next working day opens on Wednesday at eight, the next week on Monday.
WEDNESDAY = dt.datetime(2026, 3, 4, 8, tzinfo=dt.UTC)
MONDAY = dt.datetime(2026, 3, 9, 8, tzinfo=dt.UTC)

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


# --- Only what is still worth telling -----------------------------------------------------------------------
def test_what_became_pointless_is_not_told(sink: Sink, anna: Person, register: Register, walk: Put) -> None:
    gone: set[str] = set()
    register(
        "test.walks",
        category="walks",
        notices=worded,
        unsubscribable=True,
        still_wanted=lambda message: message.context["walk"] not in gone,
    )
    register("test.talks", category="talks", notices=worded, unsubscribable=True)
    good, answered, over = walk("good"), walk("answered"), walk("over")
    left, cancelled = walk("left", kind="test.talks"), walk("cancelled", series="s")
    late = walk("late", not_after=WEDNESDAY + HOUR)
    first, second = walk("first", series="r"), walk("second", series="r", step=1, due=NOW + HOUR)
    drain(now=NOW + HOUR)
    assert states(good, answered, over, left, cancelled, late, second) == [State.CARRIED] * 7
    gone.add("answered")
    OptOut.objects.create(category="talks", address=anna.email)
    assert cancel(series="s") == 1
    Message.objects.filter(pk=the_digest().pk).update(due=WEDNESDAY + 2 * HOUR)
    drain(now=WEDNESDAY + 2 * HOUR)
    (mail,) = sink.mails()
    assert mail["Subject"] == "2 things for you"
    assert states(good, second) == [State.SENT] * 2
    assert states(answered, over) == [State.CANCELLED] * 2
    assert [message.reason for message in (answered, over)] == [Reason.NOT_WANTED] * 2
    # The others hear by themselves why not.
    drain(now=WEDNESDAY + DAY + 2 * HOUR)
    assert states(left, late) == [State.CANCELLED, State.EXPIRED]
    assert [message.reason for message in (left, late)] == [Reason.OPTED_OUT, Reason.TOO_LATE]
    assert states(first, cancelled) == [State.EXPIRED, State.CANCELLED]


def test_what_is_overtaken_while_it_is_carried_is_not_told(sink: Sink, walk: Put) -> None:
    first = walk("first", series="r")
    drain(now=NOW)
    second = walk("second", series="r", step=1, due=NOW + HOUR)
    drain(now=NOW + HOUR)
    drain(now=WEDNESDAY)
    assert [mail["Subject"] for mail in sink.mails()] == ["1 thing for you"]
    assert states(second) == [State.SENT]
    drain(now=WEDNESDAY)
    assert (states(first), first.reason) == ([State.EXPIRED], Reason.OVERTAKEN)


def test_a_digest_with_nothing_left_is_not_sent(sink: Sink, walk: Put) -> None:
    message = walk(series="s")
    drain(now=NOW)
    cancel(series="s")
    drain(now=WEDNESDAY)
    assert (states(message, the_digest()), sink.recipients()) == ([State.CANCELLED] * 2, [])
    # Nothing stays that says there was one, and the day is free.
    message.delete()
    sweep()
    assert (Message.objects.count(), SendSlot.objects.count()) == (0, 0)


def test_r1_the_day_of_a_digest_does_not_say_who_has_answered(
    sink: Sink, register: Register, person: MakePerson, walk: Put, put: Put
) -> None:
    """Of what only an anonymous wave had put into it; nor does it once the sweep has looked."""
    answered, silent = person(digest="daily"), person(digest="daily")
    late: list[Person] = []
    register(
        "test.walks",
        category="walks",
        notices=lambda messages: worded([each for each in messages if each.person not in late]),
        unsubscribable=True,
        confidential=True,
    )
    register()
    carried = [walk(person=each) for each in (answered, silent)]
    drain(now=NOW)
    late.append(answered)
    drain(now=WEDNESDAY)
    sweep()
    assert states(*carried) == [State.CANCELLED, State.SENT]
    named = [put(person=each, due=WEDNESDAY + HOUR) for each in (answered, silent)]
    drain(now=WEDNESDAY + HOUR)
    found = Message.objects.filter(pk__in=[each.pk for each in named])
    assert set(found.values_list("state", "reason", "due")) == {(State.PENDING, Reason.SLOT, WEDNESDAY + DAY)}
    for each in carried:
        each.delete()
    sweep()
    assert not Message.objects.filter(kind=digesting.KIND).exists()


def test_whoever_has_left_by_then_gets_none(sink: Sink, walk: Put) -> None:
    message = walk()
    drain(now=NOW)
    Person.objects.update(is_active=False)
    drain(now=WEDNESDAY)
    sweep()
    drain(now=WEDNESDAY)
    assert (states(message), message.reason, sink.recipients()) == ([State.CANCELLED], Reason.LEFT, [])


def test_a_kind_whose_words_break_fails_alone(sink: Sink, register: Register, walk: Put) -> None:
    def broken(told: Sequence[Message | Notice]) -> dict[int, NoticeWords]:
        raise LookupError("what somebody wrote")

    register("test.talks", category="talks", notices=broken, unsubscribable=True)
    good, bad = walk("good"), walk("bad", kind="test.talks")
    drain(now=NOW)
    drain(now=WEDNESDAY)
    assert states(good, bad) == [State.SENT, State.PENDING]
    # By itself it needs no such words.
    drain(now=WEDNESDAY + DAY)
    assert states(bad) == [State.SENT]


# --- Another choice -----------------------------------------------------------------------------------------
def choose(person: Person, digest: str, *, without_mail: bool = False, now: dt.datetime = NOW) -> None:
    person.digest = digest
    keep(person, fields=["digest"], wanted=wanted_of(person), without_mail=without_mail, now=now)


def test_switching_it_off_lets_go_what_it_carries(sink: Sink, anna: Person, walk: Put) -> None:
    message = walk()
    drain(now=NOW)
    choose(anna, "")
    assert states(message, the_digest()) == [State.PENDING, State.CANCELLED]
    drain(now=NOW)
    assert (states(message), len(sink.mails())) == ([State.SENT], 1)


def test_another_rhythm_takes_over_what_waits(sink: Sink, anna: Person, walk: Put) -> None:
    message = walk()
    drain(now=NOW)
    choose(anna, "weekly")
    drain(now=NOW)
    assert (states(message), message.digest and message.digest.due) == ([State.CARRIED], MONDAY)
    choose(anna, "daily")
    drain(now=NOW)
    assert (states(message), message.digest and message.digest.due) == ([State.CARRIED], WEDNESDAY)
    drain(now=WEDNESDAY)
    drain(now=MONDAY)
    assert (states(message), len(sink.mails())) == ([State.SENT], 1)


def test_never_by_mail_stops_what_a_digest_would_carry_and_nothing_else(
    sink: Sink, register: Register, anna: Person, walk: Put, put: Put
) -> None:
    register(priority=2)
    carried = walk()
    drain(now=NOW)
    choose(anna, "", without_mail=True)
    needed, later = put(person=anna), walk("two")
    drain(now=NOW)
    assert states(carried, later, needed) == [State.CANCELLED, State.CANCELLED, State.SENT]
    assert [message.reason for message in (carried, later)] == [Reason.OPTED_OUT] * 2
    assert Notice.objects.filter(person=anna, kind="test.walks").count() == 2


def test_j8_one_click_ends_digests_and_what_would_be_in_them_stays_in_the_portal(
    sink: Sink, anna: Person, walk: Put
) -> None:
    walk("one")
    drain(now=NOW)
    drain(now=WEDNESDAY)
    (mail,) = sink.mails()
    assert mail["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    way_out = urlsplit(mail["List-Unsubscribe"].strip("<>")).path
    next_one = walk("two", due=WEDNESDAY + HOUR)
    drain(now=WEDNESDAY + HOUR)
    assert states(next_one) == [State.CARRIED]
    answer = Client(enforce_csrf_checks=True).post(way_out, {"List-Unsubscribe": "One-Click"})
    assert answer.status_code == 200
    third = walk("three", due=WEDNESDAY + DAY)
    for now in (WEDNESDAY + DAY, WEDNESDAY + 2 * DAY, MONDAY):
        drain(now=now)
        sweep()
    assert len(sink.mails()) == 1
    assert states(next_one, third) == [State.CANCELLED] * 2
    assert Notice.objects.filter(person=anna).count() == 3
    anna.refresh_from_db()
    assert anna.digest == "daily"
    # Undone, they come as before.
    Client(enforce_csrf_checks=True).post(f"{way_out}undo/")
    fourth = walk("four", due=MONDAY)
    drain(now=MONDAY)
    assert states(fourth) == [State.CARRIED]


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


def test_what_keeps_a_former_address_goes_there_by_itself(sink: Sink, anna: Person, walk: Put) -> None:
    """As an invitation to an open survey does (anonymity.md S8)."""
    frozen, theirs = walk(address=anna.email), walk("two")
    drain(now=NOW)
    assert states(frozen, theirs) == [State.CARRIED] * 2
    Person.objects.filter(pk=anna.pk).update(email="new@example.org")
    drain(now=WEDNESDAY)
    assert states(frozen, theirs) == [State.PENDING, State.SENT]
    drain(now=WEDNESDAY + DAY)
    assert sink.recipients() == ["new@example.org", "anna@example.org"]


class Clicks(SmtpTransport):
    """Meanwhile the reader says that no digest shall come any more."""

    def offer(self, sender: str, recipient: str) -> None:
        OptOut.objects.get_or_create(category=DIGEST, address=recipient)
        super().offer(sender, recipient)


def test_whoever_wants_no_digest_gets_none_of_it_by_itself_either(sink: Sink, walk: Put) -> None:
    """Also of what was tried before, and of what is claimed already."""
    Person.objects.update(digest="")
    tried, claimed = walk(due=NOW - HOUR), walk(due=NOW - DAY)
    Message.objects.filter(pk=tried.pk).update(attempt=1)
    dispatch_batch(now=NOW, transport=Clicks())
    drain(now=NOW)
    drain(now=WEDNESDAY)
    assert (states(tried, claimed), sink.mails()) == ([State.CANCELLED] * 2, [])
    assert tried.reason == claimed.reason == Reason.OPTED_OUT


def test_after_a_digest_in_doubt_its_unsubscription_holds(
    sink: Sink, register: Register, walk: Put, anna: Person
) -> None:
    register("test.walks", category="walks", notices=worded, unsubscribable=True, again_when_in_doubt=True)
    message = walk()
    drain(now=NOW)
    dispatch_to(sink, "cut", now=WEDNESDAY)
    sweep()
    OptOut.objects.create(category=DIGEST, address=anna.email)
    drain(now=WEDNESDAY + DAY)
    # What is in doubt arrived, and nothing after it.
    assert (states(message), len(sink.mails())) == ([State.CANCELLED], 1)


@pytest.mark.needs_postgres
@pytest.mark.django_db(transaction=True)
def test_a_digest_cancelled_while_its_text_is_made_leaves_nothing_in_doubt(
    sink: Sink, register: Register, walk: Put, anna: Person
) -> None:
    asked: list[int] = []

    def press() -> int:
        try:
            return overseeing.cancel_one(the_digest(), by=anna, now=WEDNESDAY)
        finally:
            connections.close_all()

    def while_cancelled(told: Sequence[Message | Notice]) -> dict[int, NoticeWords]:
        asked.append(len(told))
        # The second time it is asked in the transaction of the journal entry.
        if len(asked) == 2:
            with ThreadPoolExecutor(1) as pool:
                assert pool.submit(press).result(timeout=20) == 1
        return worded(told)

    register("test.walks", category="walks", notices=while_cancelled, unsubscribable=True)
    message = walk()
    drain(now=NOW)
    dispatch_batch(now=WEDNESDAY)
    assert (states(the_digest(), message), sink.mails()) == ([State.CANCELLED, State.CARRIED], [])
    sweep()
    assert states(message) == [State.PENDING]


def test_p1_of_a_digest_that_failed_nothing_stays_either(sink: Sink, walk: Put) -> None:
    message = walk()
    drain(now=NOW)
    dispatch_to(sink, "never", now=WEDNESDAY)
    sweep()
    message.delete()
    sweep()
    assert the_digest().state == State.FAILED
    # Its day is over.
    SendSlot.objects.all().delete()
    sweep()
    assert not Message.objects.exists()
