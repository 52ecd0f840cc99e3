"""The mails about signing in: set a first password or a new one, confirm a new address, hear of a change.

``people`` says who gets one (``common.outbox``) and the sign-in pages ask for a reset; both end here,
because only the project sees people, notifications and allauth at once. The link is made when the mail
is sent and stands nowhere in the database.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

from allauth.account.app_settings import PASSWORD_RESET_TOKEN_GENERATOR
from allauth.account.utils import user_pk_to_url_str
from django.conf import settings
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from common import languages
from common.organisation import current
from common.outbox import PersonMail
from notifications.domain.queueing import NewMessage, queue_many
from notifications.domain.wording import worded_mail
from notifications.kinds import Kind, Mail, NoticeWords, Priority, register
from notifications.models import Message, Notice
from notifications.words import Placeholder, Text, Words
from people.domain import changing_address
from people.domain.changing_address import ADDRESS_CHANGED, CONFIRM_ADDRESS
from people.domain.inviting import SET_PASSWORD
from people.models import Person

PASSWORD_RESET = "people.password_reset"  # noqa: S105 - the name of a kind of mail


def register_kinds() -> None:
    register(
        Kind(
            name=SET_PASSWORD,
            label=gettext_lazy("Set your password"),
            category="account",
            render=_render_set_password,
            still_wanted=_never_signed_in,
            again_when_in_doubt=True,
            priority=Priority.NEEDED,
            words=(_SET_PASSWORD_WORDS,),
        )
    )
    register(
        Kind(
            name=PASSWORD_RESET,
            label=gettext_lazy("New password"),
            category="account",
            render=_render_reset,
            still_wanted=works_here,
            again_when_in_doubt=True,
            priority=Priority.URGENT,
            words=(_RESET_WORDS,),
        )
    )
    register(
        Kind(
            name=CONFIRM_ADDRESS,
            label=gettext_lazy("Confirm your new address"),
            category="account",
            render=_render_confirm_address,
            still_wanted=_address_still_wanted,
            again_when_in_doubt=True,
            priority=Priority.URGENT,
        )
    )
    register(
        Kind(
            name=ADDRESS_CHANGED,
            label=gettext_lazy("Your address was changed"),
            category="account",
            render=_render_address_changed,
            still_wanted=works_here,
            again_when_in_doubt=True,
            priority=Priority.URGENT,
            notices=_address_notices,
        )
    )


def carry(mails: Sequence[PersonMail]) -> int:
    """Put mails of the storeys below into the outbox; how many were new."""
    people = Person.objects.in_bulk([mail.person_id for mail in mails])
    return queue_many(
        NewMessage(
            key=mail.key,
            kind=mail.kind,
            due=mail.due,
            not_after=mail.not_after,
            person=people[mail.person_id],
            address=mail.address,
            context=mail.context,
        )
        for mail in mails
        if mail.person_id in people
    )


def queue_password_reset(person: Person, *, now: dt.datetime) -> None:
    """One mail a minute at most, however often the button is pressed; to the person's own address."""
    message = NewMessage(
        key=f"{PASSWORD_RESET}:{person.pk}:{now:%Y-%m-%dT%H:%M}",
        kind=PASSWORD_RESET,
        due=now,
        # Somebody who asks waits for it; a mail of yesterday only puzzles.
        not_after=now + dt.timedelta(hours=12),
        person=person,
    )
    queue_many([message])


def set_password_link(person: Person) -> str:
    """Where this person sets a password; good until it is used, or for PASSWORD_RESET_TIMEOUT."""
    path = reverse(
        "account_reset_password_from_key",
        kwargs={
            "uidb36": user_pk_to_url_str(person),
            "key": PASSWORD_RESET_TOKEN_GENERATOR().make_token(person),
        },
    )
    # Whoever follows it from a mail in their language reads on in it, before anybody knows who they are.
    return f"{settings.PORTAL_URL}{path}?{languages.PARAMETER}={translation.get_language()}"


def _render_set_password(message: Message) -> Mail:
    return _set_password_mail(_values(person_of(message)))


def _render_reset(message: Message) -> Mail:
    return _reset_mail(_values(person_of(message)))


