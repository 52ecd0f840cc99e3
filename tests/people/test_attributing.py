"""Attributes HR defines, and what they are for one person."""

import pytest
from django.urls import reverse
from django.utils import timezone

from common.models import AuditEntry
from people.models import Attribute, Person, PersonAttribute
from tests.people.conftest import client_of, statements

pytestmark = pytest.mark.django_db


def test_hr_adds_an_attribute_with_bands(hr: Person) -> None:
    client = client_of(hr)
    url = reverse("people:attribute-create")
    refused = client.post(url, {"name": "Years", "kind": "banded", "limits": "5; 2"})
    assert refused.context["form"].errors == {"limits": ["Write each number once, the smallest first."]}
    refused = client.post(url, {"name": "Years", "kind": "banded", "limits": ""})
    assert refused.context["form"].errors == {"limits": ["Write at least one number."]}
    assert client.post(url, {"name": "Years", "kind": "banded", "limits": "2; 5,5"}).status_code == 302
    attribute = Attribute.objects.get()
    assert attribute.bands == [2, 5.5]
    assert attribute.band_words == ["under 2", "2 to under 5.5", "5.5 or more"]
    assert AuditEntry.objects.get(action="attribute.created").object_id == str(attribute.pk)


def test_kind_and_bands_stay_once_something_is_known_by_them(hr: Person, employee: Person) -> None:
    attribute = Attribute.objects.create(name="Years", kind="banded", bands=[2])
    employee.attribute_values.create(attribute=attribute, value="under 2")
    url = reverse("people:attribute-edit", args=[attribute.pk])
    client_of(hr).post(url, {"name": "Years here", "kind": "coded", "limits": "9"})
    attribute.refresh_from_db()
    assert (attribute.name, attribute.kind, attribute.bands) == ("Years here", "banded", [2])


def test_what_is_known_of_somebody_is_put_aside_and_never_removed(hr: Person, employee: Person) -> None:
    client = client_of(hr)
    used, unused = Attribute.objects.create(name="Contract"), Attribute.objects.create(name="Shoes")
    employee.attribute_values.create(attribute=used, value="Part time")
    for attribute in (used, unused):
        client.post(reverse("people:attribute-delete", args=[attribute.pk]))
    assert list(Attribute.objects.all()) == [used]
    client.post(reverse("people:attribute-archive", args=[used.pk]))
    assert list(Attribute.objects.in_use()) == []
    client.post(reverse("people:attribute-restore", args=[used.pk]))
    assert (list(Attribute.objects.in_use()), PersonAttribute.objects.count()) == ([used], 1)


def test_only_hr_sees_and_corrects_them(hr: Person, employee: Person) -> None:
    contract = Attribute.objects.create(name="Contract")
    years = Attribute.objects.create(name="Years", kind="banded", bands=[2])
    url = reverse("people:person-attributes", args=[employee.pk])
    data = {f"attribute-{contract.pk}": "Part time", f"attribute-{years.pk}": "under 2"}
    client = client_of(hr)
    assert client.post(url, data | {f"attribute-{years.pk}": "1"}).status_code == 422
    assert client.post(url, data).status_code == 302
    assert client.post(url, data | {f"attribute-{contract.pk}": ""}).status_code == 302
    assert list(employee.attribute_values.values_list("attribute__name", "value")) == [("Years", "under 2")]
    edits = AuditEntry.objects.filter(action="person.edited").order_by("pk")
    assert [entry.detail["fields"] for entry in edits] == ["Contract, Years", "Contract"]
    assert "under 2" in client.get(employee.get_absolute_url()).content.decode()
    assert "under 2" not in client_of(employee).get(employee.get_absolute_url()).content.decode()


def test_nothing_is_noted_of_somebody_who_was_erased(hr: Person, employee: Person) -> None:
    contract = Attribute.objects.create(name="Contract")
    Person.objects.filter(pk=employee.pk).update(is_active=False, erased_at=timezone.now())
    url = reverse("people:person-attributes", args=[employee.pk])
    assert client_of(hr).post(url, {f"attribute-{contract.pk}": "Part time"}).status_code == 404
    assert PersonAttribute.objects.count() == 0


def test_the_list_takes_as_many_statements_for_one_as_for_thirty(hr: Person, plain_sessions: None) -> None:
    client, url = client_of(hr), reverse("people:attribute-list")
    Attribute.objects.create(name="First")
    one = statements(client, [url])
    Attribute.objects.bulk_create([Attribute(name=f"A{number}") for number in range(30)])
    assert statements(client, [url]) == one
