"""Waves one after the other, with the same questions put to the same groups."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import Any

from people.models import Team
from surveys.answers import AnswerSheet
from surveys.domain.answering import submitting
from surveys.domain.counting import closing
from surveys.models import Survey, Wave
from tests.surveys.factories import CLOSES, OPENED, cast, make_survey, make_wave

MONTH = dt.timedelta(days=30)


def make_row(
    numbers: int,
    *,
    groups: Mapping[int, int | None] | None = None,
    invited: Mapping[int, int] | None = None,
    survey: Survey | None = None,
    teams: Mapping[int, Team] | None = None,
    scores: Sequence[Sequence[int]] = ((3, 4, 5),),
    **fields: Any,
) -> list[Wave]:
    """Closed waves, oldest first, a month apart; wave by wave the scores for "listens" and half of them + 5
    for "recommend" go round among those asked.
    """
    survey = survey or make_survey()
    waves = []
    for number in range(numbers):
        wave = make_wave(
            groups=groups,
            invited=invited or {1: 25},
            survey=survey,
            title=f"Wave {number + 1}",
            **{"opens_at": OPENED + number * MONTH, "closes_at": CLOSES + number * MONTH, **fields},
        )
        for code, team in (teams or {}).items():
            wave.groups.filter(code=code).update(team=team)
        answer(wave, scores[number % len(scores)])
        waves.append(close(wave))
    return waves


def answer(wave: Wave, scores: Sequence[int]) -> None:
    for place, invitation in enumerate(wave.invitations.select_related("wave").order_by("group_code", "pk")):
        score = scores[place % len(scores)]
        options: dict[str, tuple[str, ...]] = {
            "listens": (str(score),),
            "recommend": (str(score + 5),),
            "promise": ("yes",),
        }
        if wave.is_anonymous:
            cast(invitation, options, {"hear": f"Said in {wave.title} by one of many."})
        else:
            moment = wave.opens_at + dt.timedelta(hours=1)
            submitting.submit(invitation=invitation, sheet=AnswerSheet(options), now=moment)


def close(wave: Wave) -> Wave:
    closing.close(wave_id=wave.pk, now=wave.closes_at)
    wave.refresh_from_db()
    return wave
