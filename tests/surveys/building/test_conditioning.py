"""What a condition may ask for, whether it still holds together, and how it reads."""

from __future__ import annotations

import datetime as dt

import pytest

from surveys.conditions import Condition, Rule
from surveys.conditions import Test as How
from surveys.domain.building import conditioning
from surveys.domain.building.conditioning import Fault, Reason
from surveys.questionnaire import Kind, Option, Question, Questionnaire, Section
from tests.surveys.factories import CHANNEL, HEAR, HELPS, LISTENS, PROMISE, RECOMMEND

DAYS = Question("days", Kind.NUMBER, "How many days?", least=0, most=100)
MET = Question(
    "met",
    Kind.DATE,
    "When did we meet?",
    least=dt.date(2026, 1, 1).toordinal(),
    most=dt.date(2026, 12, 31).toordinal(),
)
ROWS = Question(
    "rows",
    Kind.MATRIX,
    "How was it?",
    low=1,
    high=5,
    rows=(Option("r1", "The food"), Option("r2", "The room")),
)
ORDER = Question(
    "order", Kind.RANKING, "What matters most?", options=(Option("o1", "Speed"), Option("o2", "Care"))
)
OTHER = Question("reach", Kind.SINGLE, "Reach?", options=CHANNEL.options, other=True)
EVERYTHING = (LISTENS, RECOMMEND, PROMISE, CHANNEL, HELPS, HEAR, DAYS, MET, ROWS, ORDER, OTHER)


def asked_when(
    *rules: Rule, every: bool = True, before: tuple[Question, ...] = EVERYTHING, key: str = "last"
) -> Questionnaire:
    last = Question(key, Kind.YES_NO, "Shall we call?", condition=Condition(every, rules))
    return Questionnaire("T", "", 1, (Section("One", "", before), Section("Two", "", (last,))))


def plain(words: str) -> str:
    return words.replace("\N{FIRST STRONG ISOLATE}", "").replace("\N{POP DIRECTIONAL ISOLATE}", "")


@pytest.mark.parametrize(
    ("key", "test", "value", "words"),
    [
        ("listens", How.IS, "5", "1. My lead listens. is 5"),
        ("recommend", How.AT_LEAST, "9", "2. Would you recommend us? is at least 9"),
        ("recommend", How.IS_NOT, "0", "2. Would you recommend us? is not 0"),
        ("promise", How.IS, "no", "3. Was the last promise kept? is No"),
        ("channel", How.IS_NOT, "desk", "4. How do you reach us? is not In person"),
        ("helps", How.INCLUDES, "tools", "5. What would help? includes Better tools"),
        ("helps", How.IS, "tools", "5. What would help? is only Better tools"),
        ("hear", How.CONTAINS, "late", "6. What should we hear? contains the words “late”"),
        ("days", How.AT_LEAST, "14", "7. How many days? is at least 14"),
        ("met", How.AT_LEAST, "2026-03-01", "8. When did we meet? is on or after 1 March 2026"),
        ("rows.r2", How.IS, "1", "9. How was it?: The room is 1"),
        ("order.o1", How.IS, "1", "10. What matters most?: Speed is 1"),
        ("reach", How.IS, "other", "11. Reach? is Other"),
        (
            "reach.other",
            How.CONTAINS,
            "pigeon",
            "11. Reach?: other, in their own words contains the words “pigeon”",
        ),
    ],
)
def test_every_kind_of_answer_may_be_looked_at_and_is_named(
    key: str, test: How, value: str, words: str
) -> None:
    questionnaire = asked_when(Rule(key, test, value))
    assert list(conditioning.faults(questionnaire)) == []
    last = questionnaire.question("last")
    assert last.condition is not None
    assert plain(conditioning.in_words(last.condition, questionnaire)) == f"Shown when {words}"


