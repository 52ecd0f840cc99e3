"""The anonymity meter: what could be shown if so many answered."""

from __future__ import annotations

import random

import pytest

from surveys.domain.counting.atoms import Counts, Tree, form_atoms
from surveys.domain.waves.foreseeing import SHARES, ForeseenValue, expected, foresee

# Sales (1) with North (2) and South (3), and a team of two below South (4).
TREE = Tree({1: None, 2: 1, 3: 1, 4: 3})
TWENTY = {(2, ""): 12, (3, ""): 6, (4, ""): 2}


def test_how_many_groups_are_shown_grows_with_the_answers() -> None:
    found = foresee(TREE, TWENTY, 5)
    assert found.groups == (1, 2, 3, 4)
    assert found.never == {4}
    assert [(one.percent, sorted(one.shown)) for one in found.outlooks] == [
        (40, [1]),
        (60, [1, 2, 3]),
        (80, [1, 2, 3]),
    ]
    assert found.values == ()


def test_what_is_left_at_the_top_is_counted_with_the_smallest_team_which_then_shows_nothing() -> None:
    found = foresee(TREE, {(1, ""): 2, (2, ""): 10, (3, ""): 6, (4, ""): 2}, 5)
    assert [sorted(one.shown) for one in found.outlooks] == [[1], [1, 2], [1, 2]]


def test_below_k_answers_altogether_nothing_is_shown() -> None:
    found = foresee(TREE, {(1, ""): 10}, 5)
    assert [sorted(one.shown) for one in found.outlooks] == [[], [1], [1]]


def test_the_breakdown_is_shown_from_the_share_at_which_every_part_is_large_enough() -> None:
    invited = {(1, "Leeds"): 10, (1, "York"): 8, (2, "Leeds"): 20, (2, "York"): 3}
    found = foresee(Tree({1: None, 2: 1}), invited, 5)
    # In group 2 York never has five, so all together is never broken down.
    assert found.values == (ForeseenValue("Leeds", 30, None), ForeseenValue("York", 11, None))
    assert [sorted(one.divided) for one in found.outlooks] == [[], [], []]
    found = foresee(Tree({1: None}), {(1, "Leeds"): 30, (1, "York"): 9}, 5)
    assert [value.shown_from for value in found.values] == [60, 60]
    assert [sorted(one.divided) for one in found.outlooks] == [[], [1], [1]]


def test_an_empty_audience_shows_nothing() -> None:
    found = foresee(Tree({1: None}), {}, 5)
    assert found.never == {1}
    assert not any(one.shown for one in found.outlooks)


def test_what_is_rounded_adds_up_and_is_the_same_each_time() -> None:
    assert expected(TREE, TWENTY, 40) == {(2, ""): 5, (3, ""): 2, (4, ""): 1}
    assert sum(expected(TREE, TWENTY, 60).values()) == 12


@pytest.mark.parametrize("seed", range(40))
def test_every_group_is_less_than_a_person_away_from_its_share(seed: int) -> None:
    chance = random.Random(seed)
    tree = Tree({1: None, **{code: chance.randrange(1, code) for code in range(2, chance.randrange(3, 40))}})
    values = ["", "Leeds", "York"] if seed % 2 else [""]
    invited: Counts = {(code, value): chance.randrange(12) for code in tree.parents for value in values}
    for percent in SHARES:
        found = expected(tree, invited, percent)
        for code in tree.parents:
            within = tree.within(code)
            asked = sum(number for (group, _value), number in invited.items() if group in within)
            answering = sum(number for (group, _value), number in found.items() if group in within)
            assert abs(answering - asked * percent / 100) < 1
        assert all(0 <= found[place] <= invited[place] for place in invited)
        shown = foresee(tree, invited, 5)
        assert not shown.never & {atom.home for atom in form_atoms(tree, found, 5)}
