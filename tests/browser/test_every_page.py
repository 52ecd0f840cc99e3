"""Every page the three logins of the demonstration can reach, found by following links as they would.

``PORTAL_SHOTS=<folder>`` keeps a picture of each, wide in light and narrow in dark.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Literal

import pytest
from django.contrib.auth import SESSION_KEY
from django.test import Client
from django.urls import Resolver404, resolve
from django.urls.resolvers import ResolverMatch
from playwright.sync_api import Browser
from pytest_django.live_server_helper import LiveServer

from culture_portal.demo import LOGINS
from culture_portal.demo.staff import address
from people.models import Person
from tests.browser.pages import PHONE, WIDE, Reader, reader

VIEWS: tuple[tuple[int, Literal["light", "dark"]], ...] = ((WIDE, "light"), (PHONE, "dark"))
# What ends the session, and the questionnaire without the link that opens it.
# A mail as a mail program shows it is no page of ours; the preview's frame speaks the survey's language.
NO_PAGES = {
    "account_logout",
    "surveys:answer-form",
    "notifications:mail-text-html",
    "surveys:wave-words-html",
    "surveys:survey-preview-page",
}
# Pages each role sees otherwise.
DIFFER_BY_ROLE = {"home", "more"}
SHOTS = os.environ.get("PORTAL_SHOTS", "")


def session_of(role: str) -> dict[str, str]:
    client = Client()
    client.force_login(
        Person.objects.get(email=address(*LOGINS[role])),
        backend="allauth.account.auth_backends.AuthenticationBackend",
    )
    assert SESSION_KEY in client.session
    return {"sessionid": client.cookies["sessionid"].value}


def _match(path: str) -> ResolverMatch | None:
    try:
        return resolve(path)
    except Resolver404:
        return None


def new_pages(one: Reader, base_url: str, seen: set[str]) -> Iterator[tuple[str, str]]:
    """(view name, path) of linked pages whose view has not been looked at; one path stands for its view."""
    for link in one.page.eval_on_selector_all("a[href]:not([download])", "links => links.map(a => a.href)"):
        path = link.removeprefix(base_url).split("#")[0]
        match = _match(path.split("?")[0]) if path.startswith("/") else None
        if match is None or match.view_name in seen or match.view_name in NO_PAGES:
            continue
        if match.view_name.endswith("-csv") or path.endswith(".csv"):
            continue
        seen.add(match.view_name)
        yield match.view_name, path


def _faults(one: Reader, view_name: str) -> list[str]:
    faults = [f"{view_name}: {fault}" for fault in one.accessibility_faults() + one.complaints]
    one.complaints.clear()
    if one.overflows():
        faults.append(f"{view_name}: wider than the window")
    if one.page.locator("h1").count() != 1:
        faults.append(f"{view_name}: has not one h1")
    return faults


@pytest.mark.usefixtures("demo")
def test_every_page_is_open_to_all_and_fits(browser: Browser, live_server: LiveServer) -> None:
    faults: list[str] = []
    looked_at: set[str] = set()
    for role in LOGINS:
        with ExitStack() as stack:
            readers = {
                f"{width}-{theme}": stack.enter_context(
                    reader(
                        browser,
                        width=width,
                        theme=theme,
                        cookies=session_of(role),
                        base_url=live_server.url,
                    )
                )
                for width, theme in VIEWS
            }
            faults += _walk(role, readers, live_server.url, looked_at)

    assert faults == []
    assert len(looked_at) > 30


def _walk(role: str, readers: dict[str, Reader], base_url: str, looked_at: set[str]) -> list[str]:
    """Follow every link from My day; a page another role looked at is only read for its links."""
    faults: list[str] = []
    wide = next(iter(readers.values()))
    seen = {"home"}
    todo = [("home", "/")]
    while todo:
        view_name, path = todo.pop()
        if view_name in looked_at and view_name not in DIFFER_BY_ROLE:
            wide.go(base_url + path)
        else:
            looked_at.add(view_name)
            for view, one in readers.items():
                one.go(base_url + path)
                if SHOTS:
                    one.shoot(Path(SHOTS) / role, f"{view_name.replace(':', '.')}-{view}")
                faults += _faults(one, f"{view_name} for {role} at {view}")
        todo += new_pages(wide, base_url, seen)
    return faults
