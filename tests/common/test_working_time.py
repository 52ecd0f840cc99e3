"""Working time against a plain, slow oracle that walks minute by minute through UTC."""

from __future__ import annotations

import datetime as dt
from functools import lru_cache
from itertools import count
from zoneinfo import ZoneInfo

import holidays
import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as examples
from hypothesis import strategies as st
from pytest_django import Settings

from common.working_time import NeverOpen, WorkingTime, find_zone, public_holidays

MINUTE = dt.timedelta(minutes=1)
DAY = dt.timedelta(days=1)
ZONES = [
    "Australia/Lord_Howe",  # half an hour
    "Pacific/Apia",  # left out 30 December 2011
    "Asia/Kathmandu",  # 5:45
    "Pacific/Kwajalein",  # left out 21 August 1993
    "Antarctica/Troll",  # two hours
    "America/Sao_Paulo",  # at midnight
    "Asia/Beirut",  # at midnight
    "Africa/Casablanca",  # for Ramadan
    "America/St_Johns",  # 3:30 west, once at one minute past midnight
    "America/Havana",
    "Asia/Tehran",
    "Europe/Berlin",
    "America/New_York",
    "Pacific/Kiritimati",
]
COUNTRIES = ["GB", "DE", "NP", "WS", "IL", "XX"]


@lru_cache
def days_of_change(zone: str) -> list[dt.date]:
    """Days from 1990 to 2035 on which the zone's clocks are moved."""
    info = ZoneInfo(zone)
    found = []
    at = dt.datetime(1990, 1, 1, tzinfo=dt.UTC)
    while at.year < 2036:
        if at.astimezone(info).utcoffset() != (at + DAY).astimezone(info).utcoffset():
            found.append(at.astimezone(info).date())
        at += DAY
    return found


@st.composite
def zones_and_days(draw: st.DrawFn) -> tuple[str, dt.date]:
    """Any day, and as often one beside a change of the clocks."""
    zone = draw(st.sampled_from(ZONES))
    anywhere = st.dates(dt.date(1990, 1, 3), dt.date(2035, 12, 1))
    changes = days_of_change(zone)
    beside = st.builds(
        lambda day, days: day + DAY * days,
        st.sampled_from(changes or [dt.date(2000, 1, 1)]),
        st.integers(-2, 2),
    )
    return zone, draw(st.one_of(beside, anywhere))


times = st.builds(dt.time, st.integers(0, 23), st.integers(0, 59))


@st.composite
def working_times(draw: st.DrawFn) -> tuple[WorkingTime, dt.date]:
    zone, day = draw(zones_and_days())
    absences = draw(
        st.lists(st.tuples(st.integers(-3, 6), st.integers(0, 5)), max_size=2).map(
            lambda pairs: tuple((day + DAY * first, day + DAY * (first + more)) for first, more in pairs)
        )
    )
    clock = WorkingTime(
        zone=ZoneInfo(zone),
        weekdays=draw(st.frozensets(st.integers(1, 7), min_size=1)),
        day_starts=draw(times),
        day_ends=draw(times),
        country=draw(st.sampled_from(COUNTRIES)),
        absences=absences,
    )
    return clock, day


# --- The oracle ---------------------------------------------------------------------------------------------
@lru_cache(maxsize=64)
def minutes_around(zone: str, day: dt.date) -> list[tuple[dt.datetime, dt.datetime]]:
    """(instant, what the clock on the wall shows) for each minute of five days."""
    info = ZoneInfo(zone)
    start = dt.datetime.combine(day, dt.time(), dt.UTC) - 2 * DAY
    instants = [start + MINUTE * number for number in range(5 * 24 * 60)]
    return [(at, at.astimezone(info).replace(tzinfo=None)) for at in instants]


def oracle_moment(zone: str, day: dt.date, time: dt.time) -> dt.datetime:
    """The first minute at which the wall clock has come so far."""
    wanted = dt.datetime.combine(day, time)
    return next(at for at, wall in minutes_around(zone, day) if wall >= wanted)


@lru_cache
def takes_place(zone: str, day: dt.date) -> bool:
    return any(wall.date() == day for _at, wall in minutes_around(zone, day))


