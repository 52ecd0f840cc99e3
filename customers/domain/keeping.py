"""What HR changes about behaviours, values and customers outside, each with its line in the audit log."""

from __future__ import annotations

from typing import Any

from django.db import models, transaction

from common import audit, moving
from customers.models import Contact, ExternalOrganisation
from customers.models.behaviour import Principle
from people.models import Person


def save_principle(principle: Principle, *, by: Person) -> None:
    """One without a place stands last."""
    with transaction.atomic():
        if not principle.position:
            last = type(principle).objects.aggregate(last=models.Max("position"))["last"]
            principle.position = (last or 0) + 1
        principle.save()
        audit.record(by=by, action="principle.saved", obj=principle)


def move_principle(principle: Principle, direction: str, *, by: Person) -> bool:
    """One place up or down among its kind; False at the end."""
    with transaction.atomic():
        rows: list[Any] = list(type(principle).objects.select_for_update())
        here = rows.index(principle)
        there = here + (-1 if direction == "up" else 1)
        if not 0 <= there < len(rows):
            return False
        rows[here], rows[there] = rows[there], rows[here]
        for position, row in enumerate(rows, start=1):
            row.position = position
        type(principle).objects.bulk_update(rows, ["position"])
        audit.record(by=by, action="principle.moved", obj=principle, direction=direction)
    return True


def archive_principle(principle: Principle, *, by: Person) -> bool:
    """Nothing new can point at it; what did stays. False where it was put away already."""
    with transaction.atomic():
        if not type(principle).objects.filter(pk=principle.pk, active=True).update(active=False):
            return False
        audit.record(by=by, action="principle.archived", obj=principle)
    return True


def bring_back_principle(principle: Principle, *, by: Person) -> bool:
    """False where it was in use already."""
    with transaction.atomic():
        if not type(principle).objects.filter(pk=principle.pk, active=False).update(active=True):
            return False
        audit.record(by=by, action="principle.brought_back", obj=principle)
    return True


def save_organisation(organisation: ExternalOrganisation, *, by: Person) -> None:
    """With its contacts' search text, which holds its name."""
    with transaction.atomic():
        organisation.save()
        contacts = list(organisation.contacts.all())
        for contact in contacts:
            contact.organisation = organisation
            contact.refresh_search_text()
        Contact.objects.bulk_update(contacts, ["search_text"], batch_size=200)
        audit.record(by=by, action="organisation.saved", obj=organisation)


def save_contact(contact: Contact, *, by: Person) -> None:
    """What they said no to by mail comes along to another address."""
    with transaction.atomic():
        former = Contact.objects.filter(pk=contact.pk).values_list("email", flat=True).first()
        contact.refresh_search_text()
        contact.save()
        if former:
            moving.follow({former: contact.email})
        audit.record(by=by, action="contact.saved", obj=contact)
