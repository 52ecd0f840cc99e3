"""Mail the trial kept instead of sending. A file's name sorts by time and holds the address."""

from __future__ import annotations

import datetime as dt
import os
import re
import urllib.parse
from collections.abc import Collection
from dataclasses import dataclass
from email import message_from_bytes, policy
from email.message import EmailMessage
from functools import cached_property
from heapq import nlargest
from pathlib import Path

from django.conf import settings

PAGE_SIZE = 30
_NAME = re.compile(r"(?P<at>\d{8}T\d{12})-[0-9a-f]{8}")


@dataclass(frozen=True)
class CapturedMail:
    """One file; it is read only when somebody asks what is in it."""

    path: Path

    @property
    def name(self) -> str:
        """The part of the file's name that stands in addresses."""
        return self.path.name.partition("~")[0]

    @property
    def address(self) -> str:
        return urllib.parse.unquote(self.path.stem.partition("~")[2])

    @property
    def at(self) -> dt.datetime:
        return dt.datetime.strptime(self.name[:21], "%Y%m%dT%H%M%S%f").replace(tzinfo=dt.UTC)

    @property
    def subject(self) -> str:
        return str(self._mail["Subject"])

    @property
    def text(self) -> str:
        part = self._mail.get_body(("plain",))
        return str(part.get_content()) if part else ""

    @property
    def headers(self) -> list[tuple[str, str]]:
        return [(name, str(value)) for name, value in self._mail.items()]

    @cached_property
    def _mail(self) -> EmailMessage:
        return message_from_bytes(self.path.read_bytes(), policy=policy.default)


@dataclass(frozen=True)
class CapturedPage:
    rows: list[CapturedMail]
    next_cursor: str | None


def find_captured(*, words: str = "", after: str = "", size: int = PAGE_SIZE) -> CapturedPage:
    """Newest first, those whose address holds ``words``. Reads names only: 20,000 files are no trouble."""
    wanted = urllib.parse.quote(words.strip(), safe="@").lower()
    names = (
        name
        for name in _file_names()
        if (not after or name.partition("~")[0] < after) and wanted in name.partition("~")[2].lower()
    )
    newest = nlargest(size + 1, names)
    rows = [CapturedMail(Path(settings.CAPTURED_MAIL_DIR, name)) for name in newest[:size]]
    return CapturedPage(rows, rows[-1].name if len(newest) > size else None)


def read_captured(name: str) -> CapturedMail | None:
    """The mail of this name; None where there is none. The name never reaches the file system unchecked."""
    if not _NAME.fullmatch(name):
        return None
    return next((CapturedMail(path) for path in Path(settings.CAPTURED_MAIL_DIR).glob(f"{name}~*.eml")), None)


def captured_before(moment: dt.datetime) -> list[Path]:
    """The files of what was captured before it; their names sort by time."""
    first_kept = f"{moment.astimezone(dt.UTC):%Y%m%dT%H%M%S%f}"
    return [Path(settings.CAPTURED_MAIL_DIR, name) for name in _file_names() if name < first_kept]


def captured_to(addresses: Collection[str]) -> list[Path]:
    """The files of what went to one of these addresses, in whatever case."""
    wanted = {_in_a_name(address).lower() for address in addresses}
    return [
        Path(settings.CAPTURED_MAIL_DIR, name)
        for name in _file_names()
        if wanted and name.partition("~")[2].removesuffix(".eml").lower() in wanted
    ]


def _in_a_name(address: str) -> str:
    return urllib.parse.quote(address, safe="@")[:180]


def _file_names() -> list[str]:
    try:
        with os.scandir(settings.CAPTURED_MAIL_DIR) as entries:
            return [entry.name for entry in entries if _NAME.match(entry.name) and "~" in entry.name]
    except FileNotFoundError:
        return []
