"""From open ballots to counts, once and for all (anonymity.md S3).

Lock order, everywhere: first the wave, then the invitation, then the ballot. A submit begins with
``wave_is_accepting``; a close begins with the wave's row lock. So a ballot handed in at the moment of the
close is counted or refused, and neither waits for the other in a ring.
"""

from __future__ import annotations

import datetime as dt
import logging
import secrets
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from django.db import connection, transaction
from django.db.models import CharField, F, QuerySet, Value
from django.db.models.functions import Cast, Concat

from common import audit
from common.one_by_one import one_by_one
from notifications.domain.cancelling import cancel_messages
from notifications.models import Message, MessageQuerySet, Notice, NoticeQuerySet
from people.models import Person
from surveys.domain.answering import sealing
from surveys.domain.answering.sealing import Ballot, KeyUnusable
from surveys.domain.counting import rating
from surveys.domain.counting.atoms import Atom as FormedAtom
from surveys.domain.counting.atoms import Side, Tree, form_atoms
from surveys.domain.counting.gating import Gate, SideName, beside, gates_of, given_to
from surveys.domain.counting.releasing import UNKNOWN_VALUE
from surveys.domain.mailing.reminding import INVITATION, SERIES
from surveys.models import Atom, Comment, Invitation, ReleasedCount, SealedBallot, Wave
from surveys.notice import COMMENTS_FROM
from surveys.questionnaire import Question

logger = logging.getLogger(__name__)

_ROWS_AT_ONCE = 1000

_ACCEPTING = "SELECT 1 FROM surveys_wave WHERE id = %s AND state = %s AND opens_at <= %s AND closes_at > %s"
_ACCEPTING_AND_LOCKED = f"{_ACCEPTING} FOR KEY SHARE"


def wave_is_accepting(wave_id: int, now: dt.datetime) -> bool:
    """Whether the wave takes answers; the first statement of a submit's transaction.

    If true it stays true until that transaction ends. On PostgreSQL the lock is FOR KEY SHARE: submits do
    not wait for each other, and the close, which locks FOR UPDATE, waits for them all; whoever waited for a
    close looks at the condition again. On SQLite the transaction is alone from its BEGIN on.
    """
    moment = connection.ops.adapt_datetimefield_value(now)
    with connection.cursor() as cursor:
        cursor.execute(
            _ACCEPTING_AND_LOCKED if connection.vendor == "postgresql" else _ACCEPTING,
            [wave_id, Wave.State.OPEN.value, moment, moment],
        )
        return cursor.fetchone() is not None


# --- Closing ------------------------------------------------------------------------------------------------
def close_due(now: dt.datetime) -> None:
    """Close every wave whose time has come, and finish what a killed worker left. Safe to repeat.

    A wave that cannot be closed holds up no other; its ballots stay, and the next call tries again.
    """
    due = Wave.objects.due_to_close(now).order_by("closes_at", "pk")

    def close_one(wave_id: int) -> None:
        try:
            close(wave_id=wave_id, now=now)
        except KeyUnusable as error:
            logger.error("Wave %s cannot be counted: %s", wave_id, error)
            Wave.objects.filter(pk=wave_id).update(key_usable=False)

    one_by_one(list(due.values_list("pk", flat=True)), close_one, failed="Wave %s cannot be counted")
    sealing.destroy_left_keys()


def close(*, wave_id: int, now: dt.datetime) -> None:
    """Close a wave whose closing time has passed; before it, and once it is closed, this does nothing.

    Shut first, in a short transaction, so that nobody waits at the door while ballots are opened. Raises
    KeyUnusable where the ballots cannot be opened; they stay as they are.
    """
    wave = _shut(wave_id, now)
    if wave is None:
        return
    try:
        tally = _open_ballots(wave)
    except KeyUnusable:
        # Somebody else counted in the meantime, and the key is rightly gone.
        if Wave.objects.filter(pk=wave_id, state=Wave.State.CLOSED).exists():
            return
        raise
    _finish(wave_id, tally, now)
    sealing.destroy_wave_key(wave)


def _shut(wave_id: int, now: dt.datetime) -> Wave | None:
    """No answer gets in from here on. The wave if its ballots are to be counted."""
    with transaction.atomic():
        wave = Wave.objects.select_for_update().due_to_close(now).filter(pk=wave_id).first()
        if wave is None:
            return None
        if not wave.is_anonymous:
            _close_named(wave, now)
            return None
        if wave.state == Wave.State.CLOSING:
            return wave
        if _answered(wave) < wave.k and wave.extension_days and not wave.extended:
            extend(wave, now)
            return None
        wave.state = Wave.State.CLOSING
        wave.save(update_fields=["state"])
        return wave


def _answered(wave: Wave) -> int:
    # Ballots rather than invitations: somebody erased meanwhile takes theirs along, and their ballot stays.
    return wave.ballots.count() if wave.is_anonymous else wave.invitations.filter(answered=True).count()


