"""The pieces everything published of an anonymous wave is made of (anonymity.md R2). Pure: no database.

For one question the people who answered it are divided along the frozen team tree, from the leaves up. At
each group its own respondents and the rests that come up from the groups below are put together:

* k or more: they are an *atom*, whose home is this group;
* fewer: they go up to the group above as its *rest*.

What arrives at the top with fewer than k joins the atom with the shallowest home, among those the smallest,
among those the first; the home of the joined atom is the deepest group that holds all of it. Where fewer
than k answered altogether, there is no atom and nothing is published.

A group's figure is the union of the atoms whose home lies in the group or below it. So whatever is published
is a union of atoms, each of at least k, and no sum or difference of published figures describes fewer.

    Sales (2 answered themselves)        k = 5
      North (6)                          atom of North: 6
      South (3)                          rest 3 goes up
      West  (4)                          rest 4 goes up      -> atom of Sales: 2 + 3 + 4 = 9

North shows 6, Sales shows 15, South and West show nothing and say that they are counted in Sales.

Each question is divided by itself, since not everybody answers each. The figures of two questions add up
different things, so no subtraction joins them; where the same people answered, the atoms are the same.

With a declared attribute each atom is then divided by its values, if every value that occurs in it has k
people; an atom that cannot be divided stays whole. A group shows the attribute where all its atoms are
divided. The tree is settled first, so that the attribute never costs a team its figure.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property


@dataclass(frozen=True)
class Tree:
    """Groups by code with the code above each; exactly one has none."""

    parents: Mapping[int, int | None]

    @cached_property
    def root(self) -> int:
        (root,) = (code for code, parent in self.parents.items() if parent is None)
        return root

    @cached_property
    def children(self) -> dict[int, list[int]]:
        children: dict[int, list[int]] = {code: [] for code in self.parents}
        for code, parent in self.parents.items():
            if parent is not None:
                children[parent].append(code)
        return children

    @cached_property
    def top_down(self) -> list[int]:
        """Every group after the one above it."""
        order = [self.root]
        for code in order:
            order.extend(sorted(self.children[code]))
        return order

    def path(self, code: int) -> list[int]:
        """The group and those above it, up to the whole audience."""
        path = [code]
        while (parent := self.parents[path[-1]]) is not None:
            path.append(parent)
        return path

    def depth(self, code: int) -> int:
        return len(self.path(code)) - 1

    def within(self, code: int) -> frozenset[int]:
        """The group and all groups below it."""
        found = [code]
        for one in found:
            found.extend(self.children[one])
        return frozenset(found)

    def deepest_common(self, codes: Iterable[int]) -> int:
        """The deepest group that holds all of these."""
        first, *others = codes
        common = self.path(first)
        for code in others:
            path = set(self.path(code))
            common = [above for above in common if above in path]
        return common[0]


@dataclass(frozen=True)
class Atom:
    """At least k people who answered the question.

    ``members`` are the groups whose own respondents it holds, all of them or, where ``value`` is set, those
    with this value of the attribute.
    """

    number: int
    home: int
    n: int
    members: frozenset[int]
    value: str = ""


@dataclass(frozen=True)
class Published:
    """One figure that can ever be shown of a question: a group, perhaps for one value of the attribute."""

    group: int
    value: str
    atoms: tuple[Atom, ...]

    @property
    def n(self) -> int:
        return sum(atom.n for atom in self.atoms)


# Respondents by their own group and the attribute's value, which is never empty where a wave declares one.
Counts = Mapping[tuple[int, str], int]


def form_atoms(tree: Tree, counts: Counts, k: int, *, divide: bool = False) -> list[Atom]:
    """The atoms of one question in a fixed order; ``divide`` by the attribute where it can be."""
    own: dict[int, dict[str, int]] = {}
    for (code, value), n in counts.items():
        if n:
            own.setdefault(code, {})[value] = n
    sizes = {code: sum(by_value.values()) for code, by_value in own.items()}
    atoms: list[Atom] = []
    for home, members in _along_the_tree(tree, sizes, k):
        by_value = _add_up(own[member] for member in members)
        if not divide or min(by_value.values()) < k:
            by_value = {"": sum(by_value.values())}
        for value in sorted(by_value):
            atoms.append(Atom(len(atoms) + 1, home, by_value[value], members, value))
    return atoms


def _add_up(parts: Iterable[Mapping[str, int]]) -> dict[str, int]:
    total: dict[str, int] = {}
    for part in parts:
        for value, n in part.items():
            total[value] = total.get(value, 0) + n
    return total


def _along_the_tree(tree: Tree, own: Mapping[int, int], k: int) -> list[tuple[int, frozenset[int]]]:
    """(home, groups whose own respondents it holds), from the top down."""
    gathered: dict[int, set[int]] = {code: set() for code in tree.parents}
    found: dict[int, frozenset[int]] = {}
    rest: set[int] = set()
    for code in reversed(tree.top_down):
        pool = gathered[code]
        if own.get(code):
            pool.add(code)
        if sum(own[member] for member in pool) >= k:
            found[code] = frozenset(pool)
        elif (parent := tree.parents[code]) is not None:
            gathered[parent] |= pool
        else:
            rest = pool
    if rest and found:
        place = {code: number for number, code in enumerate(tree.top_down)}
        sizes = {home: sum(own[member] for member in members) for home, members in found.items()}
        host = min(found, key=lambda home: (tree.depth(home), sizes[home], place[home]))
        members = found.pop(host) | rest
        # No other atom has this home: it would lie above the host, and the host is the shallowest.
        found[tree.deepest_common(members)] = members
    return [(code, found[code]) for code in tree.top_down if code in found]


def published_cells(tree: Tree, atoms: Iterable[Atom]) -> list[Published]:
    """Everything that is ever shown of one question, from the top down."""
    at_home: dict[int, list[Atom]] = {}
    for atom in atoms:
        at_home.setdefault(atom.home, []).append(atom)
    cells: list[Published] = []
    for code in tree.top_down:
        shown = [atom for home in sorted(tree.within(code)) for atom in at_home.get(home, ())]
        if not shown:
            continue
        cells.append(Published(code, "", tuple(shown)))
        values = {atom.value for atom in shown}
        if "" not in values:
            cells.extend(
                Published(code, value, tuple(atom for atom in shown if atom.value == value))
                for value in sorted(values)
            )
    return cells


def went_into(tree: Tree, homes: Iterable[int], code: int) -> int | None:
    """The group that counts what the group ``code`` does not show: the nearest above that is an atom's home.

    It follows from what is published alone, so it does not say whether anybody in the group answered.
    """
    homes = set(homes)
    return next((above for above in tree.path(code)[1:] if above in homes), None)
