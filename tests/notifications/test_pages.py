"""The pages of the outbox, of captured mail, and behind the unsubscribe link."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from django.contrib.auth.models import Group
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from pytest_django import Settings

from common.links import seal
from notifications.captured import find_captured
from notifications.domain.dispatching import drain
from notifications.domain.opting_out import unsubscribe_url
from notifications.kinds import Kind, Mail
from notifications.models import Message, OptOut
from people.models import Person
from people.roles import ADMINISTRATOR
from tests.notifications.conftest import NOW

pytestmark = pytest.mark.django_db
State = Message.State
Put = Callable[..., Message]
Register = Callable[..., Kind]
MakePerson = Callable[..., Person]


@pytest.fixture
def administrator(person: MakePerson) -> Client:
    ada = person()
    ada.groups.add(Group.objects.get_or_create(name=ADMINISTRATOR)[0])
    client = Client()
    client.force_login(ada)
    return client


@pytest.fixture
def mailbox(settings: Settings, tmp_path: Path) -> Path:
    # As the settings of the trial say.
    settings.EMAIL_CAPTURED = settings.MAIL_AT_ANY_HOUR = True
    settings.CAPTURED_MAIL_DIR = tmp_path / "mail"
    return tmp_path / "mail"


def cells(page: str) -> list[list[str]]:
    """The words of each row of the table's body."""
    body = page.partition("<tbody>")[2].partition("</tbody>")[0]
    rows = re.findall(r"<tr>(.*?)</tr>", body, re.DOTALL)
    return [
        [
            " ".join(re.sub(r"<[^>]+>", " ", cell).split())
            for cell in re.findall(r"<t[hd].*?</t[hd]>", row, re.DOTALL)
        ]
        for row in rows
    ]


# --- Captured mail ------------------------------------------------------------------------------------------
def capture(register: Register, put: Put, *addresses: str, subject: str = "A note") -> None:
    register(
        render=lambda message: Mail(
            subject=subject, template="base_mail", why="See https://example.org/a?b=1&c=2."
        )
    )
    for address in addresses:
        put(address)
    drain(now=NOW)


def test_captured_mail_is_listed_newest_first_and_found_by_address(
    administrator: Client, mailbox: Path, register: Register, put: Put
) -> None:
    capture(register, put, "a+b/c@example.org", "bert@example.org")
    everything = administrator.get("/mail/captured/").content.decode()
    assert re.findall(r"<bdi>([^<]*@[^<]*)</bdi>", everything) == ["bert@example.org", "a+b/c@example.org"]
    found = administrator.get("/mail/captured/", {"address": "B/C@"}).content.decode()
    assert re.findall(r"<bdi>([^<]*@[^<]*)</bdi>", found) == ["a+b/c@example.org"]
    assert (
        "No mail to “nobody”" in administrator.get("/mail/captured/", {"address": "nobody"}).content.decode()
    )


def test_a_captured_mail_is_shown_as_text_with_links(
    administrator: Client, mailbox: Path, register: Register, put: Put
) -> None:
    capture(register, put, "anna@example.org", subject="<script>alert(1)</script>")
    name = find_captured().rows[0].name
    page = administrator.get(f"/mail/captured/{name}/").content.decode()
    assert '<a href="https://example.org/a?b=1&amp;c=2" rel="nofollow">' in page
    assert "<h1><bdi>&lt;script&gt;alert(1)&lt;/script&gt;</bdi></h1>" in page
    assert "<script>alert" not in page


@pytest.mark.parametrize(
    "name", ["..", "x", "20260101T000000000000-00000000", "20260101T000000000000-00000000~*", "*"]
)
def test_a_captured_mail_that_is_not_there(administrator: Client, mailbox: Path, name: str) -> None:
    assert administrator.get(f"/mail/captured/{name}/").status_code == 404


def test_captured_pages_follow_each_other(mailbox: Path, register: Register, put: Put) -> None:
    capture(register, put, *[f"reader{number}@example.org" for number in range(7)])
    seen, after = [], ""
    while True:
        page = find_captured(after=after, size=3)
        seen.append([mail.address for mail in page.rows])
        if page.next_cursor is None:
            break
        after = page.next_cursor
    newest = [f"reader{number}@example.org" for number in reversed(range(7))]
    assert seen == [newest[:3], newest[3:6], newest[6:]]


def test_captured_mail_opens_only_the_files_it_shows(administrator: Client, mailbox: Path) -> None:
    for number in range(100):
        kept = mailbox / f"20260101T{number:012}-{number:08x}~reader{number}@example.org.eml"
        # A folder has a name like a mail and cannot be read: opening it would break the page.
        kept.mkdir(parents=True)
    for number in range(70, 100):
        kept = mailbox / f"20260101T{number:012}-{number:08x}~reader{number}@example.org.eml"
        kept.rmdir()
        kept.write_bytes(b"Subject: A note\r\n\r\nHello\r\n")
    page = administrator.get("/mail/captured/", {"address": "reader"}).content.decode()
    assert page.count("cp-row-title") == 30


def test_captured_mail_asks_as_much_for_thirty_as_for_one(
    administrator: Client, mailbox: Path, register: Register, put: Put
) -> None:
    counts: list[int] = []
    for wanted in (1, 30):
        capture(register, put, *[f"reader{number}@example.org" for number in range(wanted - len(counts))])
        with CaptureQueriesContext(connection) as queries:
            page = administrator.get("/mail/captured/").content.decode()
        assert page.count("cp-row-title") == wanted
        counts.append(len(queries))
    assert counts[0] == counts[1]


def test_captured_mail_does_not_exist_where_mail_is_sent(administrator: Client, settings: Settings) -> None:
    settings.EMAIL_CAPTURED = False
    name = "20260101T000000000000-00000000"
    assert [
        administrator.get(path).status_code for path in ("/mail/captured/", f"/mail/captured/{name}/")
    ] == [404, 404]


# --- The unsubscribe link -----------------------------------------------------------------------------------
def link(category: str = "walks", address: str = "anna@example.org") -> str:
    return urlsplit(unsubscribe_url(category, address)).path


def test_following_the_link_changes_nothing() -> None:
    response = Client().get(link())
    assert (response.status_code, OptOut.objects.count()) == (200, 0)
    assert "anna@example.org" in response.content.decode()


def test_one_click_opts_out_without_cookie_or_token() -> None:
    client = Client(enforce_csrf_checks=True)
    for _ in range(2):
        response = client.post(link(), {"List-Unsubscribe": "One-Click"})
        assert (response.status_code, response.cookies.output()) == (200, "")
    assert list(OptOut.objects.values_list("category", "address")) == [("walks", "anna@example.org")]


def test_opting_out_can_be_undone() -> None:
    client = Client(enforce_csrf_checks=True)
    client.post(link())
    assert client.post(f"{link()}undo/").status_code == 200
    assert not OptOut.objects.exists()


@pytest.mark.parametrize(
    "token", ["x", "AAAA" * 30, "ü", seal("another purpose", {"category": "walks", "address": "a@b.c"})]
)
def test_a_token_that_is_not_ours_opts_nobody_out(token: str) -> None:
    client = Client()
    answers = [
        client.get(f"/unsubscribe/{token}/"),
        client.post(f"/unsubscribe/{token}/"),
        client.post(f"/unsubscribe/{token}/undo/"),
    ]
    assert [answer.status_code for answer in answers] == [404, 404, 404]
    assert not OptOut.objects.exists()
