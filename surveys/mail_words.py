"""What of the mails of a wave an organisation may put into its own words, and our words until it does."""

from __future__ import annotations

import datetime as dt

from django.conf import settings
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from common.organisation import current
from notifications.kinds import Mail
from notifications.words import Placeholder, Text, Words
from people.models import Person
from surveys.domain.mailing import reminding
from surveys.models import Wave
from surveys.questionnaire import Kind, Question, Questionnaire, Section

PLACEHOLDERS = (
    Placeholder("survey", gettext_lazy("the title of the survey")),
    Placeholder("organisation", gettext_lazy("your organisation")),
    Placeholder("who_asks", gettext_lazy("who launched it, with the organisation")),
    Placeholder("duration", gettext_lazy("how long answering takes, such as “about 3 minutes”")),
    Placeholder("closes_on", gettext_lazy("the day it closes")),
    Placeholder("closes_at", gettext_lazy("day and time it closes, by the reader's clock")),
    Placeholder("link", gettext_lazy("the button to answer; alone in its paragraph it looks like one")),
)
INVITATION = Words(
    name=reminding.INVITATION,
    label=gettext_lazy("Survey invitation"),
    when=gettext_lazy("When a wave opens, to each person asked."),
    subject=gettext_lazy("{survey}: your view, until {closes_on}"),
    body=gettext_lazy(
        "{survey}\n\n"
        "{who_asks} asks for your view.\n\n"
        "It takes {duration}. You can answer until {closes_at}.\n\n"
        "{link}"
    ),
    placeholders=PLACEHOLDERS,
    example=lambda text: reminding.invitation_mail(_example(), text),
)
_REMINDER_BODY = gettext_lazy(
    "{survey}\n\nIt is still open for you, until {closes_at}. It takes {duration}.\n\n{link}"
)
REMINDER = Words(
    name=reminding.REMINDER,
    label=gettext_lazy("Survey reminder"),
    when=gettext_lazy("Some working days later, to whoever has not answered."),
    subject=gettext_lazy("{survey}: open until {closes_on}"),
    body=_REMINDER_BODY,
    placeholders=PLACEHOLDERS,
    example=lambda text: _example_reminder(1, text),
)
LAST_REMINDER = Words(
    name=reminding.LAST_REMINDER,
    label=gettext_lazy("Last survey reminder"),
    when=gettext_lazy("The last time, to whoever has not answered."),
    subject=gettext_lazy("{survey}: last reminder, open until {closes_on}"),
    body=_REMINDER_BODY,
    placeholders=PLACEHOLDERS,
    example=lambda text: _example_reminder(reminding.MOST_REMINDERS, text),
)


def _example_reminder(number: int, text: Text) -> Mail:
    return reminding.reminder_mail(_example(), number=number, text=text)


def _example() -> reminding.Occasion:
    """A made-up anonymous wave that is stored nowhere, with a link that opens nothing."""
    closes = timezone.localtime(timezone.now() + dt.timedelta(days=14)).replace(hour=17, minute=0)
    wave = Wave(
        title=_("How we work together"),
        audience=Wave.Audience.EVERYONE,
        closes_at=closes,
        k=current().k,
        launched_by=Person(display_name=_("Priya Raman")),
    )
    questions = tuple(Question(key=f"q{number}", kind=Kind.SCALE, text="?") for number in range(9))
    questionnaire = Questionnaire(
        title=wave.title, intro="", version=1, sections=(Section(title="", intro="", questions=questions),)
    )
    return reminding.Occasion(wave=wave, questionnaire=questionnaire, link=f"{settings.PORTAL_URL}/a/.../")
