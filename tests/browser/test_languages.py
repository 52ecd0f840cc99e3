"""The pages in German, which is longer than English, and from right to left.

``PORTAL_SHOTS=<folder>`` keeps a picture of each.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from django.conf import settings
from django.utils import translation
from playwright.sync_api import Browser
from pytest_django.live_server_helper import LiveServer

from common.organisation import forget
from culture_portal.demo import LOGINS
from people.models import Person
from surveys.models import Invitation
from tests.browser.pages import HEIGHTS, PHONE, WIDE, Reader, reader
from tests.browser.test_every_page import DIFFER_BY_ROLE, new_pages, session_of
from tests.common.pseudo import speaking_pseudo

SHOTS = os.environ.get("PORTAL_SHOTS", "")
GERMAN = "de"
# Read from right to left; its words are the English ones in brackets.
RIGHT_TO_LEFT = "ar"
# One page of each making: barriers hardly depend on the language, and test_every_page looks everywhere.
EACH_MAKING = {
    "home",
    "people:person-list",
    "people:person-edit",
    "people:team-detail",
    "surveys:survey-detail",
    "surveys:wave-detail",
    "surveys:wave-results-group",
    "common:audit-list",
}

# Words cut off at the edge of what they stand in.
_CUT_OFF = """() => [...document.querySelectorAll('h1, h2, .btn, .cp-chip, .cp-nav a, .cp-tabs a, th, label')]
  .filter((one) => one.offsetParent && one.getBoundingClientRect().width > 1
    && getComputedStyle(one).overflowX !== 'visible' && one.scrollWidth > one.clientWidth + 1)
  .map((one) => one.textContent.trim().slice(0, 40))"""
# The side stands at the right, and the first step of the way to a page right of the second.
_BACKWARDS = """() => {
  const left = (selector, at = 0) => document.querySelectorAll(selector)[at]?.getBoundingClientRect().left;
  const wrong = [];
  if (document.documentElement.dir !== 'rtl') wrong.push('is not right to left');
  if (left('.cp-side') < left('.cp-main')) wrong.push('the side stands at the left');
  if (left('.breadcrumb-item') < left('.breadcrumb-item', 1)) wrong.push('the way here runs backwards');
  return wrong;
}"""


@pytest.fixture
def portal_of_many_languages(live_server: LiveServer, tmp_path: Path) -> Iterator[LiveServer]:
    with speaking_pseudo(RIGHT_TO_LEFT, tmp_path / "locale"), translation.override(GERMAN):
        yield live_server


def test_every_page_fits_in_german_and_from_right_to_left(
    browser: Browser, portal_of_many_languages: LiveServer, demo: None
) -> None:
    forget()
    # The cookie says which of the two each reader reads.
    Person.objects.update(language="")
    Invitation.objects.update(language="")
    faults: list[str] = []
    looked_at: set[str] = set()
    for role in LOGINS:
        with ExitStack() as stack:
            readers = {
                language: stack.enter_context(
                    reader(
                        browser,
                        width=PHONE,
                        language=language,
                        cookies={
                            **session_of(role),
                            settings.LANGUAGE_COOKIE_NAME: language,
                            "answer-language": language,
                        },
                        base_url=portal_of_many_languages.url,
                    )
                )
                for language in (GERMAN, RIGHT_TO_LEFT)
            }
            faults += _walk(role, readers, portal_of_many_languages.url, looked_at)
    assert "\n".join(faults) == ""
    assert len(looked_at) > 30


def _walk(role: str, readers: dict[str, Reader], base_url: str, looked_at: set[str]) -> list[str]:
    faults: list[str] = []
    seen, todo = {"home"}, [("home", "/")]
    while todo:
        view_name, path = todo.pop()
        known = view_name in looked_at and view_name not in DIFFER_BY_ROLE
        looked_at.add(view_name)
        for language, one in readers.items():
            if known and language != GERMAN:
                continue
            one.go(base_url + path)
            if not known:
                faults += [
                    f"{view_name} for {role}: {fault}" for fault in _faults(one, language, view_name, role)
                ]
        todo += new_pages(readers[GERMAN], base_url, seen)
    return faults


def _faults(one: Reader, language: str, view_name: str, role: str) -> list[str]:
    faults: list[str] = []
    for width in (WIDE, PHONE):
        one.page.set_viewport_size({"width": width, "height": HEIGHTS[width]})
        where = f"{language} at {width}"
        if SHOTS:
            one.shoot(Path(SHOTS) / role, f"{view_name.replace(':', '.')}-{language}-{width}")
        faults += [f"{where}, cut off: {words}" for words in one.page.evaluate(_CUT_OFF)]
        if one.overflows():
            faults.append(f"{where}, wider than the window")
        if language == RIGHT_TO_LEFT:
            faults += [f"{where}, {fault}" for fault in one.page.evaluate(_BACKWARDS)]
    if one.page.evaluate("document.documentElement.lang") != language:
        faults.append(f"does not speak {language}")
    if language == GERMAN and view_name in EACH_MAKING:
        faults += one.accessibility_faults()
    faults += one.complaints
    one.complaints.clear()
    return faults
