"""To whom a message goes, in which language, and when they may be written to."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, replace
from typing import NamedTuple

from common import languages
from common.working_time import WorkingTime, find_zone, usual_working_time
from notifications.models import Message


@dataclass(frozen=True)
class Recipient:
    address: str
    name: str
    language: str
    working_time: WorkingTime


def recipient_of(message: Message) -> Recipient:
    """What the message itself says comes first, then the person, then the organisation."""
    person = message.person
    language = message.language or (person.language if person else "")
    return Recipient(
        address=(message.address or (person.email if person else "")).lower(),
        name=person.display_name if person else "",
        language=languages.supported(language) or languages.usual(),
        working_time=_working_time(message),
    )


def _working_time(message: Message) -> WorkingTime:
    person = message.person
    if person is None:
        return usual_working_time(find_zone(message.time_zone), message.country)
    own = OwnHours(*(getattr(person, name) for name in OwnHours._fields))
    hours = hours_of(
        own._replace(time_zone=message.time_zone or own.time_zone, country=message.country or own.country)
    )
    # Of those loaded already, where a batch did.
    absences = tuple((absence.first_day, absence.last_day) for absence in person.absences.all())
    return replace(hours, absences=absences)


class OwnHours(NamedTuple):
    """What a person set, by the names of its fields; empty where they set nothing."""

    time_zone: str
    country: str
    working_days: str
    day_starts: dt.time | None
    day_ends: dt.time | None
    quiet_starts: dt.time | None
    quiet_ends: dt.time | None


def hours_of(own: OwnHours) -> WorkingTime:
    """Somebody's working time but for their absences; what they did not set is the organisation's."""
    usual = usual_working_time(find_zone(own.time_zone), own.country)
    return replace(
        usual,
        weekdays=frozenset(int(day) for day in own.working_days) or usual.weekdays,
        day_starts=own.day_starts or usual.day_starts,
        day_ends=own.day_ends or usual.day_ends,
        quiet=(own.quiet_starts, own.quiet_ends) if own.quiet_starts and own.quiet_ends else None,
    )
