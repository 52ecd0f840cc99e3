"""Whom a wave of a row asks: every so many waves at most, never too near to others, and everybody in time."""

from __future__ import annotations

import random
from collections import Counter

import pytest

from surveys.domain.repeating.sampling import (
    AskedLately,
    longest_wait,
    place_of,
    steer_clear,
    who_must_not_wait,
    whose_turn,
)
from surveys.domain.waves.audience import Identity

SHUFFLE = "0123456789abcdef0123456789abcdef"


def people(count: int, first: int = 1) -> frozenset[Identity]:
    return frozenset(("person", number) for number in range(first, first + count))


def test_a_place_is_the_same_at_each_look_and_another_with_another_shuffle() -> None:
    crowd = sorted(people(1000))
    places = [place_of(one, shuffle=SHUFFLE, rotation=4) for one in crowd]
    assert places == [place_of(one, shuffle=SHUFFLE, rotation=4) for one in crowd]
    assert places != [place_of(one, shuffle="another", rotation=4) for one in crowd]
    assert all(200 < number < 300 for number in Counter(places).values())


def test_everybody_has_one_turn_in_a_round() -> None:
    crowd = people(200)
    asked: Counter[Identity] = Counter()
    last: dict[Identity, int] = {}
    for number in range(1, 9):
        turn = whose_turn(crowd, shuffle=SHUFFLE, rotation=4, number=number, last_asked=last)
        asked.update(turn)
        last |= dict.fromkeys(turn, number)
    assert set(asked.values()) == {2}


def test_who_was_left_out_has_their_turn_with_the_next_wave() -> None:
    crowd = people(40)
    first = whose_turn(crowd, shuffle=SHUFFLE, rotation=4, number=1, last_asked={})
    left_out = min(first)
    last = dict.fromkeys(first - {left_out}, 1)
    second = whose_turn(crowd, shuffle=SHUFFLE, rotation=4, number=2, last_asked=last)
    assert left_out in second
    assert not second & (first - {left_out})


def test_a_single_joiner_waits() -> None:
    before = AskedLately(people(30), 5)
    assert steer_clear(people(31), [before], shuffle="w", least=10) == people(30)


def test_a_joiner_who_must_not_wait_is_asked_and_others_are_left_out() -> None:
    before = AskedLately(people(30), 5)
    chosen = steer_clear(people(31), [before], shuffle="w", least=10, must={("person", 31)})
    assert ("person", 31) in chosen
    assert len(chosen ^ before.asked) == 5


def test_who_left_costs_others_this_turn() -> None:
    before = AskedLately(people(30), 5)
    chosen = steer_clear(people(28), [before], shuffle="w", least=10)
    assert len(chosen ^ before.asked) == 5


def test_far_from_all_nobody_is_left_out() -> None:
    before = AskedLately(people(30), 5)
    assert steer_clear(people(35), [before], shuffle="w", least=10) == people(35)
    assert steer_clear(people(30, first=100), [before], shuffle="w", least=10) == people(30, first=100)


def test_where_too_few_would_be_left_all_are_returned_and_the_launch_says_no() -> None:
    before = AskedLately(people(11), 5)
    assert steer_clear(people(10), [before], shuffle="w", least=10) == people(10)


# --- Over many organisations --------------------------------------------------------------------------------
def _come_and_go(chance: random.Random, staff: set[Identity], names: list[int]) -> set[Identity]:
    """Mostly quiet weeks, now and then somebody, sometimes many."""
    moves = chance.choice([0, 0, 0, 1, 1, 2, 3, 8])
    for _ in range(moves):
        if chance.random() < 0.5 and len(staff) > 20:
            staff = staff - {chance.choice(sorted(staff))}
        else:
            names[0] += 1
            staff = staff | {("person", names[0])}
    return staff


# Of weekly waves the last four lie within 30 days, or five where holidays move one.
@pytest.mark.parametrize("rotation", [1, 2, 3, 4, 6])
@pytest.mark.parametrize("seed", range(25))
def test_random_organisations_never_come_too_close_and_forget_nobody(rotation: int, seed: int) -> None:
    chance = random.Random(f"{rotation} {seed}")
    k = chance.choice([5, 5, 8])
    names = [chance.randint(rotation * 5 * k, rotation * 12 * k)]
    staff = set(people(names[0]))
    waves: list[frozenset[Identity]] = []
    last: dict[Identity, int] = {}
    since: dict[Identity, int] = {}
    number = 1
    while number < 12 * rotation + 8:
        for one in staff:
            since.setdefault(one, number)
        candidates = whose_turn(staff, shuffle=SHUFFLE, rotation=rotation, number=number, last_asked=last)
        lately = [AskedLately(asked, k) for asked in waves[-5:]]
        chosen = steer_clear(
            candidates,
            lately,
            shuffle=f"{seed}:{number}",
            least=2 * k,
            must=who_must_not_wait(candidates, rotation=rotation, number=number, last_asked=last),
        )
        differences = [len(chosen ^ asked) for asked in waves[-5:]]
        if not all(not difference or difference >= k for difference in differences):
            # So few that leaving out more is no way: the launch is refused, and comes a week later.
            assert chosen == candidates
            assert len(candidates) < 4 * k
            waves.append(frozenset())
            continue
        assert all(number - last[one] >= rotation for one in chosen if one in last)
        waves.append(chosen)
        last |= dict.fromkeys(chosen, number)
        waited = {one: number - last.get(one, since[one] - 1) for one in staff}
        assert max(waited.values()) <= longest_wait(rotation), (number, max(waited.values()))
        number += 1
        staff = _come_and_go(chance, staff, names)
        since = {one: first for one, first in since.items() if one in staff}
