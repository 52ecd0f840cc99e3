"""A survey out of the portal and into it again: our own format, described in docs/survey-format.md.

``packed`` writes what ``unpacking`` reads; what went out comes in as it was.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.db import transaction

from common import audit
from customers.models import Behaviour
from people.models import Person, Team
from surveys import questionnaire
from surveys.conditions import Condition
from surveys.domain.building.translating import remembering
from surveys.models import Question, Section, Survey
from surveys.questionnaire import Kind, Questionnaire

FORMAT = "culture-portal-survey"
FORMAT_VERSION = 1
MATCH_ALL, MATCH_ANY = "all", "any"


# --- Out ----------------------------------------------------------------------------------------------------
def packed(asked: Questionnaire) -> dict[str, Any]:
    """As JSON; what says nothing is left out."""
    return {
        "format": FORMAT,
        "format_version": FORMAT_VERSION,
        "title": asked.title,
        "intro": asked.intro,
        "language": asked.language,
        "parts": [
            {
                "title": section.title,
                "intro": section.intro,
                "questions": [_packed_question(question) for question in section.questions],
            }
            for section in asked.sections
        ],
        "translations": {language: dict(words) for language, words in asked.translations.items()},
    }


def _packed_question(question: questionnaire.Question) -> dict[str, Any]:
    data: dict[str, Any] = {
        "key": question.key,
        "kind": question.kind.value,
        "text": question.text,
        "help": question.help,
        "required": question.required,
        "behaviour": question.behaviour,
        "driver": question.driver,
        "low_label": question.low_label,
        "high_label": question.high_label,
        "options": [{"code": one.code, "label": one.label} for one in question.options],
        "rows": [{"code": one.code, "label": one.label} for one in question.rows],
        "other": question.other,
        "unit": question.unit,
        "shown_when": _packed_condition(question.condition) if question.condition else None,
    }
    data = {name: value for name, value in data.items() if value not in ("", None, [], False)}
    if question.high > question.low and question.kind is not Kind.RECOMMEND:
        data |= {"low": question.low, "high": question.high}
    if question.kind is Kind.NUMBER:
        data |= {"least": question.least, "most": question.most}
    if question.kind is Kind.DATE and question.least:
        first, last = question.days
        data |= {"earliest": first.isoformat(), "latest": last.isoformat()}
    return data


def _packed_condition(condition: Condition) -> dict[str, Any]:
    return {
        "match": MATCH_ALL if condition.every else MATCH_ANY,
        "rules": [
            {"item": rule.key, "test": rule.test.value, "value": rule.value} for rule in condition.rules
        ],
    }


# --- In -----------------------------------------------------------------------------------------------------
def take_in(asked: Questionnaire, *, by: Person, team: Team | None = None) -> Survey:
    """A survey of a file that was read and found good."""
    with transaction.atomic():
        survey = _build(asked, by=by, team=team)
        audit.record(by=by, action="survey.taken_in", obj=survey)
    return survey


def start_again(survey: Survey, asked: Questionnaire, *, by: Person) -> Survey:
    """Another survey that begins with an earlier version of this one, and compares with it."""
    with transaction.atomic():
        again = _build(asked, by=by, team=survey.team, template_code=survey.template_code)
        audit.record(
            by=by, action="survey.started_again", obj=again, original=survey.pk, number=asked.version
        )
    return again


def _build(asked: Questionnaire, *, by: Person, team: Team | None, template_code: str = "") -> Survey:
    """Rows of the same questions; behaviours there are none of any more are left out."""
    behaviours = dict(Behaviour.objects.values_list("code", "pk"))
    originals = {"title": asked.title, "intro": asked.intro}
    survey = Survey.objects.create(
        title=asked.title,
        intro=asked.intro,
        team=team,
        language=asked.language or "en",
        languages=list(asked.translations),
        translations=_translations(asked, "", originals),
        template_code=template_code,
        created_by=by,
    )
    for number, part in enumerate(asked.sections):
        section = Section.objects.create(
            survey=survey,
            position=number + 1,
            title=part.title,
            intro=part.intro,
            translations=_translations(
                asked, f"section.{number}.", {"title": part.title, "intro": part.intro}
            ),
        )
        Question.objects.bulk_create(
            _row(asked, section, position, question, behaviours)
            for position, question in enumerate(part.questions, start=1)
        )
    return survey


def _translations(
    asked: Questionnaire, before: str, originals: Mapping[str, str]
) -> dict[str, dict[str, str]]:
    """By language the words of one row; ``before`` stands before the names of its places."""
    return {
        language: remembering({field: words.get(before + field, "") for field in originals}, originals)
        for language, words in asked.translations.items()
    }


def _row(
    asked: Questionnaire,
    section: Section,
    position: int,
    question: questionnaire.Question,
    behaviours: Mapping[str, int],
) -> Question:
    row = Question(
        section=section,
        position=position,
        key=question.key,
        kind=question.kind.value,
        text=question.text,
        help=question.help,
        required=question.required,
        behaviour_id=behaviours.get(question.behaviour),
        driver=question.driver,
        low_label=question.low_label,
        high_label=question.high_label,
        options=[{"code": one.code, "label": one.label} for one in question.options],
        rows=[{"code": one.code, "label": one.label} for one in question.rows],
        other=question.other,
        unit=question.unit,
        condition=question.condition.to_json() if question.condition else None,
        translations=_translations(asked, f"{question.key}.", question.words),
    )
    if question.high > question.low:
        row.low, row.high = question.low, question.high
    if question.kind is Kind.NUMBER and question.most > question.least:
        row.least, row.most = question.least, question.most
    if question.kind is Kind.DATE and question.least:
        row.earliest, row.latest = question.days
    return row
