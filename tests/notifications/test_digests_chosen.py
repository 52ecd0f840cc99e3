"""Another rhythm, no digest, or nothing by mail: what somebody chooses while a digest waits."""

from __future__ import annotations

import datetime as dt
from urllib.parse import urlsplit

import pytest
from django.test import Client

from culture_portal.proving.sink import Sink
from notifications.categories import DIGEST
from notifications.domain.claiming import sweep
from notifications.domain.dispatching import dispatch_batch, drain
from notifications.domain.preferring import keep, wanted_of
from notifications.models import Message, Notice, OptOut
from notifications.transports import SmtpTransport
from people.models import Person
from tests.notifications.conftest import NOW
from tests.notifications.digests import (
    DAY,
    HOUR,
    MONDAY,
    WEDNESDAY,
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
