"""Questionnaires: keys and codes that stay, versions, and waves that nothing disturbs."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from surveys.conditions import Condition, Rule
from surveys.conditions import Test as How
from surveys.domain.building import arranging, editing
from surveys.domain.building.arranging import DOWN
from surveys.domain.building.editing import ConditionBroken, code_options
from surveys.domain.building.freezing_questions import freeze_questionnaire
from surveys.models import Question, Section, Survey, Wave
from tests.surveys.factories import QUESTIONNAIRE, make_draft, make_person, make_survey

pytestmark = pytest.mark.django_db

ROWS = [{"code": "r1", "label": "The food"}, {"code": "r2", "label": "The room"}]
TWO = [{"code": "o1", "label": "Speed"}, {"code": "o2", "label": "Care"}]


def keys(survey: Survey) -> list[list[str]]:
    return [[question.key for question in section.questions.all()] for section in survey.sections.all()]


def question(survey: Survey, key: str) -> Question:
    return Question.objects.select_related("section__survey").get(section__survey=survey, key=key)


def launched_with(survey: Survey) -> Wave:
    frozen = freeze_questionnaire(survey).to_json()
    return make_draft(survey=survey, state=Wave.State.OPEN, questionnaire_json=frozen)


# --- Versions -----------------------------------------------------------------------------------------------
def test_version_is_raised_by_the_first_change_after_a_launch_only() -> None:
    survey = make_survey()
    editing.change_survey(survey, title="Before", intro="", by=None)
    survey.refresh_from_db()
    assert survey.version == 1
    launched_with(survey)
    editing.change_survey(survey, title="After", intro="", by=None)
    editing.change_survey(survey, title="After that", intro="", by=None)
    survey.refresh_from_db()
    assert survey.version == 2
    launched_with(survey)
    arranging.move_question(question(survey, "listens"), DOWN, by=None)
    survey.refresh_from_db()
    assert survey.version == 3


@pytest.mark.parametrize(
    "change",
    [
        lambda survey: editing.add_section(survey, title="New", intro="", by=None),
        lambda survey: editing.change_section(survey.sections.get(position=1), title="x", intro="", by=None),
        lambda survey: arranging.move_section(survey.sections.get(position=1), DOWN, by=None),
        lambda survey: editing.delete_section(survey.sections.get(position=1), by=None),
        lambda survey: editing.add_question(
            survey.sections.get(position=1), Question(kind="yes_no", text="New?"), by=None
        ),
        lambda survey: editing.change_question(question(survey, "listens"), by=None),
        lambda survey: arranging.move_question(question(survey, "listens"), DOWN, by=None),
        lambda survey: editing.delete_question(question(survey, "listens"), by=None),
    ],
)
def test_every_change_after_a_launch_makes_a_new_version_and_leaves_the_wave_alone(change: object) -> None:
    survey = make_survey()
    wave = launched_with(survey)
    assert callable(change)
    change(survey)
    survey.refresh_from_db()
    wave.refresh_from_db()
    assert survey.version == 2
    assert wave.questionnaire == QUESTIONNAIRE


# --- Keys ---------------------------------------------------------------------------------------------------
def test_a_new_question_gets_a_key_of_its_own_at_the_end_of_its_part() -> None:
    survey = make_survey()
    section = survey.sections.get(position=1)
    first = editing.add_question(section, Question(kind="yes_no", text="One?"), by=None)
    second = editing.add_question(section, Question(kind="yes_no", text="Two?"), by=None)
    assert first.key != second.key
    assert keys(survey)[0] == ["listens", "recommend", "promise", first.key, second.key]


def test_rewording_keeps_the_key_and_another_scale_changes_it() -> None:
    survey = make_survey()
    reworded = question(survey, "listens")
    reworded.text, reworded.required, reworded.low_label = "My lead really listens.", True, "not once"
    assert editing.change_question(reworded, by=None).key == "listens"
    rescaled = question(survey, "listens")
    rescaled.high = 7
    assert editing.change_question(rescaled, by=None).key != "listens"


def test_a_copy_keeps_keys_and_codes_and_leaves_the_original_alone() -> None:
    survey = make_survey(intro="Hello")
    survey.version = 4
    survey.save()
    copy = editing.duplicate(survey, by=make_person())
    assert (copy.version, copy.intro, keys(copy)) == (1, "Hello", keys(survey))
    assert [*freeze_questionnaire(copy).questions()] == [*QUESTIONNAIRE.questions()]
    assert [*freeze_questionnaire(survey).questions()] == [*QUESTIONNAIRE.questions()]


@pytest.mark.parametrize(
    ("key", "changes", "same"),
    [
        ("rows", {"text": "Other words", "rows": ROWS[:1], "low_label": "bad"}, True),
        ("rows", {"high": 7}, False),
        ("rows", {"options": TWO}, False),
        ("order", {"options": [{"code": "o2", "label": "Reworded"}, {"code": "o1", "label": "Speed"}]}, True),
        ("order", {"options": [*TWO, {"code": "o3", "label": "Third"}]}, False),
        ("days", {"unit": "calls"}, True),
        ("days", {"most": 200}, False),
        ("met", {"required": True}, True),
        ("met", {"latest": dt.date(2027, 1, 1)}, False),
        ("several", {"other": True}, True),
    ],
)
def test_a_key_stays_as_long_as_answers_mean_the_same(key: str, changes: dict[str, Any], same: bool) -> None:
    section = Survey.objects.create(title="All").sections.create(position=1, title="Part")
    kinds: dict[str, dict[str, Any]] = {
        "rows": {"kind": "matrix", "rows": ROWS},
        "order": {"kind": "ranking", "options": TWO},
        "days": {"kind": "number", "least": 0, "most": 100},
        "met": {"kind": "date", "earliest": dt.date(2026, 1, 1), "latest": dt.date(2026, 12, 31)},
        "several": {"kind": "multiple", "options": TWO},
    }
    section.questions.create(position=1, key=key, text="What?", **kinds[key])
    changed = question(section.survey, key)
    for name, value in changes.items():
        setattr(changed, name, value)
    editing.change_question(changed, by=None)
    changed.refresh_from_db()
    assert (changed.key == key) is same
    assert {name: getattr(changed, name) for name in changes} == changes


# --- Conditions ---------------------------------------------------------------------------------------------
WHEN_BY_MAIL = Condition(True, (Rule("channel", How.IS, "mail"),))


def test_a_condition_is_kept_and_taken_away_again() -> None:
    survey = make_survey()
    editing.set_condition(question(survey, "hear"), WHEN_BY_MAIL, by=None)
    assert freeze_questionnaire(survey).question("hear").condition == WHEN_BY_MAIL
    launched_with(survey)
    editing.set_condition(question(survey, "hear"), WHEN_BY_MAIL, by=None)
    survey.refresh_from_db()
    assert survey.version == 1
    editing.set_condition(question(survey, "hear"), None, by=None)
    survey.refresh_from_db()
    assert freeze_questionnaire(survey) == replace(QUESTIONNAIRE, version=2)


@pytest.mark.parametrize(
    ("rule", "words"),
    [
        (Rule("hear", How.CONTAINS, "x"), "must come after it"),
        (Rule("channel", How.IS, "mail"), "must come after it"),
        (Rule("promise", How.AT_LEAST, "yes"), "nobody could give"),
        (Rule("promise", How.IS, "maybe"), "nobody could give"),
        (Rule("nowhere", How.IS, "1"), "a question that is gone"),
    ],
)
def test_a_condition_that_cannot_be_is_refused(rule: Rule, words: str) -> None:
    survey = make_survey()
    with pytest.raises(ConditionBroken, match=words):
        editing.set_condition(question(survey, "channel"), Condition(True, (rule,)), by=None)
    assert question(survey, "channel").condition is None


def without_mail(survey: Survey) -> None:
    changed = question(survey, "channel")
    changed.options = [option for option in changed.options if option["code"] != "mail"]
    editing.change_question(changed, by=None)


@pytest.mark.parametrize(
    "change",
    [
        lambda survey: editing.delete_question(question(survey, "channel"), by=None),
        without_mail,
    ],
)
def test_what_takes_away_an_answer_that_shows_a_question_is_refused(
    change: Callable[[Survey], None],
) -> None:
    survey = make_survey()
    editing.set_condition(question(survey, "hear"), WHEN_BY_MAIL, by=None)
    with pytest.raises(ConditionBroken, match=r"6\. What should we hear.*4\. How do you reach us"):
        change(survey)
    assert freeze_questionnaire(survey).question("channel") == QUESTIONNAIRE.question("channel")


def test_another_scale_and_a_deleted_part_are_refused_too() -> None:
    survey = make_survey()
    when_heard = Condition(True, (Rule("listens", How.AT_LEAST, "4"),))
    editing.set_condition(question(survey, "hear"), when_heard, by=None)
    rescaled = question(survey, "listens")
    rescaled.high = 7
    with pytest.raises(ConditionBroken, match="would be gone"):
        editing.change_question(rescaled, by=None)
    with pytest.raises(ConditionBroken, match="would be gone"):
        editing.delete_section(survey.sections.get(position=1), by=None)
    editing.delete_section(survey.sections.get(position=2), by=None)
    assert keys(survey) == [["listens", "recommend", "promise"]]


# --- Options ------------------------------------------------------------------------------------------------
KNOWN = [
    {"code": "mail", "label": "By mail"},
    {"code": "phone", "label": "By telephone"},
    {"code": "desk", "label": "In person"},
]


def codes(*labels: str) -> list[str]:
    known = {option["code"] for option in KNOWN}
    return [option["code"] if option["code"] in known else "new" for option in code_options(labels, KNOWN)]


def test_options_keep_their_codes_in_any_order() -> None:
    assert codes("In person", "By mail", "By telephone") == ["desk", "mail", "phone"]


def test_a_reworded_option_keeps_the_code_of_its_place() -> None:
    assert codes("By mail", "By phone", "In person") == ["mail", "phone", "desk"]


def test_a_removed_option_gives_its_code_to_nobody_that_was_there() -> None:
    assert codes("By telephone", "In person") == ["phone", "desk"]


def test_an_added_option_gets_a_code_that_never_was() -> None:
    assert codes("By mail", "By telephone", "In person", "By drone") == ["mail", "phone", "desk", "new"]
    first, second = (code_options(["Same"], [])[0]["code"] for _ in range(2))
    assert first != second


def test_an_option_put_in_between_takes_no_code_from_those_it_moved() -> None:
    assert codes("By mail", "By drone", "By telephone", "In person") == ["mail", "new", "phone", "desk"]


def test_a_deleted_part_takes_its_questions_along() -> None:
    survey = make_survey()
    editing.delete_section(Section.objects.get(title="More"), by=None)
    assert keys(survey) == [["listens", "recommend", "promise"]]
    assert Question.objects.count() == 3
