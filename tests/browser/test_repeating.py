"""Waves that repeat, in Chromium: begun with the keyboard, looked at wide and on a phone, light and dark.

``PORTAL_SHOTS=<folder>`` keeps a picture of each page.
"""

from __future__ import annotations

import datetime as dt
import os
from pathlib import Path
from typing import Literal

import pytest
from django.test import Client
from django.utils import timezone
from playwright.sync_api import Browser, Page
from pytest_django.live_server_helper import LiveServer

from people.models import Person
from surveys.models import Wave, WaveGroup, WaveSeries
from tests.browser.pages import PHONE, WIDE, reader
from tests.surveys.factories import make_draft, make_hr, make_people, make_survey, make_wave

pytestmark = [pytest.mark.needs_chromium, pytest.mark.django_db(transaction=True)]
SHOTS = os.environ.get("PORTAL_SHOTS", "")
VIEWS: tuple[tuple[int, Literal["light", "dark"]], ...] = ((WIDE, "light"), (PHONE, "dark"))


def cookies_of(person: Person) -> dict[str, str]:
    client = Client()
    client.force_login(person)
    return {"sessionid": client.cookies["sessionid"].value}


def press(page: Page, words: str) -> None:
    """With the keyboard."""
    page.locator("main").get_by_role("button", name=words, exact=True).first.focus()
    with page.expect_navigation(wait_until="load"):
        page.keyboard.press("Enter")


def make_past(series: WaveSeries) -> None:
    now, first = timezone.now(), series.waves.get(number=1)
    for number in range(2, 5):
        wave = make_draft(
            survey=first.survey,
            title=first.title,
            series=series,
            number=number,
            state=Wave.State.CLOSED,
            launched_at=now,
            opens_at=now - number * dt.timedelta(days=7),
            closes_at=now,
            invited_count=48,
        )
        WaveGroup.objects.create(
            wave=wave, code=1, name="All", invited_count=48, response_percent=60 + number
        )


def test_a_wave_is_repeated_with_the_keyboard_and_the_monthly_question_switched_on(
    browser: Browser, live_server: LiveServer
) -> None:
    hr = make_hr(display_name="Priya Raman", time_zone="UTC")
    make_people(47)
    now = timezone.now()
    wave = make_wave(
        title="How the week went",
        survey=make_survey(),
        opens_at=now,
        launched_at=now,
        closes_at=now + dt.timedelta(days=4),
        invited={1: 48},
    )
    with reader(browser, cookies=cookies_of(hr), base_url=live_server.url) as one:
        page = one.page
        one.go(wave.get_absolute_url())
        page.get_by_role("link", name="Repeat this").focus()
        with page.expect_navigation(wait_until="load"):
            page.keyboard.press("Enter")
        assert one.accessibility_faults() == []
        page.get_by_label("Every week").focus()
        page.keyboard.press("Space")
        page.fill("[name=rotation]", "2")
        press(page, "Repeat it")
        series = WaveSeries.objects.get()
        assert (series.rhythm, series.rotation) == ("weekly", 2)
        press(page, "Pause")
        press(page, "Let it go on")
        one.go("/waves/series/")
        press(page, "Switch it on")
        assert WaveSeries.objects.filter(code="speak-up").exists()

    series.waves.filter(number=3).update(number=9)
    make_past(series)
    pages = {
        "wave": wave.get_absolute_url(),
        "next": f"/waves/{series.waves.get(number=9).pk}/",
        "row": f"/waves/series/{series.pk}/",
        "rows": "/waves/series/",
        "waves": "/waves/",
        "form": f"/waves/series/{series.pk}/edit/",
    }
    for width, scheme in VIEWS:
        with reader(
            browser, cookies=cookies_of(hr), base_url=live_server.url, width=width, theme=scheme
        ) as one:
            for name, path in pages.items():
                one.go(path)
                if SHOTS:
                    one.shoot(Path(SHOTS), f"repeating_{name}_{width}_{scheme}")
                assert one.accessibility_faults() == [], name
                assert not one.overflows(), name
