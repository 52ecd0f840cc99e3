"""What an administrator does about the outbox by hand."""

from __future__ import annotations

import re
import threading
from functools import partial

import pytest
from django.db import connection
from django.test import Client
from django.utils import timezone

from common.models import AuditEntry
from culture_portal.proving.sink import Sink
from notifications.domain import overseeing
from notifications.domain.dispatching import drain
from notifications.domain.overseeing import Standing
from notifications.kinds import Kind
from notifications.models import Message, SendSlot
from people.models import Person
from tests.notifications.conftest import NOW
from tests.notifications.outbox import (
    TOMORROW,
    MakePerson,
    Put,
    Reason,
    Register,
    State,
    ada,
    administrator,
    look,
    place,
)

__all__ = ["ada", "administrator", "place"]

pytestmark = pytest.mark.django_db


def test_what_is_in_doubt_goes_again_after_the_page_that_asks(
    administrator: Client, note: Kind, place: Put
) -> None:
    doubtful, failed = place(State.IN_DOUBT, Reason.DIED), place(State.FAILED, Reason.REFUSED)
    Message.objects.update(attempt=3)
    asked = look(administrator, "/mail/outbox/test.note/again/")
    assert "Some people may get the same mail twice." in asked
    assert re.findall(r"(In doubt|Failed): (\d)", asked) == [("In doubt", "1"), ("Failed", "1")]
    assert Message.objects.get(pk=doubtful.pk).state == State.IN_DOUBT
    page = administrator.post("/mail/outbox/test.note/again/", {"standings": "in_doubt"}, follow=True)
    assert "1 mail goes once more." in page.content.decode()
    for message in (doubtful, failed):
        message.refresh_from_db()
    assert [doubtful.state, doubtful.reason, doubtful.attempt, failed.state] == [
        State.PENDING,
        Reason.NONE,
        0,
        State.FAILED,
    ]
    entry = AuditEntry.objects.get()
    assert (entry.action, entry.detail) == (
        "mail.resent",
        {"kind": "test.note", "state": "in_doubt", "messages": 1},
    )


def test_who_presses_twice_changes_one_mail_once(administrator: Client, note: Kind, place: Put) -> None:
    place(State.IN_DOUBT)
    pages = [
        administrator.post("/mail/outbox/test.note/again/", {"standings": "in_doubt"}, follow=True)
        for _ in range(2)
    ]
    assert "1 mail goes once more." in pages[0].content.decode()
    assert "somebody was quicker" in pages[1].content.decode()
    assert AuditEntry.objects.count() == 1


@pytest.mark.parametrize("standings", [[], ["sent"], ["later"], ["due"], ["nonsense"]])
def test_nothing_else_goes_again(administrator: Client, note: Kind, place: Put, standings: list[str]) -> None:
    place(State.SENT)
    place(State.IN_DOUBT)
    before = list(Message.objects.order_by("pk").values_list("state", flat=True))
    answer = administrator.post("/mail/outbox/test.note/again/", {"standings": standings})
    assert answer.status_code == 422
    assert list(Message.objects.order_by("pk").values_list("state", flat=True)) == before


def test_what_waits_is_cancelled_but_for_what_is_being_sent(
    administrator: Client, note: Kind, place: Put
) -> None:
    due, claimed, sending = place(State.PENDING), place(State.CLAIMED), place(State.SENDING)
    put_off, carried = place(State.PENDING, Reason.HOURS, later=True), place(State.CARRIED)
    later, doubtful = place(State.PENDING, later=True), place(State.IN_DOUBT)
    page = administrator.post(
        "/mail/outbox/test.note/cancel/", {"standings": ["due", "deferred"]}, follow=True
    )
    assert "4 mails are not sent." in page.content.decode()
    states = dict(Message.objects.values_list("pk", "state"))
    gone = [due, claimed, put_off, carried]
    assert [states[message.pk] for message in gone] == [State.CANCELLED] * 4
    assert {message.reason for message in Message.objects.filter(state=State.CANCELLED)} == {Reason.BY_HAND}
    assert [states[one.pk] for one in (sending, later, doubtful)] == [
        State.SENDING,
        State.PENDING,
        State.IN_DOUBT,
    ]
    assert [entry.action for entry in AuditEntry.objects.all()] == ["mail.cancelled"] * 2


