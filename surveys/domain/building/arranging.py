"""The order of a questionnaire: parts and questions move. Locks and versions as in ``editing``.

A move that would bring a question before one whose answer shows it is refused with ConditionBroken.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal, TypeVar

from common import audit
from people.models import Person
from surveys.domain.building.editing import keeping_conditions
from surveys.models import Question, Section, Survey

Row = TypeVar("Row", Section, Question)
Direction = Literal["up", "down"]
UP: Direction = "up"
DOWN: Direction = "down"


def move_section(section: Section, direction: Direction, *, by: Person | None) -> None:
    """One place up or down; at the end of the survey nothing happens."""
    with keeping_conditions(section.survey) as survey:
        sections = list(survey.sections.all())
        if _swap(sections, section, direction):
            Section.objects.bulk_update(_numbered(sections), ["position"])
            audit.record(
                by=by, action="survey.section_moved", obj=survey, section=section.pk, direction=direction
            )


def move_question(question: Question, direction: Direction, *, by: Person | None) -> None:
    """One place up or down; over the edge of a part it goes into the next one."""
    with keeping_conditions(question.section.survey) as survey:
        # Pressed twice at once, the first has moved it by now; or somebody took it out.
        found = Question.objects.filter(pk=question.pk).select_related("section").first()
        if found is not None and _move_question(survey, found, direction):
            audit.record(
                by=by, action="survey.question_moved", obj=survey, question=question.key, direction=direction
            )


def place_question(question: Question, *, section: Section, place: int, by: Person | None) -> None:
    """Into this part of the same survey, at this place counted from 1; beyond its end: last.

    Repeating it changes nothing.
    """
    with keeping_conditions(question.section.survey) as survey:
        there = list(section.questions.all())
        others = [one for one in there if one.pk != question.pk]
        wanted = [*others[: place - 1], question, *others[place - 1 :]]
        if wanted == there:
            return
        question.section = section
        Question.objects.bulk_update(_numbered(wanted), ["section", "position"])
        audit.record(by=by, action="survey.question_moved", obj=survey, question=question.key)


def _move_question(survey: Survey, question: Question, direction: Direction) -> bool:
    """False at either end of the survey."""
    siblings = list(question.section.questions.all())
    if _swap(siblings, question, direction):
        Question.objects.bulk_update(_numbered(siblings), ["position"])
        return True
    sections = list(survey.sections.all())
    neighbour = _beside(sections, question.section, direction)
    if neighbour is None:
        return False
    others = list(neighbour.questions.all())
    question.section = neighbour
    together = [*others, question] if direction == UP else [question, *others]
    Question.objects.bulk_update(_numbered(together), ["section", "position"])
    return True


def _beside(rows: Sequence[Row], row: Row, direction: Direction) -> Row | None:
    if row not in rows:
        return None
    place = rows.index(row) + (-1 if direction == UP else 1)
    return rows[place] if 0 <= place < len(rows) else None


def _swap(rows: list[Row], row: Row, direction: Direction) -> bool:
    """Exchange it with its neighbour in place; False where there is none."""
    neighbour = _beside(rows, row, direction)
    if neighbour is None:
        return False
    here, there = rows.index(row), rows.index(neighbour)
    rows[here], rows[there] = rows[there], rows[here]
    return True


def _numbered(rows: Sequence[Row]) -> Sequence[Row]:
    for position, row in enumerate(rows, start=1):
        row.position = position
    return rows
