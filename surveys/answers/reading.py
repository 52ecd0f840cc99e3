"""Reading what a browser sent: only what the frozen questionnaire asks, and only where it asks.

Questions are read in their order, so that a condition finds what was answered before it; what it hides is
dropped, and nobody is asked for it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from django.http import QueryDict
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from surveys.answers.sheet import (
    WHOLE_SHEET,
    AnswerSheet,
    day_of,
    field_name,
    number_of,
    text_limit,
    typed_text,
)
from surveys.answers.wording import day_wanted, number_wanted
from surveys.bands import band_of, date_bands, number_bands
from surveys.conditions import holds
from surveys.questionnaire import OTHER, Kind, Question, Questionnaire, item_key


@dataclass(frozen=True)
class _Read:
    """What one question got, by item key; with an error only what of it is good."""

    options: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    texts: Mapping[str, str] = field(default_factory=dict)
    error: str = ""

    @property
    def given(self) -> dict[str, tuple[str, ...]]:
        """What conditions look at: of a number or day what was typed, not its band."""
        return {**self.options, **{key: (text,) for key, text in self.texts.items()}}


def read_sheet(questionnaire: Questionnaire, data: QueryDict) -> tuple[AnswerSheet, dict[str, str]]:
    """The answers, and by question key what is wrong with them; with an error the sheet is not whole.

    Fields that belong to no question are ignored. An error under ``WHOLE_SHEET`` concerns all of it.
    """
    options: dict[str, tuple[str, ...]] = {}
    texts: dict[str, str] = {}
    given: dict[str, tuple[str, ...]] = {}
    errors: dict[str, str] = {}
    hidden: set[str] = set()
    passed = False
    for question in questionnaire.questions():
        if not holds(question.condition, given):
            hidden.add(question.key)
            continue
        read = _READERS[question.kind](question, data)
        options |= read.options
        texts |= read.texts
        given |= read.given
        passed = passed or _said_cannot_say(question, data)
        if read.error:
            errors[question.key] = read.error
    if not (errors or options or texts or passed):
        errors[WHOLE_SHEET] = _("Answer at least one question, or close this page and come back later.")
    return AnswerSheet(options=options, texts=texts, hidden=frozenset(hidden)), errors


def _said_cannot_say(question: Question, data: QueryDict) -> bool:
    """Only buttons of which one is chosen send an empty answer on purpose."""
    if question.kind.is_one_of_few:
        return field_name(question) in data
    return question.kind is Kind.MATRIX and any(field_name(item) in data for item in question.items)


# --- Texts --------------------------------------------------------------------------------------------------
def _read_text(question: Question, data: QueryDict) -> _Read:
    text = typed_text(question, data)
    if error := _too_long(question, text):
        return _Read(error=error)
    if text:
        return _Read(texts={question.key: text})
    return _Read(error=_("Please write a few words here.") if question.required else "")


def _too_long(item: Question, text: str) -> str:
    too_many = len(text) - text_limit(item)
    if too_many <= 0:
        return ""
    return ngettext(
        "Please shorten this by %(number)s character; there is room for %(limit)s.",
        "Please shorten this by %(number)s characters; there is room for %(limit)s.",
        too_many,
    ) % {"number": too_many, "limit": text_limit(item)}


# --- Choices ------------------------------------------------------------------------------------------------
def _read_choice(question: Question, data: QueryDict) -> _Read:
    sent = {value for value in data.getlist(field_name(question)) if value}
    if not sent <= set(question.codes):
        return _Read(error=_refusal_of_unknown(question))
    words = _words_of_other(question, data)
    if words:
        sent.add(OTHER)
    if len(sent) > 1 and question.kind is not Kind.MULTIPLE:
        return _Read(error=_choose_one_only(words))
    if OTHER in sent and question.other:
        if not words:
            return _Read(error=_("Please say in a few words what “Other” is."))
        if error := _too_long(question.items[-1], words):
            return _Read(error=error)
    chosen = tuple(code for code in question.codes if code in sent)
    if not chosen:
        return _Read(error=_missing_choice(question))
    texts = {item_key(question.key, OTHER): words} if words else {}
    return _Read({question.key: chosen}, texts)


def _words_of_other(question: Question, data: QueryDict) -> str:
    return typed_text(question.items[-1], data) if question.other else ""


def _choose_one_only(words: str) -> str:
    if words:
        return _("You chose one answer and wrote another. Please keep one of them.")
    return _("Please choose one answer only.")


def _missing_choice(question: Question) -> str:
    if not question.required:
        return ""
    if question.kind is Kind.MULTIPLE:
        return _("Please choose at least one answer.")
    return _("Please choose an answer.")


def _refusal_of_unknown(question: Question) -> str:
    if question.kind.is_numeric:
        return _("Please choose a number from %(low)s to %(high)s.") % {
            "low": question.low,
            "high": question.high,
        }
    return _("Please choose from the answers shown.")


# --- Several rows -------------------------------------------------------------------------------------------
def _read_matrix(question: Question, data: QueryDict) -> _Read:
    options: dict[str, tuple[str, ...]] = {}
    error = ""
    for item in question.items:
        sent = {value for value in data.getlist(field_name(item)) if value}
        if not sent <= set(item.codes):
            error = error or _refusal_of_unknown(item)
        elif len(sent) > 1:
            error = error or _("Please choose one answer in each row.")
        elif sent:
            options[item.key] = tuple(sent)
    missing = len(question.rows) - len(options)
    if question.required and missing and not error:
        error = ngettext(
            "Please answer every row; %(number)s is open.",
            "Please answer every row; %(number)s are open.",
            missing,
        ) % {"number": missing}
    return _Read(options, error=error)


# --- Order --------------------------------------------------------------------------------------------------
def _read_ranking(question: Question, data: QueryDict) -> _Read:
    """Complete or nothing: each option has a place of its own."""
    places = {item.key: data.get(field_name(item), "").strip() for item in question.items}
    taken = Counter(place for place in places.values() if place)
    if not taken:
        return _Read(error=_("Please put these in order.") if question.required else "")
    allowed = {str(number) for number in range(1, len(places) + 1)}
    if not set(taken) <= allowed:
        return _Read(error=_("Please choose from the places shown."))
    twice = [place for place, count in taken.items() if count > 1]
    if twice:
        return _Read(
            error=_("Please give each place once; %(place)s stands twice.") % {"place": min(twice, key=int)}
        )
    if sum(taken.values()) < len(places):
        if question.required:
            return _Read(error=_("Please give each of them a place."))
        return _Read(error=_("Please give each of them a place, or none of them."))
    return _Read({key: (place,) for key, place in places.items()})


# --- Numbers and days ---------------------------------------------------------------------------------------
def _read_number(question: Question, data: QueryDict) -> _Read:
    typed = typed_text(question, data)
    if not typed:
        return _Read(error=_("Please write a number.") if question.required else "")
    number = number_of(typed)
    if number is None or not question.least <= number <= question.most:
        return _Read(error=number_wanted(question))
    band = band_of(number_bands(question.least, question.most), number)
    return _Read({question.key: (band,)}, {question.key: str(number)})


def _read_day(question: Question, data: QueryDict) -> _Read:
    typed = typed_text(question, data)
    if not typed:
        return _Read(error=_("Please choose a day.") if question.required else "")
    day = day_of(typed)
    if day is None or not question.least <= day.toordinal() <= question.most:
        return _Read(error=day_wanted(question))
    band = band_of(date_bands(question.least, question.most), day.toordinal())
    return _Read({question.key: (band,)}, {question.key: day.isoformat()})


_READERS: dict[Kind, Callable[[Question, QueryDict], _Read]] = {
    Kind.RECOMMEND: _read_choice,
    Kind.SCALE: _read_choice,
    Kind.YES_NO: _read_choice,
    Kind.SINGLE: _read_choice,
    Kind.MULTIPLE: _read_choice,
    Kind.MATRIX: _read_matrix,
    Kind.RANKING: _read_ranking,
    Kind.NUMBER: _read_number,
    Kind.DATE: _read_day,
    Kind.SHORT_TEXT: _read_text,
    Kind.LONG_TEXT: _read_text,
}
