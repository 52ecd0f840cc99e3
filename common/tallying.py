"""Counting what must not happen too often: in the database, so that all processes share one count, adding is
one statement that no two can interleave, and a flushed or absent Redis gives nobody a fresh start.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from django.db import connection
from django.db.models import F
from django.utils.crypto import salted_hmac

from common.models import Tally

# A count that is over begins anew with one.
_ADD = """
INSERT INTO common_tally (key, count, until) VALUES (%(key)s, 1, %(until)s)
ON CONFLICT (key) DO UPDATE SET
    count = CASE WHEN common_tally.until <= %(now)s THEN 1 ELSE common_tally.count + 1 END,
    until = CASE WHEN common_tally.until <= %(now)s THEN excluded.until ELSE common_tally.until END
RETURNING count, until
"""


@dataclass(frozen=True)
class Count:
    """``seconds`` until it is forgotten, 0 where nothing is counted."""

    number: int
    seconds: int


def key_of(what: str, *parts: object) -> str:
    """Without our secret nobody can tell from it whom it is about, not even by trying every address."""
    return salted_hmac(f"tally:{what}", "\n".join(map(str, parts)), algorithm="sha256").hexdigest()


def add(key: str, *, seconds: int, now: dt.datetime) -> Count:
    """One more; the first one decides for how many seconds it is counted."""
    at = int(now.timestamp())
    with connection.cursor() as cursor:
        cursor.execute(_ADD, {"key": key, "until": at + seconds, "now": at})
        number, until = cursor.fetchone()
    return Count(number, until - at)


def look(keys: list[str], *, now: dt.datetime) -> dict[str, Count]:
    at = int(now.timestamp())
    found = {row.key: row for row in Tally.objects.filter(key__in=keys, until__gt=at)}
    return {
        key: Count(found[key].count, found[key].until - at) if key in found else Count(0, 0) for key in keys
    }


def take_back(key: str) -> None:
    """One less: it was no failure after all."""
    Tally.objects.filter(key=key, count__gt=0).update(count=F("count") - 1)


def forget(key: str) -> None:
    Tally.objects.filter(key=key).delete()


def remember(key: str, *, seconds: int, now: dt.datetime) -> None:
    """As counted from now on, however long ago it was before."""
    until = int(now.timestamp()) + seconds
    Tally.objects.update_or_create(key=key, defaults={"count": 1, "until": until})


def forget_what_is_over(now: dt.datetime) -> int:
    return Tally.objects.filter(until__lte=int(now.timestamp())).delete()[0]
