"""Kinds of file the portal takes; each app registers its own in ``AppConfig.ready()``."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from common.importing.columns import FieldSet
from common.importing.problems import Problem
from common.importing.table import Table

if TYPE_CHECKING:
    from django.utils.functional import _StrPromise

    from people.models import Person

# Rows of each sort a preview shows.
ROWS_SHOWN = 20
NEW, CHANGED, SAME = "new", "changed", "same"


@dataclass(frozen=True, slots=True)
class Change:
    """One field of a row: as it stands, and as the file says."""

    label: str
    before: str
    after: str


@dataclass(frozen=True, slots=True)
class PreviewRow:
    number: int
    name: str
    changes: tuple[Change, ...] = ()


@dataclass
class Plan:
    """What a file would change. ``counts`` are told before and kept after it was applied."""

    counts: dict[str, int] = field(default_factory=dict)
    errors: list[Problem] = field(default_factory=list)
    warnings: list[Problem] = field(default_factory=list)
    # The first rows that are new, change or stay as they are.
    rows: dict[str, list[PreviewRow]] = field(default_factory=dict)

    @property
    def changes(self) -> int:
        """How many rows would be written; 0: everything is as the file says."""
        return self.counts.get(NEW, 0) + self.counts.get(CHANGED, 0)

    def tell(self, sort: str, row: Callable[[], PreviewRow]) -> None:
        """Count a row, and show it where there is room."""
        self.counts[sort] = self.counts.get(sort, 0) + 1
        shown = self.rows.setdefault(sort, [])
        if len(shown) < ROWS_SHOWN:
            shown.append(row())


@dataclass(frozen=True)
class ImportPages:
    """What the pages of a kind of file say, and where they are.

    That is ``<prefix>-create``, ``-detail``, ``-columns``, ``-reading``, ``-discard`` and ``-template``; of a
    ``Kind`` also ``-apply`` and ``-problems``.
    """

    of: str
    prefix: str
    title: str | _StrPromise
    # The page they belong to: its name and its URL's.
    parent_title: str | _StrPromise
    parent_url: str
    fields: Callable[[], FieldSet]


@dataclass(frozen=True)
class Kind(ImportPages):
    """A kind of file whose import is no more than: look at each row, then write.

    ``plan`` looks and writes nothing; it calls its second argument once a row. ``write`` writes a plan in the
    caller's transaction and raises Meanwhile where it no longer holds.
    """

    permission: str
    plan: Callable[[Table, Callable[[], None]], Any]
    write: Callable[[Any, Person | None], None]
    # What each of the plan's counts is called.
    labels: Mapping[str, str | _StrPromise]
    # What to know before choosing a file, a paragraph each.
    words: tuple[str | _StrPromise, ...] = ()


class Meanwhile(Exception):
    """Somebody changed the same things between our look and our write. Nothing was written."""


_kinds: dict[str, Kind] = {}


def register(kind: Kind) -> None:
    _kinds[kind.of] = kind


def find_kind(of: str) -> Kind:
    return _kinds[of]
