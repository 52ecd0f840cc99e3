"""Something to tell, before it goes into any channel."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field

from people.models import Person


@dataclass(frozen=True)
class NewMessage:
    """A message to be; ``context`` holds ids.

    To a ``person`` without an ``address`` it goes where they get mail when it is sent.
    """

    key: str
    kind: str
    due: dt.datetime
    not_after: dt.datetime | None = None
    person: Person | None = None
    address: str = ""
    language: str = ""
    time_zone: str = ""
    country: str = ""
    context: Mapping[str, int | str] = field(default_factory=dict)
    series: str = ""
    step: int = 0
