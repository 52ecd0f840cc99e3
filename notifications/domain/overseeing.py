"""What an operator sees of the outbox and may do about it: totals, never a row (anonymity.md P1)."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from django.db import transaction
from django.db.models import Count, Q
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext as _

from common import audit
from common.day import WaitingItem
from notifications.domain.fencing import open_doubt
from notifications.kinds import known_kinds
from notifications.models import Message, RefusedAddress
from people.models import Person

State = Message.State
_UNDER_WAY = [State.CLAIMED, State.SENDING]


@dataclass(frozen=True)
class KindTotals:
    """How many messages of one kind stand where.

    Of ``confidential`` ones (anonymous surveys) ``sent`` and ``not_needed`` are one sum, in ``settled``:
    which of the two a reminder came to would say who has answered.
    """

    kind: str
    label: str | Promise
    confidential: bool
    due: int
    later: int
    sent: int | None
    not_needed: int | None
    settled: int
    in_doubt: int
    failed: int


def outbox_totals(now: dt.datetime) -> list[KindTotals]:
    """One line for each kind that has messages, confidential ones apart from the others."""
    counted = (
        Message.objects.order_by("kind", "confidential")
        .values("kind", "confidential")
        .annotate(
            n_due=Count("pk", filter=Q(state=State.PENDING, due__lte=now) | Q(state__in=_UNDER_WAY)),
            n_later=Count("pk", filter=Q(state=State.PENDING, due__gt=now)),
            n_sent=Count("pk", filter=Q(state=State.SENT)),
            n_not_needed=Count("pk", filter=Q(state__in=[State.CANCELLED, State.EXPIRED])),
            n_in_doubt=Count("pk", filter=Q(state=State.IN_DOUBT)),
            n_failed=Count("pk", filter=Q(state=State.FAILED)),
        )
    )
    labels = {name: kind.label or name for name, kind in known_kinds().items()}
    return [
        KindTotals(
            kind=row["kind"],
            label=labels.get(row["kind"], row["kind"]),
            confidential=row["confidential"],
            due=row["n_due"],
            later=row["n_later"],
            sent=None if row["confidential"] else row["n_sent"],
            not_needed=None if row["confidential"] else row["n_not_needed"],
            settled=row["n_sent"] + row["n_not_needed"],
            in_doubt=row["n_in_doubt"],
            failed=row["n_failed"],
        )
        for row in counted
    ]


def waiting_for_confirmation(person: Person, now: dt.datetime) -> list[WaitingItem]:
    """For administrators: nothing leaves until somebody has looked (``fencing``)."""
    if not person.is_administrator:
        return []
    doubt = open_doubt()
    if doubt is None:
        return []
    return [
        WaitingItem(
            title=_("No mail is going out"),
            why=_("The database seems to come from a backup. Please look, then let mail go on."),
            url=reverse("notifications:restore-confirm"),
            action=_("Look at it"),
            icon="alert",
        )
    ]


def resend(*, kind: str, state: Message.State, by: Person) -> int:
    """Let the messages of this kind that are in doubt, or that failed, go once more; how many those are.

    Each keeps its Message-ID and passes every check again.
    """
    with transaction.atomic():
        count = Message.objects.filter(kind=kind, state=state).to_send_again()
        audit.record(by=by, action="mail.resent", kind=kind, state=state.value, messages=count)
    return count


def trust_again(*, refused: RefusedAddress, by: Person) -> int:
    """The address works again, somebody says: what failed for it goes once more; how many messages."""
    with transaction.atomic():
        theirs = Q(address__iexact=refused.address) | Q(address="", person__email=refused.address)
        count = Message.objects.filter(theirs, state=State.FAILED).to_send_again()
        refused.delete()
        audit.record(by=by, action="mail.address_trusted", messages=count)
    return count
