"""From the text of a cell to a value, with words about what cannot be read. An empty cell is always fine."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable
from functools import cache, lru_cache, partial
from typing import TypeVar
from zoneinfo import available_timezones

from django.conf import global_settings
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.utils.translation import gettext as _

from common.addresses import normalise_email
from common.importing.problems import Problem
from common.importing.table import Row, Table

EARLIEST, LATEST = dt.date(1900, 1, 1), dt.date(2199, 12, 31)
# Programs write the beginning of a day for the day.
_MIDNIGHT = r"(?:[ T]00:00(?::00(?:\.0+)?)?Z?)?"
_ISO_DATE = re.compile(rf"([0-9]{{4}}-[0-9]{{2}}-[0-9]{{2}}){_MIDNIGHT}")
_DOTTED_DATE = re.compile(rf"([0-9]{{1,2}})\.([0-9]{{1,2}})\.([0-9]{{4}}){_MIDNIGHT}")
_LANGUAGE_CODES = frozenset(code for code, _name in global_settings.LANGUAGES)
Value = TypeVar("Value")


class UnreadableCell(Exception):
    """Said to people: what is wrong and how to write it."""


class CellReader:
    """Reads one row; what cannot be read becomes an error of the table, beside its row and column."""

    def __init__(self, row: Row, table: Table) -> None:
        self.row = row
        self.table = table
        self.cells = row.cells

    def read(self, name: str, reader: Callable[[str], Value]) -> Value:
        """The value of a cell; what an empty one gives where the cell cannot be understood."""
        try:
            return reader(self.cells.get(name, ""))
        except UnreadableCell as error:
            self.error(name, str(error))
            return reader("")

    def text(self, name: str, longest: int) -> str:
        return self.read(name, partial(short_text, longest=longest))

    def error(self, name: str, message: str) -> None:
        self.table.errors.append(Problem(self.row.number, self.table.headings.get(name, ""), message))

    def warn(self, name: str, message: str) -> None:
        self.table.warnings.append(Problem(self.row.number, self.table.headings.get(name, ""), message))


def short_text(text: str, longest: int) -> str:
    if len(text) > longest:
        raise UnreadableCell(
            _("This is longer than %(limit)s characters: “%(begin)s…”.")
            % {"limit": longest, "begin": text[:30]}
        )
    return text


def email(text: str) -> str:
    if not text:
        return ""
    address = normalise_email(text)
    try:
        validate_email(address)
    except ValidationError as error:
        raise UnreadableCell(_("“%(text)s” is no e-mail address.") % {"text": text[:80]}) from error
    if len(address) > 254:
        raise UnreadableCell(_("An e-mail address has 254 characters at most."))
    return address


@lru_cache(maxsize=4096)
def day(text: str) -> dt.date | None:
    """ISO, or day.month.year; nothing that reads differently in two countries."""
    if not text:
        return None
    found: dt.date | None = None
    try:
        if iso := _ISO_DATE.fullmatch(text):
            found = dt.date.fromisoformat(iso[1])
        elif dotted := _DOTTED_DATE.fullmatch(text):
            found = dt.date(int(dotted[3]), int(dotted[2]), int(dotted[1]))
    except ValueError:
        found = None
    if found is None or not EARLIEST <= found <= LATEST:
        raise UnreadableCell(
            _("“%(text)s” is no day. Write days as %(example)s.")
            % {"text": text[:40], "example": "2026-11-30"}
        )
    return found


def country(text: str) -> str:
    if text and not (len(text) == 2 and text.isascii() and text.isalpha()):
        raise UnreadableCell(_("Write the country as two letters, such as DE."))
    return text.upper()


def language(text: str) -> str:
    """A code of a language Django knows, so that a later translation finds its readers."""
    code = text.lower().replace("_", "-")
    if code and code not in _LANGUAGE_CODES:
        code = code.partition("-")[0]
        if code not in _LANGUAGE_CODES:
            raise UnreadableCell(_("Write the language as its code, such as de or en."))
    return code


@cache
def _zones() -> frozenset[str]:
    return frozenset(available_timezones())


def time_zone(text: str) -> str:
    if text and text not in _zones():
        raise UnreadableCell(
            _("“%(text)s” is no time zone we know. Write it like Europe/Berlin.") % {"text": text[:60]}
        )
    return text
