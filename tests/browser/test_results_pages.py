"""Results in a browser: without barriers, on every width, with groups that may show nothing."""

from __future__ import annotations

import datetime as dt
import os
import random
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.test import Client
from playwright.sync_api import Browser
from pytest_django.live_server_helper import LiveServer

from people.models import Person
from surveys import conditions
from surveys.answers import AnswerSheet
from surveys.domain.answering import submitting
from surveys.domain.counting import closing
from surveys.models import Wave
from surveys.questionnaire import Kind, Option, Question, Questionnaire, Section
from tests.browser.pages import NARROWEST, PHONE, WIDE, Reader, reader
from tests.surveys.factories import (
    WHILE_OPEN,
    cast,
    make_hr,
    make_person,
    make_wave,
)

pytestmark = [pytest.mark.needs_chromium, pytest.mark.django_db(transaction=True)]

BEHAVIOURS = (
    "My colleagues listen with the intent to understand.",
    "We stay civil, also when it is not returned.",
    "People keep the promises they make to me.",
    "I hear early when something will be late.",
    "Nobody talks behind the backs of those who are absent.",
    "Zusammenarbeitsvereinbarungen werden eingehalten, auch Dienstleistungsqualitätszusagen.",
)
QUESTIONNAIRE = Questionnaire(
    "How we serve each other",
    "",
    1,
    (
        Section(
            "Us",
            "",
            (
                Question("nps", Kind.RECOMMEND, "Would you recommend working here?", high=10),
                *(
                    Question(
                        f"b{number}", Kind.SCALE, text, low=1, high=5, low_label="never", high_label="always"
                    )
                    for number, text in enumerate(BEHAVIOURS)
                ),
                Question("kept", Kind.YES_NO, "Was the last promise kept?"),
                Question(
                    "helps",
                    Kind.MULTIPLE,
                    "What would help?",
                    options=(Option("time", "More time"), Option("tools", "Better tools")),
                ),
                Question(
                    "desk",
                    Kind.MATRIX,
                    "How was the front desk?",
                    low=1,
                    high=5,
                    low_label="poor",
                    high_label="excellent",
                    rows=(
                        Option("r1", "The welcome"),
                        Option("r2", "The waiting"),
                        Option("r3", "وضوح الإجابة"),
                    ),
                ),
                Question(
                    "order",
                    Kind.RANKING,
                    "What matters most to you?",
                    options=(Option("o1", "Being heard"), Option("o2", "Speed"), Option("o3", "Clear words")),
                ),
                Question("years", Kind.NUMBER, "How long are you here?", least=0, most=20, unit="years"),
                Question(
                    "way",
                    Kind.SINGLE,
                    "How do you reach us?",
                    options=(Option("mail", "By mail"), Option("phone", "By telephone")),
                    other=True,
                ),
                Question(
                    "why",
                    Kind.SCALE,
                    "How easy was the telephone?",
                    low=1,
                    high=5,
                    condition=conditions.Condition(
                        every=True, rules=(conditions.Rule("kept", conditions.Test.IS, "yes"),)
                    ),
                ),
                Question("hear", Kind.LONG_TEXT, "What should we hear?"),
            ),
        ),
    ),
)
NAMES = {
    1: "Brightwater",
    2: "Customer Care",
    3: "Night desk",
    4: "نورا العلي وفريقها",
    5: "Donaudampfschifffahrt",
}


