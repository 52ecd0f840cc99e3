"""Sending what is due: nothing lost in silence, nothing twice that must come once (docs/architecture.md).

The journal of a message is its state: claimed -> sending -> sent, each committed before the next step
begins, and no transaction is open while a mail server is spoken to. A break before "sending" is harmless,
one after it leaves the message in doubt.
"""

from __future__ import annotations

import datetime as dt
import logging
import time
import traceback
from collections.abc import Callable
from dataclasses import dataclass

from django.db import InterfaceError, OperationalError, connection, transaction
from django.utils import timezone

from notifications.domain import fencing
from notifications.domain.claiming import LEASE, MOST_ATTEMPTS, claim, lease_end, sweep
from notifications.domain.composing import Letter, compose
from notifications.domain.deciding import GO, Verdict, decide
from notifications.domain.recipients import Recipient, recipient_of
from notifications.kinds import Kind, find_kind
from notifications.models import Message, RefusedAddress
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

DatabaseAway = (OperationalError, InterfaceError)


def drain(*, now: dt.datetime | None = None, transport: Transport | None = None) -> int:
    """Send batch after batch until nothing is due or no mail server answers; how many were taken up."""
    total = 0
    for _ in range(MOST_BATCHES):
        run = _run_batch(now, transport, LEASE)
        total += run.taken
        if not run.taken or run.server_down:
            break
    return total


def dispatch_batch(
    *, now: dt.datetime | None = None, transport: Transport | None = None, lease: dt.timedelta = LEASE
) -> int:
    """Take up to 50 due messages through one connection; how many were taken up.

    ``now`` moves every due time in tests; only the leases follow the database's clock.
    """
    return _run_batch(now, transport, lease).taken


@dataclass
class _Run:
    """One batch under way. ``token`` proves that a message is still ours when its state changes."""

    token: str
    transport: Transport
    fixed_now: dt.datetime | None
    lease: dt.timedelta
    taken: int = 0
    server_down: bool = False

    @property
    def now(self) -> dt.datetime:
        return self.fixed_now or timezone.now()


def _run_batch(now: dt.datetime | None, transport: Transport | None, lease: dt.timedelta) -> _Run:
    if not fencing.may_send():
        return _Run("", transport or make_transport(), now, lease)
    held = claim(now=now or timezone.now(), size=BATCH, lease=lease)
    run = _Run(held.token, transport or make_transport(), now, lease, taken=len(held.messages))
    if not held.messages:
        return run
    fencing.advance()
    with run.transport:
        for message in held.messages:
            if run.server_down:
                _postpone(run, message, Message.State.CLAIMED, "no mail server")
            else:
                _take_through(run, message)
    # A backup made while the batch went is behind from here on.
    fencing.advance()
    return run


def _take_through(run: _Run, message: Message) -> None:
    """One message from claimed to wherever it comes; whatever its own code raises stays its own trouble."""
    kind = find_kind(message.kind)
    try:
        recipient = recipient_of(message)
        verdict = decide(message, kind, recipient, run.now)
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
    state = Message.State.CLAIMED
    try:
        run.transport.offer(letter.sender, letter.recipient)
        if not _begin_sending(run, message, kind):
            run.transport.withdraw()
            return
        state = Message.State.SENDING
        reply = run.transport.deliver(letter.source)
    except ServerDown as error:
        run.server_down = True
        _postpone(run, message, state, error.reply)
    except TryLater as error:
        _postpone(run, message, state, error.reply)
    except Refused as error:
        _refuse(run, message, recipient, state, error)
    except InDoubt as error:
        _doubt(run, message, kind, error.reply)
    else:
        _firmly(lambda: _mark_sent(run, message, kind, recipient, reply))


