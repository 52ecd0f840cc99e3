"""Everything held on one person, for them: complete, and nothing an anonymous wave promised to keep."""

from __future__ import annotations

import datetime as dt
import io
import json
import re
import zipfile
from html import escape, unescape
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import formats, timezone, translation

from common import audit, retention
from common.models import AuditEntry
from customers.models import Contact, ExternalOrganisation
from notifications.models import Message, OptOut
from people.domain import downloading
from people.domain.wording_data import in_words
from people.models import Absence, Attribute, Person, PersonAttribute, SignedInSession, Team
from surveys.answers import AnswerSheet
from surveys.domain.answering import submitting
from surveys.models import Invitation, Wave
from tests.people.conftest import PASSWORD, client_of
from tests.surveys.factories import WHILE_OPEN, cast, make_wave

pytestmark = pytest.mark.django_db
NOW = dt.datetime(2027, 5, 3, 4, 0, tzinfo=dt.UTC)
SHEET = AnswerSheet(options={"recommend": ("9",), "channel": ("phone",)}, texts={"hear": "Öfter lüften"})


def unpacked(raw: bytes) -> tuple[dict[str, Any], str]:
    with zipfile.ZipFile(io.BytesIO(raw)) as file:
        assert file.namelist() == ["your-data.json", "your-data.html"]
        return json.loads(file.read("your-data.json")), file.read("your-data.html").decode()


def held_on(subject: Person | Contact) -> dict[str, list[dict[str, Any]]]:
    content, _page = unpacked(downloading.make_zip(subject, NOW))
    return {name: part["rows"] for name, part in content["parts"].items()}


def asked(subject: Person | Contact, **wave: Any) -> Invitation:
    link = "person" if isinstance(subject, Person) else "contact"
    found: Invitation = Invitation.objects.create(
        wave=make_wave(invited={1: 10}, **wave), group_code=1, address=subject.email, **{link: subject}
    )
    return found


# --- Complete -----------------------------------------------------------------------------------------------
def test_every_personal_field_is_told_or_the_file_says_why_not() -> None:
    told = {name for part in downloading.known_parts() for name in part.covers}
    lines = retention.current().lines.values()
    kept = {f"{line.model}.{line.field}": line.download for line in lines}
    assert {name for name, reason in kept.items() if not reason} - told == set(), "in no part of the download"
    assert {name for name, reason in kept.items() if reason} & told == set(), "told, and said not to be"
    assert all(len(reason) > 5 for reason in kept.values() if reason)


def test_everything_about_a_person(employee: Person, hr: Person) -> None:
    desk = Team.objects.create(name="Front desk", lead=employee)
    employee.team, employee.manager, employee.start_date = desk, hr, dt.date(2020, 2, 29)
    employee.save()
    Absence.objects.create(person=employee, first_day=dt.date(2027, 1, 4), last_day=dt.date(2027, 1, 5))
    years = Attribute.objects.create(name="Years of service")
    PersonAttribute.objects.create(person=employee, attribute=years, value="5 or more")
    AuditEntry.objects.create(actor=employee, action="team.edited", object_type="people.team", object_id="1")
    AuditEntry.objects.create(
        actor=hr,
        action="person.edited",
        object_type="people.person",
        object_id=str(employee.pk),
        detail={"fields": "team"},
    )
    OptOut.objects.create(category="surveys", address=employee.email)
    ExternalOrganisation.objects.create(name="Ferry line", owner=employee)
    held = held_on(employee)
    profile = held["profile"][0]
    assert (profile["display_name"], profile["team__name"], profile["manager__display_name"]) == (
        "Emil Employee",
        "Front desk",
        "Hana Resource",
    )
    assert (profile["employee_number"], profile["start_date"]) == ("E1", "2020-02-29")
    assert held["absences"] == [{"first_day": "2027-01-04", "last_day": "2027-01-05"}]
    assert held["attributes"] == [{"attribute__name": "Years of service", "value": "5 or more"}]
    assert held["teams"] == [{"name": "Front desk"}]
    assert [row["action"] for row in held["done"]] == ["team.edited"]
    # Who looked or changed is somebody else's datum.
    assert [(row["action"], row["detail"]) for row in held["done_about"]] == [
        ("person.edited", {"fields": "team"})
    ]
    assert "actor" not in held["done_about"][0]
    assert held["opt_outs"] == [{"category": "surveys"}]
    assert held["organisations"] == [{"name": "Ferry line"}]
    assert held["contact"] == []


