"""A body nobody can read is refused with a page, wherever it is sent."""

from __future__ import annotations

import pytest
from django.test import Client, RequestFactory

from culture_portal.error_pages import server_error

UNREADABLE = [
    ("application/x-www-form-urlencoded", b"&".join(b"x%d=1" % number for number in range(2000))),
    ("application/x-www-form-urlencoded; charset=latin-1", b"a=1"),
    ("application/x-www-form-urlencoded", b"a=" + b"x" * 6_000_000),
]


@pytest.mark.django_db
@pytest.mark.parametrize(("path", "status"), [("/sign-in/", 400), ("/nowhere/", 404)])
@pytest.mark.parametrize(("content_type", "body"), UNREADABLE, ids=["fields", "charset", "bytes"])
def test_an_unreadable_body_is_refused(path: str, status: int, content_type: str, body: bytes) -> None:
    client = Client(enforce_csrf_checks=True)
    client.get("/sign-in/")
    assert client.post(path, body, content_type=content_type).status_code == status


def test_our_own_failure_has_a_page_that_needs_nothing() -> None:
    response = server_error(RequestFactory().get("/"))
    assert (response.status_code, b"our fault" in response.content) == (500, True)
