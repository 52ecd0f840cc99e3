"""Who leaves with a file, and who does not."""

import datetime as dt

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from common.importing.problems import Problem
from common.models import AuditEntry
from people.domain.importing import running
from people.models import Person, Team
from tests.people.conftest import client_of, make_person
from tests.people.importing.files import THREE, applied, checked, counts, parsed, plan_of, rows

pytestmark = pytest.mark.django_db
ONLY_ADA = rows("1,ada@example.com,Ada,Above,Harbour,Desk,")


def test_nobody_leaves_unless_the_file_holds_everybody(hr: Person) -> None:
    applied(THREE)
    plan = plan_of(ONLY_ADA)
    assert (plan.leavers, plan.kept, plan.absent) == ([], [], 3)
    plan = plan_of(ONLY_ADA, everybody=True)
    assert [each.known.display_name for each in plan.leavers] == ["Ben Below", "Cleo Below"]
    assert [each.known.display_name for each in plan.kept] == ["Hana Resource"]


def test_who_leaves_is_signed_out_and_each_stands_in_the_log(hr: Person) -> None:
    applied(THREE)
    ben = Person.objects.get(employee_number="2")
    browser: Client = client_of(ben)
    assert browser.get(reverse("home")).status_code == 200
    run = applied(ONLY_ADA, everybody=True, by=hr)
    assert counts(run) == {"unchanged": 1, "left": 2}
    assert browser.get(reverse("home")).status_code == 302
    stamps = Person.objects.filter(employee_number__in="23").values_list("is_active", "link_stamp")
    assert list(stamps) == [(False, 1), (False, 1)]
    logged = AuditEntry.objects.filter(action="person.deactivated")
    left = {ben.pk, Person.objects.get(employee_number="3").pk}
    assert set(logged.values_list("object_id", "actor")) == {(str(pk), hr.pk) for pk in left}
    # The same file again finds nothing more to do.
    assert checked(ONLY_ADA, everybody=True).summary["leaves"] == 0


def test_who_has_errors_in_their_row_does_not_leave_for_it() -> None:
    applied(THREE)
    plan = plan_of(ONLY_ADA + "2,no address,Ben,Below,Harbour,Desk,1\n", everybody=True)
    assert (plan.leavers, len(plan.errors)) == ([], 1)


def test_a_last_day_that_has_passed_makes_them_leave(hr: Person) -> None:
    applied(THREE)
    today = timezone.localdate()
    yesterday = today - dt.timedelta(days=1)
    text = f"employee_id,end_date\n1,{yesterday}\n2,{today}\n3,\n"
    plan = plan_of(text)
    assert [(each.known.display_name, each.row) for each in plan.leavers] == [("Ada Above", 2)]
    assert counts(applied(text)) == {"updated": 2, "unchanged": 1, "left": 1}
    ada = Person.objects.get(employee_number="1")
    assert (ada.is_active, ada.end_date) == (False, yesterday)
    # They stay away without another word, and are no returner.
    assert checked(text).summary["changes_nothing"] is True
    assert plan_of(text).returners == []


def test_somebody_new_whose_last_day_has_passed_is_left_out_and_leads_nobody() -> None:
    text = (
        "employee_id,email,name,end_date,manager\n"
        "8,gone@example.com,Gone Person,2020-01-31,\n"
        "9,new@example.com,New Person,,8\n"
    )
    plan = plan_of(text)
    assert [(str(person), person.manager) for person in plan.creates] == [("New Person", None)]
    assert plan.warnings == [
        Problem(2, "end_date", "Their last day was 31 Jan 2020, so they are left out."),
        Problem(3, "manager", "Gone Person, the manager, has left: now without one."),
    ]


def test_a_manager_who_leaves_is_said_and_leads_no_new_team() -> None:
    applied(rows("1,a@example.com,Ada,A,,,", "2,b@example.com,Ben,B,,,1", "3,c@example.com,Cleo,C,,,1"))
    text = "employee_id,unit,end_date,manager\n1,Desk,2020-01-31,\n2,Desk,,1\n3,Desk,,2\n"
    plan = plan_of(text)
    assert plan.warnings == [
        Problem(2, "unit", "No team is called “Desk” yet, so a new one is made at the top."),
        Problem(3, "manager", "Ada A, the manager, leaves with this file."),
    ]
    assert [[each.name for each in lead.candidates] for lead in plan.leads] == [["Ben B"]]
    applied(text)
    assert Team.objects.get().lead == Person.objects.get(employee_number="2")


def test_whoever_holds_a_role_stays_also_with_a_last_day(hr: Person) -> None:
    Person.objects.filter(pk=hr.pk).update(employee_number="7")
    applied("employee_id,end_date\n7,2020-01-31\n")
    hr.refresh_from_db()
    assert (hr.is_active, hr.end_date) == (True, dt.date(2020, 1, 31))


def test_two_files_in_turn_do_what_they_say() -> None:
    applied(THREE, everybody=True)
    make_person("Dora Absent")
    applied(ONLY_ADA, everybody=True)
    assert list(Person.objects.active().values_list("display_name", flat=True)) == ["Ada Above"]
    applied(THREE, reactivate=True)
    assert Person.objects.active().count() == 3
    assert parsed(THREE).rows[1].manager == "1"


def test_many_leave_only_when_their_number_is_said_once_more() -> None:
    applied(rows(*(f"{n},p{n}@example.com,P,{n},,," for n in range(1, 12))))
    for last, leave in ((11, 1), (10, 2)):
        run = checked(rows(*(f"{n},p{n}@example.com,P,{n},,," for n in range(1, last))), everybody=True)
        assert run.summary["leaves"] == leave
    # One of eleven goes as it is; two of eleven do not.
    agreed = {"seen": run.digest, "leads": {}, "invite": False, "reactivate": False}
    assert [running.order(run, **agreed, leaving=said) for said in (None, 3, 2)] == [False, False, True]  # type: ignore[arg-type]
