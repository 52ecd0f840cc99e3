import json
import threading
from collections import defaultdict
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from pytest_django import DjangoAssertNumQueries, Settings

from common.csv_import import Problem, decode, tidy
from common.models import AuditEntry
from notifications.models import Message
from people.domain.importing import ImportRefused, apply_import, plan_import, read_people
from people.domain.importing.snapshot import Snapshot
from people.models import Person, Team
from tests.people.conftest import make_person

HEAD = "employee_id,email,given_name,family_name,organisation,unit,manager_id\n"


def rows(*lines: str) -> str:
    return HEAD + "\n".join(lines) + "\n"


def apply(text: str, **kwargs: object) -> dict[str, int]:
    options: dict[str, object] = {"by": None, "invite": False} | kwargs
    return apply_import(read_people(text), **options).counts  # type: ignore[arg-type]


def errors_of(text: str) -> list[tuple[int, str, str]]:
    return [(each.row, each.column, each.message) for each in plan_import(read_people(text)).errors]


THREE = rows(
    "1,ada@example.com,Ada,Above,Harbour,Desk,",
    "2,ben@example.com,Ben,Below,Harbour,Desk,1",
    "3,cleo@example.com,Cleo,Below,Harbour,Desk,1",
)


@pytest.mark.django_db
def test_apply_import_creates_people_teams_managers_and_leads() -> None:
    assert apply(THREE) == {
        "created": 3,
        "updated": 0,
        "unchanged": 0,
        "teams": 2,
        "leads": 2,
        "invited": 0,
    }
    ben = Person.objects.get(employee_number="2")
    assert (ben.email, ben.display_name, ben.manager.display_name, ben.team.name, ben.team.parent.name) == (
        "ben@example.com",
        "Ben Below",
        "Ada Above",
        "Desk",
        "Harbour",
    )
    assert not ben.has_usable_password()
    assert list(Team.objects.values_list("name", "lead__email")) == [
        ("Desk", "ada@example.com"),
        ("Harbour", "ada@example.com"),
    ]
    assert list(Person.objects.matching("below ben").values_list("email", flat=True)) == ["ben@example.com"]


@pytest.mark.django_db
def test_apply_import_again_changes_nothing() -> None:
    apply(THREE)
    before = list(Person.objects.order_by("pk").values())
    plan = plan_import(read_people(THREE))
    assert (plan.changes_nothing, plan.unchanged) == (True, 3)
    assert apply(THREE)["unchanged"] == 3
    assert list(Person.objects.order_by("pk").values()) == before


@pytest.mark.django_db
def test_apply_import_updates_what_differs_and_leaves_the_absent_alone() -> None:
    apply(THREE)
    make_person("Dora Absent")
    text = rows(
        "2,Ben.New@Example.com,Benjamin,Below,Harbour,Office,3",
        "3,cleo@example.com,Cleo,Below,Harbour,Desk,",
    )
    plan = plan_import(read_people(text))
    assert [(str(person), person.changed) for person in plan.updates] == [
        ("Benjamin Below", {"email", "given_name", "display_name", "manager", "team"}),
        ("Cleo Below", {"manager"}),
    ]
    assert plan.absent == 2
    assert apply(text)["updated"] == 2
    ben = Person.objects.get(employee_number="2")
    assert (ben.email, ben.search_text, ben.manager.display_name, ben.team.name) == (
        "ben.new@example.com",
        "benjamin below ben.new@example.com",
        "Cleo Below",
        "Office",
    )
    assert Person.objects.get(employee_number="3").manager is None
    assert Person.objects.active().count() == 4


@pytest.mark.django_db
def test_plan_import_matches_by_number_then_by_email() -> None:
    by_number = make_person("Ada One", employee_number="1")
    by_email = make_person("Ben Two")
    plan = plan_import(
        read_people("employee_id,email,name\n1,new@example.com,Ada One\n2,BEN.two@example.com,Ben Two\n")
    )
    assert [(person.handle, person.changed) for person in plan.updates] == [
        (by_number.pk, {"email"}),
        (by_email.pk, {"employee_number"}),
    ]


@pytest.mark.django_db
def test_plan_import_leaves_fields_without_a_column_alone() -> None:
    make_person("Ada One", employee_number="1", job_title="Pilot", location="Quay")
    plan = plan_import(read_people("employee_id,location\n1,\n"))
    assert [person.changed for person in plan.updates] == [{"location"}]


