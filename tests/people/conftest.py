import pytest
from django.contrib.auth.models import Group
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from pytest_django import Settings

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
    # Tests that empty every table take the groups of the migrations away, too.
    person.groups.add(Group.objects.get_or_create(name=role)[0])
    return person


def client_of(person: Person) -> Client:
    client = Client()
    client.force_login(person, backend="allauth.account.auth_backends.AuthenticationBackend")
    return client


def statements(client: Client, urls: list[str]) -> dict[str, int]:
    """How many statements each page takes, sessions kept where every database has them."""
    client.get(reverse("home"))
    counts: dict[str, int] = {}
    for url in urls:
        with CaptureQueriesContext(connection) as captured:
            assert client.get(url).status_code == 200
        counts[url] = len(captured)
    return counts


@pytest.fixture
def plain_sessions(settings: Settings) -> None:
    """What a cached session costs depends on the cache."""
    settings.SESSION_ENGINE = "django.contrib.sessions.backends.db"


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