def test_nothing_of_anybody_else(employee: Person, hr: Person) -> None:
    text = json.dumps(held_on(employee)) + unpacked(downloading.make_zip(employee, NOW))[1]
    assert "Emil Employee" in text
    assert "hana" not in text.lower()


def test_named_answers_stand_in_words(employee: Person) -> None:
    invitation = asked(employee, mode=Wave.Mode.IDENTIFIED, title="What the ferries say")
    submitting.submit(invitation=invitation, sheet=SHEET, now=WHILE_OPEN)
    rows = held_on(employee)["answers_by_name"]
    assert {(row["wave"], row["question"], row["answer"]) for row in rows} == {
        ("What the ferries say", "Would you recommend us?", "9"),
        ("What the ferries say", "How do you reach us?", "By telephone"),
        ("What the ferries say", "What should we hear?", "Öfter lüften"),
    }


# --- What an anonymous wave keeps to itself -----------------------------------------------------------------
def test_of_an_anonymous_wave_only_that_they_were_asked(employee: Person) -> None:
    """Whether somebody answered changes no byte of it, so that nobody can be made to show it."""
    invitation = asked(employee, title="Spring")
    invitation.wave = Wave.objects.get(pk=invitation.wave_id)
    for number, state in enumerate((Message.State.SENT, Message.State.CANCELLED)):
        Message.objects.create(
            key=f"survey:{invitation.pk}:{number}",
            kind="surveys.reminder",
            person=employee,
            due=NOW,
            address=employee.email,
            state=state,
            confidential=True,
            message_id=f"<{number}@example.com>",
        )
    before = downloading.make_zip(employee, NOW)
    cast(invitation, {"recommend": ["9"]}, {"hear": "Öfter lüften"})
    assert downloading.make_zip(employee, NOW) == before
    held = held_on(employee)
    assert held["messages"] == []
    assert held["surveys_asked"] == [
        {
            "wave": "Spring",
            "mode": "Anonymous",
            "opened": "2026-03-02T09:00:00Z",
            "closed": "2026-03-16T17:00:00Z",
            "address": employee.email,
            "language": "",
            "group": "Group 1",
            "about": "",
            "breakdown_value": "",
        }
    ]


def test_no_secret_is_in_it(employee: Person) -> None:
    invitation = asked(employee)
    raw = json.dumps(held_on(employee))
    assert invitation.handle not in raw
    assert employee.password not in raw


# --- The file and the pages ---------------------------------------------------------------------------------
def test_the_page_to_read_is_safe_and_says_the_same(employee: Person) -> None:
    employee.display_name = "<script>alert(1)</script>"
    employee.save()
    content, page = unpacked(downloading.make_zip(employee, NOW))
    assert "<script>" not in page
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in page
    for part in content["parts"].values():
        assert escape(part["title"]) in page


def words_of(page: str) -> str:
    """What is read of it, tag by tag, with spaces between."""
    body = re.sub(r"<style>.*?</style>", "", page, flags=re.DOTALL)
    return " ".join(
        unescape(re.sub(r"<(?!/?bdi)[^>]+>", " ", body)).replace("<bdi>", "").replace("</bdi>", "").split()
    )


def test_the_page_says_values_in_words(employee: Person, hr: Person) -> None:
    employee.working_days, employee.day_starts = "125", dt.time(8, 30)
    employee.language, employee.start_date = "de", dt.date(2020, 2, 29)
    employee.save()
    Message.objects.create(
        key="1",
        kind="people.set_password",
        person=employee,
        due=NOW,
        address=employee.email,
        state=Message.State.EXPIRED,
        message_id="<1@example.com>",
    )
    text = words_of(unpacked(downloading.make_zip(employee, NOW))[1])
    assert "working days Monday, Tuesday, Friday" in text
    assert "working day starts 08:30" in text
    assert "language German" in text
    assert "first day 29 February 2020" in text
    assert "state Too late" in text, "each value of a wide part stands beside its name"
    assert "expired" not in text
    assert "None" not in text


