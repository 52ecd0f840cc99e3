"""Writing a plan: one short transaction of set statements, one import at a time."""

from __future__ import annotations

import datetime as dt
import secrets
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TypeVar

from django.contrib.auth.hashers import UNUSABLE_PASSWORD_PREFIX
from django.db import IntegrityError, connection, transaction
from django.utils import timezone

from common import audit
from common.csv_import import Problem
from people.domain.importing.planning import Handle, ImportPlan, PlannedPerson, plan_import
from people.domain.importing.reading import ParsedFile, TeamPath
from people.domain.importing.snapshot import Snapshot
from people.domain.inviting import queue_set_password_mails
from people.models import Person, Team

CHUNK = 1000
_LOCK = 5_870_117  # Any number nobody else locks.
_SEARCHED = frozenset({"display_name", "job_title", "email"})
Item = TypeVar("Item")


class ImportRefused(Exception):
    """Nothing was written. ``plan`` says why; without errors somebody changed the same people meanwhile."""

    def __init__(self, plan: ImportPlan) -> None:
        super().__init__(f"{len(plan.errors)} errors")
        self.plan = plan


@dataclass(frozen=True)
class ImportResult:
    created: int
    updated: int
    unchanged: int
    teams: int
    leads: int
    invited: int
    warnings: Sequence[Problem]

    @property
    def counts(self) -> dict[str, int]:
        names = ("created", "updated", "unchanged", "teams", "leads", "invited")
        return {name: getattr(self, name) for name in names}


def apply_import(
    parsed: ParsedFile,
    *,
    by: Person | None,
    invite: bool,
    chosen_leads: Mapping[TeamPath, str] | None = None,
    now: dt.datetime | None = None,
    finish: Callable[[ImportResult], bool] = lambda result: True,
) -> ImportResult:
    """Bring people and teams to what the file says, all or nothing; again changes nothing more.

    Plans before it locks, and anew only when somebody was quicker. ``finish`` runs in the same transaction
    and says False to undo it all. Raises ImportRefused.
    """
    snapshot = Snapshot.take()
    plan = plan_import(parsed, snapshot, chosen_leads)
    try:
        with _one_import_at_a_time():
            newest = Snapshot.take()
            if newest != snapshot:
                plan = plan_import(parsed, newest, chosen_leads)
            if plan.errors:
                raise ImportRefused(plan)
            result = _Writer(plan, newest).write(by=by, invite=invite, now=now or timezone.now())
            if not finish(result):
                raise ImportRefused(plan)
            return result
    except IntegrityError as error:
        # A page gave somebody the same number or e-mail between our look and our write.
        raise ImportRefused(plan) from error


@contextmanager
def _one_import_at_a_time() -> Iterator[None]:
    """A transaction no other import shares. SQLite has one writer anyway."""
    with transaction.atomic():
        if connection.vendor == "postgresql":
            with connection.cursor() as cursor:
                cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_LOCK])
        yield


