"""Pictures of figures, as exact as the words: dots on a line in the page, and data for ``charts.js``."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.utils.translation import gettext as _

from surveys.domain.results.reporting import QuestionReport
from surveys.questionnaire import Question

if TYPE_CHECKING:
    from surveys.domain.results.reading import ReadQuestion, TeamRow

# Where a scale begins and ends on its line, in percent: room for half a dot on either side.
_LINE_STARTS, _LINE_LENGTH = 2, 96


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
    """Items of one scale below each other."""

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


def dot_plots(reads: Sequence[ReadQuestion]) -> list[DotPlot]:
    """Numeric items by scale, each scale where its first item stands."""
    by_scale: dict[tuple[int, int], list[Dot]] = {}
    for read in reads:
        if read.question.kind.is_numeric:
            scale = (read.question.low, read.question.high)
            by_scale.setdefault(scale, []).append(_dot(read))
    return [DotPlot(low, high, tuple(dots)) for (low, high), dots in by_scale.items()]


def _place(value: float, low: int, high: int) -> str:
    return f"{_LINE_STARTS + _LINE_LENGTH * (value - low) / max(high - low, 1):.1f}%"


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
    """Means of the groups for ``charts.js``; None where there is little to compare.

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
