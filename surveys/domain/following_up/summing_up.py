"""How things were put right: figures over follow-ups, worked out by the database (docs/results-methods.md).

Of answers by name, so no group is too small to show; names of nobody stand beside them.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.db.models import Avg, Count, DurationField, ExpressionWrapper, F, FloatField, Q
from django.db.models.functions import TruncQuarter
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from people.models import Person
from surveys.models import FollowUp, Wave
from surveys.models.follow_up import FollowUpQuerySet

# From here on a time is said in hours, or in days.
_HOURS_FROM, _DAYS_FROM = 90, 3


@dataclass(frozen=True)
class Figures:
    """Of some follow-ups. ``timely`` are those contacted by the day they were due, of those that were
    contacted or whose day has passed (``decided``). ``recovered``: answered again, above the limit.
    """

    opened: int
    contacted: int
    decided: int
    timely: int
    closed: int
    asked_again: int
    answered_again: int
    recovered: int
    change: float | None
    name: str = ""

    @property
    def timely_percent(self) -> int | None:
        return _percent(self.timely, self.decided)

    @property
    def recovered_percent(self) -> int | None:
        return _percent(self.recovered, self.answered_again)


def _percent(part: int, whole: int) -> int | None:
    return round(100 * part / whole) if whole else None


@dataclass(frozen=True)
class Recovery:
    """``median_waited`` by the calendar, ``median_worked`` of the owner's working time."""

    whole: Figures
    median_waited: dt.timedelta | None
    median_worked: dt.timedelta | None
    by_cause: list[Figures]
    by_quarter: list[Figures]
    waiting: int
    late: int
    without_owner: int

    @property
    def waited_words(self) -> str:
        return _hours_or_days(self.median_waited)

    @property
    def worked_words(self) -> str:
        """In hours, since nobody's working day is as long as another's."""
        return "" if self.median_worked is None else _hours(self.median_worked)


def _hours_or_days(time: dt.timedelta | None) -> str:
    if time is None:
        return ""
    days = round(time / dt.timedelta(days=1))
    return _hours(time) if days < _DAYS_FROM else ngettext("%(n)d day", "%(n)d days", days) % {"n": days}


def _hours(time: dt.timedelta) -> str:
    minutes = round(time.total_seconds() / 60)
    if minutes < _HOURS_FROM:
        return ngettext("%(n)d minute", "%(n)d minutes", minutes) % {"n": minutes}
    hours = round(minutes / 60)
    return ngettext("%(n)d hour", "%(n)d hours", hours) % {"n": hours}


def figures_open_to(person: Person) -> FollowUpQuerySet:
    """Follow-ups whose figures this person may see: HR of all, readers of their waves."""
    every = FollowUp.objects.all()
    if not person.is_active:
        return every.none()
    if person.is_hr:
        return every
    return every.filter(response__wave__in=Wave.objects.filter(readers=person).order_by().values("pk"))


def recovery(follow_ups: FollowUpQuerySet, now: dt.datetime) -> Recovery:
    """In a fixed number of statements, however many there are."""
    scored = follow_ups.with_score_again()
    waiting = Q(state=FollowUp.State.OPEN)
    stand = follow_ups.reachable().aggregate(
        waiting=Count("pk", filter=waiting),
        late=Count("pk", filter=waiting & Q(due_at__lte=now)),
        without_owner=Count("pk", filter=Q(owner=None) & ~Q(state=FollowUp.State.CLOSED)),
    )
    waited = ExpressionWrapper(F("contacted_at") - F("opened_at"), output_field=DurationField())
    contacted = follow_ups.filter(contacted_at__isnull=False).order_by()
    minutes = _median(contacted.exclude(working_minutes=None), "working_minutes")
    return Recovery(
        whole=Figures(**scored.order_by().aggregate(**_counts(now))),
        median_waited=_median(contacted.annotate(waited=waited), "waited"),
        median_worked=None if minutes is None else dt.timedelta(minutes=float(minutes)),
        by_cause=list(_by_cause(scored, now)),
        by_quarter=list(_by_quarter(scored, now)),
        **stand,
    )


def _counts(now: dt.datetime) -> dict[str, Any]:
    decided = Q(contacted_at__isnull=False) | Q(due_at__lte=now)
    again = Q(score_again__isnull=False)
    return {
        "opened": Count("pk"),
        "contacted": Count("pk", filter=Q(contacted_at__isnull=False)),
        "decided": Count("pk", filter=decided),
        "timely": Count("pk", filter=Q(contacted_at__lte=F("due_at"))),
        "closed": Count("pk", filter=Q(state=FollowUp.State.CLOSED)),
        "asked_again": Count("again"),
        "answered_again": Count("pk", filter=again),
        "recovered": Count("pk", filter=Q(score_again__gt=F("response__wave__follow_up_limit"))),
        "change": Avg(F("score_again") - F("score"), filter=again, output_field=FloatField()),
    }


def _by_cause(scored: FollowUpQuerySet, now: dt.datetime) -> Iterator[Figures]:
    """The most frequent first; those that have none yet are left out."""
    named: Any = scored.filter(cause__isnull=False).order_by().values(name=F("cause__name"))
    for row in named.annotate(**_counts(now)).order_by("-opened", "name"):
        yield Figures(**row)


def _by_quarter(scored: FollowUpQuerySet, now: dt.datetime) -> Iterator[Figures]:
    """By when they opened, the newest first."""
    by_quarter: Any = scored.order_by().annotate(quarter=TruncQuarter("opened_at")).values("quarter")
    for row in by_quarter.annotate(**_counts(now)).order_by("-quarter"):
        begins = row.pop("quarter")
        number = (begins.month + 2) // 3
        yield Figures(**row, name=_("Quarter %(number)d, %(year)d") % {"number": number, "year": begins.year})


def _median(rows: Any, field: str) -> Any:
    """The middle value; of an even number the mean of the two in the middle. None of nothing."""
    count = rows.count()
    if not count:
        return None
    middle = rows.order_by(field).values_list(field, flat=True)[(count - 1) // 2 : count // 2 + 1]
    values = list(middle)
    return sum(values[1:], values[0]) / len(values)