class _Writer:
    def __init__(self, plan: ImportPlan, snapshot: Snapshot) -> None:
        self.plan = plan
        self.team_ids = dict(snapshot.team_paths)
        # Handles of new people become primary keys as they are written.
        self.pks: dict[Handle, int] = {}

    def write(self, *, by: Person | None, invite: bool, now: dt.datetime) -> ImportResult:
        self._create_teams()
        self._create_people()
        self._update_people()
        leads = self._set_leads()
        new = list(self.pks.values())
        invited = queue_set_password_mails(new, now=now) if invite else 0
        result = ImportResult(
            created=len(new),
            updated=len(self.plan.updates),
            unchanged=self.plan.unchanged,
            teams=len(self.plan.new_teams),
            leads=leads,
            invited=invited,
            warnings=self.plan.warnings,
        )
        audit.record(by=by, action="people.imported", obj=None, **result.counts)
        return result

    def _pk(self, handle: Handle | None) -> int | None:
        return self.pks[handle] if handle is not None and handle < 0 else handle

    def _create_teams(self) -> None:
        """Level by level, so that a parent has its key before its children need it."""
        for depth in (1, 2):
            paths = [path for path in self.plan.new_teams if len(path) == depth]
            teams = [Team(name=path[-1], parent_id=self.team_ids.get(path[:-1])) for path in paths]
            for path, team in zip(paths, Team.objects.bulk_create(teams, batch_size=CHUNK), strict=True):
                self.team_ids[path] = team.pk

    def _create_people(self) -> None:
        """Managers before those they manage, so that no second statement fills in the manager."""
        for level in _levels(self.plan.creates):
            people = [self._new_person(planned) for planned in level]
            Person.objects.bulk_create(people, batch_size=CHUNK)
            self.pks.update(
                (planned.handle, person.pk) for planned, person in zip(level, people, strict=True)
            )

    def _new_person(self, planned: PlannedPerson) -> Person:
        person = Person(
            **planned.values,
            password=_no_password(),
            manager_id=self._pk(planned.manager),
            team_id=self.team_ids.get(planned.team),
        )
        person.refresh_search_text()
        return person

    def _update_people(self) -> None:
        for chunk in _chunks(self.plan.updates, CHUNK):
            stored = {
                person.pk: person
                for person in Person.objects.select_for_update()
                .filter(pk__in=[planned.handle for planned in chunk])
                .order_by("pk")
            }
            changed: set[str] = set()
            for planned in chunk:
                changed |= self._change(stored[planned.handle], planned)
            # An upsert of whole rows is one statement; bulk_update's CASE per row and field takes seconds.
            Person.objects.bulk_create(
                stored.values(),
                update_conflicts=True,
                unique_fields=["pk"],
                update_fields=sorted(changed),
                batch_size=CHUNK,
            )

    def _change(self, person: Person, planned: PlannedPerson) -> set[str]:
        changed = set(planned.changed)
        for name in changed - {"manager", "team"}:
            setattr(person, name, planned.values[name])
        if "manager" in changed:
            person.manager_id = self._pk(planned.manager)
        if "team" in changed:
            person.team_id = self.team_ids.get(planned.team)
        if "email" in changed:
            # As in ``changing.save_person``: a password does not outlive the address it was mailed to.
            person.password = _no_password()
            changed.add("password")
        if changed & _SEARCHED:
            person.refresh_search_text()
            changed.add("search_text")
        return changed

    def _set_leads(self) -> int:
        teams = [
            Team(pk=self.team_ids[lead.path], lead_id=self._pk(lead.chosen.handle))
            for lead in self.plan.leads
            if lead.chosen
        ]
        Team.objects.bulk_update(teams, ["lead"], batch_size=200)
        return len(teams)


def _no_password() -> str:
    """What make_password(None) gives, from one random draw instead of forty."""
    return UNUSABLE_PASSWORD_PREFIX + secrets.token_urlsafe(30)


def _levels(creates: Sequence[PlannedPerson]) -> list[list[PlannedPerson]]:
    """New people by how many new managers stand above them. There are no rings: those are errors."""
    by_handle = {planned.handle: planned for planned in creates}
    depths: dict[Handle, int] = {}

    def depth(planned: PlannedPerson) -> int:
        way = [planned]
        while way[-1].handle not in depths and way[-1].manager in by_handle:
            way.append(by_handle[way[-1].manager])
        below = depths.get(way[-1].handle, 0)
        for steps, passed in enumerate(reversed(way)):
            depths[passed.handle] = below + steps
        return depths[planned.handle]

    levels: dict[int, list[PlannedPerson]] = defaultdict(list)
    for planned in creates:
        levels[depth(planned)].append(planned)
    return [levels[number] for number in sorted(levels)]


def _chunks(items: Sequence[Item], size: int) -> Iterator[Sequence[Item]]:
    for start in range(0, len(items), size):
        yield items[start : start + size]
