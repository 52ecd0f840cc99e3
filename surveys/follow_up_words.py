"""Our words of the mail that asks again, until an organisation has its own."""

from __future__ import annotations

import datetime as dt

from django.conf import settings
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from notifications.kinds import Mail
from notifications.words import Placeholder, Text, Words
from surveys.domain.following_up import asking_again
from surveys.domain.mailing import reminding
from surveys.models import Wave
from surveys.questionnaire import Kind, Question, Questionnaire, Section


def _example(text: Text) -> Mail:
    """A made-up wave of one that is stored nowhere, with a link that opens nothing."""
    now = timezone.localtime(timezone.now())
    wave = Wave(
        title=_("How we serve you"),
        mode=Wave.Mode.IDENTIFIED,
        audience=Wave.Audience.CONTACTS,
        closes_at=(now + dt.timedelta(days=14)).replace(hour=17, minute=0),
    )
    question = Question(key="q", kind=Kind.RECOMMEND, text=_("Did we keep what we promised?"), high=10)
    questionnaire = Questionnaire(wave.title, "", 1, (Section("", "", (question,)),))
    occasion = reminding.Occasion(
        wave=wave,
        questionnaire=questionnaire,
        link=f"{settings.PORTAL_URL}/a/.../",
        organisation=_("their organisation"),
    )
    return asking_again.mail(occasion, told_at=now - dt.timedelta(days=14), text=text)


ASKING_AGAIN = Words(
    name=asking_again.KIND,
    label=gettext_lazy("Asking again"),
    when=gettext_lazy("Some working days after a follow-up was closed, to whoever had answered low."),
    subject=gettext_lazy("{survey}: is it better now?"),
    body=gettext_lazy(
        "Is it better now?\n\n"
        "On {told_on} you answered our question “{question}”, and we got in touch with you.\n\n"
        "We would like to know whether it is better. It is this one question, until {closes_at}.\n\n"
        "{link}"
    ),
    placeholders=(
        Placeholder("survey", gettext_lazy("the title of the survey")),
        Placeholder("organisation", gettext_lazy("your organisation")),
        Placeholder("question", gettext_lazy("the question that is asked again")),
        Placeholder("told_on", gettext_lazy("the day they answered it first")),
        Placeholder("closes_on", gettext_lazy("the day it closes")),
        Placeholder("closes_at", gettext_lazy("day and time it closes, by the reader's clock")),
        Placeholder("link", gettext_lazy("the button to answer; alone in its paragraph it looks like one")),
    ),
    example=_example,
)
