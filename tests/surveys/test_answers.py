"""Reading what a browser sent: only answers the frozen questionnaire allows come through."""

from __future__ import annotations

import pytest
from django.http import QueryDict

from surveys.answers import (
    LONG_TEXT_LIMIT,
    SHORT_TEXT_LIMIT,
    WHOLE_SHEET,
    AnswerSheet,
    AskedQuestionnaire,
    field_name,
    read_sheet,
)
from surveys.questionnaire import Kind, Option, Question, Questionnaire, Section

SCALE = Question(key="scale", kind=Kind.SCALE, text="How was it?", low=1, high=5)
RECOMMEND = Question(key="nps", kind=Kind.RECOMMEND, text="Recommend?", low=0, high=10)
YES_NO = Question(key="kept", kind=Kind.YES_NO, text="Kept?")
SINGLE = Question(
    key="way", kind=Kind.SINGLE, text="Which way?", options=(Option("a", "By mail"), Option("b", "By phone"))
)
MULTIPLE = Question(
    key="many",
    kind=Kind.MULTIPLE,
    text="Which?",
    options=(Option("x", "Time"), Option("y", "Tools"), Option("z", "Words")),
)
SHORT = Question(key="short", kind=Kind.SHORT_TEXT, text="A word?")
LONG = Question(key="long", kind=Kind.LONG_TEXT, text="More?")


def one(question: Question, **changes: object) -> Questionnaire:
    fields = {**question.__dict__, **changes}
    return Questionnaire("T", "", 1, (Section("S", "", (Question(**fields),)),))


def sent(question: Question, *values: str) -> QueryDict:
    data = QueryDict(mutable=True)
    data.setlist(field_name(question), list(values))
    return data


@pytest.mark.parametrize(
    ("question", "values", "stored"),
    [
        (SCALE, ["1"], ("1",)),
        (SCALE, ["5"], ("5",)),
        (RECOMMEND, ["0"], ("0",)),
        (RECOMMEND, ["10"], ("10",)),
        (YES_NO, ["no"], ("no",)),
        (SINGLE, ["b"], ("b",)),
        # In the questionnaire's order and once each, so that the order of clicking tells nothing.
        (MULTIPLE, ["z", "x", "z"], ("x", "z")),
    ],
)
def test_options_are_read(question: Question, values: list[str], stored: tuple[str, ...]) -> None:
    assert read_sheet(one(question), sent(question, *values)) == (
        AnswerSheet(options={question.key: stored}),
        {},
    )


@pytest.mark.parametrize(
    ("question", "values", "error"),
    [
        (SCALE, ["0"], "Please choose a number from 1 to 5."),
        (SCALE, ["6"], "Please choose a number from 1 to 5."),
        (SCALE, ["3.0"], "Please choose a number from 1 to 5."),
        (SCALE, [" 3"], "Please choose a number from 1 to 5."),
        (SCALE, ["\u0663"], "Please choose a number from 1 to 5."),
        (SCALE, ["3\x00"], "Please choose a number from 1 to 5."),
        (RECOMMEND, ["11"], "Please choose a number from 0 to 10."),
        (RECOMMEND, ["-1"], "Please choose a number from 0 to 10."),
        (SCALE, ["2", "4"], "Please choose one answer only."),
        (YES_NO, ["maybe"], "Please choose from the answers shown."),
        (SINGLE, ["c"], "Please choose from the answers shown."),
        (MULTIPLE, ["x", "w"], "Please choose from the answers shown."),
    ],
)
def test_an_answer_outside_the_question_is_refused(question: Question, values: list[str], error: str) -> None:
    sheet, errors = read_sheet(one(question), sent(question, *values))
    assert errors == {question.key: error}
    assert sheet == AnswerSheet()


