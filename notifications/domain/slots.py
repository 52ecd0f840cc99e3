"""One mail without haste for each person and each of their days (delivery.md J4): who has the slot of a day.

Taken in the transaction of the claim, by the more pressing message, then the older one; the database lets
each day be taken once. Kept while nobody knows whether a mail has arrived, given back where none has.

What is confidential keeps the day it took whatever becomes of it: others may be named, and when they go must
not say whether a reminder of an anonymous wave went, or came to nothing since they had answered (anonymity.md
R1).
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from enum import Enum, auto

from django.db import connection, transaction
from django.db.models import DateTimeField, Exists, OuterRef, Q, Value
from django.db.models.functions import Least

from notifications.domain import spacing
from notifications.kinds import Priority, known_kinds
from notifications.models import Message, MessageQuerySet, SendSlot

State, Reason = Message.State, Message.Reason

# Its mail has gone, or may have: nobody else gets this day.
_FOR_GOOD = frozenset({State.SENDING, State.SENT, State.IN_DOUBT})


class Answer(Enum):
    OURS = auto()
    TAKEN = auto()  # for good
    HELD = auto()  # by one that may still come to nothing
    FREE = auto()  # but meant for one that has not asked yet


@dataclass(frozen=True)
class Wish:
    """This message would like the slot of this day, by the clock of its recipient."""

    message: Message
    day: dt.date

    @property
    def slot(self) -> tuple[int | None, str, dt.date]:
        return (*_whose(self.message), self.day)


def take(wishes: Collection[Wish], now: dt.datetime) -> dict[int, Answer]:
    """By the id of the message. ``now`` says what else is due and comes first."""
    if not wishes:
        return {}
    outdone = _outdone([wish.message for wish in wishes], now)
    asking = [wish for wish in wishes if wish.message.pk not in outdone]
    # In one order everywhere, so that two dispatchers never wait for each other.
    asking.sort(key=lambda wish: (wish.slot[0] or 0, *wish.slot[1:]))
    SendSlot.objects.bulk_create(
        [
            SendSlot(person_id=person_id, address=address, day=day, message=wish.message)
            for wish in asking
            for person_id, address, day in [wish.slot]
        ],
        # Taken before, or by another dispatcher in this moment.
        ignore_conflicts=True,
    )
    found = _slots_of(wishes)
    return {wish.message.pk: _answer(wish, found.get(wish.slot)) for wish in wishes}


def _slots_of(wishes: Collection[Wish]) -> dict[tuple[int | None, str, dt.date], SendSlot]:
    wanted = [wish.slot for wish in wishes]
    persons = {person_id for person_id, _address, _day in wanted if person_id is not None}
    addresses = {address for person_id, address, _day in wanted if person_id is None}
    theirs = Q(person__in=persons) | Q(person=None, address__in=addresses)
    days = {day for _person_id, _address, day in wanted}
    slots = SendSlot.objects.filter(theirs, day__in=days).select_related("message")
    slots = slots.only("person", "address", "day", "message__state", "message__confidential")
    return {(slot.person_id, slot.address, slot.day): slot for slot in slots}


def _answer(wish: Wish, slot: SendSlot | None) -> Answer:
    if slot is None:
        return Answer.FREE
    if slot.message_id == wish.message.pk:
        return Answer.OURS
    for_good = slot.message.confidential or slot.message.state in _FOR_GOOD
    return Answer.TAKEN if for_good else Answer.HELD


def _outdone(messages: Collection[Message], now: dt.datetime) -> set[int]:
    """Those for which something more pressing, or as pressing and older, waits for the same recipient.

    Kinds of a newer release wait for it, and hold up nobody meanwhile.
    """
    rival = Message.objects.due(now).filter(priority__gte=Priority.NORMAL, kind__in=known_kinds())
    ahead = (
        Q(priority__lt=OuterRef("priority"))
        | Q(priority=OuterRef("priority"), due__lt=OuterRef("due"))
        | Q(priority=OuterRef("priority"), due=OuterRef("due"), pk__lt=OuterRef("pk"))
    )
    of_person = rival.filter(ahead, person=OuterRef("person"))
    of_address = rival.filter(ahead, person=None, address=OuterRef("address"))
    outdone: set[int] = set()
    # Apart, since a batch seldom has both, and each costs much to put together.
    for with_person, theirs in ((True, of_person), (False, of_address)):
        asking = [message.pk for message in messages if bool(message.person_id) is with_person]
        if asking:
            found = Message.objects.filter(Exists(theirs), pk__in=asking)
            outdone.update(found.values_list("pk", flat=True))
    return outdone


def give_back(messages: Iterable[Message], now: dt.datetime) -> None:
    """Nothing of them was sent: their days are free again, also for what had to wait because of them.

    But for those of confidential ones (see above).
    """
    nothing_sent = [each for each in messages if not each.confidential and not _may_have_arrived(each)]
    # Before the days, as in a claim, so that the two never wait for each other.
    spacing.give_back(nothing_sent, now)
    free = [message.pk for message in nothing_sent]
    slots = list(SendSlot.objects.filter(message__in=free))
    if not slots:
        return
    with transaction.atomic():
        waiting = _lock_waiting(slots)
        SendSlot.objects.filter(pk__in=[slot.pk for slot in slots]).delete()
        at = Value(now, output_field=DateTimeField())
        waiting.update(due=Least("due", at), reason=Reason.NONE)


def _lock_waiting(slots: Collection[SendSlot]) -> MessageQuerySet:
    """What waits because of these days; before they are given back, and but for what a claim holds.

    A claim asks for a day with its messages locked: were one waited for with the day already gone in this
    transaction, each would wait for the other. It finds the day free itself, or waits for the next one.
    """
    theirs = Q(person__in={slot.person_id for slot in slots if slot.person_id})
    theirs |= Q(person=None, address__in={slot.address for slot in slots if not slot.person_id})
    waiting = Message.objects.filter(theirs, state=State.PENDING, reason=Reason.SLOT)
    if connection.features.has_select_for_update_skip_locked:
        waiting = waiting.select_for_update(skip_locked=True)
    return Message.objects.filter(pk__in=list(waiting.values_list("pk", flat=True)), state=State.PENDING)


def _may_have_arrived(message: Message) -> bool:
    """In an attempt of which nobody knows the end: after it only these kinds wait once more."""
    kind = known_kinds().get(message.kind)
    return message.attempt > 0 and (kind is None or kind.again_when_in_doubt)


def _whose(message: Message) -> tuple[int | None, str]:
    return message.person_id, "" if message.person_id else message.address.lower()
