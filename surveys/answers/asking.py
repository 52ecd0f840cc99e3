"""The questions as a page shows them: fresh, or with what was sent and what was wrong with it.

The questionnaire's markup is written by hand (``surveys/partials/question.html``): Django's widgets cost
five times as much for the many radio buttons of a survey.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property

from django.http import QueryDict
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import get_language

from surveys import languages, piping
from surveys.answers.reading import read_sheet
from surveys.answers.sheet import WHOLE_SHEET, field_name, text_limit, typed_text
from surveys.answers.wording import bounds_of, day_wanted, number_wanted, only_if
from surveys.conditions import Condition
from surveys.questionnaire import OTHER, Kind, Question, Questionnaire, Section

_LOOKS_LIKE_OURS = mark_safe('dir="auto"')
_LONGEST_SIDE_BY_SIDE = 24


@dataclass(frozen=True)
class Choice:
    """``ours``: the words are the portal's and not the questionnaire's."""

    code: str
    label: str
    checked: bool
    ours: bool = False


@dataclass(frozen=True)
class AskedItem:
    """One row of a matrix, one option to rank, or the words of "other"."""

    item: Question
    data: QueryDict | None

    @property
    def name(self) -> str:
        return field_name(self.item)

    @property
    def label(self) -> str:
        return self.item.part

    @property
    def described_by(self) -> str:
        """Where it stands alone: what was found in its words."""
        return f"{self.name}-help"

    @property
    def is_other(self) -> bool:
        return bool(self.item.of)

    @property
    def is_long(self) -> bool:
        return self.item.kind is Kind.LONG_TEXT

    @cached_property
    def text(self) -> str:
        """What was typed or chosen."""
        return typed_text(self.item, self.data) if self.data is not None else ""

    @cached_property
    def chosen(self) -> frozenset[str] | None:
        """None: not touched yet, which differs from "I cannot say"."""
        if self.data is None or self.name not in self.data:
            return None
        return frozenset(value for value in self.data.getlist(self.name) if value)

    @property
    def passed(self) -> bool:
        return self.chosen is not None and not self.chosen

    @property
    def is_good(self) -> bool:
        """Of a row: one answer, and one of those shown."""
        chosen = self.chosen or frozenset()
        return len(chosen) == 1 and chosen <= set(self.item.codes)

    @property
    def choices(self) -> list[Choice]:
        chosen = self.chosen or frozenset()
        ours = self.item.codes if self.item.kind is Kind.YES_NO else (OTHER,) if self.item.other else ()
        return [
            Choice(code, piping.label_of(self.item, code), code in chosen, code in ours)
            for code in self.item.codes
        ]


@dataclass(frozen=True)
class AskedQuestion:
    """One question as the page shows it, with what was answered so far."""

    question: Question
    data: QueryDict | None = None
    error: str = ""
    # How the questionnaire's own words are marked up.
    said: SafeString = _LOOKS_LIKE_OURS
    given: Mapping[str, str] = field(default_factory=dict)
    # Its condition in words, for whoever has no script.
    only_if: str | SafeString = ""

    # --- Its words ---
    @property
    def template(self) -> str:
        return f"surveys/partials/question_{_SHAPES[self.question.kind]}.html"

    @property
    def name(self) -> str:
        return field_name(self.question)

    @property
    def heading(self) -> SafeString:
        return piping.fill_live(self.question.text, self.given)

    @property
    def help(self) -> SafeString:
        return piping.fill_live(self.question.help, self.given)

    @property
    def condition(self) -> str:
        """For ``answer.js``."""
        return _as_json(self.question.condition) if self.question.condition else ""

    @property
    def described_by(self) -> str:
        """The ids of what explains it."""
        ids = []
        if self.has_help:
            ids.append(f"{self.name}-help")
        if self.only_if:
            ids.append(f"{self.name}-only")
        if self.error:
            ids.append(f"{self.name}-error")
        return " ".join(ids)

    @property
    def has_help(self) -> bool:
        explained = self.question.kind in {Kind.MULTIPLE, Kind.RANKING, Kind.NUMBER, Kind.DATE}
        return bool(self.question.help) or explained or self.is_text

    # --- What was answered ---
    @property
    def _itself(self) -> AskedItem:
        return AskedItem(self.question, self.data)

    @property
    def chosen(self) -> frozenset[str] | None:
        return None if self.is_text else self._itself.chosen

    @cached_property
    def choices(self) -> list[Choice]:
        return self._itself.choices

    @property
    def passed(self) -> bool:
        return self.chosen is not None and not self.chosen

    @cached_property
    def text(self) -> str:
        """What was typed, of a number or a day too."""
        typed = self.is_text or self.question.kind.is_banded
        return self._itself.text if typed else ""

    @cached_property
    def parts(self) -> list[AskedItem]:
        """The rows of a matrix, or the options to rank."""
        if self.question.kind not in {Kind.MATRIX, Kind.RANKING}:
            return []
        return [AskedItem(item, self.data) for item in self.question.items]

    @cached_property
    def other(self) -> AskedItem | None:
        return AskedItem(self.question.items[-1], self.data) if self.question.other else None

    @property
    def words(self) -> list[AskedItem]:
        """Where something can be written in words."""
        if self.other:
            return [self.other]
        return [self._itself] if self.is_text else []

    @property
    def sent(self) -> list[tuple[str, str]]:
        """Its fields as they came, to be sent once more."""
        if self.data is None:
            return []
        names = dict.fromkeys([self.name, *(field_name(item) for item in self.question.items)])
        return [(name, value) for name in names for value in self.data.getlist(name)]

    # --- Where the eye goes ---
    @property
    def focus_id(self) -> str:
        """Where the link of the error summary leads: the field that is wrong, or the first choice."""
        if self.is_text or self.question.kind.is_banded:
            return self.name
        if self.error and self._other_is_wrong and self.other:
            return self.other.name
        if self.question.kind is Kind.MATRIX:
            return f"{self.name}-{self._first_open_row}-0"
        return f"{self.name}-0"

    @property
    def _other_is_wrong(self) -> bool:
        if self.other is None:
            return False
        return bool(self.other.text) or OTHER in (self.chosen or ())

    @property
    def _first_open_row(self) -> int:
        """Of a matrix with an error: the first row without a good answer."""
        return next((number for number, row in enumerate(self.parts) if not row.is_good), 0)

    @property
    def may_pass(self) -> bool:
        """Radio buttons cannot be taken back, so optional ones offer "I cannot say"."""
        kind = self.question.kind
        return not self.question.required and (kind.is_one_of_few or kind is Kind.MATRIX)

    # --- How it looks ---
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
        if self.question.other:
            return False
        choices = self.choices
        return len(choices) <= 5 and all(len(choice.label) <= _LONGEST_SIDE_BY_SIDE for choice in choices)

    @property
    def columns(self) -> list[Choice]:
        """Of a matrix."""
        return self.parts[0].choices if self.parts else []

    @property
    def has_ends(self) -> bool:
        return bool(self.question.low_label or self.question.high_label)

    @property
    def places(self) -> list[str]:
        """Of a ranking."""
        return [str(number) for number in range(1, len(self.question.options) + 1)]

    @property
    def limit(self) -> int:
        return text_limit(self.question)

    # --- Numbers and days ---
    @property
    def wanted(self) -> str:
        """What to do, where something else was written."""
        return day_wanted(self.question) if self.is_day else number_wanted(self.question)

    @property
    def is_day(self) -> bool:
        return self.question.kind is Kind.DATE

    @property
    def bounds(self) -> str:
        """What may be written, before anybody did."""
        return bounds_of(self.question)

    @property
    def least_day(self) -> str:
        return self.question.days[0].isoformat()

    @property
    def most_day(self) -> str:
        return self.question.days[1].isoformat()


# By kind the part of ``question.html`` that shows it.
_SHAPES = {
    Kind.RECOMMEND: "choice",
    Kind.SCALE: "choice",
    Kind.YES_NO: "choice",
    Kind.SINGLE: "choice",
    Kind.MULTIPLE: "choice",
    Kind.MATRIX: "matrix",
    Kind.RANKING: "ranking",
    Kind.NUMBER: "number",
    Kind.DATE: "number",
    Kind.SHORT_TEXT: "words",
    Kind.LONG_TEXT: "words",
}


def _as_json(condition: Condition) -> str:
    return json.dumps(condition.to_json(), ensure_ascii=False, separators=(",", ":"))


@dataclass(frozen=True)
class AskedSection:
    section: Section
    questions: tuple[AskedQuestion, ...]
    said: SafeString = _LOOKS_LIKE_OURS
    given: Mapping[str, str] = field(default_factory=dict)

    @property
    def title(self) -> SafeString:
        return piping.fill_live(self.section.title, self.given)

    @property
    def intro(self) -> SafeString:
        return piping.fill_live(self.section.intro, self.given)


@dataclass(frozen=True)
class AskedQuestionnaire:
    """The whole page: fresh, or with what was sent and what was wrong with it.

    ``subject``: the name of whom it is about, where it is about somebody.
    """

    questionnaire: Questionnaire
    data: QueryDict | None = None
    errors: dict[str, str] = field(default_factory=dict)
    subject: str = ""

    @cached_property
    def sections(self) -> tuple[AskedSection, ...]:
        return tuple(
            AskedSection(
                section,
                tuple(self._ask(question) for question in section.questions),
                self.said,
                self.given,
            )
            for section in self.questionnaire.sections
            if section.questions
        )

    def _ask(self, question: Question) -> AskedQuestion:
        condition = question.condition
        return AskedQuestion(
            question,
            self.data,
            self.errors.get(question.key, ""),
            self.said,
            self.given,
            only_if(condition, self.questionnaire) if condition else "",
        )

    @cached_property
    def given(self) -> dict[str, str]:
        """What stands in place of ``[[key]]``."""
        if self.data is None:
            return piping.words_of(self.questionnaire, {}, {}, self.subject)
        sheet, _errors = read_sheet(self.questionnaire, self.data)
        return piping.words_of(self.questionnaire, sheet.options, sheet.texts, self.subject)

    # --- Language ---
    @cached_property
    def direction(self) -> str:
        """Which way the page runs."""
        return languages.find(self.questionnaire.language or get_language() or "").direction

    @cached_property
    def said(self) -> SafeString:
        """Attributes of the questionnaire's words; ours are in the language of the page."""
        language = self.questionnaire.language
        if not language or languages.normal(language) == get_language():
            return _LOOKS_LIKE_OURS
        # What is not translated is read in the survey's own language, which may run the other way.
        in_part = language in {lacking.code for lacking, _number in self.questionnaire.untranslated}
        direction = "auto" if in_part else self.direction
        return format_html('lang="{}" dir="{}"', language, direction)

    @property
    def title(self) -> SafeString:
        return piping.fill_live(self.questionnaire.title, self.given)

    @property
    def intro(self) -> SafeString:
        return piping.fill_live(self.questionnaire.intro, self.given)

    # --- All of it ---
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
