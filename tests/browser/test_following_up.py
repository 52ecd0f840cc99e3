"""Closing the loop in a browser: a customer outside answers low by the link in their mail, somebody is told,
gets in touch by keyboard, closes it, and the customer, asked again by mail, answers higher.

``PORTAL_SHOTS=<folder>`` keeps a picture of each page.
"""

from __future__ import annotations

import datetime as dt
import os
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Literal

import pytest
from django.test import Client
from django.urls import get_resolver, reverse
from django.utils import timezone
from playwright.sync_api import Browser, Page
from pytest_django import Settings
from pytest_django.live_server_helper import LiveServer

from common.organisation import forget
from culture_portal.proving.sink import Sink, start_sink, stop
from notifications.domain.dispatching import drain
from notifications.domain.queueing import queue_many
from people.models import Person
from surveys.domain.following_up import asking_again
from surveys.domain.mailing import reminding
from surveys.models import FollowUp, Wave
from tests.browser.pages import PHONE, WIDE, Reader, reader
from tests.surveys.factories import make_hr, make_person
from tests.surveys.following import ask, close, make_cause, make_contact, make_follow_up, make_followed_wave

pytestmark = [pytest.mark.needs_chromium, pytest.mark.django_db(transaction=True)]
SHOTS = os.environ.get("PORTAL_SHOTS", "")
VIEWS: tuple[tuple[int, Literal["light", "dark"]], ...] = ((WIDE, "light"), (PHONE, "dark"))
DAY = dt.timedelta(days=1)


@pytest.fixture
def sink(tmp_path: Path, settings: Settings, live_server: LiveServer) -> Iterator[Sink]:
    """A mail server that takes everything, and a portal that mails at any hour where it really stands."""
    process, sink = start_sink(tmp_path)
    # The addresses of the portal are read once, with those of captured mail.
    assert get_resolver().url_patterns
    settings.EMAIL_CAPTURED = False
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", sink.port
    settings.MAIL_AT_ANY_HOUR = True
    settings.PORTAL_URL = live_server.url
    yield sink
    stop(process)


def mail_to(sink: Sink, address: str) -> str:
    """The newest mail to this address, as text."""
    drain()
    at = max(number for number, line in enumerate(sink.lines()) if line["recipient"] == address)
    body = sink.mails()[at].get_body(("plain",))
    assert body is not None
    return str(body.get_content())


def link_in(text: str) -> str:
    found = re.search(r"http://\S+/(?:a|follow-ups)/\S+", text)
    assert found is not None
    return found[0]


def cookies_of(person: Person) -> dict[str, str]:
    forget()
    client = Client()
    client.force_login(person)
    return {"sessionid": client.cookies["sessionid"].value}


def answer(browser: Browser, link: str, score: int) -> None:
    """On a phone, as far as the question with this score goes."""
    with reader(browser, width=PHONE) as one:
        one.go(link)
        while True:
            group = one.page.locator("fieldset:visible", has=one.page.locator("[name=q-recommend]"))
            if group.count():
                group.locator(f"label:has([value='{score}'])").click()
            further = one.page.get_by_role("button", name="Continue", exact=True)
            if not further.is_visible():
                break
            further.click()
        one.page.get_by_role("button", name="Send my answers", exact=True).click()
        one.page.wait_for_url("**/sent/**")
        assert one.complaints == []


def by_keyboard(page: Page, words: str) -> None:
    page.get_by_role("button", name=words, exact=True).focus()
    with page.expect_navigation(wait_until="load"):
        page.keyboard.press("Enter")


