"""A survey made from one of the ready-made ones: in the maker's language, with all translations we have."""

from __future__ import annotations

from django.conf import settings
from django.db import transaction
from django.utils import translation
from django.utils.functional import Promise

from common import audit, languages
from customers.models import Behaviour
from people.models import Person, Team
from surveys.domain.building.translating import remembering
from surveys.models import Question, Section, Survey
from surveys.ready_made import ReadyMade, ReadyMadeQuestion

Words = str | Promise
Translations = dict[str, dict[str, str]]


def create_from(ready_made: ReadyMade, *, by: Person | None, team: Team | None = None) -> Survey:
    """A survey of our own words to begin with; its questions keep the keys of the ready-made ones."""
    behaviours = dict(Behaviour.objects.values_list("code", "pk"))
    main = languages.supported(translation.get_language() or "") or settings.LANGUAGE_CODE
    others = [code for code, _name in settings.LANGUAGES if code != main]
    with transaction.atomic():
        survey = Survey.objects.create(
            title=str(ready_made.title),
            intro=str(ready_made.intro),
            language=main,
            languages=others,
            translations=_translated(others, {"title": ready_made.title, "intro": ready_made.intro}),
            template_code=ready_made.code,
            team=team,
            created_by=by,
        )
        for number, part in enumerate(ready_made.sections, start=1):
            section = Section.objects.create(
                survey=survey,
                position=number,
                title=str(part.title),
                intro=str(part.intro),
                translations=_translated(others, {"title": part.title, "intro": part.intro}),
            )
            Question.objects.bulk_create(
                _question(section, position, question, behaviours, others)
                for position, question in enumerate(part.questions, start=1)
            )
        audit.record(by=by, action="survey.created", obj=survey, ready_made=ready_made.code)
    return survey


def _question(
    section: Section,
    position: int,
    question: ReadyMadeQuestion,
    behaviours: dict[str, int],
    others: list[str],
) -> Question:
    words: dict[str, Words] = {
        "text": question.text,
        "help": question.help,
        "low_label": question.low_label,
        "high_label": question.high_label,
        **{f"option.{code}": label for code, label in question.options},
    }
    return Question(
        section=section,
        position=position,
        key=question.key,
        kind=question.kind.value,
        text=str(question.text),
        help=str(question.help),
        required=question.required,
        behaviour_id=behaviours.get(question.behaviour),
        low=question.low,
        high=question.high,
        low_label=str(question.low_label),
        high_label=str(question.high_label),
        options=[{"code": code, "label": str(label)} for code, label in question.options],
        other=question.other,
        condition=question.condition.to_json() if question.condition else None,
        translations=_translated(others, words),
    )


def _translated(others: list[str], words: dict[str, Words]) -> Translations:
    """By language what each place says in it; places without words are left out."""
    originals = {place: str(text) for place, text in words.items()}
    translations: Translations = {}
    for language in others:
        with translation.override(language):
            translations[language] = remembering(
                {place: str(text) for place, text in words.items()}, originals
            )
    return translations
