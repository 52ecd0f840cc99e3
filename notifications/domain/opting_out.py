"""No more mail of one category to one address (delivery.md J8)."""

from __future__ import annotations

from collections.abc import Mapping

from django.conf import settings
from django.db import transaction
from django.urls import reverse

from common import audit
from common.links import seal, unseal
from notifications.models import OptOut, fingerprints

_PURPOSE = "unsubscribe"


def unsubscribe_url(category: str, address: str) -> str:
    """The absolute address of the page that asks, and of the one-click POST."""
    token = seal(_PURPOSE, {"category": category, "address": address})
    return settings.PORTAL_URL + reverse("notifications:unsubscribe", args=[token])


def read_token(token: str) -> OptOut | None:
    """The opt-out this token stands for, not saved; None for a token that is not ours."""
    content = unseal(_PURPOSE, token)
    return OptOut(category=content["category"], address=content["address"]) if content else None


def opt_out(wish: OptOut) -> None:
    # Of an erased address there is a fingerprint, and a link in an old mail does not bring the address back.
    if not OptOut.objects.of(wish.category, wish.address).exists():
        OptOut.objects.get_or_create(category=wish.category, address=wish.address)


def take_along(addresses: Mapping[str, str]) -> None:
    """Who wants no such mail wants none at their new address either, by the former one as key.

    What was said for the former one holds on there too, since mail may still be on its way to it; unless it
    becomes somebody else's in the same step.
    """
    known_as = {spelling: former for former in addresses for spelling in (former, *fingerprints(former))}
    wishes = list(OptOut.objects.filter(address__in=known_as))
    taken_over = set(addresses.values())
    OptOut.objects.filter(address__in=[former for former in addresses if former in taken_over]).delete()
    OptOut.objects.bulk_create(
        [OptOut(category=wish.category, address=addresses[known_as[wish.address]]) for wish in wishes],
        ignore_conflicts=True,
    )


def opt_in(wish: OptOut) -> None:
    """By a mailed link, so nobody is signed in; the log keeps the kind of mail and no address."""
    with transaction.atomic():
        if OptOut.objects.of(wish.category, wish.address).delete()[0]:
            audit.record(by=None, action="mail.opt_out_undone", kind=wish.category)
