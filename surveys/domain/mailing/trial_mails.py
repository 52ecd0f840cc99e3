"""The mails of a wave to whoever plans it, to see how they read where mail is read.

A trial is a message of its own kind: it invites nobody, takes nobody's day, and its link opens the preview of
the survey, where nothing can be sent.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import replace

from django.conf import settings
from django.db import transaction
from django.urls import reverse
from django.utils.translation import gettext as _

from notifications.domain.queueing import NewMessage, queue_many
from notifications.kinds import Mail
from notifications.models import Message
from people.models import Person
from surveys.domain.building.freezing_questions import questionnaire_of
from surveys.domain.mailing import reminding
from surveys.models import Wave

TRIAL = "surveys.trial"
# Whoever plans a wave looks at each mail a few times; nobody fills a mailbox.
MOST_AN_HOUR = 12
_AN_HOUR = dt.timedelta(hours=1)


class TriedTooOften(Exception):
    """Nothing was sent; in an hour it goes again."""


def send_trial(*, wave: Wave, to: Person, steps: Iterable[int], now: dt.datetime) -> int:
    """The mails of these steps, 0 being the invitation, to whoever asks; how many those are.

    Each gets a number: pressed twice at once it is the same, and so one mail. Raises TriedTooOften.
    """
    wanted = sorted(set(steps) & set(range(len(reminding.planned_days(wave)) + 1)))
    with transaction.atomic():
        sent = Message.objects.filter(kind=TRIAL, person=to, due__gt=now - _AN_HOUR).count()
        if sent + len(wanted) > MOST_AN_HOUR:
            raise TriedTooOften
        return queue_many(
            NewMessage(
                key=f"{TRIAL}:{to.pk}:{wave.pk}:{step}:{now:%Y-%m-%dT%H:%M}:{sent}",
                kind=TRIAL,
                due=now,
                not_after=now + _AN_HOUR,
                person=to,
                context={"wave": wave.pk, "step": step},
            )
            for step in wanted
        )


def trial_mail(wave: Wave, *, step: int, by: Person) -> Mail:
    """In the language that is active."""
    link = settings.PORTAL_URL + reverse("surveys:survey-preview", args=[wave.survey_id])
    occasion = reminding.occasion_to_be(wave, questionnaire_of(wave), by=by, link=link)
    mail = reminding.reminder_mail(occasion, number=step) if step else reminding.invitation_mail(occasion)
    return replace(mail, subject=_("Trial: %(subject)s") % {"subject": mail.subject})


def render(message: Message) -> Mail:
    wave = Wave.objects.select_related("survey", "subject", "launched_by").get(pk=message.context["wave"])
    if message.person is None:
        raise ValueError(f"{message.key} is a trial of nobody.")
    mail = trial_mail(wave, step=int(message.context["step"]), by=message.person)
    return replace(
        mail, why=_("You get this mail because you sent it to yourself to see how it reads."), more=""
    )


def still_wanted(message: Message) -> bool:
    works_here = message.person is not None and message.person.is_active
    return works_here and Wave.objects.filter(pk=message.context["wave"]).exists()
