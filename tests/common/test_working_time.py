"""Working time against a plain, slow oracle that walks minute by minute through UTC."""

from __future__ import annotations

import datetime as dt
from itertools import count
from zoneinfo import ZoneInfo

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as examples
from hypothesis import strategies as st
from pytest_django import Settings

from common.working_time import NeverOpen, Quiet, WorkingTime, find_zone, leaves_time, public_holidays
from tests.common import slow_clock
from tests.common.slow_clock import DAY, MINUTE, ZONES, days_of_change

COUNTRIES = ["GB", "DE", "NP", "WS", "IL", "XX"]


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
quiet_hours = st.none() | st.tuples(times, times).filter(lambda quiet: quiet[0] != quiet[1])


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
        quiet=draw(quiet_hours),
    )
    return clock, day


# --- Properties ---------------------------------------------------------------------------------------------
many = examples(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.too_slow])
some = examples(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])


@many
@given(zones_and_days(), times)
def test_moment_is_the_first_minute_the_wall_clock_has_come_so_far(
    where: tuple[str, dt.date], time: dt.time
) -> None:
    zone, day = where
    assert WorkingTime(zone=ZoneInfo(zone)).moment(day, time) == slow_clock.moment(zone, day, time)


@many
@given(working_times(), st.integers(-3 * 24 * 60, 3 * 24 * 60))
def test_is_open_agrees_with_walking_the_minutes(case: tuple[WorkingTime, dt.date], minutes: int) -> None:
    clock, day = case
    at = dt.datetime.combine(day, dt.time(12), dt.UTC) + MINUTE * minutes
    assert clock.is_open(at) == slow_clock.is_open(clock, at)


@some
@given(working_times(), st.integers(0, 24 * 60))
def test_next_open_is_the_first_open_minute(case: tuple[WorkingTime, dt.date], minutes: int) -> None:
    clock, day = case
    at = dt.datetime.combine(day, dt.time(), dt.UTC) + MINUTE * minutes
    assert clock.next_open(at) == slow_clock.next_open(clock, at)


@many
@given(working_times(), st.integers(1, 12), st.sampled_from([DAY, -DAY]))
def test_add_working_days_counts_days_one_by_one(
    case: tuple[WorkingTime, dt.date], number: int, step: dt.timedelta
) -> None:
    clock, day = case
    worked = (
        day + step * distance for distance in count(1) if slow_clock.works_on(clock, day + step * distance)
    )
    expected = [next(worked) for _ in range(number)][-1]
    assert clock.add_working_days(day, number if step > dt.timedelta() else -number) == expected


@some
@given(working_times())
def test_adding_no_working_days_gives_the_first_working_day_from_there(
    case: tuple[WorkingTime, dt.date],
) -> None:
    clock, day = case
    expected = next(
        day + DAY * distance for distance in count(0) if slow_clock.works_on(clock, day + DAY * distance)
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


# --- Quiet hours --------------------------------------------------------------------------------------------
@many
@given(times, times, quiet_hours)
def test_quiet_hours_leave_time_where_a_minute_of_a_day_is_not_quiet(
    starts: dt.time, ends: dt.time, quiet: Quiet | None
) -> None:
    everyday = WorkingTime(ZoneInfo("UTC"), frozenset(range(1, 8)), starts, ends, "XX", quiet=quiet)
    worked = WorkingTime(ZoneInfo("UTC"), frozenset(range(1, 8)), starts, ends, "XX")
    day = dt.date(2026, 11, 20)
    walked = slow_clock.open_minutes(worked, day)
    assert leaves_time(starts, ends, quiet) == any(
        not slow_clock.is_quiet(everyday, at.replace(tzinfo=None)) for at in walked
    )


def open_hours(clock: WorkingTime, day: dt.date) -> list[float]:
    """The half hours of a day of UTC at which it is open."""
    start = dt.datetime.combine(day, dt.time(), dt.UTC)
    return [number / 2 for number in range(48) if clock.is_open(start + MINUTE * 30 * number)]


@pytest.mark.parametrize(
    ("quiet", "hours"),
    [
        (None, [8, 8.5, 9, 9.5, 10, 10.5, 11, 11.5]),
        ((dt.time(9), dt.time(10, 30)), [8, 8.5, 10.5, 11, 11.5]),
        ((dt.time(10), dt.time(9)), [9, 9.5]),
        ((dt.time(20), dt.time(9, 30)), [9.5, 10, 10.5, 11, 11.5]),
        # Nothing of the day would be left.
        ((dt.time(8), dt.time(12)), [8, 8.5, 9, 9.5, 10, 10.5, 11, 11.5]),
        ((dt.time(20), dt.time(13)), [8, 8.5, 9, 9.5, 10, 10.5, 11, 11.5]),
    ],
)
def test_quiet_hours_close_a_part_of_the_day_and_never_all_of_it(
    quiet: Quiet | None, hours: list[float]
) -> None:
    clock = WorkingTime(ZoneInfo("UTC"), day_ends=dt.time(12), country="XX", quiet=quiet)
    assert open_hours(clock, dt.date(2026, 11, 20)) == hours


def test_an_hour_that_comes_twice_is_quiet_twice() -> None:
    clock = WorkingTime(
        ZoneInfo("Europe/Berlin"),
        frozenset({7}),
        dt.time(0),
        dt.time(4),
        "XX",
        quiet=(dt.time(2), dt.time(2, 30)),
    )
    # From 3:00 summer time back to 2:00 winter time at 1:00 UTC.
    assert clock.next_open(utc(2026, 10, 25, 0)) == utc(2026, 10, 25, 0, 30)
    assert clock.next_open(utc(2026, 10, 25, 1)) == utc(2026, 10, 25, 1, 30)


def test_quiet_hours_whose_end_the_clocks_skip_end_when_they_are_moved() -> None:
    clock = WorkingTime(
        ZoneInfo("Europe/Berlin"),
        frozenset({7}),
        dt.time(0),
        dt.time(4),
        "XX",
        quiet=(dt.time(1), dt.time(2, 30)),
    )
    assert clock.next_open(utc(2026, 3, 29, 0, 15)) == utc(2026, 3, 29, 1)


def test_quiet_hours_of_no_length_are_refused() -> None:
    with pytest.raises(ValueError, match="end at another time"):
        WorkingTime(zone=ZoneInfo("UTC"), quiet=(dt.time(9), dt.time(9)))


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


def test_worked_between_counts_hours_of_working_days_alone() -> None:
    clock = WorkingTime(
        zone=ZoneInfo("Europe/Berlin"), absences=((dt.date(2026, 3, 9), dt.date(2026, 3, 9)),)
    )
    friday, tuesday = dt.date(2026, 3, 6), dt.date(2026, 3, 10)
    begin, end = clock.moment(friday, dt.time(16)), clock.moment(tuesday, dt.time(9, 30))
    # Two hours of Friday, nothing of the weekend and of Monday's leave, an hour and a half of Tuesday.
    assert clock.worked_between(begin, end) == dt.timedelta(hours=3, minutes=30)
    assert clock.worked_between(end, begin) == dt.timedelta()
    night = WorkingTime(zone=ZoneInfo("UTC"), day_starts=dt.time(22), day_ends=dt.time(6))
    begin = dt.datetime(2026, 3, 5, 23, tzinfo=dt.UTC)
    assert night.worked_between(begin, begin + DAY) == dt.timedelta(hours=8)
    assert night.end_of(friday) == dt.datetime(2026, 3, 7, 6, tzinfo=dt.UTC)
