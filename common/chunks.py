"""Some rows at a time, so that no statement and no list grows with the organisation."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import islice
from typing import TypeVar

Item = TypeVar("Item")


def in_chunks(items: Iterable[Item], size: int) -> Iterator[list[Item]]:
    """All of them in their order, ``size`` at a time; nothing where there are none."""
    rest = iter(items)
    while chunk := list(islice(rest, size)):
        yield chunk
