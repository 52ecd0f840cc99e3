"""Codes of a second factor: which ones open, how guessing is slowed down, how their secrets lie at rest."""

from __future__ import annotations

import base64
import datetime as dt
import threading

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.utils import decrypt
from django.core.cache import cache
from django.db import connection
from django.test import Client
from django.utils import timezone
from pytest_django import Settings

from culture_portal.account_mail import set_password_link
from culture_portal.signing_in import second_factor, throttling
from people.models import Person
from people.roles import ADMINISTRATOR
from tests.culture_portal.second_factors import (
    NOON,
    OVERVIEW,
    SET_UP,
    SIGN_IN_CODE,
    code,
    code_at,
    fresh_throttles,
    is_in,
    secret_on,
    sign_in,
    with_factor,
)
from tests.people.conftest import client_of, make_person, with_role

__all__ = ["fresh_throttles"]

pytestmark = pytest.mark.django_db
# RFC 6238, appendix B, with six digits instead of eight.
RFC_SECRET = base64.b32encode(b"12345678901234567890").decode()
RFC_CODES = {59: "287082", 1111111109: "081804", 1234567890: "005924", 2000000000: "279037"}


# --- Codes ------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("seconds", RFC_CODES)
def test_codes_are_those_of_the_standard(seconds: int) -> None:
    now = dt.datetime.fromtimestamp(seconds, dt.UTC)
    assert second_factor.matching_step(RFC_SECRET, RFC_CODES[seconds], now=now) == seconds // 30
    assert code_at(RFC_SECRET, now) == RFC_CODES[seconds]


def test_code_holds_one_period_around_its_own() -> None:
    fits = [
        second_factor.matching_step(RFC_SECRET, code_at(RFC_SECRET, NOON, away=away), now=NOON) is not None
        for away in range(-3, 4)
    ]
    assert fits == [False, False, True, True, True, False, False]


@pytest.mark.parametrize("typed", ["", "0", "abcdef", "12345", "1234567", "\x00", "١٢٣٤٥٦", "9" * 40])
def test_what_is_no_code_fits_nothing(typed: str) -> None:
    person = make_person("Ada Lovelace")
    with_factor(person)
    assert second_factor.accept_code(person, typed, now=timezone.now()) is None


def test_code_is_accepted_once_and_none_before_it_afterwards() -> None:
    person = make_person("Ada Lovelace")
    secret = with_factor(person)
    now = timezone.now()
    later, earlier = code_at(secret, now), code_at(secret, now, away=-1)
    given = [second_factor.accept_code(person, typed, now=now) for typed in (later, later, earlier)]
    assert [found is not None for found in given] == [True, False, False]
    cache.clear()
    assert second_factor.accept_code(person, later, now=now) is None


def test_the_code_that_set_it_up_does_not_sign_in() -> None:
    person = make_person("Ada Lovelace")
    secret, now = second_factor.new_secret(), timezone.now()
    assert second_factor.add(person, secret, code_at(secret, now), now=now)
    assert second_factor.accept_code(person, code_at(secret, now), now=now) is None


