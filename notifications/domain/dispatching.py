"""Sending what is due: nothing lost in silence, nothing twice that must come once (docs/architecture.md).

The journal of a message is its state: claimed -> sending -> sent, each committed before the next step
begins, and no transaction is open while a mail server is spoken to. A break before "sending" is harmless,
one after it leaves the message in doubt.
"""

from __future__ import annotations

import datetime as dt
import logging
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby

from django.conf import settings
from django.db import connection, transaction
from django.utils import timezone

from common.database import DatabaseAway
from notifications.domain import digesting, fencing, last_check, slots, spacing
from notifications.domain.claiming import MOST_ATTEMPTS, claim, lease_end, sweep
from notifications.domain.composing import Letter, compose
from notifications.domain.deciding import GO, Facts, Verdict, decide, look_up
from notifications.domain.following_up import follow_up, log_failure
from notifications.domain.recipients import Recipient, recipient_of
from notifications.kinds import Kind, find_kind
from notifications.models import Message
from notifications.transports import InDoubt, Refused, ServerDown, Transport, TryLater, make_transport

__all__ = ["dispatch_batch", "drain", "sweep"]

logger = logging.getLogger("portal.mail")

BATCH = 50
# One task does not run for ever: the next tick carries on.
MOST_BATCHES = 400
BACK_OFF = [
    dt.timedelta(seconds=10),
    dt.timedelta(seconds=30),
    dt.timedelta(minutes=1),
    dt.timedelta(minutes=5),
    dt.timedelta(minutes=15),
    dt.timedelta(hours=1),
    dt.timedelta(hours=3),
    dt.timedelta(hours=6),
    dt.timedelta(hours=12),
    dt.timedelta(hours=24),
]
# The news that a mail is gone is brought again to a database that does not answer, after so many seconds.
COMMIT_AGAIN_AFTER = (0, 1, 2, 4, 8, 15)

State, Reason = Message.State, Message.Reason
NOTHING_KNOWN = Facts(frozenset(), frozenset())


def drain(*, now: dt.datetime | None = None, transport: Transport | None = None) -> int:
    """Send batch after batch until nothing is due or no mail server answers; how many were taken up."""
    total = 0
    for _ in range(MOST_BATCHES):
        run = _run_batch(now, transport)
        total += run.taken
        if not run.taken or run.server_down:
            break
    return total


def dispatch_batch(*, now: dt.datetime | None = None, transport: Transport | None = None) -> int:
    """Take up to 50 due messages through one connection; how many were taken up.

    ``now`` moves every due time in tests; only the leases follow the database's clock.
    """
    return _run_batch(now, transport).taken


@dataclass
class _Run:
    """One batch under way. ``token`` proves that a message is still ours when its state changes."""

    token: str
    transport: Transport
    fixed_now: dt.datetime | None
    facts: Facts
    claimed_at: dt.datetime
    taken: int = 0
    server_down: bool = False

    @property
    def now(self) -> dt.datetime:
        return self.fixed_now or timezone.now()


def _run_batch(now: dt.datetime | None, transport: Transport | None) -> _Run:
    transport = transport or make_transport()
    at = now or timezone.now()
    if not fencing.may_send():
        return _Run("", transport, now, NOTHING_KNOWN, at)
    held = claim(now=at, size=BATCH)
    if not held.messages:
        return _Run(held.token, transport, now, NOTHING_KNOWN, at)
    _load(held.messages)
    facts = look_up(_recipients(held.messages))
    run = _Run(held.token, transport, now, facts, at, taken=len(held.messages))
    fencing.advance()
    with run.transport:
        for message in held.messages:
            if run.server_down:
                _postpone(run, message, State.CLAIMED, Reason.NO_SERVER)
            else:
                _take_through(run, message)
    spacing.note_sent(held.messages, run.now)
    # A backup made while the batch went is behind from here on.
    fencing.advance()
    return run


def _load(messages: Sequence[Message]) -> None:
    """What the kinds want looked up for many at once. Where that fails each looks for itself."""
    for name, of_kind in groupby(sorted(messages, key=lambda each: each.kind), key=lambda each: each.kind):
        load = find_kind(name).load
        if load is None:
            continue
        try:
            load(list(of_kind))
        except DatabaseAway:
            raise
        except Exception as error:
            logger.error("Messages of %s could not be looked up together: %s", name, type(error).__name__)


