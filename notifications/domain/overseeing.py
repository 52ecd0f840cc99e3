"""What an operator sees of the outbox and may do about it.

Of confidential messages (anonymous waves) totals and no more: never a row, never why one waits, and what was
sent together with what was not needed, since which of the two a reminder came to would say who has answered
(anonymity.md R1, P1).
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.db import models, transaction
from django.db.models import Count, Min, Q
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from common import audit
from common.day import WaitingItem
from notifications.domain import slots
from notifications.domain.fencing import open_doubt
from notifications.domain.queueing import wake_dispatcher
from notifications.kinds import known_kinds
from notifications.models import Message, MessageQuerySet
from people.models import Person

State, Reason = Message.State, Message.Reason
_UNDER_WAY = [State.CLAIMED, State.SENDING]


class Standing(models.TextChoices):
    """Where a message stands, in an operator's words."""

    DUE = "due", gettext_lazy("Due now")
    DEFERRED = "deferred", gettext_lazy("Put off")
    LATER = "later", gettext_lazy("Later")
    SENT = "sent", gettext_lazy("Sent")
    NOT_NEEDED = "not_needed", gettext_lazy("No longer needed")
    IN_DOUBT = "in_doubt", gettext_lazy("In doubt")
    FAILED = "failed", gettext_lazy("Failed")


MAY_GO_AGAIN = (Standing.IN_DOUBT, Standing.FAILED)
MAY_BE_CANCELLED = (Standing.DUE, Standing.DEFERRED, Standing.IN_DOUBT)
# Where it matters why; a message that is due may still say why it was put off before.
_EXPLAINED = frozenset({Standing.DEFERRED, Standing.NOT_NEEDED, Standing.IN_DOUBT, Standing.FAILED})
# Two that are shown as one of confidential messages.
_ONE_SUM = frozenset({Standing.SENT, Standing.NOT_NEEDED})
_OF_STATE = {
    State.CLAIMED: Standing.DUE,
    State.SENDING: Standing.DUE,
    State.CARRIED: Standing.DEFERRED,
    State.SENT: Standing.SENT,
    State.CANCELLED: Standing.NOT_NEEDED,
    State.EXPIRED: Standing.NOT_NEEDED,
    State.IN_DOUBT: Standing.IN_DOUBT,
    State.FAILED: Standing.FAILED,
}


def standing_of(message: Message, now: dt.datetime) -> Standing:
    """Twin of ``rows_standing`` and of ``_standing``, for one row."""
    return _standing(message.state, message.reason, is_due=message.due <= now)


def _standing(state: str, reason: str, *, is_due: bool) -> Standing:
    if state != State.PENDING:
        return _OF_STATE[State(state)]
    if is_due:
        return Standing.DUE
    return Standing.DEFERRED if reason else Standing.LATER


def rows_standing(standing: Standing, now: dt.datetime) -> Q:
    """Twin of ``standing_of``, for many."""
    waiting = Q(state=State.PENDING)
    match standing:
        case Standing.DUE:
            return Q(state__in=_UNDER_WAY) | waiting & Q(due__lte=now)
        case Standing.DEFERRED:
            return Q(state=State.CARRIED) | waiting & Q(due__gt=now) & ~Q(reason="")
        case Standing.LATER:
            return waiting & Q(due__gt=now, reason="")
        case _:
            return Q(state__in=[state for state, of in _OF_STATE.items() if of is standing])


# --- Totals -------------------------------------------------------------------------------------------------
@dataclass(frozen=True)
class KindTotals:
    """How many messages of one kind stand where, and why.

    Of ``confidential`` ones ``counts`` has neither sent nor no longer needed, whose sum is ``settled``, and
    ``reasons`` is empty.
    """

    kind: str
    label: str | Promise
    confidential: bool
    counts: Mapping[Standing, int]
    settled: int
    reasons: Mapping[Standing, Sequence[tuple[str | Promise, int]]]
    oldest_due: dt.datetime | None

    @property
    def columns(self) -> list[int | None]:
        """In the order of ``Standing``; None where the sum of two stands instead."""
        return [self.counts.get(standing) for standing in Standing]

    @property
    def why(self) -> list[tuple[str | Promise, Sequence[tuple[str | Promise, int]]]]:
        return [(standing.label, self.reasons[standing]) for standing in Standing if standing in self.reasons]

    @property
    def again(self) -> list[Standing]:
        return [standing for standing in MAY_GO_AGAIN if self.counts[standing]]

    @property
    def cancellable(self) -> list[Standing]:
        return [standing for standing in MAY_BE_CANCELLED if self.counts[standing]]


def outbox_totals(now: dt.datetime, *, kind: str = "") -> list[KindTotals]:
    """One line for each kind that has messages, or for this one; confidential ones apart from the others."""
    chosen = Message.objects.filter(kind=kind) if kind else Message.objects.all()
    counted = (
        chosen.order_by("kind", "confidential")
        .values("kind", "confidential", "state", "reason")
        .annotate(
            n=Count("*"),
            n_due=Count("due", filter=Q(due__lte=now)),
            oldest=Min("due", filter=Q(due__lte=now)),
        )
    )
    lines: dict[tuple[str, bool], list[Mapping[str, Any]]] = {}
    for row in counted:
        lines.setdefault((row["kind"], row["confidential"]), []).append(row)
    return [_line(name, confidential, rows) for (name, confidential), rows in lines.items()]