def extend(wave: Wave, now: dt.datetime, *, by: Person | None = None) -> None:
    """For everybody, once, as was announced before the first question. ``wave`` is locked by the caller."""
    days = dt.timedelta(days=wave.extension_days)
    before = wave.closes_at
    wave.closes_at = before + days if before + days > now else now + days
    wave.extended = True
    wave.state = Wave.State.OPEN
    wave.save(update_fields=["closes_at", "extended", "state"])
    move_end_of_mails(wave, before, now)
    audit.record(by=by, action="wave.extended", obj=wave, days=wave.extension_days)


def move_end_of_mails(wave: Wave, before: dt.datetime, now: dt.datetime) -> None:
    """What could go until the wave closed as it did ``before`` may go until it closes now.

    An invitation that came too late for that end, held back by a pause or another survey, is not any more.
    """
    moved = messages_of(wave).filter(not_after=before)
    too_late = moved.filter(kind=INVITATION, state=Message.State.EXPIRED, reason=Message.Reason.TOO_LATE)
    too_late.update(state=Message.State.PENDING, reason=Message.Reason.NONE, due=now)
    moved.update(not_after=wave.closes_at)
    notices_of(wave).filter(not_after=before).update(not_after=wave.closes_at)


def _close_named(wave: Wave, now: dt.datetime) -> None:
    wave.answered_count = _answered(wave)
    wave.released = True
    cancel_messages(messages_of(wave), now=now)
    notices_of(wave).delete()
    _mark_closed(wave, now)


def _mark_closed(wave: Wave, now: dt.datetime) -> None:
    rating.rate(wave, now)
    wave.state = Wave.State.CLOSED
    wave.closed_at = now
    wave.save(update_fields=["state", "closed_at", "released", "answered_count"])
    audit.record(by=None, action="wave.closed", obj=wave, released=wave.released)


def messages_of(wave: Wave) -> MessageQuerySet:
    """Every message to those the wave invited."""
    return Message.objects.filter(series__in=_series_of(wave))


def notices_of(wave: Wave) -> NoticeQuerySet:
    """The same in the portal."""
    return Notice.objects.filter(series__in=_series_of(wave))


def _series_of(wave: Wave) -> QuerySet[Invitation, Any]:
    series = Concat(Value(SERIES), Cast("pk", CharField()), output_field=CharField())
    return Invitation.objects.filter(wave=wave).values_list(series, flat=True)


# --- Counting -----------------------------------------------------------------------------------------------
# A group and a value of the breakdown.
Place = tuple[int, str]


@dataclass
class _ItemTally:
    """``options`` is by option, then by place; ``texts`` by group; ``sides`` of what a condition divides."""

    respondents: Counter[Place] = field(default_factory=Counter)
    options: dict[str, Counter[Place]] = field(default_factory=lambda: defaultdict(Counter))
    texts: list[tuple[int, str]] = field(default_factory=list)
    sides: dict[SideName, Counter[Place]] = field(default_factory=lambda: defaultdict(Counter))


@dataclass
class _Tally:
    """All ballots added up: no row of anybody is kept together, so 10,000 take no more memory than 100."""

    items: tuple[Question, ...]
    gates: Mapping[str, Gate]
    divided: bool
    ballots: int = 0
    of: dict[str, _ItemTally] = field(default_factory=lambda: defaultdict(_ItemTally))

    def add(self, ballot: Ballot) -> None:
        self.ballots += 1
        value = (ballot.breakdown_value or UNKNOWN_VALUE) if self.divided else ""
        place = (ballot.group_code, value)
        for item in self.items:
            given = given_to(item, ballot)
            gate = self.gates.get(item.key)
            if gate is not None:
                for side in gate.sides(ballot, answered=bool(given)):
                    self.of[item.key].sides[side][place] += 1
            if given:
                self._count(item, given, place)

    def _count(self, item: Question, given: tuple[str, ...], place: Place) -> None:
        tally = self.of[item.key]
        tally.respondents[place] += 1
        if item.kind.is_text:
            tally.texts.extend((place[0], text) for text in given)
        else:
            for option in given:
                tally.options[option][place] += 1


def _open_ballots(wave: Wave) -> _Tally | None:
    """None where fewer than k answered: then no ballot is opened at all."""
    if _answered(wave) < wave.k:
        return None
    questionnaire = wave.questionnaire
    tally = _Tally(tuple(questionnaire.items()), gates_of(questionnaire), bool(wave.breakdown))
    for ballot in sealing.open_all(wave):
        tally.add(ballot)
    return tally


def _finish(wave_id: int, tally: _Tally | None, now: dt.datetime) -> None:
    """Counts and comments instead of ballots, nothing left that says when or in which order: all or none."""
    with transaction.atomic():
        wave = Wave.objects.select_for_update().get(pk=wave_id)
        if wave.state != Wave.State.CLOSING:
            return
        wave.released = tally is not None and tally.ballots >= wave.k
        if tally is not None and wave.released:
            wave.answered_count = tally.ballots
            _publish(wave, tally)
        _delete_ballots(wave)
        _touch_invitations(wave)
        _forget_messages(wave)
        _mark_closed(wave, now)


