"""Waves that repeat. Right after one has opened the next is there as a draft, which the tick launches when
its time comes; HR may change it, put it off, or stop the row.

Lock order: first the series, then the wave. Each step may be killed and repeated, and two ticks may run at
once: the series is locked, and the database takes each number once.
"""

from __future__ import annotations

import datetime as dt
import logging
from collections.abc import Sequence
from functools import partial

from django.db import transaction

from common import audit
from common.one_by_one import one_by_one
from common.working_time import organisation_time
from people.models import Person
from surveys.domain.repeating import telling_of_series
from surveys.domain.repeating.rhythm import Row, Times
from surveys.domain.repeating.taking_turns import Why
from surveys.domain.waves import launching
from surveys.domain.waves.previewing import Problem
from surveys.models import Wave, WaveSeries
from surveys.models.wave import DECIDED

logger = logging.getLogger(__name__)

_ON_ITS_WAY = frozenset({Wave.State.LAUNCHING, Wave.State.OPEN, Wave.State.CLOSING, Wave.State.CLOSED})
_OPENED = frozenset({Wave.State.OPEN, Wave.State.CLOSING, Wave.State.CLOSED})


class CannotRepeat(Exception):
    """It asks one person again after a follow-up."""


# --- By hand ------------------------------------------------------------------------------------------------
def begin(
    wave: Wave, *, rhythm: str, rotation: int, by: Person, now: dt.datetime, code: str = ""
) -> WaveSeries:
    """The wave becomes the first of a row; a draft is launched by HR, as ever. A second time nothing happens.

    Raises CannotRepeat.
    """
    with transaction.atomic():
        locked = Wave.objects.select_for_update().get(pk=wave.pk)
        if locked.series is not None:
            return locked.series
        if not Wave.objects.planned().filter(pk=locked.pk).exists():
            raise CannotRepeat
        series = WaveSeries.objects.create(
            rhythm=rhythm, rotation=rotation, started_by=by, counted_from=locked.opens_at, code=code
        )
        locked.series, locked.number = series, 1
        locked.save(update_fields=["series", "number"])
        audit.record(by=by, action="wave.repeated", obj=locked, rhythm=rhythm, rotation=rotation)
        _make_next(series, locked, now)
    return series


def change(series: WaveSeries, *, rhythm: str, rotation: int, by: Person, now: dt.datetime) -> WaveSeries:
    """Another rhythm plans the next one anew, from the last that opened."""
    with transaction.atomic():
        locked = _lock(series.pk)
        is_new = locked.rhythm != rhythm
        locked.rhythm, locked.rotation = rhythm, rotation
        locked.save(update_fields=["rhythm", "rotation"])
        newest = _newest(locked)
        if newest is not None:
            audit.record(by=by, action="wave.repeated_anew", obj=newest, rhythm=rhythm, rotation=rotation)
        before = locked.waves.filter(state__in=_OPENED).order_by("-number").first()
        if is_new and newest is not None and newest.opens_by_itself and before is not None:
            _plan(newest, _next_times(locked, before, now))
    return locked


def pause(series: WaveSeries, *, by: Person) -> WaveSeries:
    """The next one waits as a draft until the row goes on."""
    return _switch(series, active=False, by=by, action="wave.row_paused")


def go_on(series: WaveSeries, *, by: Person, now: dt.datetime) -> WaveSeries:
    """Also how somebody else of HR takes it over."""
    with transaction.atomic():
        locked = _switch(series, active=True, by=by, action="wave.row_went_on")
        locked.started_by = by
        locked.save(update_fields=["started_by"])
        newest = _newest(locked)
        if newest is not None and newest.state in _OPENED:
            _make_next(locked, newest, now)
    return locked


def stop(series: WaveSeries, *, by: Person) -> WaveSeries:
    """Nothing more of it opens, and the one that was planned is gone; those that have opened stay."""
    with transaction.atomic():
        locked = _switch(series, active=False, by=by, action="wave.row_stopped")
        newest = _newest(locked)
        if newest is not None and (newest.number or 0) > 1 and newest.state not in _ON_ITS_WAY:
            launching.take_back(wave=newest, by=by)
            Wave.objects.filter(pk=newest.pk, state=Wave.State.DRAFT).delete()
    return locked


def put_off(series: WaveSeries, *, by: Person, now: dt.datetime) -> Wave | None:
    """Left out this time: it opens at the time after that. None where nothing is planned."""
    with transaction.atomic():
        locked = _lock(series.pk)
        newest = _newest(locked)
        if newest is None or newest.state in _ON_ITS_WAY or (newest.number or 0) <= 1:
            return None
        waiting = launching.take_back(wave=newest, by=by)
        _follow_hr(locked, waiting)
        _plan(waiting, _next_times(locked, waiting, now))
        audit.record(by=by, action="wave.put_off", obj=waiting)
    return waiting


def _switch(series: WaveSeries, *, active: bool, by: Person, action: str) -> WaveSeries:
    with transaction.atomic():
        locked = _lock(series.pk)
        if locked.active != active:
            locked.active = active
            locked.save(update_fields=["active"])
            newest = _newest(locked)
            if newest is not None:
                audit.record(by=by, action=action, obj=newest)
    return locked


