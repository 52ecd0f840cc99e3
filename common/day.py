"""What waits for somebody: each app contributes through one function, "My day" knows no app's insides."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from people.models import Person


@dataclass(frozen=True)
class WaitingItem:
    """One thing with one obvious action, and the reason it is there."""

    title: str
    why: str
    url: str
    action: str
    icon: str
    due: dt.datetime | None = None


Source = Callable[["Person", dt.datetime], list[WaitingItem]]
_sources: list[Source] = []


def register(source: Source) -> None:
    """Called from an app's ``AppConfig.ready()``; the source runs a fixed number of statements."""
    if source not in _sources:
        _sources.append(source)


def waiting_for(person: Person, now: dt.datetime) -> list[WaitingItem]:
    """Everything that waits for the person, soonest first, what has no date last."""
    items = [item for source in _sources for item in source(person, now)]
    never = dt.datetime.max.replace(tzinfo=dt.UTC)
    return sorted(items, key=lambda item: (item.due or never, item.title))
