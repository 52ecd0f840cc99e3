"""When the waves of a row open and close, by the organisation's clock and working days."""

from __future__ import annotations

import calendar
import datetime as dt
from dataclasses import dataclass
from itertools import count

from common.working_time import ONE_DAY, WorkingTime
from surveys.models import WaveSeries

Rhythm = WaveSeries.Rhythm
_MONTHS = {Rhythm.MONTHLY: 1, Rhythm.QUARTERLY: 3}


@dataclass(frozen=True)
class Times:
    opens_at: dt.datetime
    closes_at: dt.datetime


@dataclass(frozen=True)
class Row:
    """``counted_from``: an opening as it was planned. The others keep its day of the month (or the last one
    of a short month), or its weekday, and its hour; one on a free day moves to the next working day, alone.
    """

    rhythm: str
    counted_from: dt.datetime
    clock: WorkingTime

    def day(self, step: int) -> dt.date:
        """As the calendar has it, before it moves off a free day."""
        first = self.clock.local_day(self.counted_from)
        if self.rhythm == Rhythm.WEEKLY:
            return first + 7 * step * ONE_DAY
        return _months_later(first, step * _MONTHS[Rhythm(self.rhythm)])

    def opening(self, step: int) -> dt.datetime:
        time = self.counted_from.astimezone(self.clock.zone).time().replace(second=0, microsecond=0)
        return self.clock.moment(self.clock.add_working_days(self.day(step), 0), time)

    def has(self, opens_at: dt.datetime) -> bool:
        """Whether it opens then, to the minute."""
        step = self._first_step_after(self.clock.local_day(opens_at)) - 1
        wanted = opens_at.replace(second=0, microsecond=0)
        return any(self.opening(each) == wanted for each in (step - 1, step))

    def next_times(self, before: Times, *, now: dt.datetime, steps: int = 1) -> Times:
        """So many openings after the one before, and after now. As long open as that one, in days."""
        opened_on = self.clock.local_day(before.opens_at)
        first = self._first_step_after(opened_on)
        step = next(
            each for each in count(first + steps - 1) if self.opening(each) > max(now, before.opens_at)
        )
        planned_on = min(opened_on, self.day(first - 1)) if first else opened_on
        return Times(self.opening(step), self._closing(before, planned_on, step))

    def _closing(self, before: Times, planned_on: dt.date, step: int) -> dt.datetime:
        closing = before.closes_at.astimezone(self.clock.zone)
        day = closing.date() + (self.day(step) - planned_on)
        opens_on = self.clock.local_day(self.opening(step))
        # An opening that moved far leaves a day at least.
        return self.clock.moment(max(day, opens_on + ONE_DAY), closing.time())

    def _first_step_after(self, day: dt.date) -> int:
        """May be 0 where the row is counted from later."""
        return next(step for step in count() if self.day(step) > day)


def _months_later(day: dt.date, months: int) -> dt.date:
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return dt.date(year, month + 1, min(day.day, calendar.monthrange(year, month + 1)[1]))
