"""What a condition may ask for, whether it still holds together, and how it reads. Pure: no database.

When a condition is fulfilled is ``surveys.conditions``; here it is about building one.
"""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum

from django.utils import formats
from django.utils.text import Truncator
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from surveys import piping
from surveys.conditions import Condition, Rule, Test
from surveys.questionnaire import ITEM_MARK, OTHER, Kind, Question, Questionnaire

MOST_RULES = 5
LONGEST_WORDS = 200
_LONGEST_NAME = 60
_ISOLATE, _END = "\N{FIRST STRONG ISOLATE}", "\N{POP DIRECTIONAL ISOLATE}"


class Reason(StrEnum):
    """What is wrong with a rule."""

    LATER = "later"  # its question is this one or comes after it
    MISSING = "missing"
    UNFIT = "unfit"  # its test or value is none of the item's


@dataclass(frozen=True)
class Fault:
    """``key``: the question whose condition it is."""

    key: str
    rule: Rule
    reason: Reason


# --- What fits ----------------------------------------------------------------------------------------------
def tests_for(item: Question) -> tuple[Test, ...]:
    """How answers to this item may be compared."""
    if item.kind.is_text:
        return (Test.CONTAINS, Test.IS, Test.IS_NOT)
    if item.kind is Kind.MULTIPLE:
        return (Test.INCLUDES, Test.IS, Test.IS_NOT)
    if item.kind.is_numeric or item.kind.is_banded:
        return (Test.IS, Test.IS_NOT, Test.AT_LEAST)
    return (Test.IS, Test.IS_NOT)


def answers_of(item: Question) -> list[tuple[str, str]]:
    """Code and words of each answer somebody can choose; none where they write, or type a number or day."""
    if item.kind.is_text or item.kind.is_banded:
        return []
    labels = {"yes": _("Yes"), "no": _("No"), OTHER: _("Other")}
    labels |= {option.code: option.label for option in item.options}
    return [(code, labels.get(code, code)) for code in item.codes]


def fits(rule: Rule, item: Question) -> bool:
    return rule.test in tests_for(item) and value_fits(rule.value, item)


def value_fits(value: str, item: Question) -> bool:
    if item.kind.is_text:
        return 0 < len(value.strip()) <= LONGEST_WORDS
    if item.kind.is_banded:
        # As it is stored of an answer, with which it is compared: "007" is no answer, nor is "2026-W01-4".
        try:
            if item.kind is Kind.NUMBER:
                number = int(value)
                return value == str(number) and item.least <= number <= item.most
            day = dt.date.fromisoformat(value)
        except ValueError:
            return False
        return value == day.isoformat() and item.least <= day.toordinal() <= item.most
    return value in item.codes


def earlier_items(questionnaire: Questionnaire, key: str) -> list[Question]:
    """What the condition of this question may look at."""
    found: list[Question] = []
    for question in questionnaire.questions():
        if question.key == key:
            break
        found += question.items
    return found


def faults(questionnaire: Questionnaire) -> Iterator[Fault]:
    """Each rule that could not be worked out, or never be fulfilled."""
    everything = {item.key for item in questionnaire.items()}
    earlier: dict[str, Question] = {}
    for question in questionnaire.questions():
        for rule in question.condition.rules if question.condition else ():
            item = earlier.get(rule.key)
            if item is None:
                reason = Reason.LATER if rule.key in everything else Reason.MISSING
                yield Fault(question.key, rule, reason)
            elif not fits(rule, item):
                yield Fault(question.key, rule, Reason.UNFIT)
        earlier |= {item.key: item for item in question.items}


# --- Words --------------------------------------------------------------------------------------------------
def isolated(text: str) -> str:
    """People's words inside ours, whichever way they run."""
    return f"{_ISOLATE}{text}{_END}"


def names_of(questionnaire: Questionnaire) -> dict[str, str]:
    """By key of question and item: "2. Are you waiting?", and of a row "3. How was it: The food"."""
    return _names(enumerate(questionnaire.questions(), start=1))


