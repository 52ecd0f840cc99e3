"""How the storeys below ``notifications`` get something mailed.

They say what about and to whom; the project fills in who carries it, once, in ``AppConfig.ready()``.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field


@dataclass(frozen=True)
class PersonMail:
    """One mail to one person. A second one with the same ``key`` is never sent.

    Without an ``address`` it goes where they get mail when it is sent. ``context`` holds ids.
    """

    key: str
    kind: str
    person_id: int
    due: dt.datetime
    not_after: dt.datetime | None = None
    address: str = ""
    context: Mapping[str, int | str] = field(default_factory=dict)


Carrier = Callable[[Sequence[PersonMail]], int]
_carriers: list[Carrier] = []


def carry_by(carrier: Carrier) -> None:
    """The carrier stores the mails in the caller's transaction and returns how many were new."""
    _carriers[:] = [carrier]


def queue_mail(mails: Sequence[PersonMail]) -> int:
    return sum(carrier(mails) for carrier in _carriers)
