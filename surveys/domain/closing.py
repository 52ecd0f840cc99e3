"""From open ballots to counts, once and for all (anonymity.md S3).

Lock order, everywhere: first the wave, then the invitation, then the ballot. A submit begins with
``wave_is_accepting``; a close begins with the wave's row lock. So a ballot handed in at the moment of the
close is counted or refused, and neither waits for the other in a ring.
"""

from __future__ import annotations

import datetime as dt

from django.db import connection

from surveys.models import Wave

_ACCEPTING = "SELECT 1 FROM surveys_wave WHERE id = %s AND state = %s AND opens_at <= %s AND closes_at > %s"
_ACCEPTING_AND_LOCKED = f"{_ACCEPTING} FOR KEY SHARE"


def wave_is_accepting(wave_id: int, now: dt.datetime) -> bool:
    """Whether the wave takes answers; the first statement of a submit's transaction.

    If true it stays true until that transaction ends. On PostgreSQL the lock is FOR KEY SHARE: submits do
    not wait for each other, and the close, which locks FOR UPDATE, waits for them all; whoever waited for a
    close looks at the condition again. On SQLite the transaction is alone from its BEGIN on.
    """
    moment = connection.ops.adapt_datetimefield_value(now)
    with connection.cursor() as cursor:
        cursor.execute(
            _ACCEPTING_AND_LOCKED if connection.vendor == "postgresql" else _ACCEPTING,
            [wave_id, Wave.State.OPEN.value, moment, moment],
        )
        return cursor.fetchone() is not None
