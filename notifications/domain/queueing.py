"""Telling somebody something, in the transaction of the fact that causes it (delivery.md J1)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Iterable

from django.db import transaction
from django.utils import timezone

from common.chunks import in_chunks
from notifications.channels import NewMessage, known_channels
from notifications.tasks import dispatch

__all__ = ["NewMessage", "cancel", "queue_many", "release"]

_CHUNK = 500


def queue_many(messages: Iterable[NewMessage]) -> int:
    """Put them into every channel, those with a key already there left out; how many mails were new."""
    waiting = list(messages)
    created = 0
    for chunk in in_chunks(waiting, _CHUNK):
        created += sum(channel.put(chunk) for channel in known_channels())
    if any(message.due <= timezone.now() for message in waiting):
        wake_dispatcher()
    return created


def cancel(*, series: str) -> int:
    """Nothing more of this series goes, but for what a mail server has been told; how many mails it was."""
    return sum(channel.cancel(series) for channel in known_channels())


def release(keys: Collection[str], *, due: dt.datetime) -> None:
    """What was queued with a later time, so as to wait for this, may go from ``due`` on."""
    for channel in known_channels():
        channel.release(keys, due=due)


def wake_dispatcher() -> None:
    """After the commit; a broker that is down costs nobody their request: the next tick finds what is due."""
    transaction.on_commit(_wake, robust=True)


def _wake() -> None:
    dispatch.delay()
