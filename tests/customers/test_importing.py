import pytest
from django.db import IntegrityError, transaction

from common.models import AuditEntry
from customers.domain.importing import CONTACTS, FIELDS, ContactPlan, plan_contacts
from customers.models import Contact, ExternalOrganisation
from people.models import Person
from tests.common.importing.files import read_as

pytestmark = pytest.mark.django_db

TWO = (
    "Company;Name;E-Mail;Language;Country;Owner\n"
    "Ferry line;Captain Ahab;Ahab@Ferry.example;de;nl;E1\n"
    "Ferry line;Ishmael;ishmael@ferry.example;;;\n"
)


def planned(text: str) -> ContactPlan:
    return plan_contacts(read_as(FIELDS, text))


def apply_contacts(text: str, *, by: Person) -> None:
    with transaction.atomic():
        CONTACTS.write(planned(text), by)


def errors_of(text: str) -> list[tuple[int, str, str]]:
    return [(each.row, each.column, each.message) for each in planned(text).errors]


def test_apply_contacts_creates_organisations_contacts_and_owners(hr: Person, employee: Person) -> None:
    apply_contacts(TWO, by=hr)
    fields = (
        "organisation__name",
        "organisation__owner",
        "name",
        "email",
        "language",
        "country",
        "search_text",
    )
    assert list(Contact.objects.values_list(*fields)) == [
        (
            "Ferry line",
            employee.pk,
            "Captain Ahab",
            "ahab@ferry.example",
            "de",
            "NL",
            "captain ahab ahab@ferry.example ferry line",
        ),
        (
            "Ferry line",
            employee.pk,
            "Ishmael",
            "ishmael@ferry.example",
            "",
            "",
            "ishmael ishmael@ferry.example ferry line",
        ),
    ]
    assert AuditEntry.objects.get().detail == {"created": 2, "updated": 0}


def test_apply_contacts_again_changes_nothing(hr: Person, employee: Person) -> None:
    apply_contacts(TWO, by=hr)
    plan = planned(TWO)
    assert (plan.changes, plan.counts) == (0, {"same": 2, "organisations": 0})


def test_apply_contacts_updates_by_email_and_leaves_missing_columns_alone(
    hr: Person, employee: Person
) -> None:
    apply_contacts(TWO, by=hr)
    text = "organisation,name,email\nWhalers,Captain A.,ahab@ferry.example\n"
    assert len(planned(text).updates) == 1
    apply_contacts(text, by=hr)
    ahab = Contact.objects.get(email="ahab@ferry.example")
    assert (ahab.organisation.name, ahab.name, ahab.language) == ("Whalers", "Captain A.", "de")
    assert list(Contact.objects.matching("whalers")) == [ahab]


@pytest.mark.parametrize(
    ("row", "expected"),
    [
        (",Ahab,a@example.com,", [(2, "organisation", "The organisation is missing.")]),
        ("Ferry,,a@example.com,", [(2, "name", "There is no name in this row.")]),
        ("Ferry,Ahab,,", [(2, "email", "The e-mail is missing.")]),
        ("Ferry,Ahab,ahoi,", [(2, "email", "“ahoi” is no e-mail address.")]),
        (
            "Ferry,Ahab,a@example.com,nobody",
            [(2, "owner", "Nobody who works here has the e-mail or employee number “nobody”.")],
        ),
        (
            "Ferry,Ahab,a@example.com,\nFerry,Twin,A@example.com,",
            [(3, "email", "a@example.com is also in row 2.")],
        ),
        ("Ferry,Ahab", [(2, "", "This row has 2 cells, the first row has 4.")]),
    ],
)
def test_plan_contacts_refuses(hr: Person, row: str, expected: list[tuple[int, str, str]]) -> None:
    text = f"organisation,name,email,owner\n{row}\n"
    assert errors_of(text) == expected


def test_plan_contacts_refuses_two_owners(hr: Person, employee: Person) -> None:
    text = (
        "organisation,name,email,owner\n"
        f"Ferry,Ahab,a@example.com,{employee.email}\n"
        f"Ferry,Ben,b@example.com,{hr.email}\n"
    )
    assert errors_of(text) == [(3, "owner", "This organisation has another owner in an earlier row.")]


def test_plan_contacts_shows_what_would_be(hr: Person, employee: Person) -> None:
    apply_contacts(TWO, by=hr)
    text = (
        TWO.replace("Captain Ahab", "Ahab").replace("Ishmael", "Call me Ishmael")
        + "Pequod;Q;q@ferry.example;;;\n"
    )
    rows = planned(text).rows
    assert [(row.number, row.name) for row in rows["new"]] == [(4, "Q")]
    assert [
        (row.number, [(change.label, change.before, change.after) for change in row.changes])
        for row in rows["changed"]
    ] == [(2, [("Name", "Captain Ahab", "Ahab")]), (3, [("Name", "Ishmael", "Call me Ishmael")])]


def test_plan_contacts_reads_names_with_the_family_in_front_and_says_so(hr: Person) -> None:
    text = (
        "organisation;name;email\n"
        "Ferry;van der Berg, Jan P.;j@ferry.example\n"
        "Ferry;Ahab;a@ferry.example\n"
        "Ferry;Müller, Zoë;z@ferry.example\n"
    )
    plan = planned(text)
    assert [each.values["name"] for each in plan.creates] == ["Jan P. van der Berg", "Ahab", "Zoë Müller"]
    assert [(each.row, each.message) for each in plan.warnings] == [
        (2, "Read “van der Berg, Jan P.” as “Jan P. van der Berg”."),
        (4, "Read “Müller, Zoë” as “Zoë Müller”."),
    ]


def test_plan_contacts_joins_given_and_family_name(hr: Person) -> None:
    plan = planned("Firma,Vorname,Nachname,E-Mail-Adresse\nFähre,Zoë,Müller,z@ferry.example\n")
    assert [each.values["name"] for each in plan.creates] == ["Zoë Müller"]


def test_write_contacts_stops_where_a_page_was_quicker(hr: Person, employee: Person) -> None:
    plan = planned(TWO)
    ferry = ExternalOrganisation.objects.create(name="Whalers")
    Contact.objects.create(organisation=ferry, name="Ahab", email="ahab@ferry.example")
    with pytest.raises(IntegrityError), transaction.atomic():
        CONTACTS.write(plan, hr)
    assert (Contact.objects.count(), ExternalOrganisation.objects.count()) == (1, 1)
