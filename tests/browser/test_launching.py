"""Planning a wave in Chromium: whom it asks, what could be shown, a mail's words, a trial, the launch.

``PORTAL_SHOTS=<folder>`` keeps a picture of each page.
"""

from __future__ import annotations

import datetime as dt
import os
from pathlib import Path
from typing import Any, Literal

import pytest
from django.test import Client
from django.utils import timezone
from playwright.sync_api import Browser, Page
from pytest_django.live_server_helper import LiveServer

from common.organisation import forget
from culture_portal.proving.sink import Sink
from notifications.domain.dispatching import drain
from people.models import Attribute, Person, PersonAttribute, Team
from surveys.domain.waves import launching, pausing
from surveys.models import Survey, Wave
from surveys.models.wave import by_attribute
from tests.browser.pages import PHONE, WIDE, Reader, reader
from tests.notifications.conftest import sink, sink_process
from tests.surveys.factories import make_draft, make_hr, make_people, make_survey, make_wave

__all__ = ["sink", "sink_process"]

pytestmark = [pytest.mark.needs_chromium, pytest.mark.django_db(transaction=True)]
SHOTS = os.environ.get("PORTAL_SHOTS", "")
OF_A_PAGE = ("landmark-one-main", "region")
VIEWS: tuple[tuple[int, Literal["light", "dark"]], ...] = (
    (WIDE, "light"),
    (WIDE, "dark"),
    (PHONE, "light"),
    (PHONE, "dark"),
)


def make_organisation() -> tuple[Person, Attribute]:
    """HR, and people of two teams of whom thirty have a permanent contract."""
    forget()
    hr = make_hr(display_name="Priya Raman", email="priya@example.com", time_zone="UTC")
    contract = Attribute.objects.create(name="Contract")
    teams = [Team.objects.create(name=name) for name in ("Service", "Zusammenarbeitsvereinbarungen")]
    people = [person for team in teams for person in make_people(16, team=team, location="Leeds")]
    PersonAttribute.objects.bulk_create(
        PersonAttribute(person=person, attribute=contract, value="permanent" if number < 30 else "trainee")
        for number, person in enumerate(people)
    )
    return hr, contract


def cookies_of(person: Person) -> dict[str, str]:
    client = Client()
    client.force_login(person)
    return {"sessionid": client.cookies["sessionid"].value}


def press(page: Page, words: str) -> None:
    """With the keyboard."""
    page.locator("main").get_by_role("button", name=words, exact=True).focus()
    with page.expect_navigation(wait_until="load"):
        page.keyboard.press("Enter")


def follow(page: Page, words: str) -> None:
    page.locator("main").get_by_role("link", name=words, exact=True).focus()
    with page.expect_navigation(wait_until="load"):
        page.keyboard.press("Enter")


def plan(one: Reader, url: str, survey: Survey, contract: Attribute, *, script: bool) -> Wave:
    one.go(f"{url}/surveys/{survey.pk}/waves/new/")
    page = one.page
    page.fill("[name=title]", "How we hire")
    page.get_by_label("People who have something in common").focus()
    page.keyboard.press("Space")
    page.get_by_text("Choose by what people have in common").focus()
    page.keyboard.press("Enter")
    page.select_option("[name=audience_by]", by_attribute(contract.pk))
    if not script:
        press(page, "Show what there is")
    page.get_by_label("permanent: 30 people").focus()
    page.keyboard.press("Space")
    assert page.input_value("[name=title]") == "How we hire"
    press(page, "Plan it and look at it")
    return Wave.objects.get()


