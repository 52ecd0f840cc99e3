"""Reminders of a wave go by the batch: how many statements that takes; each is looked at to the last."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from pathlib import Path

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from pytest_django import Settings

from common.organisation import current
from notifications.domain.dispatching import dispatch_batch
from notifications.domain.queueing import NewMessage, queue_many
from notifications.models import Message, OptOut, RefusedAddress
from notifications.transports import CaptureTransport
from people.models import Absence, Person
from surveys.domain.mailing import reminding
from surveys.models import Invitation, Wave
from tests.surveys.factories import CLOSES, WHILE_OPEN, make_wave

pytestmark = pytest.mark.django_db

State, Reason = Message.State, Message.Reason
# What every mail of a batch takes by itself: the last check with "sending", and "sent".
EACH = 2


@pytest.fixture(autouse=True)
def mail_keeps_hours(settings: Settings, tmp_path: Path) -> None:
    settings.MAIL_AT_ANY_HOUR = False
    settings.CAPTURED_MAIL_DIR = tmp_path


def remind(people: int) -> Wave:
    """A wave that reminds so many people now."""
    wave = make_wave(invited={1: people})
    queue_many(
        NewMessage(
            key=reminding.reminder_key(invitation.pk, 1),
            kind=reminding.REMINDER,
            due=WHILE_OPEN,
            not_after=CLOSES,
            person=invitation.person,
            address=invitation.address,
            context={"invitation": invitation.pk, "wave": wave.pk, "anonymous": 1},
            series=reminding.series_of(invitation.pk),
            step=1,
        )
        for invitation in wave.invitations.select_related("person")
    )
    return wave


def statements_for(people: int) -> int:
    remind(people)
    current()
    with CaptureQueriesContext(connection) as seen:
        assert dispatch_batch(now=WHILE_OPEN, transport=CaptureTransport()) == people
    assert Message.objects.filter(state=State.SENT).count() == people
    Message.objects.all().delete()
    return sum(not query["sql"].startswith(("SAVEPOINT", "RELEASE")) for query in seen.captured_queries)


def test_a_mail_more_is_two_statements_more() -> None:
    statements_for(1)  # whatever is looked up once in the life of a process
    assert statements_for(30) - statements_for(1) == 29 * EACH


class Meanwhile(CaptureTransport):
    """Something happens between the decision on the batch and the text of its one mail."""

    def __init__(self, happens: Callable[[Wave, Person], object], wave: Wave) -> None:
        super().__init__()
        self._happens = happens
        self._wave = wave

    def offer(self, sender: str, recipient: str) -> None:
        super().offer(sender, recipient)
        self._happens(self._wave, Person.objects.get(email=recipient))


def they_answer(wave: Wave, person: Person) -> None:
    Invitation.objects.filter(wave=wave, person=person).update(answered=True)


def the_wave_closes(wave: Wave, person: Person) -> None:
    Wave.objects.filter(pk=wave.pk).update(state=Wave.State.CLOSING)


def they_leave(wave: Wave, person: Person) -> None:
    Person.objects.filter(pk=person.pk).update(is_active=False)


def they_opt_out(wave: Wave, person: Person) -> None:
    OptOut.objects.create(category=reminding.CATEGORY, address=person.email)


def the_address_is_refused(wave: Wave, person: Person) -> None:
    RefusedAddress.objects.create(address=person.email, reply="550 5.1.1")


def they_go_away(wave: Wave, person: Person) -> None:
    today = WHILE_OPEN.date()
    Absence.objects.create(person=person, first_day=today, last_day=today + dt.timedelta(days=1))


def they_want_quiet(wave: Wave, person: Person) -> None:
    Person.objects.filter(pk=person.pk).update(quiet_starts=dt.time(11), quiet_ends=dt.time(15))


def somebody_cancels_it(wave: Wave, person: Person) -> None:
    Message.objects.filter(person=person).update(state=State.CANCELLED, reason=Reason.BY_HAND)


@pytest.mark.parametrize(
    ("happens", "outcome"),
    [
        (they_answer, (State.CANCELLED, Reason.NOT_WANTED)),
        (the_wave_closes, (State.CANCELLED, Reason.NOT_WANTED)),
        (they_leave, (State.CANCELLED, Reason.LEFT)),
        (they_opt_out, (State.CANCELLED, Reason.OPTED_OUT)),
        (the_address_is_refused, (State.FAILED, Reason.BAD_ADDRESS)),
        (they_go_away, (State.PENDING, Reason.HOURS)),
        (they_want_quiet, (State.PENDING, Reason.HOURS)),
        (somebody_cancels_it, (State.CANCELLED, Reason.BY_HAND)),
    ],
)
def test_what_happens_after_the_batch_was_decided_on_still_counts(
    happens: Callable[[Wave, Person], object], outcome: tuple[str, str], tmp_path: Path
) -> None:
    wave = remind(1)
    dispatch_batch(now=WHILE_OPEN, transport=Meanwhile(happens, wave))
    message = Message.objects.get()
    assert (message.state, message.reason) == outcome
    assert list(tmp_path.glob("*.eml")) == []


def test_a_link_that_no_longer_opens_is_made_anew(tmp_path: Path) -> None:
    def new_password(wave: Wave, person: Person) -> None:
        Person.objects.filter(pk=person.pk).update(link_stamp=7)

    wave = remind(1)
    dispatch_batch(now=WHILE_OPEN, transport=Meanwhile(new_password, wave))
    assert Message.objects.get().state == State.SENT
    (mail,) = tmp_path.glob("*.eml")
    assert f"/a/{wave.invitations.get().handle}/7.".encode() in mail.read_bytes().replace(b"=\r\n", b"")


def test_whoever_moved_gets_it_at_the_new_address_with_the_next_batch(tmp_path: Path) -> None:
    def moves(wave: Wave, person: Person) -> None:
        Person.objects.filter(pk=person.pk).update(email="new@example.com")

    wave = remind(1)
    Message.objects.update(address="")
    dispatch_batch(now=WHILE_OPEN, transport=Meanwhile(moves, wave))
    assert list(tmp_path.glob("*.eml")) == []
    dispatch_batch(now=WHILE_OPEN, transport=CaptureTransport())
    assert Message.objects.get().state == State.SENT
    (mail,) = tmp_path.glob("*.eml")
    assert "new@example.com" in mail.name
