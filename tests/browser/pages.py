"""How the suite looks at pages: Chromium of the system, the widths and themes that count, axe, and a
record of everything the browser complained about."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, sync_playwright

WIDE, PHONE, NARROWEST = 1280, 390, 320
HEIGHTS = {WIDE: 900, PHONE: 844, NARROWEST: 640}
_ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


@contextmanager
def browsing(chromium: str) -> Iterator[Browser]:
    """A browser from the path that the fixture ``chromium`` gives."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=_ARGUMENTS)
        try:
            yield browser
        finally:
            browser.close()


@dataclass
class Reader:
    """Somebody in front of a page. ``complaints`` collects script errors, refused resources and failed
    requests; a good page leaves it empty."""

    page: Page
    complaints: list[str] = field(default_factory=list)

    def go(self, url: str) -> None:
        """Open the page and wait for its scripts: a click before htmx has loaded is lost."""
        self.page.goto(url, wait_until="load")

    def shoot(self, folder: Path, name: str) -> Path:
        folder.mkdir(parents=True, exist_ok=True)
        target = folder / f"{name}.png"
        self.page.screenshot(path=target, full_page=True)
        return target

    def accessibility_faults(self) -> list[str]:
        """Each axe finding as "rule: what it stands on", with every ``<details>`` opened."""
        self.page.evaluate("document.querySelectorAll('details').forEach(each => each.open = true)")
        found: list[dict[str, Any]] = Axe().run(self.page).response["violations"]
        return [f"{rule['id']}: {' '.join(node['target'])}" for rule in found for node in rule["nodes"]]

    def overflows(self) -> bool:
        """Whether the page is wider than the window, so that a reader has to scroll sideways."""
        return bool(
            self.page.evaluate("document.documentElement.scrollWidth > document.documentElement.clientWidth")
        )


@contextmanager
def reader(
    browser: Browser,
    *,
    width: int = WIDE,
    theme: Literal["light", "dark"] = "light",
    script: bool = True,
    language: str = "en",
    cookies: dict[str, str] | None = None,
    base_url: str = "",
) -> Iterator[Reader]:
    """A fresh browser profile: nothing stored, nobody signed in unless ``cookies`` say so."""
    context = browser.new_context(
        viewport={"width": width, "height": HEIGHTS.get(width, 900)},
        color_scheme=theme,
        java_script_enabled=script,
        locale=language,
        base_url=base_url or None,
        reduced_motion="reduce",
    )
    if cookies:
        context.add_cookies([{"name": n, "value": v, "url": base_url} for n, v in cookies.items()])
    one = Reader(context.new_page())
    note = one.complaints.append
    one.page.on("console", lambda line: note(line.text) if line.type == "error" else None)
    one.page.on("pageerror", lambda error: note(str(error)))
    # What was still on its way when somebody went on to the next page, the icon as a rule, is nobody's fault.
    one.page.on(
        "requestfailed",
        lambda request: None if request.failure == "net::ERR_ABORTED" else note(f"failed: {request.url}"),
    )
    try:
        yield one
    finally:
        context.close()
