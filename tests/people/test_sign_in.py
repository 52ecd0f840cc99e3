"""Signing in by allauth: imported people have no password and no row but their own."""

import datetime as dt
import re
from email import message_from_bytes, policy
from pathlib import Path

import pytest
from allauth.account.models import EmailAddress
from django.db import connection
from django.test import Client
from django.urls import NoReverseMatch, reverse
from django.utils import timezone
from pytest_django import Settings

from culture_portal.account_mail import set_password_link
from notifications.domain.dispatching import dispatch_batch
from notifications.models import Message
from notifications.transports import CaptureTransport
from people.domain.changing import save_person
from people.domain.inviting import queue_set_password_mails
from people.models import Person
from tests.people.conftest import PASSWORD, make_person

NEW_PASSWORD = "four brave otters swim"
MONDAY_NOON = dt.datetime(2026, 11, 23, 12, tzinfo=dt.UTC)


pytestmark = pytest.mark.django_db


def sign_in(client: Client, email: str, password: str = PASSWORD) -> bool:
    client.post(reverse("account_login"), {"login": email, "password": password})
    return "_auth_user_id" in client.session


def imported() -> Person:
    person = make_person("Ivo Imported")
    person.set_unusable_password()
    person.save()
    return person


@pytest.mark.parametrize("typed", ["ivo.imported@example.com", "Ivo.Imported@Example.com "])
def test_sign_in_works_in_any_spelling_and_without_allauths_addresses(client: Client, typed: str) -> None:
    make_person("Ivo Imported")
    assert sign_in(client, typed)
    assert EmailAddress.objects.count() == 0


def test_sign_in_of_the_deactivated_is_refused(client: Client) -> None:
    person = make_person("Ivo Imported", is_active=False)
    assert not sign_in(client, person.email)


def test_sign_up_does_not_exist() -> None:
    with pytest.raises(NoReverseMatch):
        reverse("account_signup")


def only_mail(settings: Settings, folder: Path, now: dt.datetime) -> tuple[str, str]:
    """Address and text of the one mail that is due."""
    settings.CAPTURED_MAIL_DIR = folder
    assert dispatch_batch(now=now, transport=CaptureTransport()) == 1
    (file,) = folder.glob("*.eml")
    mail = message_from_bytes(file.read_bytes(), policy=policy.default)
    body = mail.get_body(("plain",))
    assert body is not None
    return str(mail["To"]), str(body.get_content())


def path_in(text: str, settings: Settings) -> str:
    found = re.search(re.escape(settings.PORTAL_URL) + r"(/password/reset/key/\S+)", text)
    assert found
    return found[1]


def choose_password(client: Client, path: str, password: str = NEW_PASSWORD) -> None:
    """Open the link of a mail and fill in the page it leads to."""
    page = client.get(path, follow=True)
    assert page.status_code == 200
    client.post(page.redirect_chain[-1][0], {"password1": password, "password2": password})


def test_set_password_mail_lets_an_imported_person_in(
    client: Client, settings: Settings, tmp_path: Path
) -> None:
    person = imported()
    assert queue_set_password_mails([person.pk], now=MONDAY_NOON) == 1
    to, text = only_mail(settings, tmp_path, MONDAY_NOON)
    assert to == "Ivo Imported <ivo.imported@example.com>"
    path = path_in(text, settings)
    choose_password(client, path)
    assert client.session["_auth_user_id"] == str(person.pk)
    assert sign_in(Client(), person.email, NEW_PASSWORD)
    # Once used the link opens nothing, and nothing of allauth's remembers the address.
    choose = Client().get(path, follow=True)
    assert (choose.redirect_chain, EmailAddress.objects.count()) == ([], 0)


def test_set_password_mail_goes_at_most_once_a_day_and_address() -> None:
    person = imported()
    assert queue_set_password_mails([person.pk], now=MONDAY_NOON) == 1
    assert queue_set_password_mails([person.pk], now=MONDAY_NOON) == 0
    Person.objects.filter(pk=person.pk).update(email="corrected@example.com")
    assert queue_set_password_mails([person.pk], now=MONDAY_NOON) == 1
    assert queue_set_password_mails([person.pk], now=MONDAY_NOON + dt.timedelta(days=1)) == 1


