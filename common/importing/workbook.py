"""Rows of an Excel workbook, as people see them.

openpyxl reads what the workbook is made of (its sheets and styles). The cells themselves are read by expat:
openpyxl's way through them takes seven times as long, and here every bound can be kept while reading.
Nothing is unpacked before the directory of the file has been looked at, and no document type is accepted.
"""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass, field

from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from openpyxl.reader.excel import ExcelReader
from openpyxl.styles.stylesheet import Stylesheet
from openpyxl.xml.constants import ARC_STYLE, SHARED_STRINGS
from openpyxl.xml.functions import fromstring

from common.importing.grid import XLSX, Found, Line
from common.importing.kinds_of_file import refuse_other_archives
from common.importing.problems import Problem, UnreadableFile
from common.importing.sheet import SheetReader, read_strings
from common.importing.sheet_values import Styles

MOST_PARTS = 3000
MOST_UNPACKED = 300 * 1024 * 1024
# Of a whole file that unpacks to more than a few MB; sheets of people come to 10 or 20.
HIGHEST_RATIO = 100
_SMALL = 10 * 1024 * 1024
_LARGEST_TREE = 4 * 1024 * 1024
_SHEETS_TRIED = 20


@dataclass
class SheetRead:
    found: Found
    lines: list[Line]
    warnings: list[Problem] = field(default_factory=list)


def read_workbook(raw: bytes, sheet: str = "") -> SheetRead:
    """The sheet of this name, or the first that holds anything. Raises UnreadableFile."""
    try:
        with _Archive(io.BytesIO(raw)) as archive:
            refuse_other_archives(archive.namelist())
            _refuse_bombs(archive, len(raw))
            return _Workbook(archive).read(sheet)
    except UnreadableFile:
        raise
    except (
        Exception
    ) as error:  # A damaged file meets every kind of them, in zipfile, zlib, expat and openpyxl.
        raise UnreadableFile(
            _("This workbook is damaged. Open it in a spreadsheet and save it as an Excel workbook (.xlsx).")
        ) from error


def _refuse_bombs(archive: zipfile.ZipFile, size: int) -> None:
    """By the directory alone; reading stops at the sizes it names, so it cannot lie downwards."""
    parts = archive.infolist()
    unpacked = sum(part.file_size for part in parts)
    if any(part.flag_bits & 1 for part in parts):
        raise UnreadableFile(_("This workbook is protected by a password. Please save a copy without one."))
    if len(parts) > MOST_PARTS or unpacked > MOST_UNPACKED:
        raise _too_large()
    if unpacked > _SMALL and unpacked > size * HIGHEST_RATIO:
        raise _too_large()
    # bzip2 and LZMA would unpack a whole block at a time, whatever the directory says.
    if any(part.compress_type not in {zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED} for part in parts):
        raise _too_large()


def _too_large() -> UnreadableFile:
    return UnreadableFile(_("This workbook is too large once unpacked. Please save the one sheet as CSV."))


class _Archive(zipfile.ZipFile):
    """What is read in one piece becomes a tree, many times its size. Sheets and strings are streamed.

    Bounded where it is read: a part's name says nothing, since any of them may be called the workbook.
    """

    def read(self, name: str | zipfile.ZipInfo, pwd: bytes | None = None) -> bytes:
        part = name if isinstance(name, zipfile.ZipInfo) else self.getinfo(name)
        if part.file_size > _LARGEST_TREE:
            raise _too_large()
        return super().read(part, pwd)


class _Workbook:
    def __init__(self, archive: _Archive) -> None:
        self.archive = archive
        self.reader = ExcelReader(archive.fp, read_only=True, data_only=True, keep_links=False)
        # It opens one of its own, without our bound.
        self.reader.archive = archive
        self.reader.read_manifest()
        self.reader.read_workbook()
        self.parts = dict(self._parts())
        if not self.parts:
            raise UnreadableFile(_("This workbook has no sheet with rows."))

    def _parts(self) -> Iterator[tuple[str, str]]:
        """Sheets by name, with where they stand in the archive; hidden ones where there are no others."""
        sheets = [
            (sheet.state, sheet.name, relation.target)
            for sheet, relation in self.reader.parser.find_sheets()
            if "chartsheet" not in relation.Type and relation.target in self.reader.valid_files
        ]
        seen = [(name, target) for state, name, target in sheets if state == "visible"]
        return iter(seen or [(name, target) for _state, name, target in sheets])

    def read(self, wanted: str) -> SheetRead:
        if wanted and wanted not in self.parts:
            raise UnreadableFile(_("There is no sheet “%(name)s” in this workbook.") % {"name": wanted})
        strings = self._strings()
        styles = self._styles()
        names = [wanted] if wanted else list(self.parts)[:_SHEETS_TRIED]
        for name in names:
            with self.archive.open(self.parts[name]) as part:
                sheet = SheetReader(strings, styles).read(part)
            if sheet.lines:
                found = Found(XLSX, sheet=name, sheets=tuple(self.parts))
                return SheetRead(found, sheet.lines, list(_warnings(sheet.hidden, sheet.filled)))
        raise UnreadableFile(_("This sheet is empty.") if wanted else _("This file is empty."))

    def _strings(self) -> list[str]:
        part = self.reader.package.find(SHARED_STRINGS)
        name = part.PartName.lstrip("/") if part is not None else ""
        if name not in self.reader.valid_files:
            return []
        with self.archive.open(name) as file:
            return read_strings(file)

    def _styles(self) -> Styles:
        epoch = self.reader.wb.epoch
        if ARC_STYLE not in self.reader.valid_files:
            return Styles(epoch)
        sheet = Stylesheet.from_tree(fromstring(self.archive.read(ARC_STYLE)))
        return Styles.of(sheet, epoch)


def _warnings(hidden: int, filled: int) -> Iterator[Problem]:
    if hidden:
        words = ngettext(
            "%(n)s row is hidden in the sheet; it is read like the others.",
            "%(n)s rows are hidden in the sheet; they are read like the others.",
            hidden,
        )
        yield Problem(0, "", words % {"n": hidden})
    if filled:
        words = ngettext(
            "Cells are merged over rows; %(n)s row got the value of the row above.",
            "Cells are merged over rows; %(n)s rows got the value of the row above.",
            filled,
        )
        yield Problem(0, "", words % {"n": filled})
