"""A survey as whoever builds it reads it: numbered through all parts, each condition in words."""

from __future__ import annotations

from dataclasses import dataclass

from surveys.domain.building import conditioning
from surveys.models import Question, Section, Survey
from surveys.questionnaire import Questionnaire


@dataclass(frozen=True)
class OutlinedQuestion:
    row: Question
    number: int
    condition: str


@dataclass(frozen=True)
class OutlinedPart:
    section: Section
    number: int
    questions: tuple[OutlinedQuestion, ...]


def parts_of(survey: Survey, questionnaire: Questionnaire) -> list[OutlinedPart]:
    """Every part, those without a question too. ``questionnaire`` is the survey as it stands now."""
    conditions = {
        question.key: conditioning.in_words(question.condition, questionnaire)
        for question in questionnaire.questions()
        if question.condition
    }
    parts, number = [], 0
    rows = survey.sections.prefetch_related("questions__behaviour")
    for place, section in enumerate(rows, start=1):
        questions = []
        for row in section.questions.all():
            number += 1
            questions.append(OutlinedQuestion(row, number, conditions.get(row.key, "")))
        parts.append(OutlinedPart(section, place, tuple(questions)))
    return parts
