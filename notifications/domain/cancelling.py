"""What has become pointless goes no more (delivery.md J4), in the transaction of the fact that says so."""

from __future__ import annotations

import datetime as dt

from django.db import transaction
from django.utils import timezone

from notifications.domain import slots
from notifications.models import Message, MessageQuerySet

State, Reason = Message.State, Message.Reason


def cancel_messages(messages: MessageQuerySet, *, now: dt.datetime | None = None) -> int:
    """But for what a mail server has been told; how many those are. Their days are free for others.

    Twice is safe: what is cancelled cannot go, so whatever day it still has it has in vain; unless it was in
    doubt when somebody cancelled it by hand, or is confidential (``slots``).
    """
    with transaction.atomic():
        count = messages.unfinished().update(state=State.CANCELLED, reason=Reason.NOT_WANTED, digest=None)
        if count:
            freed = messages.filter(state=State.CANCELLED, slots__isnull=False).exclude(reason=Reason.BY_HAND)
            slots.give_back(freed, now or timezone.now())
    return count
