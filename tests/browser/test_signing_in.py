"""The ways in beside the password, as people go them: provider, code, setting up, recovery codes.

``PORTAL_SHOTS=<folder>`` keeps a picture of each page.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Literal

import pytest
from django.core.cache import cache
from playwright.sync_api import Browser
from pytest_django import Settings
from pytest_django.live_server_helper import LiveServer

from culture_portal.signing_in import second_factor
from people.models import Person
from people.roles import ADMINISTRATOR
from tests.browser.pages import NARROWEST, PHONE, WIDE, Reader, reader
from tests.culture_portal.provider import CLIENT_ID, CLIENT_SECRET, Provider, running
from tests.culture_portal.second_factors import code, secret_on, with_factor
from tests.people.conftest import PASSWORD, make_person, with_role

pytestmark = pytest.mark.django_db(transaction=True)

VIEWS: tuple[tuple[int, Literal["light", "dark"]], ...] = (
    (WIDE, "light"),
    (WIDE, "dark"),
    (PHONE, "light"),
    (PHONE, "dark"),
    (NARROWEST, "light"),
)
SHOTS = os.environ.get("PORTAL_SHOTS", "")


@pytest.fixture
def ada() -> Person:
    cache.clear()
    return make_person("Ada Lovelace")


@pytest.fixture
def provider(settings: Settings, live_server: LiveServer) -> Iterator[Provider]:
    settings.PORTAL_URL = live_server.url
    with running() as started:
        settings.OIDC_ISSUER, settings.OIDC_NAME = started.issuer, "Example ID"
        settings.OIDC_CLIENT_ID, settings.OIDC_CLIENT_SECRET = CLIENT_ID, CLIENT_SECRET
        started.as_new(
            back=f"{live_server.url}/sign-in/openid/back/",
            asks=True,
            person={"sub": "s-ada", "email": "ada.lovelace@example.com", "email_verified": True},
        )
        yield started


def look(one: Reader, name: str, faults: list[str]) -> None:
    """Every width and theme of the page that is open; what is wrong with it goes to ``faults``."""
    for width, theme in VIEWS:
        one.page.set_viewport_size({"width": width, "height": 900})
        one.page.emulate_media(color_scheme=theme, reduced_motion="reduce")
        # Colours that fade are measured once they stand still.
        one.page.evaluate("Promise.all(document.getAnimations().map(each => each.finished))")
        at = f"{name} at {width}, {theme}"
        faults += [f"{at}: {fault}" for fault in one.accessibility_faults()]
        if one.overflows():
            faults.append(f"{at}: wider than the window")
        if SHOTS:
            one.shoot(Path(SHOTS) / "signing_in", f"{name}-{width}-{theme}")
    # Opened to be looked at, they lie over what is clicked next.
    one.page.evaluate("document.querySelectorAll('[data-menu]').forEach(each => each.open = false)")
    faults += [f"{name}: {complaint}" for complaint in one.complaints]
    one.complaints.clear()


def by_password(one: Reader, person: Person) -> None:
    one.go("/sign-in/")
    one.page.fill("[name=login]", person.email)
    one.page.fill("[name=password]", PASSWORD)
    one.page.click("button:text-is('Sign in')")
    one.page.wait_for_load_state("load")


@pytest.mark.parametrize("script", [True, False], ids=["with script", "without script"])
def test_button_of_the_provider_leads_there_and_back(
    browser: Browser, live_server: LiveServer, ada: Person, provider: Provider, script: bool
) -> None:
    with reader(browser, base_url=live_server.url, script=script) as one:
        one.go("/people/")
        one.page.click("button:has-text('Sign in with Example ID')")
        one.page.wait_for_url(f"{provider.issuer}/authorize**")
        one.page.click("button:has-text('It is me')")
        one.page.wait_for_url(f"{live_server.url}/people/")

        assert one.page.locator("h1").inner_text() == "People"
        # The page that leads on is left before its pictures have come.
        assert [complaint for complaint in one.complaints if not complaint.startswith("failed: ")] == []


def test_who_is_unknown_reads_why(
    browser: Browser, live_server: LiveServer, provider: Provider, ada: Person
) -> None:
    provider.person["email"] = "nobody@example.com"
    faults: list[str] = []
    with reader(browser, base_url=live_server.url) as one:
        one.go("/sign-in/")
        look(one, "sign-in", faults)
        one.page.click("button:has-text('Sign in with Example ID')")
        one.page.wait_for_url(f"{provider.issuer}/authorize**")
        one.page.click("button:has-text('It is me')")
        one.page.wait_for_url(f"{live_server.url}/sign-in/openid/back/**")

        assert "this portal does not yet" in one.page.locator("main").inner_text()
        # The browser notes that the page came with 403.
        one.complaints.clear()
        look(one, "refused", faults)
    assert faults == []


def test_second_factor_from_setting_up_to_a_new_sign_in(
    browser: Browser, live_server: LiveServer, ada: Person
) -> None:
    faults: list[str] = []
    with reader(browser, base_url=live_server.url) as one:
        by_password(one, ada)
        one.go("/account/second-factor/")
        look(one, "none-yet", faults)
        one.page.click("a:has-text('Set it up')")
        look(one, "set-up", faults)
        secret = secret_on(one.page.content())
        one.page.fill("[name=code]", "000")
        one.page.click("button:has-text('Set it up')")
        one.page.wait_for_selector("[aria-invalid=true]")
        one.complaints.clear()
        look(one, "set-up-wrong", faults)
        one.page.fill("[name=code]", code(secret))
        one.page.click("button:has-text('Set it up')")
        one.page.wait_for_url("**/codes/")
        look(one, "codes", faults)
        with one.page.expect_download() as download:
            one.page.click("a:has-text('Download as text')")
        recovery = [line for line in download.value.path().read_text().split() if line.isdigit()]
        one.page.click("button:has-text('I have kept them')")
        one.page.wait_for_url("**/second-factor/")
        look(one, "overview", faults)
        for name in ("remove", "codes/renew"):
            one.go(f"/account/second-factor/{name}/")
            look(one, name.replace("/", "-"), faults)
    with reader(browser, base_url=live_server.url) as one:
        by_password(one, ada)
        look(one, "code", faults)
        one.page.fill("[name=code]", recovery[0])
        one.page.click("button:text-is('Sign in')")
        one.page.wait_for_url(f"{live_server.url}/")
        one.go("/account/again/code/")
        look(one, "again", faults)
    assert len(recovery) == 10
    assert faults == []


def test_required_role_is_led_to_set_it_up_and_then_where_it_wanted(
    browser: Browser, live_server: LiveServer, ada: Person, settings: Settings
) -> None:
    settings.SECOND_FACTOR_REQUIRED = True
    root = with_role(make_person("Rita Root"), ADMINISTRATOR)
    with_factor(ada)
    faults: list[str] = []
    with reader(browser, base_url=live_server.url) as one:
        by_password(one, root)
        assert one.page.url == f"{live_server.url}/account/second-factor/add/"
        look(one, "set-up-required", faults)
        one.page.fill("[name=code]", code(secret_on(one.page.content())))
        one.page.click("button:has-text('Set it up')")
        one.page.wait_for_url("**/codes/")
        one.page.click("button:has-text('I have kept them')")
        one.go(f"/people/{ada.pk}/")
        one.page.click("a:has-text('Reset the second factor')")
        look(one, "reset", faults)
        one.page.click("button:text-is('Reset')")
        one.page.wait_for_url(f"**/people/{ada.pk}/")
    assert not second_factor.is_set_up(ada)
    assert faults == []
