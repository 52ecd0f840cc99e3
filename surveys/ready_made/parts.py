"""What ready-made surveys are made of, and the scales they share: both ends named, the middle left open."""

from __future__ import annotations

from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from surveys.conditions import Condition, Rule, Test
from surveys.questionnaire import Kind

Words = str | Promise


@dataclass(frozen=True)
class ReadyMadeQuestion:
    """``behaviour`` is a behaviour's code; ``options`` are (code, label); ``condition`` looks at keys."""

    key: str
    kind: Kind
    text: Words
    help: Words = ""
    required: bool = False
    behaviour: str = ""
    low: int = 1
    high: int = 5
    low_label: Words = ""
    high_label: Words = ""
    options: tuple[tuple[str, Words], ...] = ()
    other: bool = False
    condition: Condition | None = None


@dataclass(frozen=True)
class ReadyMadeSection:
    title: Words
    intro: Words
    questions: tuple[ReadyMadeQuestion, ...]


@dataclass(frozen=True)
class ReadyMade:
    """``about``: whom its waves are about, as in ``Wave.About``."""

    code: str
    title: Words
    summary: Words
    intro: Words
    sections: tuple[ReadyMadeSection, ...]
    about: str = ""

    @property
    def question_count(self) -> int:
        return sum(len(section.questions) for section in self.sections)


def agree(key: str, text: Words, behaviour: str = "", *, required: bool = False) -> ReadyMadeQuestion:
    return ReadyMadeQuestion(
        key=key,
        kind=Kind.SCALE,
        text=text,
        required=required,
        behaviour=behaviour,
        low_label=_("not at all true"),
        high_label=_("entirely true"),
    )


def how_often(key: str, text: Words, behaviour: str = "") -> ReadyMadeQuestion:
    return ReadyMadeQuestion(
        key=key,
        kind=Kind.SCALE,
        text=text,
        behaviour=behaviour,
        low_label=_("hardly ever"),
        high_label=_("nearly always"),
    )


def satisfied(key: str, text: Words) -> ReadyMadeQuestion:
    return ReadyMadeQuestion(
        key=key,
        kind=Kind.SCALE,
        text=text,
        required=True,
        low_label=_("very dissatisfied"),
        high_label=_("very satisfied"),
    )


def effort(key: str, text: Words) -> ReadyMadeQuestion:
    return ReadyMadeQuestion(
        key=key, kind=Kind.SCALE, text=text, high=7, low_label=_("very hard"), high_label=_("very easy")
    )


def recommend(key: str, text: Words) -> ReadyMadeQuestion:
    return ReadyMadeQuestion(
        key=key,
        kind=Kind.RECOMMEND,
        text=text,
        required=True,
        low=0,
        high=10,
        low_label=_("surely not"),
        high_label=_("surely"),
    )


def in_words(key: str, text: Words, condition: Condition | None = None) -> ReadyMadeQuestion:
    return ReadyMadeQuestion(key=key, kind=Kind.LONG_TEXT, text=text, condition=condition)


def if_answered(key: str, value: str) -> Condition:
    """Shown when this answer was given."""
    return Condition(every=True, rules=(Rule(key, Test.IS, value),))
