"""Waves that repeat: planned, changed, put off, stopped; opened by the tick, or HR is told why not."""

from __future__ import annotations

import datetime as dt
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connections
from django.utils import timezone

from common.models import AuditEntry
from notifications.models import Message
from people.models import Person, Team
from surveys.domain.building import editing
from surveys.domain.repeating import continuing, telling_of_series
from surveys.domain.waves import drafting, launching
from surveys.domain.waves.previewing import preview
from surveys.models import Invitation, Wave, WaveSeries
from tests.surveys.factories import make_draft, make_hr, make_people, make_survey

pytestmark = pytest.mark.django_db

# A Monday; no holidays of Germany until Good Friday, 3 April.
OPENS = dt.datetime(2026, 3, 2, 8, tzinfo=dt.UTC)
CLOSES = dt.datetime(2026, 3, 5, 16, tzinfo=dt.UTC)
WEEK = dt.timedelta(days=7)
MINUTE, DAY = dt.timedelta(minutes=1), dt.timedelta(days=1)


def tick(now: dt.datetime) -> None:
    """What the worker of the ballots does of it in two minutes."""
    for _ in range(2):
        launching.carry_on_launches(now)
        continuing.carry_on(now)
    launching.carry_on_launches(now)


def begin(hr: Person, *, rotation: int = 1, rhythm: str = "weekly", **fields: object) -> WaveSeries:
    """A row whose first wave has just opened."""
    wave = make_draft(opens_at=OPENS, closes_at=CLOSES, created_by=hr, **fields)
    series = continuing.begin(wave, rhythm=rhythm, rotation=rotation, by=hr, now=OPENS)
    launching.launch(wave=wave, by=hr, now=OPENS)
    launching.carry_on_launches(OPENS)
    return series


def newest(series: WaveSeries) -> Wave:
    wave = series.waves.order_by("-number").first()
    assert wave is not None
    return wave


def asked_by(wave: Wave) -> set[int | None]:
    return set(Invitation.objects.filter(wave=wave).values_list("person_id", flat=True))


# --- The next one -------------------------------------------------------------------------------------------
def test_the_next_is_planned_once_the_first_has_opened() -> None:
    hr = make_hr()
    make_people(30)
    series = begin(hr, reminder_days=[2], k=7)
    assert newest(series).number == 1
    tick(OPENS + MINUTE)
    following = newest(series)
    assert (following.number, following.state, following.opens_by_itself) == (2, Wave.State.DRAFT, True)
    assert (following.opens_at, following.closes_at) == (OPENS + WEEK, CLOSES + WEEK)
    assert (following.title, following.reminder_days, following.k) == ("Spring", [2], 7)
    tick(OPENS + 2 * MINUTE)
    assert series.waves.count() == 2


def test_it_opens_by_itself_and_so_on() -> None:
    hr = make_hr()
    make_people(30)
    series = begin(hr)
    for week in range(4):
        tick(OPENS + week * WEEK + DAY)
    states = list(series.waves.order_by("number").values_list("number", "state"))
    assert states == [(1, "open"), (2, "open"), (3, "open"), (4, "open"), (5, "draft")]
    second = series.waves.get(number=2)
    assert (second.launched_by, asked_by(second)) == (hr, asked_by(series.waves.get(number=1)))
    # Counted from the first, not from when the tick came by.
    assert newest(series).opens_at.minute == 0
    # Whom the wave before asked waits for minutes at most: nothing to speak of.
    assert preview(newest(series)).held is None


def test_what_hr_changes_of_the_next_holds_for_those_after_it() -> None:
    hr = make_hr()
    make_people(30)
    series = begin(hr)
    tick(OPENS)
    following = newest(series)
    following.title, following.opens_at = "Summer", OPENS + WEEK + dt.timedelta(days=1)
    drafting.save_draft(following, teams=[], organisations=[], readers=[], by=hr)
    tick(following.opens_at)
    tick(following.opens_at + MINUTE)
    assert (newest(series).number, newest(series).title) == (3, "Summer")
    assert newest(series).opens_at == following.opens_at + WEEK


def test_repeating_twice_is_one_row() -> None:
    hr = make_hr()
    wave = make_draft(opens_at=OPENS, closes_at=CLOSES)
    series = continuing.begin(wave, rhythm="weekly", rotation=1, by=hr, now=OPENS)
    assert continuing.begin(wave, rhythm="monthly", rotation=3, by=hr, now=OPENS) == series
    assert AuditEntry.objects.filter(action="wave.repeated").count() == 1


