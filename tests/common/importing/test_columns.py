from __future__ import annotations

import pytest

from common.importing.columns import Field, FieldSet, problems_of, propose, remember
from common.models import ColumnMapping

pytestmark = pytest.mark.django_db

FIELDS = FieldSet(
    "tests",
    (
        Field("name", "Name", ("Vorname und Nachname",)),
        Field("number", "Employee number", ("Personalnummer",)),
        Field("email", "E-mail", ("E-Mail-Adresse",)),
        Field("unit", "Unit", ("Abteilung",), required=True),
    ),
    one_of=(("number", "email"),),
)


def test_propose_knows_names_in_any_spelling_and_language() -> None:
    headings = ["VORNAME und nachname", "Employee_Number", "e mail adresse", "ABTEILUNG:", "Colour", ""]
    assert propose(FIELDS, headings) == ["name", "number", "email", "unit", "", ""]


def test_remember_goes_before_what_is_known() -> None:
    headings = ["Wer", "E-Mail-Adresse", "Abteilung", "Colour"]
    remember(FIELDS, headings, ["name", "", "unit", ""])
    assert propose(FIELDS, headings) == ["name", "", "unit", ""]
    # Only what was not known: a heading nobody used may mean something one day.
    assert list(ColumnMapping.objects.order_by("heading").values_list("of", "heading", "field")) == [
        ("tests", "emailadresse", ""),
        ("tests", "wer", "name"),
    ]
    remember(FIELDS, headings, ["unit", "email", "", ""])
    assert propose(FIELDS, headings) == ["unit", "email", "", ""]
    assert ColumnMapping.objects.count() == 3


def test_remember_is_of_one_kind_of_file_and_of_fields_that_are_there() -> None:
    remember(FIELDS, ["Wer"], ["name"])
    other = FieldSet("others", FIELDS.fields)
    assert propose(other, ["Wer"]) == [""]
    assert propose(FieldSet("tests", FIELDS.fields[1:]), ["Wer"]) == [""]


def test_remember_takes_two_columns_of_one_heading() -> None:
    remember(FIELDS, ["Wer", "Wer"], ["name", ""])
    assert ColumnMapping.objects.get().field == "name"


@pytest.mark.parametrize(
    ("mapping", "problems"),
    [
        (["name", "number", "unit"], []),
        (["name", "email", "unit"], []),
        (
            ["name", "", "unit"],
            ["No column holds one of these: “Employee number”, “E-mail”. Please say which one does."],
        ),
        (["name", "number", ""], ["No column holds “Unit”. Please say which one does."]),
        (["unit", "number", "unit"], ["The columns “A” and “C” both mean “Unit”. Please choose one."]),
    ],
)
def test_problems_of(mapping: list[str], problems: list[str]) -> None:
    assert problems_of(FIELDS, ["A", "B", "C"], mapping) == problems
