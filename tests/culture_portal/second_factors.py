"""A second factor as its owner has it: the codes of an app, and the pages that ask for them."""

from __future__ import annotations

import base64
import datetime as dt
import hmac
import re
import struct

import pytest
from django.core.cache import cache
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from common.models import AuditEntry
from culture_portal.signing_in import second_factor
from notifications.models import Message
from people.models import Person
from tests.people.conftest import PASSWORD

SET_UP, OVERVIEW = "/account/second-factor/add/", "/account/second-factor/"
CODES, SIGN_IN_CODE = "/account/second-factor/codes/", "/sign-in/code/"
NOON = dt.datetime(2026, 11, 23, 12, tzinfo=dt.UTC)


@pytest.fixture(autouse=True)
def fresh_throttles(db: None) -> None:
    cache.clear()


def code_at(secret: str, now: dt.datetime, *, away: int = 0) -> str:
    """What an app shows ``away`` periods later: RFC 4226, written anew."""
    counter = struct.pack(">Q", int(now.timestamp()) // 30 + away)
    digest = hmac.digest(base64.b32decode(secret), counter, "sha1")
    start = digest[-1] & 15
    number = int.from_bytes(digest[start : start + 4], "big") & 0x7FFFFFFF
    return f"{number % 1_000_000:06}"


def code(secret: str, *, away: int = 0) -> str:
    return code_at(secret, timezone.now(), away=away)


def with_factor(person: Person) -> str:
    """Set up ten minutes ago; the secret."""
    secret, then = second_factor.new_secret(), timezone.now() - dt.timedelta(minutes=10)
    assert second_factor.add(person, secret, code_at(secret, then), now=then)
    return secret


def sign_in(client: Client, person: Person) -> str:
    """By password; where it leads."""
    answer = client.post(reverse("account_login"), {"login": person.email, "password": PASSWORD})
    assert answer.status_code == 302
    return str(answer["Location"])


def give_code(client: Client, typed: str) -> bool:
    client.post(SIGN_IN_CODE, {"code": typed})
    return is_in(client)


def is_in(client: Client) -> bool:
    return "_auth_user_id" in client.session


def secret_on(page: str) -> str:
    found = re.search(r"<code dir=\"ltr\">([A-Z2-7 ]+)</code>", page)
    assert found
    return found[1].replace(" ", "")


def codes_on(page: str) -> list[str]:
    return re.findall(r"<code>(\d{8})</code>", page)


def set_up(client: Client) -> tuple[str, list[str]]:
    """By the pages; the secret and the recovery codes."""
    secret = secret_on(client.get(SET_UP).content.decode())
    assert client.post(SET_UP, {"code": code(secret)})["Location"] == CODES
    return secret, codes_on(client.get(CODES).content.decode())


def actions() -> list[str]:
    return list(AuditEntry.objects.order_by("pk").values_list("action", flat=True))


def changes_told() -> list[tuple[str, str]]:
    rows = Message.objects.filter(kind="people.second_factor").order_by("pk")
    return [(str(row.context["change"]), str(row.person)) for row in rows]
