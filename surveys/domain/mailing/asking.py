"""What a person is asked right now, for "My surveys", "My day" and the count in the navigation."""

from __future__ import annotations

import datetime as dt

from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from common.day import WaitingItem
from people.models import Person
from surveys.domain.mailing.linking import answer_path
from surveys.models import Invitation, Wave


def open_invitations(person: Person, now: dt.datetime) -> list[Invitation]:
    """Unanswered ones of waves that take answers, the one that closes first on top, with their wave."""
    return list(
        Invitation.objects.of(person)
        .unanswered()
        .taking_answers(now)
        .select_related("wave")
        .defer("wave__questionnaire_json")
        .order_by("wave__closes_at", "pk")
    )


def waiting_surveys(person: Person, now: dt.datetime) -> list[WaitingItem]:
    return [
        WaitingItem(
            title=invitation.wave.title,
            why=asked_until(invitation.wave),
            url=answer_path(invitation.handle, person.link_stamp),
            action=_("Answer"),
            icon="ask",
            due=invitation.wave.closes_at,
        )
        for invitation in open_invitations(person, now)
    ]


def asked_until(wave: Wave) -> str:
    day = date_format(timezone.localtime(wave.closes_at), "WEEKDAY_TIME_FORMAT")
    return _("Your view is asked for until %(day)s.") % {"day": day}


def count_open(person: Person) -> int:
    return Invitation.objects.of(person).unanswered().taking_answers(timezone.now()).count()
