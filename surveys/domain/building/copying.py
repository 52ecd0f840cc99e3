"""Parts and questions doubled. Locks, versions and limits as in ``editing``."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from django.db.models import F
from django.utils.translation import gettext as _

from common import audit
from people.models import Person
from surveys.domain.building.editing import changing, new_key, refuse_more_questions, refuse_more_sections
from surveys.domain.building.freezing_questions import MEMORY
from surveys.domain.building.translating import digest
from surveys.models import Question, Section
from surveys.questionnaire import ITEM_MARK

_PIPED = re.compile(r"(\[\[\s*)([\w-]+)")


def duplicate_question(question: Question, *, by: Person | None) -> Question:
    """A copy right below with a key of its own, shown on the same condition. Raises SurveyFull."""
    with changing(question.section.survey) as survey:
        refuse_more_questions(survey, 1)
        copy = Question.objects.select_related("section__survey").get(pk=question.pk)
        later = copy.section.questions.filter(position__gt=copy.position)
        later.update(position=F("position") + 1)
        copy.pk, copy.key, copy.position = None, new_key(), copy.position + 1
        copy.save(force_insert=True)
        audit.record(by=by, action="survey.question_added", obj=survey, question=copy.key, kind=copy.kind)
    return copy


def duplicate_section(section: Section, *, by: Person | None) -> Section:
    """A copy right below, whose questions have keys of their own. Raises SurveyFull.

    What looks at a question of the part (a condition, an answer put into a text) looks at its copy there.
    """
    with changing(section.survey) as survey:
        questions = list(section.questions.all())
        refuse_more_sections(survey)
        refuse_more_questions(survey, len(questions))
        survey.sections.filter(position__gt=section.position).update(position=F("position") + 1)
        copy = Section.objects.get(pk=section.pk)
        copy.pk, copy.position = None, copy.position + 1
        copy.title = _("%(title)s (copy)") % {"title": copy.title[:130]}
        # Translated titles would say nothing of the copy.
        copy.translations = {
            language: {place: text for place, text in words.items() if place != "title"}
            for language, words in copy.translations.items()
        }
        copy.save(force_insert=True)
        keys = {question.key: new_key() for question in questions}
        Question.objects.bulk_create(_copy(question, copy, keys) for question in questions)
        audit.record(by=by, action="survey.section_added", obj=survey, section=copy.pk)
    return copy


def _copy(question: Question, section: Section, keys: Mapping[str, str]) -> Question:
    question.pk, question.section, question.key = None, section, keys[question.key]
    # What translations were made from, if it is what stands there now.
    memories = {digest(before): digest(_piped(before, keys)) for before in (question.text, question.help)}
    question.text, question.help = _piped(question.text, keys), _piped(question.help, keys)
    question.translations = {
        language: {
            place: memories.get(text, text) if place.startswith(MEMORY) else _piped(text, keys)
            for place, text in words.items()
        }
        for language, words in question.translations.items()
    }
    if question.condition:
        rules = [{**rule, "key": _renamed(rule["key"], keys)} for rule in question.condition["rules"]]
        question.condition = {**question.condition, "rules": rules}
    return question


def _renamed(item: str, keys: Mapping[str, str]) -> str:
    key, mark, code = item.partition(ITEM_MARK)
    return f"{keys.get(key, key)}{mark}{code}"


def _piped(text: Any, keys: Mapping[str, str]) -> str:
    return _PIPED.sub(lambda found: f"{found[1]}{keys.get(found[2], found[2])}", str(text))
