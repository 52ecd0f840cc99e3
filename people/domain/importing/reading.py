"""What a file of people says, row by row, before anybody asks who is already there."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import lru_cache, partial
from typing import Any
from zoneinfo import available_timezones

from django.conf import global_settings, settings
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.utils.translation import gettext as _

from common.csv_import import Problem, Row, Table, read_table
from people.models import Person
from people.models.person import normalise_email

TeamPath = tuple[str, ...]

# Each field and what its column may also be called.
COLUMNS: dict[str, tuple[str, ...]] = {
    "employee_id": ("employee number", "employee no", "personnel number", "staff id", "Personalnummer"),
    "email": ("e-mail", "mail", "e-mail address", "work email", "E-Mail-Adresse"),
    "name": ("display name", "full name", "Anzeigename"),
    "given_name": ("first name", "forename", "Vorname"),
    "family_name": ("last name", "surname", "Nachname", "Familienname"),
    "job_title": ("title", "position", "job", "role", "Stelle", "Funktion"),
    "organisation": ("organization", "company", "division", "Organisation", "Bereich"),
    "unit": ("team", "department", "group", "Abteilung"),
    "manager": (
        "manager_id",
        "manager number",
        "manager email",
        "reports to",
        "supervisor",
        "line manager",
        "Führungskraft",
        "Vorgesetzte",
    ),
    "location": ("site", "office", "city", "Standort", "Ort"),
    "country": ("country code", "Land"),
    "start_date": ("start", "first day", "hired", "hire date", "joined", "Eintritt", "Eintrittsdatum"),
    "end_date": ("end", "last day", "leaving date", "Austritt", "Austrittsdatum"),
    "language": ("lang", "Sprache"),
    "time_zone": ("timezone", "tz", "Zeitzone"),
}
# Fields of Person a column fills one to one.
PLAIN_FIELDS = ("given_name", "family_name", "job_title", "location")
EARLIEST, LATEST = dt.date(1900, 1, 1), dt.date(2199, 12, 31)
_ISO_DATE = re.compile(r"\d{4}-\d{2}-\d{2}")
_DOTTED_DATE = re.compile(r"(\d{1,2})\.(\d{1,2})\.(\d{4})")


@dataclass(slots=True)
class ParsedRow:
    """One person as the file has them. ``values`` holds only fields whose column is there."""

    number: int
    employee_number: str
    email: str
    values: dict[str, Any] = field(default_factory=dict)
    manager: str = ""
    team: TeamPath = ()


@dataclass
class ParsedFile:
    headings: dict[str, str]
    rows: list[ParsedRow]
    errors: list[Problem]
    warnings: list[Problem]

    def heading(self, name: str) -> str:
        """What the file calls the column of this field."""
        return self.headings.get(name, name)

    @property
    def has_teams(self) -> bool:
        return "organisation" in self.headings or "unit" in self.headings

    @property
    def has_managers(self) -> bool:
        return "manager" in self.headings


def read_people(text: str) -> ParsedFile:
    """Every row that can be read; the others and odd values are among the errors. Raises UnreadableFile."""
    table = read_table(text, COLUMNS)
    parsed = ParsedFile(table.headings, [], table.errors, table.warnings)
    for row in table.rows:
        parsed.rows.append(_RowReader(row, table).read())
    return parsed


class _Unreadable(Exception):
    pass


class _RowReader:
    def __init__(self, row: Row, table: Table) -> None:
        self.row = row
        self.table = table
        self.cells = row.cells

    def read(self) -> ParsedRow:
        number = self._text("employee_id", "employee_number")
        parsed = ParsedRow(
            number=self.row.number,
            employee_number=number,
            email=self._read("email", _email),
            manager=self.cells.get("manager", ""),
            team=tuple(
                filter(None, (self._text("organisation", "", 200), self._text("unit", "", 200))),
            ),
        )
        if not number and not parsed.email:
            self._error("email", _("There is neither an employee number nor an e-mail in this row."))
        for name, reader in _READERS.items():
            if name in self.cells:
                parsed.values[name] = self._read(name, reader)
        for name in PLAIN_FIELDS:
            if name in self.cells:
                parsed.values[name] = self._text(name, name)
        self._names(parsed)
        self._dates(parsed)
        return parsed

    def _error(self, name: str, message: str) -> None:
        self.table.errors.append(Problem(self.row.number, self.table.headings.get(name, ""), message))

    def _read(self, name: str, reader: Callable[[str], Any]) -> Any:
        """The value of a cell; what an empty one gives where the cell cannot be understood."""
        try:
            return reader(self.cells.get(name, ""))
        except _Unreadable as error:
            self._error(name, str(error))
            return reader("")

    def _text(self, name: str, model_field: str, longest: int = 0) -> str:
        return str(self._read(name, partial(_short, longest=longest or _longest(model_field))))

    def _names(self, parsed: ParsedRow) -> None:
        values = parsed.values
        whole = self._text("name", "display_name")
        if whole:
            values["display_name"] = whole
            if "given_name" not in values and "family_name" not in values:
                given, _space, family = whole.rpartition(" ")
                values["given_name"], values["family_name"] = given[:120], family[:120]
        if "family_name" in self.cells and not values["family_name"] and values.get("given_name"):
            self._warn("family_name", _("No family name; the given name stands alone."))

    def _warn(self, name: str, message: str) -> None:
        self.table.warnings.append(Problem(self.row.number, self.table.headings.get(name, ""), message))

    def _dates(self, parsed: ParsedRow) -> None:
        first, last = parsed.values.get("start_date"), parsed.values.get("end_date")
        if first and last and last < first:
            self._error("end_date", _("The last day comes before the first."))


@lru_cache
def _longest(model_field: str) -> int:
    field = Person._meta.get_field(model_field)
    return getattr(field, "max_length", None) or 0


def _short(text: str, longest: int) -> str:
    if len(text) > longest:
        raise _Unreadable(
            _("This is longer than %(limit)s characters: “%(begin)s…”.")
            % {"limit": longest, "begin": text[:30]}
        )
    return text


def _email(text: str) -> str:
    if not text:
        return ""
    email = normalise_email(text)
    try:
        validate_email(email)
    except ValidationError as error:
        raise _Unreadable(_("“%(text)s” is no e-mail address.") % {"text": text[:80]}) from error
    if len(email) > 254:
        raise _Unreadable(_("An e-mail address has 254 characters at most."))
    return email


@lru_cache(maxsize=4096)
def _date(text: str) -> dt.date | None:
    """ISO, or day.month.year; nothing that reads differently in two countries."""
    if not text:
        return None
    day: dt.date | None = None
    try:
        if _ISO_DATE.fullmatch(text):
            day = dt.date.fromisoformat(text)
        elif dotted := _DOTTED_DATE.fullmatch(text):
            day = dt.date(int(dotted[3]), int(dotted[2]), int(dotted[1]))
    except ValueError:
        day = None
    if day is None or not EARLIEST <= day <= LATEST:
        raise _Unreadable(
            _("“%(text)s” is no day. Write days as %(example)s.")
            % {"text": text[:40], "example": "2026-11-30"}
        )
    return day


def _country(text: str) -> str:
    if text and not (len(text) == 2 and text.isascii() and text.isalpha()):
        raise _Unreadable(_("Write the country as two letters, such as DE."))
    return text.upper()


_LANGUAGE_CODES = frozenset(code for code, _name in global_settings.LANGUAGES)


def _language(text: str) -> str:
    code = text.lower().replace("_", "-")
    if code and code not in _LANGUAGE_CODES:
        code = code.partition("-")[0]
        if code not in _LANGUAGE_CODES:
            raise _Unreadable(_("Write the language as its code, such as de or en."))
    return code


@lru_cache(maxsize=1)
def _zones() -> frozenset[str]:
    return frozenset(available_timezones())


def _time_zone(text: str) -> str:
    if text and text not in _zones():
        raise _Unreadable(
            _("“%(text)s” is no time zone we know. Write it like Europe/Berlin.") % {"text": text[:60]}
        )
    return text


_READERS: dict[str, Callable[[str], Any]] = {
    "country": _country,
    "start_date": _date,
    "end_date": _date,
    "language": _language,
    "time_zone": _time_zone,
}


def address_by_pattern(employee_number: str) -> str:
    """The address the organisation gives people without one in the file; empty without a pattern."""
    pattern: str = settings.PORTAL_EMAIL_PATTERN
    if not pattern or not employee_number:
        return ""
    return normalise_email(pattern.replace("{employee_id}", employee_number))
