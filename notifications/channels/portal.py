"""The notification centre: what is due is shown where its person looks, so nothing has to be sent."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Sequence

from django.utils.translation import gettext_lazy as _

from notifications.channels.messages import NewMessage
from notifications.kinds import find_kind
from notifications.models import Muted, Notice
from people.models import Person


class PortalChannel:
    name = "portal"
    label = _("In the portal")

    def put(self, messages: Sequence[NewMessage]) -> int:
        shown = [_row(message) for message in messages if message.person and find_kind(message.kind).notices]
        Notice.objects.bulk_create(shown, ignore_conflicts=True)
        # What was there already is not told apart; the outbox counts.
        return 0

    def cancel(self, series: str) -> int:
        Notice.objects.filter(series=series).delete()
        return 0

    def release(self, keys: Collection[str], *, due: dt.datetime) -> None:
        Notice.objects.filter(key__in=keys).update(due=due)

    def wanted_by(self, person: Person, categories: Collection[str]) -> set[str]:
        muted = Muted.objects.filter(person=person, category__in=categories)
        return set(categories) - set(muted.values_list("category", flat=True))

    def choose(self, person: Person, category: str, *, wanted: bool) -> bool:
        if wanted:
            return Muted.objects.filter(person=person, category=category).delete()[0] > 0
        return Muted.objects.get_or_create(person=person, category=category)[1]


def _row(message: NewMessage) -> Notice:
    return Notice(
        key=message.key,
        kind=message.kind,
        category=find_kind(message.kind).category,
        series=message.series,
        step=message.step,
        person=message.person,
        context=dict(message.context),
        due=message.due,
        not_after=message.not_after,
    )
