"""Answers of a wave by name, arranged by its questionnaire. Anonymous waves have none of this."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

from django.utils import timezone
from django.utils.translation import pgettext

from surveys import piping
from surveys.domain.results.labelling import exact_words, label_of, name_of
from surveys.models import Response, Wave
from surveys.models.answer import TAKEN_OUT
from surveys.questionnaire import OTHER, Kind, Question, Questionnaire

_AT_ONCE = 500


@dataclass(frozen=True)
class NamedAnswer:
    """What was answered to one item; ``text`` of a number or a day is what was typed."""

    item: Question
    options: tuple[str, ...]
    text: str

    @property
    def labels(self) -> list[str]:
        return [label_of(self.item, code) for code in self.options]

    @property
    def given(self) -> bool:
        return bool(self.options or self.text)

    @property
    def words(self) -> str:
        """As people read it: numbers with their unit, days in the reader's language, choices by labels."""
        if self.item.kind.is_text:
            return self.text
        # Once the name was taken out, of a day only its band is left.
        if self.item.kind.is_banded and self.text and self.text != TAKEN_OUT:
            return exact_words(self.item, self.text)
        return ", ".join(self.labels)

    @property
    def exact(self) -> str:
        """As sent: numbers as numbers, days as ISO days, choices by their labels."""
        if self.item.kind.is_text:
            return self.text
        if self.item.kind.is_banded and self.text and self.text != TAKEN_OUT:
            return self.text
        return "; ".join(self.options if self.item.kind.is_numeric else self.labels)


@dataclass(frozen=True)
class NamedQuestion:
    """One question of the sheet with all that was answered to it; ``text`` as they read it."""

    question: Question
    text: str
    answers: tuple[NamedAnswer, ...]

    @property
    def given(self) -> bool:
        return any(answer.given for answer in self.answers)

    @property
    def is_text(self) -> bool:
        return self.question.kind.is_text

    @property
    def rows(self) -> tuple[NamedAnswer, ...]:
        """Of a matrix, in its order."""
        return self.answers if self.question.kind is Kind.MATRIX else ()

    @property
    def order(self) -> list[str]:
        """Of a ranking: its options, the first one first."""
        if self.question.kind is not Kind.RANKING:
            return []
        placed = [(int(answer.options[0]), answer.item.part) for answer in self.answers if answer.options]
        return [part for _place, part in sorted(placed)]

    @property
    def words(self) -> str:
        """In one line, where it is neither a matrix nor a ranking."""
        return ", ".join(self.chosen)

    @property
    def chosen(self) -> list[str]:
        """Each answer by itself; "other" with the words that were written to it."""
        first, *in_own_words = self.answers
        if first.item.kind.is_text or first.item.kind.is_banded:
            return [first.words]
        said = in_own_words[0].words if in_own_words else ""
        codes = zip(first.options, first.labels, strict=True)
        return [f"{label}: {said}" if code == OTHER and said else label for code, label in codes]


@dataclass(frozen=True)
class NamedResponse:
    """One answer sheet with who sent it; its answers are prefetched."""

    response: Response
    questionnaire: Questionnaire

    @property
    def who(self) -> str:
        return self.response.invitation.who

    @property
    def where(self) -> str:
        return self.response.invitation.where

    @property
    def about(self) -> str:
        """Whom they were asked about, where the wave is about somebody."""
        return str(self.response.invitation.subject or "")

    @cached_property
    def _given(self) -> tuple[dict[str, list[str]], dict[str, str]]:
        options: dict[str, list[str]] = {}
        texts: dict[str, str] = {}
        for answer in self.response.answers.all():
            if answer.option:
                options.setdefault(answer.question_key, []).append(answer.option)
            if answer.text:
                texts[answer.question_key] = answer.text
        return options, texts

    @cached_property
    def answers(self) -> list[NamedAnswer]:
        """Every item, unanswered ones with nothing."""
        options, texts = self._given
        return [
            NamedAnswer(
                item,
                tuple(code for code in item.codes if code in options.get(item.key, ())),
                texts.get(item.key, ""),
            )
            for item in self.questionnaire.items()
        ]

    @cached_property
    def questions(self) -> list[NamedQuestion]:
        """Every question, with earlier answers in its text as they read it there."""
        of = {answer.item.key: answer for answer in self.answers}
        return [
            NamedQuestion(question, self.fill(question.text), tuple(of[item.key] for item in question.items))
            for question in self.questionnaire.questions()
        ]

    @cached_property
    def words(self) -> dict[str, str]:
        """By key what they answered, for texts that quote it."""
        return piping.words_of(self.questionnaire, *self._given, self.about)

    def fill(self, text: str) -> str:
        return piping.fill(text, self.words)

    def name_of(self, answer: NamedAnswer) -> str:
        return self.fill(name_of(answer.item))

    @property
    def scores(self) -> list[tuple[str, str]]:
        """The first scores by what they are of, for the line in a list."""
        found = [one for one in self.answers if one.item.kind.is_score and one.options]
        return [(self.name_of(one), one.exact) for one in found[:2]]


def answers_header(wave: Wave) -> tuple[str, ...]:
    return (
        pgettext("in a file", "name"),
        pgettext("in a file", "organisation"),
        pgettext("in a file", "sent at"),
        *([pgettext("in a file", "about")] if wave.about else []),
        *(piping.fill(name_of(item), {}) for item in wave.questionnaire.items()),
    )


def answers_rows(wave: Wave) -> Iterator[tuple[str, ...]]:
    """One row an answer sheet, oldest first."""
    responses = Response.objects.with_respondent().filter(wave=wave).order_by("submitted_at", "pk")
    for response in responses.iterator(chunk_size=_AT_ONCE):
        sheet = NamedResponse(response, wave.questionnaire)
        sent = timezone.localtime(response.submitted_at).isoformat(timespec="seconds")
        about = [sheet.about] if wave.about else []
        yield (sheet.who, sheet.where, sent, *about, *(answer.exact for answer in sheet.answers))
