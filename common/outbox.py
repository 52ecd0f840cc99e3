"""How the storeys below ``notifications`` get something mailed.

They say what about and to whom; the project fills in who carries it, once, in ``AppConfig.ready()``.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class PersonMail:
    """One mail to one person. A second one with the same ``key`` is never sent."""

    key: str
    kind: str
    person_id: int
    due: dt.datetime


Carrier = Callable[[Sequence[PersonMail]], int]
_carriers: list[Carrier] = []


def carry_by(carrier: Carrier) -> None:
    """The carrier stores the mails in the caller's transaction and returns how many were new."""
    _carriers[:] = [carrier]


def queue_mail(mails: Sequence[PersonMail]) -> int:
    return sum(carrier(mails) for carrier in _carriers)
