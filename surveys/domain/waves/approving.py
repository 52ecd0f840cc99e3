"""A small wave needs a second person of HR (anonymity.md R7); this is how they learn of it."""

from __future__ import annotations

import datetime as dt

from django.utils.translation import gettext as _

from common.day import WaitingItem
from people.models import Person
from surveys.domain.waves.previewing import APPROVAL_BELOW
from surveys.models import Wave


def waiting_for_approval(person: Person, now: dt.datetime) -> list[WaitingItem]:
    """What waits in "My day" for somebody who may approve it."""
    if not person.is_hr:
        return []
    waves = Wave.objects.filter(state=Wave.State.APPROVAL).exclude(launched_by=person)
    return [
        WaitingItem(
            title=_("Look at “%(title)s” before it is launched") % {"title": wave.title},
            why=_("%(name)s asks for a second person of HR, because fewer than %(number)d people are invited")
            % {"name": wave.launched_by, "number": APPROVAL_BELOW},
            url=wave.get_absolute_url(),
            action=_("Look at it"),
            icon="shield",
            due=wave.closes_at,
        )
        for wave in waves.select_related("launched_by")
    ]
