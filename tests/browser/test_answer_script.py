"""The answering page's script, against a page as small as its contract allows."""

from __future__ import annotations

import json
from pathlib import Path

from django.conf import settings
from playwright.sync_api import Browser, Page, Route

from tests.browser.pages import reader

SCRIPT = Path(settings.BASE_DIR) / "static/build/answer.js"
CONDITIONS = Path(settings.BASE_DIR) / "frontend/src/answering/conditions.js"
CASES = Path(settings.BASE_DIR) / "tests/surveys/condition_cases.json"
ADDRESS = "http://portal.test/a/1/"
SECTION = """
<section data-answer-section><h2>Part {n}</h2>
  <input type="radio" name="q{n}" value="1" id="q{n}_0" required><input type="radio" name="q{n}" value="2">
  <input type="checkbox" name="m{n}" value="a"><input type="checkbox" name="m{n}" value="b">
  <textarea name="t{n}"></textarea>
</section>"""
PAGE = """<!doctype html><html lang="en"><title>Answer</title><script src="/answer.js" defer></script>
<div data-answer-progress data-part="Part {{part}} of {{parts}}" hidden>
  <span data-answer-part></span><ol></ol>
</div>
<form method="post" action="/sent/" data-answer data-draft="one" data-missing="Bitte antworten Sie.">
  <input type="hidden" name="csrfmiddlewaretoken" value="secret">{sections}
  <button type="button" data-answer-back hidden>Back</button>
  <button type="button" data-answer-next hidden>Continue</button>
  <div data-answer-send><button>Send</button></div>
  <label data-answer-shared hidden><input type="checkbox">Shared</label>
</form></html>"""
SENT = """<!doctype html><title>Thank you</title><script src="/answer.js" defer></script>
<main data-answer-done="one">Thank you</main>"""


def page_of(*parts: str) -> str:
    return PAGE.format(sections="".join(parts))


TWO_PARTS = page_of(SECTION.format(n=1), SECTION.format(n=2))


def serve(page: Page, html: str = TWO_PARTS) -> list[str]:
    """Answer the page's requests; returns the list that collects what is posted."""
    posted: list[str] = []

    def answer(route: Route) -> None:
        if route.request.url.endswith("/answer.js"):
            route.fulfill(body=SCRIPT.read_text("utf-8"), content_type="text/javascript")
        elif route.request.method == "POST":
            posted.append(route.request.post_data or "")
            route.fulfill(body=SENT, content_type="text/html")
        else:
            route.fulfill(body=html, content_type="text/html")

    page.route("**/*", answer)
    page.goto(ADDRESS, wait_until="load")
    return posted


def shown_parts(page: Page) -> list[str]:
    return [heading.inner_text() for heading in page.locator("h2").all() if heading.is_visible()]


def drafts(page: Page) -> list[str]:
    found: list[str] = page.evaluate("Object.keys(localStorage).filter(k => k.startsWith('portal-draft:'))")
    return found


def test_without_script_every_part_stands_on_the_page(browser: Browser) -> None:
    with reader(browser, script=False) as one:
        serve(one.page)

        assert shown_parts(one.page) == ["Part 1", "Part 2"]
        assert one.page.get_by_role("button").all_inner_texts() == ["Send"]


def test_parts_come_one_by_one_and_an_open_question_holds(browser: Browser) -> None:
    with reader(browser) as one:
        posted = serve(one.page)
        assert shown_parts(one.page) == ["Part 1"]
        assert one.page.get_by_role("button").all_inner_texts() == ["Continue"]

        one.page.click("text=Continue")
        assert shown_parts(one.page) == ["Part 1"]

        one.page.check("[name=q1][value='2']")
        one.page.click("text=Continue")
        assert shown_parts(one.page) == ["Part 2"]
        assert one.page.inner_text("[data-answer-part]") == "Part 2 of 2"
        assert one.page.evaluate("document.activeElement.textContent") == "Part 2"

        one.page.click("text=Back")
        assert shown_parts(one.page) == ["Part 1"]
        one.page.click("text=Continue")
        one.page.check("[name=q2][value='1']")
        one.page.click("text=Send")
        one.page.wait_for_url("**/sent/")
        assert posted == ["csrfmiddlewaretoken=secret&q1=2&t1=&q2=1&t2="]
        assert one.complaints == []


def test_an_open_question_is_asked_for_in_the_words_of_the_page(browser: Browser) -> None:
    """Which need not be the browser's language."""
    with reader(browser, language="en") as one:
        serve(one.page)
        one.page.click("text=Continue")
        assert (
            one.page.locator("#q1_0").evaluate("field => field.validationMessage") == "Bitte antworten Sie."
        )

        one.page.check("[name=q1][value='2']")
        one.page.click("text=Continue")
        assert shown_parts(one.page) == ["Part 2"]


def test_a_button_that_asks_for_no_check_sends_from_any_part(browser: Browser) -> None:
    """The language buttons: what was typed goes along, and nothing is complained of."""
    button = '<button name="language" value="de" formnovalidate>Deutsch</button></form>'
    with reader(browser) as one:
        posted = serve(one.page, TWO_PARTS.replace("</form>", button))
        one.page.fill("[name=t1]", "More light")
        one.page.click("text=Deutsch")
        one.page.wait_for_url("**/sent/")
        assert posted == ["csrfmiddlewaretoken=secret&t1=More+light&t2=&language=de"]


def test_single_part_has_no_steps(browser: Browser) -> None:
    with reader(browser) as one:
        serve(one.page, page_of(SECTION.format(n=1)))

        assert one.page.get_by_role("button").all_inner_texts() == ["Send"]
        assert one.page.is_hidden("[data-answer-progress]")


