"""Tokens of an OpenID provider: whatever is broken in one, it signs nobody in."""

from __future__ import annotations

import base64
import hashlib
import hmac
import time
from collections.abc import Callable
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives import serialization
from django.test import Client

from tests.culture_portal.openid_visits import assert_refused, provider, sign_in, signed_in, started
from tests.culture_portal.provider import CLIENT_ID, CLIENT_SECRET, Claims, Provider, by_hand, key, signed
from tests.culture_portal.second_factors import actions

__all__ = ["provider", "started"]

pytestmark = pytest.mark.django_db


def public_pem() -> bytes:
    return (
        key("first")
        .public_key()
        .public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
    )


def with_hmac(secret: bytes) -> Callable[[Claims], str]:
    header = {"alg": "HS256", "typ": "JWT", "kid": "first"}
    return lambda claims: by_hand(header, claims, lambda body: hmac.digest(secret, body, hashlib.sha256))


def without(name: str) -> Callable[[Claims], str]:
    return lambda claims: signed({key: value for key, value in claims.items() if key != name})


def changed(**values: Any) -> Callable[[Claims], str]:
    return lambda claims: signed(claims | values)


def shifted(**seconds: int) -> Callable[[Claims], str]:
    return lambda claims: signed(claims | {name: int(time.time()) + away for name, away in seconds.items()})


def with_its_signature_torn(claims: Claims) -> str:
    head, body, signature = signed(claims).split(".")
    return f"{head}.{body}.{signature[:-8]}AAAAAAAA"


def with_foreign_claims(claims: Claims) -> str:
    """The signature is right, of another token."""
    head, _body, signature = signed(claims).split(".")
    foreign = signed(claims | {"sub": "s-other"}).split(".")[1]
    return f"{head}.{foreign}.{signature}"


BROKEN: dict[str, Callable[[Claims], str | None]] = {
    "no token": lambda claims: None,
    "no JWT": lambda claims: "not.a.token",
    "bottomless JWT": lambda claims: base64.urlsafe_b64encode(b"[" * 100_000).decode() + ".e30.e30",
    "wrong nonce": changed(nonce="wrong"),
    "nonce that is no text": changed(nonce=["x"]),
    "missing nonce": without("nonce"),
    "wrong issuer": changed(iss="https://other.example"),
    "missing issuer": without("iss"),
    "wrong audience": changed(aud="another-client"),
    "missing audience": without("aud"),
    "several audiences, made for another": changed(aud=[CLIENT_ID, "another-client"], azp="another-client"),
    "several audiences, made for nobody": changed(aud=[CLIENT_ID, "another-client"]),
    "made for another": changed(azp="another-client"),
    "expired": shifted(exp=-60),
    "never expires": without("exp"),
    "not yet valid": shifted(nbf=120),
    "from the future": shifted(iat=120),
    "no time": without("iat"),
    "times that are none": changed(exp="soon"),
    "no subject": without("sub"),
    "empty subject": changed(sub=""),
    "subject too long": changed(sub="x" * 256),
    "torn signature": with_its_signature_torn,
    "foreign claims": with_foreign_claims,
    "key not published": lambda claims: signed(claims, name="unknown"),
    "published name, other key": lambda claims: signed_as("first", "other", claims),
    "alg none": lambda claims: by_hand({"alg": "none", "kid": "first"}, claims, lambda body: b""),
    "alg None": lambda claims: by_hand({"alg": "None", "kid": "first"}, claims, lambda body: b""),
    "no alg": lambda claims: by_hand({"kid": "first"}, claims, lambda body: b""),
    "HS256 with the client secret": with_hmac(CLIENT_SECRET.encode()),
    "HS256 with the public key": lambda claims: with_hmac(public_pem())(claims),  # noqa: PLW0108 - makes no key before a test asks
    "ES256 named, RSA key": lambda claims: by_hand(
        {"alg": "ES256", "kid": "first"}, claims, lambda body: b"x" * 64
    ),
}


def signed_as(name: str, signer: str, claims: Claims) -> str:
    return jwt.encode(claims, key(signer), algorithm="RS256", headers={"kid": name})


@pytest.mark.parametrize("name", BROKEN)
def test_broken_token_signs_nobody_in(client: Client, provider: Provider, name: str) -> None:
    provider.token = BROKEN[name]
    assert_refused(client, sign_in(client))
    assert actions() == []


def test_unbroken_tokens_of_the_same_make_sign_in(provider: Provider) -> None:
    """What shows that the broken ones were refused for what was broken."""
    for make in (changed(azp=CLIENT_ID), changed(aud=[CLIENT_ID]), shifted(exp=-10), shifted(nbf=10), signed):
        provider.token = make
        client = Client()
        sign_in(client)
        assert signed_in(client)


def test_userinfo_about_somebody_else_is_refused(client: Client, provider: Provider) -> None:
    provider.claims_in_token = False
    provider.broken["/userinfo"] = (
        '{"sub": "s-other", "email": "ada.lovelace@example.com", "email_verified": true}'
    )
    assert_refused(client, sign_in(client))
