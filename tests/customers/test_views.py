from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from common.models import AuditEntry, ImportFile
from customers.models import Behaviour, Contact, ExternalOrganisation, Value
from notifications.models import OptOut
from people.models import Person
from tests.customers.test_importing import TWO
from tests.people.conftest import client_of, statements

pytestmark = pytest.mark.django_db


def test_seeded_behaviours_and_values() -> None:
    assert list(Behaviour.objects.values_list("code", flat=True)) == [
        "listening",
        "civility",
        "keeping-promises",
        "managing-expectations",
        "loyalty-to-the-absent",
        "humility",
    ]
    assert list(Value.objects.values_list("name", flat=True)) == [
        "Accountability",
        "Integrity",
        "Trust",
        "Mutual respect",
        "Excellence",
    ]
    assert not Behaviour.objects.filter(meaning="").exists()


def test_behaviour_list_shows_everybody_those_in_use(employee: Person, hr: Person) -> None:
    Behaviour.objects.filter(code="humility").update(active=False)
    url = reverse("customers:behaviour-list")
    assert len(client_of(employee).get(url).context["behaviours"]) == 5
    assert len(client_of(hr).get(url).context["behaviours"]) == 6


def test_behaviour_edit_keeps_the_code(hr: Person) -> None:
    behaviour = Behaviour.objects.get(code="civility")
    data = {"name": "Courtesy", "meaning": "Kind words.", "name_de": "Höflichkeit"}
    client_of(hr).post(reverse("customers:behaviour-edit", args=[behaviour.pk]), data)
    behaviour.refresh_from_db()
    assert (behaviour.code, behaviour.name, behaviour.name_de, behaviour.position) == (
        "civility",
        "Courtesy",
        "Höflichkeit",
        2,
    )
    assert behaviour.active
    assert AuditEntry.objects.get().action == "principle.saved"


@pytest.mark.parametrize(
    ("name", "code"), [("Warm Words!", "warm-words"), ("تسامح", "principle"), ("Listening.", "listening-2")]
)
def test_behaviour_create_finds_a_free_code(hr: Person, name: str, code: str) -> None:
    assert client_of(hr).post(reverse("customers:behaviour-create"), {"name": name}).status_code == 302
    made = Behaviour.objects.get(name=name)
    assert (made.code, made.position) == (code, 7)


@pytest.mark.parametrize(
    ("data", "errors"),
    [
        ({"name": "Listening"}, {"name": ["Behaviour with this Name already exists."]}),
        ({"name_de": "Neu"}, {"name": ["Please fill this in."]}),
        (
            {"name": "New", "name_de": "x" * 81},
            {"name_de": ["Ensure this value has at most 80 characters (it has 81)."]},
        ),
    ],
)
def test_behaviour_create_refuses(hr: Person, data: dict[str, str], errors: dict[str, list[str]]) -> None:
    answer = client_of(hr).post(reverse("customers:behaviour-create"), data)
    assert (answer.status_code, answer.context["form"].errors) == (422, errors)


def contacts(count: int, organisation: ExternalOrganisation) -> None:
    for number in range(count):
        contact = Contact(
            organisation=organisation, name=f"Captain {number:03}", email=f"c{number}@example.com"
        )
        contact.refresh_search_text()
        contact.save()


def test_contact_list_searches_names_and_organisations(hr: Person) -> None:
    contacts(2, ExternalOrganisation.objects.create(name="Überfahrt"))
    client, url = client_of(hr), reverse("customers:contact-list")
    assert [str(each) for each in client.get(url, {"q": "uberfahrt 001"}).context["page"].rows] == [
        "Captain 001"
    ]
    page = client.get(url, {"q": "nobody"}, headers={"HX-Request": "true"})
    assert page.content.decode().lstrip().startswith('<div id="contact-rows"')


@pytest.mark.usefixtures("plain_sessions")
def test_lists_cost_the_same_at_one_and_thirty_rows(hr: Person) -> None:
    urls = [reverse(f"customers:{name}") for name in ("contact-list", "organisation-list", "behaviour-list")]
    contacts(1, ExternalOrganisation.objects.create(name="Ferry", owner=hr))
    at_one = statements(client_of(hr), urls)
    for number in range(29):
        other = ExternalOrganisation.objects.create(name=f"Other {number}", owner=hr)
        Contact.objects.create(organisation=other, name="Mate", email=f"mate{number}@example.com")
        Behaviour.objects.create(code=f"b{number}", name=f"Behaviour {number}")
    assert statements(client_of(hr), urls) == at_one
    assert max(at_one.values()) <= 10


