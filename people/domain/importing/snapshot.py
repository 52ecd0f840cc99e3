"""Who and which teams are there before an import, read in two statements."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

from people.domain.importing.reading import TeamPath
from people.models import Person, Team


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

    @classmethod
    def take(cls) -> Snapshot:
        people = Person.objects.order_by().values_list(*KnownPerson._fields).iterator(chunk_size=5000)
        teams = Team.objects.order_by().values_list(*KnownTeam._fields)
        return cls(
            people={row[0]: KnownPerson(*row) for row in people},
            teams={row[0]: KnownTeam(*row) for row in teams},
            with_role=frozenset(Person.groups.through.objects.values_list("person_id", flat=True)),
        )

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

    def _path(self, team: KnownTeam) -> TeamPath:
        above = self.teams.get(team.parent_id) if team.parent_id else None
        return (*self._path(above), team.name) if above else (team.name,)
