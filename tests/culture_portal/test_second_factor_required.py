"""A second factor required of who sees the most: HR and administrators."""

from __future__ import annotations

from pathlib import Path
from typing import cast

import pytest
from django.core.management import call_command
from django.http import HttpRequest, HttpResponse
from django.test import Client
from django.utils import timezone
from pytest_django import Settings

from common.access import public, signed_in
from culture_portal.signing_in import second_factor
from culture_portal.signing_in.middleware import SecondFactorRequired
from people.domain.changing import give_role
from people.models import Person
from people.roles import ADMINISTRATOR, HR
from tests.culture_portal.second_factors import (
    OVERVIEW,
    SET_UP,
    code,
    fresh_throttles,
    is_in,
    set_up,
    sign_in,
    with_factor,
)
from tests.culture_portal.test_settings import production, run
from tests.people.conftest import PASSWORD, make_person, with_role

__all__ = ["fresh_throttles"]

pytestmark = pytest.mark.django_db


@pytest.fixture
def required(settings: Settings) -> None:
    settings.SECOND_FACTOR_REQUIRED = True


@pytest.mark.usefixtures("required")
@pytest.mark.parametrize("role", [HR, ADMINISTRATOR])
def test_required_role_gets_no_further_than_setting_it_up(client: Client, role: str) -> None:
    person = with_role(make_person("Hana People"), role)
    assert sign_in(client, person) == "/"
    for path in ("/", "/people/", "/account/", OVERVIEW, f"/people/{person.pk}/", "/no/such/page/"):
        answer = client.get(path)
        assert answer.status_code == 404 if "such" in path else answer["Location"] == SET_UP
    assert client.post("/account/absences/add/", {})["Location"] == SET_UP
    set_up(client)
    assert client.get("/people/").status_code == 200


@pytest.mark.usefixtures("required")
def test_required_lets_out_and_leaves_public_pages_alone(client: Client) -> None:
    sign_in(client, with_role(make_person("Hana People"), HR))
    assert client.post("/sign-out/").status_code == 302
    assert not is_in(client)


def test_public_views_never_learn_who_it_is(settings: Settings) -> None:
    """anonymity.md S6: whoever asked this request for its session or its person would fail."""

    def view(request: HttpRequest) -> HttpResponse:
        return HttpResponse()

    settings.SECOND_FACTOR_REQUIRED = True
    unasked = cast("HttpRequest", object())
    guard = SecondFactorRequired(view)
    assert guard.process_view(unasked, public(view), (), {}) is None
    with pytest.raises(AttributeError):
        guard.process_view(unasked, signed_in(view), (), {})


@pytest.mark.usefixtures("required")
def test_role_given_while_signed_in_asks_from_the_next_request(client: Client) -> None:
    root, ada = with_role(make_person("Rita Root"), ADMINISTRATOR), make_person("Ada Lovelace")
    sign_in(client, ada)
    assert client.get("/people/").status_code == 200
    give_role(ada, HR, by=root)
    assert client.get("/people/")["Location"] == SET_UP


@pytest.mark.usefixtures("required")
def test_session_that_never_gave_a_code_is_asked_for_one(client: Client) -> None:
    """One that began before the factor was set up elsewhere, by whoever held the password then."""
    hana = with_role(make_person("Hana People"), HR)
    sign_in(client, hana)
    secret = with_factor(hana)
    asked = client.get("/people/?q=a")
    assert asked["Location"] == "/account/again/code/?next=%2Fpeople%2F%3Fq%3Da"
    assert client.get(asked["Location"]).status_code == 200
    answer = client.post("/account/again/code/", {"code": code(secret), "next": "/people/?q=a"})
    assert answer["Location"] == "/people/?q=a"
    assert client.get("/people/").status_code == 200


@pytest.mark.usefixtures("required")
def test_reset_asks_from_the_next_request(client: Client) -> None:
    root, hana = with_role(make_person("Rita Root"), ADMINISTRATOR), with_role(make_person("Hana People"), HR)
    sign_in(client, hana)
    set_up(client)
    second_factor.reset(hana, by=root, now=timezone.now())
    assert client.get("/people/")["Location"] == SET_UP


@pytest.mark.usefixtures("required")
def test_others_are_offered_it_and_nothing_more(client: Client) -> None:
    sign_in(client, make_person("Ada Lovelace"))
    assert client.get("/people/").status_code == 200
    assert SET_UP in client.get(OVERVIEW).content.decode()


def test_trial_requires_it_of_nobody(client: Client) -> None:
    sign_in(client, with_role(make_person("Hana People"), HR))
    assert client.get("/people/").status_code == 200


def test_production_requires_it_unless_told_otherwise(tmp_path: Path) -> None:
    program = ("-c", "import culture_portal.settings as settings; print(settings.SECOND_FACTOR_REQUIRED)")
    told = [
        run(production(tmp_path) | more, program).stdout for more in ({}, {"SECOND_FACTOR_REQUIRED": "no"})
    ]
    assert told == ["True\n", "False\n"]


@pytest.mark.usefixtures("required")
def test_first_administrator_sets_it_up_first(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DJANGO_SUPERUSER_PASSWORD", PASSWORD)
    call_command(
        "createsuperuser", email="root@example.com", display_name="Root", interactive=False, verbosity=0
    )
    sign_in(client, Person.objects.get())
    assert client.get("/")["Location"] == SET_UP
    set_up(client)
    assert client.get("/").status_code == 200
