"""A survey translated into German and Arabic, looked at in each on a phone, and its versions.

``PORTAL_SHOTS=<folder>`` keeps a picture of each.
"""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from django.test import Client
from playwright.sync_api import Browser, FrameLocator, Page, expect
from pytest_django.live_server_helper import LiveServer

from common.organisation import forget
from surveys.domain.building import editing, translating
from surveys.domain.building.freezing_questions import freeze_questionnaire
from surveys.models import Survey, Wave
from tests.browser.pages import PHONE, WIDE, Reader, reader
from tests.surveys.factories import OPENED, make_draft, make_hr, make_survey
from tests.surveys.files.test_exchanging import WHOLE

pytestmark = [pytest.mark.needs_chromium, pytest.mark.django_db(transaction=True)]
SHOTS = os.environ.get("PORTAL_SHOTS", "")
ARABIC = {"title": "كيف نعمل معًا", "listens.text": "مديري يستمع إليّ.", "listens.low_label": "أبدًا"}


def look(one: Reader, name: str) -> list[str]:
    """What is wrong with the page as it stands."""
    if SHOTS:
        one.shoot(Path(SHOTS) / "translating", name)
    found = [f"{name}: {fault}" for fault in one.accessibility_faults() + one.complaints]
    one.complaints.clear()
    return [*found, f"{name}: wider than the window"] if one.overflows() else found


def signed_in() -> dict[str, str]:
    forget()
    client = Client()
    client.force_login(make_hr())
    return {"sessionid": client.cookies["sessionid"].value}


def framed(page: Page) -> FrameLocator:
    return page.frame_locator("iframe.cp-device")


def test_a_survey_is_translated_and_looked_at_on_a_phone(browser: Browser, live_server: LiveServer) -> None:
    survey = make_survey()
    url = f"{live_server.url}/surveys/{survey.pk}"
    wrong = []
    with reader(browser, width=PHONE, cookies=signed_in(), base_url=live_server.url) as one:
        for code, title in (("de", "Wie wir zusammenarbeiten"), ("ar", ARABIC["title"])):
            one.go(f"{url}/translations/")
            one.page.get_by_label("Add a language").select_option(code)
            one.page.get_by_role("button", name="Add it").press("Enter")
            one.page.wait_for_url(f"**/translations/{code}/")
            one.page.locator("#id_title").fill(title)
            if code == "ar":
                for place, text in ARABIC.items():
                    one.page.locator(f'[name="{place}"]').fill(text)
            wrong += look(one, f"{code}-phone")
            one.page.get_by_role("button", name="Save", exact=True).press("Enter")
            expect(one.page.locator("[data-toast]").first).to_contain_text("Saved:")
        expect(one.page.locator('[name="title"]')).to_have_css("direction", "rtl")
        wrong += look(one, "ar-saved-phone")
        one.page.get_by_role("link", name="Look at it").press("Enter")
        expect(framed(one.page).get_by_role("heading", level=1)).to_have_text(ARABIC["title"])
        expect(framed(one.page).get_by_text(ARABIC["listens.text"])).to_have_css("direction", "rtl")
        wrong += look(one, "preview-ar-phone")
        one.page.get_by_role("link", name="Deutsch").press("Enter")
        expect(framed(one.page).get_by_role("heading", level=1)).to_have_text("Wie wir zusammenarbeiten")
        wrong += look(one, "preview-de-phone")
        for language in ("ar", "de"):
            one.go(f"{url}/preview/page/?language={language}")
            wrong += look(one, f"page-{language}-phone")
    assert wrong == []


def test_the_preview_works_as_the_page_will_and_sends_nothing(
    browser: Browser, live_server: LiveServer
) -> None:
    """Every kind of question, wide and dark; conditions and answers put into texts work in it."""
    survey = make_survey(WHOLE)
    wrong = []
    with reader(browser, width=WIDE, theme="dark", cookies=signed_in(), base_url=live_server.url) as one:
        one.go(f"{live_server.url}/surveys/{survey.pk}/")
        hidden = framed(one.page).get_by_text("Which?", exact=True)
        expect(hidden).to_be_hidden()
        framed(one.page).locator(
            '[name="q-calm"][value="yes"] + *, label:has([name="q-calm"][value="yes"])'
        ).first.click()
        expect(hidden).to_be_visible()
        wrong += look(one, "builder-wide-dark")
        for width in ("tablet", "wide"):
            one.go(f"{live_server.url}/surveys/{survey.pk}/preview/?width={width}")
            wrong += look(one, f"preview-{width}-dark")
        one.page.get_by_role("link", name="By name").press("Enter")
        frame = framed(one.page)
        expect(frame.get_by_text("Your answers carry your name")).to_be_visible()
        frame.locator('label:has([name="q-calm"][value="no"])').click()
        frame.get_by_role("button", name="Continue").click()
        frame.get_by_role("button", name="Send my answers").click()
        expect(frame.get_by_role("heading", name="Nothing was sent")).to_be_visible()
        wrong += look(one, "preview-sent-dark")
    assert wrong == []
    assert not Wave.objects.exists()


def versions_of(survey: Survey) -> None:
    hr = make_hr(display_name="Wolfeschlegelsteinhausenbergerdorff")
    asked = freeze_questionnaire(survey).to_json()
    make_draft(survey=survey, state=Wave.State.CLOSED, launched_at=OPENED, questionnaire_json=asked)
    translating.add_language(survey, "ar", by=hr)
    translating.translate(survey, "ar", ARABIC, by=hr)
    survey.refresh_from_db()
    editing.change_survey(survey, title="How we work with each other", intro="Two minutes.", by=hr)
    section = survey.sections.get(position=2)
    editing.delete_question(section.questions.get(key="helps"), by=hr)
    question = section.questions.get(key="channel")
    question.text = "How do you usually reach us?"
    question.required = True
    editing.change_question(question, by=hr)


def test_versions_and_a_file_are_open_to_all_and_fit(
    browser: Browser, live_server: LiveServer, tmp_path: Path
) -> None:
    survey = make_survey()
    versions_of(survey)
    cookies = signed_in()
    wrong = []
    for width in (WIDE, PHONE):
        with reader(browser, width=width, cookies=cookies, base_url=live_server.url) as one:
            one.go(f"{live_server.url}/surveys/{survey.pk}/versions/")
            wrong += look(one, f"versions-{width}")
            one.go(f"{live_server.url}/surveys/{survey.pk}/translations/ar/?show=open")
            wrong += look(one, f"open-{width}")
            one.go(f"{live_server.url}/surveys/new/from-file/")
            bad = tmp_path / f"bad-{width}.json"
            bad.write_text('{"format": "culture-portal-survey", "format_version": 1, "titel": "x"}')
            one.page.get_by_label("A survey as a file").set_input_files(bad)
            one.page.get_by_role("button", name="Take it in").press("Enter")
            expect(one.page.get_by_role("alert")).to_contain_text("“titel” is not known here.")
            one.complaints = [each for each in one.complaints if "422" not in each]
            wrong += look(one, f"file-{width}")
    assert wrong == []