def test_organisation_edit_renames_what_contacts_are_found_by(hr: Person, employee: Person) -> None:
    ferry = ExternalOrganisation.objects.create(name="Ferry")
    contacts(1, ferry)
    data = {"name": "Steamer", "owner": "E1"}
    client_of(hr).post(reverse("customers:organisation-edit", args=[ferry.pk]), data)
    ferry.refresh_from_db()
    assert (ferry.name, ferry.owner) == ("Steamer", employee)
    assert (Contact.objects.matching("steamer").count(), Contact.objects.matching("ferry").count()) == (1, 0)


def test_contact_create_says_what_is_wrong_beside_the_field(hr: Person) -> None:
    ferry = ExternalOrganisation.objects.create(name="Ferry")
    contacts(1, ferry)
    data = {"organisation": "999", "name": "", "email": "C0@example.com", "country": "?", "time_zone": "x"}
    answer = client_of(hr).post(reverse("customers:contact-create"), data)
    assert (answer.status_code, answer.context["form"].errors) == (
        422,
        {
            "organisation": ["Select a valid choice. That choice is not one of the available choices."],
            "name": ["Please fill this in."],
            "email": ["This e-mail already belongs to another contact."],
            "country": ["Write the country as two letters, such as DE."],
            "time_zone": ["Select a valid choice. x is not one of the available choices."],
        },
    )


def test_contact_keeps_how_they_are_reached_and_by_mail_without_a_word(hr: Person) -> None:
    ferry = ExternalOrganisation.objects.create(name="Ferry")
    data = {"organisation": ferry.pk, "name": "Ahab", "email": "ahab@ferry.example", "phone": "+31 20 1"}
    client = client_of(hr)
    client.post(reverse("customers:contact-create"), data)
    ahab = Contact.objects.get()
    assert (ahab.phone, ahab.preferred_channel) == ("+31 20 1", "mail")
    client.post(reverse("customers:contact-edit", args=[ahab.pk]), data | {"preferred_channel": "visit"})
    ahab.refresh_from_db()
    assert ahab.preferred_channel == "visit"


def test_what_a_contact_said_no_to_comes_along_to_another_address(hr: Person) -> None:
    ferry = ExternalOrganisation.objects.create(name="Ferry")
    contacts(1, ferry)
    contact = Contact.objects.get()
    OptOut.objects.create(category="surveys", address=contact.email)
    data = {"organisation": ferry.pk, "name": contact.name, "email": "moved@example.com"}
    answer = client_of(hr).post(reverse("customers:contact-edit", args=[contact.pk]), data)
    assert answer.status_code == 302
    assert list(OptOut.objects.of("surveys", "moved@example.com").values_list("address", flat=True)) == [
        "moved@example.com"
    ]


def test_contact_create_takes_any_text(hr: Person, shared_data: Path) -> None:
    strings: list[str] = json.loads((shared_data / "texts/blns.json").read_text("utf-8"))
    ferry = ExternalOrganisation.objects.create(name="Ferry")
    client, url = client_of(hr), reverse("customers:contact-create")
    for number, text in enumerate(strings[::4]):
        data = {"organisation": ferry.pk, "name": f"n {text}"[:200], "job_title": text[:200]}
        assert client.post(url, data | {"email": f"p{number}@example.com"}).status_code == 302
        bad = {"organisation": text, "email": text, "country": text, "time_zone": text, "language": text}
        assert client.post(url, bad).status_code == 422
    assert Contact.objects.count() == len(strings[::4])
    assert client.get(reverse("customers:contact-list")).status_code == 200


def upload(client: Client, content: bytes, name: str = "c.csv") -> Any:
    file = SimpleUploadedFile(name, content)
    return client.post(reverse("customers:contact-import-create"), {"file": file}, follow=True)


def test_contact_import_is_looked_through_then_applied(hr: Person, employee: Person) -> None:
    client = client_of(hr)
    page = upload(client, TWO.encode())
    assert (page.status_code, page.context["plan"].counts) == (200, {"new": 2, "organisations": 1})
    assert Contact.objects.count() == 0
    run = ImportFile.objects.get()
    apply = reverse("customers:contact-import-apply", args=[run.pk])
    applied = client.post(apply, follow=True)
    assert [(str(label), count) for label, count in applied.context["counts"]] == [
        ("New contacts", 2),
        ("Changed", 0),
        ("As they are", 0),
        ("New organisations", 1),
    ]
    run.refresh_from_db()
    assert (run.state, run.content, run.packed, run.applied_by) == ("applied", None, None, hr)
    assert Contact.objects.count() == 2
    # Once more in another window changes nothing more.
    assert client.post(apply).status_code == 302
    assert AuditEntry.objects.filter(action="contacts.imported").count() == 1


