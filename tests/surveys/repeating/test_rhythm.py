"""When the waves of a row open and close: month ends, free days, and what clocks do twice a year."""

from __future__ import annotations

import datetime as dt
from zoneinfo import ZoneInfo

import pytest

from common.working_time import WorkingTime
from surveys.domain.repeating.rhythm import Row, Times

BERLIN = ZoneInfo("Europe/Berlin")
CLOCK = WorkingTime(zone=BERLIN, country="DE")


def at(month: int, day: int, hour: int = 9, year: int = 2026) -> dt.datetime:
    return dt.datetime(year, month, day, hour, tzinfo=BERLIN)


def openings(rhythm: str, first: dt.datetime, count: int) -> list[str]:
    row, times, found = Row(rhythm, first, CLOCK), Times(first, first + dt.timedelta(days=5)), []
    for _ in range(count):
        times = row.next_times(times, now=times.opens_at)
        found.append(times.opens_at.astimezone(BERLIN).strftime("%a %d %b %H:%M"))
    return found


def test_month_ends_are_kept_and_a_free_day_moves_only_itself() -> None:
    # 31 January 2026 is a Saturday, 28 February too, 31 May a Sunday.
    assert openings("monthly", at(1, 30), 5) == [
        "Mon 02 Mar 09:00",
        "Mon 30 Mar 09:00",
        "Thu 30 Apr 09:00",
        "Mon 01 Jun 09:00",
        "Tue 30 Jun 09:00",
    ]


def test_each_week_at_the_same_hour_also_when_the_clocks_change() -> None:
    assert openings("weekly", at(3, 23), 3) == ["Mon 30 Mar 09:00", "Tue 07 Apr 09:00", "Mon 13 Apr 09:00"]


def test_every_three_months_over_the_turn_of_the_year() -> None:
    # Unity Day and New Year's Day are holidays.
    assert openings("quarterly", at(7, 1), 3) == ["Thu 01 Oct 09:00", "Mon 04 Jan 09:00", "Thu 01 Apr 09:00"]


def test_an_hour_the_clocks_skip_is_the_next_there_is_and_the_one_after_as_before() -> None:
    row = Row("weekly", at(3, 22, hour=2), WorkingTime(zone=BERLIN, weekdays=frozenset(range(1, 8))))
    assert [row.opening(step).astimezone(BERLIN).strftime("%d %H:%M") for step in (0, 1, 2)] == [
        "22 02:00",
        "29 03:00",
        "05 02:00",
    ]


def test_it_closes_as_many_days_later_at_the_same_hour() -> None:
    row = Row("weekly", at(3, 23), CLOCK)
    times = row.next_times(Times(at(3, 23), at(3, 26, hour=17)), now=at(3, 23))
    assert times == Times(at(3, 30), at(4, 2, hour=17))


def test_one_that_opened_late_moves_none_after_it() -> None:
    row = Row("monthly", at(6, 1), CLOCK)
    late = Times(at(6, 3, hour=14), at(6, 15, hour=17))
    assert row.next_times(late, now=at(6, 3, hour=14)) == Times(at(7, 1), at(7, 15, hour=17))


def test_after_a_long_pause_the_next_is_still_to_come() -> None:
    row = Row("weekly", at(6, 1), CLOCK)
    assert row.next_times(Times(at(6, 1), at(6, 5)), now=at(8, 12)).opens_at == at(8, 17)


@pytest.mark.parametrize(
    ("opens_at", "fits"), [(at(6, 8), True), (at(6, 8, hour=10), False), (at(6, 9), False)]
)
def test_what_hr_moved_is_not_of_the_row_any_more(opens_at: dt.datetime, fits: bool) -> None:
    assert Row("weekly", at(6, 1), CLOCK).has(opens_at) is fits
