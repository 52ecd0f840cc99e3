"""What a file would change, and what stands in its way."""

import pytest

from common.importing.problems import Problem
from common.models import AuditEntry
from people.domain.importing import plan_import, running
from people.domain.importing.snapshot import Snapshot
from people.models import Person, Team
from tests.people.conftest import make_person
from tests.people.importing.files import THREE, applied, checked, errors_of, parsed, plan_of, rows


@pytest.mark.django_db
def test_plan_import_matches_by_number_then_by_email() -> None:
    by_number = make_person("Ada One", employee_number="1")
    by_email = make_person("Ben Two")
    plan = plan_of("employee_id,email,name\n1,new@example.com,Ada One\n2,BEN.two@example.com,Ben Two\n")
    assert [(person.handle, person.changed) for person in plan.updates] == [
        (by_number.pk, {"email"}),
        (by_email.pk, {"employee_number"}),
    ]


@pytest.mark.django_db
def test_plan_import_leaves_fields_without_a_column_alone() -> None:
    make_person("Ada One", employee_number="1", job_title="Pilot", location="Quay")
    plan = plan_of("employee_id,location\n1,\n")
    assert [person.changed for person in plan.updates] == [{"location"}]


@pytest.mark.django_db
def test_plan_import_clears_what_an_empty_cell_clears_but_keeps_the_email() -> None:
    make_person("Ada One", employee_number="1", country="GB")
    plan = plan_of("employee_id,email,country\n1,,\n")
    assert (plan.errors, [person.changed for person in plan.updates]) == ([], [{"country"}])


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("lines", "expected"),
    [
        (
            ["1,a@example.com,Ada,A,,,", "1,b@example.com,Ben,B,,,"],
            [(3, "employee_id", "The employee number 1 is also in row 2.")],
        ),
        (
            ["1,a@example.com,Ada,A,,,", "2,A@Example.com,Ben,B,,,"],
            [(3, "email", "The e-mail a@example.com is also in row 2.")],
        ),
        (
            ["1,a@example.com,Ada,A,,,9"],
            [
                (
                    2,
                    "manager_id",
                    "Nobody has the employee number or e-mail “9”, who should be the manager.",
                )
            ],
        ),
        (
            ["1,a@example.com,Ada,A,,,2", "2,b@example.com,Ben,B,,,1"],
            [(2, "manager_id", "These people manage each other in a ring: Ada A → Ben B → Ada A.")],
        ),
        (["1,,Ada,A,,,"], [(2, "email", "The e-mail is missing.")]),
        ([",,Ada,A,,,"], [(2, "email", "There is neither an employee number nor an e-mail in this row.")]),
        (["1,ada at home,Ada,A,,,"], [(2, "email", "“ada at home” is no e-mail address.")]),
        (["1,a@example.com,,,,,"], [(2, "given_name", "There is no name in this row.")]),
        (["1,a@example.com,Ada"], [(2, "", "This row has 3 cells, the first row has 7.")]),
        (
            [f"1,a@example.com,{'x' * 121},A,,,"],
            [(2, "given_name", f"This is longer than 120 characters: “{'x' * 30}…”.")],
        ),
    ],
)
def test_plan_import_refuses(lines: list[str], expected: list[tuple[int, str, str]]) -> None:
    text = rows(*lines)
    assert errors_of(text) == expected
    run = checked(text)
    assert running.order(run, seen=run.digest, leads={}, invite=False, reactivate=False)
    assert running.carry_out(run.pk) is None
    assert (Person.objects.count(), Team.objects.count(), AuditEntry.objects.count()) == (0, 0, 0)


@pytest.mark.django_db
def test_plan_import_refuses_an_email_of_somebody_else() -> None:
    make_person("Ada One", employee_number="1", email="ada@example.com")
    taken = "ada@example.com already belongs to Ada One, who has another employee number. "
    taken += "If they are the same, change the number on their page first."
    assert errors_of("employee_id,email,name\n2,ada@example.com,Ben Two\n") == [(2, "email", taken)]


