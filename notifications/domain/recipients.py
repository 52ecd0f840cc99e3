"""To whom a message goes, in which language, and when they may be written to."""

from __future__ import annotations

from dataclasses import dataclass, replace

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
    usual = usual_working_time(
        find_zone(message.time_zone or person.time_zone), message.country or person.country
    )
    return replace(
        usual,
        weekdays=frozenset(int(day) for day in person.working_days) or usual.weekdays,
        day_starts=person.day_starts or usual.day_starts,
        day_ends=person.day_ends or usual.day_ends,
        quiet=(person.quiet_starts, person.quiet_ends) if person.quiet_starts and person.quiet_ends else None,
        # Of those loaded already, where a batch did.
        absences=tuple((absence.first_day, absence.last_day) for absence in person.absences.all()),
    )