@pytest.mark.parametrize(
    ("question", "error"),
    [
        (SCALE, "Please choose an answer."),
        (RECOMMEND, "Please choose an answer."),
        (YES_NO, "Please choose an answer."),
        (SINGLE, "Please choose an answer."),
        (MULTIPLE, "Please choose at least one answer."),
        (SHORT, "Please write a few words here."),
        (LONG, "Please write a few words here."),
    ],
)
def test_a_required_question_wants_an_answer(question: Question, error: str) -> None:
    questionnaire = one(question, required=True)
    assert read_sheet(questionnaire, QueryDict())[1] == {question.key: error}
    assert read_sheet(questionnaire, sent(question, " " if question.kind.is_text else ""))[1] == {
        question.key: error
    }


def test_cannot_say_is_an_answer_of_an_optional_question() -> None:
    assert read_sheet(one(SCALE), sent(SCALE, "")) == (AnswerSheet(), {})


def test_a_sheet_with_nothing_on_it_is_not_sent_by_mistake() -> None:
    for data in (QueryDict(), QueryDict("q-other=3"), sent(LONG, "  ")):
        assert read_sheet(one(LONG), data)[1] == {
            WHOLE_SHEET: "Answer at least one question, or close this page and come back later."
        }


@pytest.mark.parametrize(("question", "limit"), [(SHORT, SHORT_TEXT_LIMIT), (LONG, LONG_TEXT_LIMIT)])
def test_a_text_is_bounded_in_characters(question: Question, limit: int) -> None:
    # Four bytes each in UTF-8, and two units each in JavaScript.
    fits = "\U0001f41d" * limit
    assert read_sheet(one(question), sent(question, fits)) == (AnswerSheet(texts={question.key: fits}), {})
    assert read_sheet(one(question), sent(question, fits + "ab"))[1] == {
        question.key: f"Please shorten this by 2 characters; there is room for {limit}."
    }


def test_a_text_is_cleaned_of_what_no_text_holds() -> None:
    sheet, errors = read_sheet(one(LONG), sent(LONG, "  one\r\ntwo\x00\x07 caf\u0065\u0301\t!  "))
    assert (sheet.texts, errors) == ({"long": "one\ntwo caf\u00e9\t!"}, {})
    assert read_sheet(one(SHORT), sent(SHORT, "one\ntwo"))[0].texts == {"short": "one two"}


def test_fields_of_no_question_are_ignored() -> None:
    data = sent(SCALE, "3")
    data.setlist("q-scale2", ["9"])
    data["scale"] = "1"
    data["is_admin"] = "true"
    assert read_sheet(one(SCALE), data) == (AnswerSheet(options={"scale": ("3",)}), {})


def test_a_refused_sheet_shows_everything_again() -> None:
    questionnaire = Questionnaire("T", "", 1, (Section("S", "", (SCALE, MULTIPLE, YES_NO, LONG)),))
    data = QueryDict("q-scale=9&q-many=y&q-many=x&q-kept=&q-long=" + "a" * 2100)
    _, errors = read_sheet(questionnaire, data)
    asked = AskedQuestionnaire(questionnaire, data, errors)
    scale, many, kept, long = asked.questions
    assert asked.wrong == [scale, long]
    assert [choice.code for choice in many.choices if choice.checked] == ["x", "y"]
    assert (kept.passed, scale.passed) == (True, False)
    assert long.text == "a" * 2100


def test_a_fresh_questionnaire_preselects_nothing() -> None:
    questionnaire = Questionnaire("T", "", 1, (Section("S", "", (SCALE, MULTIPLE, YES_NO, SINGLE, LONG)),))
    asked = AskedQuestionnaire(questionnaire)
    assert [choice for one in asked.questions for choice in one.choices if choice.checked] == []
    assert [one.passed for one in asked.questions] == [False] * 5
    assert [one.may_pass for one in asked.questions] == [True, False, True, True, False]


def test_an_absurdly_long_text_costs_no_time_and_is_refused() -> None:
    sheet, errors = read_sheet(one(LONG), sent(LONG, "\x01a" * 2_000_000))
    assert sheet == AnswerSheet()
    assert set(errors) == {"long"}
