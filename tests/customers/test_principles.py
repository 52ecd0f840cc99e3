"""Behaviours and values in the organisation's words: order, languages, put away and brought back."""

from __future__ import annotations

from typing import Any

import pytest
from django.urls import reverse
from django.utils import translation

from common.models import AuditEntry
from customers.models import Behaviour, Value
from people.models import Person
from surveys.models import Question, Section, Survey
from tests.people.conftest import client_of, statements

pytestmark = pytest.mark.django_db
LIST = "/behaviours/"


def address(deed: str, principle: Any, *rest: str) -> str:
    return reverse(f"customers:principle-{deed}", args=[principle.kind, principle.pk, *rest])


def codes() -> list[str]:
    return list(Behaviour.objects.values_list("code", flat=True))


def test_what_was_seeded_speaks_both_languages() -> None:
    everything = [*Behaviour.objects.all(), *Value.objects.all()]
    assert len(everything) == 11
    for principle in everything:
        assert all((principle.name, principle.meaning, principle.name_de, principle.meaning_de))
    humility = Behaviour.objects.get(code="humility")
    with translation.override("de"):
        assert (str(humility), humility.local_meaning) == (
            "Demut",
            "Wo uns etwas davon nicht gelingt, bitten wir um Entschuldigung.",
        )
    with translation.override("en"):
        assert str(humility) == "Humility"


@pytest.mark.parametrize(("language", "expected"), [("de", "Calm"), ("de-at", "Calm"), ("en", "Calm")])
def test_without_german_words_everybody_reads_the_others(language: str, expected: str) -> None:
    calm = Behaviour(name="Calm", meaning="We wait.")
    with translation.override(language):
        assert (str(calm), calm.local_meaning) == (expected, "We wait.")


def test_a_reader_of_german_reads_the_list_in_german(employee: Person) -> None:
    employee.language = "de"
    employee.save()
    page = client_of(employee).get(LIST).content.decode()
    assert "Zuhören" in page
    assert "Listening" not in page


def test_hr_words_both_languages_side_by_side(hr: Person) -> None:
    value = Value.objects.get(code="trust")
    url = reverse("customers:value-edit", args=[value.pk])
    client = client_of(hr)
    form = client.get(url).context["form"]
    assert [form[name].value() for name in ("name", "name_de")] == ["Trust", "Vertrauen"]
    opened = form["as_opened"].value()
    data = {"name": "Trust first", "meaning": "M", "name_de": "Erst Vertrauen", "meaning_de": "B"}
    assert client.post(url, data | {"as_opened": opened}).status_code == 302
    value.refresh_from_db()
    assert (value.name, value.name_de, value.code, value.active) == (
        "Trust first",
        "Erst Vertrauen",
        "trust",
        True,
    )
    # Of two tabs the second is told.
    answer = client.post(url, data | {"as_opened": opened, "name": "Trust last"})
    assert answer.status_code == 422
    assert "differ from what is stored in: Name in English." in answer.content.decode()


def test_hr_moves_them_up_and_down(hr: Person) -> None:
    client, civility = client_of(hr), Behaviour.objects.get(code="civility")
    client.post(address("move", civility, "up"))
    assert codes()[:2] == ["civility", "listening"]
    assert client.post(address("move", civility, "up")).status_code == 302
    assert codes()[:2] == ["civility", "listening"]
    client.post(address("move", civility, "down"))
    client.post(address("move", civility, "down"))
    assert codes()[:3] == ["listening", "keeping-promises", "civility"]
    assert list(Behaviour.objects.values_list("position", flat=True)) == [1, 2, 3, 4, 5, 6]
    assert AuditEntry.objects.filter(action="principle.moved").count() == 3
    page = client.get(LIST).content.decode()
    first, last = Behaviour.objects.all()[0], Behaviour.objects.all()[5]
    assert address("move", first, "up") not in page
    assert address("move", last, "down") not in page


def test_equal_positions_are_set_right_by_the_first_move(hr: Person) -> None:
    Behaviour.objects.update(position=3)
    client_of(hr).post(address("move", Behaviour.objects.get(code="humility"), "up"))
    assert codes()[-2:] == ["humility", "loyalty-to-the-absent"]


def test_before_it_is_put_away_hr_sees_what_points_at_it(hr: Person) -> None:
    listening = Behaviour.objects.get(code="listening")
    for title, archived in (("Zebra", False), ("Autumn <b>pulse</b>", False), ("Long ago", True)):
        survey = Survey.objects.create(title=title, archived=archived)
        part = Section.objects.create(survey=survey, position=1, title="Part")
        for number in range(2):
            Question.objects.create(
                section=part, position=number, key=f"q{number}", kind="yes_no", text="?", behaviour=listening
            )
    client = client_of(hr)
    page = client.get(address("archive", listening))
    assert [(use.title, use.words) for use in page.context["uses"]] == [
        ("Autumn <b>pulse</b>", "2 questions"),
        ("Zebra", "2 questions"),
    ]
    assert "<b>pulse" not in page.content.decode()
    listening.refresh_from_db()
    assert listening.active
    assert "Nothing points at it." in client.get(address("archive", Value.objects.all()[0])).content.decode()


def test_put_away_nothing_new_points_at_it_and_it_comes_back(hr: Person, employee: Person) -> None:
    client, humility = client_of(hr), Behaviour.objects.get(code="humility")
    for _again in range(2):
        assert client.post(address("archive", humility)).status_code == 302
    assert "Humility" not in client_of(employee).get(LIST).content.decode()
    assert "Not in use" in client.get(LIST).content.decode()
    for _again in range(2):
        assert client.post(address("bring-back", humility)).status_code == 302
    assert "Humility" in client_of(employee).get(LIST).content.decode()
    assert list(AuditEntry.objects.order_by("pk").values_list("action", flat=True)) == [
        "principle.archived",
        "principle.brought_back",
    ]


def test_an_organisation_without_any_reads_that(employee: Person) -> None:
    Behaviour.objects.all().delete()
    assert "None yet." in client_of(employee).get(LIST).content.decode()


@pytest.mark.usefixtures("plain_sessions")
def test_the_page_of_uses_costs_the_same_however_many(hr: Person) -> None:
    behaviour = Behaviour.objects.get(code="listening")
    urls = [address("archive", behaviour)]
    at_none = statements(client_of(hr), urls)
    for number in range(30):
        survey = Survey.objects.create(title=f"S{number}")
        part = Section.objects.create(survey=survey, position=1, title="Part")
        Question.objects.create(
            section=part, position=1, key="q", kind="yes_no", text="?", behaviour=behaviour
        )
    assert statements(client_of(hr), urls) == at_none
