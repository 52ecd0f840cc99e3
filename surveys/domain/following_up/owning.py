"""Who answers for a follow-up: whoever looks after the respondent, and the line above them.

Nobody follows up on their own answer. People who have left are passed over.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Iterator
from dataclasses import dataclass, replace

from common.working_time import NeverOpen, WorkingTime, find_zone, organisation_time, usual_working_time
from customers.models import Contact
from notifications.domain.recipients import recipient_of
from notifications.models import Message
from people.models import Person
from surveys.models import Invitation, Wave

A_YEAR = dt.timedelta(days=365)


def clock_of(one: Person | Contact | None) -> WorkingTime:
    """Their working time; of a contact the usual one where they are; the organisation's for nobody."""
    if isinstance(one, Person):
        return recipient_of(Message(person=one)).working_time
    if one is None:
        return organisation_time()
    return usual_working_time(find_zone(one.time_zone), one.country)


def due_after(clock: WorkingTime, at: dt.datetime, days: int) -> dt.datetime:
    """The end of their ``days``-th working day after the instant; a year on for somebody away for good."""
    try:
        return clock.end_of(clock.add_working_days(clock.local_day(at), days))
    except NeverOpen:
        return at + A_YEAR


def is_away(clock: WorkingTime, at: dt.datetime, days: int) -> bool:
    """Away on each of the next ``days`` days on which they would work."""
    if not clock.absences:
        return False
    always_there = replace(clock, absences=())
    day = last = clock.local_day(at)
    try:
        last = always_there.add_working_days(day, days)
    except NeverOpen:
        return True
    while day < last:
        day += dt.timedelta(days=1)
        if clock.works_on(day):
            return False
    return True


def owner_for(wave: Wave, invitation: Invitation) -> Person | None:
    """Of a contact who looks after their organisation, else whom the wave names, else a reader of it."""
    contact = invitation.contact
    looked_after_by = contact.organisation.owner if contact else None
    for person in (looked_after_by, wave.follow_up_owner):
        if person and _may_own(person, invitation):
            return person
    readers = wave.readers.filter(is_active=True).exclude(pk=invitation.person_id or 0)
    return readers.order_by("pk").first()


def _may_own(person: Person, invitation: Invitation) -> bool:
    return person.is_active and person.pk != invitation.person_id


def line_above(person: Person, *, but: Collection[int | None] = ()) -> Iterator[Person]:
    """Managers who work here, the nearest first; without ``but``, and each once whatever runs in a ring."""
    seen = {person.pk}
    above = person.manager
    while above is not None and above.pk not in seen:
        seen.add(above.pk)
        if above.is_active and above.pk not in but:
            yield above
        above = above.manager


def first_there(people: Iterator[Person], at: dt.datetime, days: int) -> Person | None:
    """The first of them who is not away; where all are, the first."""
    everybody = list(people)
    there = (one for one in everybody if not is_away(clock_of(one), at, days))
    return next(there, everybody[0] if everybody else None)


@dataclass(frozen=True)
class Charge:
    """Who has it when it opens. ``above``: whom it goes to at once, since the owner is away."""

    owner: Person | None
    above: Person | None = None

    @property
    def clock(self) -> WorkingTime:
        return clock_of(self.above or self.owner)


def charge_for(wave: Wave, invitation: Invitation, now: dt.datetime) -> Charge:
    owner = owner_for(wave, invitation)
    days = wave.follow_up_days
    if owner is None or not is_away(clock_of(owner), now, days):
        return Charge(owner)
    above = first_there(line_above(owner, but=[invitation.person_id]), now, days)
    if above is None or is_away(clock_of(above), now, days):
        instead = wave.follow_up_owner
        if instead and _may_own(instead, invitation) and not is_away(clock_of(instead), now, days):
            return Charge(instead)
    return Charge(owner, above)


def people_of_hr() -> list[Person]:
    return list(Person.objects.active().in_hr().order_by("pk"))
