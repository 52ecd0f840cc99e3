"""What every answer carries, whatever it is: a page, a refusal, an error, a redirect, a file."""

from __future__ import annotations

import base64
import datetime as dt
import hashlib
import os
import re
import runpy
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.conf import settings
from django.http.response import HttpResponseBase
from django.test import Client
from django.urls import reverse

from common import day
from people.models import Person
from tests.authz.table import TABLE, Line, Seen
from tests.authz.visiting import Visitors, undone
from tests.authz.world import Role, World

pytestmark = pytest.mark.django_db

POLICY = {
    "default-src": "'self'",
    "img-src": "'self'",
    "object-src": "'none'",
    "base-uri": "'self'",
    "form-action": "'self'",
    "frame-ancestors": "'none'",
}
# The same for everybody, and another address whenever it changes.
KEPT_BY_BROWSERS = {"common:logo"}
# What stands in a frame of ours: a survey beside its questions, as those asked will see it.
FRAMED = {"surveys:survey-preview-page"}
POWERS = {"camera", "geolocation", "microphone", "payment", "usb"}
REFERRERS = {"same-origin", "no-referrer"}


def style_of(response: HttpResponseBase) -> str | None:
    found = re.search(rb"<style>(.*?)</style>", getattr(response, "content", b""), re.DOTALL)
    digest = hashlib.sha256(found[1]).digest() if found else b""
    return f"'sha256-{base64.b64encode(digest).decode()}'" if found else None


def faults(response: HttpResponseBase, *, personal: bool, framed: bool = False) -> Iterator[str]:
    parts = [part.strip().split(" ", 1) for part in response.get("Content-Security-Policy", "").split(";")]
    directives = {part[0]: part[-1] for part in parts}
    # The preview of a mail holds the mail's own style, and names exactly that one.
    allowed = directives.pop("style-src", None)
    has_content = bool(getattr(response, "content", b""))
    policy = POLICY | {"frame-ancestors": "'self'"} if framed else POLICY
    if directives != policy or (allowed != style_of(response) and has_content):
        yield f"policy: {response.get('Content-Security-Policy')}"
    if response.get("X-Content-Type-Options") != "nosniff":
        yield "no nosniff"
    if response.get("Referrer-Policy") not in REFERRERS:
        yield f"referrer policy: {response.get('Referrer-Policy')}"
    if response.get("X-Frame-Options") != ("SAMEORIGIN" if framed else "DENY"):
        yield f"frames: {response.get('X-Frame-Options')}"
    if response.get("Cross-Origin-Opener-Policy") != "same-origin":
        yield f"opener policy: {response.get('Cross-Origin-Opener-Policy')}"
    if response.get("Cross-Origin-Resource-Policy") != "same-origin":
        yield f"resource policy: {response.get('Cross-Origin-Resource-Policy')}"
    powers = dict(part.split("=") for part in response.get("Permissions-Policy", "all=*").split(", "))
    if set(powers.values()) != {"()"} or not set(powers) >= POWERS:
        yield f"powers: {response.get('Permissions-Policy')}"
    if personal and "no-store" not in response.get("Cache-Control", ""):
        yield f"may be kept: {response.get('Cache-Control')}"


@pytest.mark.parametrize("line", TABLE, ids=str)
def test_every_answer_carries_the_strict_headers(line: Line, world: World, visitors: Visitors) -> None:
    inside = [role for role in Role if line.who.get(role) is Seen.OK]
    outside = [role for role in Role if line.who.get(role, line.otherwise) is not Seen.OK]
    wrong = []
    for role in {*inside[:1], *outside[:1], Role.ANONYMOUS}:
        for method in ("GET", "POST"):
            with undone():
                visit = visitors.visit(role, method, line.url(world))
            wrong += [
                f"{role}, {method}, {visit.status}: {fault}"
                for fault in faults(
                    visit.response,
                    personal=line.name not in KEPT_BY_BROWSERS,
                    # A refusal is a page of its own.
                    framed=line.name in FRAMED and visit.status in {200, 422},
                )
            ]
    assert wrong == []


