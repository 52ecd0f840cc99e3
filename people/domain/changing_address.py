"""Somebody gives themselves another e-mail address.

A link goes to the new one, to show that they read what is sent there; whoever opens it must be signed in as
the same person, so that an address typed wrongly hands nobody an account. The former address is told.
"""

from __future__ import annotations

import datetime as dt
import hashlib
from dataclasses import dataclass

from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from common import audit, links, moving
from common.outbox import PersonMail, queue_mail
from people.domain.changing import NotPossible
from people.domain.shutting_out import shut_out
from people.models import Person

CONFIRM_ADDRESS = "people.confirm_address"
ADDRESS_CHANGED = "people.address_changed"
HOURS = 24
_PURPOSE = "change-address"


@dataclass(frozen=True)
class Change:
    """What a link says: whose, to what, and the person's ``link_stamp``, which the change itself moves on."""

    person_id: int
    address: str
    stamp: int
    until: dt.datetime


def queue_confirmation(person: Person, address: str, *, now: dt.datetime) -> None:
    """Mail the link to the new address; nothing is changed by it, and nothing kept but the message."""
    digest = hashlib.blake2s(address.encode(), digest_size=6).hexdigest()
    mail = PersonMail(
        key=f"{CONFIRM_ADDRESS}:{person.pk}:{digest}:{now:%Y-%m-%dT%H:%M}",
        kind=CONFIRM_ADDRESS,
        person_id=person.pk,
        due=now,
        not_after=now + dt.timedelta(hours=1),
        address=address,
        context={"stamp": person.link_stamp},
    )
    with transaction.atomic():
        queue_mail([mail])


def token_for(person: Person, address: str, *, stamp: int, now: dt.datetime | None = None) -> str:
    until = (now or timezone.now()) + dt.timedelta(hours=HOURS)
    content = {"person": person.pk, "address": address, "stamp": stamp, "until": int(until.timestamp())}
    return links.seal(_PURPOSE, content)


def read_token(token: str, person: Person, *, now: dt.datetime) -> Change | None:
    """What this person may still change by the link; None where it is used, too old or somebody else's."""
    content = links.unseal(_PURPOSE, token)
    if content is None:
        return None
    until = dt.datetime.fromtimestamp(content["until"], tz=dt.UTC)
    change = Change(content["person"], content["address"], content["stamp"], until)
    if change.person_id != person.pk or change.stamp != person.link_stamp or now >= change.until:
        return None
    return change


def change_address(change: Change, *, but: str | None, now: dt.datetime) -> Person:
    """Once: every other link and session ends with it. The password stays, because its owner did this.

    Invitations to open surveys keep the address they were sent to (anonymity.md S8).
    """
    try:
        with transaction.atomic():
            person: Person = Person.objects.select_for_update().get(pk=change.person_id)
            if person.link_stamp != change.stamp or not person.is_active:
                raise NotPossible(_("This link has been used already."))
            former, person.email = person.email, change.address
            person.refresh_search_text()
            person.save(update_fields=["email", "search_text"])
            moving.follow({former: person.email})
            shut_out([person.pk], but=but)
            audit.record(by=person, action="person.address_changed", obj=person)
            queue_mail([_notice(person, former, now)])
    except IntegrityError:
        raise NotPossible(_("This address belongs to somebody else here by now.")) from None
    return person


def _notice(person: Person, former: str, now: dt.datetime) -> PersonMail:
    key = f"{ADDRESS_CHANGED}:{person.pk}:{person.link_stamp}"
    return PersonMail(key=key, kind=ADDRESS_CHANGED, person_id=person.pk, due=now, address=former)
