"""5,000 cases of when somebody is next open, the same each time, against the slow oracle.

More than by hypothesis and with the clocks moved in half of them; it makes no difference which database
there is, so CI runs this module on one of them.
"""

from __future__ import annotations

import datetime as dt
from collections import Counter
from functools import cache
from random import Random
from typing import NamedTuple
from zoneinfo import ZoneInfo

import pytest

from common.working_time import Quiet, WorkingTime
from tests.common import slow_clock
from tests.common.slow_clock import DAY, MINUTE, ZONES, days_of_change, holidays_of

CASES = 5000
# With the zone goes a country; there is none without holidays, so the last one is nobody's.
COUNTRIES = ["AU", "WS", "NP", "MH", "NO", "BR", "LB", "MA", "CA", "CU", "IR", "DE", "US", "XX"]
# Days each zone's cases stand at: so many that the clocks are moved on, holidays, and any.
CHANGES, FREE, ANY = 24, 8, 8
LEFT_OUT = {"Pacific/Apia": dt.date(2011, 12, 30), "Pacific/Kwajalein": dt.date(1993, 8, 21)}


class Case(NamedTuple):
    clock: WorkingTime
    due: dt.datetime
    at_a_change: bool
    at_a_holiday: bool


@cache
def all_cases() -> dict[str, list[Case]]:
    """By zone, those of one day beside each other, so that the oracle looks at each day's walls once."""
    random = Random(20261122)
    cases: dict[str, list[Case]] = {}
    for number, (zone, country) in enumerate(zip(ZONES, COUNTRIES, strict=True)):
        share = len(range(number, CASES, len(ZONES)))
        days = sorted(_pick_days(random, zone, country, share))
        cases[zone] = [_make_case(random, zone, country, day) for day in days]
    return cases


def _pick_days(random: Random, zone: str, country: str, share: int) -> list[dt.date]:
    """Half of them days on which clocks are moved, where the zone has any."""
    anywhere = [dt.date(1990, 1, 3) + DAY * random.randrange(45 * 365) for _ in range(ANY)]
    years = random.sample(range(1990, 2036), FREE)
    free = [random.choice(sorted(holidays_of(country, year)) or anywhere) for year in years]
    known = days_of_change(zone)
    changes = random.sample(known, min(CHANGES, len(known)))
    if zone in LEFT_OUT:
        changes += [LEFT_OUT[zone]] * CHANGES
    quarters = [changes or anywhere, changes or free, free, anywhere]
    return [random.choice(quarters[number % 4]) for number in range(share)]


def _make_case(random: Random, zone: str, country: str, day: dt.date) -> Case:
    starts, ends = _pick_hours(random)
    clock = WorkingTime(
        zone=ZoneInfo(zone),
        weekdays=_pick_weekdays(random),
        day_starts=starts,
        day_ends=ends,
        country=random.choice([country, country, country, "XX"]),
        absences=_pick_absences(random, day),
        quiet=_pick_quiet(random, starts, ends),
    )
    noon = dt.datetime.combine(day, dt.time(12), clock.zone).astimezone(dt.UTC)
    due = (
        noon + MINUTE * random.randint(-36 * 60, 24 * 60) + dt.timedelta(seconds=random.choice([0, 0, 0, 41]))
    )
    return Case(clock, due, day in days_of_change(zone), day in holidays_of(clock.country, day.year))


def _pick_time(random: Random, first_hour: int = 0, last_hour: int = 23) -> dt.time:
    return dt.time(random.randint(first_hour, last_hour), random.choice([0, 0, 15, 30, random.randrange(60)]))


def _pick_hours(random: Random) -> tuple[dt.time, dt.time]:
    """Usual ones, any, a part of the night in which clocks are moved, and round the clock."""
    match random.randrange(8):
        case 0 | 1:
            return dt.time(8), dt.time(18)
        case 2 | 3:
            return _pick_time(random, 0, 1), _pick_time(random, 2, 4)
        case 4:
            return _pick_time(random, 20, 23), _pick_time(random, 0, 6)
        case 5:
            return (round_the_clock := _pick_time(random)), round_the_clock
        case _:
            return _pick_time(random), _pick_time(random)


def _pick_weekdays(random: Random) -> frozenset[int]:
    usual, all_week = frozenset(range(1, 6)), frozenset(range(1, 8))
    some = frozenset(random.sample(range(1, 8), random.randint(1, 7)))
    return random.choice([usual, all_week, all_week, some])


def _pick_absences(random: Random, day: dt.date) -> tuple[tuple[dt.date, dt.date], ...]:
    firsts = [day + DAY * random.randint(-3, 3) for _ in range(random.choice([0, 0, 1, 2]))]
    return tuple((first, first + DAY * random.randint(0, 4)) for first in firsts)


def _pick_quiet(random: Random, starts: dt.time, ends: dt.time) -> Quiet | None:
    """None, usual ones, any, some of the night in which clocks are moved, and the working day itself."""
    match random.randrange(6):
        case 0:
            return None
        case 1:
            return _pick_time(random, 19, 22), _pick_time(random, 7, 10)
        case 2 | 3:
            return _pick_time(random, 0, 1), _pick_time(random, 2, 4)
        case 4 if starts != ends:
            return starts, ends
        case _:
            begins, over = _pick_time(random), _pick_time(random)
            return (begins, over) if begins != over else None


@pytest.mark.parametrize("zone", ZONES)
def test_next_open_is_what_the_walk_finds(zone: str) -> None:
    wrong = []
    for case in all_cases()[zone]:
        expected = slow_clock.next_open(case.clock, case.due)
        found = case.clock.next_open(case.due)
        if found != expected or case.clock.is_open(case.due) != (expected == case.due):
            wrong.append((case, found, expected))
    assert wrong == []


def test_the_cases_are_as_many_as_we_say_and_of_every_sort() -> None:
    counted: Counter[str] = Counter()
    for case in [case for cases in all_cases().values() for case in cases]:
        found = case.clock.next_open(case.due)
        without = WorkingTime(**{**vars(case.clock), "quiet": None})
        counted["all"] += 1
        counted["clocks moved"] += case.at_a_change
        counted["holiday"] += case.at_a_holiday
        counted["absence"] += bool(case.clock.absences)
        counted["put off"] += found != case.due
        counted["put off by quiet hours"] += found != without.next_open(case.due)
    assert counted["all"] == CASES
    assert counted["clocks moved"] >= 2000
    assert counted["holiday"] >= 500
    assert counted["absence"] >= 2000
    assert counted["put off"] >= 2500
    assert counted["put off by quiet hours"] >= 400
