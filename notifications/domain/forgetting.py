"""What the outbox lets go of: what was sent long ago, and everything of an address that is erased."""

from __future__ import annotations

import datetime as dt
from contextlib import suppress

from django.db.models import F
from django.db.models.functions import Coalesce

from common.erasing import Erased
from notifications.captured import captured_before, captured_to
from notifications.models import LastOfKind, Message, Notice, OptOut, RefusedAddress, SendSlot, fingerprint

State = Message.State
_SETTLED = [State.SENT, State.CANCELLED, State.EXPIRED, State.FAILED, State.IN_DOUBT]
_AT_ONCE = 2000


def forget_messages(days: int, now: dt.datetime) -> int:
    """Messages that went, or never will, and whose time is over, so that none can be asked for once more."""
    before = now - dt.timedelta(days=days)
    old = (
        Message.objects.filter(state__in=_SETTLED, due__lt=before)
        .annotate(ended=Coalesce("sent_at", "due"), useless=Coalesce("not_after", F("due")))
        .filter(ended__lt=before, useless__lt=before)
    )
    gone = 0
    while ids := list(old.order_by("pk").values_list("pk", flat=True)[:_AT_ONCE]):
        gone += Message.objects.filter(pk__in=ids).delete()[0]
    return gone


def forget_slots(days: int, now: dt.datetime) -> int:
    """Days that are over everywhere."""
    return SendSlot.objects.filter(day__lt=(now - dt.timedelta(days=days)).date()).delete()[0]


def forget_spacing(days: int, now: dt.datetime) -> int:
    """Of kinds of which somebody got the last one so long ago that nothing waits for it."""
    return LastOfKind.objects.filter(at__lt=now - dt.timedelta(days=days)).delete()[0]


def forget_notices(days: int, now: dt.datetime) -> int:
    """What was first shown long ago."""
    return Notice.objects.filter(due__lt=now - dt.timedelta(days=days)).delete()[0]


def forget_captured(days: int, now: dt.datetime) -> int:
    """Files of the trial's mail."""
    gone = 0
    for path in captured_before(now - dt.timedelta(days=days)):
        with suppress(FileNotFoundError):
            path.unlink()
            gone += 1
    return gone


def take_out(erased: Erased) -> None:
    """No row and no file with one of the addresses; what was promised to them stays as a fingerprint.

    Rows that name the person go by the retention file.
    """
    addresses = sorted(erased.addresses)
    # With the slots they held.
    Message.objects.filter(address__in=addresses).delete()
    LastOfKind.objects.filter(address__in=addresses).delete()
    RefusedAddress.objects.filter(address__in=addresses).delete()
    wishes = OptOut.objects.filter(address__in=addresses)
    kept = [OptOut(category=wish.category, address=fingerprint(wish.address)) for wish in wishes]
    OptOut.objects.bulk_create(kept, ignore_conflicts=True)
    wishes.delete()
    for path in captured_to(set(addresses)):
        path.unlink(missing_ok=True)
