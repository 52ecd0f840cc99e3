"""CSV that a spreadsheet opens as text: nothing somebody typed becomes a formula.

Headings and words are in the reader's language; numbers and days stay for machines, whatever the language:
``1234.5``, ``2026-11-30T17:00:00+00:00``.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence
from typing import Any

from django.http import HttpResponse

# With the full-width forms, which some spreadsheets read alike.
_FORMULA_STARTS = ("=", "+", "-", "@", "＝", "＋", "－", "＠")


def safe_cell(value: Any) -> str:
    """The value as a cell. Text that a spreadsheet would run as a formula gets a leading apostrophe."""
    if value is None:
        return ""
    if isinstance(value, int | float):
        return str(value)
    text = str(value)
    return f"'{text}" if runs_as_formula(text) else text


def runs_as_formula(text: str) -> bool:
    return text.lstrip().startswith(_FORMULA_STARTS) or text.startswith(("\t", "\r", "\n"))


def csv_response(name: str, header: Sequence[Any], rows: Iterable[Sequence[Any]]) -> HttpResponse:
    """A download ``<name>.csv`` in UTF-8; the mark at its beginning tells Excel so."""
    buffer = io.StringIO()
    writer = csv.writer(buffer)
    for row in (header, *rows):
        writer.writerow([safe_cell(value) for value in row])
    return HttpResponse(
        b"\xef\xbb\xbf" + buffer.getvalue().encode(),
        headers={
            "Content-Type": "text/csv; charset=utf-8",
            "Content-Disposition": f'attachment; filename="{file_name(name)}.csv"',
        },
    )


def file_name(name: str) -> str:
    kept = "".join(letter if letter.isascii() and letter.isalnum() else "-" for letter in name)
    return "-".join(part for part in kept.split("-") if part) or "export"
