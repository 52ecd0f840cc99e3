"""Talking to the organisation's OpenID provider: authorization code with PKCE, and what a token has to say.

Allauth's own client does not look at the signature of a token it fetched itself, sends no nonce, knows people
by the name of a setting rather than by issuer, and puts tokens and claims into session and database. What a
client has to check (OpenID Connect Core 3.1.3.7) stands here in one place instead; of what the provider says
nothing is stored but who it is.
"""

from __future__ import annotations

import base64
import hashlib
import json
import secrets
import time
from dataclasses import asdict, dataclass, field
from typing import Any
from urllib.parse import quote_plus, urlencode

import jwt
import requests
from django.conf import settings
from django.core.cache import cache

# Seconds until the provider answers at all, then between two pieces of its answer, then altogether.
CONNECT, READ, ALTOGETHER = 3.05, 5, 10
LONGEST_ANSWER = 1_000_000
LEEWAY = 30
REMEMBERED = 10 * 60
# Never "none", and never a shared secret: a key that is public could sign with it.
ALGORITHMS = "RS256 RS384 RS512 PS256 PS384 PS512 ES256 ES384 ES512 EdDSA".split()
LONGEST_SUBJECT = 255
# Some providers write their yes as a text or as a number.
VERIFIED = (True, "true", "1")


class ProviderDown(Exception):
    """It did not answer, or not in a way that makes sense. Worth another try later."""


class TokenRefused(Exception):
    """What came back proves nothing. The text says why, for the log; it names nobody."""


@dataclass(frozen=True)
class Attempt:
    """One way to the provider and back. Lives in the session, where its ``state`` finds it once."""

    state: str = field(default_factory=lambda: secrets.token_urlsafe(24))
    nonce: str = field(default_factory=lambda: secrets.token_urlsafe(24))
    # 43 to 128 characters by RFC 7636.
    verifier: str = field(default_factory=lambda: secrets.token_urlsafe(48))
    next: str = ""
    at: float = field(default_factory=time.time)

    @property
    def challenge(self) -> str:
        digest = hashlib.sha256(self.verifier.encode()).digest()
        return base64.urlsafe_b64encode(digest).decode().rstrip("=")


@dataclass(frozen=True)
class Identity:
    """Who signed in over there. ``email`` is empty where the provider did not verify it."""

    issuer: str
    subject: str
    email: str


# --- What is under way ------------------------------------------------------------------------------------
_SESSION_KEY = "openid"
_MOST_ATTEMPTS, _LONGEST_ATTEMPT = 5, 10 * 60


def remember(session: Any, attempt: Attempt) -> None:
    """Keep the attempt in this browser's session; several windows may be under way at once."""
    newest = session.get(_SESSION_KEY, [])[-_MOST_ATTEMPTS + 1 :]
    session[_SESSION_KEY] = [*newest, asdict(attempt)]


def take(session: Any, state: str) -> Attempt | None:
    """The attempt of this state, once. None for one that is not of this browser, used, or too old."""
    kept = [Attempt(**values) for values in session.get(_SESSION_KEY, [])]
    found = next((attempt for attempt in kept if attempt.state == state), None)
    if found is None:
        return None
    session[_SESSION_KEY] = [asdict(attempt) for attempt in kept if attempt is not found]
    return found if time.time() - found.at <= _LONGEST_ATTEMPT else None


# --- To the provider and back -----------------------------------------------------------------------------
def sign_in_address(attempt: Attempt, *, back: str) -> str:
    """Where the browser goes, and is sent ``back`` from."""
    endpoint = _address_of("authorization_endpoint")
    query = urlencode(
        {
            "response_type": "code",
            "client_id": settings.OIDC_CLIENT_ID,
            "redirect_uri": back,
            "scope": "openid email",
            "state": attempt.state,
            "nonce": attempt.nonce,
            "code_challenge": attempt.challenge,
            "code_challenge_method": "S256",
        }
    )
    return f"{endpoint}{'&' if '?' in endpoint else '?'}{query}"


def check_issuer(named: str | None) -> None:
    """The issuer named beside the code (RFC 9207), so that no other provider's answer passes for ours."""
    promised = _configuration().get("authorization_response_iss_parameter_supported") is True
    if named is None and not promised:
        return
    if named != settings.OIDC_ISSUER:
        raise TokenRefused("the answer names another issuer")


def identify(code: str, attempt: Attempt, *, back: str) -> Identity:
    """Exchange the code and say who it stands for. Raises ProviderDown or TokenRefused."""
    tokens = _exchange(code, attempt, back)
    id_token = tokens.get("id_token")
    if not isinstance(id_token, str):
        raise TokenRefused("no id_token")
    claims = _verified_claims(id_token, attempt.nonce)
    address = claims if "email" in claims else _user_info(tokens, claims["sub"])
    verified = address.get(settings.OIDC_VERIFIED_CLAIM) in VERIFIED and isinstance(address.get("email"), str)
    return Identity(settings.OIDC_ISSUER, claims["sub"], address["email"] if verified else "")


def _exchange(code: str, attempt: Attempt, back: str) -> dict[str, Any]:
    data = {
        "grant_type": "authorization_code",
        "code": code,
        "redirect_uri": back,
        "code_verifier": attempt.verifier,
    }
    client, secret = settings.OIDC_CLIENT_ID, settings.OIDC_CLIENT_SECRET
    headers = {}
    # Where the provider names no way, it is the first one (OpenID Connect Discovery 3).
    ways = _configuration().get("token_endpoint_auth_methods_supported") or ["client_secret_basic"]
    if "client_secret_basic" in ways:
        pair = f"{quote_plus(client)}:{quote_plus(secret)}"
        headers["Authorization"] = f"Basic {base64.b64encode(pair.encode()).decode()}"
    else:
        data |= {"client_id": client, "client_secret": secret}
    return _ask("POST", _address_of("token_endpoint"), data=data, headers=headers)


