"""A small OpenID provider on the loopback, with real HTTP, real keys and the checks a real one makes.

    with running() as provider:
        provider.person = {"sub": "s-1", "email": "ada@example.com", "email_verified": True}

What a test breaks it sets on the provider: ``token`` makes another token of the claims, ``broken`` answers an
address with a status or a text of its own, ``slow`` lets it wait.
"""

from __future__ import annotations

import base64
import hashlib
import json
import secrets
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl, unquote_plus, urlencode, urlsplit

import jwt
from cryptography.hazmat.primitives.asymmetric import rsa

CLIENT_ID, CLIENT_SECRET = "portal", "a secret / with : signs"
Claims = dict[str, Any]


@cache
def key(name: str) -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


def public_jwk(name: str) -> dict[str, Any]:
    described: dict[str, Any] = jwt.algorithms.RSAAlgorithm.to_jwk(key(name).public_key(), as_dict=True)
    return described | {"kid": name, "use": "sig", "alg": "RS256"}


def signed(claims: Claims, *, name: str = "first", algorithm: str = "RS256") -> str:
    return jwt.encode(claims, key(name), algorithm=algorithm, headers={"kid": name})


def by_hand(header: dict[str, Any], claims: Claims, sign: Callable[[bytes], bytes]) -> str:
    """A token no library would make."""

    def part(raw: bytes) -> bytes:
        return base64.urlsafe_b64encode(raw).rstrip(b"=")

    body = part(json.dumps(header).encode()) + b"." + part(json.dumps(claims).encode())
    return (body + b"." + part(sign(body))).decode()


@dataclass
class Provider:
    issuer: str = ""
    back: str = "http://localhost/sign-in/openid/back/"
    person: Claims = field(default_factory=dict)
    token: Callable[[Claims], str | None] = signed
    published: list[str] = field(default_factory=lambda: ["first"])
    configuration: dict[str, Any] = field(default_factory=dict)
    claims_in_token: bool = True
    names_issuer: bool = True
    asks: bool = False
    broken: dict[str, int | str] = field(default_factory=dict)
    slow: dict[str, float] = field(default_factory=dict)
    codes: dict[str, dict[str, str]] = field(default_factory=dict)
    # What was asked, and the errors the provider answered with.
    asked: list[str] = field(default_factory=list)
    refused: list[str] = field(default_factory=list)

    def as_new(self, **changed: Any) -> None:
        self.__dict__.update(Provider(issuer=self.issuer).__dict__ | changed)

    # --- Addresses ----------------------------------------------------------------------------------------
    def describe(self) -> dict[str, Any]:
        return {
            "issuer": self.issuer,
            "authorization_endpoint": f"{self.issuer}/authorize",
            "token_endpoint": f"{self.issuer}/token",
            "jwks_uri": f"{self.issuer}/keys",
            "userinfo_endpoint": f"{self.issuer}/userinfo",
            "authorization_response_iss_parameter_supported": True,
        } | self.configuration

    def authorize(self, query: dict[str, str]) -> tuple[str, dict[str, str]]:
        """Where the browser is sent, or an error page where it must be sent nowhere."""
        if (query.get("client_id"), query.get("redirect_uri")) != (CLIENT_ID, self.back):
            return "", {"error": "unknown client"}
        answer = {"state": query.get("state", "")} | ({"iss": self.issuer} if self.names_issuer else {})
        if query.get("response_type") != "code" or "openid" not in query.get("scope", "").split():
            return self.back, self._note("invalid_request") | answer
        if query.get("code_challenge_method") != "S256" or len(query.get("code_challenge", "")) != 43:
            return self.back, self._note("invalid_request") | answer
        if not self.person:
            return self.back, self._note("access_denied") | answer
        code = secrets.token_urlsafe(16)
        self.codes[code] = query
        return self.back, {"code": code} | answer

    def exchange(self, form: dict[str, str], authorization: str) -> tuple[int, dict[str, Any]]:
        if _client(authorization, form) != (CLIENT_ID, CLIENT_SECRET):
            return 401, self._note("invalid_client")
        query = self.codes.pop(form.get("code", ""), None)
        verifier = hashlib.sha256(form.get("code_verifier", "").encode()).digest()
        challenge = base64.urlsafe_b64encode(verifier).decode().rstrip("=")
        if not query or form.get("redirect_uri") != self.back or challenge != query["code_challenge"]:
            return 400, self._note("invalid_grant")
        now = int(time.time())
        claims = {"iss": self.issuer, "aud": CLIENT_ID, "exp": now + 300, "iat": now}
        claims |= {"sub": self.person["sub"], "nonce": query["nonce"]}
        token = self.token(claims | (self.person if self.claims_in_token else {}))
        answer = {"access_token": f"for-{self.person['sub']}", "token_type": "Bearer", "expires_in": 300}
        return 200, answer | ({"id_token": token} if token else {})

    def _note(self, error: str) -> dict[str, str]:
        self.refused.append(error)
        return {"error": error}


