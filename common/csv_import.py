"""Reading a CSV file people made with whatever they had: any usual delimiter, UTF-8 or UTF-16, odd spaces.

Nothing here knows what the rows mean. Numbers of rows are those a spreadsheet shows: the header is row 1.
"""

from __future__ import annotations

import codecs
import csv
import io
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from common.forms import clean_text
from common.search import search_key

MAX_BYTES = 10 * 1024 * 1024
MAX_ROWS = 100_000
DELIMITERS = ",;\t|"
# More than this share of NUL characters is another encoding or no text at all.
_NUL_SHARE = 0.01


class UnreadableFile(Exception):
    """The file as a whole cannot be read; the text says why and what to do."""


@dataclass(frozen=True, slots=True)
class Problem:
    """What is wrong where. ``row`` 0 is the file as a whole."""

    row: int
    column: str
    message: str


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


def decode(raw: bytes) -> str:
    """The text of an uploaded file, without NUL characters. Raises UnreadableFile."""
    if len(raw) > MAX_BYTES:
        raise UnreadableFile(
            _("This file is larger than %(limit)s MB. Please split it.") % {"limit": MAX_BYTES // 1024**2}
        )
    if raw.startswith(b"PK\x03\x04"):
        raise UnreadableFile(
            _("This is a workbook. Please save the sheet as “CSV UTF-8” and send that file.")
        )
    text = _decoded(raw)
    if text.count("\0") > len(text) * _NUL_SHARE:
        raise UnreadableFile(_("This is not a CSV file. Please save it as “CSV UTF-8”."))
    text = text.replace("\0", "")
    if not text.strip():
        raise UnreadableFile(_("This file is empty."))
    return text


def _decoded(raw: bytes) -> str:
    utf16 = raw.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE))
    try:
        return raw.decode("utf-16" if utf16 else "utf-8-sig")
    except UnicodeDecodeError as error:
        line = raw.count(b"\n", 0, error.start) + 1
        raise UnreadableFile(
            _("The letters in line %(line)s cannot be read. Please save the file as “CSV UTF-8”.")
            % {"line": line}
        ) from error


def read_table(text: str, fields: Mapping[str, Sequence[str]]) -> Table:
    """Rows by field; ``fields`` gives each field's other names. Raises UnreadableFile."""
    names = _names_of(fields)
    body, delimiter = _delimiter(text, names)
    reader = csv.reader(io.StringIO(body, newline=""), delimiter=delimiter, strict=True)
    try:
        table, places = _header(next(reader), names)
    except csv.Error as error:
        raise UnreadableFile(_("The quotation marks of the first row do not match.")) from error
    for number, cells in _records(reader, table):
        if len(table.rows) >= MAX_ROWS:
            raise UnreadableFile(
                _("This file has more than %(limit)s rows. Please split it.") % {"limit": MAX_ROWS}
            )
        _add_row(table, number, cells, places)
    if not table.rows and not table.errors:
        raise UnreadableFile(_("There is nothing below the first row of this file."))
    return table


def heading_key(heading: str) -> str:
    """A heading as compared: ``"E-Mail "`` and ``"e_mail"`` are one."""
    return "".join(character for character in search_key(heading) if character.isalnum())


def _names_of(fields: Mapping[str, Sequence[str]]) -> dict[str, str]:
    names = {heading_key(name): field for field, others in fields.items() for name in others}
    return names | {heading_key(field): field for field in fields}


def _delimiter(text: str, names: Mapping[str, str]) -> tuple[str, str]:
    """The text from its header on, and the delimiter under which most headings are known."""
    body = text.lstrip("\r\n \ufeff")
    first = body.split("\n", 1)[0].strip().lower()
    if first.startswith("sep=") and len(first) == 5:
        # Spreadsheets write the delimiter into a line of its own.
        body = body.split("\n", 1)[1] if "\n" in body else ""
    line = body.splitlines()[0] if body.strip() else ""

    def known(delimiter: str) -> tuple[int, int]:
        headings = line.split(delimiter)
        found = sum(heading_key(heading) in names for heading in headings)
        return found, len(headings)

    best = max(DELIMITERS, key=known)
    if not known(best)[0]:
        raise UnreadableFile(
            _("The first row names no column we know. It should read, for instance: %(columns)s.")
            % {"columns": ", ".join(list(dict.fromkeys(names.values()))[:4])}
        )
    return body, best


def _header(headings: Sequence[str], names: Mapping[str, str]) -> tuple[Table, list[str]]:
    """The empty table, and the field at each place of a row ("" where the column is not used)."""
    table = Table(headings={}, unused=[])
    places: list[str] = []
    for raw in headings:
        heading = " ".join(clean_text(raw).split())
        name = names.get(heading_key(heading), "")
        if name in table.headings:
            raise UnreadableFile(
                _("The columns “%(one)s” and “%(other)s” mean the same. Please leave one out.")
                % {"one": table.headings[name], "other": heading}
            )
        places.append(name)
        if name:
            table.headings[name] = heading
        elif heading:
            table.unused.append(heading)
    if table.unused:
        table.warnings.append(Problem(1, "", _unused_words(table.unused)))
    return table, places


def _unused_words(headings: Sequence[str], shown: int = 8) -> str:
    more = len(headings) - shown
    listed = ", ".join(f"“{heading[:40]}”" for heading in headings[:shown])
    if more > 0:
        listed += " " + ngettext("and %(n)s more", "and %(n)s more", more) % {"n": more}
    return _("Columns not used here: %(columns)s.") % {"columns": listed}


def _records(reader: Iterator[list[str]], table: Table) -> Iterator[tuple[int, list[str]]]:
    """Each record that can be read and is not empty; the others become errors."""
    number = 1
    while True:
        number += 1
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            table.errors.append(Problem(number, "", _csv_error_words(str(error))))
            continue
        if any(cell.strip() for cell in cells):
            yield number, cells


def _csv_error_words(error: str) -> str:
    if "unexpected end of data" in error:
        return _("A quotation mark opens here and never closes, so nothing below it can be read.")
    if "field limit" in error:
        return _("One cell of this row is far too long.")
    return _("The quotation marks of this row do not match.")


def _add_row(table: Table, number: int, cells: list[str], places: Sequence[str]) -> None:
    if len(cells) < len(places) or any(cell.strip() for cell in cells[len(places) :]):
        message = _("This row has %(cells)s cells, the first row has %(columns)s.")
        table.errors.append(Problem(number, "", message % {"cells": len(cells), "columns": len(places)}))
        return
    row: dict[str, str] = {}
    for name, raw in zip(places, cells, strict=False):
        if name:
            row[name] = tidy(raw)
            if row[name] != raw:
                table.warnings.append(Problem(number, table.headings[name], _tidied_words(raw, row[name])))
    table.rows.append(Row(number, row))


def tidy(text: str) -> str:
    """One line, NFC, single plain spaces, nothing that cannot be shown."""
    # Printable text holds none of what clean_text takes out, and most cells are printable.
    cleaned = unicodedata.normalize("NFC", text) if text.isprintable() else clean_text(text)
    return " ".join(cleaned.split())


def _tidied_words(raw: str, cleaned: str) -> str:
    if " ".join(raw.split()) == cleaned:
        return _("Spaces were tidied.")
    if unicodedata.normalize("NFC", raw) == cleaned:
        return _("Letters and their accents were joined.")
    return _("Characters that cannot be shown, or odd spaces, were taken out.")
