"""Answers of a wave by name, arranged by its questionnaire. Anonymous waves have none of this."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from surveys.domain.reporting import label_of
from surveys.models import Response, Wave
from surveys.questionnaire import Question, Questionnaire

_AT_ONCE = 500


@dataclass(frozen=True)
class NamedAnswer:
    question: Question
    options: tuple[str, ...]
    text: str

    @property
    def labels(self) -> list[str]:
        return [label_of(self.question, code) for code in self.options]

    @property
    def exact(self) -> str:
        """As sent: numbers as numbers, choices by their labels."""
        if self.question.kind.is_text:
            return self.text
        return "; ".join(self.options if self.question.kind.is_numeric else self.labels)


@dataclass(frozen=True)
class NamedResponse:
    """One answer sheet with who sent it; its answers are prefetched."""

    response: Response
    questionnaire: Questionnaire

    @property
    def who(self) -> str:
        invitation = self.response.invitation
        return str(invitation.person or invitation.contact or _("Somebody who has left"))

    @property
    def where(self) -> str:
        contact = self.response.invitation.contact
        return contact.organisation.name if contact else ""

    @cached_property
    def answers(self) -> list[NamedAnswer]:
        """Every question, unanswered ones with nothing."""
        options: dict[str, list[str]] = {}
        texts: dict[str, str] = {}
        for answer in self.response.answers.all():
            if answer.option:
                options.setdefault(answer.question_key, []).append(answer.option)
            if answer.text:
                texts[answer.question_key] = answer.text
        return [
            NamedAnswer(
                question,
                tuple(code for code in question.codes if code in options.get(question.key, ())),
                texts.get(question.key, ""),
            )
            for question in self.questionnaire.items()
        ]

    @property
    def scores(self) -> list[NamedAnswer]:
        """The first numeric answers, for the line in a list."""
        return [one for one in self.answers if one.question.kind.is_numeric and one.options][:2]


def answers_header(wave: Wave) -> tuple[str, ...]:
    return (
        pgettext("in a file", "name"),
        pgettext("in a file", "organisation"),
        pgettext("in a file", "sent at"),
        *(question.text for question in wave.questionnaire.items()),
    )


def answers_rows(wave: Wave) -> Iterator[tuple[str, ...]]:
    """One row an answer sheet, oldest first."""
    responses = Response.objects.with_respondent().filter(wave=wave).order_by("submitted_at", "pk")
    for response in responses.iterator(chunk_size=_AT_ONCE):
        sheet = NamedResponse(response, wave.questionnaire)
        sent = timezone.localtime(response.submitted_at).isoformat(timespec="seconds")
        yield (sheet.who, sheet.where, sent, *(answer.exact for answer in sheet.answers))