def test_set_password_mail_is_not_for_those_who_signed_in_or_left() -> None:
    active, left = imported(), make_person("Lea Left", is_active=False)
    Person.objects.filter(pk=active.pk).update(last_login=MONDAY_NOON)
    assert queue_set_password_mails([active.pk, left.pk], now=MONDAY_NOON) == 0


def test_set_password_mail_is_dropped_once_they_signed_in(settings: Settings, tmp_path: Path) -> None:
    person = imported()
    queue_set_password_mails([person.pk], now=MONDAY_NOON)
    Person.objects.filter(pk=person.pk).update(last_login=MONDAY_NOON)
    settings.CAPTURED_MAIL_DIR = tmp_path
    dispatch_batch(now=MONDAY_NOON, transport=CaptureTransport())
    assert (list(tmp_path.iterdir()), Message.objects.get().state) == ([], Message.State.CANCELLED)


@pytest.mark.parametrize("typed", ["ivo.imported@example.com", "IVO.imported@example.com"])
def test_password_reset_goes_by_the_outbox_to_the_address_hr_keeps(
    client: Client, settings: Settings, tmp_path: Path, typed: str
) -> None:
    person = make_person("Ivo Imported")
    answer = client.post(reverse("account_reset_password"), {"email": typed})
    assert answer.headers["Location"] == reverse("account_reset_password_done")
    to, text = only_mail(settings, tmp_path, timezone.now())
    assert to == "Ivo Imported <ivo.imported@example.com>"
    choose_password(client, path_in(text, settings))
    assert not sign_in(Client(), person.email)
    assert sign_in(Client(), person.email, NEW_PASSWORD)


@pytest.mark.parametrize("address", ["nobody@example.com", "lea.left@example.com"])
def test_password_reset_of_nobody_says_the_same_and_sends_nothing(client: Client, address: str) -> None:
    make_person("Lea Left", is_active=False)
    answer = client.post(reverse("account_reset_password"), {"email": address})
    assert answer.headers["Location"] == reverse("account_reset_password_done")
    assert Message.objects.count() == 0


def test_password_link_dies_with_a_change_of_address(client: Client) -> None:
    person = imported()
    path = set_password_link(person).removeprefix("http://localhost")
    Person.objects.filter(pk=person.pk).update(email="other@example.com")
    assert client.get(path, follow=True).redirect_chain == []


def test_former_address_no_longer_signs_in(client: Client) -> None:
    person = make_person("Ivo Imported")
    assert sign_in(client, person.email)
    Person.objects.filter(pk=person.pk).update(email="other@example.com")
    assert not sign_in(Client(), "ivo.imported@example.com")
    assert sign_in(Client(), "other@example.com")


def test_password_does_not_outlive_a_changed_address_but_a_new_one_comes_by_mail(client: Client) -> None:
    hr, person = make_person("Hanna Hartmann"), make_person("Ivo Imported")
    person.email = "other@example.com"
    save_person(person, by=hr, changed=["email"])
    assert not sign_in(Client(), "other@example.com")
    client.post(reverse("account_reset_password"), {"email": "other@example.com"})
    assert [(message.kind, message.person) for message in Message.objects.all()] == [
        ("people.password_reset", person)
    ]


def test_deactivated_person_is_out_with_the_next_request(client: Client) -> None:
    person = make_person("Ivo Imported")
    sign_in(client, person.email)
    assert client.get(reverse("home")).status_code == 200
    Person.objects.filter(pk=person.pk).update(is_active=False)
    answer = client.get(reverse("home"))
    assert (answer.status_code, answer.headers["Location"]) == (302, f"{reverse('account_login')}?next=/")


def test_tab_leads_from_the_address_to_the_password() -> None:
    html = Client().get(reverse("account_login")).content.decode()
    assert (
        html.index('name="login"')
        < html.index('name="password"')
        < html.index(reverse("account_reset_password"))
    )


@pytest.mark.needs_postgres
def test_sign_in_finds_the_address_by_index() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off")
        plan = Person.objects.filter(email__iexact="a@example.com").explain()
    assert "person_email_upper" in plan


@pytest.mark.needs_postgres
def test_search_finds_words_by_index() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off")
        plan = Person.objects.order_by().matching("lovelace").explain()
    assert "person_search_trigrams" in plan
