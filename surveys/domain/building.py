"""What HR does to a questionnaire: parts and questions come, move, change and go.

Each function locks the survey, so that a launch freezes it either before or after a change, never in the
middle; and raises its version with the first change after a launch, so that results name what was asked.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any, Literal, TypeVar

from django.db import transaction
from django.db.models import Max
from django.utils.translation import gettext as _

from common import audit
from people.models import Person
from surveys.models import Question, Section, Survey

Row = TypeVar("Row", Section, Question)
Direction = Literal["up", "down"]
UP: Direction = "up"
DOWN: Direction = "down"

MOST_SECTIONS = 20
MOST_QUESTIONS = 60
MOST_OPTIONS = 30


class SurveyFull(Exception):
    """The survey has as many parts or questions as it may have."""


@contextmanager
def changing(survey: Survey) -> Iterator[Survey]:
    """The survey, locked, its version raised if a wave was launched with it. One transaction."""
    with transaction.atomic():
        locked = Survey.objects.select_for_update().get(pk=survey.pk)
        if locked.waves.filter(questionnaire_json__version=locked.version).exists():
            locked.version += 1
            locked.save(update_fields=["version"])
        yield locked


# --- Surveys ------------------------------------------------------------------------------------------------
def create_survey(*, title: str, intro: str, by: Person) -> Survey:
    """An empty survey with one part to put questions in."""
    with transaction.atomic():
        survey = Survey.objects.create(title=title, intro=intro, created_by=by)
        Section.objects.create(survey=survey, position=1, title=_("Questions"))
        audit.record(by=by, action="survey.created", obj=survey)
    return survey


def change_survey(survey: Survey, *, title: str, intro: str, by: Person | None) -> Survey:
    with changing(survey) as locked:
        locked.title, locked.intro = title, intro
        locked.save(update_fields=["title", "intro"])
        audit.record(by=by, action="survey.edited", obj=locked)
    return locked


def duplicate(survey: Survey, *, by: Person) -> Survey:
    """A copy with the same keys: what is asked in both can be compared, and counts as a shared question."""
    with transaction.atomic():
        copy = Survey.objects.create(
            title=_("%(title)s (copy)") % {"title": survey.title[:130]},
            intro=survey.intro,
            template_code=survey.template_code,
            created_by=by,
        )
        for section in survey.sections.prefetch_related("questions"):
            questions = list(section.questions.all())
            section.pk, section.survey = None, copy
            section.save(force_insert=True)
            for question in questions:
                question.pk, question.section = None, section
            Question.objects.bulk_create(questions)
        audit.record(by=by, action="survey.duplicated", obj=copy, original=survey.pk)
    return copy


def archive(survey: Survey, *, by: Person) -> None:
    """Put away: out of the list, its waves untouched. Repeating it changes nothing."""
    _set_archived(survey, archived=True, by=by)


def bring_back(survey: Survey, *, by: Person) -> None:
    _set_archived(survey, archived=False, by=by)


def _set_archived(survey: Survey, *, archived: bool, by: Person) -> None:
    with transaction.atomic():
        if Survey.objects.filter(pk=survey.pk, archived=not archived).update(archived=archived):
            action = "survey.archived" if archived else "survey.brought_back"
            audit.record(by=by, action=action, obj=survey)


# --- Parts --------------------------------------------------------------------------------------------------
def add_section(survey: Survey, *, title: str, intro: str, by: Person | None) -> Section:
    """At the end. Raises SurveyFull."""
    with changing(survey) as locked:
        if locked.sections.count() >= MOST_SECTIONS:
            raise SurveyFull(_("A survey has at most %(number)d parts.") % {"number": MOST_SECTIONS})
        last = locked.sections.aggregate(last=Max("position"))["last"] or 0
        section: Section = locked.sections.create(position=last + 1, title=title, intro=intro)
        audit.record(by=by, action="survey.section_added", obj=locked, section=section.pk)
    return section


def change_section(section: Section, *, title: str, intro: str, by: Person | None) -> Section:
    with changing(section.survey) as survey:
        section.title, section.intro = title, intro
        section.save(update_fields=["title", "intro"])
        audit.record(by=by, action="survey.section_edited", obj=survey, section=section.pk)
    return section


def delete_section(section: Section, *, by: Person | None) -> None:
    """With its questions."""
    with changing(section.survey) as survey:
        audit.record(by=by, action="survey.section_removed", obj=survey, section=section.pk)
        section.delete()


def move_section(section: Section, direction: Direction, *, by: Person | None) -> None:
    """One place up or down; at the end of the survey nothing happens."""
    with changing(section.survey) as survey:
        sections = list(survey.sections.all())
        if _swap(sections, section, direction):
            Section.objects.bulk_update(_numbered(sections), ["position"])
            audit.record(
                by=by, action="survey.section_moved", obj=survey, section=section.pk, direction=direction
            )


# --- Questions ----------------------------------------------------------------------------------------------
def add_question(section: Section, question: Question, *, by: Person | None) -> Question:
    """At the end of the part, with a key of its own. Raises SurveyFull."""
    with changing(section.survey) as survey:
        if Question.objects.filter(section__survey=survey).count() >= MOST_QUESTIONS:
            raise SurveyFull(_("A survey has at most %(number)d questions.") % {"number": MOST_QUESTIONS})
        last = section.questions.aggregate(last=Max("position"))["last"] or 0
        question.section, question.position, question.key = section, last + 1, new_key()
        question.save(force_insert=True)
        audit.record(
            by=by, action="survey.question_added", obj=survey, question=question.key, kind=question.kind
        )
    return question


def change_question(question: Question, *, by: Person | None) -> Question:
    """Save what a form set on it. A question of another kind is another question and gets a new key."""
    with changing(question.section.survey) as survey:
        if _answers_of(Question.objects.get(pk=question.pk)) != _answers_of(question):
            question.key = new_key()
        question.save(update_fields=[*_CHANGEABLE, "key"])
        audit.record(by=by, action="survey.question_edited", obj=survey, question=question.key)
    return question


_CHANGEABLE = (
    "text",
    "help",
    "required",
    "behaviour",
    "driver",
    "low",
    "high",
    "low_label",
    "high_label",
    "options",
    "rows",
    "other",
    "unit",
    "least",
    "most",
    "earliest",
    "latest",
    "condition",
    "translations",
)


def _answers_of(question: Question) -> tuple[str, tuple[int, int] | None]:
    """What must stay for its results to be comparable. Options carry codes of their own."""
    is_scale = question.kind == Question.Kind.SCALE
    return question.kind, (question.low, question.high) if is_scale else None


def delete_question(question: Question, *, by: Person | None) -> None:
    with changing(question.section.survey) as survey:
        audit.record(by=by, action="survey.question_removed", obj=survey, question=question.key)
        question.delete()


def move_question(question: Question, direction: Direction, *, by: Person | None) -> None:
    """One place up or down; over the edge of a part it goes into the next one."""
    with changing(question.section.survey) as survey:
        if _move_question(survey, question, direction):
            audit.record(
                by=by, action="survey.question_moved", obj=survey, question=question.key, direction=direction
            )


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


def new_key() -> str:
    return f"q{secrets.token_hex(6)}"


# --- Options ------------------------------------------------------------------------------------------------
def code_options(labels: Sequence[str], known: Sequence[dict[str, Any]]) -> list[dict[str, str]]:
    """Codes for these labels: a label that was there keeps its code, and so does one reworded in its place.

    A code is never used again for something else: waves are compared by it.
    """
    by_label = {option["label"]: option["code"] for option in known}
    kept = {by_label[label] for label in labels if label in by_label}
    coded = []
    for place, label in enumerate(labels):
        code = by_label.get(label)
        if code is None and place < len(known) and known[place]["code"] not in kept:
            code = known[place]["code"]
        coded.append({"code": code or f"o{secrets.token_hex(4)}", "label": label})
    return coded
