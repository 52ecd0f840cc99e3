"""Anonymous waves near another one: two that ask nearly the same people the same could be subtracted (R7)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator

from django.db.models import Q

from common.search import search_key
from surveys.domain.building.freezing_questions import questionnaire_of
from surveys.models import Wave
from surveys.questionnaire import Questionnaire

# anonymity.md R7.
DAYS_APART = dt.timedelta(days=30)


def asked_the_same(wave: Wave, questionnaire: Questionnaire, *, since: dt.datetime) -> Iterator[Wave]:
    """Other anonymous waves that share a question: opened since then, still to open, or still asking.

    ``since``: 30 days before the moment that is looked at.
    """
    counts = Q(opens_at__gt=since) | Q(closes_at__gt=since + DAYS_APART)
    recent = (
        Wave.objects.filter(counts, mode=Wave.Mode.ANONYMOUS)
        .exclude(state__in=[Wave.State.DRAFT, Wave.State.APPROVAL])
        .exclude(pk=wave.pk)
        .select_related("survey")
        .order_by("pk")
    )
    for other in recent:
        if _fingerprints(questionnaire_of(other)) & _fingerprints(questionnaire):
            yield other


def _fingerprints(questionnaire: Questionnaire) -> set[str]:
    """Keys and texts: a question typed again into another survey is the same question."""
    found = set()
    for question in questionnaire.questions():
        found |= {f"key:{question.key}", f"text:{search_key(question.text)}"}
    return found