@lru_cache
def holidays_of(country: str, year: int) -> set[dt.date]:
    known = country in holidays.list_supported_countries()
    return set(holidays.country_holidays(country, years=year)) if known else set()


def oracle_works(clock: WorkingTime, day: dt.date) -> bool:
    return (
        day.isoweekday() in clock.weekdays
        and day not in holidays_of(clock.country, day.year)
        and not any(first <= day <= last for first, last in clock.absences)
        and takes_place(clock.zone.key, day)
    )


def oracle_is_open(clock: WorkingTime, at: dt.datetime) -> bool:
    today = at.astimezone(clock.zone).date()
    for day in (today - 2 * DAY, today - DAY, today, today + DAY):
        if oracle_works(clock, day):
            ends_on = day if clock.day_ends > clock.day_starts else day + DAY
            opens = oracle_moment(clock.zone.key, day, clock.day_starts)
            closes = oracle_moment(clock.zone.key, ends_on, clock.day_ends)
            if opens <= at < closes:
                return True
    return False


# --- Properties ---------------------------------------------------------------------------------------------
many = examples(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.too_slow])
some = examples(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])


@many
@given(zones_and_days(), times)
def test_moment_is_the_first_minute_the_wall_clock_has_come_so_far(
    where: tuple[str, dt.date], time: dt.time
) -> None:
    zone, day = where
    assert WorkingTime(zone=ZoneInfo(zone)).moment(day, time) == oracle_moment(zone, day, time)


@many
@given(working_times(), st.integers(-3 * 24 * 60, 3 * 24 * 60))
def test_is_open_agrees_with_walking_the_minutes(case: tuple[WorkingTime, dt.date], minutes: int) -> None:
    clock, day = case
    at = dt.datetime.combine(day, dt.time(12), dt.UTC) + MINUTE * minutes
    assert clock.is_open(at) == oracle_is_open(clock, at)


@some
@given(working_times(), st.integers(0, 24 * 60))
def test_next_open_is_the_first_open_minute(case: tuple[WorkingTime, dt.date], minutes: int) -> None:
    clock, day = case
    at = dt.datetime.combine(day, dt.time(), dt.UTC) + MINUTE * minutes
    found = clock.next_open(at)
    assert found >= at
    assert oracle_is_open(clock, found)
    # Three days of walking show that nothing before it is open; further away the days themselves do.
    walked = min(found, at + 3 * DAY)
    assert not any(
        oracle_is_open(clock, at + MINUTE * step) for step in range(0, int((walked - at) / MINUTE), 7)
    )
    assert found == at or not oracle_is_open(clock, found - MINUTE)


@many
@given(working_times(), st.integers(1, 12), st.sampled_from([DAY, -DAY]))
def test_add_working_days_counts_days_one_by_one(
    case: tuple[WorkingTime, dt.date], number: int, step: dt.timedelta
) -> None:
    clock, day = case
    worked = (day + step * distance for distance in count(1) if oracle_works(clock, day + step * distance))
    expected = [next(worked) for _ in range(number)][-1]
    assert clock.add_working_days(day, number if step > dt.timedelta() else -number) == expected


@some
@given(working_times())
def test_adding_no_working_days_gives_the_first_working_day_from_there(
    case: tuple[WorkingTime, dt.date],
) -> None:
    clock, day = case
    expected = next(
        day + DAY * distance for distance in count(0) if oracle_works(clock, day + DAY * distance)
    )
    assert clock.add_working_days(day, 0) == expected


# --- Known days ---------------------------------------------------------------------------------------------
def utc(*parts: int) -> dt.datetime:
    return dt.datetime(*parts, tzinfo=dt.UTC)  # type: ignore[misc,arg-type]