@pytest.mark.django_db
def test_plan_import_clears_what_an_empty_cell_clears_but_keeps_the_email() -> None:
    make_person("Ada One", employee_number="1", country="GB")
    plan = plan_import(read_people("employee_id,email,country\n1,,\n"))
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
    with pytest.raises(ImportRefused):
        apply(text)
    assert (Person.objects.count(), Team.objects.count(), AuditEntry.objects.count()) == (0, 0, 0)


@pytest.mark.django_db
def test_plan_import_refuses_an_email_of_somebody_else() -> None:
    make_person("Ada One", employee_number="1", email="ada@example.com")
    assert errors_of("employee_id,email,name\n2,ada@example.com,Ben Two\n") == [
        (2, "email", "ada@example.com already belongs to Ada One.")
    ]


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
def test_apply_import_reads_dates_codes_and_zones() -> None:
    head = "email;name;start_date;end_date;country;language;time_zone"
    apply(f"{head}\na@example.com;Ada A;1.2.2026;2027-03-31;de;de_AT;Europe/Vienna\n")
    ada = Person.objects.values("start_date", "end_date", "country", "language", "time_zone").get()
    assert {name: str(value) for name, value in ada.items()} == {
        "start_date": "2026-02-01",
        "end_date": "2027-03-31",
        "country": "DE",
        "language": "de",
        "time_zone": "Europe/Vienna",
    }


@pytest.mark.django_db
def test_plan_import_cleans_and_lists() -> None:
    plan = plan_import(read_people(rows("1,a@example.com, Ada,,,,1")))
    assert plan.errors == []
    assert plan.warnings == [
        Problem(2, "given_name", "Spaces were tidied."),
        Problem(2, "family_name", "No family name; the given name stands alone."),
        Problem(2, "manager_id", "Their own manager: now without one."),
    ]
    assert [(person.values["display_name"], person.manager) for person in plan.creates] == [("Ada", None)]


@pytest.mark.django_db
def test_apply_import_makes_addresses_by_the_pattern(settings: Settings) -> None:
    settings.PORTAL_EMAIL_PATTERN = "{employee_id}@example.com"
    text = "employee_id,name\nE7,Ada A\n"
    assert apply(text)["created"] == 1
    assert Person.objects.get().email == "e7@example.com"
    assert apply(text)["unchanged"] == 1


@pytest.mark.django_db
def test_plan_import_proposes_leads_that_can_be_chosen_otherwise() -> None:
    text = rows(
        "1,a@example.com,Ada,A,Harbour,Desk,",
        "2,b@example.com,Ben,B,Harbour,Desk,1",
        "3,c@example.com,Cleo,C,Harbour,Desk,1",
        "4,d@example.com,Dora,D,Harbour,Desk,2",
    )
    path = ("Harbour", "Desk")
    lead = next(each for each in plan_import(read_people(text)).leads if each.path == path)
    assert [(each.name, each.reports) for each in lead.candidates] == [("Ada A", 2), ("Ben B", 1)]
    assert lead.chosen == lead.candidates[0]
    apply(text, chosen_leads={path: "2", ("Harbour",): ""})
    assert list(Team.objects.values_list("name", "lead__display_name")) == [
        ("Desk", "Ben B"),
        ("Harbour", None),
    ]


@pytest.mark.django_db
def test_apply_import_leaves_a_lead_set_by_hand() -> None:
    apply(THREE)
    Team.objects.filter(name="Desk").update(lead=Person.objects.get(employee_number="3"))
    assert apply(THREE)["leads"] == 0
    assert Team.objects.get(name="Desk").lead == Person.objects.get(employee_number="3")


@pytest.mark.django_db
def test_apply_import_invites_new_people_once() -> None:
    make_person("Ben Below", employee_number="2", email="ben@example.com")
    assert apply(THREE, invite=True)["invited"] == 2
    assert sorted(Message.objects.values_list("kind", "person__email")) == [
        ("people.set_password", "ada@example.com"),
        ("people.set_password", "cleo@example.com"),
    ]
    assert apply(THREE, invite=True)["invited"] == 0


@pytest.mark.django_db
def test_apply_import_leaves_the_deactivated_deactivated() -> None:
    apply(THREE)
    Person.objects.filter(employee_number="2").update(is_active=False)
    plan = plan_import(read_people(THREE))
    assert plan.warnings == [Problem(3, "", "This person is deactivated here and stays so.")]
    apply(THREE)
    assert Person.objects.get(employee_number="2").is_active is False