# --- Whose turn ---------------------------------------------------------------------------------------------
def test_everybody_is_asked_by_one_of_so_many_waves() -> None:
    hr = make_hr()
    make_people(160)
    series = begin(hr, rotation=4)
    for week in range(8):
        tick(OPENS + week * WEEK + DAY)
    waves = [asked_by(wave) for wave in series.waves.filter(state=Wave.State.OPEN).order_by("number")]
    assert len(waves) == 8
    assert all(20 < len(asked) < 60 for asked in waves)
    everybody = set(Person.objects.values_list("pk", flat=True))
    assert waves[0] | waves[1] | waves[2] | waves[3] == everybody
    assert sum(len(asked) for asked in waves[:4]) == len(everybody)
    assert waves[4:] == waves[:4]
    assert series.waves.get(number=1).left_out == {"rotation": len(everybody) - len(waves[0])}


def test_after_one_that_asked_all_the_row_waits_until_somebodys_turn_comes() -> None:
    hr = make_hr()
    make_people(120)
    series = begin(hr)
    tick(OPENS)
    continuing.stop(series, by=hr)
    continuing.change(series, rhythm="weekly", rotation=3, by=hr, now=OPENS + MINUTE)
    continuing.go_on(series, by=hr, now=OPENS + MINUTE)
    following = newest(series)
    assert (following.number, following.opens_at) == (4, OPENS + 3 * WEEK)
    tick(following.opens_at)
    assert series.waves.get(number=4).state == Wave.State.OPEN


def test_r7_a_joiner_waits_until_they_are_not_alone() -> None:
    hr = make_hr()
    make_people(30)
    series = begin(hr)
    tick(OPENS)
    joiner = make_people(1)[0]
    tick(OPENS + WEEK)
    second = series.waves.get(number=2)
    assert second.state == Wave.State.OPEN
    assert asked_by(second) == asked_by(series.waves.get(number=1))
    assert second.left_out == {"too_near": 1}
    for week in (2, 3, 4):
        tick(OPENS + week * WEEK + DAY)
    fifth = series.waves.get(number=5)
    assert joiner.pk in asked_by(fifth)
    assert len(asked_by(fifth) ^ asked_by(second)) == 5


# --- Where it cannot open -----------------------------------------------------------------------------------
def make_stuck(hr: Person) -> WaveSeries:
    """The next wave of it has no question to ask."""
    make_people(30)
    series = begin(hr)
    tick(OPENS)
    newest(series).survey.sections.all().delete()
    return series


def test_hr_is_told_once_and_it_is_tried_again() -> None:
    hr = make_hr()
    series = make_stuck(hr)
    tick(OPENS + WEEK)
    tick(OPENS + WEEK + MINUTE)
    assert newest(series).state == Wave.State.DRAFT
    told = Message.objects.get(kind="surveys.row_waits")
    assert (told.person, told.context["what"]) == (hr, "waits")
    assert telling_of_series.is_still_wanted(told)
    assert telling_of_series.render(told).subject == "“Spring” could not open by itself"
    assert telling_of_series.notices([told])[told.pk].path == f"/waves/series/{series.pk}/"
    assert [item.due for item in telling_of_series.waiting_rows(hr, OPENS + WEEK)] == [CLOSES + WEEK]
    survey = make_draft(opens_at=OPENS, closes_at=CLOSES).survey
    survey.sections.update(survey=newest(series).survey)
    tick(OPENS + WEEK + 2 * MINUTE)
    assert series.waves.get(number=2).state == Wave.State.OPEN
    assert not telling_of_series.is_still_wanted(told)
    assert telling_of_series.notices([told]) == {}


def test_what_would_close_before_it_opens_comes_the_next_time() -> None:
    hr = make_hr()
    series = make_stuck(hr)
    tick(CLOSES + WEEK)
    assert (newest(series).number, newest(series).opens_at) == (2, OPENS + 2 * WEEK)
    assert Message.objects.get(kind="surveys.row_waits").context["what"] == "missed"


def test_where_the_starter_has_left_somebody_of_hr_takes_it_over() -> None:
    hr, second, _third = make_hr(), make_hr(), make_hr()
    make_people(30)
    series = begin(hr)
    tick(OPENS)
    Person.objects.filter(pk=hr.pk).update(is_active=False)
    tick(OPENS + WEEK)
    assert newest(series).state == Wave.State.DRAFT
    assert set(Message.objects.filter(kind="surveys.row_waits").values_list("context__what", flat=True)) == {
        "nobody"
    }
    assert Message.objects.filter(kind="surveys.row_waits").count() == 2
    continuing.go_on(series, by=second, now=OPENS + WEEK)
    tick(OPENS + WEEK + MINUTE)
    assert series.waves.get(number=2).launched_by == second


