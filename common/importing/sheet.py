"""The cells of one sheet, read as they come, within bounds."""

from __future__ import annotations

import re
from typing import IO, NoReturn
from xml.parsers import expat

from django.utils.translation import gettext as _

from common.importing.delimited import is_blank
from common.importing.grid import Line
from common.importing.problems import MAX_CELL, MAX_CELLS, MAX_COLUMNS, MAX_ROWS, MAX_TEXT, UnreadableFile
from common.importing.sheet_values import Styles

# A formula nobody has calculated: the file was written by a program, or saved without its results.
NO_RESULT = "#NO RESULT!"
# Title rows above the headings, with room.
_ROWS = MAX_ROWS + 100
_ESCAPED = re.compile(r"_x([0-9A-Fa-f]{4})_")
_REFERENCE = re.compile(r"([A-Z]{1,3})([0-9]{1,7})")


def _new_parser() -> expat.XMLParserType:
    """One that refuses every document type, and so every entity."""
    parser = expat.ParserCreate()
    parser.buffer_text = True
    parser.StartDoctypeDeclHandler = _refuse_document_type
    return parser


def _refuse_document_type(*_declaration: object) -> NoReturn:
    raise UnreadableFile(
        _("This workbook is damaged. Open it in a spreadsheet and save it as an Excel workbook (.xlsx).")
    )


def too_much() -> UnreadableFile:
    return UnreadableFile(_("There is too much text in this file. Please split it."))


def unescaped(text: str) -> str:
    """Characters XML cannot hold are stored as ``_x000D_``."""
    return _ESCAPED.sub(lambda found: chr(int(found[1], 16)), text) if "_x" in text else text


def read_strings(file: IO[bytes]) -> list[str]:
    """The texts that cells point at, without the readings of Japanese names."""
    strings: list[str] = []
    parts: list[str] = []
    inside = {"t": False, "rPh": False}
    total = 0

    def start(tag: str, _attributes: object) -> None:
        name = tag.rpartition(":")[2]
        if name in inside:
            inside[name] = True
        elif name == "si":
            parts.clear()

    def end(tag: str) -> None:
        name = tag.rpartition(":")[2]
        if name in inside:
            inside[name] = False
        elif name == "si":
            strings.append(unescaped("".join(parts)))

    def data(text: str) -> None:
        nonlocal total
        if inside["t"] and not inside["rPh"]:
            total += len(text)
            if total > MAX_TEXT:
                raise too_much()
            parts.append(text)

    parser = _new_parser()
    parser.StartElementHandler, parser.EndElementHandler, parser.CharacterDataHandler = start, end, data
    parser.ParseFile(file)
    return strings


