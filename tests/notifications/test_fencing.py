"""After a restore from a backup nothing is sent until an administrator confirms (delivery.md J5).

Each test sends through the real dispatcher to the tests' mail server; "a backup" is a copy of the rows a
restore would bring back.
"""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Callable
from pathlib import Path

import pytest
from django.contrib.auth.models import Group
from django.test import Client
from django.utils import timezone
from pytest_django import Settings

from common.models import AuditEntry
from culture_portal.proving.sink import Sink
from notifications.domain import fencing
from notifications.domain.dispatching import drain
from notifications.domain.overseeing import waiting_for_confirmation
from notifications.kinds import Kind
from notifications.models import Epoch, Message, SendSlot
from notifications.tasks import tick
from people.models import Person
from people.roles import ADMINISTRATOR
from tests.notifications.conftest import NOW

pytestmark = pytest.mark.django_db
Put = Callable[..., Message]
Register = Callable[..., Kind]
State = Message.State


@pytest.fixture
def record(settings: Settings, tmp_path: Path) -> Path:
    """Where this machine writes down what it sent."""
    settings.EPOCH_FILE = tmp_path / "state" / "epoch"
    return tmp_path / "state" / "epoch"


@pytest.fixture
def administrator(person: Callable[..., Person]) -> Person:
    ada = person()
    ada.groups.add(Group.objects.get_or_create(name=ADMINISTRATOR)[0])
    return ada


def back_up() -> list[object]:
    return [*Epoch.objects.all(), *Message.objects.all(), *SendSlot.objects.all()]


def restore(backup: list[object]) -> None:
    Message.objects.all().delete()
    Epoch.objects.all().delete()
    for row in backup:
        row.save(force_insert=True)  # type: ignore[attr-defined]


def long_ago(**changes: object) -> None:
    """The database is no new one any more, and what was confirmed was confirmed long ago."""
    past = timezone.now() - dt.timedelta(days=3)
    Epoch.objects.update(created_at=past, **changes)
    Epoch.objects.exclude(confirmed_at=None).update(confirmed_at=past)


def test_a_new_portal_sends_and_writes_down_how_often(record: Path, sink: Sink, note: Kind, put: Put) -> None:
    put()
    assert drain(now=NOW) == 1
    epoch = Epoch.objects.get()
    assert sink.recipients() == ["anna@example.org"]
    assert json.loads(record.read_text()) == {"portal": epoch.portal, "number": epoch.number}
    # Before the batch and after it.
    assert epoch.number == 2


def test_each_minute_counts_on_also_when_nothing_is_sent(record: Path) -> None:
    tick()
    tick()
    assert Epoch.objects.get().number == 2


def test_after_a_restore_nothing_is_sent(record: Path, sink: Sink, note: Kind, put: Put) -> None:
    tick()
    put()
    long_ago()
    backup = back_up()
    drain(now=NOW)
    restore(backup)
    assert drain(now=NOW) == 0
    tick()
    assert len(sink.recipients()) == 1
    assert Message.objects.get().state == State.PENDING
    assert Epoch.objects.get().doubt == Epoch.Doubt.OLDER


def test_a_backup_made_while_a_batch_goes_is_noticed(
    record: Path, sink: Sink, register: Register, put: Put
) -> None:
    backups: list[list[object]] = []

    def wanted(message: Message) -> bool:
        if not backups:
            backups.append(back_up())
        return True

    register(still_wanted=wanted)
    put()
    put("bela@example.org")
    drain(now=NOW)
    restore(backups[0])
    long_ago()
    assert not fencing.may_send()


def test_confirming_sends_what_may_come_twice_and_keeps_reminders_in_doubt(
    record: Path, sink: Sink, register: Register, put: Put, administrator: Person
) -> None:
    register("test.invitation", again_when_in_doubt=True)
    register("test.reminder")
    tick()
    invitation = put(kind="test.invitation")
    due_reminder = put("bert@example.org", kind="test.reminder")
    later = put(kind="test.reminder", due=timezone.now() + dt.timedelta(days=2))
    long_ago()
    backup = back_up()
    drain(now=NOW)
    restore(backup)
    assert drain(now=NOW) == 0
    assert fencing.confirm(by=administrator) == 1
    drain(now=NOW)
    states = dict(Message.objects.values_list("pk", "state"))
    assert states == {
        invitation.pk: State.SENT,
        due_reminder.pk: State.IN_DOUBT,
        later.pk: State.PENDING,
    }
    first, _reminder, second = sink.mails()
    assert first["Message-ID"] == second["Message-ID"] == invitation.message_id
    entry = AuditEntry.objects.get(action="mail.restore_confirmed")
    assert (entry.actor, entry.detail) == (administrator, {"messages": 1})


