"""Into the outbox, with the fact that causes it and no sooner (delivery.md J1)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable

import pytest
from django.db import connection, transaction
from django.utils import timezone
from pytest_django import DjangoCaptureOnCommitCallbacks

from notifications.domain.queueing import NewMessage, cancel, queue_many
from notifications.kinds import Kind
from notifications.models import Message
from people.models import Person
from tests.notifications.conftest import NOW

pytestmark = pytest.mark.django_db
State = Message.State
Put = Callable[..., Message]
Register = Callable[..., Kind]
MakePerson = Callable[..., Person]


def new(key: str, **fields: object) -> NewMessage:
    values: dict[str, object] = {"kind": "test.note", "due": NOW, "address": "anna@example.org"}
    return NewMessage(key=key, **(values | fields))  # type: ignore[arg-type]


def test_a_repeated_key_changes_nothing(note: Kind) -> None:
    assert queue_many([new("a"), new("b"), new("b")]) == 2
    first = dict(Message.objects.values_list("key", "message_id"))
    assert queue_many([new("b", due=NOW + dt.timedelta(days=1)), new("c")]) == 1
    assert {
        key: value for key, value in Message.objects.values_list("key", "message_id") if key != "c"
    } == first
    assert Message.objects.get(key="b").due == NOW


def test_what_is_rolled_back_was_never_queued(note: Kind) -> None:
    def fact() -> None:
        with transaction.atomic():
            queue_many([new("a")])
            raise LookupError

    with pytest.raises(LookupError):
        fact()
    assert not Message.objects.exists()


def test_many_are_stored_in_few_statements(
    note: Kind, django_assert_max_num_queries: Callable[..., object]
) -> None:
    # SQLite takes fewer rows at a time.
    most = 8 if connection.vendor == "postgresql" else 60
    with django_assert_max_num_queries(most), transaction.atomic():  # type: ignore[attr-defined]
        assert queue_many([new(str(number)) for number in range(1500)]) == 1500


def test_every_message_has_an_id_of_its_own(note: Kind) -> None:
    queue_many([new(str(number)) for number in range(500)])
    ids = set(Message.objects.values_list("message_id", flat=True))
    assert len(ids) == 500
    assert all(one.startswith("<") and one.endswith("@localhost>") and len(one) < 78 for one in ids)


def test_a_message_to_nobody_is_a_mistake(note: Kind) -> None:
    with pytest.raises(ValueError, match="goes to nobody"):
        queue_many([NewMessage(key="a", kind="test.note", due=NOW)])


def test_a_kind_nobody_registered_is_a_mistake() -> None:
    with pytest.raises(KeyError):
        queue_many([new("a", kind="test.unknown")])


def test_confidential_is_what_the_kind_says_of_the_context(register: Register) -> None:
    register(confidential=lambda context: bool(context["anonymous"]))
    queue_many([new("open", context={"anonymous": 0}), new("secret", context={"anonymous": 1})])
    assert dict(Message.objects.values_list("key", "confidential")) == {"open": False, "secret": True}


def test_cancelling_stops_what_has_not_been_handed_over(note: Kind, put: Put) -> None:
    kept = {State.SENDING, State.SENT, State.IN_DOUBT, State.EXPIRED, State.FAILED}
    for state in State:
        message = put(key=state.value, series="walk")
        Message.objects.filter(pk=message.pk).update(state=state)
    put(key="other", series="talk")
    assert cancel(series="walk") == 3
    assert dict(Message.objects.values_list("key", "state")) == {
        state.value: state if state in kept else State.CANCELLED for state in State
    } | {"other": State.PENDING}


@pytest.mark.parametrize(("hours", "wakes"), [(0, 1), (1, 0)])
def test_only_what_is_due_wakes_the_dispatcher(
    note: Kind,
    django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks,
    hours: int,
    wakes: int,
) -> None:
    due = timezone.now() + dt.timedelta(hours=hours)
    with django_capture_on_commit_callbacks() as callbacks:
        queue_many([new("a", due=due), new("b", due=due)])
    assert len(callbacks) == wakes
