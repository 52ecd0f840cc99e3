import pytest

from common.models import AuditEntry
from customers.domain.importing import ContactsRefused, apply_contacts, plan_contacts
from customers.models import Contact, ExternalOrganisation
from people.models import Person

pytestmark = pytest.mark.django_db

TWO = (
    "Company;Name;E-Mail;Language;Country;Owner\n"
    "Ferry line;Captain Ahab;Ahab@Ferry.example;de;nl;E1\n"
    "Ferry line;Ishmael;ishmael@ferry.example;;;\n"
)


def errors_of(text: str) -> list[tuple[int, str, str]]:
    return [(each.row, each.column, each.message) for each in plan_contacts(text).errors]


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
    plan = plan_contacts(TWO)
    assert (plan.changes_nothing, plan.unchanged) == (True, 2)


def test_apply_contacts_updates_by_email_and_leaves_missing_columns_alone(
    hr: Person, employee: Person
) -> None:
    apply_contacts(TWO, by=hr)
    text = "organisation,name,email\nWhalers,Captain A.,ahab@ferry.example\n"
    assert len(plan_contacts(text).updates) == 1
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
    with pytest.raises(ContactsRefused):
        apply_contacts(text, by=hr)
    assert (Contact.objects.count(), ExternalOrganisation.objects.count(), AuditEntry.objects.count()) == (
        0,
        0,
        0,
    )


def test_plan_contacts_refuses_two_owners(hr: Person, employee: Person) -> None:
    text = (
        "organisation,name,email,owner\n"
        f"Ferry,Ahab,a@example.com,{employee.email}\n"
        f"Ferry,Ben,b@example.com,{hr.email}\n"
    )
    assert errors_of(text) == [(3, "owner", "This organisation has another owner in an earlier row.")]