def test_confirming_twice_says_that_nothing_waits(record: Path, administrator: Person) -> None:
    tick()
    long_ago(number=0)
    assert not fencing.may_send()
    assert fencing.confirm(by=administrator) == 0
    assert fencing.confirm(by=administrator) is None
    assert AuditEntry.objects.filter(action="mail.restore_confirmed").count() == 1


def test_a_confirmation_that_came_back_with_a_backup_opens_nothing(
    record: Path, administrator: Person
) -> None:
    tick()
    long_ago(number=0)
    fencing.may_send()
    fencing.confirm(by=administrator)
    backup = back_up()
    tick()
    restore(backup)
    assert fencing.may_send(), "minutes after the confirmation it still counts"
    tick()
    restore(backup)
    long_ago()
    assert not fencing.may_send()


def test_a_machine_without_a_record_waits(record: Path, sink: Sink, note: Kind, put: Put) -> None:
    """Perhaps it is the only one that survived, with a database from a backup."""
    tick()
    long_ago()
    record.unlink()
    put()
    assert drain(now=NOW) == 0
    assert Epoch.objects.get().doubt == Epoch.Doubt.NO_RECORD


def test_a_second_machine_joins_while_the_database_is_new(record: Path, settings: Settings) -> None:
    tick()
    settings.EPOCH_FILE = record.with_name("of-the-second-machine")
    assert fencing.may_send()
    long_ago()
    assert fencing.may_send()


def test_another_database_is_noticed(record: Path) -> None:
    tick()
    Epoch.objects.all().delete()
    assert not fencing.may_send(), "a database from before the first mail"
    assert Epoch.objects.get().doubt == Epoch.Doubt.ANOTHER


@pytest.mark.parametrize(
    "content", [b"", b"{", b"[]", b'{"portal": 1}', b'{"portal": "x", "number": "y"}', b"\0\0"]
)
def test_a_damaged_record_opens_nothing(record: Path, content: bytes) -> None:
    tick()
    long_ago()
    record.write_bytes(content)
    assert not fencing.may_send()


def test_captured_mail_has_no_fence(settings: Settings) -> None:
    settings.EPOCH_FILE = None
    tick()
    assert fencing.may_send()
    assert not Epoch.objects.exists()


# --- What administrators see --------------------------------------------------------------------------------
def test_administrators_are_told_and_let_it_go_on(record: Path, administrator: Person) -> None:
    tick()
    long_ago(number=0)
    fencing.may_send()
    assert [item.url for item in waiting_for_confirmation(administrator, NOW)] == ["/mail/restored/"]
    client = Client()
    client.force_login(administrator)
    assert "No mail is going out." in client.get("/mail/outbox/").content.decode()
    assert "older than what has been sent" in client.get("/mail/restored/").content.decode()
    assert Epoch.objects.get().doubted_at, "looking changes nothing"
    client.post("/mail/restored/")
    assert fencing.open_doubt() is None
    assert "No mail is going out." not in client.get("/mail/outbox/").content.decode()
    assert waiting_for_confirmation(administrator, NOW) == []
    assert client.get("/mail/restored/").headers["Location"] == "/mail/outbox/"


def test_nobody_else_is_told(record: Path, person: Callable[..., Person]) -> None:
    tick()
    long_ago(number=0)
    fencing.may_send()
    assert waiting_for_confirmation(person(), NOW) == []


def test_what_one_machine_doubts_stops_them_all(
    record: Path, settings: Settings, sink: Sink, note: Kind, put: Put
) -> None:
    """One that has not run since the backup was made has nothing to hold against it."""
    idle = record.with_name("idle")
    tick()
    settings.EPOCH_FILE = idle
    tick()
    long_ago()
    put()
    backup = back_up()
    settings.EPOCH_FILE = record
    drain(now=NOW)
    restore(backup)
    tick()
    for path in (idle, idle, idle, record):
        settings.EPOCH_FILE = path
        tick()
        assert not fencing.may_send()
    assert len(sink.recipients()) == 1


def test_confirming_keeps_what_waited_for_another_mail_of_the_day_in_doubt(
    record: Path, note: Kind, put: Put, administrator: Person
) -> None:
    """It went earlier where that mail came to nothing."""
    tick()
    put_off = put(due=timezone.now() + dt.timedelta(days=1))
    Message.objects.update(reason=Message.Reason.SLOT)
    long_ago(doubted_at=timezone.now(), doubt=Epoch.Doubt.OLDER)
    assert fencing.confirm(by=administrator) == 1
    put_off.refresh_from_db()
    assert put_off.state == State.IN_DOUBT
