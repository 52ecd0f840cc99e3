"""The page on which administrators give and take roles."""

from __future__ import annotations

import re

import pytest
from django.urls import reverse

from common.models import AuditEntry
from people.models import Person
from people.roles import ADMINISTRATOR, BY_SLUG, HR, POWERS
from tests.people.conftest import client_of, make_person, statements, with_role

pytestmark = pytest.mark.django_db
URL = "/settings/roles/"


def give(person: Person, slug: str) -> str:
    return reverse("people:person-give-role", args=[person.pk, slug])


def take(person: Person, slug: str) -> str:
    return reverse("people:person-take-role", args=[person.pk, slug])


def holders(client: object) -> dict[str, list[str]]:
    page = client.get(URL)  # type: ignore[attr-defined]
    return {role.slug: [str(person) for person in role.holders] for role in page.context["roles"]}


def found(page: object) -> list[str]:
    return [str(person) for person, _roles in page.context["found"]]  # type: ignore[attr-defined]


def test_the_page_names_who_has_each_role_and_what_it_may_do(administrator: Person, hr: Person) -> None:
    both = with_role(with_role(make_person("Bea Both"), HR), ADMINISTRATOR)
    with_role(make_person("Gone Away", is_active=False), HR)
    client = client_of(administrator)
    assert holders(client) == {
        "hr": ["Gone Away", str(both), str(hr)],
        "administrator": [str(both), str(administrator)],
    }
    page = client.get(URL).content.decode()
    assert all(str(power) in page for powers in POWERS.values() for power in powers)
    assert POWERS.keys() == BY_SLUG.keys()


def test_somebody_is_found_by_name_or_mail_and_given_a_role(administrator: Person, employee: Person) -> None:
    client = client_of(administrator)
    for words in ("emil", "EMPLOYEE emil", "emil.employee@"):
        assert found(client.get(URL, {"q": words})) == ["Emil Employee"]
    assert client.post(give(employee, "hr"), {"back": "roles"}).headers["Location"] == URL
    assert holders(client)["hr"] == ["Emil Employee"]
    page = client.get(URL, {"q": "emil"}).content.decode()
    # The role they have is no longer offered, the other is.
    assert give(employee, "hr") not in page
    assert give(employee, "administrator") in page
    assert client.post(take(employee, "hr"), {"back": "roles"}).headers["Location"] == URL
    assert holders(client)["hr"] == []
    assert list(AuditEntry.objects.order_by("pk").values_list("action", "object_id", "detail__role")) == [
        ("person.role_given", str(employee.pk), HR),
        ("person.role_taken", str(employee.pk), HR),
    ]


@pytest.mark.parametrize("back", ["", "https://elsewhere.example/", "//elsewhere.example", "home"])
def test_the_button_leads_nowhere_else(administrator: Person, employee: Person, back: str) -> None:
    answer = client_of(administrator).post(give(employee, "hr"), {"back": back})
    assert answer.headers["Location"] == employee.get_absolute_url()


def test_the_search_answers_htmx_with_what_it_found(administrator: Person) -> None:
    for number in range(12):
        make_person(f"Colleague N{number:02}")
    client = client_of(administrator)
    page = client.get(URL, {"q": "colleague"}, headers={"HX-Request": "true"})
    assert page.content.decode().lstrip().startswith('<div id="role-found"')
    assert (len(found(page)), page.context["more_found"]) == (10, True)
    assert "There are more." in page.content.decode()
    nobody = client.get(URL, {"q": "nobody at all"}, headers={"HX-Request": "true"})
    assert "Nobody who works here" in nobody.content.decode()
    empty = client.get(URL, {"q": " "}, headers={"HX-Request": "true"})
    assert not re.search(r"<li|<p", empty.content.decode())
    assert client.get(URL, {"q": "x" * 201}).status_code == 422


def test_those_who_left_are_not_found_but_can_lose_a_role(administrator: Person) -> None:
    gone = with_role(make_person("Gone Away", is_active=False), HR)
    client = client_of(administrator)
    assert found(client.get(URL, {"q": "gone"})) == []
    assert client.post(give(gone, "administrator")).status_code == 404
    assert client.post(take(gone, "hr"), {"back": "roles"}).status_code == 302
    assert holders(client)["hr"] == []


def test_the_last_administrator_stays(administrator: Person) -> None:
    client = client_of(administrator)
    answer = client.post(take(administrator, "administrator"), {"back": "roles"}, follow=True)
    assert "Then nobody would be an administrator." in answer.content.decode()
    assert holders(client)["administrator"] == [str(administrator)]


def test_hr_gives_no_roles(hr: Person, employee: Person) -> None:
    client = client_of(hr)
    assert client.get(URL).status_code == 403
    assert client.post(give(employee, "hr"), {"back": "roles"}).status_code == 403


@pytest.mark.usefixtures("plain_sessions")
def test_the_page_costs_the_same_at_one_and_thirty_people(administrator: Person) -> None:
    urls = [URL, f"{URL}?q=colleague"]
    with_role(make_person("Colleague First"), HR)
    at_one = statements(client_of(administrator), urls)
    for number in range(29):
        with_role(make_person(f"Colleague N{number}"), HR)
    assert statements(client_of(administrator), urls) == at_one
    assert max(at_one.values()) <= 11