def _client(authorization: str, form: dict[str, str]) -> tuple[str, str]:
    if not authorization.startswith("Basic "):
        return form.get("client_id", ""), form.get("client_secret", "")
    name, _colon, secret = base64.b64decode(authorization[6:]).decode().partition(":")
    return unquote_plus(name), unquote_plus(secret)


class _Handler(BaseHTTPRequestHandler):
    provider: Provider

    def do_GET(self) -> None:
        self._answer()

    def do_POST(self) -> None:
        self._answer()

    def log_message(self, *args: Any) -> None:
        """Nothing: the output of the tests is theirs."""

    def _answer(self) -> None:
        provider, split = self.provider, urlsplit(self.path)
        provider.asked.append(split.path)
        time.sleep(provider.slow.get(split.path, 0))
        broken = provider.broken.get(split.path)
        if isinstance(broken, int):
            self._send(broken, "text/plain", b"out of order")
        elif broken is not None:
            self._send(200, "application/json", broken.encode())
        else:
            self._route(split.path, dict(parse_qsl(split.query)))

    def _route(self, path: str, query: dict[str, str]) -> None:
        provider = self.provider
        if path == "/.well-known/openid-configuration":
            self._json(200, provider.describe())
        elif path == "/keys":
            self._json(200, {"keys": [public_jwk(name) for name in provider.published]})
        elif path == "/userinfo":
            known = self.headers["Authorization"] == f"Bearer for-{provider.person['sub']}"
            self._json(200 if known else 401, provider.person if known else {})
        elif path == "/token":
            form = dict(parse_qsl(self.rfile.read(int(self.headers["Content-Length"])).decode()))
            self._json(*provider.exchange(form, self.headers.get("Authorization", "")))
        elif path == "/authorize" and provider.asks and "yes" not in query:
            fields = "".join(f'<input type="hidden" name="{name}" value="{query[name]}">' for name in query)
            page = f'<title>ID</title><form>{fields}<button name="yes" value="1">It is me</button>'
            self._send(200, "text/html", f"<!doctype html>{page}".encode())
        elif path == "/authorize":
            back, answer = provider.authorize(query)
            self._send(302 if back else 400, "text/plain", b"", Location=f"{back}?{urlencode(answer)}")
        else:
            # A browser asks for a picture of the site, too.
            self._send(204 if path == "/favicon.ico" else 404, "text/plain", b"")

    def _json(self, status: int, content: dict[str, Any]) -> None:
        self._send(status, "application/json", json.dumps(content).encode())

    def _send(self, status: int, kind: str, body: bytes, **headers: str) -> None:
        self.send_response(status)
        for name, value in {"Content-Type": kind, "Content-Length": str(len(body)), **headers}.items():
            self.send_header(name.replace("_", "-"), value)
        self.end_headers()
        self.wfile.write(body)


@contextmanager
def running() -> Iterator[Provider]:
    """A provider on a free port."""
    provider = Provider()
    handler = type("Handler", (_Handler,), {"provider": provider})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    server.daemon_threads = True
    provider.issuer = f"http://127.0.0.1:{server.server_address[1]}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    try:
        yield provider
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
