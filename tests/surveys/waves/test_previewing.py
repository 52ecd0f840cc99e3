"""What a preview says of a wave, and what speaks against its launch (anonymity.md R7)."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest

from people.models import Person, Team
from surveys.domain.waves import launching
from surveys.domain.waves.previewing import PreviewGroup, Reason, preview
from surveys.models import Wave
from surveys.questionnaire import Kind, Question, Questionnaire, Section
from tests.surveys.factories import OPENED, make_draft, make_people, make_person, make_survey, make_wave

pytestmark = pytest.mark.django_db

BEFORE = OPENED - dt.timedelta(days=1)
OTHER_QUESTIONS = Questionnaire(
    "Other", "", 1, (Section("One", "", (Question("other", Kind.YES_NO, "Something else?"),)),)
)


def reasons(wave: Wave, now: dt.datetime = OPENED) -> list[Reason]:
    return [problem.reason for problem in preview(wave, now).problems]


def test_preview_says_who_is_asked_and_where_small_groups_are_counted() -> None:
    sales = Team.objects.create(name="Sales")
    for name, size in [("East", 2), ("North", 6), ("West", 3)]:
        make_people(size, team=Team.objects.create(name=name, parent=sales))
    tiny = Team.objects.create(name="Tiny")
    make_people(1, team=Team.objects.create(name="Tiniest", parent=tiny))
    found = preview(make_draft(), OPENED)
    assert found.groups == [
        PreviewGroup("Brightwater", 0, 12),
        PreviewGroup("Sales", 1, 11),
        PreviewGroup("East", 2, 2, counted_in="Sales"),
        PreviewGroup("North", 2, 6),
        PreviewGroup("West", 2, 3, counted_in="Sales"),
        PreviewGroup("Tiny", 1, 1, counted_in="Brightwater"),
        PreviewGroup("Tiniest", 2, 1, counted_in="Brightwater"),
    ]
    assert [group.name for group in found.too_small] == ["East", "West", "Tiny", "Tiniest"]
    assert (found.invited, found.needs_approval, found.problems) == (12, True, [])


def test_preview_of_a_wave_by_name_hides_no_group() -> None:
    reader = make_person(team=Team.objects.create(name="Sales"))
    make_person(team=Team.objects.create(name="Billing"))
    wave = make_draft(mode=Wave.Mode.IDENTIFIED)
    wave.readers.add(reader)
    found = preview(wave, OPENED)
    assert (found.too_small, found.needs_approval, found.problems) == ([], False, [])


@pytest.mark.parametrize(
    ("people", "fields", "expected"),
    [
        (10, {}, []),
        (9, {}, [Reason.TOO_FEW]),
        (11, {"k": 6}, [Reason.TOO_FEW]),
        (0, {}, [Reason.NOBODY]),
        (1, {"mode": Wave.Mode.IDENTIFIED}, [Reason.NO_READER]),
        (10, {"opens_at": BEFORE, "closes_at": OPENED}, [Reason.TOO_LATE]),
    ],
)
def test_r7_what_speaks_against_a_launch(people: int, fields: dict[str, Any], expected: list[Reason]) -> None:
    make_people(people)
    assert reasons(make_draft(**fields)) == expected


def test_a_wave_by_name_whose_readers_have_all_left_is_not_launched() -> None:
    reader = make_person()
    make_person()
    wave = make_draft(mode=Wave.Mode.IDENTIFIED)
    wave.readers.add(reader)
    assert reasons(wave) == []
    Person.objects.filter(pk=reader.pk).update(is_active=False)
    assert reasons(wave) == [Reason.NO_READER]


def test_a_survey_without_questions_or_put_away_is_not_launched() -> None:
    make_people(10)
    survey = make_survey(Questionnaire("Empty", "", 1, ()), archived=True)
    assert reasons(make_draft(survey=survey)) == [Reason.ARCHIVED, Reason.NO_QUESTIONS]


# --- R7: audiences that nearly coincide ---------------------------------------------------------------------
@pytest.mark.parametrize(("newcomers", "refused"), [(0, False), (1, True), (4, True), (5, False)])
def test_r7_an_audience_that_differs_by_1_to_4_people_is_refused(newcomers: int, refused: bool) -> None:
    make_wave(invited={1: 12})
    make_people(newcomers)
    assert reasons(make_draft()) == ([Reason.NEARLY_THE_SAME] if refused else [])


@pytest.mark.parametrize(("leavers", "refused"), [(1, True), (4, True), (5, False)])
def test_r7_people_who_are_no_longer_asked_differ_as_well(leavers: int, refused: bool) -> None:
    wave = make_wave(invited={1: 20})
    gone = wave.invitations.order_by("pk").values_list("person_id", flat=True)[:leavers]
    Person.objects.filter(pk__in=list(gone)).update(is_active=False)
    assert reasons(make_draft()) == ([Reason.NEARLY_THE_SAME] if refused else [])


def test_r7_the_larger_k_of_the_two_waves_counts() -> None:
    make_wave(invited={1: 20}, k=8)
    make_people(6)
    assert reasons(make_draft(k=5)) == [Reason.NEARLY_THE_SAME]


def opened(*, days_before: int, **fields: Any) -> dict[str, Any]:
    moment = OPENED - dt.timedelta(days=days_before)
    return {"launched_at": moment, "opens_at": moment, **fields}


@pytest.mark.parametrize(
    ("earlier", "expected"),
    [
        (opened(days_before=29, closes_at=BEFORE), [Reason.NEARLY_THE_SAME]),
        (opened(days_before=30, closes_at=BEFORE), []),
        # It still asks, or was launched far ahead of its opening.
        (opened(days_before=40), [Reason.NEARLY_THE_SAME]),
        ({"launched_at": OPENED - dt.timedelta(days=40), "state": "launching"}, [Reason.NEARLY_THE_SAME]),
        ({"mode": Wave.Mode.IDENTIFIED}, []),
        ({"questionnaire": OTHER_QUESTIONS}, []),
        ({"state": Wave.State.CLOSED}, [Reason.NEARLY_THE_SAME]),
        ({"state": Wave.State.DRAFT}, []),
    ],
)
def test_r7_which_earlier_waves_count(earlier: dict[str, Any], expected: list[Reason]) -> None:
    make_wave(invited={1: 12}, **earlier)
    make_person()
    assert reasons(make_draft()) == expected


def test_r7_the_same_question_typed_again_is_a_shared_question() -> None:
    make_wave(invited={1: 12})
    make_person()
    again = Question("new-key", Kind.SCALE, "  my lead LISTENS.", low=1, high=5)
    survey = make_survey(Questionnaire("Again", "", 1, (Section("One", "", (again,)),)))
    assert reasons(make_draft(survey=survey)) == [Reason.NEARLY_THE_SAME]


def test_r7_a_wave_on_its_way_counts_before_it_has_invitations() -> None:
    survey = make_survey()
    sales = Team.objects.create(name="Sales")
    make_people(24, team=sales)
    first = make_draft(survey=survey, audience=Wave.Audience.TEAMS)
    first.teams.add(sales)
    launching.launch(wave=first, by=make_person(), now=OPENED)
    assert reasons(make_draft(survey=survey)) == [Reason.NEARLY_THE_SAME]


def test_r7_the_refusal_says_when_it_will_be_possible() -> None:
    make_wave(invited={1: 12}, title="Winter")
    make_person()
    words = preview(make_draft(), OPENED).problems[0].words
    assert words == (
        "“Winter” asked almost the same people the same question: only 1 person differs. Somebody could "
        "subtract one result from the other. Ask exactly the same people, or launch after 1 April 2026."
    )


def test_r7_a_wave_that_is_open_for_long_counts_until_it_closes() -> None:
    make_wave(invited={1: 12}, closes_at=OPENED + dt.timedelta(days=60))
    make_person()
    words = preview(make_draft(closes_at=OPENED + dt.timedelta(days=50)), OPENED).problems[0].words
    assert "launch after 1 May 2026." in words


def test_a_broken_condition_speaks_against_a_launch_and_is_named() -> None:
    make_people(24)
    survey = make_survey()
    rules = [{"key": "hear", "test": "contains", "value": "late"}]
    survey.sections.get(position=2).questions.filter(key="helps").update(
        condition={"every": True, "rules": rules}
    )
    (problem,) = preview(make_draft(survey=survey), BEFORE).problems
    assert problem.reason == Reason.BROKEN_CONDITION
    assert "What would help?" in problem.words
    assert "What should we hear?" in problem.words
