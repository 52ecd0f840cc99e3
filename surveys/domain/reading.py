"""A results page: which groups somebody may open, and what stands on the page of one.

Everything here is arranged from a ``Release`` and worded by ``reporting``; nothing is counted.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from people.models import Person
from surveys.domain.releasing import Release, ReleasedComment, ReleasedGroup, breakdown_label
from surveys.domain.reporting import QuestionReport, Withheld, csv_rows, report, withheld_words
from surveys.questionnaire import Kind, Question

# Where a scale begins and ends on its line, in percent: room for half a dot on either side.
_LINE_STARTS, _LINE_LENGTH = 2, 96


def visible_codes(release: Release, person: Person) -> frozenset[int]:
    """Groups the person may open: HR all, leads (at the launch or today) theirs with everything below.

    Whoever may open the results of a wave by name is one of its readers and reads all.
    """
    everything = frozenset(group.code for group in release.groups)
    if not release.anonymous or person.is_hr:
        return everything
    mine = [
        group.code
        for group in release.groups
        if group.lead_id == person.pk or (group.team_id in person.led_team_ids)
    ]
    return frozenset[int]().union(*(release.tree.within(code) for code in mine))


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


def said_of(release: Release, question: Question, group_code: int, value: str = "") -> Said:
    cell = release.cell(question.key, group_code, value)
    label = breakdown_label(value) if value else question.text
    if isinstance(cell, Withheld):
        return Said(label, None, why_not=_why_not(release, cell))
    note = ""
    if cell.may_lack is not None:
        note = _("A few answers are counted in %(group)s instead.") % {
            "group": release.group(cell.may_lack).name
        }
    return Said(label, report(question, cell, anonymous=release.anonymous), note=note)


def _why_not(release: Release, cell: Withheld) -> str:
    into = release.group(cell.went_into).name if cell.went_into is not None else ""
    return withheld_words(cell, into)


@dataclass(frozen=True)
class ReadQuestion:
    """A question on the page of a group."""

    release: Release
    group: ReleasedGroup
    question: Question

    @cached_property
    def whole(self) -> Said:
        return said_of(self.release, self.question, self.group.code)

    @cached_property
    def parts(self) -> list[Said]:
        """By the wave's breakdown, where the group's figure may be divided."""
        values = self.release.breakdown_values(self.question.key, self.group.code)
        return [said_of(self.release, self.question, self.group.code, value) for value in values]

    @cached_property
    def comments(self) -> tuple[ReleasedComment, ...]:
        return self.release.comments(self.question.key, self.group.code)

    @property
    def is_text(self) -> bool:
        return self.question.kind.is_text

    @property
    def is_recommend(self) -> bool:
        return self.question.kind is Kind.RECOMMEND


@dataclass(frozen=True)
class Dot:
    """A mean on its line; places are percent of the line's width, as SVG wants them."""

    read: ReadQuestion
    at: str = ""
    low: str = ""
    high: str = ""

    @property
    def said(self) -> QuestionReport | None:
        return self.read.whole.said


@dataclass(frozen=True)
class DotPlot:
    """Questions of one scale below each other."""

    low: int
    high: int
    dots: tuple[Dot, ...]

    @property
    def ticks(self) -> list[tuple[str, int]]:
        return [(_place(value, self.low, self.high), value) for value in range(self.low, self.high + 1)]

    @property
    def low_label(self) -> str:
        return self._shared("low_label")

    @property
    def high_label(self) -> str:
        return self._shared("high_label")

    @property
    def with_interval(self) -> bool:
        return any(dot.low for dot in self.dots)

    def _shared(self, name: str) -> str:
        labels = {getattr(dot.read.question, name) for dot in self.dots}
        return str(labels.pop()) if len(labels) == 1 else ""


