"""A plain, slow oracle for working time: it walks minute by minute through UTC and looks at the wall clock.

Nothing here is taken from ``common.working_time`` but the description of when somebody works.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from functools import lru_cache
from itertools import count
from zoneinfo import ZoneInfo

import holidays

from common.working_time import WorkingTime

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


@lru_cache(maxsize=64)
def minutes_of(zone: str, day: dt.date) -> list[tuple[dt.datetime, dt.datetime]]:
    """(instant, what the clock on the wall shows) for each minute of this day of UTC."""
    info = ZoneInfo(zone)
    start = dt.datetime.combine(day, dt.time(), dt.UTC)
    instants = [start + MINUTE * number for number in range(24 * 60)]
    return [(at, at.astimezone(info).replace(tzinfo=None)) for at in instants]


def minutes_around(zone: str, day: dt.date) -> Iterator[tuple[dt.datetime, dt.datetime]]:
    """Those from before a local day begins anywhere to after the next has ended."""
    for days in (-1, 0, 1, 2):
        yield from minutes_of(zone, day + DAY * days)


def moment(zone: str, day: dt.date, time: dt.time) -> dt.datetime:
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


def works_on(clock: WorkingTime, day: dt.date) -> bool:
    return (
        day.isoweekday() in clock.weekdays
        and day not in holidays_of(clock.country, day.year)
        and not any(first <= day <= last for first, last in clock.absences)
        and takes_place(clock.zone.key, day)
    )


def is_quiet(clock: WorkingTime, wall: dt.datetime) -> bool:
    if clock.quiet is None:
        return False
    begins, ends = clock.quiet
    shown = wall.time()
    return begins <= shown < ends if begins < ends else not ends <= shown < begins


def open_minutes(clock: WorkingTime, day: dt.date) -> list[dt.datetime]:
    """Each minute of this working day that is not quiet; each of them where all are."""
    if not works_on(clock, day):
        return []
    starts = dt.datetime.combine(day, clock.day_starts)
    ends = dt.datetime.combine(day if clock.day_ends > clock.day_starts else day + DAY, clock.day_ends)
    worked: list[tuple[dt.datetime, dt.datetime]] = []
    for at, wall in minutes_around(clock.zone.key, day):
        if wall >= ends:
            break
        # Once it has begun a day goes on, also where the clock is set back to before it.
        if worked or wall >= starts:
            worked.append((at, wall))
    return [at for at, wall in worked if not is_quiet(clock, wall)] or [at for at, _wall in worked]


def is_open(clock: WorkingTime, at: dt.datetime) -> bool:
    """``at`` is a whole minute."""
    today = at.astimezone(clock.zone).date()
    return any(at in open_minutes(clock, today + DAY * days) for days in (-2, -1, 0, 1))


def next_open(clock: WorkingTime, at: dt.datetime) -> dt.datetime:
    """The first open minute that has not ended, or ``at`` itself within it; for ever without one."""
    minute = at.replace(second=0, microsecond=0)
    before = at.astimezone(clock.zone).date() - 2 * DAY
    days = (before + DAY * number for number in count())
    found = next(found for day in days for found in open_minutes(clock, day) if found >= minute)
    return max(found, at)
