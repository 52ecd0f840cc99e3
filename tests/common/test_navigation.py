from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest
from django.test import RequestFactory
from django.urls import resolve

from common import navigation
from common.navigation import Group, Menu, NavEntry, check_entries_lead_somewhere, holds

HOME = NavEntry(Group.MY_WORK, "My day", "home", "sun", order=1, tab=1)
MORE = NavEntry(Group.HR, "More", "more", "menu", order=2)


def menu_at(path: str, *entries: NavEntry, authenticated: bool = True, **person: Any) -> Menu:
    request = RequestFactory().get(path)
    request.resolver_match = resolve(path)
    request.user = SimpleNamespace(is_authenticated=authenticated, **person)  # type: ignore[assignment]
    return Menu(request, entries)


def currents(menu: Menu) -> dict[str, str]:
    return {item.entry.url_name: item.current for item in menu.items}


def test_menu_of_a_stranger_is_empty() -> None:
    menu = menu_at("/", HOME, authenticated=False)

    assert menu.items == []
    assert menu.groups == []


def test_page_itself_is_marked_as_page() -> None:
    assert currents(menu_at("/more/", HOME, MORE)) == {"home": "", "more": "page"}


def test_page_below_is_marked_as_true() -> None:
    reset = NavEntry(Group.HR, "Reset", "account_reset_password", "key")

    assert currents(menu_at("/password/reset/done/", HOME, reset)) == {
        "home": "",
        "account_reset_password": "true",
    }


def test_covered_page_is_marked_as_true() -> None:
    covering = NavEntry(Group.HR, "More", "more", "menu", covers=("account_reset",))

    assert currents(menu_at("/password/reset/done/", HOME, covering)) == {"home": "", "more": "true"}


def test_nothing_is_marked_on_a_page_of_no_entry() -> None:
    assert currents(menu_at("/sign-in/", HOME, MORE)) == {"home": "", "more": ""}


def test_entry_is_left_out_for_those_without_the_permission() -> None:
    entry = NavEntry(Group.HR, "More", "more", "menu", visible=holds("surveys.build_survey"))

    def has_perm(permission: str) -> bool:
        return permission == "surveys.build_survey"

    assert [i.entry for i in menu_at("/", HOME, entry, has_perm=has_perm).items] == [HOME, entry]
    assert [i.entry for i in menu_at("/", HOME, entry, has_perm=lambda _: False).items] == [HOME]


def test_groups_without_entries_have_no_heading() -> None:
    assert [group for group, _items in menu_at("/", HOME, MORE).groups] == [Group.MY_WORK, Group.HR]


def test_tabs_are_four_by_rank_and_the_rest_stands_under_more() -> None:
    names = ["home", "more", "account_login", "account_logout", "account_change_password"]
    entries = [
        NavEntry(Group.MY_WORK, name, name, "sun", tab=rank)
        for rank, name in zip([3, 1, 5, 2, 4], names, strict=True)
    ]
    menu = menu_at("/sign-in/", *entries)

    assert [item.entry.url_name for item in menu.tabs] == [
        "more",
        "account_logout",
        "home",
        "account_change_password",
    ]
    assert [(group, [item.entry.url_name for item in items]) for group, items in menu.beyond_tabs] == [
        (Group.MY_WORK, ["account_login"])
    ]
    assert menu.more_is_current


def test_count_is_asked_for_once_and_only_when_shown() -> None:
    asked: list[Any] = []

    def count(person: Any) -> int:
        asked.append(person)
        return 3

    (item,) = menu_at("/", NavEntry(Group.MY_WORK, "My day", "home", "sun", count=count)).items

    assert asked == []
    assert (item.count, item.count) == (3, 3)
    assert len(asked) == 1


def test_entry_that_leads_nowhere_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    nowhere = NavEntry(Group.HR, "Nowhere", "no-such-page", "sun")
    monkeypatch.setattr(navigation, "_entries", {"home": HOME, "no-such-page": nowhere})

    assert [(error.id, error.msg) for error in check_entries_lead_somewhere()] == [
        (
            "common.E002",
            "The navigation entry 'Nowhere' leads to 'no-such-page', which is no address of the portal.",
        )
    ]
