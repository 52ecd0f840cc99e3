"""A code of one's phone beside the password: set up, its recovery codes, removed, reset when lost."""

from __future__ import annotations

from pathlib import Path

import pytest
from allauth.mfa.models import Authenticator
from django.test import Client
from django.utils import timezone
from pytest_django import Settings

from common.models import AuditEntry
from culture_portal.signing_in import second_factor
from culture_portal.signing_in.mail import queue_notice
from notifications.domain.dispatching import dispatch_batch
from notifications.transports import CaptureTransport
from people.domain.changing import NotPossible
from people.roles import ADMINISTRATOR
from tests.culture_portal.second_factors import (
    CODES,
    NOON,
    OVERVIEW,
    SET_UP,
    SIGN_IN_CODE,
    actions,
    changes_told,
    code,
    codes_on,
    fresh_throttles,
    give_code,
    is_in,
    secret_on,
    set_up,
    sign_in,
    with_factor,
)
from tests.people.conftest import client_of, make_person, with_role

__all__ = ["fresh_throttles"]

pytestmark = pytest.mark.django_db


# --- Setting up -------------------------------------------------------------------------------------------
def test_set_up_by_its_pages_then_asked_for_at_the_next_sign_in(client: Client) -> None:
    ada = make_person("Ada Lovelace")
    assert sign_in(client, ada) == "/"
    secret, codes = set_up(client)
    assert len(set(codes)) == 10
    assert actions() == ["person.signed_in", "person.second_factor_added"]
    assert changes_told() == [("added", "Ada Lovelace")]
    other = Client()
    assert sign_in(other, ada) == SIGN_IN_CODE
    assert not is_in(other)
    assert other.get("/")["Location"] == "/sign-in/?next=/"
    assert give_code(other, code(secret, away=1))
    last = AuditEntry.objects.latest("pk")
    assert (last.action, last.detail) == ("person.signed_in", {"method": "password", "second_factor": True})


def test_wrong_code_sets_up_nothing_and_keeps_the_key(client: Client) -> None:
    sign_in(client, make_person("Ada Lovelace"))
    secret = secret_on(client.get(SET_UP).content.decode())
    page = client.post(SET_UP, {"code": "000000" if code(secret) != "000000" else "111111"})
    assert page.status_code == 422
    assert "This code does not fit" in page.content.decode()
    assert secret_on(page.content.decode()) == secret
    assert Authenticator.objects.count() == 0


def test_set_up_draws_its_picture_without_an_address_of_data(client: Client) -> None:
    sign_in(client, make_person("Ada Lovelace"))
    page = client.get(SET_UP)
    words = page.content.decode()
    assert "<svg" in words
    assert "data:" not in words
    assert "style=" not in words
    assert "otpauth://totp/ada.lovelace%40example.com?secret=" in words
    assert "no-store" in page["Cache-Control"]


def test_set_up_asks_again_who_signed_in_long_ago() -> None:
    for path in (SET_UP, "/account/second-factor/remove/", "/account/second-factor/codes/renew/"):
        client = client_of(make_person(f"Ada {len(path)}"))
        assert client.get(path)["Location"].startswith("/account/again/?next=")
        assert client.post(path)["Location"].startswith("/account/again/?next=")


def test_set_up_twice_leaves_the_first(client: Client) -> None:
    ada = make_person("Ada Lovelace")
    sign_in(client, ada)
    secret, _codes = set_up(client)
    assert client.get(SET_UP)["Location"] == OVERVIEW
    assert client.post(SET_UP, {"code": code(secret, away=1)})["Location"] == OVERVIEW
    assert Authenticator.objects.filter(type="totp").count() == 1


# --- Recovery codes ---------------------------------------------------------------------------------------
def test_recovery_code_opens_once(client: Client) -> None:
    ada = make_person("Ada Lovelace")
    sign_in(client, ada)
    _secret, codes = set_up(client)
    for number, expected in ((0, True), (0, False), (1, True)):
        other = Client()
        sign_in(other, ada)
        assert give_code(other, codes[number]) is expected
    assert "8 codes are left" in client.get(OVERVIEW).content.decode()


def test_recovery_codes_are_shown_until_they_are_kept(client: Client) -> None:
    ada = make_person("Ada Lovelace")
    sign_in(client, ada)
    _secret, codes = set_up(client)
    text = client.get("/account/second-factor/codes/recovery-codes.txt")
    assert text["Content-Type"] == "text/plain; charset=utf-8"
    assert text["Content-Disposition"] == 'attachment; filename="recovery-codes.txt"'
    assert [line for line in text.content.decode().splitlines() if line.isdigit()] == codes
    assert codes_on(client.get(CODES).content.decode()) == codes
    client.post("/account/second-factor/codes/kept/")
    assert client.get(CODES)["Location"] == OVERVIEW
    assert client.get("/account/second-factor/codes/recovery-codes.txt").status_code == 404
    assert codes_on(client.get(OVERVIEW).content.decode()) == []


