"""Who may be erased, that nobody comes back, and the page that asks."""

from __future__ import annotations

import pytest
from django.db import IntegrityError, transaction
from django.test import Client
from django.urls import reverse

from common.models import AuditEntry
from people.domain import erasing
from people.domain.changing import NotPossible, reactivate
from people.models import Person
from people.roles import ADMINISTRATOR, HR
from tests.people.conftest import client_of, make_person, with_role
from tests.people.importing.files import plan_of
from tests.people.lives import NOW

pytestmark = pytest.mark.django_db


# --- Who may be erased, and that nobody comes back ----------------------------------------------------------
def test_who_may_not_be_erased(hr: Person) -> None:
    works_here = make_person("Still Here")
    with_a_role = with_role(make_person("Has Role", is_active=False), HR)
    administrator = with_role(make_person("Last Admin", is_active=False), ADMINISTRATOR)
    for person in (works_here, with_a_role, administrator, hr):
        with pytest.raises(NotPossible):
            erasing.erase(person, by=hr, now=NOW)
        person.refresh_from_db()
        assert person.erased_at is None
    assert not AuditEntry.objects.exists()


def test_the_database_knows_nobody_erased_who_works_here(hr: Person) -> None:
    person = make_person("Gone Person", is_active=False)
    erasing.erase(person, by=hr, now=NOW)
    with pytest.raises(IntegrityError), transaction.atomic():
        reactivate(person, by=hr)


def test_an_import_does_not_find_who_was_erased(hr: Person) -> None:
    person = make_person("Gone Person", employee_number="n7", is_active=False)
    erasing.erase(person, by=hr, now=NOW)
    plan = plan_of("employee_id,name,email\nn7,Gone Person,gone.person@example.com\n")
    assert (len(plan.creates), len(plan.updates), plan.errors) == (1, 0, [])


def test_lists_know_nobody_erased(hr: Person) -> None:
    person = make_person("Gone Person", is_active=False)
    listed = client_of(hr).get(reverse("people:person-list"), {"q": "gone"}).content.decode()
    assert "Gone Person" in listed
    erasing.erase(person, by=hr, now=NOW)
    client = client_of(hr)
    for words in ("gone", "left", "erased", ""):
        page = client.get(reverse("people:person-list"), {"q": words}).content.decode()
        assert "Somebody who left" not in page
        assert "erased.invalid" not in page
    for name in (
        "people:person-detail",
        "people:person-edit",
        "people:person-deactivate",
        "people:person-erase",
    ):
        assert client.get(reverse(name, args=[person.pk])).status_code == 404
    assert client.post(reverse("people:person-reactivate", args=[person.pk])).status_code == 404


def test_the_audit_log_still_says_that_somebody_did_it(hr: Person, administrator: Person) -> None:
    person = make_person("Gone Person", is_active=False)
    AuditEntry.objects.create(actor=person, action="team.created")
    erasing.erase(person, by=hr, now=NOW)
    page = client_of(administrator).get("/audit/").content.decode()
    assert "<bdi>Somebody who left</bdi> added the team" in page
    assert "<bdi>Hana Resource</bdi> erased a person: " in page
    entry = AuditEntry.objects.get(action="person.erased")
    assert (entry.actor, entry.object_id, entry.detail) == (hr, str(person.pk), {})


# --- The page -----------------------------------------------------------------------------------------------
@pytest.fixture
def gone() -> Person:
    return make_person("Gone Örtlich", is_active=False)


def test_the_page_says_what_goes_and_asks_for_the_name(hr: Person, gone: Person) -> None:
    client, url = client_of(hr), reverse("people:person-erase", args=[gone.pk])
    page = client.get(url).content.decode()
    assert "What goes" in page
    assert "What stays" in page
    for typed in ("", "Gone", "Somebody Else"):
        assert client.post(url, {"name": typed}).status_code == 422
    gone.refresh_from_db()
    assert gone.erased_at is None
    response = client.post(url, {"name": "  gone ortlich "}, follow=True)
    assert "They are erased." in response.content.decode()
    gone.refresh_from_db()
    assert gone.erased_at is not None


def test_the_page_says_why_somebody_cannot_be_erased(hr: Person) -> None:
    person = make_person("Still Here")
    client, url = client_of(hr), reverse("people:person-erase", args=[person.pk])
    assert "They work here." in client.get(url).content.decode()
    assert client.post(url, {"name": "Still Here"}).status_code == 422
    person.refresh_from_db()
    assert person.erased_at is None


def test_their_page_leads_to_it_once_they_have_left(hr: Person, gone: Person) -> None:
    client = client_of(hr)
    assert (
        reverse("people:person-erase", args=[gone.pk]) in client.get(gone.get_absolute_url()).content.decode()
    )
    here = make_person("Still Here")
    assert "/erase/" not in client.get(here.get_absolute_url()).content.decode()


def test_others_do_not_erase(gone: Person, employee: Person, administrator: Person) -> None:
    for person in (employee, administrator):
        assert client_of(person).post(reverse("people:person-erase", args=[gone.pk])).status_code == 403
    assert Client().post(reverse("people:person-erase", args=[gone.pk])).status_code == 302
