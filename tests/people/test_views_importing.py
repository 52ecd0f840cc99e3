"""Importing people by page."""

from __future__ import annotations

import datetime as dt
import io

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from openpyxl import Workbook

from common import retention
from common.models import AuditEntry, Progress
from notifications.models import Message
from people.models import ImportRow, ImportRun, Person, Team
from people.tasks import tick
from tests.people.conftest import client_of, make_person, statements
from tests.people.importing.files import THREE, applied, counts, rows

pytestmark = pytest.mark.django_db

NO_MANAGER = "Nobody has the employee number or e-mail “9”, who should be the manager."


def upload(client: Client, content: str | bytes, name: str = "people.csv", **data: str) -> ImportRun:
    raw = content.encode() if isinstance(content, str) else content
    client.post(reverse("people:import-create"), {"file": SimpleUploadedFile(name, raw), **data})
    return ImportRun.objects.latest("pk")


def apply(client: Client, run: ImportRun, **data: str) -> int:
    run.refresh_from_db()
    url = reverse("people:import-apply", args=[run.pk])
    status = client.post(url, {"seen": run.digest, **data}).status_code
    run.refresh_from_db()
    return status


def template(client: Client, run: ImportRun) -> str:
    return str(client.get(reverse("people:import-detail", args=[run.pk])).templates[0].name)


def test_a_file_is_looked_through_then_applied(hr: Person) -> None:
    client = client_of(hr)
    run = upload(client, THREE)
    assert (template(client, run), Person.objects.count()) == ("people/import_preview.html", 1)
    assert run.summary["new"] == 3
    assert apply(client, run, invite="on") == 302
    assert (run.state, bytes(run.packed), counts(run)) == (
        ImportRun.State.APPLIED,
        b"",
        {"created": 3, "teams": 2, "leads": 2, "invited": 3},
    )
    assert (Person.objects.count(), Message.objects.count()) == (4, 3)
    assert template(client, run) == "people/import_applied.html"
    # A second press, or the task that comes late, changes nothing.
    apply(client, run, invite="on")
    tick()
    assert (Person.objects.count(), AuditEntry.objects.get(action="people.imported").actor) == (4, hr)


def test_the_lead_chosen_in_the_preview_leads(hr: Person) -> None:
    client = client_of(hr)
    run = upload(
        client,
        rows("1,a@example.com,Ada,A,,Desk,", "2,b@example.com,Ben,B,,Desk,1", "3,c@example.com,C,C,,Desk,2"),
    )
    form = client.get(reverse("people:import-detail", args=[run.pk])).context["form"]
    ((lead, field),) = form.lead_fields
    assert ([each.name for each in lead.candidates], field.value()) == (["Ada A", "Ben B"], "1")
    assert (apply(client, run, **{field.html_name: "nobody we know"}), Team.objects.count()) == (422, 0)
    apply(client, run, **{field.html_name: "2"})
    assert Team.objects.get().lead == Person.objects.get(employee_number="2")
    assert Message.objects.count() == 0


def test_a_file_with_errors_shows_them_and_applies_nothing(hr: Person) -> None:
    client = client_of(hr)
    run = upload(client, rows("1,,Ada,A,,,", "2, b@example.com,Ben,B,,,9"))
    page = client.get(reverse("people:import-detail", args=[run.pk]))
    assert [problem.row for problem in page.context["errors"]] == [2, 3]
    assert (apply(client, run), Person.objects.count()) == (422, 1)
    report = client.get(reverse("people:import-report", args=[run.pk])).content.decode("utf-8-sig")
    assert report.splitlines()[:4] == [
        "What,Row,Name,Field,Before,After",
        "to correct,2,,email,,The e-mail is missing.",
        f'to correct,3,,manager_id,,"{NO_MANAGER}"',
        "cleaned,3,,email,,Spaces were tidied.",
    ]


def test_the_report_says_what_changes_and_keeps_saying_it_afterwards(hr: Person) -> None:
    client = client_of(hr)
    applied(THREE)
    run = upload(client, rows("2,ben@example.com,Benno,Below,Harbour,Office,3", "9,d@example.com,Di,D,,,2"))
    before = client.get(reverse("people:import-report", args=[run.pk])).content.decode("utf-8-sig")
    lines = [
        "New team,,Harbour / Office,,,",
        "New,3,Di D,e-mail,,d@example.com",
        "New,3,Di D,manager,,Benno Below",
        "Changed,2,Benno Below,given name,Ben,Benno",
        "Changed,2,Benno Below,name,Ben Below,Benno Below",
        "Changed,2,Benno Below,team,Harbour / Desk,Harbour / Office",
        "Changed,2,Benno Below,manager,Ada Above,Cleo Below",
        "Leads a team,,Cleo Below: Harbour / Office,,,",
    ]
    assert before.splitlines()[1:] == lines
    apply(client, run)
    after = client.get(reverse("people:import-report", args=[run.pk])).content.decode("utf-8-sig")
    assert after.splitlines()[1:] == lines


