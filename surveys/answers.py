"""What one respondent sent: read against the frozen questionnaire, and shown again where it was refused.

The questionnaire's markup is written by hand (``surveys/partials/question.html``): Django's widgets cost
five times as much for the many radio buttons of a survey.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property

from django.http import QueryDict
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from common.forms import clean_text
from surveys.questionnaire import Kind, Question, Questionnaire, Section

LONG_TEXT_LIMIT = 2000
SHORT_TEXT_LIMIT = 300
# Beyond this a text is not even shown again: nobody types as much, and cleaning it would cost a second.
_SHOWN_AGAIN = 20_000
# Where an error belongs to no single question.
WHOLE_SHEET = ""


@dataclass(frozen=True)
class AnswerSheet:
    """Answers by item key (``Question.items``), in the questionnaire's order; unanswered ones are absent.

    A number or a day has its band among the options and what was typed among the texts. ``hidden``: the
    questions whose condition does not hold; nothing of them is kept.
    """

    options: dict[str, tuple[str, ...]] = field(default_factory=dict)
    texts: dict[str, str] = field(default_factory=dict)
    hidden: frozenset[str] = frozenset()


def field_name(question: Question) -> str:
    return f"q-{question.key}"


def text_limit(question: Question) -> int:
    """Characters a text answer may have; 0 for other kinds."""
    if question.kind is Kind.LONG_TEXT:
        return LONG_TEXT_LIMIT
    return SHORT_TEXT_LIMIT if question.kind is Kind.SHORT_TEXT else 0


def typed_text(question: Question, data: QueryDict) -> str:
    """The text as typed, cleaned of what no text should hold, whatever its length."""
    raw = data.get(field_name(question), "")[:_SHOWN_AGAIN]
    return clean_text(raw, lines=question.kind is Kind.LONG_TEXT).strip()


def read_sheet(questionnaire: Questionnaire, data: QueryDict) -> tuple[AnswerSheet, dict[str, str]]:
    """The answers, and by question key what is wrong with them.

    Fields that belong to no question are ignored. An error under ``WHOLE_SHEET`` concerns all of it.
    """
    options: dict[str, tuple[str, ...]] = {}
    texts: dict[str, str] = {}
    errors: dict[str, str] = {}
    for question in questionnaire.questions():
        if question.kind.is_text:
            error = _read_text(question, data, texts)
        else:
            error = _read_options(question, data, options)
        if error:
            errors[question.key] = error
    if not errors and not options and not texts and not _said_cannot_say(questionnaire, data):
        errors[WHOLE_SHEET] = _("Answer at least one question, or close this page and come back later.")
    return AnswerSheet(options=options, texts=texts), errors


def _read_text(question: Question, data: QueryDict, texts: dict[str, str]) -> str:
    text = typed_text(question, data)
    too_many = len(text) - text_limit(question)
    if too_many > 0:
        return ngettext(
            "Please shorten this by %(number)s character; there is room for %(limit)s.",
            "Please shorten this by %(number)s characters; there is room for %(limit)s.",
            too_many,
        ) % {"number": too_many, "limit": text_limit(question)}
    if text:
        texts[question.key] = text
    elif question.required:
        return _("Please write a few words here.")
    return ""


def _read_options(question: Question, data: QueryDict, options: dict[str, tuple[str, ...]]) -> str:
    sent = {value for value in data.getlist(field_name(question)) if value}
    chosen = tuple(code for code in question.codes if code in sent)
    if len(chosen) < len(sent):
        return _refusal_of_unknown(question)
    if len(chosen) > 1 and question.kind is not Kind.MULTIPLE:
        return _("Please choose one answer only.")
    if chosen:
        options[question.key] = chosen
    elif question.required:
        if question.kind is Kind.MULTIPLE:
            return _("Please choose at least one answer.")
        return _("Please choose an answer.")
    return ""


def _refusal_of_unknown(question: Question) -> str:
    if question.kind.is_numeric:
        return _("Please choose a number from %(low)s to %(high)s.") % {
            "low": question.low,
            "high": question.high,
        }
    return _("Please choose from the answers shown.")


def _said_cannot_say(questionnaire: Questionnaire, data: QueryDict) -> bool:
    return any(
        field_name(question) in data for question in questionnaire.questions() if not question.kind.is_text
    )


@dataclass(frozen=True)
class Choice:
    code: str
    label: str | Promise
    checked: bool


@dataclass(frozen=True)
class AskedQuestion:
    """One question as the page shows it, with what was answered so far."""

    question: Question
    chosen: frozenset[str] | None  # None: not touched yet, which differs from "I cannot say"
    text: str
    error: str

    @property
    def name(self) -> str:
        return field_name(self.question)

    @property
    def choices(self) -> list[Choice]:
        chosen = self.chosen or frozenset()
        labels = self._labels()
        return [Choice(code, labels.get(code, code), code in chosen) for code in self.question.codes]

    def _labels(self) -> dict[str, str]:
        if self.question.kind is Kind.YES_NO:
            return {"yes": _("Yes"), "no": _("No")}
        return {option.code: option.label for option in self.question.options}

    @property
    def focus_id(self) -> str:
        """Where the link of the error summary leads: the text field, or the first choice."""
        return self.name if self.question.kind.is_text else f"{self.name}-0"

    @property
    def may_pass(self) -> bool:
        """Radio buttons cannot be taken back, so optional ones offer "I cannot say"."""
        return not self.question.required and self.question.kind in {
            Kind.RECOMMEND,
            Kind.SCALE,
            Kind.YES_NO,
            Kind.SINGLE,
        }

    @property
    def passed(self) -> bool:
        return self.chosen is not None and not self.chosen

    @property
    def is_scale(self) -> bool:
        return self.question.kind.is_numeric

    @property
    def is_text(self) -> bool:
        return self.question.kind.is_text

    @property
    def is_long(self) -> bool:
        return self.question.kind is Kind.LONG_TEXT

    @property
    def is_multiple(self) -> bool:
        return self.question.kind is Kind.MULTIPLE

    @property
    def in_one_line(self) -> bool:
        """Few and short answers stand beside each other on a wide screen, others below each other."""
        choices = self.choices
        return len(choices) <= 5 and all(len(str(choice.label)) <= 24 for choice in choices)

    @property
    def limit(self) -> int:
        return text_limit(self.question)


@dataclass(frozen=True)
class AskedSection:
    section: Section
    questions: tuple[AskedQuestion, ...]


@dataclass(frozen=True)
class AskedQuestionnaire:
    """The whole page: fresh, or with what was sent and what was wrong with it."""

    questionnaire: Questionnaire
    data: QueryDict | None = None
    errors: dict[str, str] = field(default_factory=dict)

    @cached_property
    def sections(self) -> tuple[AskedSection, ...]:
        return tuple(
            AskedSection(section, tuple(self._ask(question) for question in section.questions))
            for section in self.questionnaire.sections
            if section.questions
        )

    def _ask(self, question: Question) -> AskedQuestion:
        chosen: frozenset[str] | None = None
        text = ""
        if self.data is not None and question.kind.is_text:
            text = typed_text(question, self.data)
        elif self.data is not None and field_name(question) in self.data:
            chosen = frozenset(value for value in self.data.getlist(field_name(question)) if value)
        return AskedQuestion(question, chosen, text, self.errors.get(question.key, ""))

    @property
    def questions(self) -> list[AskedQuestion]:
        return [asked for section in self.sections for asked in section.questions]

    @property
    def wrong(self) -> list[AskedQuestion]:
        return [asked for asked in self.questions if asked.error]

    @property
    def error_of_all(self) -> str:
        return self.errors.get(WHOLE_SHEET, "")

    @property
    def count(self) -> int:
        return len(self.questions)