def test_answers_about_an_invitation_name_no_address_to_others(world: World, visitors: Visitors) -> None:
    told = {
        (line.name, role): visitors.visit(role, "GET", line.url(world)).response["Referrer-Policy"]
        for line in TABLE
        for role in (Role.RESPONDENT, Role.RESPONDENT_WRONG, Role.EMPLOYEE)
        if "handle" in line.at
    }
    assert told == dict.fromkeys(told, "no-referrer")


@pytest.mark.parametrize("path", ["/no/such/page/", "/more", "/%ff%fe/", "/people/%00/", "//example.com/x"])
def test_addresses_that_lead_nowhere_carry_them_too(path: str, world: World, visitors: Visitors) -> None:
    for role in (Role.ANONYMOUS, Role.EMPLOYEE):
        visit = visitors.visit(role, "GET", path)
        assert (visit.status < 500, list(faults(visit.response, personal=False))) == (True, [])


def test_an_unreadable_request_carries_them_too(world: World) -> None:
    response = Client(raise_request_exception=False).get("/", headers={"host": "evil example"})
    assert (response.status_code, list(faults(response, personal=False))) == (400, [])


def test_a_form_without_its_token_carries_them_too(world: World) -> None:
    response = Client(enforce_csrf_checks=True).post(reverse("account_login"))
    assert (response.status_code, list(faults(response, personal=False))) == (403, [])


def test_an_error_of_ours_carries_them_too_and_says_nothing_of_it(world: World, visitors: Visitors) -> None:
    def broken(person: Person, now: dt.datetime) -> list[day.WaitingItem]:
        raise RuntimeError("the secret of the engine room")

    day.register(broken)
    try:
        response = visitors.visit(Role.EMPLOYEE, "GET", reverse("home")).response
    finally:
        day._sources.remove(broken)
    assert (response.status_code, list(faults(response, personal=True))) == (500, [])
    assert b"engine room" not in response.content
    assert b"That did not work, and it is our fault" in response.content


SAFE_TRANSPORT = """
import django
from django.conf import settings
django.setup()
from django.test import Client
from surveys.views import answering
page = Client().get("/sign-in/", secure=True, headers={"host": "portal.example.com"})
print(page.status_code, page["Strict-Transport-Security"])
for cookie in page.cookies.values():
    print(cookie.key, cookie["secure"], cookie["path"], cookie["domain"], cookie["samesite"])
print(settings.SESSION_COOKIE_NAME, settings.SESSION_COOKIE_SECURE, settings.SESSION_COOKIE_HTTPONLY)
print(settings.LANGUAGE_COOKIE_NAME, settings.LANGUAGE_COOKIE_SECURE, answering.COOKIE)
plain = Client().get("/sign-in/", headers={"host": "portal.example.com", "x-forwarded-proto": "https"})
print(plain.status_code, plain["Location"])
"""


def test_over_https_every_cookie_is_bound_to_this_host_and_no_header_is_believed(tmp_path: Path) -> None:
    environment = {
        **os.environ,
        "PORTAL_VAR": str(tmp_path),
        "PORTAL_URL": "https://portal.example.com",
        "ALLOWED_HOSTS": "portal.example.com",
        "DJANGO_SETTINGS_MODULE": "tests.settings",
    }
    for name in ("DATABASE_URL", "REDIS_URL", "PORTAL_PROXY_COUNT"):
        environment.pop(name, None)
    told = subprocess.run(
        [sys.executable, "-c", SAFE_TRANSPORT],
        cwd=settings.BASE_DIR,
        env=environment,
        capture_output=True,
        text=True,
        check=True,
    )
    assert told.stdout.splitlines() == [
        "200 max-age=31536000; includeSubDomains; preload",
        "__Host-csrftoken True /  Lax",
        "__Host-sessionid True True",
        "__Host-language True __Secure-answer",
        "301 https://portal.example.com/sign-in/",
    ]


def test_the_web_server_believes_no_header_before_us() -> None:
    """gunicorn's own default takes the word of anybody on this machine for TLS."""
    assert runpy.run_module("culture_portal.gunicorn")["forwarded_allow_ips"] == ""