@pytest.mark.parametrize("content", [b"", b"\x00\x01\x02\x03" * 50, b"%PDF-1.7 no table"])
def test_what_is_no_table_says_so_beside_the_field(hr: Person, content: bytes) -> None:
    file = SimpleUploadedFile("people.csv", content)
    answer = client_of(hr).post(reverse("people:import-create"), {"file": file})
    assert (answer.status_code, list(answer.context["form"].errors)) == (422, ["file"])
    assert ImportRun.objects.count() == 0


def test_a_workbook_whose_columns_are_named_by_hand(hr: Person) -> None:
    book = Workbook()
    sheet = book.active
    sheet.append(["Kennung", "Wer", "Eintritt"])
    sheet.append(["E7", "Ada Above", dt.date(2026, 2, 1)])
    stream = io.BytesIO()
    book.save(stream)
    client = client_of(hr)
    run = upload(client, stream.getvalue(), "people.xlsx")
    detail = reverse("people:import-detail", args=[run.pk])
    assert client.get(detail).headers["Location"] == reverse("people:import-columns", args=[run.pk])
    columns = {"column-0": "email", "column-1": "name", "column-2": "start_date"}
    url = reverse("people:import-columns", args=[run.pk])
    assert client.post(url, columns).status_code == 302
    run.refresh_from_db()
    assert (run.state, run.summary["errors"]) == (ImportRun.State.PREVIEWED, 1)
    # "E7" is no e-mail: said otherwise, the page looks again.
    book.active["A2"] = "ada@example.com"
    stream = io.BytesIO()
    book.save(stream)
    run = upload(client, stream.getvalue(), "people.xlsx")
    assert (run.state, run.summary["new"]) == (ImportRun.State.PREVIEWED, 1)
    apply(client, run)
    assert Person.objects.values_list("display_name", "start_date").get(email="ada@example.com") == (
        "Ada Above",
        dt.date(2026, 2, 1),
    )