def _recipients(messages: Sequence[Message]) -> Iterator[tuple[Message, Kind, Recipient]]:
    for message in messages:
        try:
            yield message, find_kind(message.kind), recipient_of(message)
        except DatabaseAway:
            raise
        except Exception:  # noqa: S112 - told when it is this one's turn
            continue


def _take_through(run: _Run, message: Message) -> None:
    """One message from claimed to wherever it comes; whatever its own code raises stays its own trouble."""
    kind = find_kind(message.kind)
    try:
        recipient = recipient_of(message)
        verdict = decide(message, kind, recipient, run.now, run.facts)
        if verdict is not GO:
            _settle(run, message, verdict)
            return
        letter = compose(message, kind, recipient)
    except DatabaseAway:
        raise
    except Exception as error:
        _fail_alone(run, message, error)
        return
    _hand_over(run, message, kind, recipient, letter)


def _hand_over(run: _Run, message: Message, kind: Kind, recipient: Recipient, letter: Letter) -> None:
    state = State.CLAIMED
    try:
        run.transport.offer(letter.sender, letter.recipient)
        source = _begin_sending(run, message, kind, recipient, letter)
        if source is None:
            run.transport.withdraw()
            return
        state = State.SENDING
        reply = run.transport.deliver(source)
    except ServerDown as error:
        run.server_down = True
        _postpone(run, message, state, Reason.NO_SERVER, error.reply)
    except TryLater as error:
        _postpone(run, message, state, Reason.LATER, error.reply)
    except Refused as error:
        _refuse(run, message, recipient, state, error)
    except InDoubt as error:
        _doubt(run, message, kind, error.reply)
    else:
        _firmly(lambda: _mark_sent(run, message, kind, recipient, reply))


def _begin_sending(
    run: _Run, message: Message, kind: Kind, recipient: Recipient, letter: Letter
) -> bytes | None:
    """The last check and the journal entry: the text to hand over, or None where the message must not go."""
    try:
        today = recipient.working_time.local_day(run.claimed_at)
        if _has_day(run, kind, recipient, today) and last_check.begin_sending(
            message, kind, recipient, token=run.token, now=run.now
        ):
            return letter.source
        return _begin_anew(run, message, kind, letter, today)
    except DatabaseAway:
        raise
    except Exception as error:
        _fail_alone(run, message, error)
        return None


def _has_day(run: _Run, kind: Kind, recipient: Recipient, day: dt.date) -> bool:
    """Whether it is still the day whose slot was taken in the claim: past midnight, or where they have moved
    to, it is another one."""
    takes_slot = kind.takes_slot and not settings.MAIL_AT_ANY_HOUR
    return not takes_slot or recipient.working_time.local_day(run.now) == day


def _begin_anew(run: _Run, message: Message, kind: Kind, letter: Letter, day: dt.date) -> bytes | None:
    """Cancelled, answered, deactivated, moved or taken from us since it was claimed? All is read again."""
    with transaction.atomic():
        current = Message.objects.held_by(run.token).select_related("person").filter(pk=message.pk).first()
        if current is None:
            return None
        recipient = recipient_of(current)
        verdict = decide(current, kind, recipient, run.now)
        if verdict is not GO:
            _settle(run, current, verdict)
            return None
        if recipient.address != letter.asked_for or not _has_day(run, kind, recipient, day):
            # The server was told of the old address: with the next batch it goes to the new one, on its day.
            _settle(run, current, Verdict(State.PENDING, due=run.now))
            return None
        if kind.name == digesting.KIND and not digesting.settle_what_it_tells(current, run.now):
            _settle(run, current, Verdict(State.CANCELLED, Reason.NOT_WANTED))
            return None
        source = compose(current, kind, recipient).source
        held = Message.objects.held_by(run.token).filter(pk=message.pk)
        if held.update(state=State.SENDING, lease_until=lease_end()):
            return source
        # Taken from us in this moment: nor is what a digest carries being sent.
        transaction.set_rollback(True)
        return None