def test_contact_import_refuses_beside_the_row_or_the_field(hr: Person) -> None:
    client = client_of(hr)
    page = upload(client, b"organisation,name,email\n,,\nFerry,Ahab,\n")
    assert [problem.row for problem in page.context["errors"]] == [3]
    run = ImportFile.objects.get()
    assert client.post(reverse("customers:contact-import-apply", args=[run.pk])).status_code == 422
    problems = client.get(reverse("customers:contact-import-problems", args=[run.pk]))
    assert problems.content.decode("utf-8-sig").splitlines()[1:] == [
        "must be corrected,3,email,The e-mail is missing."
    ]
    for content in (b"", b"\x00\x01\x02\x03", b"organisation,name,email\n"):
        answer = upload(client, content)
        assert (answer.status_code, list(answer.context["form"].errors)) == (422, ["file"])
    assert Contact.objects.count() == 0


def test_contact_import_asks_which_column_is_what_and_remembers(hr: Person, employee: Person) -> None:
    client = client_of(hr)
    content = "Kürzel;Haus;Wer\na@ferry.example;Fähre;Ahab\n".encode("cp1252")
    page = upload(client, content)
    run = ImportFile.objects.get()
    columns = reverse("customers:contact-import-columns", args=[run.pk])
    assert page.redirect_chain[-1][0] == columns
    assert "“E-mail”" in " ".join(
        client.post(columns, {"column-1": "organisation"}).context["form"].non_field_errors()
    )
    chosen = {"column-0": "email", "column-1": "organisation", "column-2": "name"}
    both = client.post(columns, chosen | {"column-2": "email"})
    assert both.status_code == 422
    assert "The columns “Kürzel” and “Wer” both mean “E-mail”. Please choose one." in both.content.decode()
    preview = client.post(columns, chosen, follow=True)
    assert preview.context["plan"].counts == {"new": 1, "organisations": 1}
    assert preview.context["grid"].found.samples == ("Fähre",)
    # The next file with these headings needs no word.
    assert upload(client, content).context["plan"].counts == {"new": 1, "organisations": 1}


def test_contact_import_is_read_again_as_somebody_says(hr: Person) -> None:
    client = client_of(hr)
    page = upload(client, "Firma;Name;E-Mail\nFähre;Ahab;a@ferry.example\n".encode("cp1252"))
    found = page.context["grid"].found
    assert (found.encoding, found.is_guess, found.delimiter) == ("cp1252", True, ";")
    reading = reverse("customers:contact-import-reading", args=[ImportFile.objects.get().pk])
    said = {"encoding": "cp1250", "delimiter": ";", "heading_row": 1}
    again = client.post(reading, said, follow=True)
    found = again.context["grid"].found
    assert (found.encoding, found.is_guess, found.samples) == ("cp1250", False, ("Fähre",))
    wrong = client.post(reading, said | {"encoding": "utf-8"})
    assert wrong.status_code == 422
    assert "This file is not in the encoding" in wrong.content.decode()
    assert client.post(reading, said | {"heading_row": 7}).status_code == 422


def test_contact_import_of_another_kind_is_not_there(hr: Person) -> None:
    client = client_of(hr)
    upload(client, TWO.encode())
    run = ImportFile.objects.get()
    for page in ("detail", "columns", "problems"):
        assert client.get(reverse(f"people:absence-import-{page}", args=[run.pk])).status_code == 404


def test_contact_import_offers_an_empty_file_it_understands(hr: Person) -> None:
    client = client_of(hr)
    empty = client.get(reverse("customers:contact-import-template")).content
    row = "Ferry,Ahab,,,ahab@ferry.example,,,,,+31 20 1,Telefonisch,\n"
    plan = upload(client, empty + row.encode()).context["plan"]
    assert plan.counts == {"new": 1, "organisations": 1}
    assert plan.creates[0].values["phone"] == "+31 20 1"
    assert plan.creates[0].values["preferred_channel"] == "phone"


@pytest.mark.parametrize(
    "name",
    ["contact-list", "contact-create", "contact-import-create", "organisation-list", "behaviour-create"],
)
def test_pages_of_hr_are_for_hr(employee: Person, name: str) -> None:
    assert client_of(employee).get(reverse(f"customers:{name}")).status_code == 403
