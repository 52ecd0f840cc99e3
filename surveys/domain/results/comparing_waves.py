"""Which earlier waves a wave may be compared with, and what they published.

Comparable is an earlier closed wave (an anonymous one only where it was released) with the same mode, the
same kind of audience and the same person or people it is about, of a survey that shares an item. An item is
compared where its key, its answers and its condition are the same. A group is compared with the group of
the same team, organisation and person, or the whole audience with the whole audience where those asked were
chosen alike; and only where the viewer may open that group. A team is other people of it where those asked
have something else in common, or the teams below count in one wave and not in the other.

Figures are added up by the database over the pieces of one group, so that twelve waves of thousands of people
cost a dozen small answers; they equal what ``load_release`` says of the same cell.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property, lru_cache

from django.db.models import Count, Exists, OuterRef, Q, QuerySet, Sum

from people.models import Person
from surveys.domain.counting.atoms import Tree
from surveys.domain.results.reading import open_codes
from surveys.domain.results.reporting import Cell, CellRef
from surveys.models import Answer, Atom, Question, ReleasedCount, Wave, WaveGroup
from surveys.questionnaire import Kind, Questionnaire
from surveys.questionnaire import Question as Asked

# As far as a line over time reaches back, the wave itself included.
MOST_WAVES = 12


@dataclass(frozen=True)
class EarlierWave:
    """An earlier wave as far as one group of it goes; ``code`` is that group's there."""

    wave: Wave
    group: WaveGroup
    within: frozenset[int]

    @property
    def code(self) -> int:
        return self.group.code

    @cached_property
    def questionnaire(self) -> Questionnaire:
        return self.wave.questionnaire

    @cached_property
    def _items(self) -> dict[str, Asked]:
        return {item.key: item for item in self.questionnaire.items()}

    def item(self, key: str) -> Asked | None:
        return self._items.get(key)

    def cell(self, key: str) -> Cell | None:
        """What the release says of the group, or None."""
        n, counts = self._counts.get(key, (0, {}))
        if not n:
            return None
        return Cell(
            ref=CellRef(key, self.code),
            n=n,
            counts={**dict.fromkeys(self._items[key].codes, 0), **counts},
            population=None if self.wave.asks_a_part else self.group.invited_count,
        )

    @cached_property
    def _counts(self) -> _Counts:
        if not self.wave.is_anonymous:
            return _named_counts(self.wave.pk, self.within)
        return _released_counts(self.wave.pk, self.wave.key_name, None if self._is_whole else self.within)

    @property
    def _is_whole(self) -> bool:
        return self.group.parent_code is None


def earlier_waves(wave: Wave, code: int, *, viewer: Person) -> list[EarlierWave]:
    """Newest first; two statements, whatever there is, and those that count what is not kept in memory."""
    candidates = list(_candidates(wave, viewer)[: MOST_WAVES - 1])
    groups: dict[int, list[WaveGroup]] = defaultdict(list)
    for group in WaveGroup.objects.filter(wave__in=[wave, *candidates]):
        groups[group.wave_id].append(group)
    found = []
    for earlier in candidates:
        there = _matching(wave, groups[wave.pk], code, earlier, groups[earlier.pk])
        if there is None:
            continue
        tree = Tree.of(groups[earlier.pk])
        visible = open_codes(groups[earlier.pk], tree, anonymous=earlier.is_anonymous, person=viewer)
        if there.code in visible:
            found.append(EarlierWave(earlier, there, tree.within(there.code)))
    return found


def _candidates(wave: Wave, viewer: Person) -> QuerySet[Wave]:
    keys = {question.key for question in wave.questionnaire.questions()}
    sharing = Question.objects.filter(key__in=keys).values("section__survey")
    return (
        Wave.objects.results_visible_to(viewer)
        .planned()
        .frozen()
        .filter(
            Q(survey=wave.survey_id) | Q(survey__in=sharing),
            state=Wave.State.CLOSED,
            released=True,
            mode=wave.mode,
            audience=wave.audience,
            about=wave.about,
            subject=wave.subject_id,
            closes_at__lt=wave.closes_at,
        )
        .order_by("-closes_at", "-pk")
    )


