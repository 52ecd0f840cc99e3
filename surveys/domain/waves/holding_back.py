"""At most one invitation a week for each person, over all waves. Whoever has just been asked gets theirs
later; it is never dropped. The mail itself waits in ``notifications.domain.spacing``; here is what is said.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

from django.conf import settings
from django.db.models import Max
from django.utils.translation import gettext as _

from common.working_time import (
    ONE_DAY,
    NeverOpen,
    WorkingTime,
    find_zone,
    organisation_time,
    usual_working_time,
)
from customers.models import Contact
from notifications.domain.recipients import OwnHours, hours_of
from notifications.models import LastOfKind, Message
from people.models import Person
from surveys.domain.mailing import reminding
from surveys.domain.waves.audience import Identity, Member
from surveys.models import Wave

A_WEEK = 7 * ONE_DAY
# Fewer are "a few".
COUNTED_FROM = 5

_ON_THE_WAY = [
    Message.State.PENDING,
    Message.State.CLAIMED,
    Message.State.SENDING,
    Message.State.CARRIED,
]


def apart(context: Mapping[str, Any]) -> dt.timedelta | None:
    """How long after one invitation the next comes; nothing for a wave that asks one person alone."""
    return None if context.get("alone") else A_WEEK


def count_words(number: int) -> str:
    return str(number) if number >= COUNTED_FROM else _("a few")


# --- Before the launch --------------------------------------------------------------------------------------
@dataclass(frozen=True)
class Held:
    """Those who get their invitation later. ``too_late`` of them only shortly before it closes, or after."""

    count: int
    first: dt.datetime
    last: dt.datetime
    too_late: int

    @property
    def words(self) -> str:
        return count_words(self.count)


def look_ahead(wave: Wave, members: Sequence[Member], now: dt.datetime) -> Held | None:
    """Who of them would wait for another day if the wave were launched now; None where nobody would."""
    opens = max(wave.opens_at, now)
    clock = organisation_time()
    first_day = clock.local_day(opens)
    # A weekly wave waits for a moment for each whom the one before it asked.
    moments = [at for at in _moments(wave, members, opens).values() if clock.local_day(at) > first_day]
    if not moments:
        return None
    too_late = [at for at in moments if _is_too_late(wave, at)]
    return Held(len(moments), min(moments), max(moments), len(too_late))


def too_late_for(wave: Wave, members: Sequence[Member], day: dt.date) -> set[Identity]:
    """Whose week ends only when a wave that opens on this day closes."""
    opens = max(wave.opens_at, organisation_time().moment(day, dt.time.min))
    return {one for one, at in _moments(wave, members, opens).items() if _is_too_late(wave, at)}


def _is_too_late(wave: Wave, at: dt.datetime) -> bool:
    """A day is left to answer, and for the mail to find its way."""
    return at > wave.closes_at - ONE_DAY


def _moments(wave: Wave, members: Sequence[Member], opens: dt.datetime) -> dict[Identity, dt.datetime]:
    """For each who has to wait: when the invitation would come, in their hours.

    Each invitation of another wave that is on its way to them comes first, and brings a week of its own.
    """
    # Alone nobody waits, and where mail goes at any hour nothing is kept apart.
    if settings.MAIL_AT_ANY_HOUR or len(members) <= 1:
        return {}
    free = _free_from(wave, opens)
    waiting = {member.identity: at for member in members if (at := free.get(_key_of(member), opens)) > opens}
    clocks = _clocks_of(waiting)
    # Of many that were sent within a minute one is looked at.
    next_open = cache(_next_open)
    return {one: next_open(clocks[one], _minute_after(at)) for one, at in waiting.items() if one in clocks}


def _minute_after(at: dt.datetime) -> dt.datetime:
    whole = at.replace(second=0, microsecond=0)
    return whole if whole == at else whole + dt.timedelta(minutes=1)


_Key = int | str


def _key_of(member: Member) -> _Key:
    return member.person_id or member.address.lower()


def _free_from(wave: Wave, opens: dt.datetime) -> dict[_Key, dt.datetime]:
    """By person or address: from when on they may be invited again."""
    rows = LastOfKind.objects.filter(kind=reminding.INVITATION, at__gt=opens - 2 * A_WEEK)
    held = {row.person_id or row.address: row for row in rows}
    numbers = {row.message_number for row in held.values()}
    sent = Message.objects.select_related("digest").only("sent_at", "digest__due").in_bulk(numbers)
    free = {key: _last_at(row, sent.get(row.message_number)) + A_WEEK for key, row in held.items()}
    for key, due in _on_the_way(wave, numbers):
        free[key] = max(free.get(key, due), due) + A_WEEK
    return free


def _last_at(row: LastOfKind, message: Message | None) -> dt.datetime:
    """When they were invited last; where that is in a digest on its way, when it comes."""
    if message and message.sent_at:
        return max(row.at, message.sent_at)
    return max(row.at, message.digest.due) if message and message.digest else row.at


def _on_the_way(wave: Wave, counted: Collection[int]) -> list[tuple[_Key, dt.datetime]]:
    """Invitations of other waves that still wait, in the order in which they go."""
    waiting = (
        Message.objects.filter(kind=reminding.INVITATION, state__in=_ON_THE_WAY)
        .exclude(pk__in=counted)
        .exclude(context__wave=wave.pk)
        .exclude(context__has_key="alone")
    )
    # Until it opens, what is prepared says no time of its own.
    opening = dict(Wave.objects.launching().values_list("pk", "opens_at"))
    found = [
        (person_id or address, opening.get(context["wave"], due))
        for person_id, address, context, due in waiting.values_list("person_id", "address", "context", "due")
    ]
    return sorted(found, key=lambda one: one[1])


def _clocks_of(waiting: Iterable[Identity]) -> dict[Identity, WorkingTime]:
    """Their hours but for leave: that puts every invitation off, this one and any other."""
    by_kind: dict[str, list[int]] = {"person": [], "contact": []}
    for kind, number in waiting:
        by_kind[kind].append(number)
    # Most have the hours of many others.
    hours = cache(hours_of)
    people = Person.objects.filter(pk__in=by_kind["person"]).values_list("pk", *OwnHours._fields)
    clocks: dict[Identity, WorkingTime] = {("person", pk): hours(OwnHours(*own)) for pk, *own in people}
    for pk, contact in Contact.objects.in_bulk(by_kind["contact"]).items():
        clocks["contact", pk] = usual_working_time(find_zone(contact.time_zone), contact.country)
    return clocks


def _next_open(clock: WorkingTime, at: dt.datetime) -> dt.datetime:
    try:
        return clock.next_open(at)
    except NeverOpen:
        return at


# --- While it is open ---------------------------------------------------------------------------------------
@dataclass(frozen=True)
class HeldNow:
    count: int
    last: dt.datetime

    @property
    def words(self) -> str:
        return count_words(self.count)


def held_now(wave: Wave) -> HeldNow | None:
    """How many invitations of this wave wait for the end of somebody's week."""
    waiting = Message.objects.filter(
        kind=reminding.INVITATION,
        state=Message.State.PENDING,
        reason=Message.Reason.APART,
        context__wave=wave.pk,
    )
    found = waiting.aggregate(last=Max("due"))["last"]
    return HeldNow(waiting.count(), found) if found else None
