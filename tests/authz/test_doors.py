"""Ways around the doors: the way back after signing in, other hosts, other methods, guessed numbers."""

from __future__ import annotations

from urllib.parse import urljoin, urlsplit

import pytest
from django.test import Client
from django.urls import reverse

from tests.authz.table import TABLE, Seen
from tests.authz.test_headers import faults
from tests.authz.visiting import Visitors, undone
from tests.authz.world import PASSWORD, Role, World

pytestmark = pytest.mark.django_db

ELSEWHERE = [
    "https://evil.example/",
    "//evil.example/",
    "///evil.example/",
    "////evil.example",
    "/\\evil.example/",
    "\\\\evil.example/",
    "http:evil.example",
    "http:///evil.example/",
    "javascript:alert(1)",
    "data:text/html,x",
    "https://localhost@evil.example/",
    "https://testserver.evil.example/",
    "\x00//evil.example/",
    "\t//evil.example/",
    "%2f%2fevil.example/",
    "ftp://testserver/",
]


def sign_in(client: Client, world: World, **data: str) -> str:
    """Where it leads."""
    person = world.people[Role.EMPLOYEE]
    with undone():
        response = client.post(reverse("account_login"), {"login": person.email, "password": PASSWORD} | data)
    assert response.status_code == 302, response.status_code
    return str(response["Location"])


def host_of(location: str) -> str:
    """Where a browser goes: it drops control characters and takes a backslash for a slash."""
    read = "".join(character for character in location if character >= " ").replace("\\", "/")
    return urlsplit(urljoin("http://testserver/sign-in/", read)).netloc


def test_signing_in_leads_back_to_the_page_asked_for(world: World) -> None:
    assert sign_in(Client(), world, next="/more/") == "/more/"


@pytest.mark.parametrize("target", ELSEWHERE)
def test_signing_in_never_leads_elsewhere(target: str, world: World) -> None:
    assert host_of(sign_in(Client(), world, next=target)) == "testserver"


@pytest.mark.parametrize("target", ELSEWHERE)
def test_signing_out_never_leads_elsewhere(target: str, world: World, visitors: Visitors) -> None:
    with undone():
        response = visitors.client(Role.EMPLOYEE).post(reverse("account_logout"), {"next": target})
    assert host_of(response["Location"]) == "testserver"


def test_the_deactivated_cannot_sign_in_again(world: World) -> None:
    client = Client()
    person = world.people[Role.DEACTIVATED]
    with undone():
        told = client.post(reverse("account_login"), {"login": person.email, "password": PASSWORD})
        response = client.get(reverse("home"))
    assert told["Location"] == reverse("account_inactive")
    assert response["Location"] == f"{reverse('account_login')}?next=/"


def test_a_wrong_password_and_an_unknown_address_read_the_same(world: World) -> None:
    def words(login: str) -> bytes:
        with undone():
            page = Client().post(reverse("account_login"), {"login": login, "password": "not the one"})
        return page.content.replace(login.encode(), b"")

    known, unknown = words(world.people[Role.EMPLOYEE].email), words("nobody.here@brightwater.example")
    assert _without_token(known) == _without_token(unknown)


def _without_token(page: bytes) -> list[bytes]:
    return [
        line for line in page.splitlines() if b"csrfmiddlewaretoken" not in line and b"hx-headers" not in line
    ]


@pytest.mark.parametrize(
    "host", ["evil.example", "testserver.evil.example", "testserver@evil.example", "a b"]
)
def test_another_host_is_refused(host: str, world: World) -> None:
    response = Client(raise_request_exception=False).get(reverse("account_login"), headers={"host": host})
    assert response.status_code == 400
    assert b"evil.example" not in response.content


def test_a_forwarded_host_is_not_believed(world: World, visitors: Visitors) -> None:
    client = visitors.client(Role.ANONYMOUS)
    page = client.get("/", headers={"x-forwarded-host": "evil.example", "forwarded": "host=evil.example"})
    assert page["Location"] == f"{reverse('account_login')}?next=/"


def test_a_method_named_in_a_header_or_field_is_not_believed(world: World, visitors: Visitors) -> None:
    """A page that only shows stays one that only shows, and a form is not deleted by naming DELETE."""
    wrong = []
    for line in TABLE:
        if line.methods.get("GET") is not Seen.OK:
            continue
        role, url = line.insider(), line.url(world)
        with undone():
            plain = visitors.visit(role, "GET", url)
            told = visitors.visit(
                role,
                "GET",
                f"{url}?_method=DELETE&_method=POST",
                headers={"X-HTTP-Method-Override": "DELETE"},
            )
        if (plain.status, plain.writes) != (told.status, told.writes):
            wrong.append(f"{line}: {plain.status} became {told.status}, wrote {told.writes}")
    assert wrong == []


def test_looking_writes_nothing(world: World, visitors: Visitors) -> None:
    """Mail scanners and previews fetch every link. Only the log of who read named answers is written."""
    wrote = {}
    for line in TABLE:
        if "GET" in line.methods:
            with undone():
                visit = visitors.visit(line.insider(), "GET", line.url(world))
            if facts := [sql for sql in visit.writes if "common_auditentry" not in sql]:
                wrote[str(line)] = facts
    assert wrote == {}


@pytest.mark.parametrize(
    "value", ["-1", "1.5", "1e3", "0x1", "١", "abc", "%00", "%F0%9F%92%A9", "1%0A", "..%2f1"]
)
def test_numbers_that_are_none_lead_nowhere(value: str, world: World, visitors: Visitors) -> None:
    wrong = []
    for line in TABLE:
        for keyword, name in line.at.items():
            if not world.names.get(name, name).isdigit():
                continue
            url = line.url(world, **{keyword: "987654321"}).replace("987654321", value)
            method = next(iter(line.methods))
            with undone():
                visit = visitors.visit(line.insider(), method, url)
            if visit.status != 404:
                wrong.append(f"{method} {url}: {visit.status} {visit.error}")
    assert wrong == []


def test_guessing_passwords_is_slowed_down_in_kind_words(world: World) -> None:
    client = Client()
    data = {"login": world.people[Role.EMPLOYEE].email, "password": "not the one"}
    with undone():
        pages = [client.post(reverse("account_login"), data) for _ in range(10)]
    assert (pages[0].status_code, pages[-1].status_code) == (200, 429)
    assert "That was a little too often" in pages[-1].content.decode()
    assert list(faults(pages[-1], personal=True)) == []
