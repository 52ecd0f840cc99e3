"""Wake-ups may be lost or doubled: the next tick finds what is due."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable

import pytest
from django.utils import timezone
from pytest_django import Settings

from culture_portal.proving.sink import Sink
from notifications.domain.claiming import claim
from notifications.kinds import Kind, Priority
from notifications.models import Message
from notifications.tasks import dispatch, tick

pytestmark = pytest.mark.django_db
State = Message.State
Put = Callable[..., Message]
Register = Callable[..., Kind]


@pytest.fixture
def urgent(register: Register) -> Kind:
    """Goes at any hour, so that these tests may use the real clock."""
    return register(priority=Priority.URGENT)


@pytest.mark.parametrize("task", [dispatch, tick])
def test_either_task_sends_what_is_due_once_however_often_it_runs(
    sink: Sink, urgent: Kind, put: Put, task: Callable[[], None]
) -> None:
    message = put(due=timezone.now())
    later = put(due=timezone.now() + dt.timedelta(hours=1))
    for _ in range(2):
        task()
    assert sink.recipients() == ["anna@example.org"]
    for each in (message, later):
        each.refresh_from_db()
    assert [message.state, later.state] == [State.SENT, State.PENDING]


def test_a_tick_takes_back_what_a_dead_dispatcher_held(
    sink: Sink, urgent: Kind, put: Put, settings: Settings
) -> None:
    put(due=timezone.now())
    settings.MAIL_LEASE = dt.timedelta(seconds=-1)
    claim(now=timezone.now(), size=1)
    dispatch()
    assert sink.recipients() == []
    tick()
    assert sink.recipients() == ["anna@example.org"]
