from __future__ import annotations

import pytest
from django.http import HttpResponse
from django.test import Client, RequestFactory

from common.middleware import no_store
from tests.surveys.factories import make_person

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    ("said", "kept"),
    [(None, "max-age=0, no-cache, no-store, must-revalidate, private"), ("max-age=60", "max-age=60")],
)
def test_pages_stay_out_of_caches_unless_a_view_says_otherwise(said: str | None, kept: str) -> None:
    response = HttpResponse(headers={"Cache-Control": said} if said else {})
    assert no_store(lambda request: response)(RequestFactory().get("/"))["Cache-Control"] == kept


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
