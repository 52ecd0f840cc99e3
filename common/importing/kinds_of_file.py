"""What a file is by its first bytes; for what we do not read, words about what to do instead."""

from __future__ import annotations

from collections.abc import Collection

from django.utils.translation import gettext as _

from common.importing.problems import UnreadableFile

_ZIP = b"PK\x03\x04"
_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_PASSWORD = "EncryptedPackage".encode("utf-16-le")
_HTML = (b"<html", b"<!doctype html", b"<table", b"<head", b"<body", b"<meta")
_OTHERS = (
    b"%PDF", b"\x89PNG", b"\xff\xd8\xff", b"GIF8", b"{\\rtf", b"\x1f\x8b", b"7z\xbc\xaf", b"Rar!",
    b"PK\x05\x06", b"BZh", b"\xfd7zXZ", b"SQLite format 3",
)  # fmt: skip


def is_workbook(raw: bytes) -> bool:
    """Whether it may be one: a ZIP file."""
    return raw.startswith(_ZIP)


def refuse_other_kinds(raw: bytes) -> None:
    """Raise UnreadableFile for what is neither text nor a workbook of today."""
    if raw.startswith(_OLE):
        if _PASSWORD in raw:
            raise UnreadableFile(
                _("This workbook is protected by a password. Please save a copy without one.")
            )
        raise UnreadableFile(
            _("This is an old Excel file (.xls). Open it and save it as an Excel workbook (.xlsx).")
        )
    start = raw[:2000].lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    if start.startswith(_HTML) or (start.startswith(b"<?xml") and b"<html" in start):
        raise UnreadableFile(
            _("This is a web page, not a table. Open it in a spreadsheet and save it as .xlsx.")
        )
    if start.startswith(b"<?xml"):
        raise UnreadableFile(
            _("This is an XML file. Open it in a spreadsheet and save it as an Excel workbook (.xlsx).")
        )
    if raw.startswith(_OTHERS):
        raise UnreadableFile(_("This is not a table. Please save it as an Excel workbook or a CSV file."))


def refuse_other_archives(names: Collection[str]) -> None:
    """Raise UnreadableFile for a ZIP file that is no workbook we read."""
    if "xl/workbook.bin" in names:
        raise UnreadableFile(
            _("This is a binary Excel file (.xlsb). Open it and save it as an Excel workbook (.xlsx).")
        )
    if "content.xml" in names and "mimetype" in names:
        raise UnreadableFile(
            _("This is an OpenDocument file (.ods). Save it as an Excel workbook (.xlsx) or as CSV.")
        )
    if "Index/Document.iwa" in names:
        raise UnreadableFile(_("This is a Numbers file. Export it as an Excel workbook (.xlsx) or as CSV."))
    if "[Content_Types].xml" not in names:
        raise UnreadableFile(_("This is a ZIP file. Unpack it and choose the table in it."))
    if not any(name.startswith("xl/") for name in names):
        raise UnreadableFile(_("This is not a table. Please save it as an Excel workbook or a CSV file."))
