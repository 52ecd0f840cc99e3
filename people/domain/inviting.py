"""The mail by which somebody sets their first password."""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Sequence

from common.chunks import in_chunks
from common.outbox import PersonMail, queue_mail
from people.models import Person

SET_PASSWORD = "people.set_password"  # noqa: S105 - the name of a kind of mail


def queue_set_password_mails(person_ids: Sequence[int], *, now: dt.datetime) -> int:
    """One mail for each who works here and never signed in; at most one a day and address.

    Returns how many are new. Call it inside the transaction that gave the reason.
    """
    addresses: list[tuple[int, str]] = []
    for chunk in in_chunks(person_ids, 1000):
        waiting = Person.objects.never_signed_in().filter(pk__in=chunk)
        addresses += waiting.order_by("pk").values_list("pk", "email")
    return queue_mail(
        [
            PersonMail(key=_key(pk, email, now), kind=SET_PASSWORD, person_id=pk, due=now)
            for pk, email in addresses
        ]
    )


def _key(person_id: int, email: str, now: dt.datetime) -> str:
    address = hashlib.blake2s(email.encode(), digest_size=6).hexdigest()
    return f"{SET_PASSWORD}:{person_id}:{address}:{now:%Y-%m-%d}"
