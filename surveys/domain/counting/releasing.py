"""The one way to the figures of a wave (anonymity.md R8): every page, chart and export reads a ``Release``.

Of an anonymous wave it holds what was stored at the close and nothing else; of a wave by name the answers
are added up here, with no smallest group.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property, lru_cache

from django.db.models import Count, Q
from django.utils.translation import gettext as _

from common.nobody import name_shown
from surveys.domain.counting.atoms import Tree, went_into
from surveys.domain.results.reporting import Cell, CellRef, Reason, Withheld
from surveys.models import Answer, Atom, Comment, ReleasedCount, Wave
from surveys.questionnaire import Kind, Question, Questionnaire

# Stands for "not known" where a wave has a breakdown: an empty value means "not divided".
UNKNOWN_VALUE = "-"
TYPED_NUMBER = r"^-?[0-9]+$"


@dataclass(frozen=True)
class ReleasedGroup:
    """A group as it was at the launch."""

    code: int
    parent_code: int | None
    name: str
    depth: int
    team_id: int | None
    lead_id: int | None
    invited_count: int
    response_rate_words: str


@dataclass(frozen=True)
class ReleasedComment:
    """``id`` is random and serves HR to withhold the comment; it is not shown."""

    id: str
    group_code: int
    text: str


@dataclass(frozen=True)
class Release:
    """Everything that may be shown of a closed wave.

    ``homes`` are the pieces by question, home and breakdown value; see ``surveys.domain.counting.atoms``.
    """

    wave_id: int
    anonymous: bool
    released: bool
    closed: bool
    k: int
    breakdown: str
    asks_a_part: bool
    questionnaire: Questionnaire
    groups: tuple[ReleasedGroup, ...]
    _pieces: Mapping[str, Mapping[int, Mapping[str, _Piece]]] = field(repr=False)
    _comments: tuple[tuple[str, ReleasedComment], ...] = field(repr=False)

    @cached_property
    def tree(self) -> Tree:
        return Tree.of(self.groups)

    def group(self, code: int) -> ReleasedGroup:
        """KeyError where the wave has no such group."""
        return self._by_code[code]

    @cached_property
    def _by_code(self) -> dict[int, ReleasedGroup]:
        return {group.code: group for group in self.groups}

    def children(self, code: int) -> tuple[ReleasedGroup, ...]:
        return tuple(self._by_code[child] for child in self.tree.children[code])

    def question(self, key: str) -> Question:
        return self.questionnaire.item(key)

    def cell(self, question_key: str, group_code: int, breakdown_value: str = "") -> Cell | Withheld:
        """The figure, or why there is none. KeyError where the wave has no such question or group."""
        question, group = self.question(question_key), self.group(group_code)
        ref = CellRef(question_key, group_code, breakdown_value)
        if not self.released:
            return Withheld(ref, Reason.NOT_RELEASED if self.closed else Reason.NOT_YET)
        by_home = self._pieces.get(question_key, {})
        if breakdown_value and breakdown_value not in self.breakdown_values(question_key, group_code):
            return Withheld(ref, Reason.NOT_DIVIDED)
        pieces = [
            piece
            for home in self._within(group_code) & by_home.keys()
            for value, piece in by_home[home].items()
            if not breakdown_value or value == breakdown_value
        ]
        if not pieces:
            return self._withheld(ref, question, by_home)
        counts: dict[str, int] = dict.fromkeys(question.codes, 0)
        for piece in pieces:
            for option, n in piece.counts.items():
                counts[option] = counts.get(option, 0) + n
        return Cell(
            ref=ref,
            n=sum(piece.n for piece in pieces),
            counts=counts,
            population=None if breakdown_value or self.asks_a_part else group.invited_count,
            may_lack=None if group_code in by_home or not self.anonymous else self._went_into(ref, by_home),
            total=_total(pieces) if question.kind is Kind.NUMBER else None,
        )

    def breakdown_values(self, question_key: str, group_code: int) -> tuple[str, ...]:
        """Values the group's figure is shown by; none where one of its pieces could not be divided."""
        by_home = self._pieces.get(question_key, {})
        values = {value for home in self._within(group_code) & by_home.keys() for value in by_home[home]}
        return tuple(sorted(values)) if self.breakdown and "" not in values else ()

    def comments(self, question_key: str, group_code: int) -> tuple[ReleasedComment, ...]:
        """What was written in the group and below it, in an order that means nothing."""
        within = self._within(group_code)
        return tuple(
            comment for key, comment in self._comments if key == question_key and comment.group_code in within
        )

    def _withheld(self, ref: CellRef, question: Question, by_home: Mapping[int, object]) -> Withheld:
        if not self.anonymous:
            return Withheld(ref, Reason.NOBODY)
        into = self._went_into(ref, by_home)
        # Of a question everybody was shown it is only ever the number.
        on_a_condition = question.condition is not None and into is None
        return Withheld(ref, Reason.ONE_SIDED if on_a_condition else Reason.TOO_FEW, into)

    def _went_into(self, ref: CellRef, by_home: Mapping[int, object]) -> int | None:
        return went_into(self.tree, by_home.keys(), ref.group_code)

    def _within(self, code: int) -> frozenset[int]:
        cached = self._subtrees.get(code)
        if cached is None:
            cached = self._subtrees[code] = self.tree.within(code)
        return cached

    @cached_property
    def _subtrees(self) -> dict[int, frozenset[int]]:
        return {}


