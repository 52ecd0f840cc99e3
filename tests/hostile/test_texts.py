"""Every hostile string, typed into every field of every form that takes words."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from urllib.parse import urlencode, urlsplit

import pytest

from tests.authz.table import TABLE
from tests.authz.visiting import Visit, Visitors, fingerprint, undone
from tests.hostile.conftest import Found
from tests.hostile.pages import Field, Page

pytestmark = pytest.mark.django_db

NAMES = sorted({line.name for line in TABLE if "POST" in line.methods})
FORM = "application/x-www-form-urlencoded"

# Sent by script or by a mail program, never from a form of ours.
WITHOUT_FORM = {
    "account_reset_password_from_key": "its form opens by a mailed key, and takes a password alone",
    "signing_in:openid-begin": "its button is there where a provider is; see test_redirects",
    "notifications:unsubscribe-undo": "its form, one button, stands on the page after unsubscribing",
    "surveys:question-place": "sent by script where a question was dragged; question-move is its form",
}


def encode(data: dict[str, list[str]]) -> bytes:
    """As a browser would, and lone surrogates as the three bytes a careless client sends."""
    return urlencode(data, doseq=True, encoding="utf-8", errors="surrogatepass").encode()


def send(visitors: Visitors, found: Found, data: dict[str, list[str]]) -> Visit:
    if found.form.method == "get":
        return visitors.visit(
            found.role, "GET", f"{urlsplit(found.form.action).path}?{encode(data).decode()}"
        )
    return visitors.visit(found.role, "POST", found.form.action, data=encode(data), content_type=FORM)


def faults(visitors: Visitors, found: Found, data: dict[str, list[str]]) -> Iterator[str]:
    """What is wrong with the answer, and with the page it leads to."""
    visit = send(visitors, found, data)
    if visit.status >= 400 and visit.facts:
        yield f"refused with {visit.status}, yet wrote {visit.facts}"
    yield from _faults_of(visit)
    if visit.status == 302 and visit.response["Location"].startswith("/"):
        after = visitors.visit(found.role, "GET", visit.response["Location"])
        yield from (f"afterwards: {fault}" for fault in _faults_of(after))


def _faults_of(visit: Visit) -> Iterator[str]:
    if visit.status >= 500:
        yield f"{visit.status} {visit.error}"
    elif visit.response.get("Content-Type", "").startswith("text/html"):
        yield from Page("/", visit.response.content.decode()).dangers


def helpings(found: Found, texts: list[str]) -> Iterator[dict[str, str]]:
    """All strings through the form, each field with as many of them in one request as it has room for."""
    waiting = deque(texts)
    while waiting:
        yield {one.name: _fill(one, waiting) for one in found.form.free if waiting}


def _fill(one: Field, waiting: deque[str]) -> str:
    words = waiting.popleft()
    while waiting and len(words) + len(waiting[0]) < (one.most or 300):
        words = f"{words} {waiting.popleft()}"
    return words


def test_every_action_has_a_form_on_some_page(forms: list[Found]) -> None:
    """So that nothing below is passed over, and nothing can only be done by script."""
    reached = {found.form.url_name for found in forms if found.form.method == "post"}
    expected = set(NAMES) - set(WITHOUT_FORM)
    assert (expected - reached, reached - expected) == (set(), set())


@pytest.mark.parametrize("name", NAMES)
def test_every_string_in_every_form(
    name: str, forms: list[Found], visitors: Visitors, hostile_texts: list[str]
) -> None:
    wrong = []
    for found in forms:
        if found.form.url_name != name or found.form.method != "post" or not found.form.free:
            continue
        before = fingerprint()
        for words in helpings(found, hostile_texts):
            with undone():
                wrong += [
                    f"{words}: {fault}" for fault in faults(visitors, found, found.form.filled(**words))
                ]
        assert fingerprint() == before
    assert wrong == []


def test_every_string_in_every_search(
    forms: list[Found], visitors: Visitors, hostile_texts: list[str]
) -> None:
    wrong = []
    for found in forms:
        if found.form.method == "get" and found.form.free:
            for words in helpings(found, hostile_texts):
                with undone():
                    found_faults = faults(visitors, found, found.form.filled(**words))
                    wrong += [f"{found.form.url_name} {words}: {fault}" for fault in found_faults]
    assert wrong == []
