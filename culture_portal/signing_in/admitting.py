"""Whom of our people somebody is who signed in at the provider. Nobody is created by it."""

from __future__ import annotations

from dataclasses import dataclass

from django.db import transaction

from common import audit
from common.addresses import normalise_email
from culture_portal.signing_in.openid import Identity
from people.models import OpenIDLink, Person

UNKNOWN, UNVERIFIED, OTHER_ACCOUNT, DEACTIVATED = "unknown", "unverified", "other account", "deactivated"


@dataclass
class NotAdmitted(Exception):
    """``reason`` is one of the words above."""

    reason: str
    person: Person | None = None


def admit(identity: Identity) -> Person:
    """Who this is: by the subject once linked, before that by an address which the provider has verified.

    Raises NotAdmitted; the audit log then says why, and nothing else was written.
    """
    try:
        with transaction.atomic():
            return _find(identity)
    except NotAdmitted as refusal:
        audit.record(by=None, action="person.openid_refused", obj=refusal.person, reason=refusal.reason)
        raise


def _find(identity: Identity) -> Person:
    link = (
        OpenIDLink.objects.select_related("person")
        .filter(issuer=identity.issuer, subject=identity.subject)
        .first()
    )
    if link and link.address == link.person.email:
        return _active(link.person)
    if not identity.email:
        raise NotAdmitted(UNVERIFIED)
    person = _active(_with_address(identity.email))
    _link(person, identity)
    return person


def _with_address(email: str) -> Person:
    """Exactly this address: a database's idea of upper case would let look-alikes in."""
    person: Person | None = Person.objects.select_for_update().filter(email=normalise_email(email)).first()
    if person is None:
        raise NotAdmitted(UNKNOWN)
    return person


def _active(person: Person) -> Person:
    if not person.is_active:
        raise NotAdmitted(DEACTIVATED, person)
    return person


def _link(person: Person, identity: Identity) -> None:
    """Links whose address is no longer the person's make room; one that still holds is never replaced.

    An address given to somebody new over there does not open the account of whoever had it here.
    """
    if person.openid_links.filter(issuer=identity.issuer, address=person.email).exists():
        raise NotAdmitted(OTHER_ACCOUNT, person)
    person.openid_links.filter(issuer=identity.issuer).delete()
    OpenIDLink.objects.filter(issuer=identity.issuer, subject=identity.subject).delete()
    OpenIDLink.objects.create(
        person=person, issuer=identity.issuer, subject=identity.subject, address=person.email
    )
    audit.record(by=person, action="person.openid_linked", obj=person)
