"""Settings without which the outbox would not keep its promises."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Error, register

from notifications.domain.claiming import LEASE

# A connection, the text and its answer may each wait for the server once; the rest is to be safe.
_WAITS_IN_A_LEASE = 6


@register()
def check_mail_server_cannot_hold_us(**kwargs: Any) -> list[CheckMessage]:
    """An error where a silent mail server could outlast the lease of a message."""
    if settings.EMAIL_TIMEOUT and 0 < settings.EMAIL_TIMEOUT * _WAITS_IN_A_LEASE <= LEASE.total_seconds():
        return []
    most = int(LEASE.total_seconds()) // _WAITS_IN_A_LEASE
    return [
        Error(
            f"EMAIL_TIMEOUT is {settings.EMAIL_TIMEOUT}; it must be from 1 to {most} seconds.",
            hint="A mail server that says nothing would otherwise hold the outbox up.",
            id="notifications.E001",
        )
    ]
