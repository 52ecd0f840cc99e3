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

A question shown only on a condition (R5) says, by how many answered it, how many gave the answer it waits
for. Divided by itself it could say so of a few people:

    Head office (4 answered themselves)  parent: atom of North 12, atom of head office 4 + 3
      Sales (3)                          child: too few in North alone, so an atom of North and Sales' own 3:
        North (12)                              8 of these 15 said yes

How many of North said yes stands in the parent's figure, and the rest of the 8 are among three people. So
the atoms of a child are put together from atoms of its *parents*, the items its condition looks at, and of
nothing smaller. Where the parents are divided differently, what overlaps in any of them is never told apart.
An atom of the child is then formed, going up the tree as above, only where all its *sides* are large enough:

* of those who answered a parent at least k answered the child, and at least k were not shown it: so it is
  published only where each parent is, and of nobody it is known that they were shown it, or were not;
* of those whose answer fulfils one rule of the condition, and of those whose answer does not, either none
  or at least k were shown the question, and none or at least k were not: so what two rules together, a part
  of a band, or one of several choices picks out of a count of the parent is no smaller either;
* where all who were shown one of two questions on conditions were shown the other, none or at least k were
  shown that one alone: the difference of their numbers says what those answered to several questions.

What is gathered at the top and is not enough joins atoms in the order named above, one after the other,
until the whole is enough; if it never is, nothing of the question is published. It is divided by an attribute
only where all its parents are, and each side is large enough for each value.

Where a parent waits for an answer itself, its atoms are unions of its own parents' atoms, and so the child's
are too; and whoever answered a parent was shown it, so those who were not shown the child are counted among
people who gave all the answers above it. Nesting asks for no rule of its own.

How many were shown a question and left it empty can be worked out, as of any question that may be left
empty. That is nobody's answer, and they are counted within a figure of at least k like everybody.

The words of "other" are such a question too, as far as the pieces go: who wrote them chose "other".
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Protocol


class _Group(Protocol):
    """Stored, frozen or released."""

    @property
    def code(self) -> int: ...
    @property
    def parent_code(self) -> int | None: ...


@dataclass(frozen=True)
class Tree:
    """Groups by code with the code above each; exactly one has none."""

    parents: Mapping[int, int | None]

    @classmethod
    def of(cls, groups: Iterable[_Group]) -> Tree:
        return cls({group.code: group.parent_code for group in groups})

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


@dataclass(frozen=True)
class Side:
    """Some of those whom a condition divides: at least k of them, or nobody where ``may_be_none``."""

    counts: Counts
    may_be_none: bool = False


@dataclass(frozen=True)
class _Block:
    """Groups whose own respondents are never told apart; ``home`` is the deepest group that holds them.

    ``divisible``: by the attribute, as far as the parents' figures are.
    """

    home: int
    members: frozenset[int]
    divisible: bool = True


def form_atoms(
    tree: Tree,
    counts: Counts,
    k: int,
    *,
    divide: bool = False,
    least: int = 0,
    parents: Sequence[Sequence[Atom]] = (),
    sides: Sequence[Side] = (),
) -> list[Atom]:
    """The atoms of one question in a fixed order; ``divide`` by the attribute where it can be.

    Of a question on a condition ``parents`` are the atoms of each item it looks at, and ``sides`` what it
    divides them into. ``least``: how many have to answer, where that is more than k.
    """
    if not all(parents):
        return []
    measure = _Measure(counts, tuple(sides), k, max(k, least))
    blocks = _joined(tree, parents) if parents else [_Block(code, frozenset({code})) for code in tree.parents]
    atoms: list[Atom] = []
    for home, pool in _along_the_tree(tree, [block for block in blocks if measure.size(block)], measure):
        members = frozenset[int]().union(*(block.members for block in pool))
        values = measure.values(members)
        if not (divide and all(block.divisible for block in pool) and measure.fits_each(members, values)):
            values = [""]
        for value in values:
            atoms.append(Atom(len(atoms) + 1, home, measure.answered(members, value), members, value))
    return atoms


