"""Every kind of question in a browser: conditions with and without script, order and rows by keyboard, and
questions that run from right to left."""

from __future__ import annotations

import datetime as dt
import os
from pathlib import Path

import pytest
from django.utils import timezone
from playwright.sync_api import Browser, Page
from pytest_django.live_server_helper import LiveServer

from surveys.domain.answering import sealing
from surveys.domain.counting.revealing import forget_roster
from surveys.models import Invitation, Wave
from tests.browser.pages import PHONE, WIDE, reader
from tests.browser.test_answering_pages import link, look, press_until
from tests.surveys.every_kind import EVERY_KIND
from tests.surveys.factories import make_person, make_wave

pytestmark = [pytest.mark.needs_chromium, pytest.mark.django_db(transaction=True)]


def invited(**fields: object) -> Invitation:
    forget_roster()
    now = timezone.now()
    times = {"opens_at": now - dt.timedelta(days=1), "closes_at": now + dt.timedelta(days=5)}
    wave = make_wave(questionnaire=EVERY_KIND, **{**times, **fields})  # type: ignore[arg-type]
    return wave.invitations.order_by("pk")[0]


def part(page: Page) -> str:
    return page.inner_text("[data-answer-part]")


def go_on(page: Page) -> None:
    page.click("text=Continue")


def order(page: Page) -> list[str]:
    return page.locator(".cp-rank label").all_inner_texts()


def choose(page: Page, name: str, value: str) -> None:
    page.check(f"[name='{name}'][value='{value}']", force=True)


def ballot_of(invitation: Invitation) -> sealing.Ballot:
    (ballot,) = sealing.open_all(invitation.wave)
    return ballot


def test_questions_come_and_go_with_the_answers(browser: Browser, live_server: LiveServer) -> None:
    invitation = invited()
    with reader(browser) as one:
        one.go(link(live_server, invitation))
        page = one.page
        # Nothing was answered yet: the question about it is away, and a whole part.
        assert part(page) == "Part 1 of 3"
        assert not page.is_visible("#q-why")
        assert page.locator("[data-only-if]").count() == 0
        choose(page, "q-nps", "3")
        assert page.inner_text("label[for='q-why']") == "You said 3. What is missing?"
        # It is asked for now, and no longer once it is away again.
        go_on(page)
        assert part(page) == "Part 1 of 3"
        page.fill("#q-why", "Left over")
        choose(page, "q-nps", "4")
        assert page.inner_text("label[for='q-why']") == "You said 4. What is missing?"
        choose(page, "q-nps", "10")
        assert not page.is_visible("#q-why")
        # Words of one's own choose what they belong to, and stay behind with it.
        page.fill("#q-way-other", "By pigeon")
        assert page.is_checked("[name='q-way'][value='other']")
        page.check("[name='q-way'][value='mail']")
        assert page.is_disabled("#q-way-other")
        look(one, "kinds-part-1")
        go_on(page)

        page.fill("#q-hours", "1 017")
        assert part(page) == "Part 2 of 3"
        choose(page, "q-grid-r1", "2")
        assert part(page) == "Part 2 of 4"
        page.fill("#q-hours", "99")
        assert part(page) == "Part 2 of 3"
        page.fill("#q-hours", "many")
        go_on(page)
        wrong = page.locator("#q-hours").evaluate("field => field.validationMessage")
        assert wrong == "Please write a whole number from 0 to 2000, in digits."
        page.fill("#q-hours", "100")
        page.fill("#q-day", "2026-03-31")
        look(one, "kinds-part-2")
        go_on(page)
        assert (part(page), page.inner_text("h2:visible")) == ("Part 3 of 4", "The wait")
        page.fill("#q-wait", "Papers")
        page.click("text=Back")
        choose(page, "q-grid-r1", "5")
        go_on(page)
        assert (part(page), page.inner_text("h2:visible")) == ("Part 3 of 3", "At the end")
        page.click("text=Send my answers")
        page.wait_for_selector("text=Thank you, your answers have arrived")
        assert one.complaints == []
    ballot = ballot_of(invitation)
    assert (ballot.texts, ballot.hidden) == ({}, ["wait", "why"])
    assert ballot.options == {
        "nps": ["10"],
        "way": ["mail"],
        "grid.r1": ["5"],
        "hours": ["0_499"],
        "day": ["2026-03"],
    }


