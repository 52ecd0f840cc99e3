"""Every hostile string stands in the database and is shown in Chromium by every page: nothing of it runs.

The pages come from this process by the browser's own requests, so that what is stored here is undone again.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, closing
from dataclasses import dataclass, field
from itertools import cycle
from urllib.parse import urlsplit

import pytest
from django.contrib.staticfiles import finders
from django.http import HttpResponse
from playwright.sync_api import Dialog, Route

from common.forms import clean_text
from tests.authz.table import TABLE, VARIETIES, Line
from tests.authz.visiting import Visitors, undone
from tests.authz.world import World
from tests.browser.pages import Reader, browsing, reader
from tests.hostile.doors import MORE
from tests.hostile.pages import OUR_FRAME
from tests.hostile.test_stored import allowed, poison_with

pytestmark = pytest.mark.django_db

AT = "http://testserver"
# Asks the browser for a process of its own, and the page would be asked for again past the test.
NOT_HERE = {"Cross-Origin-Opener-Policy"}
# The status of a page that refuses, and an icon the next page came before.
NO_FAULT = ("the server responded with a status of", f"failed: {AT}/static/", "/preview/page/")
ASKED_BY_PAGES = ("/logo/", "/progress/")
LOUDEST = [
    "<script>alert(1)</script>",
    "\"'><img src=x onerror=alert(1)>",
    "</textarea></title></select><svg/onload=alert(1)>",
    "javascript:alert(1)",
    "{{7*7}}${7*7}<%= 7*7 %>",
]
LOOKED_AT = """() => {
    const faults = [];
    for (const each of document.querySelectorAll("*")) {
        for (const attribute of each.attributes) {
            if (/^(on|hx-on)/i.test(attribute.name)) faults.push(each.tagName + " " + attribute.name);
        }
        if (each.tagName === "SCRIPT" && !each.src && each.type !== "application/json") faults.push("script");
        // The preview of a survey is the one frame of ours.
        const frame = each.tagName === "IFRAME" && each.getAttribute("src");
        const ours = frame && /^\\/surveys\\/\\d+\\/preview\\/page\\//.test(frame);
        if (!ours && ["IFRAME", "OBJECT", "EMBED", "BASE", "FRAME", "MARQUEE"].includes(each.tagName))
            faults.push(each.tagName);
        const target = each.href || each.action;
        if (typeof target === "string" && target && !/^(https?|mailto|tel|otpauth):/i.test(target))
            faults.push(each.tagName + " to " + target.slice(0, 60));
    }
    return faults;
}"""


@dataclass
class Served:
    """The one page Chromium is shown, made beforehand. What it asks for beside that is noted."""

    url: str = ""
    response: HttpResponse = field(default_factory=HttpResponse)
    strangers: list[str] = field(default_factory=list)

    def answer(self, route: Route) -> None:
        address = urlsplit(route.request.url)
        path = route.request.url.removeprefix(AT)
        if path == self.url:
            headers = {name: value for name, value in self.response.items() if name not in NOT_HERE}
            route.fulfill(status=self.response.status_code, headers=headers, body=self.response.content)
        elif path.startswith("/static/") and (found := finders.find(address.path.removeprefix("/static/"))):
            route.fulfill(path=str(found))
        else:
            if not path.startswith(ASKED_BY_PAGES) and not OUR_FRAME.fullmatch(path):
                self.strangers.append(f"asks for {route.request.url}")
            route.fulfill(status=204)


class Supply:
    """All strings round and round: each text one of the loudest, and as many others as it has room for."""

    def __init__(self, texts: list[str]) -> None:
        cleaned = [clean_text(text).strip() for text in texts]
        self._waiting = deque(text for text in cleaned if text)
        self._loudest = cycle(LOUDEST)
        self.rounds = 0.0
        self._share = 1 / len(self._waiting)

    def __call__(self, room: int) -> str:
        words = next(self._loudest)[:room]
        while len(words) + 1 + len(self._waiting[0]) <= room:
            words = f"{words} {self._next()}"
        return words

    def _next(self) -> str:
        self._waiting.rotate(-1)
        self.rounds += self._share
        return self._waiting[-1]


def pages(visitors: Visitors, world: World) -> Iterator[tuple[Line, str]]:
    seen = set()
    for line in [*TABLE, *VARIETIES, *MORE]:
        url = line.url(world)
        if "GET" in line.methods and url not in seen:
            seen.add(url)
            yield line, url


def look(one: Reader, served: Served) -> Iterator[str]:
    one.page.goto(AT + served.url, wait_until="load")
    yield from one.page.evaluate(LOOKED_AT)
    yield from served.strangers
    yield from (each for each in one.complaints if not any(words in each for words in NO_FAULT))
    served.strangers.clear()
    one.complaints.clear()


def note(one: Reader, dialog: Dialog) -> None:
    one.complaints.append(f"a dialog: {dialog.message}")
    dialog.dismiss()


class Chromium:
    """In a thread of its own: beside Playwright's event loop Django would take another connection."""

    def __init__(self, path: str) -> None:
        self._thread = ThreadPoolExecutor(max_workers=1)
        self._open = ExitStack()
        self._served = Served()
        self._reader = self._thread.submit(self._start, path).result()

    def _start(self, path: str) -> Reader:
        one = self._open.enter_context(reader(self._open.enter_context(browsing(path))))
        one.page.on("dialog", lambda dialog: note(one, dialog))
        one.page.route("**/*", self._served.answer)
        return one

    def faults(self, url: str, response: HttpResponse) -> list[str]:
        self._served.url, self._served.response = url, response
        return self._thread.submit(lambda: list(look(self._reader, self._served))).result()

    def close(self) -> None:
        self._thread.submit(self._open.close).result()
        self._thread.shutdown()


def test_nothing_runs_in_chromium(
    world: World, visitors: Visitors, chromium: str, hostile_texts: list[str]
) -> None:
    supply = Supply(hostile_texts)
    wrong: list[str] = []
    shown = 0
    with undone(), closing(Chromium(chromium)) as browser:
        poison_with(supply)
        for line, url in pages(visitors, world):
            with undone():
                response = visitors.visit(line.insider(), "GET", url).response
            if response.status_code >= 500 and not line.name.startswith("readyz"):
                wrong.append(f"{line}: {getattr(response, 'exc_info', None)}")
            is_page = response.get("Content-Type", "").startswith("text/html") and response.content
            if response.status_code in range(300, 400) or not is_page or allowed(line):
                continue
            wrong += [f"{line}: {fault}" for fault in browser.faults(url, response)]
            shown += 1
    assert wrong == []
    assert shown > 80
    assert supply.rounds >= 1
