"""What an applied file leaves behind."""

import json
import threading
from pathlib import Path

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from pytest_django import Settings

from common.importing.tidying import tidy
from notifications.models import Message
from people.domain.importing import running
from people.models import Attribute, ImportRun, Person, PersonAttribute, Team
from tests.people.conftest import make_person
from tests.people.importing.files import THREE, applied, checked, counts, errors_of, plan_of, rows


@pytest.mark.django_db
def test_apply_import_creates_people_teams_managers_and_leads() -> None:
    assert counts(applied(THREE)) == {"created": 3, "teams": 2, "leads": 2}
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
    applied(THREE)
    before = list(Person.objects.order_by("pk").values())
    plan = plan_of(THREE)
    assert (plan.changes_nothing, len(plan.same)) == (True, 3)
    assert counts(applied(THREE)) == {"unchanged": 3}
    assert list(Person.objects.order_by("pk").values()) == before


@pytest.mark.django_db
def test_apply_import_updates_what_differs_and_leaves_the_absent_alone() -> None:
    applied(THREE)
    make_person("Dora Absent")
    text = rows(
        "2,Ben.New@Example.com,Benjamin,Below,Harbour,Office,3",
        "3,cleo@example.com,Cleo,Below,Harbour,Desk,",
    )
    plan = plan_of(text)
    assert [(str(person), person.changed) for person in plan.updates] == [
        ("Benjamin Below", {"email", "given_name", "display_name", "manager", "team"}),
        ("Cleo Below", {"manager"}),
    ]
    assert plan.absent == 2
    assert applied(text).summary["updated"] == 2
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
def test_apply_import_reads_dates_codes_and_zones() -> None:
    head = "email;name;start_date;end_date;country;language;time_zone"
    applied(f"{head}\na@example.com;Ada A;1.2.2026;2027-03-31;de;de_AT;Europe/Vienna\n")
    ada = Person.objects.values("start_date", "end_date", "country", "language", "time_zone").get()
    assert {name: str(value) for name, value in ada.items()} == {
        "start_date": "2026-02-01",
        "end_date": "2027-03-31",
        "country": "DE",
        "language": "de",
        "time_zone": "Europe/Vienna",
    }


@pytest.mark.django_db
def test_apply_import_makes_addresses_by_the_pattern(settings: Settings) -> None:
    settings.PORTAL_EMAIL_PATTERN = "{employee_id}@example.com"
    text = "employee_id,name\nE7,Ada A\n"
    assert applied(text).summary["created"] == 1
    assert Person.objects.get().email == "e7@example.com"
    assert applied(text).summary["unchanged"] == 1


@pytest.mark.django_db
def test_apply_import_leaves_a_lead_set_by_hand() -> None:
    applied(THREE)
    Team.objects.filter(name="Desk").update(lead=Person.objects.get(employee_number="3"))
    assert applied(THREE).summary["leads"] == 0
    assert Team.objects.get(name="Desk").lead == Person.objects.get(employee_number="3")


@pytest.mark.django_db
def test_apply_import_invites_new_people_once() -> None:
    make_person("Ben Below", employee_number="2", email="ben@example.com")
    assert applied(THREE, invite=True).summary["invited"] == 2
    assert sorted(Message.objects.values_list("kind", "person__email")) == [
        ("people.set_password", "ada@example.com"),
        ("people.set_password", "cleo@example.com"),
    ]
    assert applied(THREE, invite=True).summary["invited"] == 0


@pytest.mark.django_db
def test_apply_import_leaves_the_deactivated_deactivated() -> None:
    applied(THREE)
    Person.objects.filter(employee_number="2").update(is_active=False)
    assert [str(person) for person in plan_of(THREE).returners] == ["Ben Below"]
    applied(THREE)
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
    content = "\n".join(lines).encode("utf-8", "surrogatepass")
    assert counts(applied(content), ["created"]) == {"created": len(strings)}
    stored = dict(Person.objects.values_list("employee_number", "family_name"))
    assert stored == {str(number): tidy(text[:100]) for number, text in enumerate(strings)}
    assert counts(applied(content)) == {"unchanged": len(strings)}


@pytest.mark.django_db
def test_apply_import_writes_in_bulk() -> None:
    def statements(first: int, last: int) -> int:
        lines = (f"{n},p{n}@example.com,P,{n},Harbour,Unit {n % 7},{first}" for n in range(first, last))
        with CaptureQueriesContext(connection) as captured:
            applied(rows(*lines))
        return len(captured)

    few = statements(1, 20)
    # How far it has come is written by the clock, a few times more or less.
    assert statements(1000, 1900) <= few + 10