def test_recovery_codes_are_not_shown_in_another_session_or_later(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    ada = make_person("Ada Lovelace")
    sign_in(client, ada)
    set_up(client)
    assert client_of(ada).get(CODES)["Location"] == OVERVIEW
    session = client.session
    session["second_factor_codes_until"] -= 601
    session.save()
    assert client.get(CODES)["Location"] == OVERVIEW


def test_new_recovery_codes_end_the_earlier_ones(client: Client) -> None:
    ada = make_person("Ada Lovelace")
    sign_in(client, ada)
    _secret, codes = set_up(client)
    path = "/account/second-factor/codes/renew/"
    assert "All earlier ones open nothing" in client.get(path).content.decode()
    assert client.post(path)["Location"] == CODES
    fresh = codes_on(client.get(CODES).content.decode())
    assert len(set(fresh) | set(codes)) == 20
    assert actions()[-1] == "person.recovery_codes_made"
    assert changes_told()[-1] == ("codes", "Ada Lovelace")
    now = timezone.now()
    assert second_factor.accept_code(ada, codes[0], now=now) is None
    assert second_factor.accept_code(ada, fresh[0], now=now) is not None


def test_recovery_codes_without_a_factor_are_not_made(client: Client) -> None:
    ada = make_person("Ada Lovelace")
    sign_in(client, ada)
    assert client.post("/account/second-factor/codes/renew/")["Location"] == OVERVIEW
    assert second_factor.renew_codes(ada, now=NOON) is False
    assert Authenticator.objects.count() == 0


# --- Removing and resetting -------------------------------------------------------------------------------
def test_removed_the_password_alone_opens(client: Client) -> None:
    ada = make_person("Ada Lovelace")
    sign_in(client, ada)
    set_up(client)
    path = "/account/second-factor/remove/"
    assert client.get(path).status_code == 200
    assert Authenticator.objects.count() == 2
    assert client.post(path)["Location"] == OVERVIEW
    assert Authenticator.objects.count() == 0
    assert actions()[-1] == "person.second_factor_removed"
    assert changes_told()[-1] == ("removed", "Ada Lovelace")
    assert sign_in(Client(), ada) == "/"


def test_administrator_resets_the_factor_of_somebody_who_lost_it(client: Client) -> None:
    root, ada = with_role(make_person("Rita Root"), ADMINISTRATOR), make_person("Ada Lovelace")
    with_factor(ada)
    sign_in(client, root)
    path = f"/people/{ada.pk}/second-factor/reset/"
    assert path in client.get(f"/people/{ada.pk}/").content.decode()
    assert "make sure that it is them" in client.get(path).content.decode()
    assert Authenticator.objects.count() == 2
    assert client.post(path)["Location"] == f"/people/{ada.pk}/"
    assert Authenticator.objects.count() == 0
    last = AuditEntry.objects.latest("pk")
    assert (last.action, last.actor, last.object_id) == ("person.second_factor_reset", root, str(ada.pk))
    assert changes_told()[-1] == ("reset", "Ada Lovelace")
    assert sign_in(Client(), ada) == "/"
    assert path not in client.get(f"/people/{ada.pk}/").content.decode()
    assert client.post(path)["Location"] == f"/people/{ada.pk}/"


def test_nobody_resets_their_own(client: Client) -> None:
    root = with_role(make_person("Rita Root"), ADMINISTRATOR)
    sign_in(client, root)
    set_up(client)
    assert client.post(f"/people/{root.pk}/second-factor/reset/")["Location"] == OVERVIEW
    with pytest.raises(NotPossible):
        second_factor.reset(root, by=root, now=NOON)
    assert Authenticator.objects.count() == 2


def test_reset_asks_an_administrator_again_who_signed_in_long_ago() -> None:
    root, ada = with_role(make_person("Rita Root"), ADMINISTRATOR), make_person("Ada Lovelace")
    with_factor(ada)
    answer = client_of(root).post(f"/people/{ada.pk}/second-factor/reset/")
    assert answer["Location"].startswith("/account/again/?next=")
    assert Authenticator.objects.count() == 2


@pytest.mark.parametrize("change", ["added", "removed", "reset", "codes"])
def test_each_change_is_mailed(change: str, settings: Settings, tmp_path: Path) -> None:
    settings.CAPTURED_MAIL_DIR = tmp_path
    queue_notice(make_person("Ada Lovelace"), change, now=NOON)
    assert dispatch_batch(now=NOON, transport=CaptureTransport()) == 1
    (file,) = tmp_path.glob("*.eml")
    assert b"ada.lovelace@example.com" in file.read_bytes()
