"""The last check before a mail is handed over and its journal entry, in one statement (delivery.md J3, J4).

A message has been decided on with the rest of its batch. Here it is marked as being sent where nothing that
decision rests on has changed since: the database looks at all of it in the very moment it writes. Where
something has changed, ``deciding.decide`` is asked anew, which also says what.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from django.conf import settings
from django.db import connection
from django.db.models import (
    BigIntegerField,
    CharField,
    DateField,
    DateTimeField,
    DurationField,
    Exists,
    ExpressionWrapper,
    Field,
    Q,
    QuerySet,
)
from django.db.models.functions import Now

from common.prepared import PreparedUpdate, Slot
from common.working_time import ONE_DAY
from notifications.domain.deciding import GO, at_this_time, keeps_hours, opt_outs_of
from notifications.domain.recipients import Recipient
from notifications.kinds import Kind
from notifications.models import Message, OptOut, RefusedAddress, fingerprints
from people.models import Absence, Person

# What of a person decides whether, when, how and with which link they are written to.
_OF_PERSON = (
    "email",
    "display_name",
    "language",
    "country",
    "time_zone",
    "working_days",
    "day_starts",
    "day_ends",
    "quiet_starts",
    "quiet_ends",
    "link_stamp",
)
_ID, _TEXT, _DAY = BigIntegerField(), CharField(), DateField()

WantedRows = Callable[[Mapping[str, Any]], QuerySet[Any]]


@dataclass(frozen=True)
class _Shape:
    """What makes the statement for one message another than that for the next; ``empty`` are fields of the
    person without a value, ``spellings`` of the address may stand in an opt-out.
    """

    database: str
    wanted_rows: WantedRows
    context: tuple[tuple[str, type], ...]
    categories: tuple[str, ...]
    spellings: int
    of_person: bool
    empty: frozenset[str]
    keeps_hours: bool


def begin_sending(
    message: Message, kind: Kind, recipient: Recipient, *, token: str, now: dt.datetime
) -> bool:
    """Whether the message was marked as being sent. False says nothing but that it has to be asked anew."""
    if kind.wanted_rows is None or at_this_time(message, kind, recipient, now) is not GO:
        return False
    address, person = recipient.address, message.person
    categories = opt_outs_of(message, kind)
    spellings = [address, *fingerprints(address)] if categories else []
    known = {name: getattr(person, name) for name in _OF_PERSON} if person else {}
    today = recipient.working_time.local_day(now)
    shape = _Shape(
        database=connection.vendor,
        wanted_rows=kind.wanted_rows,
        context=tuple((name, type(value)) for name, value in sorted(message.context.items())),
        categories=categories,
        spellings=len(spellings),
        of_person=person is not None,
        empty=frozenset(name for name, value in known.items() if value is None),
        keeps_hours=keeps_hours(kind),
    )
    values = {f"context {name}": value for name, value in message.context.items()}
    values |= {f"spelling {number}": spelling for number, spelling in enumerate(spellings)}
    values |= {f"person {name}": value for name, value in known.items()}
    changed = _statement(shape)(
        **values,
        pk=message.pk,
        token=token,
        lease=settings.MAIL_LEASE,
        address=address,
        person=message.person_id,
        today=today,
        yesterday=today - ONE_DAY,
    )
    return changed == 1


@lru_cache(maxsize=256)
def _statement(shape: _Shape) -> PreparedUpdate:
    held = Message.objects.filter(
        pk=Slot("pk", _ID), claimed_by=Slot("token", _TEXT), state=Message.State.CLAIMED
    )
    lease_end = ExpressionWrapper(Now() + Slot("lease", DurationField()), output_field=DateTimeField())
    return PreparedUpdate(
        held.filter(_nothing_has_changed(shape)), state=Message.State.SENDING, lease_until=lease_end
    )


def _nothing_has_changed(shape: _Shape) -> Q:
    context = {name: Slot(f"context {name}", _TEXT if of is str else _ID) for name, of in shape.context}
    refused = RefusedAddress.objects.filter(address=Slot("address", _TEXT))
    holds = Q(Exists(shape.wanted_rows(context))) & ~Q(Exists(refused))
    if shape.spellings:
        spellings = [Slot(f"spelling {number}", _TEXT) for number in range(shape.spellings)]
        opted_out = OptOut.objects.filter(category__in=shape.categories, address__in=spellings)
        holds &= ~Q(Exists(opted_out))
    if shape.of_person:
        holds &= Q(Exists(_same_person(shape)))
    if shape.of_person and shape.keeps_hours:
        # A night shift began yesterday. Whoever comes back today is asked the long way.
        away = Absence.objects.filter(
            person=Slot("person", _ID),
            first_day__lte=Slot("today", _DAY),
            last_day__gte=Slot("yesterday", _DAY),
        )
        holds &= ~Q(Exists(away))
    return holds


def _same_person(shape: _Shape) -> QuerySet[Any]:
    same = Q(pk=Slot("person", _ID), is_active=True)
    for name in _OF_PERSON:
        if name in shape.empty:
            same &= Q((f"{name}__isnull", True))
        else:
            same &= Q((name, Slot(f"person {name}", _field(name))))
    rows: QuerySet[Any] = Person.objects.filter(same)
    return rows


def _field(name: str) -> Field[Any, Any]:
    field: Field[Any, Any] = Person._meta.get_field(name)  # type: ignore[assignment]
    return field
