"""What is no longer worth telling when its digest goes, and digests of which nothing is left."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connections

from culture_portal.proving.sink import Sink
from notifications.domain import digesting, overseeing
from notifications.domain.claiming import sweep
from notifications.domain.dispatching import dispatch_batch, drain
from notifications.domain.queueing import cancel
from notifications.kinds import NoticeWords
from notifications.models import Message, Notice, OptOut, SendSlot
from people.models import Person
from tests.notifications.conftest import NOW
from tests.notifications.digests import (
    DAY,
    HOUR,
    WEDNESDAY,
    MakePerson,
    Put,
    Reason,
    Register,
    State,
    dispatch_to,
    states,
    the_digest,
    worded,
)

pytestmark = pytest.mark.django_db


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
