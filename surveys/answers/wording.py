"""What the page says of a question itself: when it is asked, and what a number or a day may be."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping

from django.utils.formats import date_format
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from surveys import piping
from surveys.conditions import Condition, Rule, Test
from surveys.questionnaire import Kind, Question, Questionnaire


def only_if(condition: Condition, questionnaire: Questionnaire) -> SafeString:
    """ "Only if you answered "Are you waiting?" with "Yes"."; the questions in their own language.

    For whoever answers without script; HR reads ``domain.conditioning.in_words``.
    """
    items = {item.key: item for item in questionnaire.items()}
    spoken = [_rule(rule, items) for rule in condition.rules if rule.key in items]
    if not spoken:
        return SafeString("")
    words = spoken[0]
    for following in spoken[1:]:
        joined = _("%(before)s, and %(after)s") if condition.every else _("%(before)s, or %(after)s")
        words = format_html(_named(joined), before=words, after=following)
    return format_html(_named(_("Only if you answered %(rules)s.")), rules=words)


def _rule(rule: Rule, items: Mapping[str, Question]) -> SafeString:
    item = items[rule.key]
    question = f"{item.text} {item.part}".strip() if item.of else item.text
    return format_html(
        _named(_pattern(rule.test, item)),
        question=format_html("<bdi>{}</bdi>", piping.fill(question, {})),
        answer=format_html("<bdi>{}</bdi>", _answer(rule.value, item)),
    )


def _pattern(test: Test, item: Question) -> str:
    match test:
        case Test.IS:
            return _("“%(question)s” with “%(answer)s”")
        case Test.IS_NOT:
            return _("“%(question)s” with anything but “%(answer)s”")
        case Test.AT_LEAST if item.kind is Kind.DATE:
            return _("“%(question)s” with %(answer)s or later")
        case Test.AT_LEAST:
            return _("“%(question)s” with %(answer)s or more")
        case Test.INCLUDES:
            return _("“%(question)s” with “%(answer)s” among others")
        case Test.CONTAINS:
            return _("“%(question)s” with words that hold “%(answer)s”")


def _answer(value: str, item: Question) -> str:
    if item.kind is not Kind.DATE:
        return piping.label_of(item, value)
    try:
        return date_format(dt.date.fromisoformat(value), "DATE_FORMAT")
    except ValueError:
        return value


# --- Numbers and days ---------------------------------------------------------------------------------------
def bounds_of(question: Question) -> str:
    """What may be written, said before anybody does."""
    if question.kind is Kind.DATE:
        first, last = _ends(question)
        return _("A day from %(first)s to %(last)s.") % {"first": first, "last": last}
    return _("A whole number from %(least)s to %(most)s.") % {
        "least": question.least,
        "most": question.most,
    }


def number_wanted(question: Question) -> str:
    """What to do where something else was written."""
    return _("Please write a whole number from %(least)s to %(most)s, in digits.") % {
        "least": question.least,
        "most": question.most,
    }


def day_wanted(question: Question) -> str:
    """What to do where no such day was chosen, or it was typed in another order."""
    first, last = _ends(question)
    example = question.days[1].isoformat()
    return _("Please choose a day from %(first)s to %(last)s, or type it such as %(example)s.") % {
        "first": first,
        "last": last,
        "example": example,
    }


def _ends(question: Question) -> tuple[str, str]:
    first, last = question.days
    return date_format(first, "DATE_FORMAT"), date_format(last, "DATE_FORMAT")


def _named(pattern: str) -> str:
    """A translated pattern as ``format_html`` fills it, which escapes what goes in; braces are ours alone."""
    escaped = pattern.replace("{", "{{").replace("}", "}}")
    for name in ("question", "answer", "before", "after", "rules"):
        escaped = escaped.replace(f"%({name})s", f"{{{name}}}")
    return escaped
