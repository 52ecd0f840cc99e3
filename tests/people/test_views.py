from __future__ import annotations

import datetime as dt
import json
from pathlib import Path

import pytest
from django.urls import reverse
from pytest_django import DjangoCaptureOnCommitCallbacks

from common.models import AuditEntry
from notifications.models import Message
from people.models import Absence, ImportRun, Person, Team
from people.roles import ADMINISTRATOR, HR
from tests.people.conftest import client_of, make_person, statements, with_role

pytestmark = pytest.mark.django_db


def colleagues(count: int, **fields: object) -> list[Person]:
    return [make_person(f"Colleague N{number:03}", **fields) for number in range(count)]


def names(response: object) -> list[str]:
    return [str(person) for person in response.context["page"].rows]  # type: ignore[attr-defined]


# --- Looking people up ------------------------------------------------------------------------------------


def test_person_list_searches_without_accents_and_case(employee: Person) -> None:
    make_person("José Ñandú", email="jose@example.com", job_title="Pilot")
    client = client_of(employee)
    for words in ["jose", "NANDU pilot", "jose@example"]:
        assert names(client.get(reverse("people:person-list"), {"q": words})) == ["José Ñandú"]
    assert names(client.get(reverse("people:person-list"), {"q": "jose nobody"})) == []


def test_person_list_shows_those_who_left_to_hr_alone(employee: Person, hr: Person) -> None:
    gone = make_person("Gone Away", is_active=False)
    url = reverse("people:person-list")
    assert names(client_of(employee).get(url, {"q": "gone"})) == []
    assert names(client_of(hr).get(url, {"q": "gone"})) == ["Gone Away"]
    detail = reverse("people:person-detail", args=[gone.pk])
    assert (client_of(employee).get(detail).status_code, client_of(hr).get(detail).status_code) == (404, 200)


def test_person_list_pages_through_everybody_once(employee: Person) -> None:
    colleagues(70)
    client, url, seen = client_of(employee), reverse("people:person-list"), []
    after: str | None = ""
    while after is not None:
        page = client.get(url, {"after": after} if after else {})
        seen += names(page)
        after = page.context["page"].next_cursor
    assert seen == ["Emil Employee", *(f"Colleague N{number:03}" for number in range(70))]


def test_person_list_answers_htmx_with_the_rows_alone(employee: Person) -> None:
    page = client_of(employee).get(
        reverse("people:person-list"), {"q": "emil"}, headers={"HX-Request": "true"}
    )
    assert page.content.decode().lstrip().startswith('<div id="person-rows"')


def test_reports_are_listed_of_whom_one_may_see(hr: Person, employee: Person) -> None:
    left = make_person("Lena Left", is_active=False)
    employee.manager = left
    employee.save()
    url, query = reverse("people:person-list"), {"manager": left.pk}
    assert client_of(employee).get(url, query).status_code == 404
    assert client_of(hr).get(url, query).context["manager"] == left


def test_person_list_refuses_a_search_without_end(employee: Person) -> None:
    page = client_of(employee).get(reverse("people:person-list"), {"q": "x" * 201, "manager": "x"})
    assert page.status_code == 422


@pytest.mark.usefixtures("plain_sessions")
def test_lists_cost_the_same_at_one_and_thirty_rows(hr: Person, team: Team) -> None:
    lead = make_person("Lea Lead", team=team)
    urls = [
        reverse("people:person-list"),
        reverse("people:person-waiting"),
        reverse("people:team-tree"),
        reverse("people:team-detail", args=[team.pk]),
        reverse("people:person-detail", args=[lead.pk]),
        reverse("people:import-create"),
    ]

    def add(first: int, last: int) -> None:
        for number in range(first, last):
            make_person(f"Colleague N{number:03}", team=team, manager=lead)
            Team.objects.create(name=f"Below {number}", parent=team, lead=lead)
            ImportRun.objects.create(file_name="x.csv", uploaded_by=lead)

    add(0, 1)
    at_one = statements(client_of(hr), urls)
    add(1, 30)
    assert statements(client_of(hr), urls) == at_one
    assert max(at_one.values()) <= 10


