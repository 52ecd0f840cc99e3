"""Who is asked by which wave of a row that repeats: arithmetic alone, the same at each look.

Nobody chooses: a keyed hash gives each person a place in the rotation, and says who is left out where an
audience would come too close to another one (anonymity.md R7; docs/repeating.md says why that is safe).
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass

from surveys.domain.waves.audience import Identity

# In each fourth round nobody waits twice in a row: others are left out instead.
ROUNDS_TO_WAIT = 4


@dataclass(frozen=True)
class AskedLately:
    """Another audience was asked the same: differ from it by nobody, or by at least so many."""

    asked: frozenset[Identity]
    least: int

    def is_clear_of(self, chosen: AbstractSet[Identity]) -> bool:
        difference = len(chosen ^ self.asked)
        return not difference or difference >= self.least


def place_of(identity: Identity, *, shuffle: str, rotation: int) -> int:
    """From 0 to one less than the rotation."""
    return int.from_bytes(_hash(identity, shuffle)) % rotation


def whose_turn(
    people: Iterable[Identity],
    *,
    shuffle: str,
    rotation: int,
    number: int,
    last_asked: Mapping[Identity, int],
) -> frozenset[Identity]:
    """Whom wave ``number`` of the row asks, from 1. ``last_asked``: by which wave before it.

    Those whose place it is, and those whose place was the last one and who were left out then; never anybody
    whom one of the ``rotation - 1`` waves before asked.
    """
    here, before = number % rotation, (number - 1) % rotation

    def has_turn(identity: Identity) -> bool:
        last = last_asked.get(identity, 0)
        if last > number - rotation and last > 0:
            return False
        place = place_of(identity, shuffle=shuffle, rotation=rotation)
        return place == here or (place == before and number > 1)

    return frozenset(each for each in people if has_turn(each))


def who_must_not_wait(
    people: Iterable[Identity], *, rotation: int, number: int, last_asked: Mapping[Identity, int]
) -> frozenset[Identity]:
    """In each fourth round those who were not asked in the one before. So whoever stays is asked within
    ``longest_wait`` waves.
    """
    if ((number - 1) // rotation) % ROUNDS_TO_WAIT:
        return frozenset()
    lately = max(1, number - rotation - 1)
    return frozenset(each for each in people if last_asked.get(each, 0) < lately)


def longest_wait(rotation: int) -> int:
    """Between two waves that ask the same person; of whoever has just come, until the first."""
    return (ROUNDS_TO_WAIT + 1) * rotation + 1


def steer_clear(
    candidates: frozenset[Identity],
    lately: Sequence[AskedLately],
    *,
    shuffle: str,
    least: int,
    must: AbstractSet[Identity] = frozenset(),
) -> frozenset[Identity]:
    """The candidates but for as few as needed to be clear of all who were asked lately.

    Who came since waits, where that is enough; else those go who were asked by most of the others, in the
    order of the keyed hash. ``must`` stay if that is possible. Where nothing helps all are returned: then
    the launch is refused. Never fewer than ``least``.
    """
    if _is_clear(candidates, lately):
        return candidates
    for staying in (must, frozenset[Identity]()):
        ways = [
            way
            for way in (
                *_the_same_again(candidates, lately),
                _without_some(candidates, lately, staying, shuffle),
            )
            if way is not None and len(way) >= least and staying & candidates <= way
        ]
        if ways:
            return max(ways, key=len)
    return candidates


def _is_clear(chosen: AbstractSet[Identity], lately: Collection[AskedLately]) -> bool:
    return all(other.is_clear_of(chosen) for other in lately)


def _the_same_again(
    candidates: frozenset[Identity], lately: Sequence[AskedLately]
) -> list[frozenset[Identity]]:
    """Exactly those whom another one asked, so that the others wait."""
    return [other.asked for other in lately if other.asked <= candidates and _is_clear(other.asked, lately)]


def _without_some(
    candidates: frozenset[Identity],
    lately: Sequence[AskedLately],
    staying: AbstractSet[Identity],
    shuffle: str,
) -> frozenset[Identity] | None:
    """Each one who goes and whom the others asked makes the difference to them larger by one."""
    # What is far away stays so, whoever goes of the few that are needed.
    near = [other for other in lately if len(candidates ^ other.asked) < 3 * other.least]
    differences = [len(candidates ^ other.asked) for other in near]
    going = sorted(
        candidates - staying,
        key=lambda one: (-sum(one in other.asked for other in near), _hash(one, shuffle)),
    )
    for count, one in enumerate(going, start=1):
        for index, other in enumerate(near):
            differences[index] += 1 if one in other.asked else -1
        far_enough = all(
            not difference or difference >= other.least
            for difference, other in zip(differences, near, strict=True)
        )
        if far_enough and _is_clear(left := candidates.difference(going[:count]), lately):
            return left
    return None


def _hash(identity: Identity, shuffle: str) -> bytes:
    kind, number = identity
    return hashlib.blake2b(f"{kind}:{number}".encode(), key=shuffle.encode(), digest_size=16).digest()