class SheetReader:
    """Reads one sheet: ``lines``, and how many rows were ``hidden`` or ``filled`` from a merged cell."""

    def __init__(self, strings: list[str], styles: Styles) -> None:
        self.strings = strings
        self.styles = styles
        self.lines: list[Line] = []
        self.hidden = 0
        self.filled = 0
        self._merged: list[str] = []
        self._columns: dict[str, int] = {}
        self._row = 0
        self._row_is_hidden = False
        self._cells: list[str] = []
        # Of the cell being read.
        self._at = 0
        self._kind = "n"
        self._style = 0
        self._text: list[str] = []
        self._is_text = False
        self._has_value = self._has_formula = False
        self._in_reading = False
        self._seen_cells = self._seen_text = 0

    def read(self, file: IO[bytes]) -> SheetReader:
        parser = _new_parser()
        parser.StartElementHandler = self._start
        parser.EndElementHandler = self._end
        parser.CharacterDataHandler = self._data
        parser.ParseFile(file)
        self._fill_merged()
        return self

    def _start(self, tag: str, attributes: dict[str, str]) -> None:
        name = tag.rpartition(":")[2] if ":" in tag else tag
        if name == "c":
            self._begin_cell(attributes)
        elif name == "v":
            self._is_text = self._has_value = True
        elif name == "t":
            self._is_text = self._has_value = not self._in_reading
        elif name == "f":
            self._has_formula = True
        elif name == "row":
            self._row = int(attributes.get("r", self._row + 1))
            self._row_is_hidden = attributes.get("hidden") in {"1", "true"}
            self._cells = []
            self._at = -1
        elif name == "rPh":
            self._in_reading = True
        elif name == "mergeCell" and len(self._merged) <= MAX_ROWS:
            self._merged.append(attributes.get("ref", ""))

    def _begin_cell(self, attributes: dict[str, str]) -> None:
        self._kind = attributes.get("t", "n")
        self._style = int(attributes.get("s", 0))
        self._text = []
        self._is_text = self._has_value = self._has_formula = False
        reference = attributes.get("r")
        self._at = self._column(reference.rstrip("0123456789")) if reference else self._at + 1

    def _column(self, letters: str) -> int:
        """Counted from nought."""
        if letters not in self._columns:
            number = 0
            for letter in letters:
                number = number * 26 + ord(letter) - ord("A") + 1
            if not (letters.isascii() and letters.isupper() and 0 < number <= 16_384):
                raise ValueError(letters)
            self._columns[letters] = number - 1
        return self._columns[letters]

    def _data(self, text: str) -> None:
        if self._is_text:
            self._text.append(text)

    def _end(self, tag: str) -> None:
        name = tag.rpartition(":")[2] if ":" in tag else tag
        if name in {"v", "t"}:
            self._is_text = False
        elif name == "c":
            self._end_cell()
        elif name == "row":
            self._end_row()
        elif name == "rPh":
            self._in_reading = False

    def _end_cell(self) -> None:
        text = self._value()
        if not text:
            return
        if self._at >= MAX_COLUMNS:
            raise UnreadableFile(
                _("This file has more than %(limit)s columns. Please leave out those that are not needed.")
                % {"limit": MAX_COLUMNS}
            )
        self._seen_cells += 1
        self._seen_text += len(text)
        if self._seen_cells > MAX_CELLS or self._seen_text > MAX_TEXT or len(text) > MAX_CELL:
            raise too_much()
        if self._at < len(self._cells):
            self._cells[self._at] = text
        else:
            self._cells += [""] * (self._at - len(self._cells))
            self._cells.append(text)

    def _value(self) -> str:
        if not self._has_value:
            return NO_RESULT if self._has_formula else ""
        text = "".join(self._text)
        if self._kind == "s":
            return self.strings[int(text)]
        if self._kind == "n":
            return self.styles.shown(text.strip(), self._style) if text else ""
        if self._kind == "b":
            return "TRUE" if text.strip() == "1" else "FALSE"
        if self._kind == "d":
            return text.removesuffix("Z").removesuffix("T00:00:00")
        return unescaped(text)

    def _end_row(self) -> None:
        if is_blank(self._cells):
            return
        if len(self.lines) > _ROWS:
            raise UnreadableFile(
                _("This file has more than %(limit)s rows. Please split it.") % {"limit": MAX_ROWS}
            )
        self.lines.append((self._row, self._cells))
        self.hidden += self._row_is_hidden

    def _fill_merged(self) -> None:
        """A cell merged over rows holds for each of them; people see it so."""
        by_number = dict(self.lines) if self._merged else {}
        rows: set[int] = set()
        steps = 0
        for reference in self._merged:
            first, _colon, last = reference.partition(":")
            begin, end = _REFERENCE.fullmatch(first), _REFERENCE.fullmatch(last)
            if begin is None or end is None or begin[2] == end[2]:
                continue
            at = self._column(begin[1])
            cells = by_number.get(int(begin[2]), [])
            if at >= len(cells) or not cells[at]:
                continue
            # No further than the rows there are: a merged cell may reach down to the last row of all.
            below_it = range(int(begin[2]) + 1, min(int(end[2]), self._row) + 1)
            steps += len(below_it)
            if steps > MAX_CELLS:
                raise too_much()
            for number in below_it:
                if (below := by_number.get(number)) is not None:
                    below += [""] * (at + 1 - len(below))
                    below[at] = below[at] or cells[at]
                    rows.add(number)
        self.filled = len(rows)