def _begin_sending(run: _Run, message: Message, kind: Kind) -> bool:
    """The last check and the journal entry in one transaction; False where the message must not go."""
    try:
        with transaction.atomic():
            # Read anew: cancelled, answered, deactivated or taken from us since it was claimed.
            current = (
                Message.objects.held_by(run.token).select_related("person").filter(pk=message.pk).first()
            )
            if current is None:
                return False
            verdict = decide(current, kind, recipient_of(current), run.now)
            if verdict is not GO:
                _settle(run, current, verdict)
                return False
            held = Message.objects.held_by(run.token).filter(pk=message.pk)
            return held.update(state=Message.State.SENDING, lease_until=lease_end(run.lease)) == 1
    except DatabaseAway:
        raise
    except Exception as error:
        _fail_alone(run, message, error)
        return False


def _mark_sent(run: _Run, message: Message, kind: Kind, recipient: Recipient, reply: str) -> None:
    """The last journal entry, with what follows from it in the same transaction.

    Also where the lease ran out meanwhile and nobody else has taken the message up: it was accepted.
    """
    at = run.now
    ours = Message.objects.filter(
        pk=message.pk,
        claimed_by=run.token,
        state__in=[Message.State.SENDING, Message.State.IN_DOUBT, Message.State.PENDING],
    )
    with transaction.atomic():
        marked = ours.update(
            state=Message.State.SENT,
            sent_at=at,
            address=recipient.address,
            lease_until=None,
            last_reply=reply[:300],
        )
        if marked and kind.after_sent:
            _follow_up(message, kind.after_sent, at)


def _follow_up(message: Message, after_sent: Callable[[Message, dt.datetime], None], at: dt.datetime) -> None:
    """A mistake in what follows must not undo the fact that the mail is gone; the outbox page shows it."""
    try:
        with transaction.atomic():
            after_sent(message, at)
    except DatabaseAway:
        raise
    except Exception as error:
        _log(message, error)
        note = f"sent, but what follows failed: {type(error).__name__}"
        Message.objects.filter(pk=message.pk).update(last_reply=note)


def _settle(run: _Run, message: Message, verdict: Verdict) -> None:
    Message.objects.held_by(run.token).filter(pk=message.pk).update(
        state=verdict.state, due=verdict.due or message.due, lease_until=None, last_reply=verdict.why
    )


def _fail_alone(run: _Run, message: Message, error: Exception) -> None:
    _log(message, error)
    _settle(run, message, Verdict(Message.State.FAILED, type(error).__name__))


def _postpone(run: _Run, message: Message, state: Message.State, reply: str) -> None:
    """Wait longer each time; expired where its time will be over by then, failed after the last attempt."""
    due = run.now + BACK_OFF[min(message.attempt, len(BACK_OFF) - 1)]
    outcome = Message.State.PENDING
    if message.attempt + 1 >= MOST_ATTEMPTS:
        outcome = Message.State.FAILED
    elif message.not_after and due > message.not_after:
        outcome = Message.State.EXPIRED
    _finish(run, message, state, outcome, due=due, attempt=message.attempt + 1, last_reply=reply)


def _refuse(run: _Run, message: Message, recipient: Recipient, state: Message.State, error: Refused) -> None:
    with transaction.atomic():
        _finish(run, message, state, Message.State.FAILED, last_reply=error.reply)
        if error.address_at_fault:
            RefusedAddress.objects.get_or_create(address=recipient.address, defaults={"reply": error.reply})


def _doubt(run: _Run, message: Message, kind: Kind, reply: str) -> None:
    if kind.again_when_in_doubt:
        _postpone(run, message, Message.State.SENDING, reply)
    else:
        _finish(run, message, Message.State.SENDING, Message.State.IN_DOUBT, last_reply=reply)


def _finish(
    run: _Run, message: Message, before: Message.State, after: Message.State, **changes: object
) -> None:
    """From one state to the next, where the message is still ours."""
    Message.objects.filter(pk=message.pk, claimed_by=run.token, state=before).update(
        state=after, lease_until=None, **changes
    )


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


def _log(message: Message, error: Exception) -> None:
    """Class and place only: what an exception says may quote what somebody wrote."""
    frame = traceback.extract_tb(error.__traceback__)[-1]
    logger.error(
        "A message of %s failed: %s at %s:%s",
        message.kind,
        type(error).__name__,
        frame.filename,
        frame.lineno,
    )
