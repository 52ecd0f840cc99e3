"""Whom a wave of a row asks of all it could ask: its turn, its week, and what anonymity asks for.

Used where an audience is frozen, so that what the preview names is what the launch does.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from django.db.models import Max
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from common.working_time import organisation_time
from surveys.domain.building.freezing_questions import freeze_questionnaire
from surveys.domain.repeating import sampling
from surveys.domain.repeating.sampling import AskedLately
from surveys.domain.waves import holding_back, neighbours
from surveys.domain.waves.audience import Identity, Member
from surveys.models import Invitation, Wave, WaveSeries

AskedIn = Callable[[Wave, dt.datetime], set[Identity]]


class Why(StrEnum):
    """Why somebody is asked another time."""

    ROTATION = "rotation"
    WEEK = "week"
    TOO_NEAR = "too_near"


@dataclass(frozen=True)
class Turn:
    members: tuple[Member, ...]
    left_out: dict[str, int] = field(default_factory=dict)


def turn_of(wave: Wave, members: Sequence[Member], day: dt.date, *, asked_in: AskedIn) -> Turn:
    """All of them, where the wave is not of a row. ``day``: on which it opens.

    ``asked_in`` says whom another wave asks at a moment, which may itself need this function.
    """
    if wave.series is None or wave.number is None:
        return Turn(tuple(members))
    row = wave.series
    everybody = frozenset(member.identity for member in members)
    last_asked = _last_asked(wave, row)
    due = everybody
    left_out: dict[str, int] = {}
    if row.rotation > 1:
        due = sampling.whose_turn(
            everybody,
            shuffle=row.shuffle,
            rotation=row.rotation,
            number=wave.number,
            last_asked=last_asked,
        )
        left_out[Why.ROTATION.value] = len(everybody - due)
    in_time = due - holding_back.too_late_for(wave, [each for each in members if each.identity in due], day)
    chosen = (
        _clear_of_others(wave, in_time, last_asked, _asked_lately(wave, day, asked_in))
        if wave.is_anonymous
        else in_time
    )
    others = {Why.WEEK: len(due - in_time), Why.TOO_NEAR: len(in_time - chosen)}
    left_out |= {why.value: number for why, number in others.items() if number}
    return Turn(tuple(member for member in members if member.identity in chosen), left_out)


def _last_asked(wave: Wave, row: WaveSeries) -> dict[Identity, int]:
    """By which wave of the row before this one, as far back as it matters."""
    number = wave.number or 1
    rows = (
        Invitation.objects.filter(
            wave__series=row, wave__number__lt=number, wave__number__gte=number - row.rotation - 1
        )
        .values_list("person_id", "contact_id")
        .annotate(last=Max("wave__number"))
    )
    return {
        ("person", person) if person else ("contact", contact or 0): last for person, contact, last in rows
    }


def _clear_of_others(
    wave: Wave,
    candidates: frozenset[Identity],
    last_asked: dict[Identity, int],
    lately: list[AskedLately],
) -> frozenset[Identity]:
    """anonymity.md R7: of the waves of the last 30 days that asked the same."""
    row, number = wave.series, wave.number or 1
    if row is None or not lately:
        return candidates
    return sampling.steer_clear(
        candidates,
        lately,
        # Another one for each wave, so that it is not always the same who wait.
        shuffle=f"{row.shuffle}{number}",
        least=2 * wave.k,
        must=sampling.who_must_not_wait(
            candidates, rotation=row.rotation, number=number, last_asked=last_asked
        ),
    )


def _asked_lately(wave: Wave, day: dt.date, asked_in: AskedIn) -> list[AskedLately]:
    """Counted back from the beginning of the day: a little more than the rule of the launch looks at."""
    begins = organisation_time().moment(day, dt.time.min)
    questionnaire = freeze_questionnaire(wave.survey)
    return [
        AskedLately(frozenset(asked_in(other, begins)), max(wave.k, other.k))
        for other in neighbours.asked_the_same(wave, questionnaire, since=begins - neighbours.DAYS_APART)
        if _is_settled_before(other, wave)
    ]


def _is_settled_before(other: Wave, wave: Wave) -> bool:
    """Of two on their way at once the later one gives way, and neither waits for what the other works out."""
    if other.questionnaire_json is not None or wave.launched_at is None or other.launched_at is None:
        return True
    return (other.launched_at, other.pk) < (wave.launched_at, wave.pk)


# --- Words --------------------------------------------------------------------------------------------------
def left_out_words(left_out: dict[str, int]) -> list[str]:
    """A line for each reason; few are not counted out."""
    return [_line(Why(why), number) for why, number in left_out.items() if number]


def _line(why: Why, number: int) -> str:
    words = {"number": holding_back.count_words(number)}
    match why:
        case Why.ROTATION:
            return (
                ngettext(
                    "%(number)s is asked another time: it is not their turn.",
                    "%(number)s are asked another time: it is not their turn.",
                    number,
                )
                % words
            )
        case Why.WEEK:
            return (
                _("%(number)s were asked by another survey just before; they wait for the next one.") % words
            )
        case Why.TOO_NEAR:
            return (
                _(
                    "%(number)s wait for another time. Otherwise almost the same people would be asked as "
                    "shortly before, and somebody could subtract one result from the other."
                )
                % words
            )
