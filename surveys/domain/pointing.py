"""What of the surveys points at a behaviour."""

from __future__ import annotations

from django.db.models import Count
from django.utils.translation import ngettext

from customers.models import Behaviour
from customers.models.behaviour import Principle
from customers.usage import Use
from surveys.models import Survey


def surveys_asking_about(principle: Principle) -> list[Use]:
    """Surveys in use with questions about this behaviour, by title. Nothing points at values yet."""
    if not isinstance(principle, Behaviour):
        return []
    asking = Survey.objects.in_use().filter(sections__questions__behaviour=principle)
    counted = asking.annotate(questions=Count("sections__questions")).order_by("title", "pk")
    return [
        Use(survey.title, _words(survey.questions), survey.get_absolute_url())  # type: ignore[attr-defined]
        for survey in counted
    ]


def _words(questions: int) -> str:
    return ngettext("%(n)s question", "%(n)s questions", questions) % {"n": questions}
