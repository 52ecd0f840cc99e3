"""Sessions as Django keeps them in cache and database, with an end rounded to the hour.

The row's ``expire_date`` is otherwise the moment of its last change, to the microsecond: beside a dump of the
ballots that would say who was here when one of them came (anonymity.md T3).
"""

from __future__ import annotations

import datetime as dt
from typing import Any

from django.contrib.sessions.backends import cached_db


class SessionStore(cached_db.SessionStore):
    def get_expiry_date(self, **given: Any) -> dt.datetime:
        exact: dt.datetime = super().get_expiry_date(**given)
        return exact.replace(minute=0, second=0, microsecond=0) + dt.timedelta(hours=1)
