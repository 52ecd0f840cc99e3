"""The last check before a mail is handed over (delivery.md J4)."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from django.conf import settings

from common.working_time import NeverOpen
from notifications.domain.recipients import Recipient
from notifications.kinds import Kind
from notifications.models import Message, OptOut, RefusedAddress


@dataclass(frozen=True)
class Verdict:
    """What becomes of a message, and why in words for the journal. SENDING: it may go now."""

    state: Message.State
    why: str = ""
    due: dt.datetime | None = None


GO = Verdict(Message.State.SENDING)


def decide(message: Message, kind: Kind, recipient: Recipient, now: dt.datetime) -> Verdict:
    """Whether the message goes now, later, or not at all."""
    stopped = _stopped(message, kind, recipient, now)
    if stopped:
        return stopped
    if kind.urgent or settings.MAIL_AT_ANY_HOUR:
        return GO
    return _within_hours(message, recipient, now)


def _stopped(message: Message, kind: Kind, recipient: Recipient, now: dt.datetime) -> Verdict | None:
    if message.not_after and now > message.not_after:
        return Verdict(Message.State.EXPIRED, "its time was over")
    if message.person and not message.person.is_active:
        return Verdict(Message.State.CANCELLED, "the person has left")
    if RefusedAddress.objects.filter(address=recipient.address).exists():
        return Verdict(Message.State.FAILED, "the address was refused before")
    if kind.unsubscribable and OptOut.objects.of(kind.category, recipient.address).exists():
        return Verdict(Message.State.CANCELLED, "opted out")
    if not kind.still_wanted(message):
        return Verdict(Message.State.CANCELLED, "no longer needed")
    return None


def _within_hours(message: Message, recipient: Recipient, now: dt.datetime) -> Verdict:
    try:
        opens = recipient.working_time.next_open(now)
    except NeverOpen:
        return Verdict(Message.State.EXPIRED, "away for good")
    if opens <= now:
        return GO
    if message.not_after and opens > message.not_after:
        return Verdict(Message.State.EXPIRED, "its time is over before they are back at work")
    return Verdict(Message.State.PENDING, "outside their working hours", due=opens)
