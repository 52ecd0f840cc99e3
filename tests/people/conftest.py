import pytest
from django.contrib.auth.models import Group
from django.test import Client

from people.models import Person, Team
from people.roles import ADMINISTRATOR, HR

PASSWORD = "a quiet harbour at dawn"


def make_person(name: str, **fields: object) -> Person:
    """``make_person("Ada Lovelace", team=...)``: signs in as ada.lovelace@example.com."""
    given, _, family = name.rpartition(" ")
    address = f"{name.lower().replace(' ', '.')}@example.com"
    values = {"display_name": name, "given_name": given, "family_name": family} | fields
    return Person.objects.create_user(str(values.pop("email", address)), PASSWORD, **values)


def with_role(person: Person, role: str) -> Person:
    person.groups.add(Group.objects.get(name=role))
    return person


def client_of(person: Person) -> Client:
    client = Client()
    client.force_login(person, backend="allauth.account.auth_backends.AuthenticationBackend")
    return client


@pytest.fixture
def hr(db: None) -> Person:
    return with_role(make_person("Hana Resource"), HR)


@pytest.fixture
def administrator(db: None) -> Person:
    return with_role(make_person("Ada Ministrator"), ADMINISTRATOR)


@pytest.fixture
def employee(db: None) -> Person:
    return make_person("Emil Employee", employee_number="E1")


@pytest.fixture
def team(db: None) -> Team:
    front_desk: Team = Team.objects.create(name="Front desk")
    return front_desk
