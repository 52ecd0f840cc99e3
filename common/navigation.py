"""Where a person can go: each app registers its entries in ``AppConfig.ready()``, so that ``common``
knows none of them.

    register_entry(
        NavEntry(
            group=Group.HR, label=_("Survey builder"), url_name="surveys:survey-list", icon="pencil",
            visible=holds("surveys.build_survey"),
        )
    )
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from enum import IntEnum
from functools import cached_property
from typing import Any

from django.core.checks import CheckMessage, Error, Tags, register
from django.http import HttpRequest
from django.urls import NoReverseMatch, reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

# One tab leads to the page "More", the others to the entries with the lowest ``tab``.
MOST_TABS = 5


class Group(IntEnum):
    """Headings of the navigation, top to bottom. A role adds a group below and changes none above."""

    MY_WORK = 1
    MY_TEAM = 2
    HR = 3
    ADMINISTRATION = 4
    TRIAL = 5

    @property
    def title(self) -> Promise:
        return GROUP_TITLES[self]


GROUP_TITLES: dict[Group, Promise] = {
    Group.MY_WORK: _("My work"),
    Group.MY_TEAM: _("My team"),
    Group.HR: _("HR"),
    Group.ADMINISTRATION: _("Administration"),
    Group.TRIAL: _("This trial"),
}


def everybody(person: Any) -> bool:
    return True


def holds(permission: str) -> Callable[[Any], bool]:
    """Visible to those who hold the permission regardless of any object."""

    def visible(person: Any) -> bool:
        return bool(person.has_perm(permission))

    return visible


@dataclass(frozen=True)
class NavEntry:
    """One way into the portal.

    ``count`` says how many things wait for this person (never how many there are); 0 shows nothing.
    ``covers`` are beginnings of view names, such as ``"surveys:wave-"``, whose pages belong to this entry
    although their address does not begin with its own.
    ``tab`` is its rank among the tabs of a phone; None: under "More" there.
    """

    group: Group
    label: str | Promise
    url_name: str
    icon: str
    order: int = 50
    visible: Callable[[Any], bool] = everybody
    count: Callable[[Any], int] | None = None
    covers: tuple[str, ...] = ()
    tab: int | None = None


_entries: dict[str, NavEntry] = {}


def register_entry(entry: NavEntry) -> None:
    """Add the entry; a second one for the same page takes its place."""
    _entries[entry.url_name] = entry


def registered_entries() -> list[NavEntry]:
    return sorted(_entries.values(), key=lambda entry: (entry.group, entry.order, entry.url_name))


@dataclass
class NavItem:
    """An entry as one person sees it on one page. ``current`` is the value of ``aria-current``."""

    entry: NavEntry
    url: str
    person: Any = field(repr=False)
    current: str = ""

    @cached_property
    def count(self) -> int:
        return self.entry.count(self.person) if self.entry.count else 0


class Menu:
    """The navigation of one request; works out nothing before a template asks."""

    def __init__(self, request: HttpRequest, entries: Iterable[NavEntry] | None = None) -> None:
        self.request = request
        self._entries = registered_entries() if entries is None else list(entries)

    @cached_property
    def items(self) -> list[NavItem]:
        if not self.request.user.is_authenticated:
            return []
        items = [
            NavItem(entry, reverse(entry.url_name), self.request.user)
            for entry in self._entries
            if entry.visible(self.request.user)
        ]
        self._mark_current(items)
        return items

    def _mark_current(self, items: list[NavItem]) -> None:
        path = self.request.path
        match = self.request.resolver_match
        view_name = match.view_name if match else ""

        def closeness(item: NavItem) -> int:
            if item.url == path:
                return len(path) + 1
            if view_name.startswith(item.entry.covers):
                return len(path)
            return len(item.url) if item.url != "/" and path.startswith(item.url) else 0

        best = max(items, key=closeness, default=None)
        if best and closeness(best):
            best.current = "page" if best.url == path else "true"

    @property
    def groups(self) -> list[tuple[Group, list[NavItem]]]:
        """Each group with its items, empty ones left out."""
        return self._grouped(self.items)

    @cached_property
    def tabs(self) -> list[NavItem]:
        """What stands at the bottom of a phone, beside "More"."""
        ranked = [item for item in self.items if item.entry.tab is not None]
        ranked.sort(key=lambda item: item.entry.tab or 0)
        return ranked[: MOST_TABS - 1]

    @property
    def beyond_tabs(self) -> list[tuple[Group, list[NavItem]]]:
        """What the page "More" lists."""
        return self._grouped([item for item in self.items if item not in self.tabs])

    @property
    def more_is_current(self) -> bool:
        return not any(item.current for item in self.tabs)

    @staticmethod
    def _grouped(items: list[NavItem]) -> list[tuple[Group, list[NavItem]]]:
        groups = [(group, [item for item in items if item.entry.group == group]) for group in Group]
        return [(group, members) for group, members in groups if members]


@register(Tags.urls)
def check_entries_lead_somewhere(**kwargs: Any) -> list[CheckMessage]:
    """An error for each entry of the navigation whose page does not exist."""
    errors: list[CheckMessage] = []
    for entry in registered_entries():
        try:
            reverse(entry.url_name)
        except NoReverseMatch:
            errors.append(
                Error(
                    f"The navigation entry {str(entry.label)!r} leads to {entry.url_name!r}, "
                    "which is no address of the portal.",
                    hint="Register entries only for pages that exist and need no argument.",
                    id="common.E002",
                )
            )
    return errors