def _mark_sent(run: _Run, message: Message, kind: Kind, recipient: Recipient, reply: str) -> None:
    """The last journal entry, with what follows from it in the same transaction.

    Also where the lease ran out meanwhile and nobody else has taken the message up: it was accepted.
    """
    at = run.now
    ours = Message.objects.filter(
        pk=message.pk,
        claimed_by=run.token,
        state__in=[State.SENDING, State.IN_DOUBT, State.PENDING],
    )
    sent = {
        "state": State.SENT,
        "reason": Reason.NONE,
        "sent_at": at,
        "address": recipient.address,
        "lease_until": None,
        "last_reply": reply[:300],
    }
    if kind.after_sent is None:
        ours.update(**sent)
        return
    with transaction.atomic():
        if ours.update(**sent):
            follow_up(message, at)


def _settle(run: _Run, message: Message, verdict: Verdict, reply: str = "") -> None:
    with transaction.atomic():
        settled = (
            Message.objects.held_by(run.token)
            .filter(pk=message.pk)
            .update(
                state=verdict.state,
                reason=verdict.reason,
                due=verdict.due or message.due,
                lease_until=None,
                last_reply=reply,
            )
        )
        if settled:
            slots.give_back([message], run.now)


def _fail_alone(run: _Run, message: Message, error: Exception) -> None:
    log_failure(message, error)
    _settle(run, message, Verdict(State.FAILED, Reason.OUR_FAULT), type(error).__name__)


def _postpone(
    run: _Run, message: Message, before: Message.State, reason: Message.Reason, reply: str = ""
) -> None:
    """Wait longer each time; expired where its time will be over by then, failed after the last attempt."""
    due = _next_try(run, message)
    outcome = State.PENDING
    if message.attempt + 1 >= MOST_ATTEMPTS:
        outcome, reason = State.FAILED, Reason.TOO_OFTEN
    elif message.not_after and due > message.not_after:
        outcome, reason = State.EXPIRED, Reason.TOO_LATE
    _finish(run, message, before, outcome, reason, due=due, attempt=message.attempt + 1, last_reply=reply)


def _next_try(run: _Run, message: Message) -> dt.datetime:
    return run.now + BACK_OFF[min(message.attempt, len(BACK_OFF) - 1)]


def _refuse(run: _Run, message: Message, recipient: Recipient, state: Message.State, error: Refused) -> None:
    from notifications.domain import refusing  # noqa: PLC0415 - what it queues wakes this dispatcher

    with transaction.atomic():
        _finish(run, message, state, State.FAILED, Reason.REFUSED, last_reply=error.reply)
        if error.address_at_fault:
            refusing.mark(recipient.address, error.reply, run.now)


def _doubt(run: _Run, message: Message, kind: Kind, reply: str) -> None:
    """Once more where that may be and there is time; else it stays in doubt, since it may have arrived."""
    due = _next_try(run, message)
    in_time = message.not_after is None or due <= message.not_after
    if kind.again_when_in_doubt and in_time and message.attempt + 1 < MOST_ATTEMPTS:
        _postpone(run, message, State.SENDING, Reason.NO_ANSWER, reply)
    else:
        _finish(run, message, State.SENDING, State.IN_DOUBT, Reason.NO_ANSWER, last_reply=reply)


def _finish(
    run: _Run,
    message: Message,
    before: Message.State,
    after: Message.State,
    reason: Message.Reason,
    **changes: object,
) -> None:
    """From one state to the next, where the message is still ours. An attempt that will be repeated, and
    one nobody knows the end of, keep the day they took."""
    with transaction.atomic():
        finished = Message.objects.filter(pk=message.pk, claimed_by=run.token, state=before).update(
            state=after, reason=reason, lease_until=None, **changes
        )
        if finished and after in {State.FAILED, State.EXPIRED}:
            slots.give_back([message], run.now)


def _firmly(commit: Callable[[], None]) -> None:
    """Write down what cannot be undone, also through a restart of the database."""
    for seconds in COMMIT_AGAIN_AFTER:
        try:
            commit()
        except DatabaseAway:
            connection.close()
            time.sleep(seconds)
        else:
            return
    commit()
