"""Wherever an address comes from outside, nobody is led to another site by it, nor a header into a page."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any
from urllib.parse import quote, urljoin, urlsplit

import pytest
from django.core.cache import cache
from django.test import Client, override_settings
from django.urls import reverse

from tests.authz.table import TABLE
from tests.authz.visiting import Visitors, undone
from tests.authz.world import PASSWORD, Role, World
from tests.culture_portal.provider import CLIENT_ID, CLIENT_SECRET, Provider, running
from tests.hostile.conftest import Found
from tests.hostile.pages import Page
from tests.hostile.test_texts import FORM, encode

pytestmark = pytest.mark.django_db

ELSEWHERE = [
    "//evil.example",
    "///evil.example",
    "////evil.example/%2f..",
    "\\\\evil.example",
    "/\\evil.example",
    "\\/evil.example",
    "https:evil.example",
    "https:/evil.example",
    "https:///evil.example",
    "https://evil.example",
    "https://testserver@evil.example/",
    "https://evil.example\\@testserver/",
    "https://testserver.evil.example/",
    "http://[evil.example",
    "HTTPS://EVIL.EXAMPLE",
    "%2f%2fevil.example",
    "/%2f/evil.example",
    "/%09/evil.example",
    "/\t/evil.example",
    "/\n/evil.example",
    "\t//evil.example",
    " //evil.example",
    "\x00//evil.example",
    "//evil。example",
    "/／evil.example",
    "//\u202eevil.example",
    "javascript:alert(1)",
    "java\nscript:alert(1)",
    "JaVaScRiPt://testserver/%0aalert(1)",
    "data:text/html,<script>alert(1)</script>",
    "vbscript:msgbox(1)",
    "/sign-in/?next=//evil.example",
    "/\r\nLocation: https://evil.example",
    "/%0d%0aSet-Cookie:%20evil=1",
    "?next=//evil.example",
    "#//evil.example",
    ".//evil.example",
    "/..//evil.example",
]
PARAMETERS = ("next", "back", "url", "return", "return_to", "redirect", "redirect_url", "continue", "to")
AT = "http://testserver/some/page/"


def leads_away(location: str) -> bool:
    """As browsers read it: tabs and line ends are dropped, a backslash is a slash."""
    read = re.sub(r"[\t\r\n]", "", location).strip("".join(map(chr, range(33)))).replace("\\", "/")
    target = urlsplit(urljoin(AT, read))
    # Several slashes after the scheme are as good as two.
    return (
        target.scheme not in {"http", "https"}
        or target.netloc not in {"testserver", "localhost"}
        or read.startswith("//")
    )


def test_the_judge_sees_the_well_known_ones() -> None:
    assert all(
        map(leads_away, ["//evil.example", "/\\evil.example", "/\t/evil.example", "javascript:alert(1)"])
    )
    assert not any(map(leads_away, ["/", "/sign-in/?next=//evil.example", "?lang=de", "http://testserver/x"]))


def faults(response: Any) -> Iterator[str]:
    headers = response.headers
    if response.status_code == 500:
        yield f"a failure of ours: {getattr(response, 'exc_info', None)}"
    for name in ("Location", "HX-Redirect", "HX-Location", "Refresh", "Content-Location"):
        if name in headers and leads_away(headers[name]):
            yield f"{name}: {headers[name]}"
    for name, value in headers.items():
        if "\n" in value or "\r" in value or name.lower() == "evil":
            yield f"a line end in {name}: {value!r}"
    if "evil" in response.cookies:
        yield "a cookie of theirs"
    if headers.get("Content-Type", "").startswith("text/html"):
        page = Page("/", response.content.decode())
        yield from (f"a link to {link}" for link in page.links if "evil" in urlsplit(link).netloc)
        # A mail brings its own style along.
        yield from (danger for danger in page.dangers if danger != "<style>")


def test_no_address_in_a_question_leads_away(world: World, visitors: Visitors) -> None:
    """Every page, each parameter anybody ever used for it, all at once; each address in its turn."""
    wrong = []
    for number, line in enumerate(line for line in TABLE if "GET" in line.methods):
        for role in {line.insider(), Role.ANONYMOUS}:
            for turn in range(3):
                address = ELSEWHERE[(number * 3 + turn) % len(ELSEWHERE)]
                question = "&".join(f"{name}={quote(address, safe='')}" for name in PARAMETERS)
                with undone():
                    response = visitors.visit(role, "GET", f"{line.url(world)}?{question}").response
                wrong += [f"{line} {role} {address!r}: {fault}" for fault in faults(response)]
    assert wrong == []


@pytest.mark.parametrize("address", ELSEWHERE)
def test_no_form_leads_away(address: str, forms: list[Found], visitors: Visitors) -> None:
    """Each form with a field of that kind, in its field and in its address."""
    wrong = []
    for found in forms:
        names = [name for name in found.form.fields if name in PARAMETERS]
        if found.form.method != "post" or not (names or found.form.url_name.startswith(("account_", "mfa_"))):
            continue
        data = found.form.filled(**dict.fromkeys({*names, "next"}, address))
        action = f"{urlsplit(found.form.action).path}?next={quote(address, safe='')}"
        with undone():
            response = visitors.visit(
                found.role, "POST", action, data=encode(data), content_type=FORM
            ).response
        wrong += [f"{found.form.url_name}: {fault}" for fault in faults(response)]
    assert wrong == []


@pytest.mark.parametrize("address", ELSEWHERE)
def test_signing_in_leads_nowhere_else(address: str, world: World, visitors: Visitors) -> None:
    """With the right password, where the address is followed at last; signing out too."""
    cache.clear()
    person = world.people[Role.EMPLOYEE]
    with undone():
        client = Client(raise_request_exception=False)
        data = {"login": person.email, "password": PASSWORD, "next": address}
        answer = client.post(f"{reverse('account_login')}?next={quote(address, safe='')}", data)
        assert answer.status_code == 302
        assert list(faults(answer)) == []
        again = client.post(reverse("account_reauthenticate"), {"password": PASSWORD, "next": address})
        assert again.status_code == 302
        assert list(faults(again)) == []
        out = client.post(f"{reverse('account_logout')}?next={quote(address, safe='')}", {"next": address})
        assert out.status_code == 302
        assert list(faults(out)) == []


@pytest.fixture(scope="module")
def provider() -> Iterator[Provider]:
    with running() as provider:
        yield provider


def test_nothing_else_is_kept_for_after_the_way_to_the_provider(world: World, provider: Provider) -> None:
    configured = override_settings(
        OIDC_ISSUER=provider.issuer,
        OIDC_NAME="Example ID",
        OIDC_CLIENT_ID=CLIENT_ID,
        OIDC_CLIENT_SECRET=CLIENT_SECRET,
    )
    kept = []
    with undone(), configured:
        client = Client()
        for address in [*ELSEWHERE, "/people/"]:
            assert client.post(reverse("signing_in:openid-begin"), {"next": address}).status_code == 200
            kept.append(client.session["openid"][-1]["next"])
    assert [address for address in kept if address and leads_away(address)] == []
    assert kept[-1] == "/people/"
