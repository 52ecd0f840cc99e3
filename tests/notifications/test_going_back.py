"""To the release before, which knew neither priorities nor digests, and to this one again."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from django.apps.registry import Apps
from django.db import connection
from django.db.migrations.executor import MigrationExecutor

from notifications.domain import digesting
from notifications.models import Message, SendSlot
from people.models import Person
from tests.notifications.conftest import NOW

pytestmark = pytest.mark.django_db(transaction=True)
State = Message.State
BEFORE = "0002_ready_for_an_organisation"


def migrate_to(name: str) -> Apps:
    executor = MigrationExecutor(connection)
    executor.migrate([("notifications", name)])
    apps: Apps = MigrationExecutor(connection).loader.project_state([("notifications", name)]).apps
    return apps


@pytest.fixture
def forwards() -> Iterator[Callable[[], Apps]]:
    newest = next(
        name for app, name in MigrationExecutor(connection).loader.graph.leaf_nodes("notifications")
    )
    yield lambda: migrate_to(newest)
    migrate_to(newest)


def put(key: str, kind: str = "surveys.invitation", **fields: object) -> Message:
    made: Message = Message.objects.create(
        key=key, kind=kind, message_id=key, due=NOW, address="anna@example.org", **fields
    )
    return made


def test_what_digests_carry_is_left_to_the_release_before(
    forwards: Callable[[], Apps], person: Callable[..., Person]
) -> None:
    digest = put("digest", digesting.KIND, person=person())
    SendSlot.objects.create(person=digest.person, day=NOW.date(), message=digest)
    put("carried", state=State.CARRIED, digest=digest)
    put("told", state=State.SENDING, digest=digest)
    put("alone", state=State.SENDING)
    put("sent", state=State.SENT, digest=digest)
    old = migrate_to(BEFORE).get_model("notifications", "Message")
    assert dict(old.objects.values_list("key", "state")) == {
        "carried": "pending",
        "told": "in_doubt",
        "alone": "sending",
        "sent": "sent",
    }


def test_reminders_planned_by_the_release_before_come_last(forwards: Callable[[], Apps]) -> None:
    old = migrate_to(BEFORE).get_model("notifications", "Message")
    for kind in ("surveys.reminder", "surveys.invitation"):
        old.objects.create(key=kind, kind=kind, message_id=kind, due=NOW, address="anna@example.org")
    forwards()
    assert dict(Message.objects.values_list("kind", "priority")) == {
        "surveys.reminder": 4,
        "surveys.invitation": 3,
    }
