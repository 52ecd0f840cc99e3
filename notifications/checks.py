"""Settings without which the outbox would not keep its promises."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Error, register

from notifications.kinds import known_categories, known_kinds

# A connection, the text and its answer may each wait for the server once; the rest is to be safe.
_WAITS_IN_A_LEASE = 6


@register()
def check_mail_server_cannot_hold_us(**kwargs: Any) -> list[CheckMessage]:
    """An error where a silent mail server could outlast the lease of a message."""
    most = int(settings.MAIL_LEASE.total_seconds()) // _WAITS_IN_A_LEASE
    if settings.EMAIL_TIMEOUT and 0 < settings.EMAIL_TIMEOUT <= most:
        return []
    return [
        Error(
            f"EMAIL_TIMEOUT is {settings.EMAIL_TIMEOUT}; it must be from 1 to {most} seconds.",
            hint="A mail server that says nothing would otherwise hold the outbox up.",
            id="notifications.E001",
        )
    ]


@register()
def check_categories(**kwargs: Any) -> list[CheckMessage]:
    """An error where somebody could not say no to a kind of message, or to one they must not miss."""
    fixed = {category.name: category.fixed for category in known_categories()}
    faults: list[CheckMessage] = []
    for name, kind in known_kinds().items():
        if kind.category not in fixed:
            hint = "Register it with kinds.register_category, so that the page of preferences offers it."
            faults.append(
                Error(f"Nobody registered {kind.category}.", hint=hint, obj=name, id="notifications.E002")
            )
        elif kind.unsubscribable and fixed[kind.category]:
            faults.append(Error(f"{kind.category} is for everybody.", obj=name, id="notifications.E003"))
    return faults
