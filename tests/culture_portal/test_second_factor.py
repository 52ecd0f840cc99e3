"""A code of one's phone beside the password: set up, asked for, lost, and required of who sees the most."""

from __future__ import annotations

import base64
import datetime as dt
import hmac
import re
import struct
import threading
from pathlib import Path
from typing import cast

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.utils import decrypt
from django.core.cache import cache
from django.core.management import call_command
from django.db import connection
from django.http import HttpRequest, HttpResponse
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from pytest_django import Settings

from common.access import public, signed_in
from common.models import AuditEntry
from culture_portal.account_mail import set_password_link
from culture_portal.signing_in import second_factor, throttling
from culture_portal.signing_in.mail import queue_notice
from culture_portal.signing_in.middleware import SecondFactorRequired
from notifications.domain.dispatching import dispatch_batch
from notifications.models import Message
from notifications.transports import CaptureTransport
from people.domain.changing import NotPossible, give_role
from people.models import Person
from people.roles import ADMINISTRATOR, HR
from tests.culture_portal.test_settings import production, run
from tests.people.conftest import PASSWORD, client_of, make_person, with_role

pytestmark = pytest.mark.django_db

SET_UP, OVERVIEW = "/account/second-factor/add/", "/account/second-factor/"
CODES, SIGN_IN_CODE = "/account/second-factor/codes/", "/sign-in/code/"
NOON = dt.datetime(2026, 11, 23, 12, tzinfo=dt.UTC)
# RFC 6238, appendix B, with six digits instead of eight.
RFC_SECRET = base64.b32encode(b"12345678901234567890").decode()
RFC_CODES = {59: "287082", 1111111109: "081804", 1234567890: "005924", 2000000000: "279037"}


@pytest.fixture(autouse=True)
def fresh_throttles(db: None) -> None:
    cache.clear()


@pytest.fixture
def required(settings: Settings) -> None:
    settings.SECOND_FACTOR_REQUIRED = True


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


# --- Required of HR and administrators --------------------------------------------------------------------
@pytest.mark.usefixtures("required")
@pytest.mark.parametrize("role", [HR, ADMINISTRATOR])
def test_required_role_gets_no_further_than_setting_it_up(client: Client, role: str) -> None:
    person = with_role(make_person("Hana People"), role)
    assert sign_in(client, person) == "/"
    for path in ("/", "/people/", "/account/", OVERVIEW, f"/people/{person.pk}/", "/no/such/page/"):
        answer = client.get(path)
        assert answer.status_code == 404 if "such" in path else answer["Location"] == SET_UP
    assert client.post("/account/absences/add/", {})["Location"] == SET_UP
    set_up(client)
    assert client.get("/people/").status_code == 200


@pytest.mark.usefixtures("required")
def test_required_lets_out_and_leaves_public_pages_alone(client: Client) -> None:
    sign_in(client, with_role(make_person("Hana People"), HR))
    assert client.post("/sign-out/").status_code == 302
    assert not is_in(client)


def test_public_views_never_learn_who_it_is(settings: Settings) -> None:
    """anonymity.md S6: whoever asked this request for its session or its person would fail."""

    def view(request: HttpRequest) -> HttpResponse:
        return HttpResponse()

    settings.SECOND_FACTOR_REQUIRED = True
    unasked = cast("HttpRequest", object())
    guard = SecondFactorRequired(view)
    assert guard.process_view(unasked, public(view), (), {}) is None
    with pytest.raises(AttributeError):
        guard.process_view(unasked, signed_in(view), (), {})


@pytest.mark.usefixtures("required")
def test_role_given_while_signed_in_asks_from_the_next_request(client: Client) -> None:
    root, ada = with_role(make_person("Rita Root"), ADMINISTRATOR), make_person("Ada Lovelace")
    sign_in(client, ada)
    assert client.get("/people/").status_code == 200
    give_role(ada, HR, by=root)
    assert client.get("/people/")["Location"] == SET_UP


@pytest.mark.usefixtures("required")
def test_session_that_never_gave_a_code_is_asked_for_one(client: Client) -> None:
    """One that began before the factor was set up elsewhere, by whoever held the password then."""
    hana = with_role(make_person("Hana People"), HR)
    sign_in(client, hana)
    secret = with_factor(hana)
    asked = client.get("/people/?q=a")
    assert asked["Location"] == "/account/again/code/?next=%2Fpeople%2F%3Fq%3Da"
    assert client.get(asked["Location"]).status_code == 200
    answer = client.post("/account/again/code/", {"code": code(secret), "next": "/people/?q=a"})
    assert answer["Location"] == "/people/?q=a"
    assert client.get("/people/").status_code == 200


@pytest.mark.usefixtures("required")
def test_reset_asks_from_the_next_request(client: Client) -> None:
    root, hana = with_role(make_person("Rita Root"), ADMINISTRATOR), with_role(make_person("Hana People"), HR)
    sign_in(client, hana)
    set_up(client)
    second_factor.reset(hana, by=root, now=timezone.now())
    assert client.get("/people/")["Location"] == SET_UP


@pytest.mark.usefixtures("required")
def test_others_are_offered_it_and_nothing_more(client: Client) -> None:
    sign_in(client, make_person("Ada Lovelace"))
    assert client.get("/people/").status_code == 200
    assert SET_UP in client.get(OVERVIEW).content.decode()


def test_trial_requires_it_of_nobody(client: Client) -> None:
    sign_in(client, with_role(make_person("Hana People"), HR))
    assert client.get("/people/").status_code == 200


def test_production_requires_it_unless_told_otherwise(tmp_path: Path) -> None:
    program = ("-c", "import culture_portal.settings as settings; print(settings.SECOND_FACTOR_REQUIRED)")
    told = [
        run(production(tmp_path) | more, program).stdout for more in ({}, {"SECOND_FACTOR_REQUIRED": "no"})
    ]
    assert told == ["True\n", "False\n"]


@pytest.mark.usefixtures("required")
def test_first_administrator_sets_it_up_first(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DJANGO_SUPERUSER_PASSWORD", PASSWORD)
    call_command(
        "createsuperuser", email="root@example.com", display_name="Root", interactive=False, verbosity=0
    )
    sign_in(client, Person.objects.get())
    assert client.get("/")["Location"] == SET_UP
    set_up(client)
    assert client.get("/").status_code == 200
