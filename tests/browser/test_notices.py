"""The notification centre in a browser: without barriers, on every width, with one hand on the keyboard.

``PORTAL_SHOTS=<folder>`` keeps a picture of each.
"""

from __future__ import annotations

import datetime as dt
import os
from pathlib import Path
from typing import Literal

import pytest
from django.test import Client
from django.utils import timezone
from playwright.sync_api import Browser
from pytest_django.live_server_helper import LiveServer

from common.organisation import forget
from culture_portal.signing_in.mail import queue_notice
from notifications.domain.queueing import queue_many
from notifications.models import Notice
from people.models import Person
from surveys.domain.mailing import reminding
from tests.browser.pages import NARROWEST, PHONE, WIDE, Reader, reader
from tests.surveys.factories import invite, make_person, make_wave

pytestmark = [pytest.mark.needs_chromium, pytest.mark.django_db(transaction=True)]
SHOTS = os.environ.get("PORTAL_SHOTS", "")
TITLES = (
    "Team pulse, November",
    "Dienstleistungsqualitätszusammenarbeitsvereinbarungen der Kundenbetreuungsabteilungsleitungen 2026",
    "استطلاع رأي فريق خدمة العملاء في الميناء",
)
VIEWS: tuple[tuple[int, Literal["light", "dark"]], ...] = (
    (WIDE, "light"),
    (WIDE, "dark"),
    (PHONE, "light"),
    (PHONE, "dark"),
    (NARROWEST, "light"),
)


def told(person: Person, count: int) -> None:
    """Asked for their view in as many surveys, one of which they have looked at."""
    now = timezone.now()
    for number in range(count):
        opened = now - dt.timedelta(hours=count - number)
        wave = make_wave(
            title=TITLES[number % len(TITLES)],
            opens_at=opened,
            closes_at=now + dt.timedelta(days=5),
            invited={1: 1},
        )
        (invitation,) = invite(wave, [person])
        queue_many([reminding.invitation_message(invitation, due=opened)])
    Notice.objects.filter(pk=Notice.objects.order_by("due").values("pk")[1:2]).update(read=True)


def cookies_of(person: Person) -> dict[str, str]:
    forget()
    client = Client()
    client.force_login(person)
    return {"sessionid": client.cookies["sessionid"].value}


def faults(one: Reader, name: str) -> list[str]:
    if SHOTS:
        one.shoot(Path(SHOTS) / "notices", name)
    found = [f"{name}: {fault}" for fault in one.accessibility_faults() + one.complaints]
    if one.overflows():
        found.append(f"{name}: wider than the window")
    return found


@pytest.mark.parametrize(("words", "count"), [("none", 0), ("few", 3), ("many", 34)])
@pytest.mark.parametrize("language", ["en", "de"])
def test_the_page_is_open_to_all_and_fits(
    browser: Browser, live_server: LiveServer, words: str, count: int, language: str
) -> None:
    person = make_person(display_name="سلمى عبد الرحمن", language=language)
    told(person, count)
    if count:
        queue_notice(person, "reset", now=timezone.now())
    found: list[str] = []
    for width, theme in VIEWS:
        cookies = cookies_of(person)
        with reader(
            browser, width=width, theme=theme, cookies=cookies, base_url=live_server.url, language=language
        ) as one:
            for show in ("", "?show=unread"):
                one.go(f"{live_server.url}/notifications/{show}")
                found += faults(one, f"{words}-{language}-{show.strip('?') or 'all'}-{width}-{theme}")
                assert one.page.locator(".cp-main .cp-row").count() == min(30, count and count + (not show))
    assert found == []


@pytest.mark.parametrize("script", [True, False], ids=["with script", "without script"])
def test_with_the_keyboard_alone_from_the_bell_to_the_questionnaire(
    browser: Browser, live_server: LiveServer, script: bool
) -> None:
    person = make_person()
    told(person, 1)
    with reader(browser, cookies=cookies_of(person), base_url=live_server.url, script=script) as one:
        one.go(f"{live_server.url}/more/")
        bell = one.page.get_by_role("link", name="Notifications, 1 new")
        bell.focus()
        one.page.keyboard.press("Enter")
        one.page.wait_for_url("**/notifications/")
        button = one.page.get_by_role("button", name="Answer")
        for _ in range(40):
            one.page.keyboard.press("Tab")
            if button.evaluate("button => button === document.activeElement"):
                break
        one.page.keyboard.press("Enter")
        one.page.wait_for_url("**/a/**")
        one.page.go_back()
        one.page.reload()
        assert one.page.get_by_role("link", name="Notifications", exact=True).count() == 1
        assert one.page.locator(".cp-main .cp-chip").count() == 0
        assert one.complaints == []
