"""What a file of people says, row by row, before anybody asks who is already there."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Any

from django.conf import settings
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from common.addresses import normalise_email
from common.chunks import in_chunks
from common.importing import cells
from common.importing.cells import CellReader
from common.importing.columns import Field, FieldSet
from common.importing.names import mostly_reversed, split_name
from common.importing.problems import Problem
from common.importing.table import Table
from people.domain.importing.attributes import reader_of
from people.models import Attribute, Person, Team

TeamPath = tuple[str, ...]
_ROWS_AT_ONCE = 500

# Each field, its label, and what its column may also be called.
_FIELDS = (
    Field(
        "employee_id",
        gettext_lazy("Employee number"),
        ("employee no", "personnel number", "staff id", "Personalnummer", "Personal-Nr."),
    ),
    Field("email", gettext_lazy("E-mail"), ("mail", "e-mail address", "work email", "E-Mail-Adresse")),
    Field(
        "name",
        gettext_lazy("Name"),
        (
            "display name",
            "full name",
            "employee name",
            "Anzeigename",
            "Vollständiger Name",
            "Nachname, Vorname",
            "Name, Vorname",
        ),
    ),
    Field("given_name", gettext_lazy("Given name"), ("first name", "forename", "Vorname", "Rufname")),
    Field("family_name", gettext_lazy("Family name"), ("last name", "surname", "Nachname", "Familienname")),
    Field("job_title", gettext_lazy("Job title"), ("title", "position", "job", "role", "Stelle", "Funktion")),
    Field(
        "organisation",
        gettext_lazy("Organisation or division"),
        ("organisation", "organization", "company", "division", "Bereich", "Gesellschaft"),
    ),
    Field("unit", gettext_lazy("Team"), ("department", "group", "org unit", "Abteilung", "Einheit")),
    Field(
        "manager",
        gettext_lazy("Manager"),
        (
            "manager_id",
            "manager number",
            "manager email",
            "reports to",
            "supervisor",
            "line manager",
            "Führungskraft",
            "Vorgesetzte",
            "Vorgesetzter",
        ),
    ),
    Field("location", gettext_lazy("Location"), ("site", "office", "city", "Standort", "Ort")),
    Field("country", gettext_lazy("Country"), ("country code", "Land")),
    Field(
        "start_date",
        gettext_lazy("First day"),
        ("start", "hired", "hire date", "joined", "Eintritt", "Eintrittsdatum"),
    ),
    Field(
        "end_date",
        gettext_lazy("Last day"),
        ("end", "leaving date", "termination date", "Austritt", "Austrittsdatum"),
    ),
    Field("language", gettext_lazy("Language"), ("lang", "Sprache")),
    Field("time_zone", gettext_lazy("Time zone"), ("tz", "Zeitzone")),
)
# Fields of Person a column fills one to one.
PLAIN_FIELDS = ("given_name", "family_name", "job_title", "location")
_ATTRIBUTE = "attribute:"


def people_fields() -> FieldSet:
    """What a file of people may hold, the attributes HR keeps among it."""
    attributes = (
        Field(attribute_field(attribute.pk), attribute.name) for attribute in Attribute.objects.in_use()
    )
    return FieldSet(
        of="people",
        fields=(*_FIELDS, *attributes),
        one_of=(("employee_id", "email"),),
    )


@dataclass(slots=True)
class ParsedRow:
    """One person as the file has them. ``values`` holds only fields whose column is there."""

    number: int
    employee_number: str
    email: str
    values: dict[str, Any] = field(default_factory=dict)
    manager: str = ""
    organisation: str = ""
    unit: str = ""
    # What is kept of each attribute with a column, by its primary key; empty: nothing.
    attributes: dict[int, str] = field(default_factory=dict)


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
    def names_teams(self) -> bool:
        """Whether it says more than the organisation."""
        return "unit" in self.headings

    @property
    def has_managers(self) -> bool:
        return "manager" in self.headings

    @property
    def attribute_ids(self) -> list[int]:
        """The attributes with a column."""
        return [key for name in self.headings if (key := attribute_of(name)) is not None]


def read_people(table: Table, advance: Callable[[int], None] = lambda rows: None) -> ParsedFile:
    """Every row that can be read; the others and odd values are among the errors.

    ``advance`` hears of every some hundred rows how many have been read.
    """
    parsed = ParsedFile(table.headings, [], table.errors, table.warnings)
    found = Attribute.objects.in_bulk(parsed.attribute_ids)
    attributes = {key: reader_of(attribute) for key, attribute in found.items()}
    reversed_names = "name" in table.headings and mostly_reversed(row.cells["name"] for row in table.rows)
    for chunk in in_chunks(table.rows, _ROWS_AT_ONCE):
        for row in chunk:
            parsed.rows.append(_RowReader(row, table).person(attributes, reversed_names=reversed_names))
        advance(len(chunk))
    return parsed


class _RowReader(CellReader):
    def person(self, attributes: Mapping[int, Callable[[str], str]], *, reversed_names: bool) -> ParsedRow:
        number = self.text("employee_id", _longest("employee_number"))
        parsed = ParsedRow(
            number=self.row.number,
            employee_number=number,
            email=self.read("email", cells.email),
            manager=self.cells.get("manager", ""),
            organisation=self.text("organisation", _longest_team_name()),
            unit=self.text("unit", _longest_team_name()),
        )
        # Of an address that is none, the reader has said so.
        if not number and not self.cells.get("email"):
            self.error("email", _("There is neither an employee number nor an e-mail in this row."))
        for name, reader in _READERS.items():
            if name in self.cells:
                parsed.values[name] = self.read(name, reader)
        for name in PLAIN_FIELDS:
            if name in self.cells:
                parsed.values[name] = self.text(name, _longest(name))
        for key, reader in attributes.items():
            parsed.attributes[key] = self.read(attribute_field(key), reader)
        self._names(parsed, reversed_names=reversed_names)
        self._dates(parsed)
        return parsed

    def _names(self, parsed: ParsedRow, *, reversed_names: bool) -> None:
        values = parsed.values
        whole = self.text("name", _longest("display_name"))
        if whole:
            values["display_name"] = whole
            if "given_name" not in values and "family_name" not in values:
                name = split_name(whole, family_first=reversed_names)
                values["given_name"], values["family_name"] = name.given[:120], name.family[:120]
                values["display_name"] = name.display[: _longest("display_name")]
        if "family_name" in self.cells and not values["family_name"] and values.get("given_name"):
            self.warn("family_name", _("No family name; the given name stands alone."))

    def _dates(self, parsed: ParsedRow) -> None:
        first, last = parsed.values.get("start_date"), parsed.values.get("end_date")
        if first and last and last < first:
            self.error("end_date", _("The last day comes before the first."))


def attribute_field(key: int) -> str:
    """The name of the field an attribute's column fills."""
    return f"{_ATTRIBUTE}{key}"


def attribute_of(name: str) -> int | None:
    """The attribute behind the name of a field; None for a field of the person."""
    return int(name.removeprefix(_ATTRIBUTE)) if name.startswith(_ATTRIBUTE) else None


@cache
def _longest(model_field: str) -> int:
    return getattr(Person._meta.get_field(model_field), "max_length", None) or 0


@cache
def _longest_team_name() -> int:
    return getattr(Team._meta.get_field("name"), "max_length", None) or 0


_READERS: dict[str, Callable[[str], Any]] = {
    "country": cells.country,
    "start_date": cells.day,
    "end_date": cells.day,
    "language": cells.language,
    "time_zone": cells.time_zone,
}


def address_by_pattern(employee_number: str) -> str:
    """The address the organisation gives people without one in the file; empty without a pattern."""
    pattern: str = settings.PORTAL_EMAIL_PATTERN
    if not pattern or not employee_number:
        return ""
    return normalise_email(pattern.replace("{employee_id}", employee_number))
