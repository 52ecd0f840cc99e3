"""An administrator at the outbox, and mail that stands wherever a test wants it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable

import pytest
from django.contrib.auth.models import Group
from django.test import Client
from django.utils import timezone

from notifications.kinds import Kind
from notifications.models import Message
from people.models import Person
from people.roles import ADMINISTRATOR

State = Message.State
Reason = Message.Reason
Put = Callable[..., Message]
Register = Callable[..., Kind]
MakePerson = Callable[..., Person]
TOMORROW = dt.timedelta(days=1)


@pytest.fixture
def ada(person: MakePerson) -> Person:
    ada = person(display_name="Ada")
    ada.groups.add(Group.objects.get_or_create(name=ADMINISTRATOR)[0])
    return ada


@pytest.fixture
def administrator(ada: Person) -> Client:
    client = Client()
    client.force_login(ada)
    return client


@pytest.fixture
def place(put: Put) -> Put:
    """A message of this state and reason; ``later``: not due before tomorrow."""

    def make(state: State, reason: str = "", *, later: bool = False, **fields: object) -> Message:
        message = put(**fields)
        due = timezone.now() + (TOMORROW if later else -dt.timedelta(minutes=5))
        Message.objects.filter(pk=message.pk).update(state=state, reason=reason, due=due)
        message.refresh_from_db()
        return message

    return make


def look(client: Client, path: str = "/mail/outbox/") -> str:
    return client.get(path).content.decode()
