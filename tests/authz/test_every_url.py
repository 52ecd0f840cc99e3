"""Every address, every role, every method: who gets in, what others see, that a refusal changed nothing."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import suppress
from typing import Any

import pytest
from django.http import HttpResponse
from django.urls import NoReverseMatch, reverse

from common.checks import walk_urls
from tests.authz.table import METHODS, TABLE, Line, Seen
from tests.authz.visiting import Visit, Visitors, fingerprint, undone
from tests.authz.world import Role, World

pytestmark = pytest.mark.django_db

# Nothing any form asks for.
SENT: dict[str, Any] = {"data": b"sent=1", "content_type": "application/x-www-form-urlencoded"}
REFUSALS = {Seen.SIGN_IN, Seen.FORBIDDEN, Seen.GONE, Seen.METHOD}
WITH_ADDRESS = [line for line in TABLE if line.at]
WITHOUT_TOKEN = {
    # A mail program posts here for the reader, without a cookie of ours: the address itself is the proof.
    "notifications:unsubscribe[unsubscribe]",
    "notifications:unsubscribe-undo[unsubscribe]",
    # Nothing is left to send.
    "surveys:answer-form[handle:used]",
}
WITH_POST = [
    line
    for line in TABLE
    if "POST" in line.methods and Seen.OK in line.who.values() and str(line) not in WITHOUT_TOKEN
]
EACH_KIND_OF_VISITOR = {
    Role.ANONYMOUS,
    Role.RESPONDENT,
    Role.EMPLOYEE,
    Role.MANAGER,
    Role.HR,
    Role.ADMINISTRATOR,
}
BY_STATUS = {
    200: Seen.OK,
    204: Seen.OK,
    422: Seen.FORM,
    403: Seen.FORBIDDEN,
    404: Seen.GONE,
    405: Seen.METHOD,
}


def seen(visit: Visit) -> Seen | str:
    """What the visitor sees; words for what fits nothing."""
    if visit.status == 302:
        target = visit.response["Location"]
        if target.startswith(reverse("account_login") + "?next="):
            return Seen.SIGN_IN
        return Seen.OK if target.startswith("/") and not target.startswith("//") else f"sent to {target}"
    return BY_STATUS.get(visit.status, f"{visit.status} {visit.error}".strip())


def test_no_address_is_missing_from_the_table_and_none_is_gone() -> None:
    there = [name or f"the unnamed address {route!r}" for route, name, _pattern in walk_urls()]
    assert sorted({line.name for line in TABLE}) == sorted(set(there))


@pytest.mark.parametrize("line", TABLE, ids=str)
def test_each_role_sees_what_the_table_says(line: Line, world: World, visitors: Visitors) -> None:
    url = line.url(world)
    wrong = []
    before = fingerprint()
    for role in Role:
        for method in METHODS:
            expected = line.expected(role, method)
            if expected not in REFUSALS:
                with undone():
                    got = seen(visitors.visit(role, method, url, **SENT))
            else:
                visit = visitors.visit(role, method, url, **SENT)
                got = seen(visit)
                if visit.writes:
                    wrong.append(f"{role}, {method}: refused, yet wrote {visit.writes}")
            if got != expected:
                wrong.append(f"{role}, {method}: {got}, not {expected}")
    assert wrong == []
    assert fingerprint() == before


@pytest.mark.parametrize("line", WITH_ADDRESS, ids=str)
def test_what_does_not_exist_looks_like_what_is_not_yours(
    line: Line, world: World, visitors: Visitors
) -> None:
    wrong = []
    before = fingerprint()
    for url in addresses_of_nothing(line, world):
        for role in {line.insider(), *EACH_KIND_OF_VISITOR}:
            for method in line.methods:
                got = seen(visitors.visit(role, method, url))
                expected = line.expected_of_nothing(role, method)
                if got != expected:
                    wrong.append(f"{url}, {role}, {method}: {got}, not {expected}")
    assert wrong == []
    assert fingerprint() == before


def addresses_of_nothing(line: Line, world: World) -> Iterator[str]:
    for keyword, name in line.at.items():
        real = world.names.get(name, name)
        for value in ("987654321", "9" * 25) if real.isdigit() else ("no-such-thing", "0"):
            # Some parts of an address take only what exists, so that no other can be written.
            with suppress(NoReverseMatch):
                if value != real:
                    yield line.url(world, **{keyword: value})


@pytest.mark.parametrize("line", WITH_POST, ids=str)
def test_a_form_from_elsewhere_changes_nothing(line: Line, world: World, visitors: Visitors) -> None:
    before = fingerprint()
    visit = visitors.visit(line.insider(), "POST", line.url(world), enforce_csrf_checks=True)
    assert (visit.status, visit.writes) == (403, [])
    assert fingerprint() == before


def without_token(response: HttpResponse) -> bytes:
    """The page but for the token against foreign forms, which differs each time."""
    return re.sub(rb"\b[A-Za-z0-9]{64}\b", b"", response.content)


def test_what_is_refused_and_what_is_not_there_are_the_same_page(world: World, visitors: Visitors) -> None:
    """Nobody learns from the page whether something exists."""
    pages: dict[Role, set[bytes]] = {}
    for line in TABLE:
        for role in EACH_KIND_OF_VISITOR:
            if line.expected(role, "GET") is Seen.GONE and not line.public:
                for url in (line.url(world), *addresses_of_nothing(line, world)):
                    pages.setdefault(role, set()).add(
                        without_token(visitors.visit(role, "GET", url).response)
                    )
    assert {role: len(found) for role, found in pages.items()} == dict.fromkeys(pages, 1)
