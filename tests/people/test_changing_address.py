"""A new address of one's own: shown to be theirs, told to the former one, once."""

from __future__ import annotations

import datetime as dt
import re
from email import message_from_bytes, policy
from pathlib import Path

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from pytest_django import Settings

from common.models import AuditEntry
from culture_portal.signing_in import throttling
from notifications.domain.dispatching import dispatch_batch
from notifications.models import Message
from notifications.transports import CaptureTransport
from people.domain import changing_address
from people.models import Person
from surveys.models import Invitation
from tests.people.conftest import PASSWORD, make_person
from tests.surveys.factories import invite, make_wave

pytestmark = pytest.mark.django_db

NEW = "olga.new@example.com"


@pytest.fixture
def owner() -> Person:
    return make_person("Olga Owner")


def signed_in(person: Person) -> Client:
    client = Client()
    assert (
        client.post(reverse("account_login"), {"login": person.email, "password": PASSWORD}).status_code
        == 302
    )
    return client


def mails(settings: Settings, folder: Path) -> dict[str, str]:
    """What is due, by address."""
    settings.CAPTURED_MAIL_DIR = folder
    for old in folder.glob("*.eml"):
        old.unlink()
    dispatch_batch(now=timezone.now(), transport=CaptureTransport())
    found = {}
    for file in folder.glob("*.eml"):
        mail = message_from_bytes(file.read_bytes(), policy=policy.default)
        body = mail.get_body(("plain",))
        assert body is not None
        found[str(mail["To"])] = str(body.get_content())
    return found


def link_in(text: str) -> str:
    found = re.search(r"http://localhost(/account/security/address/\S+)", text)
    assert found
    return found[1]


def asked(client: Client, settings: Settings, folder: Path, address: str = NEW) -> str:
    """The path in the mail that went to the new address."""
    page = client.post(reverse("signing_in:address-change"), {"email": address})
    assert page.status_code == 200
    (text,) = mails(settings, folder).values()
    return link_in(text)


def test_a_confirmed_address_replaces_the_former_one_which_is_told(
    owner: Person, settings: Settings, tmp_path: Path
) -> None:
    client = signed_in(owner)
    client.post(reverse("signing_in:address-change"), {"email": " Olga.New@Example.com "})
    sent = mails(settings, tmp_path)
    assert list(sent) == [f"Olga Owner <{NEW}>"]
    path = link_in(sent[f"Olga Owner <{NEW}>"])
    # Mail scanners open links: nothing changes before the button.
    assert client.get(path).status_code == 200
    owner.refresh_from_db()
    assert owner.email == "olga.owner@example.com"
    stamp = owner.link_stamp
    assert client.post(path).headers["Location"] == reverse("signing_in:security")
    owner.refresh_from_db()
    assert (owner.email, owner.link_stamp, NEW in owner.search_text) == (NEW, stamp + 1, True)
    assert list(mails(settings, tmp_path)) == ["Olga Owner <olga.owner@example.com>"]
    # The password stays, here they go on, and the log names no address.
    assert owner.check_password(PASSWORD)
    assert client.get(reverse("home")).status_code == 200
    entry = AuditEntry.objects.get(action="person.address_changed")
    assert (entry.actor, entry.detail) == (owner, {})


def is_refused(client: Client, path: str) -> bool:
    page = client.post(path)
    return page.status_code == 200 and "This link no longer works" in page.content.decode()


def test_the_link_works_once_and_not_after_a_day(owner: Person, settings: Settings, tmp_path: Path) -> None:
    client = signed_in(owner)
    path = asked(client, settings, tmp_path)
    assert client.post(path).status_code == 302
    assert is_refused(client, path)
    owner.refresh_from_db()
    yesterday = timezone.now() - dt.timedelta(hours=changing_address.HOURS)
    old = changing_address.token_for(owner, "third@example.com", stamp=owner.link_stamp, now=yesterday)
    assert is_refused(client, reverse("signing_in:address-confirm", args=[old]))
    owner.refresh_from_db()
    assert owner.email == NEW


def test_whoever_reads_a_mistyped_address_gets_nothing(
    owner: Person, settings: Settings, tmp_path: Path
) -> None:
    path = asked(signed_in(owner), settings, tmp_path)
    stranger = Client().post(path)
    assert stranger.headers["Location"].startswith(reverse("account_login"))
    assert is_refused(signed_in(make_person("Otto Other")), path)
    assert Client().post(reverse("account_login"), {"login": NEW, "password": PASSWORD}).status_code == 200


def test_an_address_that_belongs_to_somebody_is_refused_then_and_later(
    owner: Person, settings: Settings, tmp_path: Path
) -> None:
    client, other = signed_in(owner), make_person("Otto Other")
    page = client.post(reverse("signing_in:address-change"), {"email": other.email.upper()})
    assert page.status_code == 422
    assert "already belongs to somebody else" in page.content.decode()
    path = asked(client, settings, tmp_path)
    Person.objects.filter(pk=other.pk).update(email=NEW)
    page = client.post(path, follow=True)
    assert "belongs to somebody else here by now" in page.content.decode()
    owner.refresh_from_db()
    assert owner.email == "olga.owner@example.com"


def test_a_link_dies_with_a_changed_password(owner: Person, settings: Settings, tmp_path: Path) -> None:
    client = signed_in(owner)
    path = asked(client, settings, tmp_path)
    new = {"password1": "four brave otters swim", "password2": "four brave otters swim"}
    client.post(reverse("account_change_password"), new)
    assert is_refused(client, path)


def test_mails_to_new_addresses_are_limited(owner: Person) -> None:
    client = signed_in(owner)
    most = throttling.ADDRESS_MAILS.most
    statuses = [
        client.post(reverse("signing_in:address-change"), {"email": f"to{number}@example.com"}).status_code
        for number in range(most + 1)
    ]
    assert statuses == [200] * most + [429]
    assert Message.objects.count() == most


def test_invitations_stay_with_the_address_they_were_sent_to(
    owner: Person, settings: Settings, tmp_path: Path
) -> None:
    """anonymity.md S8"""
    wave = make_wave()
    (invitation,) = invite(wave, [owner])
    client = signed_in(owner)
    client.post(asked(client, settings, tmp_path))
    invitation.refresh_from_db()
    owner.refresh_from_db()
    assert invitation.address == "olga.owner@example.com"
    assert list(Invitation.objects.of(owner)) == []
