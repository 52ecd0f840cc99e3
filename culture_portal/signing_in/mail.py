"""Mails that tell somebody that what guards their account was changed."""

from __future__ import annotations

import datetime as dt
import secrets
from collections.abc import Sequence

from django.conf import settings
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from culture_portal.account_mail import account_notice, person_of, works_here
from notifications.domain.queueing import NewMessage, queue_many
from notifications.kinds import Kind, Mail, NoticeWords, Priority, register
from notifications.models import Message, Notice
from people.models import Person

SECOND_FACTOR = "people.second_factor"
CHANGES = {
    "added": gettext_lazy("A second factor was set up"),
    "removed": gettext_lazy("Your second factor was removed"),
    "reset": gettext_lazy("Your second factor was reset"),
    "codes": gettext_lazy("You have new recovery codes"),
}


def register_kinds() -> None:
    register(
        Kind(
            name=SECOND_FACTOR,
            label=gettext_lazy("Second factor changed"),
            category="account",
            render=_render,
            still_wanted=works_here,
            again_when_in_doubt=True,
            priority=Priority.URGENT,
            notices=_notices,
        )
    )


def queue_notice(person: Person, change: str, *, now: dt.datetime) -> None:
    """Each change is worth its own mail, also the second within a minute."""
    queue_many(
        [
            NewMessage(
                key=f"{SECOND_FACTOR}:{person.pk}:{secrets.token_urlsafe(9)}",
                kind=SECOND_FACTOR,
                due=now,
                person=person,
                context={"change": change},
            )
        ]
    )


def _notices(told: Sequence[Message | Notice]) -> dict[int, NoticeWords]:
    return {one.pk: account_notice(str(CHANGES[one.context["change"]])) for one in told}


def _render(message: Message) -> Mail:
    person, change = person_of(message), message.context["change"]
    return Mail(
        subject=str(CHANGES[change]),
        template="signing_in/mail/second_factor",
        context={
            "name": person.given_name or person.display_name,
            "change": change,
            "link": settings.PORTAL_URL + reverse("signing_in:second-factor"),
        },
        why=_("You get this mail because your account was changed."),
    )