@dataclass(frozen=True)
class _Measure:
    """How many people are in a set of groups, and whether that is enough to speak of them."""

    counts: Counts
    sides: tuple[Side, ...]
    k: int
    least: int

    @cached_property
    def _by_group(self) -> dict[int, dict[str, list[int]]]:
        """By group and value how many answered, followed by each side."""
        found: dict[int, dict[str, list[int]]] = {}
        for number, counts in enumerate((self.counts, *(side.counts for side in self.sides))):
            for (code, value), n in counts.items():
                if n:
                    sizes = found.setdefault(code, {}).setdefault(value, [0] * (len(self.sides) + 1))
                    sizes[number] += n
        return found

    def _sizes(self, members: Iterable[int], value: str) -> list[int]:
        total = [0] * (len(self.sides) + 1)
        for code in members:
            for of, sizes in self._by_group.get(code, {}).items():
                if value in {"", of}:
                    total = [one + another for one, another in zip(total, sizes, strict=True)]
        return total

    def answered(self, members: Iterable[int], value: str = "") -> int:
        return self._sizes(members, value)[0]

    def size(self, block: _Block) -> int:
        """Everybody who counts for anything; some for several things."""
        return sum(self._sizes(block.members, ""))

    def values(self, members: Iterable[int]) -> list[str]:
        return sorted({value for code in members for value in self._by_group.get(code, {})})

    def fits_each(self, members: frozenset[int], values: Iterable[str]) -> bool:
        return all(self.fits(members, value) for value in values)

    def fits(self, members: Iterable[int], value: str = "") -> bool:
        answered, *sizes = self._sizes(members, value)
        return answered >= self.least and all(
            size >= self.k or (side.may_be_none and not size)
            for side, size in zip(self.sides, sizes, strict=True)
        )

    def __call__(self, pool: Iterable[_Block]) -> bool:
        return self.fits(code for block in pool for code in block.members)


def _joined(tree: Tree, parents: Sequence[Sequence[Atom]]) -> list[_Block]:
    """The smallest sets of groups that no parent's figures tell apart, in a fixed order."""
    holder: dict[int, set[int]] = {}
    whole: set[int] = set()
    for atoms in parents:
        for atom in atoms:
            together = set(atom.members).union(*(holder.get(member, ()) for member in atom.members))
            holder |= dict.fromkeys(together, together)
            if not atom.value:
                whole |= atom.members
    distinct = {min(members): frozenset(members) for members in holder.values()}
    return [
        _Block(tree.deepest_common(sorted(members)), members, divisible=not members & whole)
        for _first, members in sorted(distinct.items())
    ]


def _along_the_tree(
    tree: Tree, blocks: Iterable[_Block], measure: _Measure
) -> list[tuple[int, list[_Block]]]:
    """(home, the blocks it holds), from the top down."""
    gathered: dict[int, list[_Block]] = {code: [] for code in tree.parents}
    for block in blocks:
        gathered[block.home].append(block)
    found: dict[int, list[_Block]] = {}
    rest: list[_Block] = []
    for code in reversed(tree.top_down):
        pool = gathered[code]
        if pool and measure(pool):
            found[code] = pool
        elif (parent := tree.parents[code]) is not None:
            gathered[parent] += pool
        else:
            rest = pool
    if rest:
        _join_rest(tree, found, rest, measure)
    return [(code, found[code]) for code in tree.top_down if code in found]


def _join_rest(tree: Tree, found: dict[int, list[_Block]], rest: list[_Block], measure: _Measure) -> None:
    """What is too small at the top joins the shallowest atom, the smallest of these, the first of these."""
    place = {code: number for number, code in enumerate(tree.top_down)}
    sizes = {
        home: measure.answered(code for block in pool for code in block.members)
        for home, pool in found.items()
    }
    while rest and found:
        host = min(found, key=lambda home: (tree.depth(home), sizes[home], place[home]))
        rest = [*found.pop(host), *rest]
        if measure(rest):
            # No other atom has this home: it would lie above the host, and the host is the shallowest.
            found[tree.deepest_common(code for block in rest for code in block.members)] = rest
            rest = []


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
