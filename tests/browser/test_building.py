"""A survey is built by keyboard alone, and put in order by mouse and finger; without barriers on every width.

``PORTAL_SHOTS=<folder>`` keeps a picture of each page.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.test import Client
from playwright.sync_api import Browser, Locator, Page
from pytest_django.live_server_helper import LiveServer

from people.models import Person
from surveys.conditions import Condition, Rule
from surveys.conditions import Test as How
from surveys.domain.building import editing
from surveys.models import Question, Survey
from tests.browser.pages import HEIGHTS, PHONE, WIDE, Reader, reader
from tests.surveys.factories import make_hr, make_survey

pytestmark = [pytest.mark.needs_chromium, pytest.mark.django_db(transaction=True)]

SHOTS = os.environ.get("PORTAL_SHOTS", "")
MOST_TABS = 150
# What is typed for each kind, by the name of the field.
TYPED: dict[str, dict[str, str]] = {
    "recommend": {},
    "scale": {"low_label": "never", "high_label": "always"},
    "yes_no": {},
    "single": {"options": "By mail\nBy telephone"},
    "multiple": {"options": "Time\nTools\nWords"},
    "ranking": {"options": "Speed\nCare"},
    "matrix": {"rows": "The food\nThe room"},
    "short_text": {},
    "long_text": {},
    "number": {"unit": "days"},
    "date": {},
}


def cookies_of(person: Person, language: str = "") -> dict[str, str]:
    client = Client()
    client.force_login(person, backend="allauth.account.auth_backends.AuthenticationBackend")
    cookies = {"sessionid": client.cookies["sessionid"].value}
    return {**cookies, settings.LANGUAGE_COOKIE_NAME: language} if language else cookies


@contextmanager
def building_at(browser: Browser, live_server: LiveServer, **options: Any) -> Iterator[Reader]:
    language = options.get("language", "")
    cookies = cookies_of(make_hr(language=language), language)
    with reader(browser, cookies=cookies, base_url=live_server.url, **options) as one:
        yield one
        assert one.complaints == []


def shoot(one: Reader, name: str) -> None:
    if SHOTS:
        one.shoot(Path(SHOTS), name)


# --- Keyboard -----------------------------------------------------------------------------------------------
def reach(page: Page, wanted: Locator) -> None:
    """As somebody without a mouse gets there."""
    for _step in range(MOST_TABS):
        if wanted.evaluate("one => one === document.activeElement"):
            return
        page.keyboard.press("Tab")
    raise AssertionError(f"{wanted} cannot be reached by the keyboard")


def press(page: Page, wanted: Locator) -> None:
    """A link or button that leads to another page."""
    reach(page, wanted)
    with page.expect_navigation(wait_until="load"):
        page.keyboard.press("Enter")


def skip(page: Page) -> None:
    """Past the navigation, by the link that stands first for that."""
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")


def named(page: Page, words: str) -> Locator:
    return page.locator("main").get_by_role("button", name=words, exact=True)


def link(page: Page, words: str) -> Locator:
    return page.locator("main").get_by_role("link", name=words)


def type_into(page: Page, name: str, words: str) -> None:
    reach(page, page.locator(f"[name={name}]"))
    page.keyboard.type(words)


def add_question(page: Page, kind: str) -> None:
    press(page, link(page, "Add a question").first)
    skip(page)
    press(page, page.locator(f"main a[href$='/new/{kind}/']"))
    skip(page)
    type_into(page, "text", f"How is {kind}?")
    for name, words in TYPED[kind].items():
        type_into(page, name, words)
    press(page, named(page, "Add the question"))


def menu_of(page: Page, question: Question) -> Locator:
    return page.locator(f"#question-{question.pk} summary")


def keys_of(survey: Survey) -> list[str]:
    rows = Question.objects.filter(section__survey=survey).order_by("section__position", "position")
    return list(rows.values_list("kind", flat=True))


def test_a_survey_with_every_kind_a_condition_and_another_order_is_built_by_keyboard(
    browser: Browser, live_server: LiveServer
) -> None:
    with building_at(browser, live_server) as one:
        page = one.page
        one.go("/surveys/new/")
        skip(page)
        type_into(page, "title", "By keyboard")
        press(page, named(page, "Create the survey"))
        survey = Survey.objects.get()
        for kind in TYPED:
            add_question(page, kind)
        assert keys_of(survey) == list(TYPED)

        shown, by = (Question.objects.get(kind=kind) for kind in ("date", "single"))
        reach(page, menu_of(page, shown))
        page.keyboard.press("Enter")
        press(page, page.locator(f"#question-{shown.pk} a", has_text="Show only when"))
        reach(page, page.locator("[name=item1]"))
        page.keyboard.type("4. How")
        page.locator("[name=value1]").wait_for()
        assert page.evaluate("document.activeElement.name") == "item1"
        reach(page, page.locator("[name=value1]"))
        page.keyboard.press("ArrowDown")
        press(page, named(page, "Save"))
        shown.refresh_from_db()
        rules = [{"key": by.key, "test": "is", "value": by.options[1]["code"]}]
        assert shown.condition == {"every": True, "rules": rules}
        assert page.get_by_text("Shown when").count() == 1

        reach(page, menu_of(page, shown))
        page.keyboard.press("Enter")
        up = page.locator(f"#question-{shown.pk} [data-builder-move=up] button")
        reach(page, up)
        for number in (10, 9):
            page.keyboard.press("Enter")
            page.locator("[data-builder-says]", has_text=f"Question {number} of 11").wait_for()
            assert up.evaluate("one => one === document.activeElement")
        assert keys_of(survey)[8:] == ["date", "long_text", "number"]

        # Five more steps would bring it before the question that shows it.
        for number in (8, 7, 6, 5):
            page.keyboard.press("Enter")
            page.locator("[data-builder-says]", has_text=f"Question {number} of 11").wait_for()
        page.keyboard.press("Enter")
        page.locator(f"#question-{shown.pk} [role=alert]", has_text="must come after it").wait_for()
        assert keys_of(survey)[3:5] == ["single", "date"]
        shoot(one, "building-refused")


# --- Mouse and finger ---------------------------------------------------------------------------------------
def drag_by_mouse(page: Page, steps: list[tuple[float, float]]) -> None:
    page.mouse.move(*steps[0])
    page.mouse.down()
    for step in steps[1:]:
        page.mouse.move(*step)
    page.mouse.up()


def drag_by_finger(page: Page, steps: list[tuple[float, float]]) -> None:
    """As Chromium reports it for a touch screen."""
    screen = page.context.new_cdp_session(page)
    for number, (x, y) in enumerate(steps):
        kind = "touchMove" if number else "touchStart"
        screen.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": [{"x": x, "y": y}]})
        page.wait_for_timeout(20)
    screen.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})


@pytest.mark.parametrize(("drag", "width"), [(drag_by_mouse, WIDE), (drag_by_finger, PHONE)])
def test_a_question_is_dragged_into_another_part(
    browser: Browser,
    live_server: LiveServer,
    drag: Callable[[Page, list[tuple[float, float]]], None],
    width: int,
) -> None:
    survey = make_survey()
    rows = {row.key: row for row in Question.objects.all()}
    with building_at(browser, live_server, width=width) as one:
        one.go(survey.get_absolute_url())
        start, end = (
            one.page.locator(f"#question-{rows[key].pk} [data-builder-grip]").bounding_box()
            for key in ("promise", "channel")
        )
        assert start is not None
        assert end is not None
        x, first = start["x"] + 8, start["y"] + 8
        way = end["y"] + 24 - first
        drag(one.page, [(x, first + way * part / 20) for part in range(21)])
        one.page.locator("[data-builder-says]", has_text="in the part “More”").wait_for()
    assert survey.sections.get(position=1).questions.count() == 2
    assert "promise" in survey.sections.get(position=2).questions.values_list("key", flat=True)


def test_without_a_script_the_buttons_move_and_the_answer_is_chosen_in_two_steps(
    browser: Browser, live_server: LiveServer
) -> None:
    survey = make_survey()
    rows = {row.key: row for row in Question.objects.all()}
    with building_at(browser, live_server, script=False, width=PHONE) as one:
        page = one.page
        one.go(survey.get_absolute_url())
        assert not page.locator("[data-builder-grip]").first.is_visible()
        press(page, link(page, "What should we hear?").first)
        press(page, link(page, "Show only when…"))
        page.locator("[name=item1]").select_option(label=page.locator("option[value=promise]").inner_text())
        press(page, named(page, "Choose the answer"))
        page.locator("[name=value1]").select_option("no")
        press(page, named(page, "Save"))
        assert page.get_by_text("Shown when").count() == 1
        menu_of(page, rows["hear"]).click()
        press(page, page.locator(f"#question-{rows['hear'].pk} [data-builder-move=up] button"))
    assert survey.sections.get(position=2).questions.values_list("key", flat=True)[1] == "hear"


# --- Looks --------------------------------------------------------------------------------------------------
LONG = "Wie zufrieden sind Sie mit der Zusammenarbeitsvereinbarungsverlängerungsgeschwindigkeit insgesamt?"
ARABIC = "هل ما زلت تنتظر شيئًا منا؟"


def make_long_survey() -> Survey:
    """Sixty questions in two parts, with everything a row may carry; its title is one word of 150 letters."""
    survey = make_survey(title="W" * 150)
    part = survey.sections.get(position=2)
    two = [{"code": "o1", "label": "Schnell"}, {"code": "o2", "label": "بعناية"}]
    Question.objects.bulk_create(
        Question(
            section=part,
            position=9 + number,
            key=f"x{number}",
            kind="single",
            text=ARABIC if number % 2 else LONG,
            driver="Arbeitsbelastung",
            required=True,
            options=two,
            other=True,
        )
        for number in range(54)
    )
    arabic = Question.objects.select_related("section__survey").get(key="x51")
    rules = (Rule("x49", How.IS, "o2"), Rule("x48", How.IS_NOT, "o1"), Rule("hear", How.CONTAINS, "spät"))
    editing.set_condition(arabic, Condition(False, rules), by=None)
    return survey


@pytest.mark.parametrize(("theme", "language"), [("light", "en"), ("dark", "de")])
def test_the_builders_pages_are_open_to_all_and_fit_at_sixty_questions(
    browser: Browser, live_server: LiveServer, theme: str, language: str
) -> None:
    survey = make_long_survey()
    row = Question.objects.get(key="x51")
    pages = {
        "survey": survey.get_absolute_url(),
        "choose": f"/surveys/parts/{row.section_id}/questions/new/",
        "matrix": f"/surveys/parts/{row.section_id}/questions/new/matrix/",
        "condition": f"/surveys/questions/{row.pk}/condition/",
    }
    faults: list[str] = []
    with building_at(browser, live_server, theme=theme, language=language) as one:
        for name, path in pages.items():
            one.go(path)
            for width in (WIDE, PHONE):
                one.page.set_viewport_size({"width": width, "height": HEIGHTS[width]})
                shoot(one, f"building-{name}-{language}-{theme}-{width}")
                if one.overflows():
                    faults.append(f"{name} is wider than {width}")
            faults += [f"{name}: {fault}" for fault in one.accessibility_faults()]
    assert faults == []