def test_page_sent_back_opens_at_the_part_with_the_error(browser: Browser) -> None:
    with reader(browser) as one:
        serve(one.page, TWO_PARTS.replace("<h2>Part 2", '<p class="cp-error">Choose one.</p><h2>Part 2'))

        assert shown_parts(one.page) == ["Part 2"]


def test_link_of_the_error_summary_opens_the_part_of_its_field(browser: Browser) -> None:
    with reader(browser) as one:
        serve(one.page, TWO_PARTS.replace("<form", '<a href="#q2_0">Question 2</a><form'))

        one.page.click("text=Question 2")
        one.page.wait_for_function("document.activeElement.id === 'q2_0'")
        assert shown_parts(one.page) == ["Part 2"]


def fill_first_part(page: Page) -> None:
    page.check("[name=q1][value='2']")
    page.check("[name=m1][value=b]")
    page.fill("[name=t1]", "Half a thought")


def test_draft_survives_a_reload_without_the_token_and_goes_when_sent(browser: Browser) -> None:
    with reader(browser) as one:
        serve(one.page)
        fill_first_part(one.page)
        one.page.wait_for_function("localStorage.getItem('portal-draft:one')?.includes('Half')")
        assert "secret" not in one.page.evaluate("localStorage.getItem('portal-draft:one')")

        one.page.reload(wait_until="load")
        assert one.page.is_checked("[name=q1][value='2']")
        assert one.page.is_checked("[name=m1][value=b]")
        assert not one.page.is_checked("[name=m1][value=a]")
        assert one.page.input_value("[name=t1]") == "Half a thought"

        one.page.click("text=Continue")
        one.page.check("[name=q2][value='1']")
        one.page.click("text=Send")
        one.page.wait_for_url("**/sent/")
        one.page.wait_for_function("localStorage.length === 0")


def test_draft_survives_a_sending_that_failed_on_the_way(browser: Browser) -> None:
    with reader(browser) as one:
        serve(one.page)
        fill_first_part(one.page)
        one.page.click("text=Continue")
        one.page.check("[name=q2][value='1']")
        one.page.route("**/sent/", lambda route: route.abort())
        one.page.click("text=Send")
        one.page.wait_for_url("chrome-error://**")

        one.page.goto(ADDRESS, wait_until="load")
        assert one.page.input_value("[name=t1]") == "Half a thought"
        assert one.page.is_checked("[name=q2][value='1']")


def test_shared_device_forgets_at_once_and_keeps_nothing_afterwards(browser: Browser) -> None:
    with reader(browser) as one:
        serve(one.page)
        fill_first_part(one.page)
        one.page.wait_for_function("localStorage.getItem('portal-draft:one')")

        one.page.check("[data-answer-shared] input")
        assert drafts(one.page) == []
        one.page.fill("[name=t1]", "Another thought")
        one.page.wait_for_timeout(400)
        assert drafts(one.page) == []

        one.page.reload(wait_until="load")
        assert one.page.is_checked("[data-answer-shared] input")
        assert one.page.input_value("[name=t1]") == ""


def test_drafts_of_long_ago_are_swept(browser: Browser) -> None:
    with reader(browser) as one:
        serve(one.page)
        one.page.evaluate(
            """() => {
              const daysAgo = (days) => Date.now() - days * 24 * 60 * 60 * 1000;
              const keep = (key, days) =>
                localStorage.setItem(key, JSON.stringify({at: daysAgo(days), answers: []}));
              keep('portal-draft:old', 31);
              keep('portal-draft:new', 29);
              localStorage.setItem('portal-draft:torn', '{');
            }"""
        )
        one.page.reload(wait_until="load")

        assert drafts(one.page) == ["portal-draft:new"]


def test_answers_the_server_sent_back_win_over_a_draft(browser: Browser) -> None:
    with reader(browser) as one:
        serve(one.page, TWO_PARTS.replace('<textarea name="t1">', '<textarea name="t1">From the server'))
        one.page.evaluate(
            """localStorage.setItem('portal-draft:one',
              JSON.stringify({at: Date.now(), answers: [['t1', 'Older']]}))"""
        )
        one.page.reload(wait_until="load")

        assert one.page.input_value("[name=t1]") == "From the server"


def test_the_browser_works_out_conditions_as_the_server_does(browser: Browser) -> None:
    """The table that tests ``surveys.conditions`` and ``surveys.answers.sheet``."""
    cases = json.loads(CASES.read_text("utf-8"))
    code = CONDITIONS.read_text("utf-8").replace("export function", "function")
    with reader(browser) as one:
        one.page.add_script_tag(content=f"{code}; window.twin = {{ holds, numberOf, dayOf }};")
        worked_out = one.page.evaluate(
            """cases => ({
              conditions: cases.conditions.map(({ test, value, answers }) =>
                twin.holds({ every: true, rules: [{ key: "q", test, value }] }, () => answers)),
              combined: cases.combined.map(({ every, values }) => {
                const given = { q1: ["1"], q2: ["2"] };
                const rules = values.map((value) => ({ key: `q${value}`, test: "is", value }));
                return twin.holds({ every, rules }, (key) => given[key] ?? []);
              }),
              numbers: cases.numbers.map(({ typed }) => twin.numberOf(typed)),
              days: cases.days.map(({ typed }) => twin.dayOf(typed)),
            })""",
            cases,
        )
    assert worked_out == {
        "conditions": [case["holds"] for case in cases["conditions"]],
        "combined": [case["holds"] for case in cases["combined"]],
        "numbers": [case["number"] for case in cases["numbers"]],
        "days": [case["day"] for case in cases["days"]],
    }
