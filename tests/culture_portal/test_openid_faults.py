"""An OpenID provider that does not work, is slow, or names things in its own way."""

from __future__ import annotations

import hashlib

import pytest
from django.core.cache import cache
from django.test import Client
from django.urls import reverse
from pytest_django import Settings

from culture_portal.signing_in import openid
from tests.culture_portal.openid_visits import (
    assert_refused,
    begin,
    provider,
    sign_in,
    signed_in,
    started,
    way_back,
)
from tests.culture_portal.provider import Provider

__all__ = ["provider", "started"]

pytestmark = pytest.mark.django_db


FAULTS: dict[str, dict[str, int | str]] = {
    "configuration 500": {"/.well-known/openid-configuration": 500},
    "configuration 404": {"/.well-known/openid-configuration": 404},
    "configuration no JSON": {"/.well-known/openid-configuration": "<html>"},
    "configuration no object": {"/.well-known/openid-configuration": "[]"},
    "configuration empty": {"/.well-known/openid-configuration": "{}"},
    "configuration of another": {"/.well-known/openid-configuration": '{"issuer": "https://other.example"}'},
}
LATER_FAULTS: dict[str, dict[str, int | str]] = {
    "token 500": {"/token": 500},
    "token 302": {"/token": 302},
    "token no JSON": {"/token": "access_token=1"},
    "token no object": {"/token": "7"},
    "token deep": {"/token": "[" * 100_000},
    "token endless": {"/token": '"' + "x" * 2_000_000 + '"'},
    "keys 500": {"/keys": 500},
}


@pytest.mark.parametrize("name", FAULTS)
def test_provider_out_of_order_is_told_before_leaving(client: Client, provider: Provider, name: str) -> None:
    provider.broken = FAULTS[name]
    page = client.post(reverse("signing_in:openid-begin"))
    assert_refused(client, page, 503)  # type: ignore[arg-type]
    assert "Example ID does not answer" in page.content.decode()


@pytest.mark.parametrize("name", LATER_FAULTS)
def test_provider_out_of_order_on_the_way_back_is_no_error_of_ours(
    client: Client, provider: Provider, name: str
) -> None:
    path = way_back(begin(client))
    provider.broken = LATER_FAULTS[name]
    assert_refused(client, client.get(path), 503)  # type: ignore[arg-type]


@pytest.mark.parametrize("keys", ['{"keys": 1}', '{"keys": [1, {}, {"kty": "RSA", "kid": "first"}]}', "{}"])
def test_keys_that_are_none_are_refused(client: Client, provider: Provider, keys: str) -> None:
    provider.broken["/keys"] = keys
    assert_refused(client, sign_in(client))


def test_provider_that_is_gone_is_told(client: Client, provider: Provider, settings: Settings) -> None:
    settings.OIDC_ISSUER = "http://127.0.0.1:9"
    assert_refused(client, client.post(reverse("signing_in:openid-begin")), 503)  # type: ignore[arg-type]


def test_provider_that_does_not_answer_is_not_waited_for(
    client: Client, provider: Provider, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(openid, "READ", 0.2)
    provider.slow = {"/.well-known/openid-configuration": 1.5}
    # Whoever waited would be answered well.
    assert_refused(client, client.post(reverse("signing_in:openid-begin")), 503)  # type: ignore[arg-type]


def test_configuration_that_names_an_address_in_the_clear_is_refused(
    client: Client, provider: Provider, settings: Settings
) -> None:
    settings.OIDC_ISSUER = "https://id.example"
    cache.set(
        "openid:configuration:" + hashlib.sha256(b"https://id.example").hexdigest()[:16],
        {"issuer": "https://id.example", "authorization_endpoint": "http://id.example/authorize"},
    )
    assert_refused(client, client.post(reverse("signing_in:openid-begin")), 503)  # type: ignore[arg-type]


def test_provider_is_not_asked_for_its_addresses_each_time(client: Client, provider: Provider) -> None:
    sign_in(Client())
    provider.asked.clear()
    sign_in(client)
    assert provider.asked == ["/authorize", "/token"]


@pytest.mark.parametrize("verified", [True, "true", "1"])
def test_claim_of_a_verified_address_may_have_another_name(
    client: Client, provider: Provider, settings: Settings, verified: object
) -> None:
    """As with Entra ID, which has no claim of the usual name."""
    settings.OIDC_VERIFIED_CLAIM = "xms_edov"
    assert_refused(client, sign_in(client))
    del provider.person["email_verified"]
    provider.person["xms_edov"] = verified
    sign_in(client)
    assert signed_in(client)
