"""What of the due messages may go today, and what waits (delivery.md J4), in the transaction of the claim.

Of what has no haste everybody gets one a day, by their own clock (``slots``).
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from django.conf import settings

from common.database import DatabaseAway
from common.working_time import ONE_DAY, NeverOpen
from notifications.domain import digesting, slots, spacing
from notifications.domain.recipients import Recipient, recipient_of
from notifications.domain.slots import Answer, Wish
from notifications.kinds import Hold, find_kind
from notifications.models import Message

State, Reason = Message.State, Message.Reason


# Until whoever comes first has asked for the day, or what has it has gone or come to nothing.
A_MOMENT = dt.timedelta(minutes=1)


@dataclass(frozen=True)
class _Candidate:
    message: Message
    recipient: Recipient
    day: dt.date


def put_off_what_must_wait(taken: Sequence[Message], now: dt.datetime) -> list[Message]:
    """Those that may go now, in the same order. The others are pending with a later ``due``, or expired.

    ``taken``, with their persons and these with their absences, are locked by the caller.
    """
    by_themselves = digesting.carry(spacing.keep_apart(_without_held(taken, now), now), now)
    if settings.MAIL_AT_ANY_HOUR:
        return by_themselves
    rivals: list[_Candidate] = []
    put_off: list[Message] = []
    for message in by_themselves:
        recipient = _recipient_if_known(message)
        if recipient is None or not find_kind(message.kind).takes_slot:
            # Its hours are looked at when it is sent.
            continue
        if _wait_for_hours(message, recipient, now):
            put_off.append(message)
        else:
            rivals.append(_Candidate(message, recipient, recipient.working_time.local_day(now)))
    answers = slots.take([Wish(rival.message, rival.day) for rival in rivals], now)
    for rival in rivals:
        answer = answers[rival.message.pk]
        if answer is not Answer.OURS:
            _wait_for_another_day(rival, answer, now)
            put_off.append(rival.message)
    Message.objects.bulk_update(put_off, ["state", "reason", "due"])
    slots.give_back([message for message in put_off if message.state == State.EXPIRED], now)
    # Others may go before it then.
    spacing.give_back([message for message in put_off if not message.attempt], now)
    waiting = {message.pk for message in put_off}
    return [message for message in by_themselves if message.pk not in waiting]


def _without_held(taken: Sequence[Message], now: dt.datetime) -> list[Message]:
    """The others wait, before anything is asked that costs a day; where a kind cannot say, its turn tells."""
    held: dict[int, Hold] = {}
    for name in {message.kind for message in taken}:
        holds = find_kind(name).holds
        if holds is None:
            continue
        try:
            held |= holds([message for message in taken if message.kind == name], now)
        except DatabaseAway:
            raise
        except Exception:  # noqa: S112 - one row nobody can read must not hold up the others
            continue
    waiting = [message for message in taken if message.pk in held]
    for message in waiting:
        _wait_until(message, held[message.pk].until, held[message.pk].reason)
    Message.objects.bulk_update(waiting, ["state", "reason", "due"])
    slots.give_back(waiting, now)
    return [message for message in taken if message.pk not in held]


def _recipient_if_known(message: Message) -> Recipient | None:
    """None where it cannot be worked out: that is found again, and told, when this message is sent."""
    try:
        return recipient_of(message)
    except DatabaseAway:
        raise
    except Exception:  # one row nobody can read must not hold up the others
        return None


def _wait_for_hours(message: Message, recipient: Recipient, now: dt.datetime) -> bool:
    """Whether it is outside their hours; the message then says until when, unsaved."""
    try:
        opens = recipient.working_time.next_open(now)
    except NeverOpen:
        message.state, message.reason = State.EXPIRED, Reason.AWAY
        return True
    if opens <= now:
        return False
    _wait_until(message, opens, Reason.HOURS)
    return True


def _wait_for_another_day(rival: _Candidate, answer: Answer, now: dt.datetime) -> None:
    """The message then says until when, unsaved.

    While the day may yet become free, what would be too late on the next one stays and asks again.
    """
    message = rival.message
    opens = _opens_another_day(rival, now)
    too_late = opens is None or (message.not_after is not None and opens > message.not_after)
    if answer is Answer.FREE or (answer is Answer.HELD and too_late):
        opens = now + A_MOMENT
    if opens is None:
        message.state, message.reason = State.EXPIRED, Reason.AWAY
    else:
        _wait_until(message, opens, Reason.SLOT)


def _opens_another_day(rival: _Candidate, now: dt.datetime) -> dt.datetime | None:
    clock = rival.recipient.working_time
    # Later than now, also where clocks go back over midnight.
    begins = max(clock.moment(rival.day + ONE_DAY, dt.time.min), now + A_MOMENT)
    try:
        return clock.next_open(begins)
    except NeverOpen:
        return None


def _wait_until(message: Message, opens: dt.datetime, why: Message.Reason) -> None:
    message.due, message.reason = opens, why
    if message.not_after and opens > message.not_after:
        message.state, message.reason = State.EXPIRED, Reason.TOO_LATE