def test_large_files_wait_for_the_worker_and_a_lost_task_is_carried_out(
    hr: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("people.views.importing.AT_ONCE", 2)
    monkeypatch.setattr("people.tasks.check_import.delay", lambda **ids: None)
    monkeypatch.setattr("people.tasks.apply_import.delay", lambda **ids: None)
    client = client_of(hr)
    run = upload(client, THREE)
    assert template(client, run) == "people/import_waiting.html"
    progress = Progress.objects.get(key=run.progress_key)
    assert (progress.total, progress.next_url) == (6, reverse("people:import-detail", args=[run.pk]))
    tick()
    assert template(client, run) == "people/import_preview.html"
    apply(client, run)
    assert (template(client, run), Person.objects.count()) == ("people/import_waiting.html", 1)
    tick()
    assert (template(client, run), Person.objects.count()) == ("people/import_applied.html", 4)


def test_what_became_impossible_goes_back_to_looking(hr: Person, monkeypatch: pytest.MonkeyPatch) -> None:
    client = client_of(hr)
    run = upload(client, THREE)
    monkeypatch.setattr("people.views.importing.AT_ONCE", 2)
    monkeypatch.setattr("people.tasks.apply_import.delay", lambda **ids: None)
    apply(client, run)
    make_person("Quicker Person", email="ben@example.com")
    Person.objects.filter(email="ben@example.com").update(employee_number="77")
    tick()
    run.refresh_from_db()
    assert (run.state, run.summary["refused"], Person.objects.count()) == (
        ImportRun.State.PREVIEWED,
        True,
        2,
    )
    page = client.get(reverse("people:import-detail", args=[run.pk]))
    assert [each.row for each in page.context["errors"]] == [3]


def test_a_column_nobody_knows_is_one_press_away(hr: Person) -> None:
    """Every row lacks a name, and the file is right: its heading is one we never saw."""
    client = client_of(hr)
    run = upload(client, "Personalnummer;E-Mail;Wie sie heißen\n1;ada@example.com;Ada Above\n")
    html = client.get(reverse("people:import-detail", args=[run.pk])).content.decode()
    assert "There is no name in this row." in html
    columns = reverse("people:import-columns", args=[run.pk])
    assert f'<a class="btn btn-secondary" href="{columns}">Which column is what?</a>' in html


def test_one_column_may_hold_both_names(hr: Person) -> None:
    run = upload(client_of(hr), 'Personalnummer;"Nachname, Vorname";E-Mail\n1;"Above, Ada";ada@example.com\n')
    assert run.summary["errors"] == 0
    apply(client_of(hr), run)
    assert str(Person.objects.get(email="ada@example.com")) == "Ada Above"


def test_leavers_are_listed_and_so_many_have_to_be_counted(hr: Person) -> None:
    client = client_of(hr)
    applied(THREE)
    run = upload(client, rows("1,ada@example.com,Ada,Above,Harbour,Desk,"), everybody="on")
    page = client.get(reverse("people:import-detail", args=[run.pk]))
    shown = {kind: [str(each.name) for each in found] for kind, _title, _n, found in page.context["lists"]}
    assert shown == {
        "leaves": ["Ben Below", "Cleo Below"],
        "kept": ["Hana Resource"],
        "same": ["Ada Above"],
    }
    # As long as it is not applied, it says nothing of the next file.
    assert client.get(reverse("people:import-create")).context["form"]["everybody"].value() is False
    assert [apply(client, run), apply(client, run, leaving="3")] == [422, 422]
    assert Person.objects.active().count() == 4
    apply(client, run, leaving="2")
    assert (counts(run), Person.objects.active().count()) == ({"unchanged": 1, "left": 2}, 2)
    # The next file is offered the same choice.
    assert client.get(reverse("people:import-create")).context["form"]["everybody"].value() is True


def test_who_leaves_changed_since_is_shown_anew_rather_than_applied(hr: Person) -> None:
    client = client_of(hr)
    applied(THREE)
    run = upload(client, rows("1,ada@example.com,Ada,Above,Harbour,Desk,"), everybody="on")
    seen = run.digest
    make_person("Dora Newcomer")
    apply(client, run, leaving="2")
    assert (run.state, run.summary["leaves"], run.summary["refused"]) == (ImportRun.State.PREVIEWED, 3, True)
    assert Person.objects.active().count() == 5
    # A page from before, sent by the back button, is not agreed to either.
    client.post(reverse("people:import-apply", args=[run.pk]), {"seen": seen, "leaving": "3"})
    assert Person.objects.active().count() == 5
    apply(client, run, leaving="3")
    assert Person.objects.active().count() == 2


def test_people_who_are_back_work_here_again_only_when_ticked(hr: Person) -> None:
    client = client_of(hr)
    applied(THREE)
    Person.objects.filter(employee_number="2").update(is_active=False)
    run = upload(client, THREE)
    apply(client, run)
    assert (Person.objects.active().count(), counts(run)) == (3, {"unchanged": 3})
    run = upload(client, THREE)
    apply(client, run, reactivate="on")
    assert (Person.objects.active().count(), counts(run)) == (4, {"unchanged": 3, "returned": 1})


def test_the_last_import_is_undone_by_page(hr: Person) -> None:
    client = client_of(hr)
    run = upload(client, THREE)
    apply(client, run)
    url = reverse("people:import-undo", args=[run.pk])
    page = client.get(url)
    assert (len(page.context["undoing"].removed), Person.objects.count()) == (3, 4)
    assert client.post(url).status_code == 302
    assert (Person.objects.count(), Team.objects.count()) == (1, 0)
    assert template(client, run) == "people/import_applied.html"
    again = client.post(url)
    assert (again.status_code, again.context["reason"]) == (
        422,
        "This file is not applied, so there is nothing to take back.",
    )
    assert AuditEntry.objects.filter(action="people.import_undone").count() == 1


def test_files_discarded_or_forgotten_leave_nothing(hr: Person) -> None:
    client = client_of(hr)
    run = upload(client, THREE)
    client.post(reverse("people:import-discard", args=[run.pk]))
    assert (ImportRun.objects.count(), ImportRow.objects.count()) == (0, 0)
    upload(client, THREE)
    tick()
    assert ImportRun.objects.count() == 1
    ImportRun.objects.update(uploaded_at=dt.datetime(2026, 1, 1, tzinfo=dt.UTC))
    tick()
    assert (ImportRun.objects.count(), ImportRow.objects.count()) == (0, 0)


def test_what_is_kept_for_the_report_goes_after_thirty_days(hr: Person) -> None:
    client = client_of(hr)
    run = upload(client, THREE)
    apply(client, run)
    assert run.rows.count() == 7
    long_ago = timezone.now() - dt.timedelta(days=30, minutes=1)
    ImportRun.objects.update(applied_at=long_ago, uploaded_at=long_ago)
    assert client.get(reverse("people:import-detail", args=[run.pk])).context["may_undo"] is False
    page = client.get(reverse("people:import-undo", args=[run.pk]))
    assert page.context["reason"] == "Only the last file can be taken back, within 30 days."
    retention.apply(timezone.now())
    assert (ImportRun.objects.count(), ImportRow.objects.count()) == (0, 0)


def test_a_file_applied_in_another_window_is_not_said_to_have_changed_nobody(hr: Person) -> None:
    client = client_of(hr)
    run = upload(client, THREE)
    apply(client, run)
    response = client.post(reverse("people:import-discard", args=[run.pk]), follow=True)
    assert response.redirect_chain == [(reverse("people:import-detail", args=[run.pk]), 302)]
    assert [str(each) for each in response.context["messages"]] == []


def test_the_pages_take_as_many_statements_for_few_as_for_many(hr: Person, plain_sessions: None) -> None:
    client = client_of(hr)

    def pages(first: int, last: int) -> dict[str, int]:
        lines = (f"{n},p{n}@example.com,P,{n},Harbour,Unit {n % 3},{first}" for n in range(first, last))
        run = upload(client, rows(*lines))
        urls = {
            "detail": reverse("people:import-detail", args=[run.pk]),
            "rows": reverse("people:import-rows", args=[run.pk, "new"]),
            "report": reverse("people:import-report", args=[run.pk]),
        }
        found = statements(client, list(urls.values()))
        return {name: found[url] for name, url in urls.items()}

    assert pages(1, 5) == pages(100, 170)
