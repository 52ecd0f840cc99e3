"""A provider on the loopback that knows Ada, and the way there and back."""

from __future__ import annotations

import re
from collections.abc import Iterator
from html import unescape
from urllib.parse import urlsplit

import pytest
import requests
from django.conf import settings as portal_settings
from django.core.cache import cache
from django.http import HttpResponse
from django.test import Client
from django.urls import reverse
from pytest_django import Settings

from people.models import OpenIDLink, Person
from tests.culture_portal.provider import CLIENT_ID, CLIENT_SECRET, Provider, running
from tests.people.conftest import make_person

BACK = "/sign-in/openid/back/"


@pytest.fixture(scope="module")
def started() -> Iterator[Provider]:
    with running() as provider:
        yield provider


@pytest.fixture
def provider(started: Provider, settings: Settings, db: None) -> Provider:
    """Ada is signed in over there, and works here."""
    cache.clear()
    settings.OIDC_ISSUER, settings.OIDC_NAME = started.issuer, "Example ID"
    settings.OIDC_CLIENT_ID, settings.OIDC_CLIENT_SECRET = CLIENT_ID, CLIENT_SECRET
    make_person("Ada Lovelace")
    started.as_new(person={"sub": "s-ada", "email": "ada.lovelace@example.com", "email_verified": True})
    return started


def begin(client: Client, **data: str) -> str:
    """Press the button; the address of the provider the browser goes to."""
    page = client.post(reverse("signing_in:openid-begin"), data)
    assert page.status_code == 200
    found = re.search(r'http-equiv="refresh" content="0; url=([^"]+)"', page.content.decode())
    assert found
    return unescape(found[1])


def way_back(address: str) -> str:
    """What the provider answers the browser with: path and query at ours."""
    answer = requests.get(address, allow_redirects=False, timeout=5)
    assert answer.status_code == 302, answer.text
    back = urlsplit(answer.headers["Location"])
    assert f"{back.scheme}://{back.netloc}{back.path}" == portal_settings.PORTAL_URL + BACK
    return f"{back.path}?{back.query}"


def sign_in(client: Client, **data: str) -> HttpResponse:
    return client.get(way_back(begin(client, **data)))  # type: ignore[return-value]


def signed_in(client: Client) -> str:
    """Whose number the session bears; empty where nobody is signed in."""
    return str(client.session.get("_auth_user_id", ""))


def assert_refused(client: Client, page: HttpResponse, status: int = 403) -> None:
    assert page.status_code == status
    assert "You are not signed in" in page.content.decode()
    assert (signed_in(client), OpenIDLink.objects.count(), Person.objects.count()) == ("", 0, 1)
