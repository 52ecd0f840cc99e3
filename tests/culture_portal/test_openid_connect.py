"""Signing in by the organisation's OpenID provider, against a real one on the loopback."""

from __future__ import annotations

import re
import time
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest
from django.conf import settings as portal_settings
from django.core.cache import cache
from django.test import Client
from django.urls import reverse
from pytest_django import Settings

from common.models import AuditEntry
from people.models import OpenIDLink, Person
from people.roles import HR
from tests.culture_portal.openid_visits import (
    BACK,
    assert_refused,
    begin,
    provider,
    sign_in,
    signed_in,
    started,
    way_back,
)
from tests.culture_portal.provider import Provider, signed
from tests.culture_portal.second_factors import SIGN_IN_CODE, actions, code, with_factor
from tests.people.conftest import PASSWORD, client_of, make_person, with_role

__all__ = ["provider", "started"]

pytestmark = pytest.mark.django_db


# --- As it should be --------------------------------------------------------------------------------------
def test_first_sign_in_finds_the_person_by_a_verified_address(client: Client, provider: Provider) -> None:
    ada = Person.objects.get()
    answer = sign_in(client)
    assert (answer.status_code, answer["Location"], signed_in(client)) == (302, "/", str(ada.pk))
    link = OpenIDLink.objects.get()
    assert (link.person, link.issuer, link.subject) == (ada, provider.issuer, "s-ada")
    assert actions() == ["person.openid_linked", "person.signed_in"]
    assert AuditEntry.objects.last().detail == {"method": "openid", "second_factor": False}  # type: ignore[union-attr]
    assert client.get("/").status_code == 200


def test_second_sign_in_goes_by_the_subject_whatever_the_address_over_there(
    client: Client, provider: Provider
) -> None:
    sign_in(Client())
    provider.person |= {"email": "ada.king@elsewhere.example", "email_verified": False}
    sign_in(client)
    assert signed_in(client) == str(Person.objects.get().pk)
    assert OpenIDLink.objects.count() == 1


def test_address_in_another_spelling_is_the_same(client: Client, provider: Provider) -> None:
    provider.person["email"] = "Ada.Lovelace@Example.com"
    sign_in(client)
    assert signed_in(client)


def test_address_only_in_userinfo_is_taken_from_there(client: Client, provider: Provider) -> None:
    provider.claims_in_token = False
    sign_in(client)
    assert signed_in(client)
    assert "/userinfo" in provider.asked


def test_client_secret_in_the_form_where_the_provider_wants_it_there(
    client: Client, provider: Provider
) -> None:
    provider.configuration["token_endpoint_auth_methods_supported"] = ["client_secret_post"]
    sign_in(client)
    assert signed_in(client)


def test_new_key_of_the_provider_is_fetched(client: Client, provider: Provider) -> None:
    sign_in(Client())
    provider.published, provider.token = ["second"], lambda claims: signed(claims, name="second")
    sign_in(client)
    assert signed_in(client)


def test_leads_back_to_the_page_asked_for_and_never_elsewhere(provider: Provider) -> None:
    assert sign_in(Client(), next="/people/?q=desk")["Location"] == "/people/?q=desk"
    for elsewhere in ("https://evil.example/", "//evil.example/", "/\\evil.example/", "javascript:alert(1)"):
        assert sign_in(Client(), next=elsewhere)["Location"] == "/"


def test_nothing_of_the_provider_is_kept_but_who_it_is(client: Client, provider: Provider) -> None:
    provider.person |= {"name": "The Countess", "picture": "https://example.com/face.png"}
    sign_in(client)
    kept = f"{dict(client.session.items())} {list(OpenIDLink.objects.values())}"
    assert [word for word in ("Countess", "face.png", "for-s-ada", "eyJ") if word in kept] == []
    assert client.session["openid"] == []


