"""The one place that knows working days and hours, public holidays and what clocks do twice a year.

Every instant that leaves this module is in UTC: Python compares two times of the same zone by their
wall clock, which is wrong in the hour that comes twice.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from zoneinfo import ZoneInfo

import holidays

from common.organisation import current

ONE_MINUTE = dt.timedelta(minutes=1)
ONE_DAY = dt.timedelta(days=1)
# Nobody is away for longer and still gets mail; it ends the search where an absence has no end.
FURTHEST = dt.timedelta(days=5 * 366)


class NeverOpen(Exception):
    """There is no working time within five years."""


@lru_cache(maxsize=2048)
def public_holidays(country: str, year: int) -> frozenset[dt.date]:
    """The country's public holidays; none for a country the ``holidays`` package does not know."""
    if country not in holidays.list_supported_countries():
        return frozenset()
    return frozenset(holidays.country_holidays(country, years=year, expand=False))


@dataclass(frozen=True)
class FreeDay:
    """A public holiday. ``name`` is in the reader's language where the country's calendar knows it."""

    day: dt.date
    name: str


def next_free_days(country: str, *, after: dt.date, count: int, language: str) -> list[FreeDay]:
    """The country's next public holidays, within two years; none for a country that is not known."""
    if country not in holidays.list_supported_countries():
        return []
    known = holidays.list_localized_countries().get(country, [])
    spoken = next((each for each in known if each.split("_")[0] == language), None)
    years = range(after.year, after.year + 3)
    calendar = holidays.country_holidays(country, years=years, expand=False, language=spoken)
    days = [FreeDay(day, name) for day, name in sorted(calendar.items()) if day > after]
    return days[:count]


def find_zone(name: str) -> ZoneInfo:
    """The zone of this name, else the organisation's."""
    try:
        return ZoneInfo(name)
    except (KeyError, OSError, ValueError):  # unknown, a folder of zones, and no name at all
        return ZoneInfo(current().time_zone)


Quiet = tuple[dt.time, dt.time]
"""From when until when somebody wants no message, by their own clock; may cross midnight."""


def leaves_time(starts: dt.time, ends: dt.time, quiet: Quiet | None) -> bool:
    """Whether quiet hours leave anything of a working day; for whoever asks somebody for either.

    As the clock goes on ordinary days: both may cross midnight, a day that ends when it starts has 24 hours.
    """
    if quiet is None:
        return True
    worked = _span(starts, ends) or ONE_DAY
    return _span(quiet[0], starts) + worked > _span(*quiet)


def _span(first: dt.time, last: dt.time) -> dt.timedelta:
    """How long the clock takes from the one time to when it next shows the other; less than a day."""
    day = dt.date(2000, 1, 1)
    return (dt.datetime.combine(day, last) - dt.datetime.combine(day, first)) % ONE_DAY


def _minutes(begin: dt.datetime, end: dt.datetime) -> Iterator[dt.datetime]:
    """Each whole minute after ``begin`` and before ``end``."""
    at = begin.replace(second=0, microsecond=0) + ONE_MINUTE
    while at < end:
        yield at
        at += ONE_MINUTE


