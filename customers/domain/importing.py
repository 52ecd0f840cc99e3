"""Customers outside by CSV: looked through first, then applied whole or not at all, safe to repeat."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from common import audit, csv_cells
from common.addresses import normalise_email
from common.csv_cells import CellReader
from common.csv_import import Problem, Row, Table, read_table
from customers.models import Contact, ExternalOrganisation
from people.models import Person

COLUMNS: dict[str, tuple[str, ...]] = {
    "organisation": ("organization", "company", "customer", "account", "Firma", "Organisation"),
    "name": ("contact", "full name", "Ansprechpartner"),
    "email": ("e-mail", "mail", "e-mail address", "E-Mail-Adresse"),
    "job_title": ("title", "position", "role", "Funktion"),
    "language": ("lang", "Sprache"),
    "time_zone": ("timezone", "tz", "Zeitzone"),
    "country": ("country code", "Land"),
    "owner": ("looked after by", "account manager", "betreut von"),
}
_READERS: dict[str, Callable[[str], Any]] = {
    "language": csv_cells.language,
    "time_zone": csv_cells.time_zone,
    "country": csv_cells.country,
}
CHUNK = 1000


class ContactsRefused(Exception):
    """Nothing was written: the plan has errors, or a page gave somebody the same address meanwhile."""

    def __init__(self, plan: ContactPlan) -> None:
        super().__init__(f"{len(plan.errors)} errors")
        self.plan = plan


@dataclass(slots=True)
class PlannedContact:
    organisation: str
    values: dict[str, Any]
    pk: int | None = None


@dataclass
class ContactPlan:
    creates: list[PlannedContact] = field(default_factory=list)
    updates: list[PlannedContact] = field(default_factory=list)
    unchanged: int = 0
    new_organisations: list[str] = field(default_factory=list)
    # Organisations by name whose owner the file changes.
    owners: dict[str, Person] = field(default_factory=dict)
    errors: list[Problem] = field(default_factory=list)
    warnings: list[Problem] = field(default_factory=list)

    @property
    def changes_nothing(self) -> bool:
        return not (self.creates or self.updates or self.new_organisations or self.owners)


def plan_contacts(text: str) -> ContactPlan:
    """What the file would change; writes nothing. Raises UnreadableFile."""
    return _Planner(read_table(text, COLUMNS)).plan()


def apply_contacts(text: str, *, by: Person) -> ContactPlan:
    """Bring contacts and organisations to what the file says. Raises UnreadableFile, ContactsRefused."""
    plan = plan_contacts(text)
    if plan.errors:
        raise ContactsRefused(plan)
    try:
        with transaction.atomic():
            _write(plan)
            audit.record(
                by=by, action="contacts.imported", created=len(plan.creates), updated=len(plan.updates)
            )
    except IntegrityError as error:
        raise ContactsRefused(plan) from error
    return plan


class _Planner:
    def __init__(self, table: Table) -> None:
        self.table = table
        self.result = ContactPlan(errors=table.errors, warnings=table.warnings)
        self.row_of_email: dict[str, int] = {}
        self.owner_of: dict[str, Person] = {}
        self.organisations = {
            organisation.name: organisation for organisation in ExternalOrganisation.objects.all()
        }
        emails = [normalise_email(row.cells.get("email", "")) for row in table.rows]
        self.known = {
            contact.email: contact
            for start in range(0, len(emails), CHUNK)
            for contact in Contact.objects.filter(email__in=emails[start : start + CHUNK])
        }
        self.people = self._owners()

    def plan(self) -> ContactPlan:
        for row in self.table.rows:
            self._plan_row(row)
        organisations = {planned.organisation for planned in self.result.creates + self.result.updates}
        self.result.new_organisations = sorted(organisations - self.organisations.keys())
        self.result.owners = {
            name: owner
            for name, owner in self.owner_of.items()
            if name not in self.organisations or self.organisations[name].owner_id != owner.pk
        }
        self.result.errors.sort(key=lambda problem: problem.row)
        return self.result

    def _plan_row(self, row: Row) -> None:
        reader = CellReader(row, self.table)
        before = len(self.result.errors)
        organisation = reader.text("organisation", 200)
        values: dict[str, Any] = {
            "email": reader.read("email", csv_cells.email),
            "name": reader.text("name", 200),
        }
        if "job_title" in row.cells:
            values["job_title"] = reader.text("job_title", 200)
        values |= {name: reader.read(name, read) for name, read in _READERS.items() if name in row.cells}
        self._find_owner(reader, organisation)
        if len(self.result.errors) == before:
            self._refuse_gaps(reader, organisation, values)
        if len(self.result.errors) == before:
            self._sort_in(organisation, values)

    def _refuse_gaps(self, reader: CellReader, organisation: str, values: dict[str, Any]) -> None:
        if not organisation:
            reader.error("organisation", _("The organisation is missing."))
        if not values["name"]:
            reader.error("name", _("There is no name in this row."))
        if not values["email"]:
            reader.error("email", _("The e-mail is missing."))
        elif values["email"] in self.row_of_email:
            twin = self.row_of_email[values["email"]]
            message = _("%(email)s is also in row %(row)s.")
            reader.error("email", message % {"email": values["email"], "row": twin})
        self.row_of_email.setdefault(values["email"], reader.row.number)

    def _sort_in(self, organisation: str, values: dict[str, Any]) -> None:
        known = self.known.get(values["email"])
        planned = PlannedContact(organisation, values, known.pk if known else None)
        if known is None:
            self.result.creates.append(planned)
            return
        moved = self.organisations.get(organisation) is None or (
            self.organisations[organisation].pk != known.organisation_id
        )
        if moved or any(getattr(known, name) != value for name, value in values.items()):
            self.result.updates.append(planned)
        else:
            self.result.unchanged += 1

    def _owners(self) -> dict[str, Person]:
        """Everybody named as an owner, by e-mail and by employee number."""
        named = {row.cells["owner"] for row in self.table.rows if row.cells.get("owner")}
        emails = {normalise_email(name) for name in named}
        people = Person.objects.active()
        found = people.filter(email__in=emails) | people.filter(employee_number__in=named)
        return {key: person for person in found for key in (person.email, person.employee_number) if key}

    def _find_owner(self, reader: CellReader, organisation: str) -> None:
        named = reader.cells.get("owner", "")
        if not named:
            return
        owner = self.people.get(named) or self.people.get(normalise_email(named))
        if owner is None:
            message = _("Nobody who works here has the e-mail or employee number “%(owner)s”.")
            reader.error("owner", message % {"owner": named[:80]})
        elif self.owner_of.setdefault(organisation, owner) != owner:
            reader.error("owner", _("This organisation has another owner in an earlier row."))


def _write(plan: ContactPlan) -> None:
    ExternalOrganisation.objects.bulk_create(
        [ExternalOrganisation(name=name) for name in plan.new_organisations], batch_size=CHUNK
    )
    organisations = {each.name: each for each in ExternalOrganisation.objects.all()}
    for name, owner in plan.owners.items():
        organisations[name].owner = owner
    ExternalOrganisation.objects.bulk_update(
        [organisations[name] for name in plan.owners], ["owner"], batch_size=200
    )
    new = [_filled(Contact(), planned, organisations) for planned in plan.creates]
    Contact.objects.bulk_create(new, batch_size=CHUNK)
    stored = Contact.objects.in_bulk([planned.pk for planned in plan.updates if planned.pk])
    changed = [_filled(stored[planned.pk], planned, organisations) for planned in plan.updates if planned.pk]
    fields = ["organisation", "name", "job_title", "language", "time_zone", "country", "search_text"]
    Contact.objects.bulk_update(changed, fields, batch_size=200)


def _filled(
    contact: Contact, planned: PlannedContact, organisations: dict[str, ExternalOrganisation]
) -> Contact:
    contact.organisation = organisations[planned.organisation]
    for name, value in planned.values.items():
        setattr(contact, name, value)
    contact.refresh_search_text()
    return contact