def test_person_detail_shows_the_way_up_from_the_top(employee: Person) -> None:
    top = make_person("Top Person")
    middle = make_person("Middle Person", manager=top)
    low = make_person("Low Person", manager=middle)
    page = client_of(employee).get(reverse("people:person-detail", args=[low.pk]))
    assert [str(person) for person in page.context["way_up"]] == ["Top Person", "Middle Person"]


def test_person_detail_keeps_hrs_facts_from_others(employee: Person, hr: Person) -> None:
    number = make_person("Nora Number", employee_number="SECRET-7")
    url = reverse("people:person-detail", args=[number.pk])
    assert "SECRET-7" not in client_of(employee).get(url).content.decode()
    assert "SECRET-7" in client_of(hr).get(url).content.decode()


# --- Keeping people ----------------------------------------------------------------------------------------


def batched(items: list[str], size: int) -> list[list[str]]:
    return [items[start : start + size] for start in range(0, len(items) - size + 1, size)]


NEW = {"display_name": "Nina New", "email": "Nina@Example.com", "invite": "on"}


def test_person_create_invites(
    hr: Person, django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks
) -> None:
    with django_capture_on_commit_callbacks():
        answer = client_of(hr).post(reverse("people:person-create"), NEW)
    nina = Person.objects.get(email="nina@example.com")
    assert (answer.status_code, answer.headers["Location"]) == (302, nina.get_absolute_url())
    assert (nina.search_text, nina.has_usable_password()) == ("nina new nina@example.com", False)
    assert list(Message.objects.values_list("kind", "person")) == [("people.set_password", nina.pk)]
    assert AuditEntry.objects.get().action == "person.created"


@pytest.mark.parametrize(
    ("field", "value", "message"),
    [
        ("email", "emil.employee@example.com", "This e-mail already belongs to somebody else."),
        ("email", "nobody", "Enter a valid email address."),
        ("employee_number", "E1", "This employee number already belongs to somebody else."),
        ("manager", "who@example.com", "Nobody who works here has this e-mail or employee number."),
        ("country", "1!", "Write the country as two letters, such as DE."),
        ("start_date", "2026-02-30", "Write a day as 2026-11-30."),
        ("start_date", "0001-01-01", "Choose a day after 1899."),
        ("end_date", "9999-12-31", "Choose a day before 2200."),
        ("time_zone", "Mars/Base", "Select a valid choice. Mars/Base is not one of the available choices."),
        ("team", "999999", "Select a valid choice. That choice is not one of the available choices."),
        ("display_name", "x" * 251, "Ensure this value has at most 250 characters (it has 251)."),
        ("display_name", "", "Please fill this in."),
    ],
)
def test_person_create_says_what_is_wrong_beside_the_field(
    hr: Person, employee: Person, field: str, value: str, message: str
) -> None:
    answer = client_of(hr).post(reverse("people:person-create"), NEW | {field: value})
    assert (answer.status_code, answer.context["form"].errors) == (422, {field: [message]})
    assert Person.objects.count() == 2


def test_person_create_takes_any_text(hr: Person, shared_data: Path) -> None:
    """Five strings a request, each once as a text and once where no text belongs."""
    strings: list[str] = json.loads((shared_data / "texts/blns.json").read_text("utf-8"))
    client, url = client_of(hr), reverse("people:person-create")
    texts = ("display_name", "given_name", "family_name", "job_title", "location")
    others = ("email", "manager", "start_date", "team", "country")
    kept = 0
    for number, five in enumerate(batched(strings, 5)):
        data = {"email": f"p{number}@example.com"} | {
            name: text[:100] for name, text in zip(texts, five, strict=False)
        }
        answer = client.post(url, data)
        # Only a name that is blank after cleaning is no name.
        kept += answer.status_code == 302
        assert answer.status_code == 302 or list(answer.context["form"].errors) == ["display_name"]
        assert client.post(url, NEW | dict(zip(others, five, strict=False))).status_code == 422
        assert (
            client.get(reverse("people:person-list"), {"q": five[0][:200], "after": five[1]}).status_code
            == 200
        )
    assert (kept, Person.objects.filter(email__startswith="p").count()) == (kept, kept)
    assert kept > len(strings) / 5 * 0.9