def _lock(pk: int) -> WaveSeries:
    return WaveSeries.objects.select_for_update().get(pk=pk)


def _newest(series: WaveSeries) -> Wave | None:
    return series.waves.order_by("-number").first()


# --- The next one -------------------------------------------------------------------------------------------
def _make_next(series: WaveSeries, newest: Wave, now: dt.datetime) -> Wave | None:
    """A draft modelled on the newest, once that one has opened; ``series`` is locked."""
    if newest.state not in _OPENED or not series.active:
        return None
    steps = _waves_until_next(series, newest)
    times = _next_times(series, newest, now, steps=steps)
    decided = {name: getattr(newest, name) for name in DECIDED}
    decided |= {"opens_at": times.opens_at, "closes_at": times.closes_at}
    wave = Wave.objects.create(
        survey_id=newest.survey_id,
        created_by=series.started_by,
        series=series,
        number=(newest.number or 0) + steps,
        **decided,
    )
    wave.teams.set(newest.teams.all())
    wave.organisations.set(newest.organisations.all())
    wave.readers.set(newest.readers.all())
    audit.record(by=None, action="wave.next_planned", obj=wave)
    return wave


def _waves_until_next(series: WaveSeries, newest: Wave) -> int:
    """After one that asked everybody, in a row that asks each person every so many waves, nobody's turn comes
    before so many are over.
    """
    return series.rotation if series.rotation > 1 and Why.ROTATION not in newest.left_out else 1


def _next_times(series: WaveSeries, before: Wave, now: dt.datetime, *, steps: int = 1) -> Times:
    extension = dt.timedelta(days=before.extension_days if before.extended else 0)
    row = _row_of(series, before)
    return row.next_times(Times(before.opens_at, before.closes_at - extension), now=now, steps=steps)


def _row_of(series: WaveSeries, wave: Wave) -> Row:
    return Row(series.rhythm, series.counted_from or wave.opens_at, organisation_time())


def _follow_hr(series: WaveSeries, planned: Wave) -> None:
    """Where HR has moved the one that was planned, those after it follow."""
    if not _row_of(series, planned).has(planned.opens_at):
        series.counted_from = planned.opens_at
        series.save(update_fields=["counted_from"])


def _plan(wave: Wave, times: Times) -> None:
    wave.opens_at, wave.closes_at = times.opens_at, times.closes_at
    wave.save(update_fields=["opens_at", "closes_at"])


# --- The tick -----------------------------------------------------------------------------------------------
def carry_on(now: dt.datetime) -> None:
    """Of every row that goes on: plan what follows, open what is due. Safe to repeat, also at once.

    One that fails holds up no other.
    """
    active = list(WaveSeries.objects.active().order_by("pk").values_list("pk", flat=True))
    one_by_one(active, partial(_carry_on, now=now), failed="Row of waves %s cannot go on")


@transaction.atomic
def _carry_on(series_id: int, now: dt.datetime) -> None:
    series = WaveSeries.objects.active().select_for_update().filter(pk=series_id).first()
    newest = _newest(series) if series else None
    if series is None or newest is None:
        return
    if newest.state in _OPENED:
        _make_next(series, newest, now)
    elif newest.state in _ON_ITS_WAY or (newest.number or 0) <= 1 or newest.opens_at > now:
        return
    elif newest.closes_at <= now:
        _miss(series, newest, now)
    elif newest.is_editable:
        _open(series, newest, now)


def _open(series: WaveSeries, wave: Wave, now: dt.datetime) -> None:
    by = series.starter
    if by is None:
        telling_of_series.tell(series, wave, telling_of_series.What.NOBODY, now)
        return
    if wants_a_look(wave):
        telling_of_series.tell(series, wave, telling_of_series.What.WAITS, now)
        return
    _follow_hr(series, wave)
    try:
        launching.launch(wave=wave, by=by, now=now)
    except launching.LaunchRefused as refused:
        # Each tick tries again, until it would close.
        logger.info("Wave %s does not open yet: %s", wave.pk, _reasons(refused.problems))
        telling_of_series.tell(series, wave, telling_of_series.What.WAITS, now)


def _reasons(problems: Sequence[Problem]) -> str:
    return ", ".join(problem.reason for problem in problems)


def _miss(series: WaveSeries, wave: Wave, now: dt.datetime) -> None:
    """Its time is over and it has not opened: it comes the next time, and HR is told."""
    telling_of_series.tell(series, wave, telling_of_series.What.MISSED, now)
    if wave.state == Wave.State.APPROVAL:
        wave.state, wave.launched_by = Wave.State.DRAFT, None
        wave.save(update_fields=["state", "launched_by"])
    _follow_hr(series, wave)
    _plan(wave, _next_times(series, wave, now))
    audit.record(by=None, action="wave.missed", obj=wave)


def wants_a_look(wave: Wave) -> bool:
    """Whether whoever leads the team the survey belongs to may have changed it since HR sent the one before.

    Nothing they write goes out unseen: HR looks at it and launches this one by hand.
    """
    if wave.survey.team_id is None:
        return False
    before = Wave.objects.frozen().filter(series=wave.series_id).order_by("-number").first()
    return before is not None and before.questionnaire.version != wave.survey.version
