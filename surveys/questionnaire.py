"""The questionnaire as a wave freezes it: plain values, written to and read from JSON.

Everything after launch (answering, sealing, closing, reporting) works on this and never on the survey's
rows, so that editing a survey changes no running wave.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from enum import StrEnum
from typing import Any


class Kind(StrEnum):
    """Kinds of question; the values are stored."""

    RECOMMEND = "recommend"  # 0-10
    SCALE = "scale"  # whole numbers between two chosen ends
    YES_NO = "yes_no"
    SINGLE = "single"
    MULTIPLE = "multiple"
    SHORT_TEXT = "short_text"
    LONG_TEXT = "long_text"

    @property
    def is_numeric(self) -> bool:
        return self in {Kind.RECOMMEND, Kind.SCALE}

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
}


@dataclass(frozen=True)
class Option:
    code: str
    label: str


@dataclass(frozen=True)
class Question:
    """``key`` is stable across versions of a survey, so that waves can be compared."""

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

    @property
    def codes(self) -> tuple[str, ...]:
        """Every answer that counts, in order; empty for texts."""
        if self.kind.is_numeric:
            return tuple(str(value) for value in range(self.low, self.high + 1))
        if self.kind is Kind.YES_NO:
            return ("yes", "no")
        return tuple(option.code for option in self.options)


@dataclass(frozen=True)
class Section:
    title: str
    intro: str
    questions: tuple[Question, ...]


@dataclass(frozen=True)
class Questionnaire:
    title: str
    intro: str
    version: int
    sections: tuple[Section, ...] = field(default_factory=tuple)

    def questions(self) -> Iterator[Question]:
        for section in self.sections:
            yield from section.questions

    def question(self, key: str) -> Question:
        """The question with this key; KeyError where there is none."""
        for question in self.questions():
            if question.key == key:
                return question
        raise KeyError(key)

    @property
    def minutes(self) -> int:
        """About how long answering takes, rounded up."""
        seconds = SECONDS_TO_BEGIN + sum(SECONDS_TO_ANSWER[question.kind] for question in self.questions())
        return -(-seconds // 60)

    def to_json(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> Questionnaire:
        """The inverse of ``to_json``."""
        return cls(
            title=data["title"],
            intro=data["intro"],
            version=data["version"],
            sections=tuple(
                Section(
                    title=section["title"],
                    intro=section["intro"],
                    questions=tuple(
                        Question(
                            **{
                                **question,
                                "kind": Kind(question["kind"]),
                                "options": tuple(Option(**o) for o in question["options"]),
                            }
                        )
                        for question in section["questions"]
                    ),
                )
                for section in data["sections"]
            ),
        )