def test_two_windows_under_way_at_once_both_arrive(client: Client, provider: Provider) -> None:
    first, second = begin(client), begin(client)
    assert first != second
    assert client.get(way_back(first))["Location"] == "/"
    # The second comes to somebody who is signed in by now.
    assert client.get(way_back(second))["Location"] == "/"


def test_request_asks_for_what_protects_the_answer(client: Client, provider: Provider) -> None:
    asked = {name: values[0] for name, values in parse_qs(urlsplit(begin(client)).query).items()}
    assert asked["code_challenge_method"] == "S256"
    assert asked["redirect_uri"] == f"{portal_settings.PORTAL_URL}{BACK}"
    assert asked["scope"] == "openid email"
    again = {name: values[0] for name, values in parse_qs(urlsplit(begin(client)).query).items()}
    assert [name for name in ("state", "nonce", "code_challenge") if asked[name] == again[name]] == []


# --- The way there ----------------------------------------------------------------------------------------
def test_begin_is_a_button_and_wants_its_token(provider: Provider) -> None:
    address = reverse("signing_in:openid-begin")
    assert Client().get(address).status_code == 405
    assert Client(enforce_csrf_checks=True).post(address).status_code == 403


def test_page_that_leads_there_keeps_the_strict_policy(client: Client, provider: Provider) -> None:
    page = client.post(reverse("signing_in:openid-begin"))
    assert "form-action 'self'" in page["Content-Security-Policy"]
    assert "no-store" in page["Cache-Control"]


def test_sign_in_page_offers_the_provider_only_where_there_is_one(
    client: Client, provider: Provider, settings: Settings
) -> None:
    assert "Sign in with Example ID" in client.get("/sign-in/").content.decode()
    settings.OIDC_ISSUER = ""
    assert reverse("signing_in:openid-begin") not in client.get("/sign-in/").content.decode()
    assert client.post(reverse("signing_in:openid-begin")).status_code == 404
    assert client.get(BACK, {"code": "1", "state": "1"}).status_code == 404


# --- The way back -----------------------------------------------------------------------------------------
def test_wrong_state_is_refused(client: Client, provider: Provider) -> None:
    path = way_back(begin(client))
    for state in ("", "wrong", "ü", "x" * 10_000):
        assert_refused(client, client.get(re.sub("state=[^&]*", urlencode({"state": state}), path)))  # type: ignore[arg-type]


def test_state_of_another_browser_is_refused(client: Client, provider: Provider) -> None:
    """Whoever is sent somebody else's way back is not signed in as them."""
    assert_refused(client, client.get(way_back(begin(Client()))))  # type: ignore[arg-type]


def test_state_opens_once(client: Client, provider: Provider) -> None:
    provider.token = lambda claims: None
    path = way_back(begin(client))
    assert_refused(client, client.get(path))  # type: ignore[arg-type]
    asked = len(provider.asked)
    assert_refused(client, client.get(path))  # type: ignore[arg-type]
    assert len(provider.asked) == asked


def test_state_grows_old(client: Client, provider: Provider, monkeypatch: pytest.MonkeyPatch) -> None:
    path = way_back(begin(client))
    later = time.time() + 601
    monkeypatch.setattr("culture_portal.signing_in.openid.time.time", lambda: later)
    assert_refused(client, client.get(path))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("error", "words"), [("access_denied", "You stopped at"), ("server_error", "did not fit")]
)
def test_error_of_the_provider_is_told_kindly(
    client: Client, provider: Provider, error: str, words: str
) -> None:
    state = parse_qs(urlsplit(begin(client)).query)["state"][0]
    page = client.get(BACK, {"state": state, "error": error, "error_description": "<b>no</b>"})
    assert_refused(client, page)  # type: ignore[arg-type]
    assert words in page.content.decode()
    assert "<b>" not in page.content.decode()


def test_person_who_declines_over_there_is_not_signed_in(client: Client, provider: Provider) -> None:
    provider.person = {}
    assert_refused(client, sign_in(client))
    assert provider.refused == ["access_denied"]


