"""Which contact an address belongs to, for whoever has to correct it."""

from __future__ import annotations

from collections.abc import Collection

from django.urls import reverse

from customers.models import Contact
from notifications.domain.refusing import Holder
from people.models import Person


def contacts_with(addresses: Collection[str], reader: Person) -> dict[str, Holder]:
    """Nobody, for a reader who may not see contacts."""
    if not reader.has_perm("customers.edit_external"):
        return {}
    contacts = Contact.objects.active().filter(email__in=addresses).select_related("organisation")
    return {
        contact.email: Holder(
            name=contact.name,
            about=contact.organisation.name,
            url=reverse("customers:contact-edit", args=[contact.pk]),
        )
        for contact in contacts
    }