@pytest.mark.parametrize(
    ("key", "test", "value", "reason"),
    [
        ("listens", How.IS, "6", Reason.UNFIT),
        ("listens", How.CONTAINS, "5", Reason.UNFIT),
        ("promise", How.AT_LEAST, "yes", Reason.UNFIT),
        ("channel", How.IS, "drone", Reason.UNFIT),
        ("channel", How.IS, "other", Reason.UNFIT),
        ("helps", How.AT_LEAST, "tools", Reason.UNFIT),
        ("hear", How.CONTAINS, "  ", Reason.UNFIT),
        ("hear", How.CONTAINS, "x" * 201, Reason.UNFIT),
        ("days", How.IS, "101", Reason.UNFIT),
        ("days", How.IS, "many", Reason.UNFIT),
        # Read as numbers and days here, and compared with no answer in the browser.
        ("days", How.IS, "007", Reason.UNFIT),
        ("days", How.AT_LEAST, "1_0", Reason.UNFIT),
        ("days", How.AT_LEAST, "+7", Reason.UNFIT),
        ("days", How.IS, "\u0667", Reason.UNFIT),
        ("met", How.AT_LEAST, "20260105", Reason.UNFIT),
        ("met", How.AT_LEAST, "2027-01-01", Reason.UNFIT),
        ("met", How.AT_LEAST, "tomorrow", Reason.UNFIT),
        ("rows", How.IS, "1", Reason.MISSING),
        ("order.o1", How.IS, "3", Reason.UNFIT),
        ("order.o9", How.IS, "1", Reason.MISSING),
        ("nowhere", How.IS, "1", Reason.MISSING),
        ("last", How.IS, "yes", Reason.LATER),
    ],
)
def test_a_rule_nobody_could_work_out_is_found(key: str, test: How, value: str, reason: Reason) -> None:
    rule = Rule(key, test, value)
    assert list(conditioning.faults(asked_when(rule))) == [Fault("last", rule, reason)]


def test_a_later_question_is_found_across_parts() -> None:
    rule = Rule("recommend", How.AT_LEAST, "9")
    first = Question("first", Kind.YES_NO, "First?", condition=Condition(True, (rule,)))
    questionnaire = Questionnaire("T", "", 1, (Section("1", "", (first,)), Section("2", "", (RECOMMEND,))))
    assert list(conditioning.faults(questionnaire)) == [Fault("first", rule, Reason.LATER)]


@pytest.mark.parametrize(("every", "joined"), [(True, "and"), (False, "or")])
def test_several_rules_read_as_one_sentence(every: bool, joined: str) -> None:
    rules = (Rule("promise", How.IS, "no"), Rule("listens", How.AT_LEAST, "4"), Rule("days", How.IS, "3"))
    questionnaire = asked_when(*rules, every=every)
    condition = questionnaire.question("last").condition
    assert condition is not None
    assert plain(conditioning.in_words(condition, questionnaire)) == (
        f"Shown when 3. Was the last promise kept? is No {joined} 1. My lead listens. is at least 4 "
        f"{joined} 7. How many days? is 3"
    )


def test_earlier_items_are_those_above_and_no_others() -> None:
    questionnaire = asked_when(before=(PROMISE, ROWS, ORDER, OTHER))
    keys = [item.key for item in conditioning.earlier_items(questionnaire, "order")]
    assert keys == ["promise", "rows.r1", "rows.r2"]
    assert conditioning.earlier_items(questionnaire, "promise") == []


def test_what_broke_by_a_change_names_both_questions_and_what_was_broken_before_is_let_be() -> None:
    rule, stale = Rule("promise", How.IS, "no"), Rule("gone", How.IS, "no")
    before = asked_when(rule, stale, before=(PROMISE, HEAR))
    assert conditioning.what_broke(before, before) == ""
    after = asked_when(rule, stale, before=(HEAR,))
    assert plain(conditioning.what_broke(before, after)) == (
        "“3. Shall we call?” is shown by the answer to “1. Was the last promise kept?”, which would be gone. "
        "Change or remove that condition first."
    )
    # Another key of its own changes nothing about it.
    assert conditioning.what_broke(before, asked_when(rule, stale, before=(PROMISE,), key="another")) == ""


def test_a_long_question_is_named_by_its_beginning() -> None:
    long = Question("long", Kind.YES_NO, "word " * 100)
    name = plain(conditioning.names_of(Questionnaire("T", "", 1, (Section("1", "", (long,)),)))["long"])
    assert name.startswith("1. word word")
    assert name.endswith("…")
    assert len(name) < 70