@pytest.mark.django_db
def test_plan_import_leaves_the_address_of_somebody_with_a_role(hr: Person) -> None:
    Person.objects.filter(pk=hr.pk).update(employee_number="7")
    message = "Hana Resource holds a role, so their e-mail stays until an administrator takes it."
    assert errors_of("employee_id,email\n7,mine@example.com\n") == [(2, "email", message)]
    assert errors_of("employee_id,email\n7,hana.resource@example.com\n") == []


@pytest.mark.django_db
def test_plan_import_sees_a_ring_that_closes_through_people_not_in_the_file() -> None:
    ada = make_person("Ada One", employee_number="1")
    make_person("Ben Two", employee_number="2", manager=ada)
    assert errors_of("employee_id,manager\n1,2\n") == [
        (2, "manager", "These people manage each other in a ring: Ada One → Ben Two → Ada One.")
    ]


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("column", "value", "message"),
    [
        ("start_date", "2026-02-30", "“2026-02-30” is no day. Write days as 2026-11-30."),
        ("start_date", "31.11.2026", "“31.11.2026” is no day. Write days as 2026-11-30."),
        ("start_date", "01/02/2026", "“01/02/2026” is no day. Write days as 2026-11-30."),
        ("end_date", "0001-01-01", "“0001-01-01” is no day. Write days as 2026-11-30."),
        ("end_date", "9999-12-31", "“9999-12-31” is no day. Write days as 2026-11-30."),
        ("end_date", "٢٠٢٦-١١-٣٠", "“٢٠٢٦-١١-٣٠” is no day. Write days as 2026-11-30."),
        ("country", "Germany", "Write the country as two letters, such as DE."),
        ("language", "Klingon", "Write the language as its code, such as de or en."),
        ("time_zone", "Mars/Base", "“Mars/Base” is no time zone we know. Write it like Europe/Berlin."),
        (
            "time_zone",
            "../etc/passwd",
            "“../etc/passwd” is no time zone we know. Write it like Europe/Berlin.",
        ),
    ],
)
def test_plan_import_refuses_a_value_nobody_can_read(column: str, value: str, message: str) -> None:
    assert errors_of(f"email,name,{column}\na@example.com,Ada A,{value}\n") == [(2, column, message)]


@pytest.mark.django_db
def test_plan_import_cleans_and_lists() -> None:
    plan = plan_of(rows("1,a@example.com, Ada,,,,1"))
    assert plan.errors == []
    assert plan.warnings == [
        Problem(2, "given_name", "Spaces were tidied."),
        Problem(2, "family_name", "No family name; the given name stands alone."),
        Problem(2, "manager_id", "Their own manager: now without one."),
    ]
    assert [(person.values["display_name"], person.manager) for person in plan.creates] == [("Ada", None)]


@pytest.mark.django_db
def test_plan_import_proposes_leads_that_can_be_chosen_otherwise() -> None:
    text = rows(
        "1,a@example.com,Ada,A,Harbour,Desk,",
        "2,b@example.com,Ben,B,Harbour,Desk,1",
        "3,c@example.com,Cleo,C,Harbour,Desk,1",
        "4,d@example.com,Dora,D,Harbour,Desk,2",
    )
    path = ("Harbour", "Desk")
    lead = next(each for each in plan_of(text).leads if each.path == path)
    assert [(each.name, each.reports) for each in lead.candidates] == [("Ada A", 2), ("Ben B", 1)]
    assert lead.chosen == lead.candidates[0]
    applied(text, leads={path: "2", ("Harbour",): ""})
    assert list(Team.objects.values_list("name", "lead__display_name")) == [
        ("Desk", "Ben B"),
        ("Harbour", None),
    ]


@pytest.mark.django_db
def test_plan_import_bears_a_lead_who_came_while_it_looked() -> None:
    """People and teams are two statements, and somebody else's import may end between them."""
    applied(THREE)
    snapshot = Snapshot.take()
    snapshot.people.clear()
    plan = plan_import(parsed(THREE), snapshot)
    assert (len(plan.creates), plan.leads) == (3, [])
