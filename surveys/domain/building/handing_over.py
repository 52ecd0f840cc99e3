"""A lead writes the questions, HR asks them: a survey of a team that is ready waits for HR to plan a wave."""

from __future__ import annotations

import datetime as dt

from django.db import transaction
from django.utils.translation import gettext as _

from common import audit
from common.day import WaitingItem
from people.models import Person
from surveys.models import Survey


def hand_over(survey: Survey, *, now: dt.datetime, by: Person) -> Survey:
    """HR finds it in "My day" until a wave of it is planned. Repeating it changes nothing."""
    with transaction.atomic():
        if Survey.objects.filter(pk=survey.pk, handed_over_at=None, archived=False).update(
            handed_over_at=now
        ):
            audit.record(by=by, action="survey.handed_over", obj=survey)
    survey.refresh_from_db()
    return survey


def keep(survey: Survey, *, by: Person) -> Survey:
    """HR is no longer asked. Repeating it changes nothing."""
    with transaction.atomic():
        if taken_up(survey):
            audit.record(by=by, action="survey.kept", obj=survey)
    survey.refresh_from_db()
    return survey


def taken_up(survey: Survey) -> bool:
    """Nobody waits for this survey any more; False where nobody did."""
    handed_over = Survey.objects.filter(pk=survey.pk, handed_over_at__isnull=False)
    return bool(handed_over.update(handed_over_at=None))


def surveys_to_plan(person: Person, now: dt.datetime) -> list[WaitingItem]:
    """What waits in "My day" of HR."""
    if not person.is_hr:
        return []
    waiting = (
        Survey.objects.in_use().filter(handed_over_at__isnull=False).select_related("team", "created_by")
    )
    return [
        WaitingItem(
            title=_("Plan a wave of “%(title)s”") % {"title": survey.title},
            why=_why(survey),
            url=survey.get_absolute_url(),
            action=_("Look at it"),
            icon="ask",
        )
        for survey in waiting.order_by("handed_over_at", "pk")
    ]


def _why(survey: Survey) -> str:
    """The team, or who wrote it, may be gone since."""
    if survey.team is None or survey.created_by is None:
        return _("It is ready, and you are asked to send it out")
    names = {"name": survey.created_by, "team": survey.team}
    return _("%(name)s wrote it for %(team)s and asks you to send it out") % names