def test_answer_without_code_or_with_a_made_up_one_is_refused(client: Client, provider: Provider) -> None:
    for given in ({}, {"code": ""}, {"code": "made up"}, {"code": "\x00" * 9}):
        state = parse_qs(urlsplit(begin(client)).query)["state"][0]
        assert_refused(client, client.get(BACK, {"state": state} | given))  # type: ignore[arg-type]


@pytest.mark.parametrize("named", ["https://other.example", ""])
def test_answer_of_another_issuer_is_refused(client: Client, provider: Provider, named: str) -> None:
    path = re.sub("iss=[^&]*", urlencode({"iss": named}), way_back(begin(client)))
    assert_refused(client, client.get(path))  # type: ignore[arg-type]


def test_answer_without_the_issuer_is_refused_where_it_was_promised(
    client: Client, provider: Provider
) -> None:
    provider.names_issuer = False
    assert_refused(client, sign_in(client))
    cache.clear()
    provider.configuration["authorization_response_iss_parameter_supported"] = False
    sign_in(client)
    assert signed_in(client)


def test_code_of_somebody_elses_attempt_does_not_open(client: Client, provider: Provider) -> None:
    """A code caught on the way is worth nothing without the verifier that never left our session."""
    stolen = parse_qs(urlsplit(way_back(begin(Client()))).query)["code"][0]
    state = parse_qs(urlsplit(begin(client)).query)["state"][0]
    page = client.get(BACK, {"state": state, "code": stolen, "iss": provider.issuer})
    assert_refused(client, page)  # type: ignore[arg-type]
    assert provider.refused == ["invalid_grant"]


@pytest.mark.parametrize("verifier", ["", "wrong" * 10])
def test_wrong_or_missing_verifier_is_refused_by_the_provider(
    client: Client, provider: Provider, verifier: str
) -> None:
    path = way_back(begin(client))
    session = client.session
    session["openid"] = [attempt | {"verifier": verifier} for attempt in session["openid"]]
    session.save()
    assert_refused(client, client.get(path))  # type: ignore[arg-type]
    assert provider.refused == ["invalid_grant"]


def test_wrong_client_secret_is_refused_by_the_provider(
    client: Client, provider: Provider, settings: Settings
) -> None:
    settings.OIDC_CLIENT_SECRET = "not the one"
    assert_refused(client, sign_in(client))
    assert provider.refused == ["invalid_client"]


# --- Whom it opens ----------------------------------------------------------------------------------------
@pytest.mark.parametrize("verified", [False, None, "false", "", 0, "no", [True], {"a": 1}])
def test_unverified_address_is_refused(client: Client, provider: Provider, verified: object) -> None:
    provider.person["email_verified"] = verified
    page = sign_in(client)
    assert_refused(client, page)
    assert "does not vouch for your e-mail address" in page.content.decode()
    assert [(entry.action, entry.actor, entry.detail) for entry in AuditEntry.objects.all()] == [
        ("person.openid_refused", None, {"reason": "unverified"})
    ]


@pytest.mark.parametrize("email", ["nobody@example.com", "ada.lovelace@example.com.evil.example", "", 7])
def test_unknown_address_is_refused_and_nobody_is_created(
    client: Client, provider: Provider, email: object
) -> None:
    provider.person["email"] = email
    assert_refused(client, sign_in(client))
    assert actions() == ["person.openid_refused"]


def test_address_that_only_looks_alike_is_unknown(client: Client, provider: Provider) -> None:
    """Dotless i becomes I in capitals, as databases compare."""
    make_person("Mike Ink")
    provider.person["email"] = "m\u0131ke.ink@example.com"
    assert sign_in(client).status_code == 403
    assert OpenIDLink.objects.count() == 0


