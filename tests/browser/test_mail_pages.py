"""The pages about mail in a browser: an operator's and HR's, with nothing, with much, and with long words.

``PORTAL_SHOTS=<folder>`` keeps a picture of each.
"""

from __future__ import annotations

import datetime as dt
import os
from pathlib import Path
from typing import Literal

import pytest
from django.contrib.auth.models import Group
from django.test import Client
from django.utils import timezone
from playwright.sync_api import Browser
from pytest_django.live_server_helper import LiveServer

from common.organisation import forget
from notifications.models import Message, RefusedAddress
from people.models import Person
from people.roles import ADMINISTRATOR, HR
from tests.browser.pages import NARROWEST, PHONE, WIDE, reader
from tests.surveys.factories import make_person

pytestmark = [pytest.mark.needs_chromium, pytest.mark.django_db(transaction=True)]
State, Reason = Message.State, Message.Reason
SHOTS = os.environ.get("PORTAL_SHOTS", "")
VIEWS: tuple[tuple[int, Literal["light", "dark"]], ...] = (
    (WIDE, "light"),
    (WIDE, "dark"),
    (PHONE, "light"),
    (PHONE, "dark"),
    (NARROWEST, "light"),
)
LONG = "kundenbetreuungsabteilungsleitung.dienstleistungsqualitaet@zusammenarbeitsvereinbarungen.example"
NAMES = ("Wolfeschlegelsteinhausenbergerdorff-Hohenzollern-Sigmaringen", "سلمى عبد الرحمن", "Li")
STANDINGS = (
    (State.PENDING, ""),
    (State.PENDING, Reason.HOURS),
    (State.PENDING, Reason.SLOT),
    (State.CARRIED, ""),
    (State.SENT, ""),
    (State.CANCELLED, Reason.OPTED_OUT),
    (State.EXPIRED, Reason.OVERTAKEN),
    (State.IN_DOUBT, Reason.DIED),
    (State.IN_DOUBT, Reason.NO_ANSWER),
    (State.FAILED, Reason.REFUSED),
    (State.FAILED, Reason.OUR_FAULT),
)
OPERATOR_PAGES = (
    "/mail/outbox/",
    "/mail/outbox/surveys.reminder/",
    "/mail/outbox/surveys.reminder/?standing=in_doubt",
    "/mail/outbox/surveys.reminder/again/",
    "/mail/outbox/surveys.reminder/cancel/?anonymous=1",
)


def much_mail() -> None:
    now = timezone.now()
    people = [make_person(display_name=name) for name in NAMES]
    rows = []
    for number in range(500):
        state, reason = STANDINGS[number % len(STANDINGS)]
        waits = state in {State.PENDING, State.CARRIED} and reason
        person = people[number % 4] if number % 4 < len(people) else None
        rows.append(
            Message(
                key=f"mail:{number}",
                kind=("surveys.reminder", "people.set_password", "surveys.invitation")[number % 3],
                person=person,
                address="" if person else LONG,
                confidential=number % 5 == 0,
                due=now + dt.timedelta(hours=9) if waits else now - dt.timedelta(minutes=number % 70),
                state=state,
                reason=reason,
                attempt=number % 3,
                sent_at=now if state == State.SENT else None,
                last_reply=f"550 5.1.1 <{LONG}>: Recipient address rejected" if state == State.FAILED else "",
                message_id=f"<{number}@portal.example>",
            )
        )
    Message.objects.bulk_create(rows)


def refused_addresses() -> None:
    for number, reply in enumerate(["550 5.1.1 No such box", "552 5.2.2 Over quota", "550 " + "x" * 250]):
        person = make_person(display_name=NAMES[number], email=f"{number}.{LONG}")
        RefusedAddress.objects.create(address=person.email, reply=reply)


def cookies_of(role: str, language: str = "en") -> dict[str, str]:
    forget()
    person = Person.objects.filter(groups__name=role).first() or make_person()
    # Whoever is signed in reads their own language, whatever the browser asks for.
    Person.objects.filter(pk=person.pk).update(language=language)
    person.groups.add(Group.objects.get_or_create(name=role)[0])
    client = Client()
    client.force_login(person)
    return {"sessionid": client.cookies["sessionid"].value}


def faults_of(
    browser: Browser, base_url: str, paths: tuple[str, ...], role: str, language: str, words: str
) -> list[str]:
    found: list[str] = []
    for width, theme in VIEWS:
        cookies = cookies_of(role, language)
        with reader(
            browser, width=width, theme=theme, cookies=cookies, base_url=base_url, language=language
        ) as one:
            for path in paths:
                page = path.strip("/").replace("/", ".").replace("?", ".")
                name = f"{words}-{page}-{language}-{width}-{theme}"
                one.go(base_url + path)
                if SHOTS:
                    one.shoot(Path(SHOTS) / "mail", name)
                found += [f"{name}: {fault}" for fault in one.accessibility_faults() + one.complaints]
                one.complaints.clear()
                if one.overflows():
                    found.append(f"{name}: wider than the window")
    return found


@pytest.mark.parametrize("language", ["en", "de"])
def test_pages_about_much_mail_are_open_to_all_and_fit(
    browser: Browser, live_server: LiveServer, language: str
) -> None:
    much_mail()
    refused_addresses()
    assert faults_of(browser, live_server.url, OPERATOR_PAGES, ADMINISTRATOR, language, "much") == []
    assert faults_of(browser, live_server.url, ("/mail/refused/",), HR, language, "much") == []


def test_pages_about_nothing_are_open_to_all_and_fit(browser: Browser, live_server: LiveServer) -> None:
    paths = ("/mail/outbox/", "/mail/refused/")
    assert faults_of(browser, live_server.url, paths, ADMINISTRATOR, "en", "nothing") == []


@pytest.mark.parametrize("script", [True, False], ids=["with script", "without script"])
def test_with_the_keyboard_alone_mail_in_doubt_goes_again(
    browser: Browser, live_server: LiveServer, script: bool
) -> None:
    much_mail()
    in_doubt = Message.objects.filter(kind="surveys.reminder", confidential=False, state=State.IN_DOUBT)
    count = in_doubt.count()
    cookies = cookies_of(ADMINISTRATOR)
    with reader(browser, cookies=cookies, base_url=live_server.url, script=script) as one:
        one.go(f"{live_server.url}/mail/outbox/")
        one.page.locator('a[href="/mail/outbox/surveys.reminder/again/"]').focus()
        one.page.keyboard.press("Enter")
        one.page.wait_for_url("**/again/")
        one.page.get_by_label("In doubt").focus()
        one.page.keyboard.press("Space")
        one.page.get_by_role("button", name="Send them once more").focus()
        one.page.keyboard.press("Enter")
        one.page.wait_for_url("**/mail/outbox/")
        assert one.page.locator("[data-toast]").first.inner_text().strip().startswith(f"{count} mails go")
    assert not in_doubt.exists()
