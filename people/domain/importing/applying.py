"""Writing a plan: one short transaction of set statements, one import at a time."""

from __future__ import annotations

import datetime as dt
import secrets
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, fields
from functools import cache
from typing import Any

from django.contrib.auth.hashers import UNUSABLE_PASSWORD_PREFIX
from django.contrib.auth.models import Group
from django.db import connection, transaction

from common import audit, moving
from common.bulk import Record, insert_rows, reserve_ids, update_rows
from common.search import search_key
from people.domain.changing_many import deactivate_many, reactivate_many
from people.domain.importing.attributes import write_attributes
from people.domain.importing.planning import ImportPlan, PlannedPerson
from people.domain.importing.recording import Keys, column_names, values_of
from people.domain.importing.snapshot import KnownPerson, Snapshot
from people.domain.inviting import queue_set_password_mails
from people.domain.shutting_out import shut_out
from people.models import Person, Team

_LOCK = 5_870_117  # Any number nobody else locks.
# Columns of a person that a file fills.
STORED = frozenset(KnownPerson._fields) - {"pk", "is_active"}


class Outdated(Exception):
    """Somebody changed people or teams since the plan was made. Nothing was written."""


class Overtaken(Exception):
    """Somebody else did what was asked for. Nothing was written."""


@dataclass(frozen=True)
class ImportResult:
    created: int
    updated: int
    unchanged: int
    left: int
    returned: int
    teams: int
    leads: int
    invited: int

    @property
    def counts(self) -> dict[str, int]:
        return {each.name: getattr(self, each.name) for each in fields(self)}


def reserve_keys(plan: ImportPlan, snapshot: Snapshot) -> Keys:
    """Primary keys for whom and what the plan makes; those nobody uses in the end are no loss."""
    people = reserve_ids(Person, len(plan.creates))
    teams = reserve_ids(Team, len(plan.new_teams))
    return Keys(
        plan,
        snapshot,
        people={person.handle: pk for person, pk in zip(plan.creates, people, strict=True)},
        teams=dict(zip(plan.new_teams, teams, strict=True)),
    )


def apply_plan(
    keys: Keys,
    *,
    by: Person | None,
    invite: bool,
    reactivate: bool,
    now: dt.datetime,
    finish: Callable[[ImportResult], bool],
) -> ImportResult:
    """Bring people and teams to what the plan says, all or nothing.

    ``finish`` runs in the same transaction and says False to undo it all. Raises Outdated or Overtaken.
    """
    rows = _Rows(keys)
    with one_import_at_a_time():
        if Snapshot.take(keys.snapshot.attribute_ids) != keys.snapshot:
            raise Outdated
        result = rows.write(by=by, invite=invite, reactivate=reactivate, now=now)
        if not finish(result):
            raise Overtaken
    return result


@contextmanager
def one_import_at_a_time() -> Iterator[None]:
    """A transaction in which nobody else writes people, teams or roles; reading goes on.

    SQLite has one writer anyway. Roles are locked first, as by whoever gives or takes one.
    """
    with transaction.atomic():
        if connection.vendor == "postgresql":
            list(Group.objects.select_for_update().order_by("pk"))
            with connection.cursor() as cursor:
                cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_LOCK])
                for model in (Person, Team):
                    cursor.execute(f"LOCK TABLE {model._meta.db_table} IN SHARE ROW EXCLUSIVE MODE")
        yield