@pytest.mark.django_db
def test_apply_import_takes_hostile_texts_and_all_languages_as_they_are(shared_data: Path) -> None:
    strings: list[str] = json.loads((shared_data / "texts/blns.json").read_text("utf-8"))
    strings += (shared_data / "texts/csv-payload.txt").read_text("utf-8").splitlines()
    languages = json.loads((shared_data / "texts/udhr_subset.json").read_text("utf-8"))
    strings += [
        str(each)[:100] for each in (languages.values() if isinstance(languages, dict) else languages)
    ]
    lines = ["employee_id,email,given_name,family_name,job_title,location,organisation,unit"]
    for number, text in enumerate(strings):
        cell = '"' + text[:100].replace('"', '""') + '"'
        lines.append(f"{number},p{number}@example.com,N,{','.join([cell] * 5)}")
    parsed = read_people(decode("\n".join(lines).encode("utf-8", "surrogatepass")))
    assert parsed.errors == []
    assert apply_import(parsed, by=None, invite=False).created == len(strings)
    stored = dict(Person.objects.values_list("employee_number", "family_name"))
    assert stored == {str(number): tidy(text[:100]) for number, text in enumerate(strings)}
    again = apply_import(read_people(decode("\n".join(lines).encode())), by=None, invite=False)
    assert again.unchanged == len(strings)


@pytest.mark.django_db
def test_apply_import_writes_in_bulk(django_assert_max_num_queries: DjangoAssertNumQueries) -> None:
    many = rows(*(f"{n},p{n}@example.com,P,{n},Harbour,Unit {n % 7},{n // 10 or ''}" for n in range(1, 400)))
    # SQLite takes fewer values per statement; what matters is that it is not one for each person.
    with django_assert_max_num_queries(60):
        apply(many)


@pytest.mark.django_db
def test_plan_import_bears_a_lead_who_came_while_it_looked() -> None:
    """People and teams are two statements, and somebody else's import may end between them."""
    apply(THREE)
    snapshot = Snapshot.take()
    snapshot.people.clear()
    plan = plan_import(read_people(THREE), snapshot)
    assert (len(plan.creates), plan.leads) == (3, [])


@pytest.mark.django_db(transaction=True)
def test_apply_import_twice_at_once_makes_everybody_once() -> None:
    results: list[dict[str, int]] = []

    def run() -> None:
        try:
            results.append(apply(THREE))
        finally:
            connection.close()

    threads = [threading.Thread(target=run) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(result["created"] for result in results) == [0, 0, 0, 3]
    assert Person.objects.count() == 3


@pytest.mark.django_db
def test_import_people_20k(shared_data: Path, settings: Settings, capsys: pytest.CaptureFixture[str]) -> None:
    settings.PORTAL_EMAIL_PATTERN = "{employee_id}@example.com"
    file = str(shared_data / "people/people_20k.csv")
    call_command("import_people", file)
    shown = capsys.readouterr()
    assert shown.out == (
        "19889 people created, 0 updated, 0 unchanged; 460 teams made, 446 leads set; "
        "0 mails to set a password.\n"
    )
    rows_of: dict[str, set[str]] = defaultdict(set)
    for line in shown.err.splitlines():
        where, _, words = line.partition(": ")
        rows_of[words].add(where.partition(",")[0])
    assert {words: len(found) for words, found in rows_of.items()} == {
        "Columns not used here: “grade”.": 1,
        "Spaces were tidied.": 460,
        "Letters and their accents were joined.": 52,
        "No family name; the given name stands alone.": 11,
        "Their own manager: now without one.": 3,
    }
    assert Person.objects.filter(manager__isnull=True).count() == 72
    assert Person.objects.filter(reports__isnull=False).distinct().count() == 448
    call_command("import_people", file)
    assert capsys.readouterr().out == "Nothing to change: 19889 people are as the file says.\n"


@pytest.mark.django_db
def test_import_people_says_what_is_wrong(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "people.csv"
    file.write_text(rows("1,,Ada,A,,,"))
    with pytest.raises(CommandError, match=r"^Nothing was changed: 1 errors in people\.csv\.$"):
        call_command("import_people", str(file))
    assert capsys.readouterr().err == "row 2, email: The e-mail is missing.\n"


def test_import_people_says_when_there_is_no_file(tmp_path: Path) -> None:
    with pytest.raises(CommandError, match="No such file or directory"):
        call_command("import_people", str(tmp_path / "none.csv"))


@pytest.mark.django_db
def test_apply_import_lets_a_password_go_with_the_address_and_with_nothing_else() -> None:
    apply(THREE)
    for person in Person.objects.all():
        person.set_password("four brave otters swim")
        person.save()

    apply(THREE.replace("ada@example.com", "ada.above@example.com").replace("Ben,Below", "Ben,Beneath"))

    kept = {person.employee_number: person.has_usable_password() for person in Person.objects.all()}
    assert kept == {"1": False, "2": True, "3": True}
