"""The pages of the outbox, of captured mail, and behind the unsubscribe link."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from django.contrib.auth.models import Group
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from pytest_django import Settings

from common.links import seal
from common.models import AuditEntry
from notifications.captured import find_captured
from notifications.domain.dispatching import drain
from notifications.domain.opting_out import unsubscribe_url
from notifications.domain.overseeing import outbox_totals
from notifications.kinds import Kind, Mail
from notifications.models import Message, OptOut, RefusedAddress
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
    settings.EMAIL_CAPTURED = True
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


# --- The outbox ---------------------------------------------------------------------------------------------
def test_the_outbox_shows_totals_of_each_kind(administrator: Client, note: Kind, put: Put) -> None:
    counts = {
        State.PENDING: 2,
        State.CLAIMED: 1,
        State.SENT: 3,
        State.CANCELLED: 1,
        State.EXPIRED: 1,
        State.IN_DOUBT: 1,
        State.FAILED: 2,
    }
    for state, count in counts.items():
        for _ in range(count):
            message = put()
            Message.objects.filter(pk=message.pk).update(state=state)
    later = put()
    Message.objects.filter(pk=later.pk).update(due=timezone.now() + dt.timedelta(days=1))
    page = administrator.get("/mail/outbox/").content.decode()
    assert cells(page) == [
        [
            "test.note",
            "3",
            "1",
            "3",
            "2",
            "1",
            "2",
            "In doubt: send again : test.note Refused: send again : test.note",
        ]
    ]


def test_totals_of_anonymous_surveys_do_not_say_whether_a_reminder_was_still_needed(
    administrator: Client, register: Register, put: Put
) -> None:
    """A reminder that is sent tells that its reader has not answered (anonymity.md R1, P1)."""
    register(confidential=True)
    sent, cancelled = put(), put()
    Message.objects.filter(pk=sent.pk).update(state=State.SENT)
    Message.objects.filter(pk=cancelled.pk).update(state=State.CANCELLED)
    before = administrator.get("/mail/outbox/").content.decode()
    assert cells(before) == [["test.note anonymous", "0", "0", "2 together", "0", "0", ""]]
    Message.objects.filter(pk=sent.pk).update(state=State.CANCELLED)
    after = administrator.get("/mail/outbox/").content.decode()
    assert cells(after) == cells(before)


def test_the_outbox_names_nobody(administrator: Client, note: Kind, put: Put) -> None:
    for state in State:
        message = put("secret.reader@example.org")
        Message.objects.filter(pk=message.pk).update(state=state, last_reply="secret.reader refused")
    assert "secret.reader" not in administrator.get("/mail/outbox/").content.decode()


@pytest.mark.parametrize("path", ["/mail/outbox/", "/audit/"])
def test_only_administrators_look_behind_the_scenes(person: MakePerson, path: str) -> None:
    client = Client()
    client.force_login(person())
    assert client.get(path).status_code == 403


def test_what_is_in_doubt_can_be_sent_again(administrator: Client, note: Kind, put: Put) -> None:
    doubtful, failed = put(), put()
    Message.objects.filter(pk=doubtful.pk).update(state=State.IN_DOUBT, attempt=3)
    Message.objects.filter(pk=failed.pk).update(state=State.FAILED)
    response = administrator.post(
        "/mail/outbox/resend/", {"kind": "test.note", "state": "in_doubt"}, follow=True
    )
    assert "1 mail goes once more." in response.content.decode()
    for message in (doubtful, failed):
        message.refresh_from_db()
    assert [doubtful.state, doubtful.attempt, failed.state] == [State.PENDING, 0, State.FAILED]
    entry = AuditEntry.objects.get()
    assert (entry.action, entry.detail) == (
        "mail.resent",
        {"kind": "test.note", "state": "in_doubt", "messages": 1},
    )


@pytest.mark.parametrize(
    "data", [{}, {"kind": "test.note", "state": "sent"}, {"kind": "nobody", "state": "failed"}]
)
def test_nothing_else_can_be_sent_again(
    administrator: Client, note: Kind, put: Put, data: dict[str, str]
) -> None:
    message = put()
    Message.objects.update(state=State.SENT)
    administrator.post("/mail/outbox/resend/", data)
    message.refresh_from_db()
    assert message.state == State.SENT


def test_an_address_that_works_again_gets_what_failed(
    administrator: Client, note: Kind, put: Put, person: MakePerson
) -> None:
    refused = RefusedAddress.objects.create(address="anna@example.org", reply="550 No such box")
    by_address, other = put("Anna@example.org"), put("bert@example.org")
    by_person = put(person=person(email="anna@example.org"))
    Message.objects.update(state=State.FAILED)
    administrator.post(f"/mail/refused/{refused.pk}/trust/")
    states = [Message.objects.get(pk=message.pk).state for message in (by_address, by_person, other)]
    assert states == [State.PENDING, State.PENDING, State.FAILED]
    assert not RefusedAddress.objects.exists()


def test_the_outbox_asks_as_much_for_thirty_as_for_one(administrator: Client, note: Kind, put: Put) -> None:
    def look() -> tuple[int, int]:
        """All statements, and those about mail: the navigation has its own."""
        with CaptureQueriesContext(connection) as queries:
            assert administrator.get("/mail/outbox/").status_code == 200
        return len(queries), sum("notifications_" in query["sql"] for query in queries)

    put()
    RefusedAddress.objects.create(address="0@example.org", reply="550")
    administrator.get("/mail/outbox/")
    one = look()
    for number in range(1, 30):
        put(f"{number}@example.org")
        RefusedAddress.objects.create(address=f"{number}@example.org", reply="550")
    assert look() == one
    assert one[1] == 3, "totals, addresses, and whether mail goes at all"


def test_refused_addresses_are_paged(administrator: Client) -> None:
    for number in range(31):
        RefusedAddress.objects.create(address=f"reader{number:02}@example.org", reply="550")
    first = administrator.get("/mail/outbox/").content.decode()
    following = re.search(r'href="([^"]+)" rel="next"', first)
    assert following is not None
    second = administrator.get(following[1].replace("&amp;", "&")).content.decode()
    shown = [re.findall(r"reader\d\d@example\.org", page) for page in (first, second)]
    assert shown == [[f"reader{number:02}@example.org" for number in range(30)], ["reader30@example.org"]]


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


def test_totals_are_one_line_a_kind(register: Register, put: Put) -> None:
    register("test.a", label="Walks")
    register("test.b")
    for kind in ("test.a", "test.b", "test.a"):
        put(kind=kind)
    assert [(line.label, line.due) for line in outbox_totals(NOW)] == [("Walks", 2), ("test.b", 1)]
