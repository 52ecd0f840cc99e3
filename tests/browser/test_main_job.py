"""The whole main job as people do it, in Chromium, against ``manage.py start`` as a newcomer starts it.

HR imports 19,889 people, asks one organisation, sixty of them answer by the links in their mail, reminders
go out while time moves, the wave closes, its manager reads what was said, another manager is refused.
"""

from __future__ import annotations

import datetime as dt
import email
import json
import os
import re
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from email.policy import default
from pathlib import Path

import pytest
from django.conf import settings
from django.utils import timezone
from playwright.sync_api import Browser, Page

from culture_portal.proving.installation import free_port
from tests.browser.pages import PHONE, Reader, reader

ORGANISATION = "The Wallace Collection"  # 95 people
ANSWERING = 60
PASSWORD = "a long enough password 1"
SHOTS = os.environ.get("PORTAL_SHOTS", "")


@dataclass
class Portal:
    """A portal somebody started with one command, with its own folder and port."""

    url: str
    folder: Path
    environment: dict[str, str]
    logins: dict[str, tuple[str, str]]

    def run(self, code: str) -> str:
        """What an administrator's shell prints, with the same environment."""
        command = [sys.executable, "manage.py", "shell", "--no-imports", "-c", code]
        done = subprocess.run(
            command, cwd=settings.BASE_DIR, env=self.environment, capture_output=True, text=True, check=True
        )
        return done.stdout.strip()

    def mails(self, address: str = "*", *, titled: str = "") -> list[tuple[str, str]]:
        """(address, text) of captured mails whose subject has these words."""
        found = []
        for path in sorted((self.folder / "mail").glob(f"*~{address}.eml")):
            mail = email.message_from_bytes(path.read_bytes(), policy=default)
            text = mail.get_body(("plain",))
            if titled in str(mail["Subject"]) and text is not None:
                found.append((path.stem.partition("~")[2], str(text.get_content())))
        return found


def until(found: Callable[[], bool], seconds: float = 120) -> None:
    deadline = time.monotonic() + seconds
    while not found():
        assert time.monotonic() < deadline, "waited too long"
        time.sleep(0.3)


@pytest.fixture
def portal(tmp_path: Path) -> Iterator[Portal]:
    if not settings.DATABASES["default"]["ENGINE"].endswith("sqlite3"):
        pytest.skip("walks through the trial, which is embedded; the other run of the suite has it")
    dropped = {"DATABASE_URL", "REDIS_URL", "DJANGO_SETTINGS_MODULE", "PORTAL_URL"}
    environment = {name: value for name, value in os.environ.items() if name not in dropped}
    port = free_port()
    environment |= {
        "PORT": str(port),
        "PORTAL_VAR": str(tmp_path),
        "PORTAL_EMAIL_PATTERN": "{employee_id}@example.com",
    }
    log = tmp_path / "start.log"
    with log.open("w") as output:
        process = subprocess.Popen(
            [sys.executable, "manage.py", "start"],
            cwd=settings.BASE_DIR,
            env=environment,
            stdout=output,
            stderr=subprocess.STDOUT,
        )
    try:
        until(lambda: "Stop with Ctrl-C" in log.read_text() or process.poll() is not None)
        assert process.poll() is None, log.read_text()
        found = re.findall(r"^\s+(employee|manager|HR)\s+(\S+)\s+(\S+)$", log.read_text(), re.MULTILINE)
        logins = {role: (address, password) for role, address, password in found}
        yield Portal(f"http://localhost:{port}", tmp_path, environment, logins)
    finally:
        process.send_signal(signal.SIGINT)
        process.wait(30)


def sign_in(one: Reader, portal: Portal, address: str, password: str) -> None:
    one.go(f"{portal.url}/sign-in/")
    one.page.fill("[name=login]", address)
    one.page.fill("[name=password]", password)
    press(one.page, "Sign in")
    one.page.wait_for_url(f"{portal.url}/")


def press(page: Page, words: str) -> None:
    page.locator("main").get_by_role("button", name=words, exact=True).click()
    page.wait_for_load_state("load")


def follow(page: Page, words: str) -> None:
    page.locator("main").get_by_role("link", name=words, exact=True).first.click()
    page.wait_for_load_state("load")


def import_people(one: Reader, portal: Portal, file: Path) -> None:
    one.go(f"{portal.url}/people/import/")
    one.page.set_input_files("[name=file]", file)
    press(one.page, "Look through it")
    # The page waits by itself and turns into what was found, then into the result.
    one.page.get_by_role("heading", level=1, name="What this file would change").wait_for(timeout=120_000)
    shoot(one, "import-preview")
    assert "19,889" in one.page.inner_text("main")
    one.page.uncheck("[name=invite]")
    press(one.page, "Apply the whole file")
    one.page.get_by_role("heading", level=1, name="The file is applied").wait_for(timeout=120_000)
    one.page.wait_for_load_state("load")
    shoot(one, "import-applied")