@pytest.mark.django_db(transaction=True)
def test_two_files_at_once_make_everybody_once() -> None:
    """One is applied; the other is no longer what somebody agreed to, and is shown anew."""
    runs = [checked(THREE), checked(THREE)]
    for run in runs:
        running.order(run, seen=run.digest, leads={}, invite=False, reactivate=False)
    results: list[int | None] = []

    def work(run_id: int) -> None:
        try:
            result = running.carry_out(run_id)
            results.append(result.created if result else None)
        finally:
            connection.close()

    # Each file by two workers, as where a task comes twice.
    threads = [threading.Thread(target=work, args=[run.pk]) for run in (*runs, *runs)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(results, key=str) == [3, None, None, None]
    assert sorted(ImportRun.objects.values_list("state", flat=True)) == ["applied", "previewed"]
    assert Person.objects.count() == 3


@pytest.mark.django_db
def test_apply_import_lets_a_password_go_with_the_address_and_with_nothing_else() -> None:
    applied(THREE)
    for person in Person.objects.all():
        person.set_password("four brave otters swim")
        person.save()

    applied(THREE.replace("ada@example.com", "ada.above@example.com").replace("Ben,Below", "Ben,Beneath"))

    kept = {person.employee_number: person.has_usable_password() for person in Person.objects.all()}
    assert kept == {"1": False, "2": True, "3": True}


@pytest.mark.django_db
def test_two_people_swap_their_addresses_and_neither_keeps_a_password() -> None:
    applied(THREE)
    for person in Person.objects.all():
        person.set_password("four brave otters swim")
        person.save()
    swapped = THREE.replace("ben@", "x@").replace("cleo@", "ben@").replace("x@", "cleo@")
    assert counts(applied(swapped)) == {"updated": 2, "unchanged": 1}
    people = Person.objects.order_by("employee_number")
    assert [(each.email, each.has_usable_password(), each.link_stamp) for each in people] == [
        ("ada@example.com", True, 0),
        ("cleo@example.com", False, 1),
        ("ben@example.com", False, 1),
    ]
    assert [str(each) for each in Person.objects.matching("cleo@example.com")] == ["Ben Below"]


@pytest.mark.django_db
def test_an_address_somebody_gives_away_may_be_taken_by_somebody_new() -> None:
    applied(THREE)
    text = THREE.replace("ben@", "benno@") + "9,ben@example.com,Ben,Newer,Harbour,Desk,2\n"
    assert counts(applied(text)) == {"created": 1, "updated": 1, "unchanged": 2}
    assert Person.objects.get(email="ben@example.com").manager == Person.objects.get(employee_number="2")


@pytest.mark.django_db
def test_case_and_odd_spaces_change_nothing() -> None:
    applied(THREE)
    odd = THREE.replace("ada@example.com", " ADA@Example.COM\u00a0").replace("Ben,Below", "Ben\u202f, Below ")
    assert counts(applied(odd)) == {"unchanged": 3}


@pytest.mark.django_db
def test_a_manager_in_a_later_row_and_names_from_right_to_left() -> None:
    applied(rows("1,a@example.com,دانا,كريم,ميناء,مكتب,2", "2,b@example.com,דנה,לוי,ميناء,مكتب,"))
    dana = Person.objects.get(employee_number="1")
    assert (dana.display_name, str(dana.manager), str(dana.team)) == ("دانا كريم", "דנה לוי", "مكتب")


@pytest.mark.django_db
def test_a_german_file_with_the_family_name_first() -> None:
    lines = [
        "Personalnummer;Name;E-Mail-Adresse;Abteilung;Vorgesetzte;Eintrittsdatum",
        "1;MÜLLER, Zoë;zoe@example.com;Empfang;;1.2.2026",
        "2;VAN DER BERG, Jan P.;jan@example.com;Empfang;1;01.03.2026",
    ]
    applied("\n".join(lines).encode("cp1252"))
    found = Person.objects.order_by("employee_number").values_list(
        "given_name", "family_name", "display_name", "team__name", "start_date"
    )
    assert [tuple(map(str, each)) for each in found] == [
        ("Zoë", "MÜLLER", "Zoë MÜLLER", "Empfang", "2026-02-01"),
        ("Jan P.", "VAN DER BERG", "Jan P. VAN DER BERG", "Empfang", "2026-03-01"),
    ]


@pytest.mark.django_db
def test_columns_of_attributes_are_read_as_words_and_bands() -> None:
    contract = Attribute.objects.create(name="Kind of contract")
    service = Attribute.objects.create(name="Years", kind=Attribute.Kind.BANDED, bands=[2, 5])
    Attribute.objects.create(name="Of old", archived=True)
    text = (
        "email,name,kind of contract,years,of old\n"
        "a@example.com,Ada A,Part time,1.5,x\n"
        "b@example.com,Ben B,,5,x\n"
        "c@example.com,Cleo C,Full time,many,x\n"
    )
    assert errors_of(text) == [(4, "years", "“many” is no number.")]
    text = text.replace("many", "4,9".replace(",", "."))
    applied(text)

    def known() -> dict[str, tuple[str, str]]:
        return {
            each.value: (each.person.email[0], each.attribute.name)
            for each in PersonAttribute.objects.select_related("person", "attribute")
        }

    assert known() == {
        "Part time": ("a", "Kind of contract"),
        "Full time": ("c", "Kind of contract"),
        "under 2": ("a", "Years"),
        "5 or more": ("b", "Years"),
        "2 to under 5": ("c", "Years"),
    }
    assert counts(applied(text)) == {"unchanged": 3}
    # An empty cell is no longer known, an attribute without a column stays.
    assert counts(applied("email,years\na@example.com,\n")) == {"updated": 1}
    assert (contract.values.count(), service.values.count()) == (2, 2)


@pytest.mark.django_db
def test_a_worker_that_died_leaves_nothing_that_counts() -> None:
    """Its rows stand under an attempt nobody reads; whoever takes the file up begins anew."""
    run = running.upload(THREE.encode(), file_name="people.csv", by=None, everybody=False)
    began = timezone.now()
    claimed = running._claim(run.pk, ImportRun.State.CHECKING, began)
    assert claimed is not None
    run.rows.create(attempt=claimed.attempt, kind="new", name="Half")
    # While its lease runs nobody else is at it.
    assert running.check(run.pk, now=began) is False
    assert running.check(run.pk, now=began + running.LEASE * 1.1) is True
    run.refresh_from_db()
    assert (run.summary["new"], run.rows.count()) == (3, run.rows_now.count())
    assert "Half" not in run.rows.values_list("name", flat=True)
    # The one given up for dead comes to its end late and shows nothing.
    claimed.state = ImportRun.State.CHECKING
    assert running._next_attempt(claimed) is False