def test_the_page_says_whole_hours_as_such(employee: Person) -> None:
    client_of(employee).get(reverse("people:account"))
    hour = dt.datetime(2027, 5, 3, 2, 0, tzinfo=dt.UTC)
    SignedInSession.objects.filter(person=employee).update(begun_at=hour, seen_at=hour)
    text = words_of(unpacked(downloading.make_zip(employee, NOW))[1])
    shown = formats.time_format(timezone.localtime(hour), "TIME_FORMAT")
    assert f"since 3 May 2027, about {shown}" in text


def test_the_page_reads_the_audit_log_as_sentences(employee: Person, hr: Person) -> None:
    desk = Team.objects.create(name="Front desk")
    audit.record(by=employee, action="person.signed_in", obj=employee, method="password", second_factor=True)
    audit.record(by=employee, action="team.edited", obj=desk)
    audit.record(by=employee, action="person.edited", obj=hr, fields="team")
    audit.record(by=hr, action="person.role_given", obj=employee, role="HR")
    audit.record(by=None, action="person.deactivated", obj=employee)
    content, page = unpacked(downloading.make_zip(employee, NOW))
    text = words_of(page)
    theirs, others = text.split("What was done about you, from the audit log")
    assert "Emil Employee signed in how: password second factor: yes" in theirs
    assert "Emil Employee changed the team Front desk" in theirs
    # Neither whom they dealt with nor who dealt with them is named.
    assert "Emil Employee changed what is kept of somebody else" in theirs
    assert "Somebody gave Emil Employee a role role: HR" in others
    assert "The portal noted that Emil Employee has left" in others
    assert "Emil Employee signed in" not in others, "what they did themselves is said once"
    assert hr.display_name not in text
    assert not re.search(r"person\.\w+_|people\.person|[{}\[\]]", text)
    assert "<a " not in page, "no link leads out of the file"
    # The file for machines keeps every entry as it was written.
    done = content["parts"]["done"]["rows"]
    assert {row["action"] for row in done} == {"person.signed_in", "team.edited", "person.edited"}
    assert {"method": "password", "second_factor": True} in [row["detail"] for row in done]


def test_the_page_begins_with_them_and_ends_with_what_is_not_kept(employee: Person) -> None:
    Absence.objects.create(person=employee, first_day=dt.date(2027, 1, 4), last_day=dt.date(2027, 1, 5))
    Absence.objects.create(person=employee, first_day=dt.date(2027, 2, 4), last_day=dt.date(2027, 2, 5))
    page = unpacked(downloading.make_zip(employee, NOW))[1]
    assert re.findall(r"<h2[^>]*>(.*?)</h2>", page) == ["What is kept of you", "Your days away"]
    assert page.count("<table>") == 1
    assert "last day" in page.partition("Empty: ")[2].partition("</p>")[0]
    nothing = page.partition("Nothing is kept under these headings: ")[2].partition("</p>")[0]
    assert "Your second factor; " in nothing
    assert "Your days away" not in nothing


def test_the_page_speaks_the_language_of_its_reader(employee: Person) -> None:
    with translation.override("de"):
        page = unpacked(downloading.make_zip(employee, NOW))[1]
    assert '<html lang="de"' in page
    assert "3. Mai 2027" in words_of(page)


@pytest.mark.parametrize(
    ("value", "said"),
    [
        (True, ["yes"]),
        (False, ["no"]),
        (None, ["–"]),
        ({}, ["–"]),
        ({"a": True, "b": [1, "two"]}, ["a: yes", "b: 1, two"]),
        (["one", None], ["one", "–"]),
        (dt.date(2027, 5, 3), ["3 May 2027"]),
        (dt.time(17, 15), ["17:15"]),
        (0, ["0"]),
    ],
)
def test_values_in_words(value: object, said: list[str]) -> None:
    assert in_words(value) == said


def signed_in(person: Person, *, minutes: int = 0) -> Client:
    """By their password, so many minutes ago."""
    client = Client()
    client.post(reverse("account_login"), {"login": person.email, "password": PASSWORD})
    session = client.session
    for record in session["account_authentication_methods"]:
        record["at"] -= 60 * minutes
    session.save()
    return client


