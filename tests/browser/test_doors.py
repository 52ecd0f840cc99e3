"""The pages one meets before signing in, as a reader meets them."""

from __future__ import annotations

import pytest
from playwright.sync_api import Browser
from pytest_django.live_server_helper import LiveServer

from tests.browser.pages import NARROWEST, PHONE, WIDE, reader

DOORS = ["/sign-in/", "/password/reset/", "/password/reset/done/", "/no/such/page/"]


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_doors_have_no_barriers(browser: Browser, live_server: LiveServer, theme: str) -> None:
    for path in DOORS:
        with reader(browser, width=PHONE, theme="dark" if theme == "dark" else "light") as one:
            one.go(live_server.url + path)

            assert one.accessibility_faults() == [], path


def test_doors_fit_every_width_without_a_complaint(browser: Browser, live_server: LiveServer) -> None:
    for width in (WIDE, PHONE, NARROWEST):
        for path in DOORS[:-1]:
            with reader(browser, width=width) as one:
                one.go(live_server.url + path)

                assert not one.overflows(), (path, width)
                assert one.complaints == [], (path, width)


def test_wrong_password_is_refused_in_words_and_keeps_the_address(
    browser: Browser, live_server: LiveServer
) -> None:
    with reader(browser) as one:
        one.go(live_server.url + "/sign-in/")
        one.page.fill("[name=login]", "nobody@example.com")
        one.page.fill("[name=password]", "wrong")
        one.page.click("button:has-text('Sign in')")
        one.page.wait_for_selector("[role=alert]")

        assert one.page.input_value("[name=login]") == "nobody@example.com"
        assert one.page.input_value("[name=password]") == ""
