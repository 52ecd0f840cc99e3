"""Who leads a team: the person most of it reports to."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from people.domain.importing.reading import TeamPath

Handle = int
# As many as somebody wants to look through.
MOST_CANDIDATES = 6


@dataclass(frozen=True, slots=True)
class LeadCandidate:
    handle: Handle
    key: str
    name: str
    reports: int


@dataclass(frozen=True, slots=True)
class Lead:
    """A team without a lead, who might be it, and who is taken."""

    path: TeamPath
    candidates: tuple[LeadCandidate, ...]
    chosen: LeadCandidate | None


def propose_leads(
    *,
    paths: Sequence[TeamPath],
    members: Mapping[Handle, TeamPath],
    manager_of: Callable[[Handle], Handle | None],
    key_of: Callable[[Handle], str],
    name_of: Callable[[Handle], str],
    may_lead: Callable[[Handle], bool],
    chosen: Mapping[TeamPath, str],
) -> list[Lead]:
    """One entry per path, in their order. A team with teams below looks at everybody below it."""
    counts = _counts(members, manager_of)
    proposals: list[Lead] = []
    for path in paths:
        ranked = sorted(
            ((handle, reports) for handle, reports in counts[path].items() if may_lead(handle)),
            # Of equals somebody of the team itself goes first, then the file's order decides.
            key=lambda item: (-item[1], members.get(item[0], ())[: len(path)] != path, abs(item[0])),
        )
        candidates = tuple(
            LeadCandidate(handle, key_of(handle), name_of(handle), reports)
            for handle, reports in ranked[:MOST_CANDIDATES]
        )
        best = candidates[0] if candidates else None
        if path in chosen:
            best = next((found for found in candidates if found.key == chosen[path]), None)
        proposals.append(Lead(path, candidates, best))
    return proposals


def _counts(
    members: Mapping[Handle, TeamPath], manager_of: Callable[[Handle], Handle | None]
) -> dict[TeamPath, Counter[Handle]]:
    """How many of each team report to whom; of a team with teams below, whom their lines end in."""
    counts: dict[TeamPath, Counter[Handle]] = defaultdict(Counter)
    has_below = {path[:depth] for path in members.values() for depth in range(1, len(path))}
    for handle, path in members.items():
        manager = manager_of(handle)
        if path and path not in has_below and manager is not None:
            counts[path][manager] += 1
        for depth in range(1, len(path) + 1):
            if path[:depth] in has_below:
                counts[path[:depth]][_top(handle, path[:depth], members, manager_of)] += 1
    return counts


def _top(
    handle: Handle,
    path: TeamPath,
    members: Mapping[Handle, TeamPath],
    manager_of: Callable[[Handle], Handle | None],
) -> Handle:
    """The last person up the line who is still of this team."""
    seen = {handle}
    while True:
        above = manager_of(handle)
        if above is None or above in seen or members.get(above, ())[: len(path)] != path:
            return handle
        seen.add(above)
        handle = above
