"""Customers outside from a file: looked through first, then applied whole or not at all, safe to repeat."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from common import audit
from common.addresses import normalise_email
from common.chunks import in_chunks
from common.importing import cells, kinds
from common.importing.cells import CellReader
from common.importing.columns import Field, FieldSet
from common.importing.kinds import CHANGED, NEW, SAME, Change, Kind, Plan, PreviewRow
from common.importing.names import mostly_reversed, split_name
from common.importing.table import Row, Table
from customers.models import Contact, ExternalOrganisation
from people.models import Person

FIELDS = FieldSet(
    "contacts",
    (
        Field(
            "organisation",
            gettext_lazy("Organisation"),
            ("organization", "company", "customer", "account", "Firma", "Unternehmen", "Kunde"),
            required=True,
        ),
        Field(
            "name",
            gettext_lazy("Name"),
            ("contact", "contact name", "full name", "Ansprechpartner", "Ansprechpartnerin", "Kontakt"),
        ),
        Field("given_name", gettext_lazy("Given name"), ("first name", "forename", "Vorname")),
        Field(
            "family_name", gettext_lazy("Family name"), ("last name", "surname", "Nachname", "Familienname")
        ),
        Field(
            "email",
            gettext_lazy("E-mail"),
            ("mail", "e-mail address", "E-Mail-Adresse", "Mailadresse"),
            required=True,
        ),
        Field("job_title", gettext_lazy("Job title"), ("title", "position", "role", "Funktion", "Stelle")),
        Field("language", gettext_lazy("Language"), ("lang", "Sprache")),
        Field("time_zone", gettext_lazy("Time zone"), ("timezone", "tz", "Zeitzone")),
        Field("country", gettext_lazy("Country"), ("country code", "Land", "Ländercode")),
        Field(
            "phone", gettext_lazy("Telephone"), ("phone", "phone number", "mobile", "Telefonnummer", "Handy")
        ),
        Field(
            "preferred_channel",
            gettext_lazy("Likes to be reached"),
            ("preferred channel", "channel", "bevorzugter Kanal", "erreichbar über"),
        ),
        Field(
            "owner",
            gettext_lazy("Looked after by"),
            ("owner", "account manager", "betreut von", "Betreuer", "Betreuerin", "Kundenbetreuer"),
        ),
    ),
    one_of=(("name", "family_name", "given_name"),),
)
NEW_ORGANISATIONS = "organisations"
CHUNK = 1000
_CHANNELS = {
    Contact.Channel.MAIL: ("mail", "e-mail", "email", "by e-mail", "per e-mail"),
    Contact.Channel.PHONE: ("phone", "telephone", "by telephone", "call", "telefon", "telefonisch", "anruf"),
    Contact.Channel.VISIT: ("visit", "in person", "persönlich", "besuch"),
}


def _channel(text: str) -> str:
    """How they like to be reached; an empty cell says by e-mail."""
    for channel, words in _CHANNELS.items():
        if not text or text.casefold() in words:
            return channel.value
    raise cells.UnreadableCell(_("Write how they like to be reached as mail, phone or visit."))


_READERS: dict[str, Callable[[str], Any]] = {
    "language": cells.language,
    "time_zone": cells.time_zone,
    "country": cells.country,
    "preferred_channel": _channel,
}
_COMPARED = (
    "organisation",
    "name",
    "job_title",
    "phone",
    "language",
    "time_zone",
    "country",
    "preferred_channel",
)


@dataclass(slots=True)
class PlannedContact:
    organisation: str
    values: dict[str, Any]
    pk: int | None = None


@dataclass
class ContactPlan(Plan):
    creates: list[PlannedContact] = field(default_factory=list)
    updates: list[PlannedContact] = field(default_factory=list)
    new_organisations: list[str] = field(default_factory=list)
    # Organisations by name whose owner the file changes.
    owners: dict[str, Person] = field(default_factory=dict)

    @property
    def changes(self) -> int:
        return len(self.creates) + len(self.updates) + len(self.new_organisations) + len(self.owners)


def plan_contacts(table: Table, advance: Callable[[], None] = lambda: None) -> ContactPlan:
    """What the file would change; writes nothing."""
    return _Planner(table).plan(advance)


def write_contacts(plan: ContactPlan, by: Person | None) -> None:
    """Bring contacts and organisations to what the plan says, in the caller's transaction.

    Raises IntegrityError or Meanwhile where a page was quicker.
    """
    _write(plan)
    audit.record(by=by, action="contacts.imported", created=len(plan.creates), updated=len(plan.updates))


CONTACTS = Kind(
    of=FIELDS.of,
    prefix="customers:contact-import",
    title=gettext_lazy("Import customers outside"),
    parent_title=gettext_lazy("Customers outside"),
    parent_url="customers:contact-list",
    fields=lambda: FIELDS,
    permission="customers.edit_external",
    plan=plan_contacts,
    write=write_contacts,
    labels={
        NEW: gettext_lazy("New contacts"),
        CHANGED: gettext_lazy("Changed"),
        SAME: gettext_lazy("As they are"),
        NEW_ORGANISATIONS: gettext_lazy("New organisations"),
    },
    words=(
        gettext_lazy("Contacts are found again by e-mail. A column that is not there changes nothing."),
        gettext_lazy("The one who looks after them is named by the e-mail or employee number of one of us."),
    ),
)


class _Planner:
    def __init__(self, table: Table) -> None:
        self.table = table
        self.result = ContactPlan(errors=table.errors, warnings=table.warnings)
        self.row_of_email: dict[str, int] = {}
        self.owner_of: dict[str, Person] = {}
        self.organisations = {each.name: each for each in ExternalOrganisation.objects.all()}
        self.names_of = {each.pk: each.name for each in self.organisations.values()}
        emails = [normalise_email(row.cells.get("email", "")) for row in table.rows]
        self.known = {
            contact.email: contact
            for chunk in in_chunks(emails, CHUNK)
            for contact in Contact.objects.defer("search_text").filter(email__in=chunk)
        }
        self.people = self._owners()
        self.family_first = mostly_reversed(row.cells.get("name", "") for row in table.rows)

    def plan(self, advance: Callable[[], None]) -> ContactPlan:
        for row in self.table.rows:
            self._plan_row(row)
            advance()
        result = self.result
        named = {planned.organisation for planned in result.creates + result.updates}
        result.new_organisations = sorted(named - self.organisations.keys())
        result.counts[NEW_ORGANISATIONS] = len(result.new_organisations)
        result.owners = {
            name: owner
            for name, owner in self.owner_of.items()
            if name not in self.organisations or self.organisations[name].owner_id != owner.pk
        }
        result.errors.sort(key=lambda problem: problem.row)
        result.warnings.sort(key=lambda problem: problem.row)
        return result

    def _plan_row(self, row: Row) -> None:
        reader = CellReader(row, self.table)
        before = len(self.result.errors)
        organisation = reader.text("organisation", 200)
        values: dict[str, Any] = {"email": reader.read("email", cells.email), "name": self._name(reader)}
        lengths = {"job_title": 200, "phone": 40}
        values |= {name: reader.text(name, most) for name, most in lengths.items() if name in row.cells}
        values |= {name: reader.read(name, read) for name, read in _READERS.items() if name in row.cells}
        self._find_owner(reader, organisation)
        if len(self.result.errors) == before:
            self._refuse_gaps(reader, organisation, values)
        if len(self.result.errors) == before:
            self._sort_in(row, organisation, values)

    def _name(self, reader: CellReader) -> str:
        whole = reader.text("name", 200)
        if not whole:
            parts = (reader.text("given_name", 100), reader.text("family_name", 100))
            return " ".join(filter(None, parts))
        if not self.family_first:
            return whole
        name = split_name(whole, family_first=True).display
        if name != whole:
            # Our own words first: they give the sentence its direction.
            reader.warn("name", _("Read “%(text)s” as “%(name)s”.") % {"text": whole, "name": name})
        return name

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

    def _sort_in(self, row: Row, organisation: str, values: dict[str, Any]) -> None:
        known = self.known.get(values["email"])
        planned = PlannedContact(organisation, values, known.pk if known else None)
        now = {"organisation": organisation, **values}
        if known is None:
            self.result.creates.append(planned)
            self.result.tell(NEW, lambda: PreviewRow(row.number, values["name"], _changes({}, now)))
            return
        stored: dict[str, Any] = {name: getattr(known, name) for name in values}
        stored["organisation"] = self.names_of.get(known.organisation_id, "")
        if stored == now:
            self.result.tell(SAME, lambda: PreviewRow(row.number, values["name"]))
            return
        self.result.updates.append(planned)
        self.result.tell(CHANGED, lambda: PreviewRow(row.number, values["name"], _changes(stored, now)))

    def _owners(self) -> dict[str, Person]:
        """Everybody named as an owner, by e-mail and by employee number."""
        named = {row.cells["owner"] for row in self.table.rows if row.cells.get("owner")}
        people = Person.objects.active()
        found = {
            person
            for chunk in in_chunks(sorted(named), CHUNK)
            for person in (
                people.filter(email__in=[normalise_email(name) for name in chunk])
                | people.filter(employee_number__in=chunk)
            )
        }
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


def _changes(stored: Mapping[str, Any], now: Mapping[str, Any]) -> tuple[Change, ...]:
    return tuple(
        Change(FIELDS.label(name), _said(name, stored.get(name, "")), _said(name, value))
        for name, value in now.items()
        if value != stored.get(name, "")
    )


def _said(name: str, value: Any) -> str:
    return str(Contact.Channel(value).label) if name == "preferred_channel" and value else str(value)


def _write(plan: ContactPlan) -> None:
    ExternalOrganisation.objects.bulk_create(
        [ExternalOrganisation(name=name) for name in plan.new_organisations], batch_size=CHUNK
    )
    organisations = {each.name: each for each in ExternalOrganisation.objects.all()}
    named = {planned.organisation for planned in plan.creates + plan.updates} | plan.owners.keys()
    if named - organisations.keys():
        raise kinds.Meanwhile
    for name, owner in plan.owners.items():
        organisations[name].owner = owner
    ExternalOrganisation.objects.bulk_update(
        [organisations[name] for name in plan.owners], ["owner"], batch_size=200
    )
    new = [_filled(Contact(), planned, organisations) for planned in plan.creates]
    Contact.objects.bulk_create(new, batch_size=CHUNK)
    _write_updates(plan, organisations)


def _write_updates(plan: ContactPlan, organisations: Mapping[str, ExternalOrganisation]) -> None:
    for chunk in in_chunks(plan.updates, CHUNK):
        stored = Contact.objects.select_for_update().in_bulk([planned.pk for planned in chunk])
        if len(stored) < len(chunk):
            raise kinds.Meanwhile
        changed = [_filled(stored[planned.pk or 0], planned, organisations) for planned in chunk]
        # An upsert of whole rows is one statement; bulk_update's CASE per row and field takes seconds.
        Contact.objects.bulk_create(
            changed, update_conflicts=True, unique_fields=["pk"], update_fields=[*_COMPARED, "search_text"]
        )


def _filled(
    contact: Contact, planned: PlannedContact, organisations: Mapping[str, ExternalOrganisation]
) -> Contact:
    contact.organisation = organisations[planned.organisation]
    for name, value in planned.values.items():
        setattr(contact, name, value)
    contact.refresh_search_text()
    return contact
