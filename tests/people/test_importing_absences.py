from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import transaction
from django.test import Client
from django.urls import reverse
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase

from common.importing.kinds import Meanwhile
from common.importing.running import carry_out
from common.models import AuditEntry, ImportFile
from people.domain.importing_absences import ABSENCES, FIELDS, AbsencePlan, plan_absences
from people.models import Absence, Person
from tests.common.importing.files import read_as, workbook
from tests.people.conftest import client_of, make_person

pytestmark = pytest.mark.django_db

HEAD = "Personalnummer;E-Mail;Von;Bis\n"


def planned(rows: str) -> AbsencePlan:
    return plan_absences(read_as(FIELDS, HEAD + rows))


def applied(rows: str, by: Person) -> AbsencePlan:
    plan = planned(rows)
    assert plan.errors == []
    with transaction.atomic():
        ABSENCES.write(plan, by)
    return plan


def days(person: Person) -> list[tuple[str, str]]:
    return [
        (absence.first_day.isoformat(), absence.last_day.isoformat())
        for absence in person.absences.order_by("first_day")
    ]


def test_absences_are_noted_by_number_and_by_email(hr: Person, employee: Person) -> None:
    plan = applied(
        f"E1;;2026-12-21;2027-01-04\n;{hr.email.upper()};01.02.2027;\nE1;{employee.email};2027-03-01;2027-03-01\n",
        hr,
    )
    assert plan.counts == {"new": 3}
    assert days(employee) == [("2026-12-21", "2027-01-04"), ("2027-03-01", "2027-03-01")]
    assert days(hr) == [("2027-02-01", "2027-02-01")]
    entry = AuditEntry.objects.get()
    assert (entry.action, entry.actor, entry.detail) == (
        "absences.imported",
        hr,
        {"created": 3, "updated": 0, "unchanged": 0},
    )


def test_the_same_file_again_changes_nothing(hr: Person, employee: Person) -> None:
    rows = "E1;;2026-12-21;2027-01-04\nE1;;2027-03-01;2027-03-05\n"
    applied(rows, hr)
    before = set(Absence.objects.values_list())
    plan = applied(rows, hr)
    assert (plan.changes, plan.counts) == (0, {"same": 2})
    assert set(Absence.objects.values_list()) == before


def test_days_that_overlap_become_one_absence_and_the_preview_says_so(hr: Person, employee: Person) -> None:
    Absence.objects.create(person=employee, first_day=dt.date(2027, 3, 4), last_day=dt.date(2027, 3, 10))
    Absence.objects.create(person=employee, first_day=dt.date(2027, 3, 12), last_day=dt.date(2027, 3, 12))
    Absence.objects.create(person=hr, first_day=dt.date(2027, 3, 1), last_day=dt.date(2027, 3, 30))
    plan = applied("E1;;2027-03-01;2027-03-05\nE1;;2027-03-10;2027-03-20\nE1;;2027-03-01;2027-03-05\n", hr)
    assert days(employee) == [("2027-03-01", "2027-03-20")]
    assert days(hr) == [("2027-03-01", "2027-03-30")]
    assert [(each.row, each.message) for each in plan.warnings] == [
        (
            2,
            (
                "Overlaps days noted here (2027-03-04 - 2027-03-10, 2027-03-12); "
                "together they become 2027-03-01 - 2027-03-20."
            ),
        ),
        (3, "Overlaps the days of row 2; they become one absence."),
        (4, "The same days are also in row 2."),
    ]
    assert plan.counts == {"changed": 1}


def test_days_within_noted_ones_change_nothing(hr: Person, employee: Person) -> None:
    Absence.objects.create(person=employee, first_day=dt.date(2027, 3, 1), last_day=dt.date(2027, 3, 31))
    assert applied("E1;;2027-03-02;2027-03-05\nE1;;2027-03-10;2027-03-10\n", hr).counts == {"same": 1}
    assert days(employee) == [("2027-03-01", "2027-03-31")]


@pytest.mark.parametrize(
    ("row", "column", "message"),
    [
        (";;2027-03-01;", "Personalnummer", "There is neither an employee number nor an e-mail in this row."),
        ("E9;;2027-03-01;", "Personalnummer", "Nobody has the employee number “E9”."),
        (";who@example.com;2027-03-01;", "E-Mail", "Nobody has the e-mail “who@example.com”."),
        (
            "E9;emil.employee@example.com;2027-03-01;",
            "Personalnummer",
            "Nobody has the employee number “E9”.",
        ),
        (
            "E1;hana.resource@example.com;2027-03-01;",
            "E-Mail",
            "The employee number and the e-mail belong to two people.",
        ),
        ("E1;;;2027-03-01", "Von", "The first day is missing."),
        ("E1;;2027-03-05;2027-03-01", "Bis", "The last day comes before the first."),
        ("E1;;03/04/2027;", "Von", "“03/04/2027” is no day. Write days as 2026-11-30."),
        ("E1;;2027-02-29;", "Von", "“2027-02-29” is no day. Write days as 2026-11-30."),
        ("E1;;2027-03-01 13:00;", "Von", "“2027-03-01 13:00” is no day. Write days as 2026-11-30."),
    ],
)
def test_a_row_that_cannot_be_is_refused(
    hr: Person, employee: Person, row: str, column: str, message: str
) -> None:
    assert [(each.row, each.column, each.message) for each in planned(row + "\n").errors] == [
        (2, column, message)
    ]


