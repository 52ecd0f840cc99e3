"""Taking the last import back, while nothing depends on it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from django.contrib.auth.hashers import UNUSABLE_PASSWORD_PREFIX
from django.db import IntegrityError, models
from django.utils.dateparse import parse_date
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from common import audit, retention
from common.bulk import delete_rows, update_rows
from people.domain.changing_many import deactivate_many, reactivate_many
from people.domain.importing.applying import (
    STORED,
    change_addresses,
    one_import_at_a_time,
    search_text,
)
from people.domain.importing.attributes import Place, write_attributes
from people.domain.importing.belongings import is_our_own, remove_belongings, that_keep
from people.domain.importing.reading import attribute_of
from people.domain.importing.recording import stored_value
from people.domain.importing.snapshot import Snapshot
from people.models import ImportRow, ImportRun, Person, Team

Kind = ImportRow.Kind
_NAMES_SHOWN = 5
_DATES = frozenset({"start_date", "end_date"})


class CannotUndo(Exception):
    """Said to whoever asked; nothing was changed."""


@dataclass
class Undoing:
    """What taking it back would do."""

    snapshot: Snapshot
    # Rows whose former values come back.
    restored: list[ImportRow] = field(default_factory=list)
    leads: list[ImportRow] = field(default_factory=list)
    removed: set[int] = field(default_factory=set)
    # Created by the import and still there afterwards: primary key and name.
    staying: dict[int, str] = field(default_factory=dict)
    teams: set[int] = field(default_factory=set)


def kept_days() -> int:
    """For how long it is kept what an import changed, by the retention file: its report, and the way back."""
    return retention.current().rules["imports"].days or 0


def is_last(run: ImportRun, now: dt.datetime) -> bool:
    """The newest that is still applied, and what it changed is still known."""
    known_since = now - dt.timedelta(days=kept_days())
    newest = ImportRun.objects.applied().order_by("-applied_at", "-pk").values_list("pk", flat=True).first()
    return newest == run.pk and run.applied_at is not None and run.applied_at > known_since


def look_back(run: ImportRun, *, now: dt.datetime) -> Undoing:
    """Work out what undoing would do; nothing is written. Raises CannotUndo with the reason."""
    if run.state != ImportRun.State.APPLIED:
        raise CannotUndo(_("This file is not applied, so there is nothing to take back."))
    if not is_last(run, now):
        words = _("Only the last file can be taken back, within %(days)s days.")
        raise CannotUndo(words % {"days": kept_days()})
    rows = list(run.rows_now.exclude(kind__in=[Kind.SAME, Kind.KEPT]).order_by("pk"))
    return _Looker(run, rows).look()


def undo(run_id: int, *, by: Person, now: dt.datetime) -> dict[str, int]:
    """Everything as it was before, but for whom the import made and who has been here since. Counts of it.

    Once, however often asked. Raises CannotUndo.
    """
    try:
        with one_import_at_a_time():
            run = ImportRun.objects.select_for_update().get(pk=run_id)
            counts = _take_back(look_back(run, now=now), by=by)
            run.state = ImportRun.State.UNDONE
            run.summary = run.summary | {"undone": counts}
            run.save(update_fields=["state", "summary"])
            audit.record(by=by, action="people.import_undone", obj=run, **counts)
            return counts
    except IntegrityError as error:
        raise CannotUndo(_("Somebody was just at work on the same people. Please try again.")) from error


class _Looker:
    def __init__(self, run: ImportRun, rows: list[ImportRow]) -> None:
        self.run = run
        self.rows = rows
        names = {name for row in rows for name in (*row.before, *row.after)}
        attributes = sorted({key for name in names if (key := attribute_of(name)) is not None})
        self.snapshot = Snapshot.take(attributes)
        self.found = Undoing(self.snapshot)
        # Managers as they will be, by person.
        self.managers = {pk: known.manager_id for pk, known in self.snapshot.people.items()}

    def look(self) -> Undoing:
        self._restore()
        self._refuse_taken_addresses()
        self._refuse_addresses_of_roles()
        self._lead_again()
        self._remove_people()
        self._refuse_rings()
        self._remove_teams()
        return self.found

    def _restore(self) -> None:
        edited: list[str] = []
        for row in self.rows:
            if row.kind in {Kind.CHANGED, Kind.LEAVES, Kind.RETURNS}:
                if self._is_as_left(row):
                    self.found.restored.append(row)
                    if "manager_id" in row.before and row.person_id:
                        self.managers[row.person_id] = row.before["manager_id"]
                else:
                    edited.append(row.name)
        if edited:
            raise CannotUndo(
                _("Somebody has changed the same people since: %(names)s.") % {"names": _listed(edited)}
            )

    def _is_as_left(self, row: ImportRow) -> bool:
        known = self.snapshot.people.get(row.person_id or 0)
        if known is None:
            return False
        teams = [row.before.get("team_id"), row.after.get("team_id")]
        return all(team is None or team in self.snapshot.teams for team in teams) and all(
            stored_value(name, known, self.snapshot) == _read(name, value)
            for name, value in row.after.items()
        )

    def _refuse_taken_addresses(self) -> None:
        """An address or number that comes back must not be somebody else's by now."""
        touched = {row.person_id for row in self.rows}
        for row in self.found.restored:
            for name, owners in (
                ("email", self.snapshot.by_email),
                ("employee_number", self.snapshot.by_number),
            ):
                owner = owners.get(row.before.get(name) or "")
                if owner is not None and owner not in touched:
                    message = _("%(value)s belongs to %(name)s by now.")
                    raise CannotUndo(
                        message
                        % {"value": row.before[name], "name": self.snapshot.people[owner].display_name}
                    )

    def _refuse_addresses_of_roles(self) -> None:
        """As in a file: whoever writes the address can have the next password mailed there."""
        for row in self.found.restored:
            if "email" in row.before and row.person_id in self.snapshot.with_role:
                message = _("%(name)s holds a role, so their e-mail stays until an administrator takes it.")
                raise CannotUndo(message % {"name": row.name})

    def _lead_again(self) -> None:
        """Where somebody chose another lead since, that stays."""
        for row in self.rows:
            team = self.snapshot.teams.get(row.team_id or 0)
            if row.kind == Kind.LEAD and team and team.lead_id == row.after["lead_id"]:
                self.found.leads.append(row)

    def _remove_people(self) -> None:
        made = {row.person_id: row for row in self.rows if row.kind == Kind.NEW and row.person_id}
        made = {pk: row for pk, row in made.items() if pk in self.snapshot.people}
        known = _known_elsewhere(Person, self.run, Kind.NEW, "person_id")
        known |= set(
            Person.objects.filter(pk__in=_keys_of(self.run, Kind.NEW, "person_id"))
            .exclude(last_login=None, password__startswith=UNUSABLE_PASSWORD_PREFIX)
            .values_list("pk", flat=True)
        )
        removed = {pk for pk, row in made.items() if pk not in known and self._is_as_left(row)}
        leads = {team.pk: team.lead_id for team in self.snapshot.teams.values()}
        leads |= {row.team_id: row.before["lead_id"] for row in self.found.leads if row.team_id}
        removed -= set(leads.values())
        # Whoever stays keeps their manager, who keeps theirs.
        while needed := {
            manager for pk, manager in self.managers.items() if manager in removed and pk not in removed
        }:
            removed -= needed
        self.found.removed = removed
        self.found.staying = {pk: row.name for pk, row in made.items() if pk not in removed}

    def _refuse_rings(self) -> None:
        settled: set[int] = set()
        for start in sorted(self.managers):
            way: set[int] = set()
            above: int | None = start
            while above is not None and above not in settled and above not in way:
                way.add(above)
                above = self.managers.get(above)
            if above is not None and above in way:
                name = self.snapshot.people[above].display_name
                raise CannotUndo(
                    _("Managers were changed since, and %(name)s would be in a ring.") % {"name": name}
                )
            settled |= way

    def _remove_teams(self) -> None:
        """Those the import made and nobody is in, from the bottom up."""
        made = {row.team_id for row in self.rows if row.kind == Kind.TEAM and row.team_id}
        members = {pk: known.team_id for pk, known in self.snapshot.people.items()}
        for row in self.found.restored:
            if "team_id" in row.before and row.person_id:
                members[row.person_id] = row.before["team_id"]
        used = {team for pk, team in members.items() if pk not in self.found.removed}
        used |= _known_elsewhere(Team, self.run, Kind.TEAM, "team_id")
        empty = {pk for pk in made if pk in self.snapshot.teams and pk not in used}
        while parents := {
            team.parent_id
            for pk, team in self.snapshot.teams.items()
            if pk not in empty and team.parent_id in empty
        }:
            empty -= {pk for pk in parents if pk is not None}
        self.found.teams = empty


