"""From the bytes somebody uploaded to rows of text, with a word on how they were read."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import replace

from django.utils.translation import gettext as _

from common.importing import delimited, workbook
from common.importing.decoding import decode
from common.importing.grid import CSV, Choices, Found, Grid, Line, samples_of
from common.importing.kinds_of_file import is_workbook, refuse_other_kinds
from common.importing.problems import MAX_BYTES, MAX_CELLS, MAX_COLUMNS, MAX_ROWS, UnreadableFile
from common.importing.tidying import tidy
from common.search import search_key

# Titles and notes above the headings are a few rows; the rest of a file is people.
_ROWS_FOR_HEADINGS = 30
IsKnown = Callable[[str], bool]


def read_file(raw: bytes, *, known: Collection[str] = (), choices: Choices | None = None) -> Grid:
    """The rows of a CSV file or workbook. Raises UnreadableFile.

    ``known`` are headings somebody may have used: they tell the heading row and the delimiter.
    """
    choices = choices or Choices()
    if len(raw) > MAX_BYTES:
        raise UnreadableFile(
            _("This file is larger than %(limit)s MB. Please split it.") % {"limit": MAX_BYTES // 1024**2}
        )
    keys = {heading_key(heading) for heading in known} - {""}

    def is_known(cell: str) -> bool:
        return len(cell) <= 200 and heading_key(cell) in keys

    if is_workbook(raw):
        sheet = workbook.read_workbook(raw, choices.sheet)
        grid = Grid(sheet.found, [], sheet.lines, warnings=sheet.warnings)
    else:
        grid = _delimited_grid(raw, choices, is_known)
    return _below_headings(grid, choices.heading_row, is_known)


def _delimited_grid(raw: bytes, choices: Choices, is_known: IsKnown) -> Grid:
    refuse_other_kinds(raw)
    decoded = decode(raw, choices.encoding)
    text, said = delimited.own_delimiter(decoded.text)
    delimiter = choices.delimiter or said or delimited.find_delimiter(text, is_known)
    records = delimited.read_records(text, delimiter, MAX_ROWS + _ROWS_FOR_HEADINGS)
    found = Found(CSV, encoding=decoded.encoding, is_guess=decoded.is_guess, delimiter=delimiter)
    return Grid(found, [], records.lines, records.errors)


def heading_key(heading: str) -> str:
    """A heading as compared: ``"E-Mail "`` and ``"e_mail"`` are one."""
    return "".join(character for character in search_key(heading) if character.isalnum())


def _below_headings(grid: Grid, chosen_row: int, is_known: IsKnown) -> Grid:
    """The rows that are people, and what the columns are called. Raises UnreadableFile."""
    broken = _("The quotation marks of the first row do not match.")
    first_broken = grid.errors[0].row if grid.errors else 0
    if not grid.lines:
        raise UnreadableFile(broken if first_broken else _("This file is empty."))
    at = _heading_place(grid.lines, chosen_row, is_known)
    number, cells = grid.lines[at]
    if first_broken and first_broken < number:
        raise UnreadableFile(broken)
    below = grid.lines[at + 1 :]
    if not below and not grid.errors:
        raise UnreadableFile(_("There is nothing below the first row of this file."))
    headings = [tidy(cell)[:200] for cell in _without_end(cells)]
    _refuse_too_much(headings, below)
    samples = samples_of(cell for _number, cells in below for cell in cells if not cell.isascii())
    found = replace(grid.found, heading_row=number, samples=samples)
    return Grid(found, headings, below, grid.errors, grid.warnings)


def _refuse_too_much(headings: Sequence[str], below: Sequence[Line]) -> None:
    if len(headings) > MAX_COLUMNS:
        raise UnreadableFile(
            _("This file has more than %(limit)s columns. Please leave out those that are not needed.")
            % {"limit": MAX_COLUMNS}
        )
    if len(below) > MAX_ROWS:
        raise UnreadableFile(
            _("This file has more than %(limit)s rows. Please split it.") % {"limit": MAX_ROWS}
        )
    if sum(len(cells) for _number, cells in below) > MAX_CELLS:
        raise UnreadableFile(_("There is too much text in this file. Please split it."))


def _heading_place(lines: Sequence[Line], chosen_row: int, is_known: IsKnown) -> int:
    """Where in the lines the headings stand: most of them known, else the first row about as wide as most."""
    start = lines[:_ROWS_FOR_HEADINGS]
    if chosen_row:
        for place, (number, _cells) in enumerate(lines):
            if number == chosen_row:
                return place
        raise UnreadableFile(_("Row %(row)s of this file is empty.") % {"row": chosen_row})
    known = [len({heading_key(cell) for cell in cells if is_known(cell)}) for _number, cells in start]
    if max(known):
        return known.index(max(known))
    filled = [sum(bool(cell.strip()) for cell in cells) for _number, cells in start]
    return next(place for place, many in enumerate(filled) if many * 2 > max(filled))


def _without_end(cells: Sequence[str]) -> Sequence[str]:
    """Without the empty cells behind the last heading."""
    last = max((place for place, cell in enumerate(cells) if cell.strip()), default=-1)
    return cells[: last + 1]