@dataclass
class _Piece:
    """``total`` and ``of`` are of a number in a wave by name: the sum of what was typed, by so many."""

    n: int = 0
    counts: dict[str, int] = field(default_factory=dict)
    total: int = 0
    of: int = 0


def _total(pieces: Sequence[_Piece]) -> int | None:
    """What was typed, added up; None where that is not known of all, as in an anonymous wave."""
    known = all(piece.of == piece.n for piece in pieces)
    return sum(piece.total for piece in pieces) if known else None


_Pieces = dict[str, dict[int, dict[str, _Piece]]]


def load_release(wave: Wave) -> Release:
    """The release of a launched wave. Before the close of an anonymous one it holds no figure.

    Four statements, or two where this process has read the same released wave before.
    """
    released = bool(wave.released) if wave.is_anonymous else True
    if not released:
        pieces: _Pieces = {}
    elif wave.is_anonymous:
        pieces = _released_pieces(wave.pk, wave.key_name)
    else:
        pieces = _named_pieces(wave)
    return Release(
        wave_id=wave.pk,
        anonymous=wave.is_anonymous,
        released=released,
        closed=wave.state == Wave.State.CLOSED,
        k=wave.k,
        breakdown=wave.breakdown,
        asks_a_part=wave.asks_a_part,
        questionnaire=wave.questionnaire,
        groups=_groups(wave),
        _pieces=pieces,
        _comments=_comments(wave) if released and wave.is_anonymous else (),
    )


def breakdown_label(value: str) -> str:
    return _("Not known") if value == UNKNOWN_VALUE else value


def _groups(wave: Wave) -> tuple[ReleasedGroup, ...]:
    rows = list(wave.groups.order_by("code"))
    tree = Tree.of(rows)
    return tuple(
        ReleasedGroup(
            code=row.code,
            parent_code=row.parent_code,
            name=name_shown(row.name),
            depth=tree.depth(row.code),
            team_id=row.team_id,
            lead_id=row.lead_id,
            invited_count=row.invited_count,
            response_rate_words=row.response_rate_words,
        )
        for row in rows
    )


@lru_cache(maxsize=4)
def _released_pieces(wave_id: int, key_name: str) -> _Pieces:
    """Kept in memory, for it never changes again; ``key_name`` tells the waves of two databases apart."""
    pieces: _Pieces = {}
    by_number: dict[tuple[str, int], _Piece] = {}
    rows = Atom.objects.filter(wave_id=wave_id).values_list(
        "question_key", "number", "home_code", "breakdown_value", "n"
    )
    for key, number, home, value, n in rows:
        piece = pieces.setdefault(key, {}).setdefault(home, {}).setdefault(value, _Piece())
        piece.n += n
        by_number[key, number] = piece
    counts = ReleasedCount.objects.filter(wave_id=wave_id).values_list(
        "question_key", "atom_number", "option", "n"
    )
    for key, number, option, n in counts:
        piece = by_number[key, number]
        piece.counts[option] = piece.counts.get(option, 0) + n
    return pieces


def _named_pieces(wave: Wave) -> _Pieces:
    """Answers of a wave by name, added up by the database: how many answered, and how many chose what."""
    pieces: _Pieces = {}
    by_group = ("question_key", "response__invitation__group_code", "response__invitation__breakdown_value")
    answers = Answer.objects.filter(response__wave=wave).exclude(Q(option="") & Q(text=""))

    def piece(key: str, home: int, value: str) -> _Piece:
        value = (value or UNKNOWN_VALUE) if wave.breakdown else ""
        return pieces.setdefault(key, {}).setdefault(home, {}).setdefault(value, _Piece())

    for key, home, value, n in answers.values_list(*by_group).annotate(n=Count("response", distinct=True)):
        piece(key, home, value).n += n
    chosen = answers.exclude(option="").values_list(*by_group, "option").annotate(n=Count("pk"))
    for key, home, value, option, n in chosen:
        counts = piece(key, home, value).counts
        counts[option] = counts.get(option, 0) + n
    numbers = [item.key for item in wave.questionnaire.items() if item.kind is Kind.NUMBER]
    typed = answers.filter(question_key__in=numbers, text__regex=TYPED_NUMBER) if numbers else answers.none()
    for key, home, value, text, n in typed.values_list(*by_group, "text").annotate(n=Count("pk")):
        found = piece(key, home, value)
        found.total += int(text) * n
        found.of += n
    return pieces


def _comments(wave: Wave) -> tuple[tuple[str, ReleasedComment], ...]:
    # The primary key is random, so its order says nothing and stays the same.
    rows = Comment.objects.filter(wave=wave, withheld=False).order_by("pk")
    return tuple((row.question_key, ReleasedComment(row.pk, row.group_code, row.text)) for row in rows)
