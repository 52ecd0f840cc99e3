"""The last check before a mail is handed over (delivery.md J4)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass

from django.conf import settings

from common.working_time import NeverOpen
from notifications.categories import DIGEST
from notifications.domain.recipients import Recipient
from notifications.kinds import Kind, Priority
from notifications.models import Message, OptOut, RefusedAddress


@dataclass(frozen=True)
class Verdict:
    """What becomes of a message, and why. SENDING: it may go now."""

    state: Message.State
    reason: Message.Reason = Message.Reason.NONE
    due: dt.datetime | None = None


GO = Verdict(Message.State.SENDING)
State, Reason = Message.State, Message.Reason


def opt_outs_of(message: Message, kind: Kind) -> tuple[str, ...]:
    """The categories of which one opt-out by the address is enough to stop this message.

    Whoever wants no digest wants nothing of what one carries by itself either.
    """
    if not kind.unsubscribable:
        return ()
    in_digests = kind.fits_digest and message.priority >= Priority.NORMAL and message.person_id is not None
    return (kind.category, DIGEST) if in_digests else (kind.category,)


@dataclass(frozen=True)
class Facts:
    """Of several recipients at once: addresses that were refused, and opt-outs as (category, address)."""

    refused: frozenset[str]
    opted_out: frozenset[tuple[str, str]]


def look_up(asked: Iterable[tuple[Message, Kind, Recipient]]) -> Facts:
    """In two statements, however many they are."""
    those = list(asked)
    refused = RefusedAddress.objects.filter(address__in={recipient.address for *_, recipient in those})
    wishes = {
        (category, recipient.address)
        for message, kind, recipient in those
        for category in opt_outs_of(message, kind)
    }
    return Facts(
        frozenset(refused.values_list("address", flat=True)), frozenset(OptOut.objects.of_any(wishes))
    )


def decide(
    message: Message, kind: Kind, recipient: Recipient, now: dt.datetime, facts: Facts | None = None
) -> Verdict:
    """Whether the message goes now, later, or not at all. Without ``facts`` they are looked up.

    The hours come before what its own app says, so that which reminders were put off tells nothing about who
    has answered (anonymity.md R1); nor does when others go, since what is not wanted any more keeps its day
    where it is confidential (``slots``).
    """
    waiting = at_this_time(message, kind, recipient, now)
    if waiting is not GO:
        return waiting
    if facts is None:
        # Asked anew; the claim has seen to it for those it looked up together.
        hold = kind.holds([message], now).get(message.pk) if kind.holds else None
        if hold:
            return Verdict(State.PENDING, hold.reason, due=hold.until)
        facts = look_up([(message, kind, recipient)])
    return _stopped(message, kind, recipient, facts) or GO


def keeps_hours(kind: Kind) -> bool:
    """Whether mails of this kind come only while somebody works."""
    return kind.priority > Priority.URGENT and not settings.MAIL_AT_ANY_HOUR


def at_this_time(message: Message, kind: Kind, recipient: Recipient, now: dt.datetime) -> Verdict:
    """What the time alone says; GO where nothing speaks against it."""
    if message.not_after and now > message.not_after:
        return Verdict(State.EXPIRED, Reason.TOO_LATE)
    return _within_hours(message, recipient, now) if keeps_hours(kind) else GO


def _stopped(message: Message, kind: Kind, recipient: Recipient, facts: Facts) -> Verdict | None:
    if message.person and not message.person.is_active:
        return Verdict(State.CANCELLED, Reason.LEFT)
    if recipient.address in facts.refused:
        return Verdict(State.FAILED, Reason.BAD_ADDRESS)
    if any((category, recipient.address) in facts.opted_out for category in opt_outs_of(message, kind)):
        return Verdict(State.CANCELLED, Reason.OPTED_OUT)
    if not kind.still_wanted(message):
        return Verdict(State.CANCELLED, Reason.NOT_WANTED)
    return None


def _within_hours(message: Message, recipient: Recipient, now: dt.datetime) -> Verdict:
    try:
        opens = recipient.working_time.next_open(now)
    except NeverOpen:
        return Verdict(State.EXPIRED, Reason.AWAY)
    if opens <= now:
        return GO
    if message.not_after and opens > message.not_after:
        return Verdict(State.EXPIRED, Reason.TOO_LATE)
    return Verdict(State.PENDING, Reason.HOURS, due=opens)
