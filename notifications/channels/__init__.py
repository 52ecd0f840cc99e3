"""The ways to reach somebody. Whatever is told goes into every channel that can carry it; what somebody wants
of each they choose on one page. A further channel is one more module here and one line in ``known_channels``.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Sequence
from typing import Protocol

from django.utils.functional import Promise

from notifications.channels.email import EmailChannel
from notifications.channels.messages import NewMessage
from notifications.channels.portal import PortalChannel
from people.models import Person

__all__ = ["Channel", "NewMessage", "known_channels"]


class Channel(Protocol):
    """All of it runs in the caller's transaction and talks to nobody."""

    @property
    def name(self) -> str: ...

    @property
    def label(self) -> str | Promise: ...

    def put(self, messages: Sequence[NewMessage]) -> int:
        """Store what this channel can carry; a key already there is left alone. How many were new."""

    def cancel(self, series: str) -> int:
        """Nothing more of this series, but for what has left already; how many those were."""

    def release(self, keys: Collection[str], *, due: dt.datetime) -> None:
        """They may go from ``due`` on: what was put with a later time to wait for this."""

    def wanted_by(self, person: Person, categories: Collection[str]) -> set[str]:
        """Which of these categories the person wants by this channel."""

    def choose(self, person: Person, category: str, *, wanted: bool) -> bool:
        """What the person wants of this category; whether that is news."""


_CHANNELS: tuple[Channel, ...] = (EmailChannel(), PortalChannel())


def known_channels() -> tuple[Channel, ...]:
    return _CHANNELS