def test_person_edit_saves_and_says_which_fields(hr: Person, employee: Person, team: Team) -> None:
    data = {
        "display_name": "Emil Neu",
        "email": "emil.employee@example.com",
        "employee_number": "E1",
        "given_name": "Emil",
        "family_name": "Employee",
        "team": team.pk,
        "manager": "hana.resource@example.com",
    }
    assert client_of(hr).post(reverse("people:person-edit", args=[employee.pk]), data).status_code == 302
    employee.refresh_from_db()
    assert (employee.team, employee.manager, employee.search_text) == (
        team,
        hr,
        "emil neu emil.employee@example.com",
    )
    assert AuditEntry.objects.get().detail == {"fields": "display_name, team, manager"}


def test_person_edit_leaves_the_address_of_somebody_with_a_role(hr: Person, administrator: Person) -> None:
    data = {"display_name": "Ada", "email": "mine@example.com"}
    answer = client_of(hr).post(reverse("people:person-edit", args=[administrator.pk]), data)
    assert (answer.status_code, answer.context["form"].errors) == (
        422,
        {"email": ["They hold a role: an administrator takes it away first."]},
    )


def test_person_edit_refuses_a_ring(hr: Person, employee: Person) -> None:
    below = make_person("Berta Below", manager=make_person("Mitte Middle", manager=employee))
    data = {"display_name": "Emil", "email": employee.email}
    url = reverse("people:person-edit", args=[employee.pk])
    for manager, message in {
        below.email: "This person reports to whom you edit, so it would be a ring.",
        employee.email: "Nobody is their own manager.",
    }.items():
        answer = client_of(hr).post(url, data | {"manager": manager})
        assert answer.context["form"].errors == {"manager": [message]}


def test_person_deactivate_signs_them_out_and_reactivate_lets_them_in(hr: Person, employee: Person) -> None:
    theirs = client_of(employee)
    assert theirs.get(reverse("home")).status_code == 200
    client_of(hr).post(reverse("people:person-deactivate", args=[employee.pk]))
    assert theirs.get(reverse("home")).status_code == 302
    client_of(hr).post(reverse("people:person-reactivate", args=[employee.pk]))
    assert Person.objects.get(pk=employee.pk).is_active is True
    assert list(AuditEntry.objects.order_by("pk").values_list("action", flat=True)) == [
        "person.deactivated",
        "person.reactivated",
    ]


def test_person_deactivate_is_not_for_oneself_nor_the_last_administrator(
    hr: Person, administrator: Person
) -> None:
    for person in (hr, administrator):
        client_of(hr).post(reverse("people:person-deactivate", args=[person.pk]))
    assert Person.objects.filter(is_active=True).count() == 2


def test_roles_are_given_and_taken_by_administrators(administrator: Person, employee: Person) -> None:
    client = client_of(administrator)
    client.post(reverse("people:person-give-role", args=[employee.pk, "hr"]))
    assert Person.objects.get(pk=employee.pk).is_hr is True
    client.post(reverse("people:person-take-role", args=[employee.pk, "hr"]))
    assert Person.objects.get(pk=employee.pk).is_hr is False
    assert [(entry.action, entry.detail) for entry in AuditEntry.objects.order_by("pk")] == [
        ("person.role_given", {"role": HR}),
        ("person.role_taken", {"role": HR}),
    ]
    assert client.post(reverse("people:person-give-role", args=[employee.pk, "boss"])).status_code == 404


