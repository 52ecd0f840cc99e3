"""A plan as rows: what the preview shows, the report says and undoing needs."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, NamedTuple

from people.domain.importing.planning import Handle, ImportPlan, Leaver, PlannedPerson
from people.domain.importing.reading import TeamPath, attribute_field, attribute_of
from people.domain.importing.snapshot import KnownPerson, Snapshot
from people.models import ImportRow

Kind = ImportRow.Kind


class Recorded(NamedTuple):
    """A row of ImportRow, less the run and the attempt."""

    kind: str
    number: int | None
    person_id: int | None
    team_id: int | None
    name: str
    before: dict[str, Any]
    after: dict[str, Any]


@dataclass(frozen=True)
class Keys:
    """Which primary keys people and teams still to be made will have; until that is known they go by their
    handle, and teams by minus their place among the new ones."""

    plan: ImportPlan
    snapshot: Snapshot
    people: Mapping[Handle, int] = field(default_factory=dict)
    teams: Mapping[TeamPath, int] = field(default_factory=dict)

    def person(self, handle: Handle | None) -> int | None:
        return None if handle is None else self.people.get(handle, handle)

    def team(self, path: TeamPath) -> int | None:
        if not path:
            return None
        known = self.snapshot.team_paths.get(path) or self.teams.get(path)
        return known if known is not None else self._places[path]

    @cached_property
    def _places(self) -> dict[TeamPath, int]:
        return {path: -1 - place for place, path in enumerate(self.plan.new_teams)}


def record_plan(plan: ImportPlan, snapshot: Snapshot, keys: Keys, *, reactivate: bool) -> Iterator[Recorded]:
    """One record for each person, team and lead. ``reactivate``: returners return."""
    returning = {person.handle for person in plan.returners} if reactivate else set()
    leaving = {leaver.known.pk for leaver in plan.leavers}
    for path in plan.new_teams:
        yield Recorded(Kind.TEAM, None, None, keys.team(path), " / ".join(path), {}, {})
    for person in plan.creates:
        yield _person(Kind.NEW, person, keys, {}, values_of(person, keys))
    for person in plan.updates:
        if person.handle not in leaving:
            kind = Kind.RETURNS if person.handle in returning else Kind.CHANGED
            yield _changed(kind, person, snapshot, keys)
    for person in plan.same:
        if person.handle in returning:
            yield _changed(Kind.RETURNS, person, snapshot, keys)
        elif person.handle not in leaving:
            yield _person(Kind.SAME, person, keys, {}, {})
    yield from _leavers(plan, snapshot, keys)
    for lead in plan.leads:
        if lead.chosen:
            team_id = keys.team(lead.path)
            known = snapshot.teams.get(team_id or 0)
            yield Recorded(
                Kind.LEAD,
                None,
                keys.person(lead.chosen.handle),
                team_id,
                f"{lead.chosen.name}: {' / '.join(lead.path)}"[:420],
                {"lead_id": known.lead_id if known else None},
                {"lead_id": keys.person(lead.chosen.handle)},
            )


def _leavers(plan: ImportPlan, snapshot: Snapshot, keys: Keys) -> Iterator[Recorded]:
    updates = {person.handle: person for person in plan.updates}
    for leaver in plan.leavers:
        person = updates.get(leaver.known.pk)
        if person:
            yield _changed(Kind.LEAVES, person, snapshot, keys)
        else:
            yield _known(Kind.LEAVES, leaver, {"is_active": True}, {"is_active": False})
    for leaver in plan.kept:
        # Somebody in the file stands among the changed or the same already.
        if not leaver.row:
            yield _known(Kind.KEPT, leaver, {}, {})


def _known(kind: str, leaver: Leaver, before: dict[str, Any], after: dict[str, Any]) -> Recorded:
    known = leaver.known
    return Recorded(kind, leaver.row or None, known.pk, None, known.display_name, before, after)


def _changed(kind: str, person: PlannedPerson, snapshot: Snapshot, keys: Keys) -> Recorded:
    known = snapshot.people[person.handle]
    new = values_of(person, keys)
    before = {name: stored_value(name, known, snapshot) for name in column_names(person.changed)}
    after = {name: new[name] for name in before}
    if kind in {Kind.LEAVES, Kind.RETURNS}:
        before["is_active"], after["is_active"] = known.is_active, not known.is_active
    return _person(kind, person, keys, before, after)


def _person(
    kind: str, person: PlannedPerson, keys: Keys, before: dict[str, Any], after: dict[str, Any]
) -> Recorded:
    return Recorded(kind, person.row.number, keys.person(person.handle), None, str(person), before, after)


def values_of(person: PlannedPerson, keys: Keys) -> dict[str, Any]:
    """What the import gives a person, by column and ``attribute:<key>``."""
    values = dict(person.values)
    values["manager_id"] = keys.person(person.manager)
    values["team_id"] = keys.team(person.team)
    values |= {attribute_field(key): value for key, value in person.row.attributes.items()}
    return values


def column_names(changed: set[str]) -> list[str]:
    """The columns of these fields, in one order."""
    return sorted(f"{name}_id" if name in {"manager", "team"} else name for name in changed)


def stored_value(name: str, known: KnownPerson, snapshot: Snapshot) -> Any:
    attribute = attribute_of(name)
    if attribute is None:
        return getattr(known, name)
    stored = snapshot.attributes.get((known.pk, attribute))
    return stored.value if stored else ""


def digest(plan: ImportPlan, snapshot: Snapshot) -> str:
    """The same for two plans that do the same to the same people, whoever is proposed as a lead."""
    found = hashlib.blake2b(digest_size=32)
    for record in record_plan(plan, snapshot, Keys(plan, snapshot), reactivate=True):
        if record.kind != Kind.LEAD:
            # Made of nothing but texts, numbers, days and dictionaries in one order.
            found.update(repr(tuple(record)).encode("utf-8", "surrogatepass"))
    return found.hexdigest()