@pytest.mark.parametrize(
    ("zone", "day", "time", "expected"),
    [
        # Clocks go from 2:00 to 2:30 and back from 2:00 to 1:30.
        ("Australia/Lord_Howe", dt.date(2026, 10, 4), dt.time(2, 10), utc(2026, 10, 3, 15, 30)),
        ("Australia/Lord_Howe", dt.date(2026, 4, 5), dt.time(1, 45), utc(2026, 4, 4, 14, 45)),
        # 30 December 2011 did not take place.
        ("Pacific/Apia", dt.date(2011, 12, 30), dt.time(9), utc(2011, 12, 30, 10, 0)),
        ("Asia/Kathmandu", dt.date(2026, 11, 24), dt.time(9), utc(2026, 11, 24, 3, 15)),
        ("Europe/Berlin", dt.date(2026, 3, 29), dt.time(2, 30), utc(2026, 3, 29, 1, 0)),
        ("Europe/Berlin", dt.date(2026, 10, 25), dt.time(2, 30), utc(2026, 10, 25, 0, 30)),
        ("America/Sao_Paulo", dt.date(2018, 11, 4), dt.time(0, 0), utc(2018, 11, 4, 3, 0)),
    ],
)
def test_moment_on_days_clocks_are_moved(
    zone: str, day: dt.date, time: dt.time, expected: dt.datetime
) -> None:
    assert WorkingTime(zone=ZoneInfo(zone)).moment(day, time) == expected


def test_moment_skips_to_the_minute_also_from_between_minutes() -> None:
    clock = WorkingTime(zone=ZoneInfo("Europe/Berlin"))
    assert clock.moment(dt.date(2026, 3, 29), dt.time(2, 30, 15, 5)) == utc(2026, 3, 29, 1, 0)


def test_a_date_that_did_not_take_place_is_no_working_day() -> None:
    clock = WorkingTime(zone=ZoneInfo("Pacific/Apia"), country="XX")
    assert not clock.works_on(dt.date(2011, 12, 30))
    # After the Thursday came the Saturday.
    assert clock.add_working_days(dt.date(2011, 12, 29), 1) == dt.date(2012, 1, 2)


def test_public_holidays_of_the_country_are_free() -> None:
    labour_day = dt.date(2026, 5, 1)
    assert not WorkingTime(zone=ZoneInfo("Europe/Berlin"), country="DE").works_on(labour_day)
    assert WorkingTime(zone=ZoneInfo("Europe/London"), country="GB").works_on(labour_day)


def test_without_a_country_the_organisations_holidays_count(settings: Settings) -> None:
    boxing_day = dt.date(2028, 12, 26)
    clock = WorkingTime(zone=ZoneInfo("UTC"))
    settings.PORTAL_COUNTRY = "GB"
    assert not clock.works_on(boxing_day)
    settings.PORTAL_COUNTRY = "US"
    assert clock.works_on(boxing_day)


def test_a_country_nobody_knows_has_no_holidays() -> None:
    assert public_holidays("XX", 2026) == frozenset()


@pytest.mark.parametrize("weekdays", [frozenset(), frozenset({0}), frozenset({1, 8})])
def test_working_time_refuses_weekdays_nobody_can_work_on(weekdays: frozenset[int]) -> None:
    with pytest.raises(ValueError, match="at least one weekday"):
        WorkingTime(zone=ZoneInfo("UTC"), weekdays=weekdays)


def test_a_night_shift_is_open_past_midnight() -> None:
    nights = WorkingTime(
        zone=ZoneInfo("UTC"),
        weekdays=frozenset({5}),
        day_starts=dt.time(22),
        day_ends=dt.time(6),
        country="XX",
    )
    friday = utc(2026, 11, 20, 22)
    assert [nights.is_open(friday + dt.timedelta(hours=hours)) for hours in (-1, 0, 4, 7, 8)] == [
        False,
        True,
        True,
        True,
        False,
    ]


def test_an_absence_without_end_never_opens() -> None:
    gone = WorkingTime(zone=ZoneInfo("UTC"), absences=((dt.date(2020, 1, 1), dt.date.max),))
    with pytest.raises(NeverOpen):
        gone.next_open(utc(2026, 11, 20))


@pytest.mark.parametrize("name", ["", "Nowhere/Else", "Europe", "../etc", "a\0b"])
def test_a_zone_nobody_knows_is_the_organisations(name: str, settings: Settings) -> None:
    settings.TIME_ZONE = "Asia/Kathmandu"
    assert find_zone(name) == ZoneInfo("Asia/Kathmandu")
