"""Where a message stands, in the words of a test."""

from __future__ import annotations

import datetime as dt

from notifications.models import Message, SendSlot

LONG_AGO = dt.datetime(2000, 1, 1, tzinfo=dt.UTC)


def outcome(message: Message) -> tuple[str, str]:
    message.refresh_from_db()
    return message.state, message.reason


def waits_until(message: Message) -> tuple[str, str, dt.datetime]:
    return (*outcome(message), message.due)


def slots_of(message: Message) -> list[dt.date]:
    return list(SendSlot.objects.filter(message=message).order_by("day").values_list("day", flat=True))


def let_leases_run_out() -> None:
    Message.objects.exclude(lease_until=None).update(lease_until=LONG_AGO)
