"""What is done to a questionnaire: parts and questions come, change and go. Their order is ``arranging``.

Each function locks the survey, so that a launch freezes it either before or after a change, never in the
middle; and raises its version with the first change after a launch, so that results name what was asked.
"""

from __future__ import annotations

import datetime as dt
import secrets
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

from django.db import transaction
from django.db.models import Max
from django.utils.translation import gettext as _

from common import audit
from people.models import Person, Team
from surveys.conditions import Condition
from surveys.domain.building import conditioning
from surveys.domain.building.freezing_questions import freeze_questionnaire
from surveys.models import Question, Section, Survey
from surveys.questionnaire import Questionnaire

MOST_SECTIONS = 20
MOST_QUESTIONS = 60
MOST_OPTIONS = 30
MOST_RANKED = 10
MOST_ROWS = 15
MOST_COLUMNS = 7
FEWEST_OPTIONS = 2
# Of an answer or a row.
LABEL_LENGTH = 120
LARGEST_NUMBER = 1_000_000_000
FIRST_DAY, LAST_DAY = dt.date(1900, 1, 1), dt.date(2200, 12, 31)


class SurveyFull(Exception):
    """The survey has as many parts or questions as it may have."""


class ConditionBroken(Exception):
    """A condition would look at an answer that is not given before it; the words name the questions."""


@contextmanager
def changing(survey: Survey) -> Iterator[Survey]:
    """The survey, locked, its version raised if a wave was launched with it. One transaction."""
    with transaction.atomic():
        locked = Survey.objects.select_for_update().get(pk=survey.pk)
        if locked.waves.filter(questionnaire_json__version=locked.version).exists():
            locked.version += 1
            locked.save(update_fields=["version"])
        yield locked


@contextmanager
def keeping_conditions(survey: Survey) -> Iterator[Survey]:
    """As ``changing``, but undone where it breaks a condition that held together. Raises ConditionBroken."""
    with changing(survey) as locked:
        before = freeze_questionnaire(locked)
        yield locked
        if words := conditioning.what_broke(before, freeze_questionnaire(locked)):
            raise ConditionBroken(words)


def own_team(person: Person) -> Team | None:
    """Of a survey begun without choosing: HR's is no team's, a lead's belongs to the team they lead."""
    return None if person.is_hr else person.teams_led.order_by("pk").first()


# --- Surveys ------------------------------------------------------------------------------------------------
def create_survey(
    *, title: str, intro: str, language: str = "en", team: Team | None = None, by: Person
) -> Survey:
    """An empty survey with one part to put questions in."""
    with transaction.atomic():
        survey = Survey.objects.create(title=title, intro=intro, language=language, team=team, created_by=by)
        Section.objects.create(survey=survey, position=1, title=_("Questions"))
        audit.record(by=by, action="survey.created", obj=survey)
    return survey


def change_survey(survey: Survey, *, title: str, intro: str, language: str = "", by: Person | None) -> Survey:
    """``language``: what the words are written in, empty: as before. It cannot be a further one too."""
    with changing(survey) as locked:
        locked.title, locked.intro, locked.language = title, intro, language or locked.language
        locked.languages = [code for code in locked.languages if code != locked.language]
        locked.save(update_fields=["title", "intro", "language", "languages"])
        audit.record(by=by, action="survey.edited", obj=locked)
    return locked