def _publish(wave: Wave, tally: _Tally) -> None:
    tree = Tree(dict(wave.groups.values_list("code", "parent_code")))
    comments: list[Comment] = []
    # A condition looks at earlier questions only, so what a question hangs on is formed before it.
    formed: dict[str, list[FormedAtom]] = {}
    for item in tally.items:
        if item.key not in tally.of:
            continue
        counted = tally.of[item.key]
        formed[item.key] = atoms = _form(wave, item, tree, tally, formed)
        _write_atoms(wave, item, atoms)
        if item.kind.is_text:
            comments.extend(_comments(wave, item, atoms, counted))
        else:
            _publish_counts(wave, item, atoms, counted)
    secrets.SystemRandom().shuffle(comments)
    Comment.objects.bulk_create(comments, batch_size=_ROWS_AT_ONCE)


def _form(
    wave: Wave, item: Question, tree: Tree, tally: _Tally, formed: Mapping[str, list[FormedAtom]]
) -> list[FormedAtom]:
    """The pieces of one item. Comments are made into atoms too, of at least ten who wrote something, so that
    what a group shows beyond the groups below it is by ten as well; no attribute divides them.
    """
    counted, gate = tally.of[item.key], tally.gates.get(item.key)
    parents: list[list[FormedAtom]] = []
    sides: list[Side] = []
    if gate is not None:
        if not gate.parents:
            return []
        parents = [formed.get(parent.key, []) for parent in gate.parents]
        sides = [Side(counted.sides.get(name, Counter())) for name in gate.needed]
        sides += _sides_besides(gate, counted, _published(tally.gates, formed))
    return form_atoms(
        tree,
        counted.respondents,
        wave.k,
        divide=tally.divided and not item.kind.is_text,
        least=max(wave.k, COMMENTS_FROM) if item.kind.is_text else wave.k,
        parents=parents,
        sides=sides,
    )


def _published(gates: Mapping[str, Gate], formed: Mapping[str, list[FormedAtom]]) -> frozenset[str]:
    """Questions on a condition of which something is published."""
    return frozenset(gates[key].question_key for key, atoms in formed.items() if atoms and key in gates)


def _sides_besides(gate: Gate, counted: _ItemTally, published: frozenset[str]) -> Iterator[Side]:
    """What need not be, and is no few if it is.

    Where all who were shown one of two questions were shown the other, their numbers differ by those who were
    shown that one alone.
    """
    compared = {beside(other, shown=shown) for other in gate.beside for shown in (True, False)}
    for name, counts in counted.sides.items():
        if name not in compared:
            yield Side(counts, may_be_none=True)
    for other in published.intersection(gate.beside):
        here, there = (counted.sides.get(beside(other, shown=shown)) for shown in (True, False))
        if not (here and there):
            yield Side(here or there or {}, may_be_none=True)


def _publish_counts(wave: Wave, item: Question, atoms: list[FormedAtom], counted: _ItemTally) -> None:
    # An atom that is not divided holds every value of its members.
    number_of = {(member, atom.value): atom.number for atom in atoms for member in atom.members}
    by_atom: Counter[tuple[int, str]] = Counter()
    for option, places in counted.options.items():
        for (code, value), n in places.items():
            number = number_of.get((code, value)) or number_of.get((code, ""))
            if number is not None:
                by_atom[number, option] += n
    ReleasedCount.objects.bulk_create(
        [
            ReleasedCount(wave=wave, question_key=item.key, atom_number=number, option=option, n=n)
            for (number, option), n in sorted(by_atom.items())
        ],
        batch_size=_ROWS_AT_ONCE,
    )


def _comments(wave: Wave, item: Question, atoms: list[FormedAtom], counted: _ItemTally) -> Iterator[Comment]:
    """Comments with the group they are shown in; none where fewer than ten people commented altogether."""
    home_of = {member: atom.home for atom in atoms for member in atom.members}
    for code, text in counted.texts:
        if code in home_of:
            yield Comment(wave=wave, question_key=item.key, group_code=home_of[code], text=text)


def _write_atoms(wave: Wave, question: Question, atoms: Iterable[FormedAtom]) -> None:
    Atom.objects.bulk_create(
        [
            Atom(
                wave=wave,
                question_key=question.key,
                number=atom.number,
                home_code=atom.home,
                breakdown_value=atom.value,
                n=atom.n,
            )
            for atom in atoms
        ],
        batch_size=_ROWS_AT_ONCE,
    )


def _delete_ballots(wave: Wave) -> None:
    SealedBallot.objects.filter(wave=wave).delete()


def _touch_invitations(wave: Wave) -> None:
    """Every row gets the same transaction, so that PostgreSQL no longer knows which one answered when."""
    Invitation.objects.filter(wave=wave).update(answered=F("answered"))


def _forget_messages(wave: Wave) -> None:
    """anonymity.md P1."""
    messages_of(wave).delete()
    notices_of(wave).delete()
