"""So that of some kinds somebody gets one in so many days at most (``Kind.apart``), such as one invitation a
week over all surveys. Nothing is dropped for it: what comes too early waits.

Each recipient has one row for each such kind: who has the time, and since when. It is taken in the
transaction of the claim, with the row locked, so of two dispatchers with two messages to the same recipient
one gets it. It is theirs while their message is under way, however long that takes, and from when it was
sent for as long as their kind says. What may have arrived counts as sent; what came to nothing gives the time
back, but for what is confidential (see ``slots``). An attempt that is repeated is the same mail.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass

from django.conf import settings
from django.db import connection, transaction
from django.db.models import DateTimeField, Q, Value
from django.db.models.functions import Least

from common.database import DatabaseAway
from common.working_time import ONE_DAY, NeverOpen, WorkingTime
from notifications.domain.recipients import recipient_of
from notifications.kinds import known_kinds
from notifications.models import LastOfKind, Message, MessageQuerySet

State, Reason = Message.State, Message.Reason
# Nobody else gets the time while the message that has it is so.
_UNDER_WAY = [State.CLAIMED, State.SENDING, State.CARRIED]
# What is under way in a digest is looked at again after so long.
_LOOK_AGAIN = ONE_DAY

_Whose = tuple[str, int | None, str]


@dataclass(frozen=True)
class _Wish:
    message: Message
    clock: WorkingTime
    apart: dt.timedelta

    @property
    def whose(self) -> _Whose:
        message = self.message
        return message.kind, message.person_id, "" if message.person_id else message.address.lower()


# --- In the claim -------------------------------------------------------------------------------------------
def keep_apart(taken: Sequence[Message], now: dt.datetime) -> list[Message]:
    """Those for which it is not too early, in the same order; the others are put off, in their hours.

    ``taken``, with their persons and these with their absences, are due and locked by the caller.
    """
    if settings.MAIL_AT_ANY_HOUR:
        return list(taken)
    wishes = [wish for message in taken if (wish := _wish(message, now))]
    if not wishes:
        return list(taken)
    free_from = _take(wishes, now)
    put_off = [wish.message for wish in wishes if wish.message.pk in free_from]
    for wish in wishes:
        if wish.message.pk in free_from:
            _wait(wish, free_from[wish.message.pk])
    Message.objects.bulk_update(put_off, ["state", "reason", "due"])
    return [message for message in taken if message.pk not in free_from]


def _wish(message: Message, now: dt.datetime) -> _Wish | None:
    """None where nothing is to be kept apart, where it cannot go now anyhow, and where that cannot be known:
    its turn tells.
    """
    kind = known_kinds()[message.kind]
    apart = kind.apart(message.context) if kind.apart else None
    if apart is None:
        return None
    try:
        clock = recipient_of(message).working_time
        in_digests = message.person is not None and message.person.digest and kind.fits_digest
        if in_digests or clock.next_open(now) <= now:
            return _Wish(message, clock, apart)
    except NeverOpen:
        return None
    except DatabaseAway:
        raise
    except Exception:  # one row nobody can read must not hold up the others
        return None
    return None


def _take(wishes: Sequence[_Wish], now: dt.datetime) -> dict[int, dt.datetime]:
    """By the id of each message that did not get the time: from when on it may ask again."""
    rows = _lock({wish.whose for wish in wishes}, {wish.whose: wish.message.pk for wish in wishes[::-1]}, now)
    ours = {wish.message.pk for wish in wishes}
    holders = Message.objects.in_bulk({row.message_number for row in rows.values()} - ours)
    changed: list[LastOfKind] = []
    free_from: dict[int, dt.datetime] = {}
    for wish in wishes:
        row = rows[wish.whose]
        begun = free_at(row, holders.get(row.message_number), wish.apart, now)
        if row.message_number != wish.message.pk and begun > now:
            free_from[wish.message.pk] = begun
            continue
        # A row that is new says so already.
        if (row.message_number, row.at) != (wish.message.pk, now):
            row.message_number, row.at = wish.message.pk, now
            changed.append(row)
        # The next of the same recipient in this batch finds it under way.
        holders[wish.message.pk] = Message(pk=wish.message.pk, state=State.CLAIMED)
    if changed:
        LastOfKind.objects.bulk_update(changed, ["message_number", "at"])
    return free_from


def free_at(row: LastOfKind, holder: Message | None, apart: dt.timedelta, now: dt.datetime) -> dt.datetime:
    """From when on another message may have the time that ``row`` says is taken."""
    # The row may not know yet when its mail was sent.
    since = max(row.at, holder.sent_at) if holder and holder.sent_at else row.at
    free = since + apart
    if holder and holder.state in _UNDER_WAY:
        return max(free, now + _LOOK_AGAIN)
    return free


def _lock(
    wanted: Collection[_Whose], takers: dict[_Whose, int], now: dt.datetime
) -> dict[_Whose, LastOfKind]:
    """One row for each, ours until the end of the transaction unless another dispatcher made it just now.

    Rows that are there in one order, then those that are missing in one order: no two dispatchers wait for
    each other, since whoever adds has what it waited for already.
    """
    found = _find(wanted, lock=True)
    missing = sorted(wanted - found.keys(), key=lambda whose: (whose[0], whose[1] or 0, whose[2]))
    if not missing:
        return found
    LastOfKind.objects.bulk_create(
        [
            LastOfKind(kind=kind, person_id=person_id, address=address, at=now, message_number=takers[whose])
            for whose in missing
            for kind, person_id, address in [whose]
        ],
        ignore_conflicts=True,
    )
    return found | _find(missing, lock=False)


def _find(wanted: Collection[_Whose], *, lock: bool) -> dict[_Whose, LastOfKind]:
    persons = {person_id for _kind, person_id, _address in wanted if person_id is not None}
    addresses = {address for _kind, person_id, address in wanted if person_id is None}
    rows = LastOfKind.objects.filter(
        Q(person__in=persons) | Q(person=None, address__in=addresses), kind__in={kind for kind, *_ in wanted}
    ).order_by("pk")
    if lock and connection.features.has_select_for_update:
        rows = rows.select_for_update()
    return {(row.kind, row.person_id, row.address): row for row in rows}


def _wait(wish: _Wish, begins: dt.datetime) -> None:
    """The message then says until when, unsaved. What would be too late by then is."""
    message = wish.message
    try:
        message.due, message.reason = wish.clock.next_open(begins), Reason.APART
    except NeverOpen:
        message.state, message.reason = State.EXPIRED, Reason.AWAY
        return
    if message.not_after and message.due > message.not_after:
        message.state, message.reason = State.EXPIRED, Reason.TOO_LATE


# --- Afterwards ---------------------------------------------------------------------------------------------
def note_sent(messages: Iterable[Message], at: dt.datetime) -> None:
    """The time counts from here on. Where nobody comes to say so, their messages say when they were sent."""
    theirs = _counted(messages)
    if theirs:
        with transaction.atomic():
            LastOfKind.objects.filter(pk__in=[row.pk for row in _rows_of(theirs)]).update(at=at)


def give_back(messages: Iterable[Message], now: dt.datetime) -> None:
    """Nothing of them was sent, the caller has seen to that: what waited because of them may ask again."""
    theirs = _counted(messages)
    if not theirs:
        return
    with transaction.atomic():
        rows = _rows_of(theirs)
        if not rows:
            return
        waiting = _waiting_for(rows)
        LastOfKind.objects.filter(pk__in=[row.pk for row in rows]).delete()
        soon = Least("due", Value(now, output_field=DateTimeField()))
        waiting.update(due=soon, reason=Reason.NONE)


def _waiting_for(rows: Collection[LastOfKind]) -> MessageQuerySet:
    """But for what a claim holds: that would wait for us, and finds the time free itself (see ``slots``)."""
    persons = {row.person_id for row in rows if row.person_id}
    addresses = {row.address for row in rows if not row.person_id}
    waiting = Message.objects.filter(
        Q(person__in=persons) | Q(person=None, address__in=addresses),
        kind__in={row.kind for row in rows},
        state=State.PENDING,
        reason=Reason.APART,
    )
    if connection.features.has_select_for_update_skip_locked:
        waiting = waiting.select_for_update(skip_locked=True)
    return Message.objects.filter(pk__in=list(waiting.values_list("pk", flat=True)), state=State.PENDING)


def _rows_of(message_numbers: Collection[int]) -> list[LastOfKind]:
    """Locked, in the order in which a claim locks them."""
    rows = LastOfKind.objects.filter(message_number__in=message_numbers).order_by("pk")
    return list(rows.select_for_update() if connection.features.has_select_for_update else rows)


def _counted(messages: Iterable[Message]) -> list[int]:
    kinds = {name for name, kind in known_kinds().items() if kind.apart}
    return [message.pk for message in messages if message.kind in kinds]
