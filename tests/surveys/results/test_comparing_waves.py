"""Which waves, groups and items are laid beside each other; their figures are those of the release."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from people.models import Person, Team
from surveys import conditions
from surveys.domain.counting.releasing import load_release
from surveys.domain.results.comparing_waves import EarlierWave, comparable, earlier_waves
from surveys.domain.results.reporting import Cell
from surveys.models import Question, Wave
from surveys.questionnaire import Kind, Option, Questionnaire, Section
from surveys.questionnaire import Question as Asked
from tests.surveys.earlier import MONTH, make_row
from tests.surveys.factories import LISTENS, QUESTIONNAIRE, make_hr, make_person, make_survey, make_wave

pytestmark = pytest.mark.django_db

TREE = {1: None, 2: 1, 3: 1}
INVITED = {1: 2, 2: 22, 3: 12}


def found(wave: Wave, code: int = 1, viewer: Person | None = None) -> list[EarlierWave]:
    return earlier_waves(wave, code, viewer=viewer or make_hr())


# --- Waves --------------------------------------------------------------------------------------------------
def test_the_newest_earlier_wave_comes_first() -> None:
    first, second, third = make_row(3)
    assert [one.wave for one in found(third)] == [second, first]
    assert found(first) == []


def test_a_wave_that_was_not_released_is_not_comparable() -> None:
    earlier, wave = make_row(2)
    Wave.objects.filter(pk=earlier.pk).update(released=False)
    assert found(wave) == []


@pytest.mark.parametrize("fields", [{"about": Wave.About.MANAGER}, {"audience": Wave.Audience.TEAMS}])
def test_about_managers_or_of_another_audience_it_is_another_thing(fields: dict[str, Any]) -> None:
    (first,) = make_row(1, **fields)
    (second,) = make_row(
        1, survey=first.survey, opens_at=first.opens_at + MONTH, closes_at=first.closes_at + MONTH
    )
    assert found(second) == []


def test_by_name_and_anonymous_are_two_things() -> None:
    reader = make_hr()
    (first,) = make_row(1)
    (named,) = make_row(
        1,
        survey=first.survey,
        mode=Wave.Mode.IDENTIFIED,
        readers=[reader],
        opens_at=first.opens_at + MONTH,
        closes_at=first.closes_at + MONTH,
    )
    assert found(named, viewer=reader) == []


def test_a_copy_of_the_survey_is_compared_and_another_survey_is_not() -> None:
    (first,) = make_row(1)
    (copied,) = make_row(1, opens_at=first.opens_at + MONTH, closes_at=first.closes_at + MONTH)
    assert [one.wave for one in found(copied)] == [first]
    Question.objects.filter(section__survey=first.survey).update(key="else")
    assert found(copied) == []


# --- Groups -------------------------------------------------------------------------------------------------
def test_groups_are_found_by_their_team_wherever_they_stood() -> None:
    north, south = Team.objects.create(name="North"), Team.objects.create(name="South")
    survey = make_survey()
    (first,) = make_row(1, survey=survey, groups=TREE, invited=INVITED, teams={2: north, 3: south})
    (second,) = make_row(
        1,
        survey=survey,
        groups=TREE,
        invited={1: 2, 2: 12, 3: 22},
        teams={2: south, 3: north},
        opens_at=first.opens_at + MONTH,
        closes_at=first.closes_at + MONTH,
    )
    assert [one.code for one in found(second, 3)] == [2]
    assert [one.code for one in found(second, 2)] == [3]
    first.groups.filter(code=2).update(team=None)
    assert found(second, 3) == []


def test_whole_audiences_of_other_teams_are_not_compared() -> None:
    """The kind of audience alone would lay any two teams beside each other."""
    north, south = Team.objects.create(name="North"), Team.objects.create(name="South")
    _first, second = make_row(2, groups=TREE, invited=INVITED, teams={2: north}, audience=Wave.Audience.TEAMS)
    assert len(found(second)) == 1
    second.groups.filter(code=2).update(team=south)
    assert found(second) == []


@pytest.mark.parametrize(
    ("chosen", "then"),
    [
        (
            {
                "audience": Wave.Audience.ATTRIBUTE,
                "audience_by": "location",
                "audience_values": ["Bergen"],
            },
            {"audience_values": ["Oslo"]},
        ),
        ({"audience": Wave.Audience.TEAMS}, {"with_teams_below": False}),
    ],
)
def test_a_team_is_not_compared_with_other_people_of_it(chosen: dict[str, Any], then: dict[str, Any]) -> None:
    """North as far as it works in Bergen is not North as far as it works in Oslo."""
    asked: dict[str, Any] = {"groups": TREE, "invited": INVITED, "teams": {2: Team.objects.create()}}
    (first,) = make_row(1, **asked, **chosen)
    later: dict[str, Any] = {"opens_at": first.opens_at + MONTH, "closes_at": first.closes_at + MONTH}
    (alike,) = make_row(1, survey=first.survey, **asked, **chosen, **later)
    (other,) = make_row(1, survey=first.survey, **asked, **{**chosen, **then}, **later)
    assert [one.wave for one in found(alike, 2)] == [first]
    assert found(other, 2) == []


def test_a_lead_compares_with_what_they_may_open_alone() -> None:
    team = Team.objects.create(name="North")
    then, now = make_person(), make_person()
    first, second = make_row(2, groups=TREE, invited=INVITED, teams={2: team})
    first.groups.filter(code=2).update(lead=then)
    second.groups.filter(code=2).update(lead=now)
    assert found(second, 2, now) == []
    first.groups.filter(code=1).update(lead=now)
    assert [one.wave for one in found(second, 2, now)] == [first]


# --- Items --------------------------------------------------------------------------------------------------
def test_an_item_is_compared_with_the_same_answers_and_condition_alone() -> None:
    def same(other: Asked) -> bool:
        return comparable(LISTENS, QUESTIONNAIRE, other, QUESTIONNAIRE)

    assert same(replace(LISTENS, text="In other words"))
    assert not same(replace(LISTENS, high=7))
    assert not same(replace(LISTENS, kind=Kind.RECOMMEND))
    rule = conditions.Rule("promise", conditions.Test.IS, "yes")
    assert not same(replace(LISTENS, condition=conditions.Condition(every=True, rules=(rule,))))


def test_a_place_among_other_things_is_another_place() -> None:
    def order(*codes: str) -> Questionnaire:
        options = tuple(Option(code, code) for code in codes)
        question = Asked("order", Kind.RANKING, "What matters?", options=options)
        return Questionnaire("", "", 1, (Section("", "", (question,)),))

    three, turned, other = order("a", "b", "c"), order("c", "a", "b"), order("a", "b", "d")
    assert comparable(three.item("order.a"), three, turned.item("order.a"), turned)
    assert not comparable(three.item("order.a"), three, other.item("order.a"), other)


# --- Figures ------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("mode", list(Wave.Mode))
@pytest.mark.parametrize("code", [1, 2, 3])
def test_figures_are_those_of_the_release(mode: str, code: int) -> None:
    reader = make_hr()
    teams = {2: Team.objects.create(name="North"), 3: Team.objects.create(name="South")}
    readers = [reader] if mode == Wave.Mode.IDENTIFIED else []
    earlier, wave = make_row(2, groups=TREE, invited=INVITED, teams=teams, mode=mode, readers=readers)
    (one,) = found(wave, code, reader)
    release = load_release(earlier)
    for item in QUESTIONNAIRE.items():
        cell = release.cell(item.key, one.code)
        if item.kind.is_text or not isinstance(cell, Cell):
            continue
        mine = one.cell(item.key)
        assert mine is not None
        assert (mine.ref, mine.n, mine.counts, mine.population) == (
            cell.ref,
            cell.n,
            cell.counts,
            cell.population,
        )


def test_a_group_that_showed_nothing_shows_nothing_here() -> None:
    teams = {2: Team.objects.create(name="North"), 3: Team.objects.create(name="South")}
    _first, second = make_row(2, groups=TREE, invited={1: 8, 2: 22, 3: 3}, teams=teams)
    (one,) = found(second, 3)
    assert one.cell("listens") is None


def test_a_wave_that_is_open_is_no_earlier_wave() -> None:
    (first,) = make_row(1)
    later = make_wave(survey=first.survey, opens_at=first.opens_at - MONTH, closes_at=first.closes_at - MONTH)
    assert found(first) == []
    assert later.state == Wave.State.OPEN
