from __future__ import annotations

import logging
import sys

import pytest
from django.http import HttpResponse
from django.test import Client, RequestFactory

from common.links import seal
from common.logs import RoutesOnly
from common.middleware import no_store
from tests.surveys.factories import make_person

pytestmark = pytest.mark.django_db


def test_the_log_holds_the_route_and_no_token(caplog: pytest.LogCaptureFixture) -> None:
    token = seal("unsubscribe", {"category": "walks", "address": "anna@example.org"})
    with caplog.at_level(logging.INFO):
        Client().get(f"/unsubscribe/{token}/?secret=1")
    (line,) = [record.getMessage() for record in caplog.records if record.name == "portal.requests"]
    assert line.rpartition(" ")[0] == "GET /unsubscribe/<str:token>/ 200"


def test_the_log_of_an_unknown_address_does_not_repeat_it(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.INFO, logger="portal.requests"):
        Client().get("/a/secret-handle/secret-mac/nothing/here/")
    (line,) = [record.getMessage() for record in caplog.records if record.name == "portal.requests"]
    assert line.rpartition(" ")[0] == "GET /(no route) 404"


@pytest.mark.parametrize(
    ("said", "kept"),
    [(None, "max-age=0, no-cache, no-store, must-revalidate, private"), ("max-age=60", "max-age=60")],
)
def test_pages_stay_out_of_caches_unless_a_view_says_otherwise(said: str | None, kept: str) -> None:
    response = HttpResponse(headers={"Cache-Control": said} if said else {})
    assert no_store(lambda request: response)(RequestFactory().get("/"))["Cache-Control"] == kept


@pytest.mark.parametrize(
    ("path", "route"),
    [
        ("/unsubscribe/a-secret-token/", "/unsubscribe/<str:token>/"),
        ("/a/secret-handle/secret-mac/nothing/here/", "/(no route)"),
    ],
)
def test_no_line_of_the_console_repeats_a_refused_address(
    path: str, route: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """Django logs refused paths on its own; the test speaks to the handler the settings make."""
    (handler,) = [
        each
        for each in logging.getLogger().handlers
        if isinstance(each, logging.StreamHandler)
        and any(isinstance(one, RoutesOnly) for one in each.filters)
    ]
    before = handler.setStream(sys.stdout)
    try:
        Client().get(f"{path}?token=secret")
    finally:
        handler.setStream(before)
    said = capsys.readouterr().out
    assert "secret" not in said
    assert f"django.request Not Found: {route}" in said


def test_whose_session_ended_before_a_button_reads_a_page_after_signing_in() -> None:
    person = make_person()
    person.set_password("a long enough password")
    person.save()
    client = Client()
    sent_off = client.post("/surveys/1/archive/")
    signed_in = client.post(
        sent_off["Location"], {"login": person.email, "password": "a long enough password"}, follow=True
    )
    assert (signed_in.status_code, signed_in["Allow"]) == (405, "POST")
    assert "nothing was changed" in signed_in.content.decode()


def test_a_program_that_uses_the_wrong_method_gets_no_page() -> None:
    response = Client().put("/sign-in/")
    assert (response.status_code, response.content) == (405, b"")
