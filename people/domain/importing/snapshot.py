"""Who and which teams are there before an import, in three statements, and a fourth where attributes come."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection
from dataclasses import dataclass, field
from functools import cached_property
from typing import NamedTuple

from common.importing.tidying import tidy
from people.domain.importing.attributes import KnownValue
from people.domain.importing.reading import TeamPath
from people.models import Person, PersonAttribute, Team


class KnownPerson(NamedTuple):
    """A person as stored; the names are those of the model."""

    pk: int
    email: str
    employee_number: str | None
    display_name: str
    given_name: str
    family_name: str
    job_title: str
    location: str
    country: str
    start_date: dt.date | None
    end_date: dt.date | None
    language: str
    time_zone: str
    is_active: bool
    team_id: int | None
    manager_id: int | None


class KnownTeam(NamedTuple):
    pk: int
    name: str
    parent_id: int | None
    lead_id: int | None


@dataclass(frozen=True)
class Snapshot:
    """People are read before teams: a team may name a lead who came in between, but no team is missing."""

    people: dict[int, KnownPerson]
    teams: dict[int, KnownTeam]
    # Who holds a role: HR or administrator.
    with_role: frozenset[int]
    # What is kept of attributes, by person and attribute.
    attributes: dict[tuple[int, int], KnownValue] = field(default_factory=dict)
    attribute_ids: tuple[int, ...] = ()

    @classmethod
    def take(cls, attribute_ids: Collection[int] = ()) -> Snapshot:
        """``attribute_ids``: those the file has a column for; no other value is read."""
        people = Person.objects.known().order_by().values_list(*KnownPerson._fields).iterator(chunk_size=5000)
        teams = Team.objects.order_by().values_list(*KnownTeam._fields)
        return cls(
            people={row[0]: KnownPerson(*row) for row in people},
            teams={row[0]: KnownTeam(*row) for row in teams},
            with_role=frozenset(Person.groups.through.objects.values_list("person_id", flat=True)),
            attributes=_attributes(attribute_ids),
            attribute_ids=tuple(attribute_ids),
        )

    @cached_property
    def working(self) -> frozenset[int]:
        return frozenset(pk for pk, known in self.people.items() if known.is_active)

    @cached_property
    def by_number(self) -> dict[str, int]:
        return {known.employee_number: pk for pk, known in self.people.items() if known.employee_number}

    @cached_property
    def by_email(self) -> dict[str, int]:
        return {known.email: pk for pk, known in self.people.items()}

    @cached_property
    def team_paths(self) -> dict[TeamPath, int]:
        """Teams by the names from the top of the tree down to them."""
        return {self._path(team): pk for pk, team in self.teams.items()}

    @cached_property
    def path_of(self) -> dict[int, TeamPath]:
        return {pk: path for path, pk in self.team_paths.items()}

    @cached_property
    def teams_named(self) -> dict[str, list[TeamPath]]:
        """The paths of all teams of a name, wherever they are; names as a cell would have them."""
        found: dict[str, list[TeamPath]] = {}
        for path in sorted(self.team_paths):
            found.setdefault(tidy(path[-1]), []).append(path)
        return found

    def _path(self, team: KnownTeam) -> TeamPath:
        above = self.teams.get(team.parent_id) if team.parent_id else None
        return (*self._path(above), team.name) if above else (team.name,)


def _attributes(attribute_ids: Collection[int]) -> dict[tuple[int, int], KnownValue]:
    if not attribute_ids:
        return {}
    rows = PersonAttribute.objects.filter(attribute__in=attribute_ids)
    found = rows.values_list("person_id", "attribute_id", "pk", "value").iterator(chunk_size=5000)
    return {(person, attribute): KnownValue(pk, value) for person, attribute, pk, value in found}