def test_the_loop_is_closed(browser: Browser, live_server: LiveServer, sink: Sink) -> None:
    mara = make_person(display_name="Mara Hafen", email="mara@portal.example")
    now = timezone.now()
    wave = make_followed_wave(
        title="How we serve you", opens_at=now - DAY, closes_at=now + 14 * DAY, readers=[mara]
    )
    invitation = ask(
        wave, make_contact(mara, name="Captain Ahab", email="ahab@ferry.example", phone="+49 30 1234")
    )
    make_cause("Nobody was at the pier")
    queue_many([reminding.invitation_message(invitation, due=now)])

    answer(browser, link_in(mail_to(sink, "ahab@ferry.example")), 3)
    told = mail_to(sink, "mara@portal.example")
    assert "Captain Ahab" in told
    assert "They answered 3 in “How we serve you”" in told

    with reader(browser, cookies=cookies_of(mara), base_url=live_server.url) as one:
        one.go(live_server.url)
        assert "Get in touch with Captain Ahab" in one.page.inner_text("main")
        one.go(link_in(told))
        assert "+49 30 1234" in one.page.inner_text("main")
        one.page.get_by_label("By telephone").focus()
        one.page.keyboard.press("Space")
        by_keyboard(one.page, "We have been in touch")
        one.page.get_by_role("textbox", name="What was done").focus()
        one.page.keyboard.type("We rang, said sorry and booked another ferry.")
        one.page.keyboard.press("Tab")
        one.page.keyboard.type("Nobody was")
        by_keyboard(one.page, "Close it")
        assert "They are asked on" in one.page.inner_text("main")
        assert one.complaints == []

    # Ten working days later.
    FollowUp.objects.update(ask_again_at=timezone.now())
    asking_again.ask_again_due(timezone.now())
    again = mail_to(sink, "ahab@ferry.example")
    assert "Is it better now?" in again
    assert "- Mara Hafen" in again
    answer(browser, link_in(again), 9)

    with reader(browser, cookies=cookies_of(mara), base_url=live_server.url) as one:
        one.go(link_in(told))
        scores = one.page.locator(".cp-stat-value").all_inner_texts()
        assert scores == ["3", "9"]
        assert "put right" in one.page.inner_text("main")
        one.go(f"{live_server.url}/follow-ups/?stage=closed")
        assert "3, then 9 for “" in one.page.inner_text("main")


def everything_there_is() -> tuple[Person, list[tuple[str, str]]]:
    """Somebody of HR who also gets in touch and reads, and each page with its name."""
    hr = make_hr(display_name="Hana Personal")
    now = timezone.now()
    wave = make_followed_wave(
        title="How we serve you", opens_at=now - 30 * DAY, closes_at=now + 9 * DAY, readers=[hr]
    )
    late = make_follow_up(hr, wave=wave, now=now - 9 * DAY, name="سلمى عبد الرحمن")
    contacted = make_follow_up(hr, wave=wave, now=now - DAY, name="Wolfeschlegelsteinhausenbergerdorff")
    contacted.state, contacted.contacted_at, contacted.channel = "contacted", now, "phone"
    contacted.save()
    done = close(make_follow_up(hr, wave=wave, now=now - 20 * DAY), contacted=now - 19 * DAY, closed=now)
    draft = Wave.objects.create(
        survey=wave.survey,
        title="Next time",
        mode=Wave.Mode.IDENTIFIED,
        audience=Wave.Audience.CONTACTS,
        opens_at=now + DAY,
        closes_at=now + 9 * DAY,
    )
    pages = [
        ("list", reverse("surveys:follow-up-list") + "?stage=every"),
        ("late", late.get_absolute_url()),
        ("contacted", contacted.get_absolute_url()),
        ("closed", done.get_absolute_url()),
        ("figures", reverse("surveys:follow-up-figures")),
        ("causes", reverse("surveys:cause-list")),
        ("cause", reverse("surveys:cause-edit", args=[make_cause().pk])),
        ("settings", reverse("surveys:wave-follow-up", args=[draft.pk])),
        ("settings-fixed", reverse("surveys:wave-follow-up", args=[wave.pk])),
        ("draft", draft.get_absolute_url()),
    ]
    return hr, pages


def faults(one: Reader, name: str) -> list[str]:
    if SHOTS:
        one.shoot(Path(SHOTS) / "follow-ups", name)
    found = [f"{name}: {fault}" for fault in one.accessibility_faults() + one.complaints]
    if one.overflows():
        found.append(f"{name}: wider than the window")
    return found


def test_the_pages_are_open_to_all_and_fit(browser: Browser, live_server: LiveServer) -> None:
    hr, pages = everything_there_is()
    found: list[str] = []
    for width, theme in VIEWS:
        cookies = cookies_of(hr)
        with reader(browser, width=width, theme=theme, cookies=cookies, base_url=live_server.url) as one:
            for name, path in pages:
                one.complaints.clear()
                one.go(f"{live_server.url}{path}")
                found += faults(one, f"{name}-{width}-{theme}")
    assert found == []
