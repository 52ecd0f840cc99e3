"""What HR changes about behaviours, values and customers outside, each with its line in the audit log."""

from __future__ import annotations

from django.db import models, transaction

from common import audit
from customers.models import Contact, ExternalOrganisation
from people.models import Person


def save_principle(principle: models.Model, *, by: Person) -> None:
    with transaction.atomic():
        principle.save()
        audit.record(by=by, action="principle.saved", obj=principle)


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
    with transaction.atomic():
        contact.refresh_search_text()
        contact.save()
        audit.record(by=by, action="contact.saved", obj=contact)
