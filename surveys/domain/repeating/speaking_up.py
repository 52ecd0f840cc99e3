"""An always-open way to speak: each month everybody is asked "What should we hear?", anonymously."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

from django.db import transaction

from common.working_time import ONE_DAY, organisation_time
from people.models import Person
from surveys.domain.building import beginning
from surveys.domain.repeating import continuing
from surveys.domain.waves import launching
from surveys.domain.waves.drafting import save_draft
from surveys.domain.waves.previewing import Problem
from surveys.models import Survey, Wave, WaveSeries
from surveys.ready_made import find_ready_made

CODE = "speak-up"
READY_MADE = "what-should-we-hear"
OPENS, CLOSES = dt.time(9), dt.time(17)
OPEN_FOR = 14 * ONE_DAY
# Working days after the invitation: one, and no more.
REMINDER = [6]


class CannotOpen(Exception):
    """A rule speaks against it, and nothing was changed."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        super().__init__(" ".join(problem.words for problem in problems))
        self.problems = problems


def switch_on(*, by: Person, now: dt.datetime) -> WaveSeries:
    """Opens on the next working day, and each month after it. Twice is safe. Raises CannotOpen."""
    try:
        with transaction.atomic():
            return _switch_on(by, now)
    except launching.LaunchRefused as refused:
        raise CannotOpen(refused.problems) from refused


def _switch_on(by: Person, now: dt.datetime) -> WaveSeries:
    known = WaveSeries.objects.select_for_update().filter(code=CODE).first()
    if known is not None and known.active:
        return known
    if known is not None and known.waves.exists():
        return continuing.go_on(known, by=by, now=now)
    if known is not None:
        known.delete()
    wave = _plan(by, now)
    series = continuing.begin(wave, rhythm=WaveSeries.Rhythm.MONTHLY, rotation=1, by=by, now=now, code=CODE)
    launching.launch(wave=wave, by=by, now=now)
    return series


def _plan(by: Person, now: dt.datetime) -> Wave:
    survey = Survey.objects.filter(template_code=READY_MADE, archived=False, team=None).order_by("pk").first()
    if survey is None:
        survey = beginning.create_from(find_ready_made(READY_MADE), by=by)
    clock = organisation_time()
    day = clock.add_working_days(clock.local_day(now), 1)
    wave = Wave(
        survey=survey,
        title=survey.title,
        audience=Wave.Audience.EVERYONE,
        opens_at=clock.moment(day, OPENS),
        closes_at=clock.moment(day + OPEN_FOR, CLOSES),
        reminder_days=REMINDER,
    )
    return save_draft(wave, teams=[], organisations=[], readers=[], by=by)
