"""Mail: into the outbox, from where the dispatcher takes it (notifications/domain/dispatching.py)."""

from __future__ import annotations

import datetime as dt
import secrets
from collections.abc import Collection, Sequence
from urllib.parse import urlsplit

from django.conf import settings
from django.utils.translation import gettext_lazy as _

from notifications.channels.messages import NewMessage
from notifications.domain.cancelling import cancel_messages
from notifications.kinds import find_kind
from notifications.models import Message, OptOut, fingerprints
from people.models import Person


class EmailChannel:
    name = "email"
    label = _("E-mail")

    def put(self, messages: Sequence[NewMessage]) -> int:
        keys = [message.key for message in messages]
        known = set(Message.objects.filter(key__in=keys).values_list("key", flat=True))
        new = [_row(message) for message in messages if message.key not in known]
        Message.objects.bulk_create(new, ignore_conflicts=True)
        return len({row.key for row in new})

    def cancel(self, series: str) -> int:
        return cancel_messages(Message.objects.filter(series=series))

    def release(self, keys: Collection[str], *, due: dt.datetime) -> None:
        Message.objects.filter(key__in=keys, state=Message.State.PENDING).update(due=due)

    def wanted_by(self, person: Person, categories: Collection[str]) -> set[str]:
        addresses = [person.email, *fingerprints(person.email)]
        refused = OptOut.objects.filter(category__in=categories, address__in=addresses)
        return set(categories) - set(refused.values_list("category", flat=True))

    def choose(self, person: Person, category: str, *, wanted: bool) -> bool:
        if wanted:
            return OptOut.objects.of(category, person.email).delete()[0] > 0
        return OptOut.objects.get_or_create(category=category, address=person.email)[1]


def _row(message: NewMessage) -> Message:
    if not message.address and message.person is None:
        raise ValueError(f"{message.key} goes to nobody: it has neither a person nor an address.")
    kind = find_kind(message.kind)
    return Message(
        key=message.key,
        kind=message.kind,
        series=message.series,
        step=message.step,
        person=message.person,
        address=message.address.lower(),
        language=message.language,
        time_zone=message.time_zone,
        country=message.country,
        context=dict(message.context),
        confidential=kind.is_confidential(message.context),
        priority=kind.priority,
        due=message.due,
        not_after=message.not_after,
        message_id=new_message_id(),
    )


def new_message_id() -> str:
    """Random, so that it says nothing about order, and kept for every attempt of the same message."""
    host = urlsplit(settings.PORTAL_URL).hostname or "localhost"
    return f"<{secrets.token_urlsafe(18)}@{host[:80]}>"