@dataclass(frozen=True)
class WorkingTime:
    """When one person works, by their own clock, and is glad of a message.

    ``weekdays`` are ISO (Monday is 1); at least one. A day that ends no later than it starts ends on the
    following date (a night shift; at the same time: round the clock). ``country`` is the person's, else the
    organisation's. ``absences`` are (first day, last day).

    ``quiet`` is from when until when their clock says that they want no message; past midnight where it ends
    earlier than it begins. Each time the clock shows a quiet time counts, so an hour that comes twice is
    quiet twice. A working day of which quiet hours would leave nothing is open as if there were none:
    they put a message off and must not lose it.
    """

    zone: ZoneInfo
    weekdays: frozenset[int] = frozenset({1, 2, 3, 4, 5})
    day_starts: dt.time = dt.time(8)
    day_ends: dt.time = dt.time(18)
    country: str = ""
    absences: tuple[tuple[dt.date, dt.date], ...] = ()
    quiet: Quiet | None = None

    def __post_init__(self) -> None:
        if not self.weekdays or not self.weekdays <= set(range(1, 8)):
            raise ValueError("Working time needs at least one weekday, each from 1 to 7.")
        if self.quiet and self.quiet[0] == self.quiet[1]:
            raise ValueError("Quiet hours need to end at another time than they begin.")

    def moment(self, day: dt.date, time: dt.time) -> dt.datetime:
        """This time on this day by the person's clock, in UTC.

        A time the clock skips becomes the next minute it shows; of one it shows twice the first is meant.
        """
        wall = dt.datetime.combine(day, time)
        while not self._exists(wall):
            wall = wall.replace(second=0, microsecond=0) + ONE_MINUTE
        return wall.replace(tzinfo=self.zone, fold=0).astimezone(dt.UTC)

    def local_day(self, at: dt.datetime) -> dt.date:
        return at.astimezone(self.zone).date()

    def works_on(self, day: dt.date) -> bool:
        """A weekday of theirs, no public holiday, not away, and not a date their clocks left out."""
        return (
            day.isoweekday() in self.weekdays
            and day not in public_holidays(self.country or current().country, day.year)
            and not any(first <= day <= last for first, last in self.absences)
            and self.local_day(self.moment(day, dt.time.min)) == day
        )

    def add_working_days(self, day: dt.date, count: int) -> dt.date:
        """The ``count``-th working day after the day; before it where negative; 0: the first from it on."""
        if count == 0:
            return day if self.works_on(day) else self.add_working_days(day, 1)
        step = ONE_DAY if count > 0 else -ONE_DAY
        last_found = day
        for _ in range(abs(count)):
            last_found = self._next_working_day(last_found, step)
        return last_found

    def is_open(self, at: dt.datetime) -> bool:
        """Whether the instant lies in their working hours and in no quiet ones. The end is outside."""
        at = at.astimezone(dt.UTC)
        today = self.local_day(at)
        return any(self.works_on(day) and self._first_open(day, at) == at for day in (today - ONE_DAY, today))

    def next_open(self, at: dt.datetime) -> dt.datetime:
        """The instant itself where they are open, else when they next are. Raises NeverOpen."""
        at = at.astimezone(dt.UTC)
        day = self.local_day(at) - 2 * ONE_DAY
        while True:
            day = self._next_working_day(day, ONE_DAY)
            found = self._first_open(day, at)
            if found is not None:
                return found

    def worked_between(self, begin: dt.datetime, end: dt.datetime) -> dt.timedelta:
        """How much of their working hours lies between two instants; nothing where they come the wrong way.

        Quiet hours count: they put off messages, not work.
        """
        total, day, last = dt.timedelta(), self.local_day(begin) - ONE_DAY, self.local_day(end)
        while day <= last:
            if self.works_on(day):
                worked = min(self._closes(day), end) - max(self._opens(day), begin)
                total += max(worked, dt.timedelta())
            day += ONE_DAY
        return total

    def end_of(self, day: dt.date) -> dt.datetime:
        """When their hours of this day end, in UTC; of a night shift on the date after."""
        return self._closes(day)

    def _first_open(self, day: dt.date, at: dt.datetime) -> dt.datetime | None:
        """The first open instant of this working day from ``at`` (UTC) on, if there is one.

        There is none either on a day whose hours all fall into what the clocks skip.
        """
        opens, closes = self._opens(day), self._closes(day)
        begin = max(opens, at)
        if begin >= closes:
            return None
        found = self._first_not_quiet(begin, closes)
        if found is None and self._first_not_quiet(opens, closes) is None:
            return begin
        return found

    def _first_not_quiet(self, begin: dt.datetime, end: dt.datetime) -> dt.datetime | None:
        """The first instant from ``begin`` to before ``end``, no two days later, that is not quiet."""
        if self.quiet is None or not self._is_quiet(begin, self.quiet):
            return begin
        if self._offset(begin) != self._offset(end):
            # Clocks may be set back to before the quiet hours, or to within them once more.
            return next((at for at in _minutes(begin, end) if not self._is_quiet(at, self.quiet)), None)
        over = begin + _span(self._shown(begin), self.quiet[1])
        return over if over < end else None

    def _is_quiet(self, at: dt.datetime, quiet: Quiet) -> bool:
        shown = self._shown(at)
        begins, ends = quiet
        if begins < ends:
            return begins <= shown < ends
        return shown >= begins or shown < ends

    def _shown(self, at: dt.datetime) -> dt.time:
        return at.astimezone(self.zone).time()

    def _offset(self, at: dt.datetime) -> dt.timedelta | None:
        return at.astimezone(self.zone).utcoffset()

    def _exists(self, wall: dt.datetime) -> bool:
        there = wall.replace(tzinfo=self.zone, fold=0).astimezone(dt.UTC)
        return there.astimezone(self.zone).replace(tzinfo=None) == wall

    def _opens(self, day: dt.date) -> dt.datetime:
        return self.moment(day, self.day_starts)

    def _closes(self, day: dt.date) -> dt.datetime:
        overnight = self.day_ends <= self.day_starts
        return self.moment(day + ONE_DAY if overnight else day, self.day_ends)

    def _next_working_day(self, day: dt.date, step: dt.timedelta) -> dt.date:
        for distance in range(1, FURTHEST.days):
            candidate = day + step * distance
            if self.works_on(candidate):
                return candidate
        raise NeverOpen


def organisation_time() -> WorkingTime:
    """The organisation's own hours, zone and country: of nobody in particular."""
    return usual_working_time(find_zone(""))


def usual_working_time(zone: ZoneInfo, country: str = "") -> WorkingTime:
    """The hours of whoever has none of their own: the organisation's."""
    usual = current()
    return WorkingTime(
        zone=zone,
        weekdays=frozenset(int(day) for day in usual.working_days),
        day_starts=usual.day_starts,
        day_ends=usual.day_ends,
        country=country,
    )