def _take_back(plan: Undoing, *, by: Person) -> dict[str, int]:
    snapshot = plan.snapshot
    changed = [row for row in plan.restored if row.person_id]
    addresses = {row.person_id: row.before["email"] for row in changed if "email" in row.before}
    change_addresses({pk: email for pk, email in addresses.items() if pk}, snapshot.by_email)
    columns = sorted({name for row in changed for name in row.before if name in STORED})
    if columns:
        update_rows(Person, [*columns, "search_text"], (_former(row, columns, snapshot) for row in changed))
    write_attributes(_former_attributes(changed), snapshot.attributes)
    reactivate_many([row.person_id for row in changed if row.kind == Kind.LEAVES and row.person_id], by=by)
    deactivate_many([row.person_id for row in changed if row.kind == Kind.RETURNS and row.person_id], by=by)
    update_rows(Team, ["lead_id"], ((row.team_id, row.before["lead_id"]) for row in plan.leads))
    remove_belongings(sorted(plan.removed))
    delete_rows(Person, sorted(plan.removed))
    # Children have the higher keys only by chance; the constraint looks at the end of the transaction.
    delete_rows(Team, sorted(plan.teams))
    return {
        "restored": len(changed),
        "removed_people": len(plan.removed),
        "staying": len(plan.staying),
        "removed_teams": len(plan.teams),
    }