def _set_password_mail(values: dict[str, str], text: Text | None = None) -> Mail:
    return worded_mail(
        SET_PASSWORD,
        values=values,
        button=_("Choose your password"),
        template="people/mail/set_password",
        context={"days": _days()},
        why=_("You get this mail because HR added you to the portal."),
        text=text,
    )


def _render_confirm_address(message: Message) -> Mail:
    person = person_of(message)
    token = changing_address.token_for(person, message.address, stamp=int(message.context["stamp"]))
    return Mail(
        subject=_("Confirm your new e-mail address"),
        template="people/mail/confirm_address",
        context={
            "name": person.given_name or person.display_name,
            "link": settings.PORTAL_URL + reverse("signing_in:address-confirm", args=[token]),
            "hours": changing_address.HOURS,
        },
        why=_("You get this mail because somebody typed this address into their account."),
    )


def _render_address_changed(message: Message) -> Mail:
    person = person_of(message)
    return Mail(
        subject=_("Your e-mail address was changed"),
        template="people/mail/address_changed",
        context={"name": person.given_name or person.display_name},
        why=_("You get this mail because this was your address until now."),
    )


def _address_notices(told: Sequence[Message | Notice]) -> dict[int, NoticeWords]:
    return {one.pk: account_notice(_("Your e-mail address was changed")) for one in told}


def account_notice(title: str) -> NoticeWords:
    """That what guards the account was changed: good news to who did it, and to nobody else."""
    return NoticeWords(
        title=title,
        why=_("If that was not you, change your password and tell your administrator."),
        path=reverse("signing_in:security"),
        action=_("Look at it"),
        icon="key",
    )


def _address_still_wanted(message: Message) -> bool:
    person = person_of(message)
    return person.is_active and person.link_stamp == message.context["stamp"]


def _reset_mail(values: dict[str, str], text: Text | None = None) -> Mail:
    return worded_mail(
        PASSWORD_RESET,
        values=values,
        button=_("Choose a new password"),
        template="people/mail/password_reset",
        context={"days": _days()},
        why=_("You get this mail because somebody asked for a new password for this address."),
        text=text,
    )


def _values(person: Person) -> dict[str, str]:
    return {
        "name": person.given_name or person.display_name,
        "organisation": current().name,
        "link": set_password_link(person),
    }


def _example_values() -> dict[str, str]:
    """Of somebody made up, with a link that opens nothing."""
    link = f"{settings.PORTAL_URL}/password/.../"
    return {"name": _("Priya"), "organisation": current().name, "link": link}


def _days() -> int:
    return settings.PASSWORD_RESET_TIMEOUT // (60 * 60 * 24)


_PLACEHOLDERS = (
    Placeholder("name", gettext_lazy("their given name")),
    Placeholder("organisation", gettext_lazy("your organisation")),
    Placeholder(
        "link", gettext_lazy("the button to choose a password; alone in its paragraph it looks like one")
    ),
)
_SET_PASSWORD_WORDS = Words(
    name=SET_PASSWORD,
    label=gettext_lazy("Set your password"),
    when=gettext_lazy("To whom HR adds to the portal, until they have signed in."),
    subject=gettext_lazy("Set your password for {organisation}"),
    body=gettext_lazy(
        "Hello {name}\n\n"
        "{organisation} has a portal for the people who rely on each other's work, and a place there is "
        "waiting for you. Choose a password and you are in.\n\n"
        "{link}"
    ),
    placeholders=_PLACEHOLDERS,
    example=lambda text: _set_password_mail(_example_values(), text),
)
_RESET_WORDS = Words(
    name=PASSWORD_RESET,
    label=gettext_lazy("New password"),
    when=gettext_lazy("To whoever asks for a new password at the door."),
    subject=gettext_lazy("Your new password"),
    body=gettext_lazy("Hello {name}\n\nHere you choose a new password.\n\n{link}"),
    placeholders=_PLACEHOLDERS,
    example=lambda text: _reset_mail(_example_values(), text),
)


def person_of(message: Message) -> Person:
    if message.person is None:
        raise ValueError(f"{message.key} has no person.")
    return message.person


def works_here(message: Message) -> bool:
    return person_of(message).is_active


def _never_signed_in(message: Message) -> bool:
    person = person_of(message)
    return person.is_active and person.last_login is None