def _line(name: str, confidential: bool, rows: Iterable[Mapping[str, Any]]) -> KindTotals:
    counts = dict.fromkeys(Standing, 0)
    reasons: dict[Standing, dict[str | Promise, int]] = {}
    oldest: list[dt.datetime] = []
    for row in rows:
        if row["state"] == State.PENDING and row["oldest"]:
            oldest.append(row["oldest"])
        for standing, number in _parts(row):
            counts[standing] += number
            if standing in _EXPLAINED and not confidential:
                of = reasons.setdefault(standing, {})
                why = reason_words(row["state"], row["reason"])
                of[why] = of.get(why, 0) + number
    return KindTotals(
        kind=name,
        label=label_of(name),
        confidential=confidential,
        settled=sum(counts[standing] for standing in _ONE_SUM),
        counts={one: n for one, n in counts.items() if not (confidential and one in _ONE_SUM)},
        reasons={one: _most_first(of) for one, of in reasons.items()},
        oldest_due=min(oldest, default=None),
    )


def _parts(row: Mapping[str, Any]) -> Iterator[tuple[Standing, int]]:
    """Of rows with the same state and reason, those that are due and the others."""
    for is_due, number in ((True, row["n_due"]), (False, row["n"] - row["n_due"])):
        if number:
            yield _standing(row["state"], row["reason"], is_due=is_due), number


def _most_first(counted: Mapping[str | Promise, int]) -> list[tuple[str | Promise, int]]:
    return sorted(counted.items(), key=lambda pair: (-pair[1], str(pair[0])))


def reason_words(state: str, reason: str) -> str | Promise:
    """Why a message stands where it does; where nothing was noted its state says it."""
    return Reason(reason).label if reason else State(state).label


def label_of(kind: str) -> str | Promise:
    known = known_kinds().get(kind)
    return known.label or kind if known else kind


def waiting_for_confirmation(person: Person, now: dt.datetime) -> list[WaitingItem]:
    """For administrators: nothing leaves until somebody has looked (``fencing``)."""
    if not person.is_administrator:
        return []
    doubt = open_doubt()
    if doubt is None:
        return []
    return [
        WaitingItem(
            title=_("No mail is going out"),
            why=_("The database seems to come from a backup. Please look, then let mail go on."),
            url=reverse("notifications:restore-confirm"),
            action=_("Look at it"),
            icon="alert",
        )
    ]


# --- By hand ------------------------------------------------------------------------------------------------
# Each is one conditional UPDATE: of two who press at once, or one who presses twice, one changes a row, and
# what the dispatcher has moved on meanwhile is left alone.
def resend(*, kind: str, confidential: bool, standing: Standing, by: Person, now: dt.datetime) -> int:
    """Let the messages of this kind that are in doubt, or that failed, go once more; how many those are.

    Each keeps its Message-ID and passes every check again.
    """
    _check(standing, MAY_GO_AGAIN)
    rows = Message.objects.filter(rows_standing(standing, now), kind=kind, confidential=confidential)
    return _send_again(rows, kind, standing, by)


def resend_one(message: Message, *, by: Person, now: dt.datetime) -> int:
    """The same for one, where it is still in doubt or failed."""
    standing = standing_of(message, now)
    if standing not in MAY_GO_AGAIN:
        return 0
    rows = Message.objects.filter(rows_standing(standing, now), pk=message.pk)
    return _send_again(rows, message.kind, standing, by)


def cancel(*, kind: str, confidential: bool, standing: Standing, by: Person, now: dt.datetime) -> int:
    """The messages of this kind that wait, or are in doubt, never go; how many those are.

    Not those a mail server is being given at this moment.
    """
    _check(standing, MAY_BE_CANCELLED)
    rows = Message.objects.filter(rows_standing(standing, now), kind=kind, confidential=confidential)
    return _cancel(rows, kind, standing, by, now)


def cancel_one(message: Message, *, by: Person, now: dt.datetime) -> int:
    """The same for one, where it still waits or is in doubt."""
    standing = standing_of(message, now)
    if standing not in MAY_BE_CANCELLED:
        return 0
    rows = Message.objects.filter(rows_standing(standing, now), pk=message.pk)
    return _cancel(rows, message.kind, standing, by, now)


def _check(standing: Standing, allowed: Sequence[Standing]) -> None:
    if standing not in allowed:
        raise ValueError(f"Nothing can be done by hand to what is {standing}.")


def _send_again(rows: MessageQuerySet, kind: str, standing: Standing, by: Person) -> int:
    with transaction.atomic():
        count = rows.to_send_again()
        if count:
            audit.record(by=by, action="mail.resent", kind=kind, state=standing.value, messages=count)
            wake_dispatcher()
    return count


def _cancel(rows: MessageQuerySet, kind: str, standing: Standing, by: Person, now: dt.datetime) -> int:
    rows = rows.exclude(state=State.SENDING)
    with transaction.atomic():
        # Those in doubt may have arrived: their day stays taken.
        holding = [] if standing is Standing.IN_DOUBT else list(rows.filter(slots__isnull=False))
        count = rows.update(state=State.CANCELLED, reason=Reason.BY_HAND, lease_until=None, digest=None)
        gone = {"state": State.CANCELLED, "reason": Reason.BY_HAND}
        slots.give_back(Message.objects.filter(pk__in=[message.pk for message in holding], **gone), now)
        if count:
            audit.record(by=by, action="mail.cancelled", kind=kind, state=standing.value, messages=count)
    return count
