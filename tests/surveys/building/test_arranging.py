"""Parts and questions move, and never in front of an answer that shows them."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from surveys.conditions import Condition, Rule
from surveys.conditions import Test as How
from surveys.domain.building import arranging, editing
from surveys.domain.building.arranging import DOWN, UP
from surveys.domain.building.editing import ConditionBroken
from surveys.domain.building.freezing_questions import freeze_questionnaire
from surveys.models import Question, Survey
from tests.surveys.factories import QUESTIONNAIRE, make_survey

pytestmark = pytest.mark.django_db


def keys(survey: Survey) -> list[list[str]]:
    return [[question.key for question in section.questions.all()] for section in survey.sections.all()]


def question(survey: Survey, key: str) -> Question:
    return Question.objects.select_related("section__survey").get(section__survey=survey, key=key)


def show_when(survey: Survey, key: str, *rules: Rule) -> None:
    editing.set_condition(question(survey, key), Condition(True, rules), by=None)


# --- Order --------------------------------------------------------------------------------------------------
def test_questions_move_within_their_part_and_over_its_edges() -> None:
    survey = make_survey()
    assert keys(survey) == [["listens", "recommend", "promise"], ["channel", "helps", "hear"]]
    arranging.move_question(question(survey, "recommend"), UP, by=None)
    assert keys(survey) == [["recommend", "listens", "promise"], ["channel", "helps", "hear"]]
    arranging.move_question(question(survey, "recommend"), UP, by=None)
    assert keys(survey) == [["recommend", "listens", "promise"], ["channel", "helps", "hear"]]
    arranging.move_question(question(survey, "promise"), DOWN, by=None)
    assert keys(survey) == [["recommend", "listens"], ["promise", "channel", "helps", "hear"]]
    arranging.move_question(question(survey, "promise"), UP, by=None)
    assert keys(survey) == [["recommend", "listens", "promise"], ["channel", "helps", "hear"]]
    arranging.move_question(question(survey, "hear"), DOWN, by=None)
    assert keys(survey) == [["recommend", "listens", "promise"], ["channel", "helps", "hear"]]


def test_moving_there_and_back_changes_nothing() -> None:
    survey = make_survey()
    arranging.move_question(question(survey, "listens"), DOWN, by=None)
    arranging.move_question(question(survey, "listens"), UP, by=None)
    arranging.move_section(survey.sections.get(title="More"), UP, by=None)
    arranging.move_section(survey.sections.get(title="More"), DOWN, by=None)
    assert freeze_questionnaire(survey) == QUESTIONNAIRE


def test_a_move_pressed_twice_at_once_over_an_edge_moves_on_and_never_fails() -> None:
    survey = make_survey()
    first, second = question(survey, "channel"), question(survey, "channel")
    arranging.move_question(first, UP, by=None)
    arranging.move_question(second, UP, by=None)
    assert keys(survey) == [["listens", "recommend", "channel", "promise"], ["helps", "hear"]]


def test_what_somebody_took_out_meanwhile_moves_nowhere() -> None:
    survey = make_survey()
    gone, part = question(survey, "recommend"), survey.sections.get(title="More")
    editing.delete_question(question(survey, "recommend"), by=None)
    arranging.move_question(gone, DOWN, by=None)
    editing.delete_section(survey.sections.get(title="More"), by=None)
    arranging.move_section(part, UP, by=None)
    assert keys(survey) == [["listens", "promise"]]


def test_parts_stop_at_the_ends() -> None:
    survey = make_survey()
    arranging.move_section(survey.sections.get(title="Everyday"), UP, by=None)
    arranging.move_section(survey.sections.get(title="More"), DOWN, by=None)
    assert list(survey.sections.values_list("title", flat=True)) == ["Everyday", "More"]


@pytest.mark.parametrize(
    ("key", "part", "place", "expected"),
    [
        ("promise", 1, 1, [["promise", "listens", "recommend"], ["channel", "helps", "hear"]]),
        ("listens", 1, 3, [["recommend", "promise", "listens"], ["channel", "helps", "hear"]]),
        ("listens", 2, 2, [["recommend", "promise"], ["channel", "listens", "helps", "hear"]]),
        ("hear", 1, 1, [["hear", "listens", "recommend", "promise"], ["channel", "helps"]]),
        ("hear", 1, 60, [["listens", "recommend", "promise", "hear"], ["channel", "helps"]]),
        ("hear", 2, 3, [["listens", "recommend", "promise"], ["channel", "helps", "hear"]]),
    ],
)
def test_a_question_is_put_where_it_was_dropped(
    key: str, part: int, place: int, expected: list[list[str]]
) -> None:
    survey = make_survey()
    section = survey.sections.get(position=part)
    for _again in range(2):
        arranging.place_question(question(survey, key), section=section, place=place, by=None)
        assert keys(survey) == expected


# --- Conditions ---------------------------------------------------------------------------------------------
PROMISE_KEPT = Rule("promise", How.IS, "no")
LISTENS_WELL = Rule("listens", How.AT_LEAST, "4")


@pytest.mark.parametrize(
    ("shown", "rule", "move", "named"),
    [
        (
            "recommend",
            LISTENS_WELL,
            lambda survey: arranging.move_question(question(survey, "recommend"), UP, by=None),
            r"2\. Would you recommend us.*1\. My lead listens",
        ),
        (
            "recommend",
            LISTENS_WELL,
            lambda survey: arranging.move_question(question(survey, "listens"), DOWN, by=None),
            r"2\. Would you recommend us.*1\. My lead listens",
        ),
        (
            "recommend",
            LISTENS_WELL,
            lambda survey: arranging.place_question(
                question(survey, "listens"), section=survey.sections.get(position=2), place=1, by=None
            ),
            r"2\. Would you recommend us.*1\. My lead listens",
        ),
        (
            "channel",
            PROMISE_KEPT,
            lambda survey: arranging.place_question(
                question(survey, "channel"), section=survey.sections.get(position=1), place=3, by=None
            ),
            r"4\. How do you reach us.*3\. Was the last promise kept",
        ),
        (
            "channel",
            PROMISE_KEPT,
            lambda survey: arranging.move_section(survey.sections.get(position=1), DOWN, by=None),
            r"4\. How do you reach us.*3\. Was the last promise kept",
        ),
    ],
)
def test_a_move_that_brings_a_question_before_what_shows_it_is_refused(
    shown: str, rule: Rule, move: Callable[[Survey], None], named: str
) -> None:
    survey = make_survey()
    show_when(survey, shown, rule)
    before = keys(survey)
    with pytest.raises(ConditionBroken, match=named):
        move(survey)
    assert keys(survey) == before


def test_what_leaves_the_answer_above_is_moved() -> None:
    survey = make_survey()
    show_when(survey, "hear", PROMISE_KEPT)
    arranging.move_question(question(survey, "hear"), UP, by=None)
    arranging.move_question(question(survey, "promise"), UP, by=None)
    arranging.place_question(
        question(survey, "hear"), section=survey.sections.get(position=1), place=3, by=None
    )
    assert keys(survey) == [["listens", "promise", "hear", "recommend"], ["channel", "helps"]]
