"""Guessing is slowed down where it happens, and an owner gets in from everywhere else."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest
from django.contrib.auth.hashers import MD5PasswordHasher
from django.core.cache import cache
from django.db import connection
from django.db.models import F
from django.http import HttpResponse
from django.test import Client, RequestFactory
from django.test.client import ClientHandler
from django.urls import reverse
from pytest_django import Settings

from common.models import AuditEntry, Tally
from culture_portal.signing_in import throttling
from notifications.models import Message
from people.models import Person
from tests.people.conftest import PASSWORD, make_person

pytestmark = pytest.mark.django_db

HOME, OFFICE, CAFE = "192.0.2.10", "198.51.100.20", "203.0.113.30"
MOST = throttling.LOGIN_HERE.most


# The whole way in, middlewares and view; without what a test client records beside it, which takes longer.
_portal = ClientHandler(enforce_csrf_checks=False)


def knock(login: str, address: str, password: str = "not the one") -> HttpResponse:
    """As a browser without cookies."""
    data = {"login": login, "password": password}
    request = RequestFactory().post(reverse("account_login"), data, REMOTE_ADDR=address)
    return _portal(request.environ)  # type: ignore[return-value]


def gets_in(person: Person, address: str, password: str = PASSWORD) -> bool:
    answer = knock(person.email, address, password)
    return (answer.status_code, answer.headers.get("Location")) == (302, "/")


def let_pass(seconds: int) -> None:
    Tally.objects.update(until=F("until") - seconds)


def many_addresses(count: int) -> Iterator[str]:
    for number in range(count):
        yield f"10.{number // 65536}.{number // 256 % 256}.{number % 256}"


@pytest.fixture
def owner() -> Person:
    return make_person("Olga Owner")


@pytest.mark.slow
def test_ten_thousand_wrong_passwords_never_keep_the_owner_out(owner: Person) -> None:
    """Half of them from as many addresses, half from one; the owner comes in between and afterwards.

    A tenth of them on PostgreSQL: one statement counts on both databases, and a try takes three times longer.
    """
    half = 5000 if connection.vendor == "sqlite" else 500
    statuses: dict[int, int] = {}

    def guess(address: str) -> None:
        answer = knock(owner.email, address)
        statuses[answer.status_code] = statuses.get(answer.status_code, 0) + 1

    for number, address in enumerate(many_addresses(half)):
        guess(address)
        if number % (half // 5) == 0:
            assert gets_in(owner, HOME)
    for number in range(half):
        guess(CAFE)
        if number % (half // 5) == 0:
            assert gets_in(owner, HOME)
    assert statuses == {200: half + MOST, 429: half - MOST}
    assert gets_in(owner, HOME)
    # Where they have never been, as well.
    assert gets_in(owner, OFFICE)
    # And where the guesses come from, after a short while.
    told = knock(owner.email, CAFE, PASSWORD)
    assert (told.status_code, 0 < int(told["Retry-After"]) <= 300) == (429, True)
    let_pass(300)
    assert gets_in(owner, CAFE)
    # The log says so once, not ten thousand times.
    assert AuditEntry.objects.filter(action="person.sign_in_failed").count() == 1


def test_known_and_unknown_logins_read_the_same_and_as_often(owner: Person) -> None:
    def words(login: str) -> list[tuple[int, str]]:
        answers = [knock(login, CAFE) for _ in range(MOST + 2)]
        return [
            (answer.status_code, re.sub(r"[A-Za-z0-9]{64}", "", answer.content.decode()).replace(login, ""))
            for answer in answers
        ]

    known, unknown = words(owner.email), words("nobody.here@example.com")
    assert known == unknown
    assert [status for status, _words in known] == [200] * MOST + [429] * 2


class CountingHasher(MD5PasswordHasher):
    """What costs the time of a sign-in, counted instead of measured."""

    counted = 0

    def encode(self, password: str, salt: str) -> str:
        CountingHasher.counted += 1
        return super().encode(password, salt)


def test_a_failure_costs_the_same_work_for_known_unknown_and_passwordless(
    owner: Person, settings: Settings
) -> None:
    settings.PASSWORD_HASHERS = [f"{__name__}.CountingHasher"]
    imported, left = make_person("Ivo Imported"), make_person("Lea Left", is_active=False)
    imported.set_unusable_password()
    imported.save()
    work = {}
    for login in (owner.email, imported.email, left.email, "nobody.here@example.com"):
        CountingHasher.counted = 0
        knock(login, CAFE)
        work[login] = CountingHasher.counted
    assert work == dict.fromkeys(work, 1)


def test_the_spelling_of_a_login_gives_no_further_tries(owner: Person) -> None:
    spellings = [owner.email, owner.email.upper(), f" {owner.email} ", owner.email.title()]
    statuses = [knock(spellings[number % 4], CAFE).status_code for number in range(MOST + 1)]
    assert statuses == [200] * MOST + [429]


def test_an_ipv6_subscriber_is_one_network(owner: Person) -> None:
    statuses = [knock(owner.email, f"2001:db8:1:2::{number:x}").status_code for number in range(MOST + 1)]
    assert statuses == [200] * MOST + [429]
    assert gets_in(owner, "2001:db8:1:3::1")


def test_a_forged_header_gives_no_fresh_start(owner: Person) -> None:
    def forged(number: int) -> int:
        return (
            Client()
            .post(
                reverse("account_login"),
                {"login": owner.email, "password": "not the one"},
                REMOTE_ADDR=CAFE,
                headers={"x-forwarded-for": f"10.0.0.{number}", "forwarded": f"for=10.0.0.{number}"},
            )
            .status_code
        )

    assert [forged(number) for number in range(MOST + 1)] == [200] * MOST + [429]


def test_behind_a_proxy_its_entry_counts_and_not_what_was_sent(owner: Person, settings: Settings) -> None:
    settings.PORTAL_PROXY_COUNT = 1

    def through(sent: str, seen: str) -> int:
        return (
            Client()
            .post(
                reverse("account_login"),
                {"login": owner.email, "password": "not the one"},
                REMOTE_ADDR="127.0.0.1",
                headers={"x-forwarded-for": f"{sent}, {seen}"},
            )
            .status_code
        )

    assert [through(f"10.0.0.{number}", CAFE) for number in range(MOST + 1)] == [200] * MOST + [429]
    assert through("10.0.0.1", HOME) == 200


def test_one_password_tried_on_many_logins_ends_at_the_limit_of_the_network() -> None:
    most = throttling.NETWORK.most
    statuses = [knock(f"person{number}@example.com", CAFE).status_code for number in range(most + 3)]
    assert statuses == [200] * most + [429] * 3
    assert AuditEntry.objects.count() == 0


def test_an_office_behind_one_address_goes_on_working(owner: Person) -> None:
    """Whoever has come in from there before is not held by what others guess there."""
    colleague = make_person("Cora Colleague")
    assert gets_in(owner, OFFICE)
    for number in range(throttling.NETWORK.most):
        knock(f"person{number}@example.com", OFFICE)
    assert gets_in(owner, OFFICE)
    assert knock(colleague.email, OFFICE, PASSWORD).status_code == 429
    assert gets_in(colleague, HOME)
    let_pass(throttling.NETWORK.seconds)
    assert gets_in(colleague, OFFICE)


def test_a_right_password_forgives_the_wrong_ones_before_it(owner: Person) -> None:
    for _ in range(3):
        for _ in range(MOST - 1):
            knock(owner.email, HOME)
        assert gets_in(owner, HOME)


def test_a_guess_that_waited_is_still_counted_once_it_is_let_in_again(owner: Person) -> None:
    for _ in range(MOST + 1):
        knock(owner.email, CAFE)
    let_pass(throttling.LOGIN_HERE.seconds)
    statuses = [knock(owner.email, CAFE).status_code for _ in range(MOST + 1)]
    assert statuses == [200] * MOST + [429]


def test_counts_outlive_a_flushed_cache(owner: Person) -> None:
    for _ in range(MOST):
        knock(owner.email, CAFE)
    cache.clear()
    assert knock(owner.email, CAFE).status_code == 429


def test_nothing_that_was_typed_is_stored() -> None:
    for _ in range(MOST + 2):
        knock("secret.person@example.com", CAFE)
    stored = repr([list(Tally.objects.values()), list(AuditEntry.objects.values())])
    assert "secret" not in stored
    assert CAFE not in stored


def test_the_page_says_how_long_in_kind_words(owner: Person) -> None:
    for _ in range(MOST):
        knock(owner.email, CAFE)
    page = knock(owner.email, CAFE).content.decode()
    assert "That was a little too often" in page
    assert "Please try again in 5 minutes." in page


# --- The other doors ----------------------------------------------------------------------------------------
def ask_reset(address: str, email: str) -> int:
    data = {"email": email}
    return Client().post(reverse("account_reset_password"), data, REMOTE_ADDR=address).status_code


def test_asking_for_a_new_password_is_slowed_down_alike_for_all(owner: Person) -> None:
    most = throttling.RESETS_HERE.most
    for email in (owner.email, "nobody.here@example.com"):
        assert [ask_reset(CAFE, email) for _ in range(most + 1)] == [302] * most + [429]
    # From elsewhere the owner still gets the mail.
    assert ask_reset(HOME, owner.email) == 302
    assert Message.objects.filter(person=owner).exists()


def test_many_resets_from_one_network_end_at_a_limit() -> None:
    most = throttling.RESETS_NETWORK.most
    statuses = [ask_reset(CAFE, f"person{number}@example.com") for number in range(most + 1)]
    assert statuses == [302] * most + [429]


def test_confirming_with_a_password_counts_like_signing_in(owner: Person, client: Client) -> None:
    client.force_login(owner, backend="allauth.account.auth_backends.AuthenticationBackend")

    def confirm(password: str) -> Any:
        return client.post(reverse("account_reauthenticate"), {"password": password}, REMOTE_ADDR=CAFE)

    assert [confirm("not the one").status_code for _ in range(MOST)] == [200] * MOST
    assert confirm(PASSWORD).status_code == 429
    assert knock(owner.email, CAFE, PASSWORD).status_code == 429
    assert gets_in(owner, HOME)
