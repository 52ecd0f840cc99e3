"""Who may send what: one dispatcher at most holds a message, while its lease lasts (delivery.md J2, J3)."""

from __future__ import annotations

import datetime as dt
import secrets
from dataclasses import dataclass

from django.conf import settings
from django.db import connection, transaction
from django.db.models import DateTimeField, ExpressionWrapper, F, Q, Value
from django.db.models.expressions import CombinedExpression
from django.db.models.functions import Now
from django.utils import timezone

from notifications.domain import digesting, slots, sorting
from notifications.kinds import known_kinds
from notifications.models import Message, MessageQuerySet

MOST_ATTEMPTS = 14
State, Reason = Message.State, Message.Reason


@dataclass(frozen=True)
class Claim:
    """Messages one dispatcher holds; ``token`` is how it proves that it still does."""

    token: str
    messages: list[Message]


def lease_end() -> ExpressionWrapper[CombinedExpression]:
    """By the database's clock, which is the only one all workers share."""
    return ExpressionWrapper(Now() + Value(settings.MAIL_LEASE), output_field=DateTimeField())


def claim(*, now: dt.datetime, size: int) -> Claim:
    """Take up to ``size`` due messages, each held by at most one dispatcher.

    A step that a newer due step of its series has overtaken expires here (J5); what does not fit now is put
    off (``sorting``). Kinds this process does not know stay: they belong to a newer release of the portal.
    """
    token = secrets.token_hex(16)
    while True:
        looked_at, messages = _take(token, now, size)
        if messages or not looked_at:
            return Claim(token, messages)


def _take(token: str, now: dt.datetime, size: int) -> tuple[int, list[Message]]:
    """How many due messages were looked at, and those that are claimed now; the others wait or expired."""
    with transaction.atomic():
        due = Message.objects.due(now).filter(kind__in=known_kinds())
        if connection.features.has_select_for_update_skip_locked:
            due = due.select_for_update(skip_locked=True)
        ids = list(due.values_list("pk", flat=True)[:size])
        if not ids:
            return 0, []
        taken = Message.objects.filter(pk__in=ids, state=State.PENDING)
        # People are looked up by their ids: a join would make PostgreSQL read all of them for a batch.
        with_people = taken.with_overtaken(now).prefetch_related("person__absences")
        messages = list(with_people.order_by("due", "pk"))
        _expire([message for message in messages if message.overtaken], now)
        fitting = sorting.put_off_what_must_wait([each for each in messages if not each.overtaken], now)
        taken.filter(pk__in=[message.pk for message in fitting]).update(
            state=State.CLAIMED, reason=Reason.NONE, claimed_by=token, lease_until=lease_end()
        )
    for message in fitting:
        message.state, message.reason, message.claimed_by = State.CLAIMED, Reason.NONE, token
    return len(ids), fitting


def _expire(overtaken: list[Message], now: dt.datetime) -> None:
    if overtaken:
        ids = [message.pk for message in overtaken]
        Message.objects.filter(pk__in=ids).update(state=State.EXPIRED, reason=Reason.OVERTAKEN)
        slots.give_back(overtaken, now)


def sweep() -> int:
    """Take back what a dead dispatcher held; how many those were. Safe to run twice or at the same time.

    Claimed: nothing was handed over, so it waits again. Being sent: nobody knows; kinds that rather come
    twice wait again under the same Message-ID, up to a point; the others stay in doubt for an operator.
    ``claimed_by`` stays: a dispatcher that was only slow can still report what it sent.
    """
    ran_out = Message.objects.filter(lease_until__lt=Now(), state__in=[State.CLAIMED, State.SENDING])
    if not ran_out.exists():
        # A digest comes to nothing in other ways too.
        return digesting.mend()
    again = [name for name, kind in known_kinds().items() if kind.again_when_in_doubt]
    once_more = Q(kind__in=again, attempt__lt=MOST_ATTEMPTS)
    claimed = ran_out.filter(state=State.CLAIMED)
    sending = ran_out.filter(state=State.SENDING)
    waiting = {
        "state": State.PENDING,
        "reason": Reason.DIED,
        "lease_until": None,
        "attempt": F("attempt") + 1,
    }
    return (
        # Whatever kills its dispatcher again and again must not stop the others for ever.
        _give_up(claimed.filter(attempt__gte=MOST_ATTEMPTS))
        + claimed.update(**waiting)
        + sending.filter(once_more).update(**waiting)
        + sending.exclude(once_more).update(state=State.IN_DOUBT, reason=Reason.DIED, lease_until=None)
        + digesting.mend()
    )


def _give_up(claimed: MessageQuerySet) -> int:
    worn_out = {"state": State.FAILED, "reason": Reason.TOO_OFTEN}
    with transaction.atomic():
        count = claimed.update(**worn_out, lease_until=None)
        if count:
            slots.give_back(Message.objects.filter(**worn_out, slots__isnull=False), timezone.now())
    return count