class _Rows:
    """What is to be written, worked out before anything is locked."""

    def __init__(self, keys: Keys) -> None:
        self.keys = keys
        self.plan = keys.plan
        self.snapshot = keys.snapshot
        self.leads = [
            (keys.team(lead.path), keys.person(lead.chosen.handle)) for lead in self.plan.leads if lead.chosen
        ]
        # Parents before children.
        self.teams = [
            (keys.team(path), path[-1], keys.team(path[:-1])) for path in sorted(self.plan.new_teams, key=len)
        ]
        self.new_people = [_new_person(person, keys) for person in self.plan.creates]
        self.columns = sorted(
            {name for person in self.plan.updates for name in column_names(person.changed) if name in STORED}
        )
        self.changed_people = [self._changed_person(person) for person in self.plan.updates]
        self.new_addresses = [person for person in self.plan.updates if "email" in person.changed]
        self.attributes = {
            (keys.people.get(person.handle, person.handle), attribute): value
            for person in (*self.plan.creates, *self.plan.updates)
            for attribute, value in person.row.attributes.items()
        }

    def write(self, *, by: Person | None, invite: bool, reactivate: bool, now: dt.datetime) -> ImportResult:
        insert_rows(Team, ["id", "name", "parent_id"], self.teams)
        self._change_people()
        insert_rows(Person, _person_columns(), self.new_people)
        write_attributes(self.attributes, self.snapshot.attributes)
        update_rows(Team, ["lead_id"], self.leads)
        left = deactivate_many([leaver.known.pk for leaver in self.plan.leavers], by=by)
        returners = [person.handle for person in self.plan.returners] if reactivate else []
        returned = reactivate_many(returners, by=by)
        new = list(self.keys.people.values())
        result = ImportResult(
            created=len(new),
            updated=len(self.plan.updates),
            unchanged=len(self.plan.same),
            left=left,
            returned=returned,
            teams=len(self.teams),
            leads=len(self.leads),
            invited=queue_set_password_mails(new, now=now) if invite else 0,
        )
        audit.record(by=by, action="people.imported", obj=None, **result.counts)
        return result

    def _changed_person(self, person: PlannedPerson) -> Record:
        """All columns that change for anybody: nobody else can write to this person meanwhile."""
        known = self.snapshot.people[person.handle]
        new = values_of(person, self.keys)
        row = known._asdict() | {name: new[name] for name in column_names(person.changed) if name in STORED}
        return (known.pk, *(row[name] for name in self.columns), search_text(row))

    def _change_people(self) -> None:
        if not self.columns:
            return
        change_addresses(
            {person.handle: person.values["email"] for person in self.new_addresses}, self.snapshot.by_email
        )
        update_rows(Person, [*self.columns, "search_text"], self.changed_people)


def change_addresses(new: Mapping[int, str], owners: Mapping[str, int]) -> None:
    """Make way for new addresses, by person; ``owners`` has today's.

    Whose address another gets has none of their own for a moment, so that two can swap. A password does not
    outlive the address it was mailed to, as in ``changing.save_person``; nor do links and sessions.
    """
    if not new:
        return
    taken = {owners[email] for pk, email in new.items() if owners.get(email, pk) != pk}
    update_rows(Person, ["email"], [(pk, f"moving-{pk}@import.invalid") for pk in sorted(taken)])
    update_rows(Person, ["password"], [(pk, _no_password()) for pk in new])
    moving.follow({former: new[pk] for former, pk in owners.items() if pk in new})
    shut_out(list(new))


def _new_person(person: PlannedPerson, keys: Keys) -> Record:
    row: dict[str, Any] = {name: default() for name, default in _defaults().items()}
    row |= values_of(person, keys)
    row["id"] = keys.person(person.handle)
    row["password"] = _no_password()
    row["search_text"] = search_text(row)
    return [row[name] for name in _person_columns()]


@cache
def _defaults() -> dict[str, Callable[[], Any]]:
    return {each.attname: each.get_default for each in Person._meta.concrete_fields}


def _person_columns() -> list[str]:
    return list(_defaults())


def search_text(row: Mapping[str, Any]) -> str:
    """As ``Person.refreshsearch_text`` makes it."""
    return search_key(f"{row['display_name']} {row['job_title']} {row['email']}")


def _no_password() -> str:
    """What make_password(None) gives, from one random draw instead of forty."""
    return UNUSABLE_PASSWORD_PREFIX + secrets.token_urlsafe(30)