def test_your_data(employee: Person) -> None:
    client = signed_in(employee, minutes=4)
    page = client.get(reverse("your-data")).content.decode()
    assert "Your days away" in page
    assert not AuditEntry.objects.filter(action="person.data_downloaded").exists()
    response = client.post(reverse("your-data-download"))
    assert response["Content-Type"] == "application/zip"
    assert response["Content-Disposition"] == 'attachment; filename="your-data.zip"'
    assert "no-store" in response["Cache-Control"]
    content, _page = unpacked(response.content)
    assert content["parts"]["profile"]["rows"][0]["email"] == employee.email
    entry = AuditEntry.objects.get(action="person.data_downloaded")
    assert (entry.actor, entry.object_id) == (employee, str(employee.pk))


def test_your_account_leads_to_it(employee: Person) -> None:
    assert reverse("your-data") in client_of(employee).get(reverse("people:account")).content.decode()


@pytest.mark.parametrize("minutes", [None, 6])
def test_a_session_left_open_is_asked_again_who_it_is(employee: Person, minutes: int | None) -> None:
    client = signed_in(employee, minutes=minutes) if minutes else client_of(employee)
    page = client.get(reverse("your-data"))
    asks = f"{reverse('account_reauthenticate')}?next=%2Faccount%2Fdata%2F"
    assert (page.status_code, page["Location"]) == (302, asks)
    # Back to the page with the button: the address of the button has none.
    assert client.post(reverse("your-data-download"))["Location"] == reverse("your-data")
    assert not AuditEntry.objects.filter(action="person.data_downloaded").exists()


def test_hr_makes_it_for_a_contact(hr: Person, employee: Person) -> None:
    ferry = ExternalOrganisation.objects.create(name="Ferry line")
    contact = Contact.objects.create(organisation=ferry, name="Captain Nemo", email="nemo@ferry.example")
    invitation = asked(contact, mode=Wave.Mode.IDENTIFIED)
    submitting.submit(invitation=invitation, sheet=SHEET, now=WHILE_OPEN)
    url = reverse("customers:contact-data", args=[contact.pk])
    assert client_of(employee).post(url).status_code == 403
    client = client_of(hr)
    assert url in client.get(reverse("customers:contact-edit", args=[contact.pk])).content.decode()
    content, page = unpacked(client.post(url).content)
    assert content["parts"]["contact"]["rows"][0]["name"] == "Captain Nemo"
    assert len(content["parts"]["surveys_asked"]["rows"]) == 1
    # HR is no reader of the wave.
    assert "answers_by_name" not in content["parts"]
    assert "lüften" not in page + json.dumps(content, ensure_ascii=False)
    assert content["parts"]["profile"]["rows"] == []
    assert "Captain Nemo" in page
    entry = AuditEntry.objects.get(action="contact.data_downloaded")
    assert (entry.actor, entry.object_id) == (hr, str(contact.pk))


def test_the_page_asks_as_much_for_thirty_as_for_one(employee: Person) -> None:
    counts = []
    for wanted in (1, 30):
        while employee.absences.count() < wanted:
            day = dt.date(2027, 1, 1) + dt.timedelta(days=employee.absences.count())
            Absence.objects.create(person=employee, first_day=day, last_day=day)
            AuditEntry.objects.create(actor=employee, action="team.edited")
        with CaptureQueriesContext(connection) as queries:
            downloading.collect(Person.objects.get(pk=employee.pk))
        counts.append(len(queries))
    assert counts[0] == counts[1]


def test_mail_to_whoever_had_the_address_before_is_not_theirs(employee: Person) -> None:
    """Nor is what was sent to it gone from the other's."""
    before = Person.objects.create_user(email="before@example.com", display_name="Before")
    due = timezone.now()
    Message.objects.create(
        key="k", kind="k", person=before, address=employee.email, due=due, message_id="<k@k>"
    )
    kinds = [[row["kind"] for row in held_on(each)["messages"]] for each in (employee, before)]
    assert kinds == [[], ["k"]]