def test_people_who_left_are_left_out_and_long_absences_are_named(hr: Person, employee: Person) -> None:
    left = make_person("Lea Left", employee_number="E2", is_active=False)
    plan = applied("E2;;2027-03-01;\nE1;;2027-01-01;2028-06-01\n", hr)
    assert [(each.row, each.message) for each in plan.warnings] == [
        (2, "Lea Left no longer works here; this row is left out."),
        (3, "This is longer than a year: 2027-01-01 - 2028-06-01."),
    ]
    assert (days(left), days(employee)) == ([], [("2027-01-01", "2028-06-01")])


def test_days_noted_meanwhile_stop_the_import(hr: Person, employee: Person) -> None:
    plan = planned("E1;;2027-03-01;2027-03-05\n")
    Absence.objects.create(person=employee, first_day=dt.date(2027, 3, 3), last_day=dt.date(2027, 3, 3))
    with pytest.raises(Meanwhile), transaction.atomic():
        ABSENCES.write(plan, hr)
    assert Absence.objects.count() == 1


_SPANS = st.lists(st.tuples(st.integers(0, 40), st.integers(0, 6)), max_size=8)


class AnyDays(TestCase):
    @settings(max_examples=60, deadline=None)
    @given(noted=_SPANS, imported=_SPANS.filter(bool))
    def test_every_day_of_the_file_is_away_and_none_more(
        self, noted: list[tuple[int, int]], imported: list[tuple[int, int]]
    ) -> None:
        person = make_person("Any Body", employee_number="E5")
        start = dt.date(2027, 1, 1)

        def span(first: int, length: int) -> tuple[dt.date, dt.date]:
            return start + dt.timedelta(first), start + dt.timedelta(first + length)

        for each in noted:
            Absence.objects.create(person=person, first_day=span(*each)[0], last_day=span(*each)[1])
        rows = "".join(f"E5;;{span(*each)[0]};{span(*each)[1]}\n" for each in imported)
        applied(rows, person)
        expected = {first + number for first, length in noted + imported for number in range(length + 1)}
        found = {
            (absence.first_day - start).days + number
            for absence in person.absences.all()
            for number in range((absence.last_day - absence.first_day).days + 1)
        }
        assert found == expected
        assert planned(rows).changes == 0


# --- Pages ---


def upload(client: Client, content: bytes, name: str) -> Any:
    file = SimpleUploadedFile(name, content)
    return client.post(reverse("people:absence-import-create"), {"file": file}, follow=True)


def test_absence_import_takes_a_workbook(hr: Person, employee: Person) -> None:
    client = client_of(hr)
    rows = [
        ["Personalnummer", "Abwesend von", "Abwesend bis"],
        ["E1", dt.date(2027, 3, 1), dt.date(2027, 3, 5)],
    ]
    page = upload(client, workbook([], rows, titles=["Deckblatt", "Urlaub"]), "urlaub.xlsx")
    assert page.context["plan"].counts == {"new": 1}
    assert "Read from the sheet “Urlaub”." in page.content.decode()
    run = ImportFile.objects.get()
    done = client.post(reverse("people:absence-import-apply", args=[run.pk]), follow=True)
    assert "The file is applied" in done.content.decode()
    assert days(employee) == [("2027-03-01", "2027-03-05")]


def test_absence_import_tells_where_somebody_was_quicker(hr: Person, employee: Person) -> None:
    client = client_of(hr)
    upload(client, f"{HEAD}E1;;2027-03-01;2027-03-05\n".encode(), "days.csv")
    run = ImportFile.objects.get()
    ImportFile.objects.update(state=ImportFile.State.WAITING)
    # HR takes somebody's number away while the file waits.
    Person.objects.filter(pk=employee.pk).update(employee_number="E7")
    assert not carry_out(run.pk)
    page = client.get(reverse("people:absence-import-detail", args=[run.pk]))
    assert "somebody changed the same things meanwhile" in page.content.decode()
    assert Absence.objects.count() == 0


def test_absence_import_is_for_hr(employee: Person) -> None:
    assert client_of(employee).get(reverse("people:absence-import-create")).status_code == 403
