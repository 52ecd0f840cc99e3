"""What is known of the organisation: what HR said in the portal, else what the environment says.

Each process keeps it for ``ORGANISATION_SECONDS``: a change reaches the others within that time.
"""

from __future__ import annotations

import datetime as dt
import time
from dataclasses import dataclass

from django.conf import settings

from common.database import DatabaseAway
from common.models import Organisation


@dataclass(frozen=True)
class OrganisationFacts:
    """``working_days`` are ISO weekdays as text, ``"12345"``. ``logo_digest`` is empty without a logo."""

    name: str
    country: str
    time_zone: str
    language: str
    working_days: str = "12345"
    day_starts: dt.time = dt.time(8)
    day_ends: dt.time = dt.time(18)
    k: int = 5
    logo_digest: str = ""


# Until when, and what HR said, if anything.
_kept: tuple[float, OrganisationFacts | None] | None = None


def current() -> OrganisationFacts:
    """What holds now, at most ``ORGANISATION_SECONDS`` old; what was known last where no database answers."""
    global _kept  # noqa: PLW0603 - one small value a process, and no request to hang it on in a worker
    if _kept is None or time.monotonic() > _kept[0]:
        try:
            facts = _read()
        except DatabaseAway:
            # Pages that need no database stand also while there is none.
            facts = _kept[1] if _kept else None
        _kept = (time.monotonic() + settings.ORGANISATION_SECONDS, facts)
    return _kept[1] or from_environment()


def forget() -> None:
    """The next ``current`` reads anew; called by whoever has just written."""
    global _kept  # noqa: PLW0603
    _kept = None


def know_nothing() -> None:
    """As if nobody had said anything, without looking; for tests, which may have no database."""
    global _kept  # noqa: PLW0603
    _kept = (float("inf"), None)


def from_environment() -> OrganisationFacts:
    """What holds as long as nobody has said anything in the portal."""
    return OrganisationFacts(
        name=settings.PORTAL_ORGANISATION,
        country=settings.PORTAL_COUNTRY,
        time_zone=settings.TIME_ZONE,
        language=settings.LANGUAGE_CODE,
        k=settings.PORTAL_K,
    )


def _read() -> OrganisationFacts | None:
    names = list(OrganisationFacts.__dataclass_fields__)
    row = Organisation.objects.values(*names).first()
    return OrganisationFacts(**row) if row else None