def _user_info(tokens: dict[str, Any], subject: str) -> dict[str, Any]:
    """Some providers say the address only here. Nothing, where they do not say it for the same person."""
    if "userinfo_endpoint" not in _configuration():
        return {}
    bearer = {"Authorization": f"Bearer {tokens.get('access_token', '')}"}
    found = _ask("GET", _address_of("userinfo_endpoint"), headers=bearer)
    if found.get("sub") != subject:
        raise TokenRefused("userinfo is about somebody else")
    return found


# --- The token --------------------------------------------------------------------------------------------
def _verified_claims(id_token: str, nonce: str) -> dict[str, Any]:
    try:
        header = jwt.get_unverified_header(id_token)
        if header.get("alg") not in ALGORITHMS:
            raise TokenRefused("signed in a way we do not take")
        claims: dict[str, Any] = jwt.decode(
            id_token,
            key=_key_for(header),
            algorithms=[header["alg"]],
            audience=settings.OIDC_CLIENT_ID,
            issuer=settings.OIDC_ISSUER,
            leeway=LEEWAY,
            options={"require": ["iss", "sub", "aud", "exp", "iat", "nonce"]},
        )
    except (jwt.PyJWTError, ValueError, TypeError, RecursionError) as reason:
        raise TokenRefused(type(reason).__name__) from reason
    _check_claims(claims, nonce)
    return claims


def _check_claims(claims: dict[str, Any], nonce: str) -> None:
    said = claims["nonce"]
    if not isinstance(said, str) or not secrets.compare_digest(said.encode(), nonce.encode()):
        raise TokenRefused("made for another attempt")
    several = isinstance(claims["aud"], list) and len(claims["aud"]) > 1
    if (several or "azp" in claims) and claims.get("azp") != settings.OIDC_CLIENT_ID:
        raise TokenRefused("made for another client")
    subject = claims["sub"]
    if not isinstance(subject, str) or not 0 < len(subject) <= LONGEST_SUBJECT:
        raise TokenRefused("names nobody")


def _key_for(header: dict[str, Any]) -> jwt.PyJWK:
    """The provider's key of this name; asked for anew, once, where we do not know it: keys change."""
    for fresh in (False, True):
        for key in _keys(fresh=fresh):
            named = "kid" not in header or key.get("kid") == header["kid"]
            if named and key.get("use", "sig") == "sig" and key.get("kty") in {"RSA", "EC", "OKP"}:
                return jwt.PyJWK(key, algorithm=header["alg"])
    raise TokenRefused("signed with a key the provider does not name")


def _keys(*, fresh: bool) -> list[dict[str, Any]]:
    found = _remembered("keys", lambda: _ask("GET", _address_of("jwks_uri")), fresh=fresh).get("keys")
    return [key for key in found if isinstance(key, dict)] if isinstance(found, list) else []


# --- What the provider says of itself ---------------------------------------------------------------------
def _configuration() -> dict[str, Any]:
    issuer: str = settings.OIDC_ISSUER
    found = _remembered(
        "configuration", lambda: _ask("GET", issuer.rstrip("/") + "/.well-known/openid-configuration")
    )
    if found.get("issuer") != issuer:
        raise ProviderDown("it calls itself by another name than OIDC_ISSUER")
    return found


def _address_of(name: str) -> str:
    address = _configuration().get(name)
    # Never in the clear where the provider itself is not.
    scheme = "https://" if settings.OIDC_ISSUER.startswith("https://") else ("https://", "http://")
    if not isinstance(address, str) or not address.startswith(scheme):
        raise ProviderDown(f"it has no usable {name}")
    return address


def _remembered(what: str, ask: Any, *, fresh: bool = False) -> dict[str, Any]:
    key = f"openid:{what}:{hashlib.sha256(settings.OIDC_ISSUER.encode()).hexdigest()[:16]}"
    found: dict[str, Any] | None = None if fresh else cache.get(key)
    if found is None:
        found = ask()
        cache.set(key, found, REMEMBERED)
    return found


def _ask(method: str, address: str, **request: Any) -> dict[str, Any]:
    """What the provider answers, an object; bounded in time and size, and never led elsewhere."""
    until = time.monotonic() + ALTOGETHER
    body = b""
    try:
        with requests.request(
            method, address, timeout=(CONNECT, READ), allow_redirects=False, stream=True, **request
        ) as answer:
            for piece in answer.iter_content(16_384):
                body += piece
                if len(body) > LONGEST_ANSWER or time.monotonic() > until:
                    raise ProviderDown("its answer does not end")
            status = answer.status_code
    except requests.RequestException as reason:
        raise ProviderDown(type(reason).__name__) from reason
    if method == "POST" and 400 <= status < 500:
        raise TokenRefused(f"the provider does not take the code ({status})")
    if status != 200:
        raise ProviderDown(f"it answered {status}")
    try:
        found = json.loads(body)
    except (ValueError, RecursionError) as reason:
        raise ProviderDown("its answer is not JSON") from reason
    if not isinstance(found, dict):
        raise ProviderDown("its answer is no object")
    return found