def launch_pulse(one: Reader, portal: Portal) -> int:
    """The id of the wave, open."""
    one.go(f"{portal.url}/surveys/new/")
    one.page.locator("form", has=one.page.locator("[aria-describedby=ready-made-team-pulse]")).get_by_role(
        "button"
    ).click()
    one.page.wait_for_load_state("load")
    follow(one.page, "Plan a wave")
    one.page.fill("[name=title]", "Pulse of the collection")
    today = timezone.localdate()
    one.page.fill("[name=opens_at]", f"{today}T00:05")
    # Nine working days fit into four weeks whatever holidays the 65 countries of these people have.
    one.page.fill("[name=closes_at]", f"{today + dt.timedelta(days=28)}T17:00")
    one.page.check("[name=audience][value=teams]")
    one.page.get_by_text("Choose teams", exact=True).click()
    one.page.get_by_label(ORGANISATION, exact=True).check()
    press(one.page, "Plan it and look at it")
    shoot(one, "wave-preview")
    assert "95" in one.page.inner_text("main")
    wave_id = int(one.page.url.rstrip("/").rsplit("/", 1)[1])
    follow(one.page, "Launch")
    press(one.page, "Launch the wave")
    until(lambda: len(list((portal.folder / "mail").glob("*@example.com.eml"))) == 95)
    return wave_id


def link_in(text: str, pattern: str) -> str:
    found = re.search(rf"http://\S+/{pattern}/", text)
    assert found is not None
    return found[0]


def answer(browser: Browser, link: str, number: int) -> None:
    """On a phone: each scale by its n-th choice, then send."""
    with reader(browser, width=PHONE) as one:
        one.go(link)
        if number == 0:
            shoot(one, "answering")
        while True:
            for group in one.page.locator("fieldset:visible").all():
                choices = group.locator("input[type=radio]")
                labels = group.locator("label:has(input[type=radio])")
                if choices.count():
                    labels.nth((number + 2) % min(choices.count(), 5)).click()
            further = one.page.get_by_role("button", name="Continue", exact=True)
            if not further.is_visible():
                break
            further.click()
        one.page.get_by_role("button", name="Send my answers", exact=True).click()
        one.page.wait_for_url("**/sent/**")
        assert one.complaints == []


def move_time_to_the_close(portal: Portal, wave_id: int) -> None:
    """Day by day, as the tick would do it: what is due by then leaves the house."""
    portal.run(
        "import datetime as dt\n"
        "from notifications.domain.dispatching import drain\n"
        "from surveys.models import Wave\n"
        f"wave = Wave.objects.get(pk={wave_id})\n"
        "now = wave.opens_at\n"
        "while now < wave.closes_at:\n"
        "    drain(now=now)\n"
        "    now += dt.timedelta(hours=12)\n"
    )


def set_password(browser: Browser, portal: Portal, address: str) -> None:
    """By the link of the mail that "forgot your password" sends."""
    with reader(browser) as one:
        one.go(f"{portal.url}/password/reset/")
        one.page.fill("[name=email]", address)
        press(one.page, "Send me the link")
        until(lambda: bool(portal.mails(address, titled="password")))
        ((_address, text),) = portal.mails(address, titled="password")
        one.go(link_in(text, r"password/reset/key/\S+"))
        one.page.fill("[name=password1]", PASSWORD)
        one.page.fill("[name=password2]", PASSWORD)
        press(one.page, "Save and sign in")


def shoot(one: Reader, name: str) -> None:
    if SHOTS:
        one.shoot(Path(SHOTS) / "main-job", name)


def leads(portal: Portal) -> tuple[str, str]:
    """Addresses of the lead of the organisation and of the lead of another one."""
    printed = portal.run(
        "import json\n"
        "from people.models import Team\n"
        f"ours = Team.objects.get(name={ORGANISATION!r}, parent=None)\n"
        "other = Team.objects.filter(parent=None, lead__isnull=False).exclude(pk=ours.pk)\n"
        "other = other.exclude(name='Brightwater').first()\n"
        "print(json.dumps([ours.lead.email, other.lead.email]))\n"
    )
    ours, other = json.loads(printed.splitlines()[-1])
    return ours, other


def test_main_job_from_the_file_to_the_managers_page(
    browser: Browser, portal: Portal, shared_data: Path
) -> None:
    with reader(browser) as hr:
        sign_in(hr, portal, *portal.logins["HR"])
        import_people(hr, portal, shared_data / "people" / "people_20k.csv")
        wave_id = launch_pulse(hr, portal)
        hr.go(f"{portal.url}/waves/{wave_id}/")
        shoot(hr, "wave-open")

    invited = portal.mails(titled="Pulse of the collection")
    links = {address: link_in(text, r"a/\S+/\S+") for address, text in invited}
    answering = sorted(links)[:ANSWERING]
    for number, address in enumerate(answering):
        answer(browser, links[address], number)

    move_time_to_the_close(portal, wave_id)
    per_person = Counter(address for address, _text in portal.mails(titled="Pulse of the collection"))
    assert {per_person[address] for address in answering} == {1}
    assert {per_person[address] for address in set(links) - set(answering)} == {4}

    portal.run(
        "from surveys.domain.counting import closing\n"
        "from surveys.models import Wave\n"
        f"closing.close_due(now=Wave.objects.get(pk={wave_id}).closes_at)\n"
    )
    manager, stranger = leads(portal)
    for address in (manager, stranger):
        set_password(browser, portal, address)
    with reader(browser) as one:
        sign_in(one, portal, manager, PASSWORD)
        one.go(f"{portal.url}/waves/{wave_id}/results/")
        shoot(one, "results")
        words = one.page.inner_text("main")
        assert "60" in words
        assert one.accessibility_faults() == []
    with reader(browser) as one:
        sign_in(one, portal, stranger, PASSWORD)
        refused = one.page.goto(f"{portal.url}/waves/{wave_id}/results/")
        assert refused is not None
        assert refused.status == 404
