"""Erasing a contact who is no longer asked; see ``people.domain.erasing``."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

from django.db import transaction
from django.utils.translation import gettext as _

from common import audit, erasing
from common.erasing import Erased
from common.nobody import NAME
from customers.models import Contact
from people.domain.changing import NotPossible
from people.models import Person


def register() -> None:
    erasing.register_subject("customers.Contact", empty={"name": NAME})


def why_not(contact: Contact) -> str:
    """What stands in the way; empty where nothing does."""
    if contact.active:
        return _("They may still be asked. First say that they may not.")
    return ""


def erase(contact: Contact, *, by: Person, now: dt.datetime) -> bool:
    """False when they were erased already. Raises NotPossible."""
    with transaction.atomic():
        locked = Contact.objects.select_for_update(of=("self",)).get(pk=contact.pk)
        if locked.erased_at:
            return False
        if reason := why_not(locked):
            raise NotPossible(reason)
        _erase([locked], now)
        audit.record(by=by, action="contact.erased", obj=contact)
    return True


def erase_who_left(days: int, now: dt.datetime) -> int:
    """The daily job; it also notes since when contacts are no longer asked."""
    today = now.date()
    left = Contact.objects.known().filter(active=False)
    left.filter(inactive_since=None).update(inactive_since=today)
    Contact.objects.active().filter(inactive_since__isnull=False).update(inactive_since=None)
    due = left.filter(inactive_since__lte=today - dt.timedelta(days=days))
    return erasing.by_turns(due, lambda contacts: _erase(contacts, now))


def _erase(contacts: Sequence[Contact], now: dt.datetime) -> None:
    ids = [contact.pk for contact in contacts]
    erasing.erase_rows(Erased(Contact, ids=ids, addresses={contact.email for contact in contacts}))
    Contact.objects.filter(pk__in=ids).update(erased_at=now)