@pytest.mark.django_db(transaction=True)
def test_code_sent_twice_at_once_opens_once() -> None:
    person = make_person("Ada Lovelace")
    secret, now = with_factor(person), timezone.now()
    typed, opened = code_at(secret, now), []
    gate = threading.Barrier(4)

    def knock() -> None:
        gate.wait()
        opened.append(second_factor.accept_code(person, typed, now=now) is not None)
        connection.close()

    threads = [threading.Thread(target=knock) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(opened) == [False, False, False, True]


# --- Guessing ---------------------------------------------------------------------------------------------
def test_guessing_codes_is_slowed_down_for_the_person_whatever_the_browser() -> None:
    ada = make_person("Ada Lovelace")
    secret = with_factor(ada)
    statuses = []
    for number in range(throttling.LOGIN_HERE.most + 1):
        client = Client()
        sign_in(client, ada)
        statuses.append(client.post(SIGN_IN_CODE, {"code": f"{number:08}"}).status_code)
    assert statuses == [200] * throttling.LOGIN_HERE.most + [429]
    client = Client()
    sign_in(client, ada)
    assert client.post(SIGN_IN_CODE, {"code": code(secret)}).status_code == 429
    assert not is_in(client)


def test_code_page_is_for_who_gave_the_password(client: Client) -> None:
    ada = make_person("Ada Lovelace")
    secret = with_factor(ada)
    assert client.get(SIGN_IN_CODE)["Location"] == "/sign-in/"
    assert client.post(SIGN_IN_CODE, {"code": code(secret)})["Location"] == "/sign-in/"
    assert not is_in(client)


def test_somebody_else_can_begin_anew_on_the_code_page(client: Client) -> None:
    ada, grace = make_person("Ada Lovelace"), make_person("Grace Hopper")
    with_factor(ada)
    assert sign_in(client, ada) == SIGN_IN_CODE
    assert client.get("/sign-in/")["Location"] == SIGN_IN_CODE
    assert client.post("/sign-out/", {"next": "/sign-in/"})["Location"] == "/sign-in/"
    assert sign_in(client, grace) == "/"


def test_deactivated_between_password_and_code_stays_out(client: Client) -> None:
    ada = make_person("Ada Lovelace")
    secret = with_factor(ada)
    sign_in(client, ada)
    Person.objects.filter(pk=ada.pk).update(is_active=False)
    client.post(SIGN_IN_CODE, {"code": code(secret)})
    assert client.get("/").status_code == 302


def test_link_to_set_a_password_asks_for_the_code_too(client: Client) -> None:
    ada = make_person("Ada Lovelace")
    with_factor(ada)
    page = client.get(set_password_link(ada).removeprefix("http://localhost"), follow=True)
    new = {"password1": "four brave otters swim", "password2": "four brave otters swim"}
    assert client.post(page.redirect_chain[-1][0], new)["Location"] == SIGN_IN_CODE
    assert not is_in(client)


# --- At rest ----------------------------------------------------------------------------------------------
def test_secrets_are_sealed_in_the_database_and_in_the_session(client: Client) -> None:
    ada = make_person("Ada Lovelace")
    sign_in(client, ada)
    secret = secret_on(client.get(SET_UP).content.decode())
    assert secret not in str(dict(client.session.items()))
    client.post(SET_UP, {"code": code(secret)})
    seed = decrypt(Authenticator.objects.get(type="recovery_codes").data["seed"])
    rows = str(list(Authenticator.objects.values_list("data", flat=True)))
    assert [word for word in (secret, seed) if word in rows] == []


def test_changed_keys_open_what_the_former_sealed_and_seal_it_anew(settings: Settings) -> None:
    ada = make_person("Ada Lovelace")
    secret, former = with_factor(ada), settings.PORTAL_LINK_KEYS
    settings.PORTAL_LINK_KEYS = ["a new key", *former]
    assert second_factor.accept_code(ada, code(secret), now=timezone.now())
    settings.PORTAL_LINK_KEYS = ["a new key"]
    assert second_factor.accept_code(ada, code(secret, away=1), now=timezone.now())
    assert len(second_factor.unused_codes(ada)) == 10


def test_factor_whose_key_is_gone_is_refused_kindly_and_can_be_reset(
    client: Client, settings: Settings
) -> None:
    root, ada = with_role(make_person("Rita Root"), ADMINISTRATOR), make_person("Ada Lovelace")
    secret = with_factor(ada)
    settings.PORTAL_LINK_KEYS = ["another key"]
    sign_in(client, ada)
    page = client.post(SIGN_IN_CODE, {"code": code(secret)})
    assert (page.status_code, is_in(client)) == (200, False)
    assert client_of(ada).get(OVERVIEW).status_code == 200
    assert second_factor.reset(ada, by=root, now=timezone.now())
