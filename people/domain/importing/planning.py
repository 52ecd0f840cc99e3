"""What a file would change: who is new, who differs, which teams it makes, and what stands in its way."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from common.importing.problems import Problem
from people.domain.importing.leads import Lead, propose_leads
from people.domain.importing.reading import (
    ParsedFile,
    ParsedRow,
    TeamPath,
    address_by_pattern,
    attribute_field,
)
from people.domain.importing.snapshot import KnownPerson, Snapshot
from people.domain.importing.teams import UnclearTeam, meant_team

# Who somebody is within one plan: the primary key, or for a new person minus the row's number.
Handle = int
# Names shown of a cycle before it is cut short.
_CYCLE_NAMES = 6


@dataclass(slots=True)
class PlannedPerson:
    """One row matched. ``values`` are the model's fields; ``changed`` names what differs from the stored."""

    handle: Handle
    row: ParsedRow
    values: dict[str, Any]
    manager: Handle | None = None
    team: TeamPath = ()
    # Names of fields; ``manager``, ``team`` and ``attribute:<key>`` among them.
    changed: set[str] = field(default_factory=set)

    @property
    def is_new(self) -> bool:
        return self.handle < 0

    @property
    def key(self) -> str:
        """How a person is named in a form: the employee number, or the e-mail of somebody without."""
        return str(self.values["employee_number"] or self.values["email"])

    def __str__(self) -> str:
        return str(self.values["display_name"])


@dataclass(frozen=True, slots=True)
class Leaver:
    """Somebody who works here and would not any more; ``row`` 0: they are not in the file."""

    known: KnownPerson
    row: int = 0


@dataclass
class ImportPlan:
    creates: list[PlannedPerson] = field(default_factory=list)
    updates: list[PlannedPerson] = field(default_factory=list)
    same: list[PlannedPerson] = field(default_factory=list)
    # Among the updates and the same: deactivated here, and the file says that they work here.
    returners: list[PlannedPerson] = field(default_factory=list)
    leavers: list[Leaver] = field(default_factory=list)
    # Would leave by what the file says, but hold a role, which no file takes.
    kept: list[Leaver] = field(default_factory=list)
    # People who work here and are not in a file that need not hold everybody; they stay as they are.
    absent: int = 0
    # How many work here before the import.
    working: int = 0
    new_teams: list[TeamPath] = field(default_factory=list)
    # Teams that have no lead yet, with who might be theirs.
    leads: list[Lead] = field(default_factory=list)
    errors: list[Problem] = field(default_factory=list)
    warnings: list[Problem] = field(default_factory=list)

    @property
    def changes_nothing(self) -> bool:
        return not (
            self.creates
            or self.updates
            or self.leavers
            or self.new_teams
            or any(lead.chosen for lead in self.leads)
        )


def plan_import(
    parsed: ParsedFile,
    snapshot: Snapshot | None = None,
    chosen_leads: Mapping[TeamPath, str] | None = None,
    *,
    everybody: bool = False,
    today: dt.date | None = None,
) -> ImportPlan:
    """Look, write nothing. ``chosen_leads`` overrules proposals: a person's key, or "" for nobody.

    With ``everybody`` those who work here and are not in the file leave.
    """
    snapshot = snapshot or Snapshot.take(parsed.attribute_ids)
    today = today or timezone.localdate(timezone=timezone.get_default_timezone())
    return _Planner(parsed, snapshot, chosen_leads or {}, everybody=everybody, today=today).plan()