def make_answered_wave(
    mode: str = Wave.Mode.ANONYMOUS, readers: Sequence[Person] = (), *, seed: int = 7, **fields: Any
) -> Wave:
    wave = make_wave(
        groups={1: None, 2: 1, 3: 1, 4: 1, 5: 1},
        invited={1: 2, 2: 31, 3: 3, 4: 12, 5: 8},
        questionnaire=QUESTIONNAIRE,
        mode=mode,
        readers=readers,
        breakdown=Wave.Breakdown.LOCATION if mode == Wave.Mode.ANONYMOUS else "",
        **{"title": "Pulse of November", **fields},
    )
    for group in wave.groups.all():
        group.name = NAMES[group.code]
        group.save()
    chance = random.Random(seed)
    for number, invitation in enumerate(wave.invitations.select_related("wave").order_by("pk")):
        if chance.random() < 0.1:
            continue
        invitation.breakdown_value = "Oslo" if number % 2 else "Bergen"
        invitation.save()
        options: dict[str, tuple[str, ...]] = {
            f"b{n}": (str(min(5, max(1, round(chance.gauss(2.5 + n / 3, 1))))),) for n in range(6)
        }
        options |= {"nps": (str(chance.randint(3, 10)),), "kept": (chance.choice(["yes", "yes", "no"]),)}
        options |= {"helps": tuple(sorted(chance.sample(["time", "tools"], chance.randint(1, 2))))}
        options |= {f"desk.r{row}": (str(chance.randint(1 + row, 5)),) for row in (1, 2, 3)}
        options |= {
            f"order.o{one}": (str(place),) for place, one in enumerate(chance.sample([1, 2, 3], 3), 1)
        }
        options |= {"years": (chance.choice(["0_4", "5_9", "10_14"]),)}
        options |= {"way": (chance.choice(["mail", "phone", "other"]),), "why": (str(chance.randint(2, 5)),)}
        if options["kept"] == ("no",):
            del options["why"]
        texts = {
            "hear": f"We should talk earlier about what will be late, and write it down once. ({number})",
            **({"way.other": "In the corridor."} if options["way"] == ("other",) else {}),
        }
        if mode == Wave.Mode.ANONYMOUS:
            cast(invitation, options, texts)
        else:
            submitting.submit(invitation=invitation, sheet=AnswerSheet(options, texts), now=WHILE_OPEN)
    return wave


def make_earlier_wave(wave: Wave) -> Wave:
    """Three months before, of the same survey, when things were not as good."""
    before = dt.timedelta(days=90)
    earlier = make_answered_wave(
        survey=wave.survey,
        seed=3,
        title="نبض أغسطس",
        opens_at=wave.opens_at - before,
        closes_at=wave.closes_at - before,
    )
    closing.close(wave_id=earlier.pk, now=earlier.closes_at)
    return earlier


def signed_in(live_server: LiveServer, person: Person) -> dict[str, str]:
    client = Client()
    client.force_login(person)
    name = settings.SESSION_COOKIE_NAME
    return {name: client.cookies[name].value}


def look(one: Reader, name: str) -> None:
    """Each page is without barriers, fits its window, and makes the browser complain of nothing."""
    if folder := os.environ.get("PORTAL_SHOTS"):
        one.shoot(Path(folder), name)
    assert one.accessibility_faults() == []
    assert not one.overflows()
    assert one.complaints == []


@pytest.mark.parametrize(
    ("width", "theme", "language"), [(WIDE, "light", "de"), (PHONE, "dark", "en"), (NARROWEST, "light", "en")]
)
def test_results_of_an_anonymous_wave(
    browser: Browser, live_server: LiveServer, width: int, theme: str, language: str
) -> None:
    wave, hr = make_answered_wave(), make_hr(language=language)
    earlier = make_earlier_wave(wave)
    with reader(
        browser,
        width=width,
        theme=theme,  # type: ignore[arg-type]
        cookies=signed_in(live_server, hr),
        base_url=live_server.url,
    ) as one:
        one.go(f"/waves/{wave.pk}/results/1/")
        look(one, f"results-open-{width}-{theme}")
        closing.close(wave_id=wave.pk, now=wave.closes_at)
        one.go(f"/waves/{wave.pk}/results/1/")
        assert one.page.locator("[data-chart-plot] svg").count() == 1
        assert one.page.locator(".cp-spark").count() > 0
        look(one, f"results-all-{width}-{theme}")
        one.go(f"/waves/{wave.pk}/results/1/over-time/?question=nps")
        assert one.page.locator("[data-chart-plot] svg").count() == 1
        assert earlier.title in (one.page.text_content("table") or "")
        look(one, f"results-trend-{width}-{theme}")
        one.go(f"/waves/{wave.pk}/results/2/")
        look(one, f"results-team-{width}-{theme}")
        one.go(f"/waves/{wave.pk}/results/3/")
        look(one, f"results-small-{width}-{theme}")
        one.go("/my-surveys/")
        look(one, f"mine-{width}-{theme}")