@pytest.mark.parametrize("script", [True, False], ids=["with script", "without script"])
def test_a_wave_is_planned_worded_tried_and_launched_by_keyboard(
    browser: Browser, live_server: LiveServer, sink: Sink, script: bool
) -> None:
    hr, contract = make_organisation()
    with reader(browser, cookies=cookies_of(hr), base_url=live_server.url, script=script) as one:
        page = one.page
        wave = plan(one, live_server.url, make_survey(), contract, script=script)
        assert (wave.audience_values, wave.audience_by) == (["permanent"], by_attribute(contract.pk))
        assert "30 people would be asked." in page.inner_text("main")
        assert "All 3 groups" in page.locator("section", has=page.locator("#meter")).inner_text()

        follow(page, "Survey invitation")
        page.fill("[name=subject]", "{survey}: two minutes")
        press(page, "Look at it first")
        assert "How we hire: two minutes" in page.inner_text("main")
        press(page, "Save")
        assert "Words of this wave" in page.inner_text("main")

        one.go(live_server.url + wave.get_absolute_url())
        press(page, "Send to myself")
        drain(now=timezone.now())
        (mail,) = sink.mails()
        assert (mail["Subject"], mail["To"]) == (
            "Trial: How we hire: two minutes",
            "Priya Raman <priya@example.com>",
        )
        body = mail.get_body(("plain",))
        assert body is not None
        assert f"/surveys/{wave.survey_id}/preview/" in body.get_content()

        follow(page, "Launch")
        assert "What could be shown" in page.inner_text("main")
        press(page, "Launch the wave")
        launching.carry_out_launch(wave_id=wave.pk, now=timezone.now() + dt.timedelta(days=4))
        one.go(live_server.url + wave.get_absolute_url())
        press(page, "Pause its mails")
        assert "It is paused." in page.inner_text("main")
        press(page, "Let it go on")
        assert "It is paused." not in page.inner_text("main")
        assert one.complaints == []


def test_pages_about_a_wave_are_open_to_all_and_fit(browser: Browser, live_server: LiveServer) -> None:
    hr, contract = make_organisation()
    now = timezone.now()
    times: dict[str, Any] = {"opens_at": now - dt.timedelta(days=1), "closes_at": now + dt.timedelta(days=6)}
    by: dict[str, Any] = {
        "audience": Wave.Audience.ATTRIBUTE,
        "audience_by": by_attribute(contract.pk),
        "audience_values": ["permanent", "trainee"],
    }
    draft = make_draft(
        **times,
        **by,
        breakdown=by_attribute(contract.pk),
        breakdown_name="Contract",
        about="person",
        subject=hr,
    )
    running = make_wave(**times, extension_days=7)
    pausing.pause(wave=running, by=hr, now=now)
    by_name = make_wave(**times, mode=Wave.Mode.IDENTIFIED, ask_in_mail=True)
    pages = {
        "form": f"/waves/{draft.pk}/edit/",
        "draft": f"/waves/{draft.pk}/",
        "words": f"/waves/{by_name.pk}/words/reminder/de/",
        "paused": f"/waves/{running.pk}/",
    }
    small = {
        "by-name": f"/waves/{by_name.pk}/",
        "extend": f"/waves/{running.pk}/extend/",
        "later": f"/waves/{by_name.pk}/extend/",
        "close": f"/waves/{by_name.pk}/close/",
    }
    found: list[str] = []
    for width, theme in VIEWS:
        with reader(
            browser, width=width, theme=theme, cookies=cookies_of(hr), base_url=live_server.url
        ) as one:
            for name, path in (pages | small if (width, theme) == (PHONE, "dark") else pages).items():
                one.go(live_server.url + path)
                if SHOTS:
                    one.shoot(Path(SHOTS) / "launching", f"{name}-{width}-{theme}")
                found += [f"{name} {width} {theme}: {fault}" for fault in one.accessibility_faults()]
                if one.overflows():
                    found.append(f"{name} {width} {theme}: wider than the window")
            found += [f"{width} {theme}: {complaint}" for complaint in one.complaints]
            # A mail brings no icon of a site along, which the browser misses.
            html = f"{live_server.url}/waves/{by_name.pk}/words/invitation/en/{theme}/"
            one.go(html)
            # A mail has no landmarks of a page.
            faults = [fault for fault in one.accessibility_faults() if not fault.startswith(OF_A_PAGE)]
            found += [f"html {width} {theme}: {fault}" for fault in faults]
            if SHOTS:
                one.shoot(Path(SHOTS) / "launching", f"html-{width}-{theme}")
            if one.overflows():
                found.append(f"html {width} {theme}: wider than the window")
    assert found == []
