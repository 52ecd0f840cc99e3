"""What somebody held until now opens nothing any more: sessions, and every personal link mailed before."""

from __future__ import annotations

from collections.abc import Sequence

from django.db import transaction
from django.db.models import F

from common.chunks import in_chunks
from people.domain import keeping_sessions
from people.models import Person

_AT_ONCE = 500


def shut_out(person_ids: Sequence[int], *, but: str | None = None) -> None:
    """In the caller's transaction, for any number of people. ``but`` is the key of a session that goes on.

    Links carry ``Person.link_stamp``; those minted from now on open again, if the person may still use them.
    """
    with transaction.atomic():
        for chunk in in_chunks(person_ids, _AT_ONCE):
            Person.objects.filter(pk__in=chunk).update(link_stamp=F("link_stamp") + 1)
        keeping_sessions.end_of_people(person_ids, but=but)
