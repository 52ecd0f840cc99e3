"""What has changed since earlier waves, and lines over time, for the page of one group.

Every figure is a cell of the release of its wave, and is named with it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from django.utils.formats import date_format
from django.utils.timezone import localtime
from django.utils.translation import gettext as _

from surveys.domain.results.comparing_waves import EarlierWave, comparable
from surveys.domain.results.judging_change import Change, Point, changes, parts_of, point
from surveys.domain.results.reading import GroupPage, ReadQuestion, title_of
from surveys.domain.results.reporting import Cell
from surveys.models import Wave
from surveys.questionnaire import Kind, Question

# The most lines one chart can tell apart.
MOST_LINES = 5
_SPARK_WIDTH, _SPARK_HEIGHT, _SPARK_EDGE = 96, 24, 3


@dataclass(frozen=True)
class ItemChange:
    """An item beside the newest earlier wave that it may be compared with."""

    read: ReadQuestion
    earlier: EarlierWave
    changes: tuple[Change, ...]
    then_text: str = ""

    @property
    def cells(self) -> str:
        """Both cells a change follows from (R8): that of the earlier wave first."""
        key = self.read.question.key
        return f"{self.earlier.wave.pk}:{key}@{self.earlier.code}|{key}@{self.read.group.code}"

    @property
    def first(self) -> Change:
        return self.changes[0]


def changes_of(page: GroupPage, earlier: Sequence[EarlierWave]) -> list[ItemChange]:
    """Item by item, where there is something to put beside each other."""
    found = []
    for read in page.figures:
        change = _change_of(page, read, earlier)
        if change is not None:
            found.append(change)
    return found


def _change_of(page: GroupPage, read: ReadQuestion, earlier: Sequence[EarlierWave]) -> ItemChange | None:
    now = page.release.cell(read.question.key, page.group.code)
    if not isinstance(now, Cell):
        return None
    for one in earlier:
        then = _cell_of(page, read, one)
        if then is None:
            continue
        said = changes(read.question, then, now, anonymous=page.release.anonymous)
        if not said:
            return None
        return ItemChange(read, one, said, _reworded(page, read, one))
    return None


def _cell_of(page: GroupPage, read: ReadQuestion, earlier: EarlierWave) -> Cell | None:
    return earlier.cell(read.question.key) if _is_comparable(page, read, earlier) else None


def _is_comparable(page: GroupPage, read: ReadQuestion, earlier: EarlierWave) -> bool:
    then = earlier.item(read.question.key)
    return then is not None and comparable(
        read.question, page.release.questionnaire, then, earlier.questionnaire
    )


def _reworded(page: GroupPage, read: ReadQuestion, earlier: EarlierWave) -> str:
    """How it was asked then, where it or its answers were put in other words."""
    then, now = earlier.item(read.question.key), page.release.question(read.question.key)
    if then is None or (title_of(then), _answered_as(then)) == (title_of(now), _answered_as(now)):
        return ""
    if _answered_as(then) == _answered_as(now):
        return title_of(then)
    # Whoever turns a scale round would otherwise read "better" where it became worse.
    return f"{title_of(then)} ({_answered_as(then)})"


def _answered_as(item: Question) -> str:
    """What the answers of the same codes were called."""
    if item.options:
        return ", ".join(option.label for option in item.options)
    return f"{item.low_label} \N{EN DASH} {item.high_label}" if item.low_label or item.high_label else ""


# --- What stands out ----------------------------------------------------------------------------------------
@dataclass(frozen=True)
class Overview:
    """The change of the items as a whole."""

    items: Sequence[ItemChange]

    @cached_property
    def judged(self) -> list[tuple[ItemChange, Change]]:
        return [(item, change) for item in self.items for change in item.changes if change.verdict]

    @cached_property
    def changed(self) -> list[tuple[ItemChange, Change]]:
        """The largest first, as a share of what was possible."""
        found = [pair for pair in self.judged if pair[1].verdict is not None and pair[1].verdict.is_change]
        return sorted(found, key=lambda pair: -pair[1].size)

    @property
    def biggest(self) -> tuple[ItemChange, Change] | None:
        return self.changed[0] if self.changed else None

    @property
    def nothing_changed(self) -> bool:
        return bool(self.judged) and not self.changed

    @cached_property
    def waves(self) -> list[Wave]:
        """Compared with, newest first."""
        found = {item.earlier.wave.pk: item.earlier.wave for item in self.items}
        return sorted(found.values(), key=lambda wave: (wave.closes_at, wave.pk), reverse=True)


# --- Over time ----------------------------------------------------------------------------------------------
@dataclass(frozen=True)
class TrendRow:
    """One wave; points are None where it shows nothing. ``cell`` names where they come from."""

    wave: Wave
    cell: str
    by_part: list[tuple[str, Point | None]]

    @property
    def points(self) -> list[Point | None]:
        return [at for _part, at in self.by_part]

    @property
    def day(self) -> str:
        return date_format(localtime(self.wave.closes_at), "DATE_FORMAT")


@dataclass(frozen=True)
class Trend:
    """One item of one group over all comparable waves, oldest first.

    ``parts``: each figure that is followed, and its name.
    """

    read: ReadQuestion
    parts: list[tuple[str, str]]
    rows: list[TrendRow]

    @property
    def is_line(self) -> bool:
        return sum(any(row.points) for row in self.rows) > 1

    @cached_property
    def chart(self) -> dict[str, Any] | None:
        """For ``charts.js``; the first five answers of a question with more."""
        if not self.is_line:
            return None
        low, high = self.ends
        return {
            "kind": "line",
            "categories": [row.day for row in self.rows],
            "cells": [row.cell for row in self.rows],
            "min": low,
            "max": high,
            "inverse": self.read.is_place,
            "decimals": 1 if self.parts[0][0] == "mean" else 0,
            "series": [
                {"name": label, **_line([row.points[at] for row in self.rows])}
                for at, (_part, label) in enumerate(self.parts[:MOST_LINES])
            ],
        }

    @property
    def ends(self) -> tuple[int, int]:
        """Of the axis: the whole of what is possible."""
        part = self.parts[0][0]
        if part == "nps":
            return -100, 100
        if part == "mean":
            return self.read.question.low, self.read.question.high
        return 0, 100

    @cached_property
    def spark(self) -> list[str]:
        """Points of the first figure for SVG, a piece for each run of waves without a gap."""
        low, high = self.ends
        step = (_SPARK_WIDTH - 2 * _SPARK_EDGE) / max(len(self.rows) - 1, 1)
        pieces: list[list[str]] = [[]]
        for number, row in enumerate(self.rows):
            if row.points[0] is None:
                pieces.append([])
                continue
            share = (row.points[0].at - low) / (high - low)
            if self.read.is_place:
                share = 1 - share
            y = _SPARK_HEIGHT - _SPARK_EDGE - share * (_SPARK_HEIGHT - 2 * _SPARK_EDGE)
            pieces[-1].append(f"{_SPARK_EDGE + number * step:.1f},{y:.1f}")
        return [" ".join(piece) for piece in pieces if piece]

    @property
    def spark_end(self) -> list[str]:
        """Where the newest figure lies."""
        return self.spark[-1].rsplit(" ", 1)[-1].split(",")

    @property
    def spark_words(self) -> str:
        """The line as it is read out."""
        return ", ".join(
            _("%(day)s: %(figure)s")
            % {"day": row.day, "figure": row.points[0].words if row.points[0] else _("not shown")}
            for row in self.rows
        )


def _line(points: Sequence[Point | None]) -> dict[str, Any]:
    ends = [one.interval_at if one else None for one in points]
    line: dict[str, Any] = {"values": [one.at if one else None for one in points]}
    if any(ends):
        line["low"] = [pair[0] if pair else None for pair in ends]
        line["high"] = [pair[1] if pair else None for pair in ends]
    return line


def trend_of(page: GroupPage, wave: Wave, read: ReadQuestion, earlier: Sequence[EarlierWave]) -> Trend:
    parts = parts_of(read.question)
    if read.question.kind is Kind.RECOMMEND:
        parts = parts[:1]
    key = read.question.key
    rows = [
        TrendRow(
            one.wave, f"{one.wave.pk}:{key}@{one.code}", _points(page, read, parts, _cell_of(page, read, one))
        )
        for one in reversed(earlier)
        if _is_comparable(page, read, one)
    ]
    now = page.release.cell(key, page.group.code)
    points = _points(page, read, parts, now if isinstance(now, Cell) else None)
    return Trend(read, parts, [*rows, TrendRow(wave, f"{key}@{page.group.code}", points)])


def _points(
    page: GroupPage, read: ReadQuestion, parts: Sequence[tuple[str, str]], cell: Cell | None
) -> list[tuple[str, Point | None]]:
    anonymous = page.release.anonymous
    return [
        (part, point(read.question, cell, part, anonymous=anonymous) if cell else None)
        for part, _label in parts
    ]


def trends_of(page: GroupPage, wave: Wave, earlier: Sequence[EarlierWave]) -> dict[str, Trend]:
    """By item, where at least two waves show something."""
    found = {read.question.key: trend_of(page, wave, read, earlier) for read in page.figures}
    return {key: trend for key, trend in found.items() if trend.is_line}
