"""Workbooks of text and numbers; nothing somebody typed becomes a formula (twin: ``csv_export``)."""

from __future__ import annotations

import io
import re
from collections.abc import Sequence
from dataclasses import dataclass

from django.http import HttpResponse
from openpyxl import Workbook
from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE
from openpyxl.styles import Alignment, Font
from openpyxl.utils import get_column_letter

from common.csv_export import file_name, runs_as_formula

_NOT_IN_A_NAME = re.compile(r"[\\/*?:\[\]]")
_LONGEST_NAME = 31
# What a cell holds at most, and columns between narrow and readable.
_LONGEST_TEXT = 32_767
_NARROW, _WIDE = 10, 60


@dataclass(frozen=True)
class Sheet:
    """Its first row is the heading, which stays in sight."""

    name: str
    rows: Sequence[Sequence[str | float | None]]


def xlsx_response(name: str, sheets: Sequence[Sheet]) -> HttpResponse:
    """A download ``<name>.xlsx``."""
    book = Workbook()
    book.remove(book.active)
    for sheet in sheets:
        _write(book, sheet)
    buffer = io.BytesIO()
    book.save(buffer)
    return HttpResponse(
        buffer.getvalue(),
        headers={
            "Content-Type": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
            "Content-Disposition": f'attachment; filename="{file_name(name)}.xlsx"',
        },
    )


def _write(book: Workbook, sheet: Sheet) -> None:
    page = book.create_sheet(_NOT_IN_A_NAME.sub(" ", sheet.name)[:_LONGEST_NAME])
    page.freeze_panes = "A2"
    widths: dict[int, int] = {}
    for number, row in enumerate(sheet.rows, start=1):
        for column, value in enumerate(row, start=1):
            cell = page.cell(row=number, column=column, value=_value(value))
            if isinstance(cell.value, str):
                # Text, whatever it begins with; and still text after somebody has edited it.
                cell.data_type = "s"
                cell.quotePrefix = runs_as_formula(cell.value)
            cell.alignment = Alignment(vertical="top", wrap_text=number > 1)
            cell.font = Font(bold=number == 1)
            widths[column] = max(widths.get(column, _NARROW), min(_WIDE, len(str(value)) + 2))
    for column, width in widths.items():
        page.column_dimensions[get_column_letter(column)].width = width


def _value(value: str | float | None) -> str | float | None:
    if isinstance(value, int | float):
        return value
    text: str = ILLEGAL_CHARACTERS_RE.sub("", value or "")
    return text[:_LONGEST_TEXT] or None