def test_deactivated_person_is_refused_the_first_time_and_later(client: Client, provider: Provider) -> None:
    Person.objects.update(is_active=False)
    page = sign_in(client)
    assert_refused(client, page)
    assert "no longer works here" in page.content.decode()
    Person.objects.update(is_active=True)
    sign_in(Client())
    Person.objects.update(is_active=False)
    assert sign_in(client).status_code == 403
    assert signed_in(client) == ""
    assert actions().count("person.openid_refused") == 2


def test_address_given_to_somebody_new_over_there_opens_nothing(client: Client, provider: Provider) -> None:
    sign_in(Client())
    provider.person["sub"] = "s-new"
    page = sign_in(client)
    assert (page.status_code, signed_in(client)) == (403, "")
    assert OpenIDLink.objects.get().subject == "s-ada"


def test_link_does_not_outlive_the_address_it_was_made_by(client: Client, provider: Provider) -> None:
    sign_in(Client())
    Person.objects.update(email="corrected@example.com")
    assert sign_in(client).status_code == 403
    provider.person["email"] = "corrected@example.com"
    sign_in(client)
    assert signed_in(client)
    assert OpenIDLink.objects.get().address == "corrected@example.com"


def test_subject_of_another_issuer_is_somebody_else(
    client: Client, provider: Provider, settings: Settings
) -> None:
    grace = make_person("Grace Hopper")
    OpenIDLink.objects.create(
        person=grace, issuer="https://former.example", subject="s-ada", address=grace.email
    )
    sign_in(client)
    assert signed_in(client) == str(Person.objects.get(email="ada.lovelace@example.com").pk)


# --- Around it --------------------------------------------------------------------------------------------
def test_somebody_signed_in_stays_who_they_are(provider: Provider) -> None:
    grace = make_person("Grace Hopper")
    client = client_of(grace)
    assert client.post(reverse("signing_in:openid-begin"))["Location"] == "/"
    assert client.get(BACK, {"state": "x", "code": "y"})["Location"] == "/"
    assert signed_in(client) == str(grace.pk)


def test_code_of_the_second_factor_is_asked_for_here_too(client: Client, provider: Provider) -> None:
    secret = with_factor(Person.objects.get())
    assert sign_in(client, next="/people/")["Location"] == SIGN_IN_CODE
    assert signed_in(client) == ""
    assert [word for word in ("for-s-ada", "eyJ") if word in str(dict(client.session.items()))] == []
    assert client.post(SIGN_IN_CODE, {"code": code(secret)})["Location"] == "/people/"
    last = AuditEntry.objects.latest("pk")
    assert (last.action, last.detail) == ("person.signed_in", {"method": "openid", "second_factor": True})


def test_provider_we_trust_with_the_second_factor_has_asked_already(
    client: Client, provider: Provider, settings: Settings
) -> None:
    settings.SECOND_FACTOR_REQUIRED = settings.OIDC_TRUSTS_SECOND_FACTOR = True
    ada = with_role(Person.objects.get(), HR)
    assert sign_in(client)["Location"] == "/"
    assert client.get("/people/").status_code == 200
    with_factor(ada)
    other = Client()
    assert sign_in(other)["Location"] == "/"
    assert other.get("/people/").status_code == 200


def test_provider_we_do_not_trust_with_it_opens_no_more_than_a_password(
    client: Client, provider: Provider, settings: Settings
) -> None:
    settings.SECOND_FACTOR_REQUIRED = True
    with_role(Person.objects.get(), HR)
    sign_in(client)
    assert client.get("/people/")["Location"] == "/account/second-factor/add/"


def test_password_is_not_trusted_for_what_the_provider_asks(
    client: Client, provider: Provider, settings: Settings
) -> None:
    settings.SECOND_FACTOR_REQUIRED = settings.OIDC_TRUSTS_SECOND_FACTOR = True
    ada = with_role(Person.objects.get(), HR)
    client.post(reverse("account_login"), {"login": ada.email, "password": PASSWORD})
    assert client.get("/people/")["Location"] == "/account/second-factor/add/"
