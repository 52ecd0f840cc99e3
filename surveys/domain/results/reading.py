"""A results page: which groups somebody may open, and what stands on the page of one.

Everything here is arranged from a ``Release`` and worded by ``reporting``; nothing is counted.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Protocol

from django.utils.translation import get_language, pgettext
from django.utils.translation import gettext as _

from people.models import Person
from surveys import piping
from surveys.domain.building import conditioning
from surveys.domain.counting.atoms import Tree
from surveys.domain.counting.releasing import Release, ReleasedComment, ReleasedGroup, breakdown_label
from surveys.domain.results.picturing import DotPlot, dot_plots
from surveys.domain.results.reporting import QuestionReport, Withheld, report, withheld_words
from surveys.questionnaire import OTHER, Kind, Question, Questionnaire, item_key

# A mean by where it lies on its scale, in thirds: the heat of a cell says its word.
_LOW_END, _HIGH_START = 1 / 3, 2 / 3


class _Led(Protocol):
    """A group of a wave, stored or released."""

    @property
    def code(self) -> int: ...
    @property
    def lead_id(self) -> int | None: ...
    @property
    def team_id(self) -> int | None: ...


def visible_codes(release: Release, person: Person) -> frozenset[int]:
    """Groups the person may open."""
    return open_codes(release.groups, release.tree, anonymous=release.anonymous, person=person)


def open_codes(groups: Iterable[_Led], tree: Tree, *, anonymous: bool, person: Person) -> frozenset[int]:
    """HR all, leads (at the launch or today) theirs with everything below.

    Whoever may open the results of a wave by name is one of its readers and reads all.
    """
    if not anonymous or person.is_hr:
        return frozenset(tree.parents)
    mine = [
        group.code for group in groups if group.lead_id == person.pk or (group.team_id in person.led_team_ids)
    ]
    return frozenset[int]().union(*(tree.within(code) for code in mine))


def topmost(release: Release, visible: frozenset[int]) -> list[ReleasedGroup]:
    """Where somebody begins: groups they may open whose parent they may not."""
    return [group for group in release.groups if group.code in visible and group.parent_code not in visible]


@dataclass(frozen=True)
class Said:
    """One cell on the page: its report, or the words why there is none."""

    label: str
    said: QuestionReport | None
    why_not: str = ""
    note: str = ""

    @property
    def heat(self) -> int:
        """1 to 3 by where the published mean lies on its scale; 0 where there is none, and of places."""
        if self.said is None or self.said.mean_at is None or self.said.question.kind is Kind.PLACE:
            return 0
        question = self.said.question
        share = (self.said.mean_at - question.low) / (question.high - question.low)
        return 1 + (share >= _LOW_END) + (share >= _HIGH_START)

    @property
    def heat_words(self) -> str:
        return {
            1: pgettext("third of a scale", "low"),
            2: pgettext("third of a scale", "middle"),
            3: pgettext("third of a scale", "high"),
        }.get(self.heat, "")


def said_of(release: Release, question: Question, group_code: int, value: str = "") -> Said:
    """``question`` is an item, in the words it is to be read in."""
    cell = release.cell(question.key, group_code, value)
    label = breakdown_label(value) if value else question.text
    if isinstance(cell, Withheld):
        return Said(label, None, why_not=why_not(release, cell))
    note = ""
    if cell.may_lack is not None:
        note = _("A few answers are counted in %(group)s instead.") % {
            "group": release.group(cell.may_lack).name
        }
    return Said(label, report(question, cell, anonymous=release.anonymous), note=note)


def why_not(release: Release, cell: Withheld) -> str:
    into = release.group(cell.went_into).name if cell.went_into is not None else ""
    return withheld_words(cell, into)


def plain_words(text: str) -> str:
    """A question as it reads to those who did not answer it: what was put in of an answer is left open."""
    return piping.fill(text, {})


def title_of(item: Question) -> str:
    """The words of an item where it stands without its question."""
    if item.part:
        return f"{plain_words(item.text)} \N{EN DASH} {item.part}"
    return plain_words(item.text)


@dataclass(frozen=True)
class ReadQuestion:
    """An item on the page of a group."""

    release: Release
    group: ReleasedGroup
    question: Question

    @cached_property
    def whole(self) -> Said:
        return said_of(self.release, self.question, self.group.code)

    @cached_property
    def values(self) -> tuple[str, ...]:
        """Of the wave's breakdown, where the group's figure may be divided."""
        return self.release.breakdown_values(self.question.key, self.group.code)

    @cached_property
    def parts(self) -> list[Said]:
        return [self.part_of(value) for value in self.values]

    def part_of(self, value: str) -> Said:
        return said_of(self.release, self.question, self.group.code, value)

    @cached_property
    def comments(self) -> tuple[ReleasedComment, ...]:
        return self.release.comments(self.question.key, self.group.code)

    @property
    def title(self) -> str:
        return title_of(self.question)

    @property
    def label(self) -> str:
        """Below its question."""
        return self.question.part or plain_words(self.question.text)

    @property
    def is_text(self) -> bool:
        return self.question.kind.is_text

    @property
    def is_other(self) -> bool:
        """The words of those who chose "other"."""
        return bool(self.question.of) and self.question.key == item_key(self.question.of, OTHER)

    @property
    def is_recommend(self) -> bool:
        return self.question.kind is Kind.RECOMMEND

    @property
    def is_place(self) -> bool:
        return self.question.kind is Kind.PLACE


@dataclass(frozen=True)
class Block:
    """A question with all that is counted of it."""

    question: Question
    reads: tuple[ReadQuestion, ...]
    condition_words: str = ""

    @property
    def title(self) -> str:
        return plain_words(self.question.text)

    @property
    def is_matrix(self) -> bool:
        return self.question.kind is Kind.MATRIX

    @property
    def is_ranking(self) -> bool:
        return self.question.kind is Kind.RANKING

    @property
    def is_banded(self) -> bool:
        return self.question.kind.is_banded

    @cached_property
    def plots(self) -> list[DotPlot]:
        """Of a matrix with a scale: its rows."""
        return dot_plots(self.reads) if self.is_matrix else []

    @cached_property
    def columns(self) -> list[str]:
        """Of a matrix whose rows show each answer: the answers, in words."""
        shown = [said.distribution for read in self.reads if (said := read.whole.said) and said.distribution]
        return [share.label for share in shown[0]] if shown else []

    @cached_property
    def in_order(self) -> list[ReadQuestion]:
        """Of a ranking: what was put first on average stands first; what shows nothing last."""
        return sorted(self.reads, key=_mean_place)


def _mean_place(read: ReadQuestion) -> float:
    said = read.whole.said
    return said.mean_at if said is not None and said.mean_at is not None else float("inf")


@dataclass(frozen=True)
class TeamRow:
    group: ReleasedGroup
    cell: Said


@dataclass(frozen=True)
class GroupPage:
    """What one viewer reads about one group."""

    release: Release
    group: ReleasedGroup
    visible: frozenset[int]

    @cached_property
    def questionnaire(self) -> Questionnaire:
        """In the reader's language, as far as it was translated."""
        return self.release.questionnaire.in_language(get_language() or "")

    @cached_property
    def questions(self) -> list[ReadQuestion]:
        return [self.read(item) for item in self.questionnaire.items()]

    def read(self, item: Question) -> ReadQuestion:
        return ReadQuestion(self.release, self.group, item)

    @cached_property
    def blocks(self) -> list[Block]:
        """What is counted, question by question."""
        by_question: dict[str, list[ReadQuestion]] = {}
        for read in self.figures:
            by_question.setdefault(read.question.of or read.question.key, []).append(read)
        return [
            Block(question, tuple(by_question[question.key]), self.condition_words(question))
            for question in self.questionnaire.questions()
            if question.key in by_question
        ]

    def condition_words(self, question: Question) -> str:
        if question.condition is None:
            return ""
        return conditioning.in_words(question.condition, self.questionnaire)

    @cached_property
    def figures(self) -> list[ReadQuestion]:
        return [read for read in self.questions if not read.is_text]

    @cached_property
    def texts(self) -> list[ReadQuestion]:
        return [read for read in self.questions if read.is_text]

    @property
    def has_comments(self) -> bool:
        return any(read.comments for read in self.texts)

    @property
    def shown(self) -> int:
        return sum(read.whole.said is not None for read in self.figures)

    @cached_property
    def recommend(self) -> ReadQuestion | None:
        """The first recommendation question, whose NPS stands at the top."""
        return next((read for read in self.figures if read.is_recommend), None)

    @cached_property
    def dot_plots(self) -> list[DotPlot]:
        """Questions of one scale; rows of a matrix stand with their question, and so do places."""
        return dot_plots([read for read in self.figures if not read.question.of])

    @cached_property
    def ends(self) -> tuple[ReadQuestion, ReadQuestion] | None:
        """Lowest and highest of the largest scale, where they differ by what is said of them."""
        by_scale: dict[tuple[int, int], list[tuple[float, ReadQuestion]]] = {}
        for read in self.figures:
            said = read.whole.said
            if said is not None and said.mean_at is not None and not read.is_place:
                scale = (read.question.low, read.question.high)
                by_scale.setdefault(scale, []).append((said.mean_at, read))
        means = max(by_scale.values(), key=len, default=[])
        if len(means) < 2:
            return None
        lowest, highest = min(means, key=_first), max(means, key=_first)
        return (lowest[1], highest[1]) if lowest[0] < highest[0] else None

    # --- By the wave's breakdown ---
    @cached_property
    def divided(self) -> list[ReadQuestion]:
        """Scales whose figure is shown by the values of the breakdown."""
        return [read for read in self.figures if read.question.kind.is_numeric and read.values]

    @cached_property
    def not_divided(self) -> list[ReadQuestion]:
        """Scales that would be too small by value; none where the wave has no breakdown."""
        if not self.release.breakdown:
            return []
        return [
            read
            for read in self.figures
            if read.question.kind.is_numeric and read.whole.said and not read.values
        ]

    @cached_property
    def heat_values(self) -> list[tuple[str, str]]:
        """Values of the breakdown that occur, each with its words."""
        values = sorted({value for read in self.divided for value in read.values})
        return [(value, breakdown_label(value)) for value in values]

    @cached_property
    def heat_rows(self) -> list[tuple[ReadQuestion, list[Said]]]:
        """Items with a cell of each value."""
        return [(read, [read.part_of(value) for value, _label in self.heat_values]) for read in self.divided]

    # --- The groups below ---
    @cached_property
    def below(self) -> list[ReleasedGroup]:
        return [group for group in self.release.children(self.group.code) if group.code in self.visible]

    @cached_property
    def path(self) -> list[ReleasedGroup]:
        """The groups above that the viewer may open, topmost first."""
        found: list[ReleasedGroup] = []
        code = self.group.parent_code
        while code is not None and code in self.visible:
            found.append(self.release.group(code))
            code = found[-1].parent_code
        return found[::-1]

    def team_rows(self, question: Question) -> list[TeamRow]:
        return [TeamRow(group, said_of(self.release, question, group.code)) for group in self.below]


def _first(pair: tuple[float, ReadQuestion]) -> float:
    return pair[0]


# --- Comments -----------------------------------------------------------------------------------------------
@dataclass(frozen=True)
class ReadComments:
    """The comments on a page that hold every word looked for."""

    read: ReadQuestion
    comments: Sequence[ReleasedComment]
    condition_words: str = ""


def comments_with(page: GroupPage, words: str) -> list[ReadComments]:
    """Only among what the page shows anyway, so that looking for a word tells nothing more."""
    wanted = words.casefold().split()
    return [
        ReadComments(
            read,
            [comment for comment in read.comments if all(word in comment.text.casefold() for word in wanted)],
            page.condition_words(read.question),
        )
        for read in page.texts
    ]
