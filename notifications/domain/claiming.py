"""Who may send what: one dispatcher at most holds a message, while its lease lasts (delivery.md J2, J3)."""

from __future__ import annotations

import datetime as dt
import secrets
from dataclasses import dataclass

from django.db import connection, transaction
from django.db.models import DateTimeField, ExpressionWrapper, F, Value
from django.db.models.expressions import CombinedExpression
from django.db.models.functions import Now

from notifications.kinds import known_kinds
from notifications.models import Message

# Longer than one mail can take at the slowest server: see notifications.checks.
LEASE = dt.timedelta(minutes=5)
MOST_ATTEMPTS = 14


@dataclass(frozen=True)
class Claim:
    """Messages one dispatcher holds; ``token`` is how it proves that it still does."""

    token: str
    messages: list[Message]


def lease_end(lease: dt.timedelta) -> ExpressionWrapper[CombinedExpression]:
    """By the database's clock, which is the only one all workers share."""
    return ExpressionWrapper(Now() + Value(lease), output_field=DateTimeField())


def claim(*, now: dt.datetime, size: int, lease: dt.timedelta = LEASE) -> Claim:
    """Take up to ``size`` due messages, each held by at most one dispatcher.

    A step that a newer due step of its series has overtaken expires here (J5). Kinds this process does not
    know stay: they belong to a newer release of the portal.
    """
    token = secrets.token_hex(16)
    while _take(token, now, size, lease):
        messages = list(Message.objects.held_by(token).select_related("person").order_by("due", "pk"))
        if messages:
            return Claim(token, messages)
    return Claim(token, [])


def _take(token: str, now: dt.datetime, size: int, lease: dt.timedelta) -> int:
    """How many due messages were looked at; each is now claimed or expired."""
    with transaction.atomic():
        due = Message.objects.due(now).filter(kind__in=known_kinds())
        if connection.features.has_select_for_update_skip_locked:
            due = due.select_for_update(skip_locked=True)
        ids = list(due.values_list("pk", flat=True)[:size])
        taken = Message.objects.filter(pk__in=ids, state=Message.State.PENDING)
        taken.superseded(now).update(state=Message.State.EXPIRED, last_reply="a newer step took its place")
        taken.update(state=Message.State.CLAIMED, claimed_by=token, lease_until=lease_end(lease))
    return len(ids)


def sweep() -> int:
    """Take back what a dead dispatcher held; how many those were. Safe to run twice or at the same time.

    Claimed: nothing was handed over, so it waits again. Being sent: nobody knows; kinds that rather come
    twice wait again under the same Message-ID, the others stay in doubt for an operator. ``claimed_by``
    stays: a dispatcher that was only slow can still report what it sent.
    """
    ran_out = Message.objects.filter(lease_until__lt=Now())
    again = [name for name, kind in known_kinds().items() if kind.again_when_in_doubt]
    claimed = ran_out.filter(state=Message.State.CLAIMED)
    sending = ran_out.filter(state=Message.State.SENDING)
    waiting = {"state": Message.State.PENDING, "lease_until": None, "attempt": F("attempt") + 1}
    return (
        # Whatever kills its dispatcher again and again must not stop the others for ever.
        claimed.filter(attempt__gte=MOST_ATTEMPTS).update(
            state=Message.State.FAILED, lease_until=None, last_reply="the dispatcher died of it too often"
        )
        + claimed.update(**waiting)
        + sending.filter(kind__in=again).update(**waiting, last_reply="in doubt, sent again")
        + sending.exclude(kind__in=again).update(
            state=Message.State.IN_DOUBT, lease_until=None, last_reply="the dispatcher died while sending"
        )
    )
