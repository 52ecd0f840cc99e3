"""Which questions are shown: the server's answer, by the table that tests the browser's too."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from django.http import QueryDict

from surveys.answers import AnswerSheet, AskedQuestionnaire, read_sheet
from surveys.answers.sheet import day_of, number_of
from surveys.conditions import Condition, Rule, holds
from surveys.conditions import Test as Compare
from surveys.questionnaire import Kind, Question
from tests.surveys.every_kind import (
    DAY,
    EVERY_KIND,
    GRID,
    HELPS,
    HOURS,
    KEPT,
    NPS,
    RANK,
    SHARE,
    WAY,
    WHY,
    WORD,
    only,
    required,
)

CASES: dict[str, list[dict[str, Any]]] = json.loads(
    (Path(__file__).parent / "condition_cases.json").read_text("utf-8")
)


@pytest.mark.parametrize("case", CASES["conditions"], ids=str)
def test_one_rule(case: dict[str, Any]) -> None:
    condition = Condition(True, (Rule("q", Compare(case["test"]), case["value"]),))
    assert holds(condition, {"q": case["answers"]} if case["answers"] else {}) is case["holds"]


@pytest.mark.parametrize("case", CASES["combined"], ids=str)
def test_several_rules(case: dict[str, Any]) -> None:
    rules = tuple(Rule(f"q{value}", Compare.IS, value) for value in case["values"])
    assert holds(Condition(case["every"], rules), {"q1": ["1"], "q2": ["2"]}) is case["holds"]


@pytest.mark.parametrize("case", CASES["numbers"], ids=str)
def test_a_number_as_people_write_it(case: dict[str, Any]) -> None:
    assert number_of(case["typed"]) == case["number"]


@pytest.mark.parametrize("case", CASES["days"], ids=str)
def test_a_day_as_people_write_it(case: dict[str, Any]) -> None:
    day = day_of(case["typed"])
    assert (day.isoformat() if day else None) == case["day"]


def shown_if(question: Question, test: Compare, value: str, key: str = "") -> Question:
    """A required question that is shown on a condition over another."""
    condition = Condition(True, (Rule(key or question.key, test, value),))
    return Question("then", Kind.YES_NO, "Then?", required=True, condition=condition)


@pytest.mark.parametrize(
    ("question", "sent", "rule", "shown"),
    [
        (NPS, "q-nps=9", (Compare.AT_LEAST, "9"), True),
        (NPS, "q-nps=8", (Compare.AT_LEAST, "9"), False),
        (NPS, "q-nps=", (Compare.IS_NOT, "9"), False),
        (KEPT, "q-kept=no", (Compare.IS, "no"), True),
        (WAY, "q-way-other=Pigeon", (Compare.IS, "other"), True),
        (WAY, "q-way=other&q-way-other=By+pigeon", (Compare.CONTAINS, "PIGEON", "way.other"), True),
        (WAY, "q-way=mail", (Compare.CONTAINS, "pigeon", "way.other"), False),
        (HELPS, "q-helps=time&q-helps=tools", (Compare.INCLUDES, "tools"), True),
        (GRID, "q-grid-r2=2", (Compare.IS, "2", "grid.r2"), True),
        (GRID, "q-grid-r1=2", (Compare.IS, "2", "grid.r2"), False),
        (SHARE, "q-share-r1=me", (Compare.IS_NOT, "we", "share.r1"), True),
        (RANK, "q-rank-o1=2&q-rank-o2=1&q-rank-o3=3", (Compare.IS, "1", "rank.o2"), True),
        # The number itself decides, not the band it is counted in.
        (HOURS, "q-hours=1 017", (Compare.AT_LEAST, "1017"), True),
        (HOURS, "q-hours=1 016", (Compare.AT_LEAST, "1017"), False),
        (DAY, "q-day=2026-03-31", (Compare.AT_LEAST, "2026-03-31"), True),
        (DAY, "q-day=2026-03-30", (Compare.AT_LEAST, "2026-03-31"), False),
        (WORD, "q-word=Patient", (Compare.CONTAINS, "pat"), True),
    ],
)
def test_a_condition_looks_at_what_was_given(
    question: Question, sent: str, rule: tuple[Any, ...], shown: bool
) -> None:
    sheet, errors = read_sheet(only(question, shown_if(question, *rule)), QueryDict(sent))
    assert ("then" in errors, "then" in sheet.hidden) == (shown, not shown)


def test_what_is_hidden_is_dropped_and_never_asked_for() -> None:
    sent = QueryDict("q-nps=10&q-why=Left over from before")
    assert read_sheet(only(NPS, WHY), sent) == (
        AnswerSheet(options={"nps": ("10",)}, hidden=frozenset({"why"})),
        {},
    )
    assert read_sheet(only(NPS, WHY), QueryDict("q-nps=3"))[1] == {"why": "Please write a few words here."}


def test_nothing_is_wrong_with_what_is_hidden() -> None:
    sent = QueryDict("q-nps=10&q-why=" + "a" * 3000)
    assert read_sheet(only(NPS, WHY), sent)[1] == {}


def test_a_hidden_answer_hides_what_follows_from_it() -> None:
    after = Question(
        "after",
        Kind.SHORT_TEXT,
        "After?",
        condition=Condition(False, (Rule("why", Compare.CONTAINS, "late"), Rule("why", Compare.IS_NOT, "x"))),
    )
    sent = QueryDict("q-nps=10&q-why=always+late&q-after=Nothing")
    assert read_sheet(only(NPS, WHY, after), sent)[0].hidden == {"why", "after"}


def test_a_wrong_earlier_answer_is_the_only_complaint() -> None:
    questionnaire = only(HOURS, shown_if(HOURS, Compare.AT_LEAST, "1"))
    assert set(read_sheet(questionnaire, QueryDict("q-hours=5000"))[1]) == {"hours"}


def test_one_row_answered_shows_what_it_should_while_others_are_open() -> None:
    questionnaire = only(required(GRID), shown_if(GRID, Compare.IS, "2", "grid.r1"))
    assert set(read_sheet(questionnaire, QueryDict("q-grid-r1=2"))[1]) == {"grid", "then"}


@pytest.mark.parametrize(
    ("question", "rule", "words"),
    [
        (
            KEPT,
            (Compare.IS, "yes"),
            "promise kept?</bdi>\u201d with \u201c<bdi>Yes</bdi>\u201d.",
        ),
        (NPS, (Compare.AT_LEAST, "9"), "with <bdi>9</bdi> or more."),
        (WAY, (Compare.IS_NOT, "mail"), "with anything but \u201c<bdi>By mail</bdi>\u201d."),
        (HELPS, (Compare.INCLUDES, "tools"), "with \u201c<bdi>Better tools</bdi>\u201d among others."),
        (GRID, (Compare.IS, "2", "grid.r1"), "\u201c<bdi>How were these? Speed</bdi>\u201d with"),
        (DAY, (Compare.AT_LEAST, "2026-03-31"), "with <bdi>31 March 2026</bdi> or later."),
        (WORD, (Compare.CONTAINS, "<b>"), "with words that hold \u201c<bdi>&lt;b&gt;</bdi>\u201d."),
    ],
)
def test_a_condition_is_said_in_words(question: Question, rule: tuple[Any, ...], words: str) -> None:
    asked = AskedQuestionnaire(only(question, shown_if(question, *rule))).questions[1]
    assert asked.only_if.startswith("Only if you answered ")
    assert words in asked.only_if


def test_several_rules_are_joined_as_they_count() -> None:
    rules = (Rule("kept", Compare.IS, "yes"), Rule("nps", Compare.IS, "1"), Rule("gone", Compare.IS, "1"))
    both = Question("then", Kind.YES_NO, "Then?", condition=Condition(True, rules))
    either = Question("then", Kind.YES_NO, "Then?", condition=Condition(False, rules))
    assert ", and " in AskedQuestionnaire(only(KEPT, NPS, both)).questions[2].only_if
    assert ", or " in AskedQuestionnaire(only(KEPT, NPS, either)).questions[2].only_if


def test_a_fresh_page_carries_its_conditions_for_the_script() -> None:
    why = AskedQuestionnaire(EVERY_KIND).questions[1]
    assert json.loads(why.condition) == {
        "every": True,
        "rules": [{"key": "nps", "test": "is_not", "value": "10"}],
    }