def duplicate(survey: Survey, *, by: Person) -> Survey:
    """A copy with the same keys: what is asked in both can be compared, and counts as a shared question."""
    with transaction.atomic():
        copy = Survey.objects.create(
            title=_("%(title)s (copy)") % {"title": survey.title[:130]},
            intro=survey.intro,
            language=survey.language,
            languages=survey.languages,
            translations=survey.translations,
            team=survey.team,
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
        refuse_more_sections(locked)
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
    """With its questions. Raises ConditionBroken."""
    with keeping_conditions(section.survey) as survey:
        audit.record(by=by, action="survey.section_removed", obj=survey, section=section.pk)
        section.delete()


def refuse_more_sections(survey: Survey) -> None:
    if survey.sections.count() >= MOST_SECTIONS:
        raise SurveyFull(_("A survey has at most %(number)d parts.") % {"number": MOST_SECTIONS})


# --- Questions ----------------------------------------------------------------------------------------------
def add_question(section: Section, question: Question, *, by: Person | None) -> Question:
    """At the end of the part, with a key of its own. Raises SurveyFull."""
    with changing(section.survey) as survey:
        refuse_more_questions(survey, 1)
        last = section.questions.aggregate(last=Max("position"))["last"] or 0
        question.section, question.position, question.key = section, last + 1, new_key()
        question.save(force_insert=True)
        audit.record(
            by=by, action="survey.question_added", obj=survey, question=question.key, kind=question.kind
        )
    return question


def refuse_more_questions(survey: Survey, more: int) -> None:
    if Question.objects.filter(section__survey=survey).count() + more > MOST_QUESTIONS:
        raise SurveyFull(_("A survey has at most %(number)d questions.") % {"number": MOST_QUESTIONS})


def change_question(question: Question, *, by: Person | None) -> Question:
    """Save what a form set on it. Raises ConditionBroken.

    Where its answers mean something else afterwards it is another question and gets a new key.
    """
    with keeping_conditions(question.section.survey) as survey:
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
)


def _answers_of(question: Question) -> tuple[object, ...]:
    """What must stay for its results to be comparable. Options and rows carry codes of their own."""
    ends = (question.low, question.high)
    match question.kind:
        case Question.Kind.SCALE:
            return ends
        case Question.Kind.MATRIX:
            return () if question.options else ends
        case Question.Kind.RANKING:
            # The third place of three is another one than of five.
            return tuple(sorted(option["code"] for option in question.options))
        case Question.Kind.NUMBER:
            return question.least, question.most
        case Question.Kind.DATE:
            return question.earliest, question.latest
        case _:
            return ()


def set_condition(question: Question, condition: Condition | None, *, by: Person | None) -> None:
    """Show it only when the condition holds; None: always. Repeating it changes nothing.

    Raises ConditionBroken.
    """
    stored = Question.objects.get(pk=question.pk).condition
    if condition == (Condition.from_json(stored) if stored else None):
        return
    with changing(question.section.survey) as survey:
        _refuse_broken(freeze_questionnaire(survey), question.key, condition)
        question.condition = condition.to_json() if condition else None
        question.save(update_fields=["condition"])
        audit.record(by=by, action="survey.question_edited", obj=survey, question=question.key)


def _refuse_broken(questionnaire: Questionnaire, key: str, condition: Condition | None) -> None:
    """Judge this condition alone: others are none of its business."""
    tried = replace(
        questionnaire,
        sections=tuple(
            replace(
                section,
                questions=tuple(
                    replace(one, condition=condition if one.key == key else None) for one in section.questions
                ),
            )
            for section in questionnaire.sections
        ),
    )
    broken = list(conditioning.faults(tried))
    if broken:
        raise ConditionBroken(conditioning.refusal(broken, conditioning.names_of(tried)))


def delete_question(question: Question, *, by: Person | None) -> None:
    """Raises ConditionBroken."""
    with keeping_conditions(question.section.survey) as survey:
        audit.record(by=by, action="survey.question_removed", obj=survey, question=question.key)
        question.delete()


def new_key() -> str:
    return f"q{secrets.token_hex(6)}"


# --- Options ------------------------------------------------------------------------------------------------
def code_options(
    labels: Sequence[str], known: Sequence[dict[str, Any]], letter: str = "o"
) -> list[dict[str, str]]:
    """Codes for these labels: a label that was there keeps its code, and so does one reworded in its place.

    A code is never used again for something else: waves are compared by it. New ones begin with ``letter``.
    """
    by_label = {option["label"]: option["code"] for option in known}
    kept = {by_label[label] for label in labels if label in by_label}
    coded = []
    for place, label in enumerate(labels):
        code = by_label.get(label)
        if code is None and place < len(known) and known[place]["code"] not in kept:
            code = known[place]["code"]
        coded.append({"code": code or f"{letter}{secrets.token_hex(4)}", "label": label})
    return coded