def test_without_script_each_question_says_when_it_is_meant(
    browser: Browser, live_server: LiveServer
) -> None:
    invitation = invited()
    with reader(browser, width=PHONE, script=False) as one:
        page = one.page
        page.goto(link(live_server, invitation))
        assert page.inner_text("[id='q-why-only']") == (
            "Only if you answered “How likely are you to recommend us?” with anything but “10”."
        )
        choose(page, "q-nps", "10")
        page.fill("#q-why", "Nothing")
        for number, place in enumerate(("3", "3", "2")):
            page.select_option(f"#q-rank-{number}", place)
        # axe itself needs script.
        assert not one.overflows()
        if folder := os.environ.get("PORTAL_SHOTS"):
            one.shoot(Path(folder), "kinds-without-script")
        page.click("text=Send my answers")
        page.wait_for_selector("#errors:focus")
        assert page.inner_text("#q-rank-error") == "Please give each place once; 3 stands twice."
        page.select_option("#q-rank-0", "1")
        page.click("text=Send my answers")
        page.wait_for_selector("text=Thank you, your answers have arrived")
    ballot = ballot_of(invitation)
    assert ballot.options == {"nps": ["10"], "rank.o1": ["1"], "rank.o2": ["3"], "rank.o3": ["2"]}
    assert (ballot.texts, ballot.hidden) == ({}, ["wait", "why"])


def test_rows_and_order_by_keyboard_on_a_telephone(browser: Browser, live_server: LiveServer) -> None:
    invitation = invited()
    with reader(browser, width=PHONE) as one:
        one.go(link(live_server, invitation))
        page = one.page
        press = page.keyboard.press
        page.focus("#q-helps-0")
        press_until(one, "Continue")
        look(one, "kinds-phone-part-2")

        # Each answer of a card stands by itself, where a finger finds it.
        for number in range(5):
            page.check(f"#q-grid-0-{number}")
        page.check("#q-grid-0-0")
        page.focus("#q-grid-0-0")
        for key in ("ArrowRight", "Tab", "Space", "Tab", "Space", "ArrowDown", "ArrowDown"):
            press(key)
        assert page.locator(":focus").evaluate("field => field.labels[0].innerText") == "3"
        press("Tab")  # to the first row of the next question, as a card
        press("Space")
        # The order shown is no answer until somebody said so or moved something.
        assert page.locator("[name^='q-rank-']").evaluate_all("all => all.map(one => one.value)") == [""] * 3
        page.focus("[aria-label='Down: Being quick']")
        press("Enter")
        assert page.locator(":focus").get_attribute("aria-label") == "Down: Being quick"
        assert page.inner_text("[data-rank-said]") == "Being quick: now 2 of 3"
        press("Enter")
        # At the end there is no further down; the way up is next.
        assert page.locator(":focus").get_attribute("aria-label") == "Up: Being quick"
        assert page.locator(".cp-rank label").all_inner_texts() == [
            "Being right",
            "Being kind",
            "Being quick",
        ]
        look(one, "kinds-phone-ranked")
        press_until(one, "Continue")
        press_until(one, "Send my answers")
        page.wait_for_selector("text=Thank you, your answers have arrived")
        assert one.complaints == []
    assert ballot_of(invitation).options == {
        "grid.r1": ["2"],
        "grid.r2": ["1"],
        "grid.r3": ["3"],
        "share.r1": ["me"],
        "rank.o1": ["3"],
        "rank.o2": ["1"],
        "rank.o3": ["2"],
    }