def test_last_administrator_stays_one(administrator: Person, employee: Person) -> None:
    client = client_of(administrator)
    client.post(reverse("people:person-take-role", args=[administrator.pk, "administrator"]))
    assert Person.objects.get(pk=administrator.pk).is_administrator is True
    with_role(employee, ADMINISTRATOR)
    client.post(reverse("people:person-take-role", args=[administrator.pk, "administrator"]))
    assert Person.objects.get(pk=administrator.pk).is_administrator is False


def test_hr_gives_no_roles(hr: Person, employee: Person) -> None:
    answer = client_of(hr).post(reverse("people:person-give-role", args=[hr.pk, "administrator"]))
    assert (answer.status_code, Person.objects.get(pk=hr.pk).is_administrator) == (403, False)


def test_person_waiting_sends_again_at_most_once_a_day(hr: Person) -> None:
    nina = make_person("Nina New")
    client = client_of(hr)
    Person.objects.filter(pk=hr.pk).update(last_login=dt.datetime(2026, 1, 1, tzinfo=dt.UTC))
    assert names(client.get(reverse("people:person-waiting"))) == ["Nina New"]
    client.post(reverse("people:person-invite", args=[nina.pk]))
    client.post(reverse("people:person-invite-all"))
    assert list(Message.objects.values_list("person", flat=True)) == [nina.pk]


def test_team_edit_changes_name_place_and_lead(hr: Person, employee: Person, team: Team) -> None:
    top = Team.objects.create(name="Harbour")
    data = {"name": "Reception", "parent": top.pk, "lead": "E1"}
    assert client_of(hr).post(reverse("people:team-edit", args=[team.pk]), data).status_code == 302
    assert list(Team.objects.filter(pk=team.pk).values_list("name", "parent", "lead")) == [
        ("Reception", top.pk, employee.pk)
    ]


def test_team_edit_refuses_a_ring_and_a_twin(hr: Person, team: Team) -> None:
    below = Team.objects.create(name="Below", parent=team)
    Team.objects.create(name="Twin")
    url = reverse("people:team-edit", args=[team.pk])
    answer = client_of(hr).post(url, {"name": "Front desk", "parent": below.pk})
    assert (answer.status_code, answer.context["form"].errors) == (
        422,
        {"parent": ["A team cannot be part of itself or of a team below it."]},
    )
    answer = client_of(hr).post(url, {"name": "Twin"})
    assert (answer.status_code, answer.context["form"].errors) == (
        422,
        {"__all__": ["There is already a team with this name here."]},
    )


# --- Oneself ------------------------------------------------------------------------------------------


def test_pages_speak_the_language_of_the_account(employee: Person) -> None:
    client, url = client_of(employee), reverse("people:account")
    assert client.get(url).headers["Content-Language"] == "en"
    Person.objects.filter(pk=employee.pk).update(language="de")
    assert client.get(url).headers["Content-Language"] == "de"
    # The door does not look who knocks.
    assert client.get(reverse("account_reset_password")).headers["Content-Language"] == "en"


def test_absences_are_kept_and_removed_by_oneself_alone(employee: Person, hr: Person) -> None:
    data = {"absence-first_day": "2027-03-01", "absence-last_day": "2027-03-05"}
    client_of(employee).post(reverse("people:absence-create"), data)
    absence = Absence.objects.get()
    assert (absence.person, absence.first_day, absence.last_day) == (
        employee,
        dt.date(2027, 3, 1),
        dt.date(2027, 3, 5),
    )
    url = reverse("people:absence-delete", args=[absence.pk])
    assert client_of(hr).post(url).status_code == 404
    assert client_of(employee).post(url).status_code == 302
    assert Absence.objects.count() == 0


def test_absence_that_ends_before_it_begins_is_refused(employee: Person) -> None:
    data = {"absence-first_day": "2027-03-05", "absence-last_day": "2027-03-01"}
    answer = client_of(employee).post(reverse("people:absence-create"), data)
    assert (answer.status_code, answer.context["absence_form"].errors) == (
        422,
        {"__all__": ["The last day comes before the first."]},
    )
