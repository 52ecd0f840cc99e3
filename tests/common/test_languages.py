"""Which language a page speaks, and that whoever reads it can change that."""

from __future__ import annotations

from typing import Any

import pytest
from django.conf import settings
from django.test import Client
from django.urls import reverse

from common import languages, organisation
from common.models import Organisation
from tests.surveys.factories import make_person

pytestmark = pytest.mark.django_db
COOKIE = settings.LANGUAGE_COOKIE_NAME


def spoken(response: Any) -> str:
    """The language of the page, which its headers must not contradict."""
    begin = response.content.decode().split("<html", 1)[1].split(">", 1)[0]
    language: str = begin.split('lang="')[1].split('"')[0]
    assert response["Content-Language"] == language
    assert {"Accept-Language", "Cookie"} <= {part.strip() for part in response["Vary"].split(",")}
    return language


def german_organisation() -> None:
    Organisation.objects.create(
        pk=1, name="Wasserwerk", country="DE", time_zone="Europe/Berlin", language="de"
    )
    organisation.forget()


@pytest.mark.parametrize(
    ("code", "ours"),
    [
        ("de", "de"),
        ("DE", "de"),
        ("de-AT", "de"),
        ("de_CH", "de"),
        ("fr", ""),
        ("", ""),
        ("x" * 600, ""),
        ("../de", ""),
    ],
)
def test_variants_of_a_language_are_that_language(code: str, ours: str) -> None:
    assert languages.supported(code) == ours


# --- At the door --------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("accepted", "language"),
    [("de-AT,de;q=0.9,en;q=0.8", "de"), ("fr,de;q=0.5", "de"), ("en-GB,de;q=0.9", "en"), ("", "en")],
)
def test_the_door_speaks_what_the_browser_asks_for(accepted: str, language: str) -> None:
    assert spoken(Client().get("/sign-in/", headers={"accept-language": accepted})) == language


def test_the_door_speaks_the_organisations_language_to_whoever_asks_for_none_of_ours() -> None:
    german_organisation()
    assert spoken(Client().get("/sign-in/", headers={"accept-language": "fr"})) == "de"


def test_the_switch_at_the_door_is_remembered_in_the_browser() -> None:
    client = Client(headers={"accept-language": "en"})
    page = client.get("/sign-in/?next=/people/&lang=de")

    assert spoken(page) == "de"
    assert client.cookies[COOKIE].value == "de"
    assert client.cookies[COOKIE]["httponly"]
    assert client.cookies[COOKIE]["samesite"] == "Lax"
    assert spoken(client.get("/password/reset/")) == "de"
    # Where the reader was going is kept.
    assert 'href="/sign-in/?next=%2Fpeople%2F&amp;lang=en" lang="en"' in page.content.decode()


@pytest.mark.parametrize("wrong", ["fr", "//evil.example", "de;path=/", "", "%00"])
def test_a_language_we_do_not_have_changes_nothing(wrong: str) -> None:
    client = Client(headers={"accept-language": "en"})
    assert spoken(client.get(f"/sign-in/?lang={wrong}")) == "en"
    assert COOKIE not in client.cookies


# --- Signed in ----------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("own", "chosen", "ours", "language"),
    [
        ("de", "", "en", "de"),
        ("en", "de", "de", "en"),
        ("de-AT", "", "en", "de"),
        ("", "", "de", "de"),
        ("", "de", "en", "de"),
        ("fr", "", "de", "de"),
    ],
)
def test_whoever_is_signed_in_reads_their_own_language_else_the_organisations(
    own: str, chosen: str, ours: str, language: str
) -> None:
    if ours == "de":
        german_organisation()
    # What the browser asks for does not count: it may be the company's.
    client = Client(headers={"accept-language": "en" if language == "de" else "de"})
    client.force_login(make_person(language=own))
    if chosen:
        client.cookies[COOKIE] = chosen
    assert spoken(client.get("/")) == language


def test_a_parameter_changes_nothing_for_whoever_is_signed_in() -> None:
    client = Client()
    client.force_login(make_person(language="de"))
    assert spoken(client.get("/?lang=en")) == "de"
    assert COOKIE not in client.cookies


def test_refusals_speak_the_viewers_language() -> None:
    client = Client(enforce_csrf_checks=True, headers={"accept-language": "en"})
    client.force_login(make_person(language="de"))
    there_is_no_page = client.get("/no/such/page/")
    there_is_no_person = client.get("/people/987654321/")
    not_for_them = client.get(reverse("people:person-create"))
    without_token = client.post("/account/", {})
    only_a_button = client.get(reverse("people:absence-create"))

    assert [(page.status_code, spoken(page)) for page in (
        there_is_no_page, there_is_no_person, not_for_them, without_token, only_a_button
    )] == [(404, "de"), (404, "de"), (403, "de"), (403, "de"), (405, "de")]  # fmt: skip