def _place(value: float, low: int, high: int) -> str:
    return f"{_LINE_STARTS + _LINE_LENGTH * (value - low) / (high - low):.1f}%"


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
    def questions(self) -> list[ReadQuestion]:
        return [
            ReadQuestion(self.release, self.group, question)
            for question in self.release.questionnaire.items()
        ]

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
        """Numeric questions by scale, each scale where its first question stands."""
        by_scale: dict[tuple[int, int], list[Dot]] = {}
        for read in self.figures:
            if read.question.kind.is_numeric:
                scale = (read.question.low, read.question.high)
                by_scale.setdefault(scale, []).append(_dot(read))
        return [DotPlot(low, high, tuple(dots)) for (low, high), dots in by_scale.items()]

    @cached_property
    def ends(self) -> tuple[ReadQuestion, ReadQuestion] | None:
        """Lowest and highest of the largest scale, where they differ by what is said of them."""
        plots = sorted(self.dot_plots, key=lambda plot: -sum(bool(dot.at) for dot in plot.dots))
        means = [
            (dot.said.mean_at, dot.read)
            for dot in (plots[0].dots if plots else ())
            if dot.said is not None and dot.said.mean_at is not None
        ]
        if len(means) < 2:
            return None
        lowest, highest = min(means, key=_first), max(means, key=_first)
        return (lowest[1], highest[1]) if lowest[0] < highest[0] else None

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


def _dot(read: ReadQuestion) -> Dot:
    said, question = read.whole.said, read.question
    if said is None or said.mean_at is None:
        return Dot(read)
    at = _place(said.mean_at, question.low, question.high)
    if said.interval_at is None:
        return Dot(read, at)
    low, high = (_place(end, question.low, question.high) for end in said.interval_at)
    return Dot(read, at, low, high)


def team_chart(question: Question, rows: Sequence[TeamRow]) -> dict[str, Any] | None:
    """Means of the groups for ``charts.js``, as exact as their words; None where there is little to compare.

    Groups that show nothing stay as gaps. ``cells`` names where each number comes from (R8).
    """
    means = [row.cell.said.mean_at if row.cell.said else None for row in rows]
    if sum(mean is not None for mean in means) < 2:
        return None
    ends = [row.cell.said.interval_at if row.cell.said else None for row in rows]
    return {
        "kind": "bar",
        "categories": [row.group.name for row in rows],
        "cells": [f"{question.key}@{row.group.code}" for row in rows],
        "min": question.low,
        "max": question.high,
        "decimals": 1,
        "series": [
            {
                "name": _("Mean"),
                "values": means,
                "low": [pair[0] if pair else None for pair in ends],
                "high": [pair[1] if pair else None for pair in ends],
            }
        ],
    }


# --- Export -------------------------------------------------------------------------------------------------
def export_header() -> tuple[str, ...]:
    return (
        pgettext("in a file", "group"),
        pgettext("in a file", "question"),
        pgettext("in a file", "part"),
        pgettext("in a file", "figure"),
        pgettext("in a file", "answer"),
        pgettext("in a file", "value"),
        pgettext("in a file", "cell"),
    )


def export_rows(page: GroupPage) -> Iterator[tuple[str, ...]]:
    """Every figure of the group and of those directly below it, each with the name of its cell."""
    release = page.release
    for group in (page.group, *page.below):
        for question in release.questionnaire.items():
            values = ("", *release.breakdown_values(question.key, group.code))
            for value in values:
                yield from _export_cell(release, question, group, value)


def _export_cell(
    release: Release, question: Question, group: ReleasedGroup, value: str
) -> Iterator[tuple[str, ...]]:
    cell = release.cell(question.key, group.code, value)
    place = (group.name, question.text, breakdown_label(value) if value else "")
    if isinstance(cell, Withheld):
        yield (*place, pgettext("in a file", "not shown"), "", _why_not(release, cell), str(cell.ref))
        return
    for figure, answer, said in csv_rows(question, cell, anonymous=release.anonymous):
        yield (*place, figure, answer, said, str(cell.ref))
