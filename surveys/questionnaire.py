"""The questionnaire as a wave freezes it: plain values, written to and read from JSON.

Everything after launch (answering, sealing, closing, reporting) works on this and never on the survey's
rows, so that editing a survey changes no running wave.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, field, replace
from enum import StrEnum
from functools import cached_property
from typing import Any

from surveys.bands import date_bands, number_bands
from surveys.conditions import Condition
from surveys.languages import Language, find


class Kind(StrEnum):
    """Kinds of question; the values are stored."""

    RECOMMEND = "recommend"  # 0-10
    SCALE = "scale"  # whole numbers between two chosen ends
    YES_NO = "yes_no"
    SINGLE = "single"
    MULTIPLE = "multiple"
    SHORT_TEXT = "short_text"
    LONG_TEXT = "long_text"
    RANKING = "ranking"  # all options, the most important first
    MATRIX = "matrix"  # several rows answered on one scale, or with one set of options
    NUMBER = "number"  # a whole number between two bounds, counted in bands
    DATE = "date"  # a day between two bounds, counted in bands
    # The place one option got in a ranking: an item, never asked by itself.
    PLACE = "place"

    @property
    def is_numeric(self) -> bool:
        """Answers are whole numbers from ``low`` to ``high``, each counted by itself."""
        return self in {Kind.RECOMMEND, Kind.SCALE, Kind.PLACE}

    @property
    def is_score(self) -> bool:
        """A number that says how good something is; of places in a ranking the lowest is the best."""
        return self in {Kind.RECOMMEND, Kind.SCALE}

    @property
    def is_one_of_few(self) -> bool:
        """One answer, chosen by a button."""
        return self in {Kind.RECOMMEND, Kind.SCALE, Kind.YES_NO, Kind.SINGLE}

    @property
    def is_banded(self) -> bool:
        """What is typed is exact; what is counted is the band it falls into."""
        return self in {Kind.NUMBER, Kind.DATE}

    @property
    def is_text(self) -> bool:
        return self in {Kind.SHORT_TEXT, Kind.LONG_TEXT}


# Our estimate of unhurried reading and answering.
SECONDS_TO_BEGIN = 20
SECONDS_TO_ANSWER = {
    Kind.RECOMMEND: 10,
    Kind.SCALE: 10,
    Kind.YES_NO: 8,
    Kind.SINGLE: 10,
    Kind.MULTIPLE: 15,
    Kind.SHORT_TEXT: 20,
    Kind.LONG_TEXT: 40,
    Kind.RANKING: 30,
    Kind.NUMBER: 10,
    Kind.DATE: 10,
    Kind.PLACE: 0,
}
SECONDS_A_ROW = 7
# Stands between the key of a question and what of it an item is about; no key holds a dot.
ITEM_MARK = "."
# The code of "other", and its item's part of the key.
OTHER = "other"


@dataclass(frozen=True)
class Option:
    code: str
    label: str


@dataclass(frozen=True)
class Question:
    """``key`` is stable across versions of a survey, so that waves can be compared.

    ``low`` and ``high`` are the ends of a scale; ``least`` and ``most`` the bounds of a number, or of a
    date as ordinals. A matrix has ``rows`` and either ``options`` as its columns or a scale.
    """

    key: str
    kind: Kind
    text: str
    help: str = ""
    required: bool = False
    behaviour: str = ""
    low: int = 0
    high: int = 0
    low_label: str = ""
    high_label: str = ""
    options: tuple[Option, ...] = ()
    driver: str = ""
    # Single and multiple choice: one more answer, in the respondent's own words.
    other: bool = False
    rows: tuple[Option, ...] = ()
    unit: str = ""
    least: int = 0
    most: int = 0
    condition: Condition | None = None
    # Of an item: the question it belongs to, and what of it this is about ("Row two").
    of: str = ""
    part: str = ""

    @property
    def codes(self) -> tuple[str, ...]:
        """Every answer that counts, in order; empty for texts, and for what is counted by its items."""
        if self.kind.is_numeric:
            return tuple(str(value) for value in range(self.low, self.high + 1))
        if self.kind is Kind.YES_NO:
            return ("yes", "no")
        if self.kind is Kind.MATRIX:
            return ()
        if self.kind.is_banded:
            return tuple(option.code for option in self.bands)
        codes = tuple(option.code for option in self.options)
        return (*codes, OTHER) if self.other else codes

    @cached_property
    def bands(self) -> tuple[Option, ...]:
        """What the answers of a number or date are counted by."""
        if self.kind is Kind.NUMBER:
            return tuple(Option(band.code, band.label) for band in number_bands(self.least, self.most))
        if self.kind is Kind.DATE:
            return tuple(Option(band.code, band.label) for band in date_bands(self.least, self.most))
        return ()

    @property
    def days(self) -> tuple[dt.date, dt.date]:
        """Of a date: the first and the last that can be answered."""
        return dt.date.fromordinal(self.least), dt.date.fromordinal(self.most)

    @property
    def items(self) -> tuple[Question, ...]:
        """What is counted, each by itself: the rows of a matrix, the options of a ranking, or the question.

        Where "other" may be written, the words are an item too. Items are named by ``item_key``.
        """
        if self.kind is Kind.MATRIX:
            kind = Kind.SINGLE if self.options else Kind.SCALE
            return tuple(self._item(row.code, kind, row.label) for row in self.rows)
        if self.kind is Kind.RANKING:
            return tuple(
                replace(self._item(option.code, Kind.PLACE, option.label), low=1, high=len(self.options))
                for option in self.options
            )
        if self.other:
            return (self, self._item(OTHER, Kind.SHORT_TEXT, ""))
        return (self,)

    @property
    def words(self) -> dict[str, str]:
        """By place what it says, in the order of reading; places without words are left out."""
        words = {
            "text": self.text,
            "help": self.help,
            "low_label": self.low_label,
            "high_label": self.high_label,
            "unit": self.unit,
            **{f"row.{row.code}": row.label for row in self.rows},
            **{f"option.{option.code}": option.label for option in self.options},
        }
        return {place: text for place, text in words.items() if text}

    def _item(self, code: str, kind: Kind, part: str) -> Question:
        return replace(
            self,
            key=item_key(self.key, code),
            kind=kind,
            help="",
            rows=(),
            options=self.options if kind is Kind.SINGLE else (),
            other=False,
            of=self.key,
            part=part,
        )


def item_key(question_key: str, code: str) -> str:
    """The key of one row of a matrix, one option of a ranking, or the words of "other"."""
    return f"{question_key}{ITEM_MARK}{code}"


@dataclass(frozen=True)
class Section:
    title: str
    intro: str
    questions: tuple[Question, ...]


# Words by place, see ``Questionnaire.in_language``.
Words = Mapping[str, str]


@dataclass(frozen=True)
class Questionnaire:
    """``translations`` are words by language and place; a place without words is read in ``language``.

    Places: ``title``, ``intro``, ``section.<number from 0>.title`` and ``.intro``, and of a question
    ``<key>.text``, ``.help``, ``.low_label``, ``.high_label``, ``.unit``, ``.option.<code>`` and
    ``.row.<code>``.
    """

    title: str
    intro: str
    version: int
    sections: tuple[Section, ...] = field(default_factory=tuple)
    language: str = ""
    translations: Mapping[str, Words] = field(default_factory=dict, hash=False)

    def questions(self) -> Iterator[Question]:
        for section in self.sections:
            yield from section.questions

    def question(self, key: str) -> Question:
        """The question with this key; KeyError where there is none."""
        for question in self.questions():
            if question.key == key:
                return question
        raise KeyError(key)

    def items(self) -> Iterator[Question]:
        """What is counted, in order: see ``Question.items``."""
        for question in self.questions():
            yield from question.items

    def item(self, key: str) -> Question:
        """The item with this key; KeyError where there is none."""
        for item in self.items():
            if item.key == key:
                return item
        raise KeyError(key)

    @property
    def languages(self) -> tuple[str, ...]:
        """The main one first."""
        return (self.language, *(code for code in self.translations if code != self.language))

    @property
    def words(self) -> dict[str, str]:
        """By place everything there is to translate."""
        words = {"title": self.title, "intro": self.intro}
        for number, section in enumerate(self.sections):
            words[f"section.{number}.title"] = section.title
            words[f"section.{number}.intro"] = section.intro
            for question in section.questions:
                words |= {f"{question.key}.{place}": text for place, text in question.words.items()}
        return {place: text for place, text in words.items() if text}

    @property
    def untranslated(self) -> list[tuple[Language, int]]:
        """Further languages that are not complete, with how many texts each lacks."""
        total = len(self.words)
        lacking = [(find(code), total - len(words)) for code, words in self.translations.items()]
        return [(language, number) for language, number in lacking if number > 0]

    def in_language(self, language: str) -> Questionnaire:
        """The same questions in other words, as far as they were translated."""
        words = self.translations.get(language)
        if not words:
            return self
        return replace(
            self,
            title=words.get("title") or self.title,
            intro=words.get("intro") or self.intro,
            language=language,
            sections=tuple(
                Section(
                    title=words.get(f"section.{number}.title") or section.title,
                    intro=words.get(f"section.{number}.intro") or section.intro,
                    questions=tuple(_translated(question, words) for question in section.questions),
                )
                for number, section in enumerate(self.sections)
            ),
        )

    @property
    def minutes(self) -> int:
        """About how long answering takes, rounded up."""
        seconds = SECONDS_TO_BEGIN + sum(_seconds(question) for question in self.questions())
        return -(-seconds // 60)

    def to_json(self) -> dict[str, Any]:
        """Without what says nothing, which most questions have much of."""
        data = asdict(self)
        for section in data["sections"]:
            section["questions"] = [
                {name: value for name, value in question.items() if value not in ("", None, (), False)}
                for question in section["questions"]
            ]
        return data

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> Questionnaire:
        """The inverse of ``to_json``."""
        return cls(
            title=data["title"],
            intro=data["intro"],
            version=data["version"],
            language=data.get("language", ""),
            translations=data.get("translations", {}),
            sections=tuple(
                Section(
                    title=section["title"],
                    intro=section["intro"],
                    questions=tuple(_question_from_json(question) for question in section["questions"]),
                )
                for section in data["sections"]
            ),
        )


def _seconds(question: Question) -> int:
    if question.kind is Kind.MATRIX:
        return SECONDS_A_ROW * len(question.rows)
    return SECONDS_TO_ANSWER[question.kind]


def _question_from_json(data: dict[str, Any]) -> Question:
    condition = data.get("condition")
    return Question(
        **{
            **data,
            "kind": Kind(data["kind"]),
            "options": tuple(Option(**option) for option in data.get("options", ())),
            "rows": tuple(Option(**row) for row in data.get("rows", ())),
            "condition": Condition.from_json(condition) if condition else None,
        }
    )


def _translated(question: Question, words: Words) -> Question:
    def said(place: str, before: str) -> str:
        return words.get(f"{question.key}.{place}") or before

    return replace(
        question,
        text=said("text", question.text),
        help=said("help", question.help),
        low_label=said("low_label", question.low_label),
        high_label=said("high_label", question.high_label),
        unit=said("unit", question.unit),
        options=tuple(Option(one.code, said(f"option.{one.code}", one.label)) for one in question.options),
        rows=tuple(Option(one.code, said(f"row.{one.code}", one.label)) for one in question.rows),
    )
