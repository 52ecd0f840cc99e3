"""Rows by field, cleaned: what remains of a file once its columns are known."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from common.importing.grid import CSV, Grid
from common.importing.problems import Problem
from common.importing.sheet import NO_RESULT
from common.importing.tidying import tidied_words, tidy

# What spreadsheets show in place of a result, in English and German.
_ERRORS = frozenset(
    "#REF! #N/A #DIV/0! #NAME? #VALUE! #NULL! #NUM! #BEZUG! #NV #WERT! #ZAHL! #SPILL! #ÜBERLAUF!".split()
)


@dataclass(frozen=True, slots=True)
class Row:
    """A row by field, cleaned; only fields whose column is in the file."""

    number: int
    cells: dict[str, str]


@dataclass
class Table:
    """``headings`` tells which column of the file became which field."""

    headings: dict[str, str]
    unused: list[str]
    rows: list[Row] = field(default_factory=list)
    errors: list[Problem] = field(default_factory=list)
    warnings: list[Problem] = field(default_factory=list)


def table_of(grid: Grid, mapping: Sequence[str]) -> Table:
    """Each row by field; ``mapping`` gives the field of each column, "" where it is not used."""
    table = Table(headings={}, unused=[], errors=list(grid.errors), warnings=list(grid.warnings))
    for heading, name in zip(grid.headings, mapping, strict=True):
        if name:
            table.headings[name] = tidy(heading) or _("(no heading)")
        elif heading:
            table.unused.append(tidy(heading))
    if table.unused:
        table.warnings.append(Problem(grid.found.heading_row, "", _unused_words(table.unused)))
    builder = _Builder(table, mapping, grid.width, may_be_short=grid.found.kind != CSV)
    for number, cells in grid.lines:
        builder.add(number, cells)
    return table


class _Builder:
    def __init__(self, table: Table, mapping: Sequence[str], width: int, *, may_be_short: bool) -> None:
        self.table = table
        self.width = width
        # A sheet ends each row with its last filled cell.
        self.may_be_short = may_be_short
        self.used = [(place, name) for place, name in enumerate(mapping) if name]

    def add(self, number: int, cells: list[str]) -> None:
        if len(cells) != self.width and not self._fits(number, cells):
            return
        row: dict[str, str] = {}
        for place, name in self.used:
            raw = cells[place] if place < len(cells) else ""
            # Most cells are as clean as they can be, and comparing is quicker than cleaning.
            clean = raw if raw.isascii() and raw.isprintable() and "  " not in raw else tidy(raw)
            clean = clean.strip()
            row[name] = clean
            if clean != raw:
                self._warn(number, name, tidied_words(raw, clean))
            if clean[:1] == "#":
                row[name] = self._without_error(number, name, clean)
        self.table.rows.append(Row(number, row))

    def _fits(self, number: int, cells: list[str]) -> bool:
        if (len(cells) >= self.width or self.may_be_short) and not any(
            cell.strip() for cell in cells[self.width :]
        ):
            return True
        message = _("This row has %(cells)s cells, the first row has %(columns)s.")
        words = message % {"cells": len(cells), "columns": self.width}
        self.table.errors.append(Problem(number, "", words))
        return False

    def _without_error(self, number: int, name: str, text: str) -> str:
        if text == NO_RESULT:
            words = _("This formula has no result yet. Open the file in a spreadsheet and save it again.")
        elif text.upper() in _ERRORS:
            words = _("This cell shows the error %(error)s in place of a value.") % {"error": text}
        else:
            return text
        self.table.errors.append(Problem(number, self.table.headings[name], words))
        return ""

    def _warn(self, number: int, name: str, words: str) -> None:
        self.table.warnings.append(Problem(number, self.table.headings[name], words))


def short(text: str, longest: int = 40) -> str:
    return text if len(text) <= longest else f"{text[:longest]}…"


def _unused_words(headings: Sequence[str], shown: int = 8) -> str:
    more = len(headings) - shown
    listed = ", ".join(f"“{short(heading)}”" for heading in headings[:shown])
    if more > 0:
        listed += " " + ngettext("and %(n)s more", "and %(n)s more", more) % {"n": more}
    return _("Columns not used here: %(columns)s.") % {"columns": listed}