def test_results_on_paper(browser: Browser, live_server: LiveServer) -> None:
    """Black on white, with every table open, and nothing wider than the sheet."""
    wave, hr = make_answered_wave(), make_hr()
    make_earlier_wave(wave)
    closing.close(wave_id=wave.pk, now=wave.closes_at)
    with reader(browser, theme="dark", cookies=signed_in(live_server, hr), base_url=live_server.url) as one:
        one.go(f"/waves/{wave.pk}/results/1/?print")
        look(one, "results-print")
        assert one.page.locator("details:not([open])").count() == 0
        assert one.page.locator("[data-chart-plot], form, .btn").count() == 0
        one.page.emulate_media(media="print", color_scheme="light")
        one.page.set_viewport_size({"width": 680, "height": 960})
        wide = one.page.evaluate(
            "[...document.querySelectorAll('main *')].filter(e => e.getBoundingClientRect().right > 681)"
            ".map(e => e.closest('[aria-label]')?.getAttribute('aria-label') || e.className).slice(0, 9)"
        )
        assert wide == []
        assert one.page.evaluate("getComputedStyle(document.body).color") == "rgb(0, 0, 0)"
        paper = one.page.pdf(format="A4")
        assert paper.startswith(b"%PDF")
        if folder := os.environ.get("PORTAL_SHOTS"):
            one.shoot(Path(folder), "results-paper")
            (Path(folder) / "results.pdf").write_bytes(paper)


def test_what_was_done_is_written_and_shown_by_keyboard(browser: Browser, live_server: LiveServer) -> None:
    wave, hr = make_answered_wave(), make_hr()
    closing.close(wave_id=wave.pk, now=wave.closes_at)
    asked = wave.invitations.filter(group_code=2).exclude(person=None)[0].person
    assert asked is not None
    with reader(browser, width=PHONE, cookies=signed_in(live_server, hr), base_url=live_server.url) as one:
        one.go(f"/waves/{wave.pk}/results/2/done/new/")
        one.page.focus("#id_said")
        one.page.keyboard.type("الاجتماعات طويلة جدا")
        one.page.keyboard.press("Tab")
        one.page.keyboard.type("No meeting is longer than half an hour.")
        look(one, "improvement-form")
        one.page.keyboard.press("Tab")
        one.page.keyboard.press("Enter")
        one.page.wait_for_selector("text=No meeting is longer")
        one.page.focus("button:has-text('Show it to those asked')")
        one.page.keyboard.press("Enter")
        one.page.wait_for_selector("button:has-text('Show it no more')")
    with reader(
        browser, width=PHONE, theme="dark", cookies=signed_in(live_server, asked), base_url=live_server.url
    ) as one:
        one.go("/my-surveys/")
        assert "No meeting is longer than half an hour." in one.page.inner_text("main")
        look(one, "improvement-mine")
        one.go("/notifications/")
        assert "What became of" in one.page.inner_text("main")


def test_results_by_name(browser: Browser, live_server: LiveServer) -> None:
    person = make_person(display_name="Rita Reader")
    wave = make_answered_wave(Wave.Mode.IDENTIFIED, readers=[person])
    with reader(browser, cookies=signed_in(live_server, person), base_url=live_server.url) as one:
        one.go(f"/waves/{wave.pk}/results/1/")
        look(one, "named-results")
        one.page.click("text=Answers by name")
        look(one, "named-list")
        one.page.click(".cp-row-title >> nth=0")
        look(one, "named-one")


def test_a_comment_is_withheld_by_keyboard_and_without_script(
    browser: Browser, live_server: LiveServer
) -> None:
    wave, hr = make_answered_wave(), make_hr()
    closing.close(wave_id=wave.pk, now=wave.closes_at)
    with reader(browser, script=False, cookies=signed_in(live_server, hr), base_url=live_server.url) as one:
        one.page.goto(f"/waves/{wave.pk}/results/2/")
        before = one.page.locator(".cp-say").count()
        one.page.focus("a:has-text('Withhold') >> nth=0")
        one.page.keyboard.press("Enter")
        one.page.wait_for_selector("h1:has-text('Withhold this comment?')")
        one.page.focus("button:has-text('Withhold the comment')")
        one.page.keyboard.press("Enter")
        one.page.wait_for_selector("text=The comment is withheld")
        one.page.goto(f"/waves/{wave.pk}/results/2/")
        assert one.page.locator(".cp-say").count() == before - 1