def _former(row: ImportRow, columns: list[str], snapshot: Snapshot) -> tuple[Any, ...]:
    known = snapshot.people[row.person_id or 0]
    values = known._asdict() | {name: _read(name, value) for name, value in row.before.items()}
    return (known.pk, *(values[name] for name in columns), search_text(values))


def _former_attributes(rows: Iterable[ImportRow]) -> dict[Place, str]:
    return {
        (row.person_id, key): value
        for row in rows
        for name, value in row.before.items()
        if row.person_id and (key := attribute_of(name)) is not None
    }


def _read(name: str, value: Any) -> Any:
    """A recorded value as the model has it."""
    return parse_date(value) if name in _DATES and value else value


def _keys_of(run: ImportRun, kind: str, column: str) -> models.QuerySet[ImportRow, Any]:
    keys: models.QuerySet[ImportRow, Any] = run.rows_now.filter(kind=kind).values(column)
    return keys


def _known_elsewhere(model: type[models.Model], run: ImportRun, kind: str, column: str) -> set[int]:
    """Which of the rows this run made something else points at: a wave, a role, an absence, the audit log."""
    keys = _keys_of(run, kind, column)
    found: set[int] = set()
    for relation in model._meta.get_fields(include_hidden=True):
        if not isinstance(relation, models.ForeignObjectRel) or isinstance(relation, models.ManyToManyRel):
            continue
        pointing, key = relation.related_model, relation.field
        if isinstance(pointing, str) or is_our_own(pointing, key.name):
            continue
        rows = pointing._default_manager.filter(**{f"{key.name}__in": keys})
        found |= set(that_keep(rows, key.name).values_list(key.attname, flat=True))
    return found


def _listed(names: list[str]) -> str:
    shown = ", ".join(names[:_NAMES_SHOWN])
    more = len(names) - _NAMES_SHOWN
    if more <= 0:
        return shown
    return ngettext("%(names)s and %(n)s more", "%(names)s and %(n)s more", more) % {
        "names": shown,
        "n": more,
    }