def test_of_one_kind_anonymous_and_named_mail_are_two_things(
    administrator: Client, register: Register, place: Put
) -> None:
    register(confidential=lambda context: bool(context["anonymous"]))
    named, secret = (place(State.PENDING, context={"anonymous": number}) for number in (0, 1))
    administrator.post("/mail/outbox/test.note/cancel/", {"standings": "due", "anonymous": "True"})
    states = dict(Message.objects.values_list("pk", "state"))
    assert (states[named.pk], states[secret.pk]) == (State.PENDING, State.CANCELLED)
    form = look(administrator, "/mail/outbox/test.note/cancel/")
    hidden = re.findall(r'name="anonymous" value="(\w+)"', form)
    administrator.post("/mail/outbox/test.note/cancel/", {"standings": "due", "anonymous": hidden})
    assert Message.objects.get(pk=named.pk).state == State.CANCELLED


def test_one_mail_is_sent_again_or_cancelled(administrator: Client, note: Kind, place: Put) -> None:
    failed, waiting, sent = place(State.FAILED), place(State.PENDING), place(State.SENT)
    answers = {
        (message.pk, deed): administrator.post(f"/mail/message/{message.pk}/{deed}/", follow=True)
        for message in (failed, waiting, sent)
        for deed in ("cancel", "again")
    }
    changed = {key for key, answer in answers.items() if "Nothing was changed" not in answer.content.decode()}
    assert changed == {(failed.pk, "again"), (waiting.pk, "cancel")}
    states = dict(Message.objects.values_list("pk", "state"))
    assert [states[one.pk] for one in (failed, waiting, sent)] == [
        State.PENDING,
        State.CANCELLED,
        State.SENT,
    ]


def test_what_moved_on_after_it_was_read_is_left_alone(ada: Person, note: Kind, place: Put) -> None:
    """The dispatcher, or another administrator, between the page and the press."""
    waiting, doubtful = place(State.PENDING), place(State.IN_DOUBT)
    Message.objects.filter(pk=waiting.pk).update(state=State.SENDING)
    Message.objects.filter(pk=doubtful.pk).update(state=State.SENT)
    now = timezone.now()
    assert overseeing.cancel_one(waiting, by=ada, now=now) == 0
    assert overseeing.resend_one(doubtful, by=ada, now=now) == 0
    assert overseeing.cancel_one(doubtful, by=ada, now=now) == 0
    assert not AuditEntry.objects.exists()


def test_what_is_cancelled_leaves_its_day_to_others(
    ada: Person, note: Kind, put: Put, person: MakePerson
) -> None:
    emil = person()
    held, other = put(person=emil), put(person=emil)
    SendSlot.objects.create(person=emil, day=NOW.date(), message=held)
    Message.objects.filter(pk=other.pk).update(reason=Reason.SLOT, due=NOW + TOMORROW)
    assert overseeing.cancel_one(held, by=ada, now=NOW) == 1
    other.refresh_from_db()
    assert (SendSlot.objects.count(), other.due) == (0, NOW)


def test_what_was_cancelled_is_not_sent_and_what_goes_again_is(
    ada: Person, note: Kind, put: Put, sink: Sink
) -> None:
    put("never@example.org")
    again = put("again@example.org")
    Message.objects.filter(pk=again.pk).update(state=State.FAILED)
    Message.objects.filter(address="never@example.org").update(state=State.PENDING)
    cancel = partial(overseeing.cancel, kind="test.note", confidential=False, by=ada, now=NOW)
    resend = partial(overseeing.resend, kind="test.note", confidential=False, by=ada, now=NOW)
    assert (cancel(standing=Standing.DUE), resend(standing=Standing.FAILED)) == (1, 1)
    Message.objects.filter(pk=again.pk).update(due=NOW)
    drain(now=NOW)
    assert sink.recipients() == ["again@example.org"]


@pytest.mark.needs_postgres
@pytest.mark.django_db(transaction=True)
def test_two_administrators_at_once_send_each_mail_again_once(
    person: MakePerson, note: Kind, place: Put
) -> None:
    by = [person() for _ in range(4)]
    for _ in range(40):
        place(State.IN_DOUBT)
    counts: list[int] = []
    ready = threading.Barrier(4)

    def press(one: Person) -> None:
        ready.wait()
        try:
            counts.append(
                overseeing.resend(
                    kind="test.note",
                    confidential=False,
                    standing=Standing.IN_DOUBT,
                    by=one,
                    now=timezone.now(),
                )
            )
        finally:
            connection.close()

    threads = [threading.Thread(target=press, args=(one,)) for one in by]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sum(counts) == 40
    assert AuditEntry.objects.count() == sum(count > 0 for count in counts)