# --- Groups -------------------------------------------------------------------------------------------------
def _matching(
    wave: Wave, ours: list[WaveGroup], code: int, earlier: Wave, theirs: list[WaveGroup]
) -> WaveGroup | None:
    if not _chosen_alike(wave, earlier):
        return None
    mine = next(group for group in ours if group.code == code)
    if mine.parent_code is None:
        whole = next(group for group in theirs if group.parent_code is None)
        return whole if _asked_alike(wave, ours, theirs) else None
    place = _place(mine)
    if not any(place):
        return None
    same = [group for group in theirs if group.parent_code is not None and _place(group) == place]
    return same[0] if len(same) == 1 else None


def _place(group: WaveGroup) -> tuple[int | None, ...]:
    return group.team_id, group.organisation_id, group.subject_id


def _chosen_alike(wave: Wave, earlier: Wave) -> bool:
    """Whether the same team means the same people of it: with what in common, and with the teams below."""
    if wave.audience == Wave.Audience.TEAMS:
        return wave.with_teams_below == earlier.with_teams_below
    chosen = [(one.audience_by, sorted(one.audience_values)) for one in (wave, earlier)]
    return wave.audience != Wave.Audience.ATTRIBUTE or chosen[0] == chosen[1]


def _asked_alike(wave: Wave, ours: list[WaveGroup], theirs: list[WaveGroup]) -> bool:
    """Whether the whole audiences were chosen alike; a kind of audience alone would compare any two teams."""
    if wave.audience in {Wave.Audience.EVERYONE, Wave.Audience.ATTRIBUTE}:
        return True
    tops = [
        Counter(_place(group) for group in groups if group.parent_code is None or _is_top(group, groups))
        for groups in (ours, theirs)
    ]
    return tops[0] == tops[1]


def _is_top(group: WaveGroup, groups: list[WaveGroup]) -> bool:
    root = next(one for one in groups if one.parent_code is None)
    return group.parent_code == root.code


# --- Items --------------------------------------------------------------------------------------------------
def comparable(now: Asked, questionnaire: Questionnaire, then: Asked, earlier: Questionnaire) -> bool:
    """Whether it is the same question with the same answers, put to the same people among those asked."""
    same = (now.key, now.kind, now.codes, now.condition) == (then.key, then.kind, then.codes, then.condition)
    if not same or now.kind is not Kind.PLACE:
        return same
    # A place among other things is another place.
    orders = [
        {option.code for option in one.question(item.of).options}
        for one, item in ((questionnaire, now), (earlier, then))
    ]
    return orders[0] == orders[1]


# --- Figures ------------------------------------------------------------------------------------------------
# By item: how many answered, and how many chose each option.
_Counts = Mapping[str, tuple[int, Mapping[str, int]]]


@lru_cache(maxsize=512)
def _released_counts(wave_id: int, key_name: str, within: frozenset[int] | None) -> _Counts:
    """Kept in memory, for they never change again; ``key_name`` tells the waves of two databases apart."""
    atoms = Atom.objects.filter(wave=wave_id)
    chosen = ReleasedCount.objects.filter(wave=wave_id)
    if within is not None:
        atoms = atoms.filter(home_code__in=within)
        of_atom = atoms.filter(question_key=OuterRef("question_key"), number=OuterRef("atom_number"))
        chosen = chosen.filter(Exists(of_atom))
    answered = dict(atoms.values_list("question_key").annotate(Sum("n")).order_by("question_key"))
    counts = chosen.values_list("question_key", "option").annotate(Sum("n")).order_by("question_key")
    return _put_together(answered, counts)


def _named_counts(wave_id: int, within: frozenset[int]) -> _Counts:
    answers = Answer.objects.filter(
        response__wave=wave_id, response__invitation__group_code__in=within
    ).exclude(option="", text="")
    by_item = answers.values_list("question_key").annotate(Count("response", distinct=True))
    chosen = answers.exclude(option="").values_list("question_key", "option").annotate(Count("pk"))
    return _put_together(dict(by_item.order_by("question_key")), chosen.order_by("question_key"))


def _put_together(answered: Mapping[str, int], chosen: Iterable[tuple[str, str, int]]) -> _Counts:
    options: dict[str, dict[str, int]] = defaultdict(dict)
    for key, option, n in chosen:
        options[key][option] = n
    return {key: (n, options[key]) for key, n in answered.items()}
