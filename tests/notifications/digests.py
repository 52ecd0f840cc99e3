"""Digests of walks: nothing in the portal is called so."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Sequence

from culture_portal.proving.sink import Sink
from notifications.domain import digesting
from notifications.domain.dispatching import dispatch_batch
from notifications.kinds import Kind, NoticeWords
from notifications.models import Message, Notice
from people.models import Person

State, Reason = Message.State, Message.Reason
Put = Callable[..., Message]
Register = Callable[..., Kind]
MakePerson = Callable[..., Person]
HOUR, DAY = dt.timedelta(hours=1), dt.timedelta(days=1)
# After a Tuesday at ten; the next working day opens on Wednesday at eight, the next week on Monday.
WEDNESDAY = dt.datetime(2026, 3, 4, 8, tzinfo=dt.UTC)
MONDAY = dt.datetime(2026, 3, 9, 8, tzinfo=dt.UTC)


def dispatch_to(sink: Sink, manner: str, *, now: dt.datetime) -> None:
    """One batch to a mail server of this manner; afterwards it has none."""
    sink.behave(manner)
    dispatch_batch(now=now)
    sink.behave()


def worded(told: Sequence[Message | Notice]) -> dict[int, NoticeWords]:
    return {
        one.pk: NoticeWords(f"Walk {one.context['walk']}", "It is near.", "/walks/", "Walk")
        for one in told
        if one.context["walk"] != "over"
    }


def states(*messages: Message) -> list[str]:
    for message in messages:
        message.refresh_from_db()
    return [message.state for message in messages]


def the_digest() -> Message:
    return Message.objects.get(kind=digesting.KIND)
