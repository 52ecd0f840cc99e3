"""What somebody wants to be told, by which channel, and when."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Mapping

from django.db import transaction

from notifications.categories import DIGEST
from notifications.channels import known_channels
from notifications.domain import digesting
from notifications.domain.queueing import wake_dispatcher
from notifications.kinds import Category, known_categories
from notifications.models import Message, OptOut
from people.models import Person

# By channel, the categories wanted.
Wanted = Mapping[str, Collection[str]]
State, Reason = Message.State, Message.Reason


def offered_categories(person: Person) -> list[Category]:
    """Those this person may say no to, each by itself."""
    return [
        category
        for category in known_categories()
        if not category.fixed
        and category.name != DIGEST
        and (category.concerns is None or category.concerns(person))
    ]


def wanted_of(person: Person) -> dict[str, set[str]]:
    """By channel, what a click in a mail may have switched off as well."""
    names = [category.name for category in offered_categories(person)]
    return {channel.name: channel.wanted_by(person, names) for channel in known_channels()}


def wants_no_digest(person: Person) -> bool:
    return OptOut.objects.of(DIGEST, person.email).exists()


def keep(
    person: Person, *, fields: Collection[str], wanted: Wanted, without_mail: bool, now: dt.datetime
) -> None:
    """Store it, of the person the ``fields`` alone. It holds for what waits already: what was put off for
    the hours of before, or for a digest of before, is looked at anew. Doing it twice changes nothing.
    """
    with transaction.atomic():
        person.save(update_fields=fields)
        for channel in known_channels():
            chosen = wanted[channel.name]
            for category in offered_categories(person):
                channel.choose(person, category.name, wanted=category.name in chosen)
        if without_mail:
            OptOut.objects.get_or_create(category=DIGEST, address=person.email)
        else:
            OptOut.objects.of(DIGEST, person.email).delete()
        digesting.let_go_of(person)
        waiting = Message.objects.filter(person=person, state=State.PENDING, reason=Reason.HOURS, due__gt=now)
        waiting.update(due=now, reason=Reason.NONE)
        wake_dispatcher()
