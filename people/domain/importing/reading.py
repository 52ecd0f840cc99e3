"""What a file of people says, row by row, before anybody asks who is already there."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cache
from typing import Any

from django.conf import settings
from django.utils.translation import gettext as _

from common import csv_cells
from common.addresses import normalise_email
from common.csv_cells import CellReader
from common.csv_import import Problem, read_table
from people.models import Person, Team

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
        parsed.rows.append(_RowReader(row, table).person())
    return parsed


class _RowReader(CellReader):
    def person(self) -> ParsedRow:
        number = self.text("employee_id", _longest("employee_number"))
        team = self.text("organisation", _longest_team_name()), self.text("unit", _longest_team_name())
        parsed = ParsedRow(
            number=self.row.number,
            employee_number=number,
            email=self.read("email", csv_cells.email),
            manager=self.cells.get("manager", ""),
            team=tuple(filter(None, team)),
        )
        if not number and not parsed.email:
            self.error("email", _("There is neither an employee number nor an e-mail in this row."))
        for name, reader in _READERS.items():
            if name in self.cells:
                parsed.values[name] = self.read(name, reader)
        for name in PLAIN_FIELDS:
            if name in self.cells:
                parsed.values[name] = self.text(name, _longest(name))
        self._names(parsed)
        self._dates(parsed)
        return parsed

    def _names(self, parsed: ParsedRow) -> None:
        values = parsed.values
        whole = self.text("name", _longest("display_name"))
        if whole:
            values["display_name"] = whole
            if "given_name" not in values and "family_name" not in values:
                given, _space, family = whole.rpartition(" ")
                values["given_name"], values["family_name"] = given[:120], family[:120]
        if "family_name" in self.cells and not values["family_name"] and values.get("given_name"):
            self.warn("family_name", _("No family name; the given name stands alone."))

    def _dates(self, parsed: ParsedRow) -> None:
        first, last = parsed.values.get("start_date"), parsed.values.get("end_date")
        if first and last and last < first:
            self.error("end_date", _("The last day comes before the first."))


@cache
def _longest(model_field: str) -> int:
    return getattr(Person._meta.get_field(model_field), "max_length", None) or 0


@cache
def _longest_team_name() -> int:
    return getattr(Team._meta.get_field("name"), "max_length", None) or 0


_READERS: dict[str, Callable[[str], Any]] = {
    "country": csv_cells.country,
    "start_date": csv_cells.day,
    "end_date": csv_cells.day,
    "language": csv_cells.language,
    "time_zone": csv_cells.time_zone,
}


def address_by_pattern(employee_number: str) -> str:
    """The address the organisation gives people without one in the file; empty without a pattern."""
    pattern: str = settings.PORTAL_EMAIL_PATTERN
    if not pattern or not employee_number:
        return ""
    return normalise_email(pattern.replace("{employee_id}", employee_number))
