"""Letting many leave or come back at once, by the rules of ``people.domain.changing``, in set statements."""

from __future__ import annotations

from collections.abc import Sequence

from django.db import transaction

from common import audit
from common.chunks import in_chunks
from people.domain.shutting_out import shut_out
from people.models import Person

_AT_ONCE = 500


def deactivate_many(person_ids: Sequence[int], *, by: Person | None) -> int:
    """They no longer work here: out with their next request. How many those were.

    Nobody who holds a role, and never oneself: that takes somebody who looks at the one person, so the last
    administrator stays too.
    """
    with transaction.atomic():
        working = [
            pk
            for chunk in in_chunks(person_ids, _AT_ONCE)
            for pk in Person.objects.active()
            .filter(pk__in=chunk, groups=None)
            .order_by("pk")
            .values_list("pk", flat=True)
            if by is None or pk != by.pk
        ]
        for chunk in in_chunks(working, _AT_ONCE):
            Person.objects.filter(pk__in=chunk).update(is_active=False)
        shut_out(working)
        audit.record_each(by=by, action="person.deactivated", model=Person, keys=working)
    return len(working)


def reactivate_many(person_ids: Sequence[int], *, by: Person | None) -> int:
    """They work here again, with the passwords they had. How many those were."""
    with transaction.atomic():
        away = [
            pk
            for chunk in in_chunks(person_ids, _AT_ONCE)
            for pk in Person.objects.filter(pk__in=chunk, is_active=False, erased_at=None)
            .order_by("pk")
            .values_list("pk", flat=True)
        ]
        for chunk in in_chunks(away, _AT_ONCE):
            Person.objects.filter(pk__in=chunk).update(is_active=True)
        audit.record_each(by=by, action="person.reactivated", model=Person, keys=away)
    return len(away)