def test_few_are_asked_once_a_second_person_agrees() -> None:
    hr, second = make_hr(), make_hr()
    make_people(10)
    wave = make_draft(opens_at=OPENS, closes_at=CLOSES)
    series = continuing.begin(wave, rhythm="weekly", rotation=1, by=hr, now=OPENS)
    launching.launch(wave=wave, by=hr, now=OPENS)
    launching.approve(wave=wave, by=second, now=OPENS)
    tick(OPENS)
    tick(OPENS + WEEK)
    following = newest(series)
    assert (following.number, following.state) == (2, Wave.State.APPROVAL)
    launching.approve(wave=following, by=second, now=OPENS + WEEK + MINUTE)
    tick(OPENS + WEEK + 2 * MINUTE)
    assert series.waves.get(number=2).state == Wave.State.OPEN
    tick(OPENS + 2 * WEEK)
    # Nobody agreed in time.
    tick(CLOSES + 2 * WEEK)
    assert (newest(series).state, newest(series).opens_at) == (Wave.State.DRAFT, OPENS + 3 * WEEK)


# --- Paused, put off, stopped -------------------------------------------------------------------------------
def test_a_paused_row_waits_and_goes_on() -> None:
    hr = make_hr()
    make_people(30)
    series = begin(hr)
    tick(OPENS)
    continuing.pause(series, by=hr)
    tick(OPENS + WEEK)
    assert newest(series).state == Wave.State.DRAFT
    continuing.go_on(series, by=hr, now=OPENS + WEEK)
    tick(OPENS + WEEK + MINUTE)
    assert series.waves.get(number=2).state == Wave.State.OPEN


def test_put_off_it_comes_the_time_after() -> None:
    hr = make_hr()
    make_people(30)
    series = begin(hr)
    assert continuing.put_off(series, by=hr, now=OPENS) is None
    tick(OPENS)
    waiting = continuing.put_off(series, by=hr, now=OPENS)
    assert waiting is not None
    assert (waiting.number, waiting.opens_at, waiting.closes_at) == (2, OPENS + 2 * WEEK, CLOSES + 2 * WEEK)


def test_stopped_the_planned_one_is_gone_and_the_others_stay() -> None:
    hr = make_hr()
    make_people(30)
    series = begin(hr)
    tick(OPENS)
    continuing.stop(series, by=hr)
    tick(OPENS + WEEK)
    assert list(series.waves.values_list("number", flat=True)) == [1]
    continuing.go_on(series, by=hr, now=OPENS + WEEK)
    assert newest(series).opens_at == OPENS + 2 * WEEK


def test_deleting_the_next_draft_stops_the_row() -> None:
    hr = make_hr()
    make_people(30)
    series = begin(hr)
    tick(OPENS)
    drafting.delete_draft(newest(series), by=hr)
    tick(OPENS + MINUTE)
    series.refresh_from_db()
    assert (series.active, series.waves.count()) == (False, 1)


def test_another_rhythm_plans_the_next_anew() -> None:
    hr = make_hr()
    make_people(30)
    series = begin(hr)
    tick(OPENS)
    continuing.change(series, rhythm="monthly", rotation=1, by=hr, now=OPENS)
    # 2 April is a Thursday.
    assert newest(series).opens_at == dt.datetime(2026, 4, 2, 7, tzinfo=dt.UTC)


@pytest.mark.needs_postgres
@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
def test_two_ticks_at_once_plan_one_next_wave() -> None:
    hr = make_hr()
    make_people(30)
    series = begin(hr)

    def ticking() -> None:
        try:
            continuing.carry_on(OPENS)
        finally:
            connections.close_all()

    with ThreadPoolExecutor(4) as pool:
        for run in [pool.submit(ticking) for _ in range(4)]:
            run.result()
    assert list(series.waves.order_by("number").values_list("number", flat=True)) == [1, 2]
    assert timezone.is_aware(newest(series).opens_at)


# --- Surveys of a team --------------------------------------------------------------------------------------
def test_what_a_lead_rewrote_goes_out_only_after_hr_looked_at_it() -> None:
    hr = make_hr()
    make_people(30)
    lead = make_people(1)[0]
    survey = make_survey(team=Team.objects.create(name="Dispatch", lead=lead))
    series = begin(hr, survey=survey)
    tick(OPENS + MINUTE)
    tick(OPENS + WEEK)
    assert list(series.waves.order_by("number").values_list("state", flat=True)) == ["open", "open", "draft"]
    editing.change_section(survey.sections.all()[0], title="Who are you?", intro="", by=lead)
    due = OPENS + 2 * WEEK
    tick(due)
    assert (newest(series).number, newest(series).state) == (3, "draft")
    told = Message.objects.get(kind=telling_of_series.KIND)
    assert (told.person, told.context["what"]) == (hr, "waits")
    # HR reads the questions where it launches, and the row goes on from there.
    launching.launch(wave=newest(series), by=hr, now=due + MINUTE)
    tick(due + 2 * MINUTE)
    assert (newest(series).number, newest(series).opens_at) == (4, due + WEEK)
    tick(due + WEEK)
    assert series.waves.get(number=4).state == "open"
