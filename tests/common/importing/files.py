"""Files as people send them, made here."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from openpyxl import Workbook

from common.importing.columns import FieldSet, propose
from common.importing.reading import read_file
from common.importing.table import Table, table_of


def read_as(fields: FieldSet, content: str | bytes) -> Table:
    """The rows of a file by field, as after the upload of one whose columns are clear."""
    raw = content.encode() if isinstance(content, str) else content
    grid = read_file(raw, known=list(fields.known_headings()))
    return table_of(grid, propose(fields, grid.headings))


def workbook(*sheets: Iterable[Any], titles: Sequence[str] = (), formats: str = "") -> bytes:
    """A workbook of these sheets, each its rows; ``formats`` is the number format of the first column."""
    book = Workbook()
    book.remove(book.active)
    for place, rows in enumerate(sheets):
        sheet = book.create_sheet(titles[place] if titles else f"Sheet{place + 1}")
        for row in rows:
            sheet.append(row)
        if formats:
            for cells in sheet.iter_rows(min_row=2, max_col=1):
                cells[0].number_format = formats
    return saved(book)


def saved(book: Workbook) -> bytes:
    file = io.BytesIO()
    book.save(file)
    return file.getvalue()


def with_parts(raw: bytes, parts: Mapping[str, bytes | None]) -> bytes:
    """The archive with these parts in place of its own, or without those that are None."""
    file = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(raw)) as old, zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            if name not in parts:
                new.writestr(name, old.read(name))
        for name, content in parts.items():
            if content is not None:
                new.writestr(name, content)
    return file.getvalue()


def with_strings(rows: str, strings: str) -> bytes:
    """A workbook as Excel writes it: cells point at texts in a part of their own."""
    part = "application/vnd.openxmlformats-officedocument.spreadsheetml.sharedStrings+xml"
    name = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
    raw = with_sheet_xml(sheet_xml(rows))
    with zipfile.ZipFile(io.BytesIO(raw)) as parts:
        types = parts.read("[Content_Types].xml").decode()
    override = f'<Override PartName="/xl/sharedStrings.xml" ContentType="{part}"/></Types>'
    xml = f'<?xml version="1.0"?><sst xmlns="{name}">{strings}</sst>'
    return with_parts(
        raw,
        {
            "[Content_Types].xml": types.replace("</Types>", override).encode(),
            "xl/sharedStrings.xml": xml.encode(),
        },
    )


def with_sheet_xml(xml: str) -> bytes:
    """A workbook whose only sheet is this."""
    return with_parts(workbook([["name"], ["Ada"]]), {"xl/worksheets/sheet1.xml": xml.encode()})


def sheet_xml(rows: str, behind: str = "") -> str:
    name = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
    return f'<?xml version="1.0"?><worksheet xmlns="{name}"><sheetData>{rows}</sheetData>{behind}</worksheet>'


def archive(parts: Mapping[str, bytes], compression: int = zipfile.ZIP_DEFLATED) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", compression) as new:
        for name, content in parts.items():
            new.writestr(name, content)
    return file.getvalue()
