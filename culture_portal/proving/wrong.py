"""Two dispatchers that are wrong on purpose, to see that the faults find it: both seem to work.

Neither keeps a journal. ``mark_first`` writes a mail down as sent and then sends it; killed between the two
it has lost it. ``send_first`` sends it and then writes it down; killed between the two it sends it again.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from django.utils import timezone

from notifications.domain.claiming import claim
from notifications.domain.composing import compose
from notifications.domain.recipients import recipient_of
from notifications.kinds import find_kind
from notifications.models import Message
from notifications.transports import Transport

Drain = Callable[[], int]
State = Message.State


def mark_first(transport: Callable[[], Transport]) -> Drain:
    def drain() -> int:
        return _drain(transport, before=_mark)

    return drain


def send_first(transport: Callable[[], Transport]) -> Drain:
    def drain() -> int:
        return _drain(transport, after=_mark)

    return drain


DISPATCHERS = {"mark_first": mark_first, "send_first": send_first}


def _drain(
    transport: Callable[[], Transport],
    before: Callable[[Message], None] = lambda message: None,
    after: Callable[[Message], None] = lambda message: None,
) -> int:
    total = 0
    for messages in _batches():
        with transport() as opened:
            for message in messages:
                letter = compose(message, find_kind(message.kind), recipient_of(message))
                before(message)
                opened.offer(letter.sender, letter.recipient)
                opened.deliver(letter.source)
                after(message)
                total += 1
    return total


def _batches() -> Iterator[list[Message]]:
    while messages := claim(now=timezone.now(), size=50).messages:
        yield messages


def _mark(message: Message) -> None:
    Message.objects.filter(pk=message.pk).update(
        state=State.SENT, sent_at=timezone.now(), address=message.address, lease_until=None
    )
