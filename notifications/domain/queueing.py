"""Putting something into the outbox, in the transaction of the fact that causes it (delivery.md J1)."""

from __future__ import annotations

import datetime as dt
import secrets
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from common.chunks import in_chunks
from notifications.kinds import find_kind
from notifications.models import Message
from notifications.tasks import dispatch
from people.models import Person

_CHUNK = 500


@dataclass(frozen=True)
class NewMessage:
    """A message to be; ``context`` holds ids.

    To a ``person`` without an ``address`` it goes where they get mail when it is sent.
    """

    key: str
    kind: str
    due: dt.datetime
    not_after: dt.datetime | None = None
    person: Person | None = None
    address: str = ""
    language: str = ""
    time_zone: str = ""
    country: str = ""
    context: Mapping[str, int | str] = field(default_factory=dict)
    series: str = ""
    step: int = 0


def queue_many(messages: Iterable[NewMessage]) -> int:
    """Put them into the outbox, those with a key already there left out; how many of the keys were new."""
    waiting = list(messages)
    created = 0
    for chunk in in_chunks(waiting, _CHUNK):
        created += _insert(chunk)
    if any(message.due <= timezone.now() for message in waiting):
        # A broker that is down costs nobody their request: the next tick finds what is due.
        transaction.on_commit(_wake_dispatcher, robust=True)
    return created


def cancel(*, series: str) -> int:
    """Nothing more of this series goes, but for what a mail server has been told; how many those were."""
    return Message.objects.filter(series=series).unfinished().update(state=Message.State.CANCELLED)


def _insert(messages: list[NewMessage]) -> int:
    keys = [message.key for message in messages]
    known = set(Message.objects.filter(key__in=keys).values_list("key", flat=True))
    new = [_row(message) for message in messages if message.key not in known]
    Message.objects.bulk_create(new, ignore_conflicts=True)
    return len({row.key for row in new})


def _row(message: NewMessage) -> Message:
    if not message.address and message.person is None:
        raise ValueError(f"{message.key} goes to nobody: it has neither a person nor an address.")
    return Message(
        key=message.key,
        kind=message.kind,
        series=message.series,
        step=message.step,
        person=message.person,
        address=message.address,
        language=message.language,
        time_zone=message.time_zone,
        country=message.country,
        context=dict(message.context),
        confidential=find_kind(message.kind).is_confidential(message.context),
        due=message.due,
        not_after=message.not_after,
        message_id=new_message_id(),
    )


def new_message_id() -> str:
    """Random, so that it says nothing about order, and kept for every attempt of the same message."""
    host = urlsplit(settings.PORTAL_URL).hostname or "localhost"
    return f"<{secrets.token_urlsafe(18)}@{host[:80]}>"


def _wake_dispatcher() -> None:
    dispatch.delay()