class _Planner:
    def __init__(
        self,
        parsed: ParsedFile,
        snapshot: Snapshot,
        chosen_leads: Mapping[TeamPath, str],
        *,
        everybody: bool,
        today: dt.date,
    ) -> None:
        self.parsed = parsed
        self.snapshot = snapshot
        self.chosen_leads = chosen_leads
        self.everybody = everybody
        self.today = today
        self.result = ImportPlan(
            errors=list(parsed.errors), warnings=list(parsed.warnings), working=len(snapshot.working)
        )
        self.rows_with_errors = {problem.row for problem in parsed.errors}
        self.people: dict[Handle, PlannedPerson] = {}
        # New here, but their last day has passed: read like the others and left out.
        self.gone: dict[Handle, PlannedPerson] = {}
        self.leaving: set[Handle] = set()
        # Names of new teams with none above them.
        self.made_at_top: set[str] = set()
        self.by_number: dict[str, PlannedPerson] = {}
        self.by_email: dict[str, PlannedPerson] = {}

    def plan(self) -> ImportPlan:
        for row in self.parsed.rows:
            self._match(row)
        for person in self.people.values():
            self._refuse_taken_address(person)
            self._find_manager(person)
            self._find_team(person)
        self._refuse_cycles()
        self._see_who_leaves()
        for person in self.people.values():
            self._sort_in(person)
        self._plan_teams()
        self.result.errors.sort(key=lambda problem: problem.row)
        self.result.warnings.sort(key=lambda problem: problem.row)
        return self.result

    # --- who is it ---------------------------------------------------------------------------------------

    def _match(self, row: ParsedRow) -> None:
        known = self._known(row)
        values = self._values(row, known)
        person = PlannedPerson(handle=known.pk if known else -row.number, row=row, values=values)
        if self._is_sound(person, known):
            self._place(person, known)
            self.by_email[values["email"]] = person
            if values["employee_number"]:
                self.by_number[values["employee_number"]] = person

    def _place(self, person: PlannedPerson, known: KnownPerson | None) -> None:
        ended = self._has_ended(person)
        if known is None and ended:
            self.gone[person.handle] = person
            message = _("Their last day was %(day)s, so they are left out.")
            day = date_format(person.values["end_date"], "SHORT_DATE_FORMAT")
            self._warn(person.row, "end_date", message % {"day": day})
            return
        self.people[person.handle] = person
        if known and not known.is_active and not ended:
            self.result.returners.append(person)

    def _has_ended(self, person: PlannedPerson) -> bool:
        last_day = person.values.get("end_date")
        return last_day is not None and last_day < self.today

    def _known(self, row: ParsedRow) -> KnownPerson | None:
        """By employee number, then by e-mail unless that person has another number."""
        by_number = self.snapshot.by_number.get(row.employee_number)
        if by_number:
            return self.snapshot.people[by_number]
        by_email = self.snapshot.by_email.get(row.email or address_by_pattern(row.employee_number))
        known = self.snapshot.people[by_email] if by_email else None
        if known and row.employee_number and known.employee_number:
            return None
        return known

    def _values(self, row: ParsedRow, known: KnownPerson | None) -> dict[str, Any]:
        values: dict[str, Any] = dict(row.values)
        stored_email = known.email if known else ""
        values["email"] = row.email or stored_email or address_by_pattern(row.employee_number)
        values["employee_number"] = row.employee_number or (known.employee_number if known else None)
        if "display_name" not in values:
            values["display_name"] = self._display_name(values, known)
        return values

    @staticmethod
    def _display_name(values: Mapping[str, str], known: KnownPerson | None) -> str:
        if known and not values.keys() & {"given_name", "family_name"}:
            return known.display_name
        given = values.get("given_name", known.given_name if known else "")
        family = values.get("family_name", known.family_name if known else "")
        return f"{given} {family}".strip()

    def _is_sound(self, person: PlannedPerson, known: KnownPerson | None) -> bool:
        row, values = person.row, person.values
        before = len(self.result.errors)
        if not values["display_name"]:
            self._error(row, "given_name", _("There is no name in this row."))
        if not values["email"]:
            # Where the cell holds nonsense, the reader has said so already.
            if row.employee_number and not self._has_error(row):
                self._error(row, "email", _("The e-mail is missing."))
        elif twin := self.by_email.get(values["email"]):
            self._error(row, "email", self._twin_words(_("The e-mail"), values["email"], twin))
        if twin := self.by_number.get(values["employee_number"] or ""):
            self._error(
                row,
                "employee_id",
                self._twin_words(_("The employee number"), values["employee_number"], twin),
            )
        if known and known.pk in self.snapshot.with_role and values["email"] != known.email:
            # Whoever writes the address can have the next password mailed there.
            message = _("%(name)s holds a role, so their e-mail stays until an administrator takes it.")
            self._error(row, "email", message % {"name": known.display_name})
        if person.handle in self.people and len(self.result.errors) == before:
            self._error(row, "", self._twin_words(_("The person"), str(person), self.people[person.handle]))
        return len(self.result.errors) == before and bool(values["email"])

    def _refuse_taken_address(self, person: PlannedPerson) -> None:
        """Somebody else has it and keeps it. Whoever is in the file too gives it away by the file."""
        email = person.values["email"]
        owner = self.snapshot.by_email.get(email, person.handle)
        if owner == person.handle or owner in self.people:
            return
        known = self.snapshot.people[owner]
        if person.is_new and person.values["employee_number"] and known.employee_number:
            message = _(
                "%(email)s already belongs to %(name)s, who has another employee number. If they are the "
                "same, change the number on their page first."
            )
        else:
            message = _("%(email)s already belongs to %(name)s.")
        self._error(person.row, "email", message % {"email": email, "name": known.display_name})

    @staticmethod
    def _twin_words(what: str, value: str, twin: PlannedPerson) -> str:
        message = _("%(what)s %(value)s is also in row %(row)s.")
        return message % {"what": what, "value": value, "row": twin.row.number}

    def _has_error(self, row: ParsedRow) -> bool:
        return row.number in self.rows_with_errors

    def _error(self, row: ParsedRow, name: str, message: str) -> None:
        self.result.errors.append(Problem(row.number, self.parsed.headings.get(name, ""), message))

    def _warn(self, row: ParsedRow, name: str, message: str) -> None:
        self.result.warnings.append(Problem(row.number, self.parsed.headings.get(name, ""), message))

    # --- managers ----------------------------------------------------------------------------------------

    def _find_manager(self, person: PlannedPerson) -> None:
        if not self.parsed.has_managers:
            known = self.snapshot.people.get(person.handle)
            person.manager = known.manager_id if known else None
            return
        named = person.row.manager
        if not named:
            return
        person.manager = self._handle_of(named)
        if person.manager is None:
            message = _("Nobody has the employee number or e-mail “%(manager)s”, who should be the manager.")
            self._error(person.row, "manager", message % {"manager": named[:80]})
        elif person.manager == person.handle:
            person.manager = None
            self._warn(person.row, "manager", _("Their own manager: now without one."))
        elif person.manager in self.gone:
            message = _("%(name)s, the manager, has left: now without one.")
            self._warn(person.row, "manager", message % {"name": self.gone[person.manager]})
            person.manager = None

    def _handle_of(self, named: str) -> Handle | None:
        email = named.lower()
        planned = self.by_number.get(named) or self.by_email.get(email)
        if planned:
            return planned.handle
        return self.snapshot.by_number.get(named) or self.snapshot.by_email.get(email)

    def _manager_of(self, handle: Handle) -> Handle | None:
        planned = self.people.get(handle)
        if planned:
            return planned.manager
        return self.snapshot.people[handle].manager_id

    def _refuse_cycles(self) -> None:
        """One error for each ring of managers, at the first of its rows."""
        settled: set[Handle] = set()
        for start in self.people:
            way: dict[Handle, None] = {}
            handle: Handle | None = start
            while handle is not None and handle not in settled and handle not in way:
                way[handle] = None
                handle = self._manager_of(handle)
            if handle is not None and handle in way:
                steps = list(way)
                self._refuse_cycle(steps[steps.index(handle) :])
            settled.update(way)

    def _refuse_cycle(self, ring: list[Handle]) -> None:
        rows = [self.people[handle] for handle in ring if handle in self.people]
        names = [self._name_of(handle) for handle in ring[:_CYCLE_NAMES]]
        names.append("…" if len(ring) > _CYCLE_NAMES else names[0])
        first = min(rows, key=lambda person: person.row.number)
        message = _("These people manage each other in a ring: %(names)s.")
        self._error(first.row, "manager", message % {"names": " → ".join(names)})

    def _name_of(self, handle: Handle) -> str:
        planned = self.people.get(handle)
        return str(planned) if planned else self.snapshot.people[handle].display_name

    # --- who leaves --------------------------------------------------------------------------------------

    def _see_who_leaves(self) -> None:
        """Whose last day in the file has passed and, where it holds everybody, who is not in it."""
        # A row that cannot be read may be anybody's.
        unread = bool(self.parsed.errors)
        found: list[Leaver] = []
        for pk in sorted(self.snapshot.working):
            known, person = self.snapshot.people[pk], self.people.get(pk)
            if person and self._has_ended(person):
                found.append(Leaver(known, person.row.number))
            elif person is None and not self.everybody:
                self.result.absent += 1
            elif person is None and not unread:
                found.append(Leaver(known))
        for leaver in found:
            holds_role = leaver.known.pk in self.snapshot.with_role
            (self.result.kept if holds_role else self.result.leavers).append(leaver)
        self.leaving = {leaver.known.pk for leaver in self.result.leavers}
        for person in self.people.values():
            if person.manager in self.leaving and person.handle not in self.leaving:
                message = _("%(name)s, the manager, leaves with this file.")
                self._warn(person.row, "manager", message % {"name": self._name_of(person.manager)})

    # --- what differs --------------------------------------------------------------------------------------

    def _sort_in(self, person: PlannedPerson) -> None:
        if person.is_new:
            self.result.creates.append(person)
            return
        known = self.snapshot.people[person.handle]
        person.changed = {name for name, value in person.values.items() if getattr(known, name) != value}
        if self.parsed.has_managers and person.manager != known.manager_id:
            person.changed.add("manager")
        if self.parsed.has_teams and self._team_id(person.team) != known.team_id:
            person.changed.add("team")
        for attribute, value in person.row.attributes.items():
            stored = self.snapshot.attributes.get((known.pk, attribute))
            if value != (stored.value if stored else ""):
                person.changed.add(attribute_field(attribute))
        (self.result.updates if person.changed else self.result.same).append(person)

    def _find_team(self, person: PlannedPerson) -> None:
        known = self.snapshot.people.get(person.handle)
        own = self.snapshot.path_of[known.team_id] if known and known.team_id else ()
        try:
            person.team = meant_team(person.row, own, self.snapshot, names_teams=self.parsed.names_teams)
        except UnclearTeam as unclear:
            self._error(person.row, "unit", str(unclear))
            return
        unit = person.row.unit
        is_new = person.team == (unit,) and unit not in self.snapshot.teams_named
        if is_new and unit not in self.made_at_top:
            # Once for each team, at the first who is in it.
            self.made_at_top.add(unit)
            message = _("No team is called “%(team)s” yet, so a new one is made at the top.")
            self._warn(person.row, "unit", message % {"team": unit})

    def _team_id(self, path: TeamPath) -> int | None:
        """None for no team; 0, which is nobody's team, for one still to be made."""
        return self.snapshot.team_paths.get(path, 0) if path else None

    # --- teams ---------------------------------------------------------------------------------------------

    def _plan_teams(self) -> None:
        if not self.parsed.has_teams:
            return
        paths = {
            person.team[:depth] for person in self.people.values() for depth in range(1, len(person.team) + 1)
        }
        self.result.new_teams = sorted(paths - self.snapshot.team_paths.keys())
        members = {
            handle: person.team for handle, person in self.people.items() if handle not in self.leaving
        }
        for pk in self.snapshot.working - self.leaving:
            if team_id := self.snapshot.people[pk].team_id:
                members.setdefault(pk, self.snapshot.path_of[team_id])
        self.result.leads = propose_leads(
            paths=sorted(paths - self._led_paths()),
            members=members,
            manager_of=self._manager_of,
            key_of=self._key_of,
            name_of=self._name_of,
            may_lead=self._may_lead,
            chosen=self.chosen_leads,
        )

    def _may_lead(self, handle: Handle) -> bool:
        return handle not in self.leaving and (handle < 0 or handle in self.snapshot.working)

    def _led_paths(self) -> set[TeamPath]:
        """Teams whose lead works on here, or came a moment after we looked: an import leaves those alone."""
        people = self.snapshot.people
        leads = {path: self.snapshot.teams[pk].lead_id for path, pk in self.snapshot.team_paths.items()}
        return {path for path, lead in leads.items() if lead and (lead not in people or self._may_lead(lead))}

    def _key_of(self, handle: Handle) -> str:
        planned = self.people.get(handle)
        if planned:
            return planned.key
        known = self.snapshot.people[handle]
        return known.employee_number or known.email
