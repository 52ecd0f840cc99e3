"""Figures over follow-ups: worked out by the database, the same as by hand."""

from __future__ import annotations

import datetime as dt
from statistics import mean, median

import pytest

from surveys.answers import AnswerSheet
from surveys.domain.answering import submitting
from surveys.domain.following_up import asking_again, summing_up
from surveys.models import FollowUp
from tests.surveys.factories import make_hr, make_person
from tests.surveys.following import ANSWERED, DAY, close, make_cause, make_follow_up, make_followed_wave

pytestmark = pytest.mark.django_db

HOUR = dt.timedelta(hours=1)


def test_nothing_is_said_of_nothing() -> None:
    found = summing_up.recovery(FollowUp.objects.all(), ANSWERED)
    assert (found.whole.opened, found.whole.timely_percent, found.whole.recovered_percent) == (0, None, None)
    assert (found.median_waited, found.median_worked, found.by_cause, found.by_quarter) == (
        None,
        None,
        [],
        [],
    )


def test_the_figures_are_those_worked_out_by_hand() -> None:
    wave = make_followed_wave()
    waited = [2 * HOUR, 20 * HOUR, 30 * HOUR, 200 * HOUR]
    again = [9, 2, 7, None]
    for wait in waited:
        follow_up = make_follow_up(make_person(time_zone="UTC"), wave=wave, score=4)
        close(follow_up, contacted=ANSWERED + wait, closed=ANSWERED + wait)
    FollowUp.objects.filter(contacted_at=ANSWERED + 20 * HOUR).update(cause=make_cause("Manner"))
    make_follow_up(wave=wave)
    asking_again.ask_again_due(ANSWERED + 60 * DAY)
    for follow_up, score in zip(FollowUp.objects.order_by("pk")[:4], again, strict=True):
        if score is not None and follow_up.again:
            sheet = AnswerSheet(options={"recommend": (str(score),)})
            now = ANSWERED + 61 * DAY
            submitting.submit(invitation=follow_up.again.invitations.get(), sheet=sheet, now=now)
    found = summing_up.recovery(FollowUp.objects.all(), ANSWERED + 62 * DAY)
    whole = found.whole
    assert (whole.opened, whole.contacted, whole.closed) == (5, 4, 4)
    # Due at the end of the second working day; the fifth waits and is late.
    assert (whole.decided, whole.timely, whole.timely_percent) == (5, 3, 60)
    assert (whole.asked_again, whole.answered_again, whole.recovered) == (4, 3, 2)
    assert whole.recovered_percent == 67
    assert whole.change == pytest.approx(mean([9 - 4, 2 - 4, 7 - 4]))
    assert found.median_waited == dt.timedelta(hours=median(wait / HOUR for wait in waited))
    minutes = [one.working_minutes for one in FollowUp.objects.all() if one.working_minutes is not None]
    assert found.median_worked == dt.timedelta(minutes=median(minutes))
    assert [(row.name, row.opened, row.recovered) for row in found.by_cause] == [
        ("Bad weather", 3, 2),
        ("Manner", 1, 0),
    ]
    assert [(row.name, row.opened, row.recovered) for row in found.by_quarter] == [("Quarter 1, 2026", 5, 2)]
    assert (found.waiting, found.late, found.without_owner) == (1, 1, 0)


def test_quarters_stand_apart_newest_first() -> None:
    wave = make_followed_wave(closes_at=ANSWERED + 200 * DAY)
    make_follow_up(wave=wave)
    make_follow_up(wave=wave, now=ANSWERED + 60 * DAY)
    found = summing_up.recovery(FollowUp.objects.all(), ANSWERED)
    assert [row.name for row in found.by_quarter] == ["Quarter 2, 2026", "Quarter 1, 2026"]


def test_hr_has_all_figures_and_readers_those_of_their_waves() -> None:
    reader = make_person()
    make_follow_up(wave=make_followed_wave(readers=[reader]))
    make_follow_up()
    counts = {
        person: summing_up.figures_open_to(person).count()
        for person in (make_hr(), reader, make_person(), make_hr(is_active=False))
    }
    assert list(counts.values()) == [2, 1, 0, 0]


@pytest.mark.parametrize("number", [1, 12])
def test_the_statements_do_not_grow(number: int, django_assert_num_queries: object) -> None:
    wave = make_followed_wave()
    for _ in range(number):
        close(make_follow_up(wave=wave), contacted=ANSWERED + DAY, closed=ANSWERED + DAY)
    with django_assert_num_queries(8):  # type: ignore[operator]
        summing_up.recovery(FollowUp.objects.all(), ANSWERED + DAY)


@pytest.mark.parametrize(
    ("time", "words"),
    [(12 * HOUR / 60, "12 minutes"), (HOUR, "60 minutes"), (5 * HOUR, "5 hours"), (80 * HOUR, "3 days")],
)
def test_times_are_said_as_people_do(time: dt.timedelta, words: str) -> None:
    assert summing_up._hours_or_days(time) == words