def wait_for_draft(page: Page, words: str) -> None:
    for _ in range(100):
        if words in page.evaluate("JSON.stringify(localStorage)"):
            return
        page.wait_for_timeout(50)
    raise AssertionError("No draft is kept.")


def test_order_by_hand_and_a_draft_of_all_of_it(browser: Browser, live_server: LiveServer) -> None:
    invitation = invited()
    with reader(browser) as one:
        one.go(link(live_server, invitation))
        page = one.page
        page.fill("#q-helps-other", "Tea")
        go_on(page)
        assert order(page) == ["Being quick", "Being right", "Being kind"]
        page.locator(".cp-rank li").nth(2).drag_to(page.locator(".cp-rank li").nth(0))
        assert order(page) == ["Being kind", "Being quick", "Being right"]
        choose(page, "q-grid-r2", "4")
        page.fill("#q-hours", "1 017")
        page.fill("#q-day", "2026-03-31")
        wait_for_draft(page, "2026-03-31")

        one.go(link(live_server, invitation))
        assert page.is_checked("[name='q-helps'][value='other']")
        assert page.input_value("#q-helps-other") == "Tea"
        go_on(page)
        assert order(page) == ["Being kind", "Being quick", "Being right"]
        assert page.is_checked("[name='q-grid-r2'][value='4']")
        assert (page.input_value("#q-hours"), page.input_value("#q-day")) == ("1 017", "2026-03-31")
        page.click("text=Leave it open")
        assert page.locator("[name^='q-rank-']").evaluate_all("all => all.map(one => one.value)") == [""] * 3
        page.click("text=This order is right")
        assert page.input_value("[name='q-rank-o3']") == "1"
        assert one.complaints == []


@pytest.mark.parametrize(("width", "theme"), [(WIDE, "light"), (PHONE, "dark")])
def test_questions_from_right_to_left_while_the_buttons_are_not(
    browser: Browser, live_server: LiveServer, width: int, theme: str
) -> None:
    invitation = invited(extension_days=7)
    with reader(browser, width=width, theme=theme) as one:  # type: ignore[arg-type]
        one.go(link(live_server, invitation))
        page = one.page
        choose(page, "q-nps", "3")
        page.click("text=العربيّة")
        assert page.locator("html").evaluate("html => [html.lang, html.dir]") == ["en", "rtl"]
        assert page.inner_text("label[for='q-why']") == "قلت 3. ما الناقص؟"
        assert page.locator("legend").first.evaluate("one => getComputedStyle(one).direction") == "rtl"
        assert page.locator(".cp-notice > div").evaluate("one => getComputedStyle(one).direction") == "ltr"
        look(one, f"kinds-rtl-part-1-{width}")
        page.fill("#q-why", "وقت")
        go_on(page)
        look(one, f"kinds-rtl-part-2-{width}")
        go_on(page)
        page.click("text=Send my answers")
        page.wait_for_selector("text=Thank you")
    assert ballot_of(invitation).texts == {"why": "وقت"}


def test_what_the_mail_chose_wins_over_a_draft_and_keeps_the_rest(
    browser: Browser, live_server: LiveServer
) -> None:
    invitation = invited(mode=Wave.Mode.IDENTIFIED)
    Invitation.objects.filter(pk=invitation.pk).update(subject=make_person(display_name="Karin Åkesson"))
    with reader(browser, width=PHONE) as one:
        one.go(link(live_server, invitation))
        page = one.page
        choose(page, "q-nps", "3")
        page.fill("#q-why", "Half a thought")
        wait_for_draft(page, "Half a thought")
        one.go(link(live_server, invitation) + "?pick=9")
        assert page.is_visible("text=You chose “9”. Change it if you like, then send.")
        assert page.is_checked("#q-nps-9")
        assert page.input_value("#q-why") == "Half a thought"
        assert page.inner_text("label[for='q-why']") == "You said 9. What is missing?"
        assert page.inner_text(".cp-about") == "About: Karin Åkesson"
        look(one, "kinds-picked")