def _names(numbered: Iterable[tuple[int, Question]]) -> dict[str, str]:
    names: dict[str, str] = {}
    for number, question in numbered:
        text = piping.fill(question.text, {})
        name = names[question.key] = f"{number}. {Truncator(text).chars(_LONGEST_NAME)}"
        for item in question.items:
            if item.of:
                part = item.part or _("other, in their own words")
                names[item.key] = f"{name}: {Truncator(part).chars(_LONGEST_NAME)}"
    return names


def test_words(test: Test, item: Question) -> str:
    """Between the question and the answer, where somebody chooses it."""
    only = item.kind is Kind.MULTIPLE
    match test:
        case Test.IS:
            return pgettext("condition", "is only") if only else pgettext("condition", "is")
        case Test.IS_NOT:
            return pgettext("condition", "is not only") if only else pgettext("condition", "is not")
        case Test.AT_LEAST if item.kind is Kind.DATE:
            return pgettext("condition", "is on or after")
        case Test.AT_LEAST:
            return pgettext("condition", "is at least")
        case Test.INCLUDES:
            return pgettext("condition", "includes")
        case Test.CONTAINS:
            return pgettext("condition", "contains the words")


def in_words(condition: Condition, questionnaire: Questionnaire) -> str:
    """ "Shown when 2. Are you waiting? is Yes", in full."""
    # Of the questions it looks at alone: a page asks for every question's condition.
    keys = {key.partition(ITEM_MARK)[0] for key in condition.keys}
    numbered = [pair for pair in enumerate(questionnaire.questions(), start=1) if pair[1].key in keys]
    names = _names(numbered)
    items = {item.key: item for _number, question in numbered for item in question.items}
    spoken = [_rule_in_words(rule, names, items) for rule in condition.rules]
    words = spoken[0] if spoken else ""
    for following in spoken[1:]:
        pattern = _("%(before)s and %(after)s") if condition.every else _("%(before)s or %(after)s")
        words = pattern % {"before": words, "after": following}
    return _("Shown when %(rules)s") % {"rules": words}


def _rule_in_words(rule: Rule, names: Mapping[str, str], items: Mapping[str, Question]) -> str:
    item = items.get(rule.key)
    if item is None:
        return _("a question that is gone was answered")
    return _("%(question)s %(is)s %(answer)s") % {
        "question": isolated(names[rule.key]),
        "is": test_words(rule.test, item),
        "answer": isolated(_value_in_words(rule.value, item)),
    }


def _value_in_words(value: str, item: Question) -> str:
    if item.kind is Kind.DATE:
        try:
            return formats.date_format(dt.date.fromisoformat(value))
        except ValueError:
            return value
    if item.kind.is_text:
        return f"“{value}”"
    return dict(answers_of(item)).get(value, value)


def what_broke(before: Questionnaire, after: Questionnaire) -> str:
    """Why a change cannot be, naming the questions; nothing where no condition broke by it."""
    # By rule and not by question: the change may have given the question itself another key.
    known = Counter(fault.rule for fault in faults(before))
    broken = []
    for fault in faults(after):
        if known[fault.rule]:
            known[fault.rule] -= 1
        else:
            broken.append(fault)
    names = names_of(after) | names_of(before)
    return refusal(broken, names)


def refusal(broken: list[Fault], names: Mapping[str, str]) -> str:
    """What is wrong, question by question, and what to do about it."""
    if not broken:
        return ""
    said = [_fault_in_words(fault, names) for fault in broken]
    # One sentence for each pair of questions.
    return " ".join([*dict.fromkeys(said), _("Change or remove that condition first.")])


def _fault_in_words(fault: Fault, names: Mapping[str, str]) -> str:
    gone = _("a question that is gone")
    named = {
        "question": isolated(names.get(fault.key, gone)),
        "earlier": isolated(names.get(fault.rule.key, gone)),
    }
    match fault.reason:
        case Reason.LATER:
            return (
                _("“%(question)s” is shown by the answer to “%(earlier)s”, so it must come after it.") % named
            )
        case Reason.MISSING:
            return _("“%(question)s” is shown by the answer to “%(earlier)s”, which would be gone.") % named
        case Reason.UNFIT:
            return _("“%(question)s” is shown by an answer to “%(earlier)s” that nobody could give.") % named
