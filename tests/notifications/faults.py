"""What the tests of faults and their dispatchers in other processes both know."""

from __future__ import annotations

import datetime as dt

from notifications.kinds import Kind, Mail, register
from notifications.models import Message

NOW = dt.datetime(2026, 3, 3, 10, tzinfo=dt.UTC)
ONCE, AGAIN = "test.once", "test.again"


def register_kinds() -> None:
    for name in (ONCE, AGAIN):
        register(
            Kind(
                name=name,
                category="tests",
                render=render,
                still_wanted=lambda message: True,
                again_when_in_doubt=name == AGAIN,
            )
        )


def render(message: Message) -> Mail:
    return Mail(subject="A note", template="base_mail")
