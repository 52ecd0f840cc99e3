"""How much of an anonymous wave could be shown, before it is sent: an estimate. Pure: no database.

It takes the groups as they are invited and lets the same share of each answer. From these numbers the pieces
are formed exactly as they will be at the close (``atoms``), so the estimate errs only in who answers.

Of a group of 7 nobody knows whether 4 or 5 of 10 answer when 60 % do. So that the parts of a group add up to
the group, people are counted on from group to group in the order of the tree, each group directly before
those below it, and each count takes what the share of all so far has grown by, half up. Every group, with
all below it, is then less than one person away from its share; the same numbers come out each time.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

from surveys.domain.counting.atoms import Counts, Tree, form_atoms, published_cells

SHARES = (40, 60, 80)


@dataclass(frozen=True)
class Outlook:
    """If ``percent`` answer: the codes of the groups that could be shown, and of those broken down."""

    percent: int
    shown: frozenset[int]
    divided: frozenset[int]


@dataclass(frozen=True)
class ForeseenValue:
    """A value of the breakdown. ``shown_from``: the least share at which it is shown for all together."""

    value: str
    invited: int
    shown_from: int | None


@dataclass(frozen=True)
class Foresight:
    """``never`` are groups with fewer than k people invited: whoever answers, they stay part of another."""

    groups: tuple[int, ...]
    never: frozenset[int]
    outlooks: tuple[Outlook, ...]
    values: tuple[ForeseenValue, ...]


def foresee(tree: Tree, invited: Counts, k: int) -> Foresight:
    """``invited`` is by group and value of the breakdown; the value is empty where there is none."""
    totals = _with_those_below(tree, invited)
    outlooks = tuple(_outlook(tree, invited, k, percent) for percent in SHARES)
    return Foresight(
        groups=tuple(tree.top_down),
        never=frozenset(code for code in tree.top_down if totals[code] < k),
        outlooks=outlooks,
        values=tuple(_values(tree, invited, outlooks)),
    )


def expected(tree: Tree, invited: Counts, percent: int) -> dict[tuple[int, str], int]:
    """How many of each answer if this share of all does; see above for what is rounded how."""
    found: dict[tuple[int, str], int] = {}
    so_far = 0
    for place in _in_order(tree, invited):
        before = _share(so_far, percent)
        so_far += invited[place]
        found[place] = _share(so_far, percent) - before
    return found


def _share(number: int, percent: int) -> int:
    return (number * percent + 50) // 100


def _in_order(tree: Tree, invited: Counts) -> Iterator[tuple[int, str]]:
    values: dict[int, list[str]] = {}
    for code, value in sorted(invited):
        values.setdefault(code, []).append(value)
    waiting = [tree.root]
    while waiting:
        code = waiting.pop()
        yield from ((code, value) for value in values.get(code, ()))
        waiting.extend(sorted(tree.children[code], reverse=True))


def _with_those_below(tree: Tree, invited: Counts) -> Counter[int]:
    totals: Counter[int] = Counter()
    for (code, _value), number in invited.items():
        for above in tree.path(code):
            totals[above] += number
    return totals


def _outlook(tree: Tree, invited: Counts, k: int, percent: int) -> Outlook:
    divide = any(value for _code, value in invited)
    atoms = form_atoms(tree, expected(tree, invited, percent), k, divide=divide)
    cells = published_cells(tree, atoms)
    return Outlook(
        percent=percent,
        shown=frozenset(cell.group for cell in cells),
        divided=frozenset(cell.group for cell in cells if cell.value),
    )


def _values(tree: Tree, invited: Counts, outlooks: tuple[Outlook, ...]) -> Iterator[ForeseenValue]:
    """All together are shown broken down where every value of every piece is large enough."""
    numbers: Counter[str] = Counter()
    for (_code, value), number in invited.items():
        if value:
            numbers[value] += number
    divided = (outlook.percent for outlook in outlooks if tree.root in outlook.divided)
    shown_from = next(divided, None)
    for value in sorted(numbers):
        yield ForeseenValue(value, numbers[value], shown_from)
