"""The respondent's pages in a browser: reachable, readable, and sent by keyboard alone."""

from __future__ import annotations

import datetime as dt
import os
from pathlib import Path

import pytest
from django.utils import timezone
from playwright.sync_api import Browser
from pytest_django.live_server_helper import LiveServer

from common import links
from surveys.domain.answering import sealing
from surveys.domain.counting.revealing import forget_roster
from surveys.models import Invitation, Wave
from surveys.questionnaire import Kind, Option, Question, Questionnaire, Section
from tests.browser.pages import NARROWEST, PHONE, WIDE, Reader, reader
from tests.surveys.factories import make_people, make_wave

pytestmark = [pytest.mark.needs_chromium, pytest.mark.django_db(transaction=True)]

QUESTIONNAIRE = Questionnaire(
    title="How we serve each other",
    intro="Nine questions about the last four weeks.",
    version=1,
    sections=(
        Section(
            "Working together",
            "Think of the people you work with most.",
            (
                Question(
                    "nps",
                    Kind.RECOMMEND,
                    "How likely are you to recommend working here to a friend?",
                    high=10,
                    low_label="not at all likely",
                    high_label="extremely likely",
                ),
                Question(
                    "early",
                    Kind.SCALE,
                    "People in my team let each other know early when something will be late.",
                    help="Think of the last four weeks.",
                    required=True,
                    low=1,
                    high=5,
                    low_label="never",
                    high_label="always",
                ),
                Question("kept", Kind.YES_NO, "Was the last promise made to you kept?"),
            ),
        ),
        Section(
            "Zusammenarbeitsvereinbarungen und Dienstleistungsqualitätserwartungen",
            "",
            (
                Question(
                    "way",
                    Kind.SINGLE,
                    "How do you reach us?",
                    options=tuple(
                        Option(code, label)
                        for code, label in (
                            ("mail", "By mail, because I want to have it in writing afterwards"),
                            ("phone", "By telephone"),
                            ("desk", "In person"),
                        )
                    ),
                ),
                Question(
                    "helps",
                    Kind.MULTIPLE,
                    "What would help?",
                    options=(Option("time", "More time"), Option("tools", "Better tools")),
                ),
                Question("word", Kind.SHORT_TEXT, "One word for us?"),
                Question("hear", Kind.LONG_TEXT, "ما الذي يسهّل الوفاء بالوعود هنا؟"),
            ),
        ),
    ),
)


@pytest.fixture
def invitation() -> Invitation:
    forget_roster()
    now = timezone.now()
    wave = make_wave(
        questionnaire=QUESTIONNAIRE,
        opens_at=now - dt.timedelta(days=1),
        closes_at=now + dt.timedelta(days=5),
        extension_days=7,
    )
    return wave.invitations.order_by("pk")[0]


def link(live_server: LiveServer, invitation: Invitation) -> str:
    return f"{live_server.url}/a/{invitation.handle}/{links.mint('answer', invitation.handle)}/"


def look(one: Reader, name: str) -> None:
    """Each page is without barriers, fits its window, and makes the browser complain of nothing."""
    if folder := os.environ.get("PORTAL_SHOTS"):
        one.shoot(Path(folder), name)
    assert one.accessibility_faults() == []
    assert not one.overflows()
    assert one.complaints == []


@pytest.mark.parametrize("width", [WIDE, PHONE, NARROWEST])
@pytest.mark.parametrize("theme", ["light", "dark"])
def test_every_page_of_a_respondent(
    browser: Browser, live_server: LiveServer, invitation: Invitation, width: int, theme: str
) -> None:
    make_people(1, given_name="Karin", family_name="Åkesson", display_name="Karin Åkesson")
    with reader(browser, width=width, theme=theme) as one:  # type: ignore[arg-type]
        page = one.page
        one.go(link(live_server, invitation))
        page.check("#q-early-3", force=True)
        look(one, f"answer-part-1-{width}-{theme}")
        page.click("text=Continue")
        look(one, f"answer-part-2-{width}-{theme}")
        page.fill("#q-word", "x" * 301)
        page.fill("#q-hear", "Ask Karin Åkesson")
        page.click("text=Send my answers")
        page.wait_for_selector("#errors")
        one.complaints.clear()  # the browser's own note of the status 422
        look(one, f"answer-errors-{width}-{theme}")
        page.fill("#q-word", "Patient")
        page.click("text=Send my answers")
        page.wait_for_selector("text=Before you send")
        look(one, f"answer-warning-{width}-{theme}")
        page.click("text=Send my answers as they stand")
        page.wait_for_selector("text=Thank you")
        look(one, f"answer-sent-{width}-{theme}")
        one.go(link(live_server, invitation))
        look(one, f"answer-answered-{width}-{theme}")
        one.go(link(live_server, invitation)[:-4] + "/")
        one.complaints.clear()  # the 404
        look(one, f"answer-unknown-{width}-{theme}")
        assert page.is_visible("text=This link does not open anything")
    assert [ballot.texts for ballot in sealing.open_all(invitation.wave)] == [
        {"word": "Patient", "hear": "Ask Karin Åkesson"}
    ]


def test_without_script_all_parts_are_one_form(
    browser: Browser, live_server: LiveServer, invitation: Invitation
) -> None:
    with reader(browser, script=False) as one:
        page = one.page
        page.goto(link(live_server, invitation))
        page.fill("#q-hear", "More daylight.")
        page.click("text=Send my answers")
        page.wait_for_selector("#errors:focus")
        assert page.input_value("#q-hear") == "More daylight."
        page.check("#q-early-3", force=True)
        page.click("text=Send my answers")
        page.wait_for_selector("text=Thank you, your answers have arrived")
    assert [ballot.texts for ballot in sealing.open_all(invitation.wave)] == [{"hear": "More daylight."}]


def test_part_by_part_with_the_keyboard_alone(
    browser: Browser, live_server: LiveServer, invitation: Invitation
) -> None:
    with reader(browser, width=PHONE) as one:
        one.go(link(live_server, invitation))
        look(one, "answer-part-1")
        page = one.page
        page.focus("#q-nps-0")
        for key in ("ArrowRight", "ArrowRight", "Tab", "Space"):
            page.keyboard.press(key)
        press_until(one, "Continue")
        assert page.evaluate("document.activeElement.innerText") == QUESTIONNAIRE.sections[1].title
        look(one, "answer-part-2")
        press_until(one, "Send my answers")
        page.wait_for_selector("text=Thank you, your answers have arrived")
        assert one.complaints == []
    assert [ballot.options for ballot in sealing.open_all(invitation.wave)] == [
        {"nps": ["2"], "early": ["1"]}
    ]


def press_until(one: Reader, label: str) -> None:
    for _ in range(60):
        one.page.keyboard.press("Tab")
        if one.page.evaluate("document.activeElement.innerText") == label:
            one.page.keyboard.press("Enter")
            return
    raise AssertionError(f"The keyboard does not reach {label!r}.")


def test_a_survey_by_name_names_its_readers(browser: Browser, live_server: LiveServer) -> None:
    now = timezone.now()
    wave = make_wave(
        questionnaire=QUESTIONNAIRE,
        mode=Wave.Mode.IDENTIFIED,
        opens_at=now - dt.timedelta(days=1),
        closes_at=now + dt.timedelta(days=5),
        readers=make_people(1, display_name="نورا العلي"),
    )
    with reader(browser) as one:
        one.go(link(live_server, wave.invitations.order_by("pk")[0]))
        assert one.page.inner_text(".cp-notice li bdi") == "نورا العلي"
        look(one, "answer-by-name")
