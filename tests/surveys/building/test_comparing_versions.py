"""What changed between two versions of a survey."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from surveys import conditions
from surveys.domain.building.comparing_versions import Change, What, changes, kind_in_words
from surveys.questionnaire import Kind, Option, Question, Questionnaire, Section
from tests.surveys.factories import QUESTIONNAIRE

YES = conditions.Condition(True, (conditions.Rule("calm", conditions.Test.IS, "yes"),))
NO = conditions.Condition(True, (conditions.Rule("calm", conditions.Test.IS, "no"),))
CALM = Question("calm", Kind.YES_NO, "Is it calm?")
SPEED = Question("speed", Kind.SCALE, "Is it quick?", low=1, high=5, low_label="slow", high_label="quick")
WHERE = Question("where", Kind.SINGLE, "Where?", options=(Option("here", "Here"), Option("home", "At home")))
TOOLS = Question(
    "tools",
    Kind.MATRIX,
    "How good?",
    low=1,
    high=5,
    rows=(Option("desk", "Desk"), Option("chair", "Chair")),
)
DAYS = Question("days", Kind.NUMBER, "How many days?", least=0, most=30, unit="days")
WHEN = Question("when", Kind.DATE, "Since when?", least=738000, most=739000)
FIRST = Section("You", "Hello.", (CALM, SPEED, WHERE))
SECOND = Section("Work", "", (TOOLS, DAYS, WHEN))
OLD = Questionnaire("At work", "Two minutes.", 1, (FIRST, SECOND), "en", {"de": {"title": "Arbeit"}})
MOVED, ADDED, REMOVED, CHANGED = What.MOVED, What.ADDED, What.REMOVED, What.CHANGED


def with_question(key: str, /, **fields: Any) -> Questionnaire:
    def changed(section: Section) -> Section:
        questions = tuple(replace(one, **fields) if one.key == key else one for one in section.questions)
        return replace(section, questions=questions)

    return replace(OLD, sections=tuple(changed(section) for section in OLD.sections))


def with_parts(*sections: Section) -> Questionnaire:
    return replace(OLD, sections=sections)


def test_the_same_questions_have_no_changes() -> None:
    assert changes(OLD, OLD) == changes(QUESTIONNAIRE, QUESTIONNAIRE) == []
    assert changes(OLD, replace(OLD, version=2)) == []


TABLE: list[tuple[str, Questionnaire, list[Change]]] = [
    ("title", replace(OLD, title="Here"), [Change(CHANGED, "Title changed", "", "At work", "Here")]),
    ("intro", replace(OLD, intro=""), [Change(CHANGED, "First words changed", "", "Two minutes.", "")]),
    (
        "main language",
        replace(OLD, language="fr"),
        [Change(CHANGED, "Written in another language", "", "English", "Français (French)")],
    ),
    (
        "a part renamed",
        with_parts(replace(FIRST, title="Yourself"), SECOND),
        [Change(CHANGED, "Part renamed", "", "You", "Yourself")],
    ),
    (
        "words of a part",
        with_parts(replace(FIRST, intro="Hi."), SECOND),
        [Change(CHANGED, "Words before a part changed", "You", "Hello.", "Hi.")],
    ),
    (
        "a part added",
        with_parts(FIRST, SECOND, Section("Last", "", (Question("end", Kind.YES_NO, "More?"),))),
        [Change(ADDED, "Part added", after="Last"), Change(ADDED, "Question added", after="More?")],
    ),
    (
        "a part removed",
        with_parts(FIRST),
        [
            Change(REMOVED, "Part removed", before="Work"),
            Change(REMOVED, "Question removed", before="How good?"),
            Change(REMOVED, "Question removed", before="How many days?"),
            Change(REMOVED, "Question removed", before="Since when?"),
        ],
    ),
    ("parts exchanged", with_parts(SECOND, FIRST), [Change(MOVED, "Order of the parts changed")]),
    (
        "a question reworded",
        with_question("calm", text="Is it quiet?"),
        [Change(CHANGED, "Words changed", "", "Is it calm?", "Is it quiet?")],
    ),
    (
        "a hint",
        with_question("calm", help="Mostly."),
        [Change(CHANGED, "Hint changed", "Is it calm?", "", "Mostly.")],
    ),
    (
        "the ends of a scale",
        with_question("speed", low_label="very slow", high_label=""),
        [
            Change(CHANGED, "Words at the lowest value changed", "Is it quick?", "slow", "very slow"),
            Change(CHANGED, "Words at the highest value changed", "Is it quick?", "quick", ""),
        ],
    ),
    (
        "another scale, which is another question",
        with_question("speed", key="new", high=7),
        [
            Change(
                CHANGED,
                "Other answers: counted as a new question",
                "Is it quick?",
                "Scale, 1 to 5",
                "Scale, 1 to 7",
            )
        ],
    ),
    (
        "another kind, reworded ends with it",
        with_question("speed", key="new", kind=Kind.RECOMMEND, low=0, high=10, low_label="no"),
        [
            Change(
                CHANGED,
                "Other answers: counted as a new question",
                "Is it quick?",
                "Scale, 1 to 5",
                "Recommend, 0 to 10",
            ),
            Change(CHANGED, "Words at the lowest value changed", "Is it quick?", "slow", "no"),
        ],
    ),
    (
        "the same once more",
        with_question("calm", key="new"),
        [Change(CHANGED, "Made anew: counted as a new question", "Is it calm?")],
    ),
    (
        "another question in its place",
        with_question("calm", key="new", text="Is it loud?"),
        [
            Change(ADDED, "Question added", after="Is it loud?"),
            Change(REMOVED, "Question removed", before="Is it calm?"),
        ],
    ),
    (
        "bounds of a number",
        with_question("days", most=31),
        [Change(CHANGED, "Answers changed", "How many days?", "Number, 0 to 30", "Number, 0 to 31")],
    ),
    (
        "a unit",
        with_question("days", unit=""),
        [Change(CHANGED, "Unit changed", "How many days?", "days", "")],
    ),
    (
        "answers added, removed, reworded",
        with_question("where", options=(Option("here", "Right here"), Option("away", "Away"))),
        [
            Change(CHANGED, "Answer reworded", "Where?", "Here", "Right here"),
            Change(ADDED, "Answer added", "Where?", after="Away"),
            Change(REMOVED, "Answer removed", "Where?", before="At home"),
        ],
    ),
    (
        "answers in another order",
        with_question("where", options=WHERE.options[::-1]),
        [Change(MOVED, "Order of the answers changed", "Where?")],
    ),
    (
        "rows",
        with_question("tools", rows=(Option("chair", "Chair"), Option("desk", "The desk"))),
        [
            Change(CHANGED, "Row reworded", "How good?", "Desk", "The desk"),
            Change(MOVED, "Order of the rows changed", "How good?"),
        ],
    ),
    (
        "other and required",
        with_question("where", other=True, required=True),
        [
            Change(CHANGED, "An answer is required now", "Where?"),
            Change(CHANGED, "“Other” may be written now", "Where?"),
        ],
    ),
    (
        "behaviour and driver",
        with_question("calm", behaviour="listening", driver="Tools"),
        [
            Change(CHANGED, "Behaviour changed", "Is it calm?", "", "listening"),
            Change(CHANGED, "Driver changed", "Is it calm?", "", "Tools"),
        ],
    ),
    (
        "a question in another part",
        with_parts(
            replace(FIRST, questions=(CALM, SPEED)), replace(SECOND, questions=(WHERE, TOOLS, DAYS, WHEN))
        ),
        [Change(MOVED, "Moved to another part", "Where?", "You", "Work")],
    ),
    (
        "questions in another order",
        with_parts(replace(FIRST, questions=(SPEED, CALM, WHERE)), SECOND),
        [Change(MOVED, "Order of the questions changed", "You")],
    ),
    (
        "a language added",
        replace(OLD, translations={**OLD.translations, "fr": {"title": "Travail", "intro": "Deux."}}),
        [
            Change(ADDED, "Language added", after="Français (French)"),
            Change(CHANGED, "2 texts translated", "Français (French)"),
        ],
    ),
    (
        "a language taken out",
        replace(OLD, translations={}),
        [Change(REMOVED, "Language taken out", before="Deutsch (German)")],
    ),
    (
        "translations",
        replace(OLD, translations={"de": {"title": "Bei der Arbeit", "calm.text": "Ruhig?"}}),
        [
            Change(CHANGED, "1 text translated", "Deutsch (German)"),
            Change(CHANGED, "1 translation reworded", "Deutsch (German)"),
        ],
    ),
    (
        "a translation taken out",
        replace(OLD, translations={"de": {}}),
        [Change(CHANGED, "1 translation taken out", "Deutsch (German)")],
    ),
]


@pytest.mark.parametrize(("new", "expected"), [row[1:] for row in TABLE], ids=[row[0] for row in TABLE])
def test_each_change_is_told_once_and_nothing_beside_it(new: Questionnaire, expected: list[Change]) -> None:
    assert changes(OLD, new) == expected


@pytest.mark.parametrize(
    ("before", "after", "says"),
    [
        (None, YES, "Shown on a condition now"),
        (YES, NO, "Shown on another condition"),
        (YES, None, "Shown to everybody now"),
    ],
)
def test_conditions_are_told_in_words(
    before: conditions.Condition | None, after: conditions.Condition | None, says: str
) -> None:
    old, new = with_question("where", condition=before), with_question("where", condition=after)
    [change] = changes(old, new)
    assert (change.says, change.about) == (says, "Where?")
    assert [bool(change.before), bool(change.after)] == [bool(before), bool(after)]
    assert not after or "Is it calm?" in change.after


def test_translations_move_with_their_part_and_their_question() -> None:
    words = {"section.0.title": "Du", "section.1.title": "Arbeit", "speed.text": "Schnell?"}
    there = {"section.1.title": "Du", "section.0.title": "Arbeit", "new.text": "Schnell?"}
    old = replace(OLD, translations={"de": words})
    moved = with_parts(SECOND, FIRST)
    assert changes(old, replace(moved, translations={"de": {**words, **there}})) != []
    new = replace(with_question("speed", key="new", high=7), translations={"de": {**there, **words}})
    exchanged = replace(new, sections=new.sections[::-1], translations={"de": there})
    assert [change.says for change in changes(old, exchanged)] == [
        "Other answers: counted as a new question",
        "Order of the parts changed",
    ]


def test_what_is_answered_is_said_for_every_kind() -> None:
    said = {question.kind: kind_in_words(question) for question in OLD.questions()}
    assert said == {
        Kind.YES_NO: "Yes or no",
        Kind.SCALE: "Scale, 1 to 5",
        Kind.SINGLE: "Choose one",
        Kind.MATRIX: "Several rows on one scale, 1 to 5",
        Kind.NUMBER: "Number, 0 to 30",
        Kind.DATE: said[Kind.DATE],
    }
    assert "2021" in said[Kind.DATE]
    assert "2024" in said[Kind.DATE]
