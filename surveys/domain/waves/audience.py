"""Who is asked, and the tree of groups they belong to. Pure: no database."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property

from common.search import search_key

# Of a person or a contact, the same in every wave: of which of the two, and their number.
Identity = tuple[str, int]

# The whole audience; every other group of a wave lies below it.
WHOLE_AUDIENCE = 1


@dataclass(frozen=True)
class Member:
    """Somebody to invite. ``place`` is the team's or organisation's id; None: in no team."""

    person_id: int | None
    contact_id: int | None
    address: str
    language: str
    place: int | None
    breakdown_value: str
    # Whom they are asked about, where the wave is about somebody.
    subject_id: int | None = None

    @property
    def identity(self) -> Identity:
        """The same for the same respondent in every wave."""
        return ("person", self.person_id) if self.person_id else ("contact", self.contact_id or 0)


def with_subject(member: Member, subject_id: int) -> Member:
    """They count where their subject does, and not in their own team."""
    return replace(member, place=subject_id, subject_id=subject_id)


@dataclass(frozen=True)
class FrozenGroup:
    """``invited`` counts this group and everything below it, ``own`` only those directly in it."""

    code: int
    parent_code: int | None
    name: str
    place: int | None
    lead_id: int | None
    own: int
    invited: int
    subject_id: int | None = None


@dataclass(frozen=True)
class FrozenAudience:
    members: tuple[Member, ...]
    groups: tuple[FrozenGroup, ...]
    opted_out: int
    # In a row of waves: how many are asked another time, by why (``taking_turns``).
    left_out: Mapping[str, int] = field(default_factory=dict)
    # Of a wave about managers: how many have none.
    without_subject: int = 0

    @property
    def invited(self) -> int:
        return len(self.members)

    @cached_property
    def code_of_place(self) -> dict[int, int]:
        return {group.place: group.code for group in self.groups if group.place is not None}

    def group_code(self, member: Member) -> int:
        if member.place is None:
            return WHOLE_AUDIENCE
        return self.code_of_place.get(member.place, WHOLE_AUDIENCE)


@dataclass(frozen=True)
class Place:
    """A team, an organisation or somebody rated (``waves.subjects``) that may become a group."""

    pk: int
    parent: int | None
    name: str
    lead_id: int | None = None
    subject_id: int | None = None


def only(places: list[Place], asked: set[int]) -> list[Place]:
    """The places asked, each below its nearest ancestor that is asked too.

    A team between them that nobody asked is no group: its figure would lack its other people.
    """
    parents = {place.pk: place.parent for place in places}

    def nearest(parent: int | None) -> int | None:
        while parent is not None and parent not in asked:
            parent = parents.get(parent)
        return parent

    return [replace(place, parent=nearest(place.parent)) for place in places if place.pk in asked]


def groups_of(members: Iterable[Member], places: list[Place], name_of_all: str) -> list[FrozenGroup]:
    """The tree of groups with somebody in it, parents before children, siblings by name.

    Where a single place holds everybody, it is the whole audience: the same people are never listed twice.
    """
    own = Counter(member.place for member in members)
    children: dict[int | None, list[Place]] = defaultdict(list)
    for place in sorted(places, key=lambda place: (search_key(place.name), place.pk)):
        children[place.parent].append(place)

    invited: dict[int, int] = {}

    def count(place: Place) -> int:
        below = sum(count(child) for child in children[place.pk])
        invited[place.pk] = own[place.pk] + below
        return invited[place.pk]

    everybody = sum(own.values())
    beside = everybody - sum(count(top) for top in children[None])
    tops = [top for top in children[None] if invited[top.pk]]
    groups: list[FrozenGroup] = []

    def add(place: Place, parent_code: int | None) -> None:
        code = len(groups) + WHOLE_AUDIENCE
        groups.append(
            FrozenGroup(
                code,
                parent_code,
                place.name,
                place.pk,
                place.lead_id,
                own[place.pk],
                invited[place.pk],
                place.subject_id,
            )
        )
        for child in children[place.pk]:
            if invited[child.pk]:
                add(child, code)

    if len(tops) == 1 and not beside:
        add(tops[0], None)
        return groups
    groups.append(FrozenGroup(WHOLE_AUDIENCE, None, name_of_all, None, None, beside, everybody))
    for top in tops:
        add(top, WHOLE_AUDIENCE)
    return groups
