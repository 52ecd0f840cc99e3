"""Whom a wave asks and whom it is about, in its form."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from customers.models import ExternalOrganisation
from people.models import Attribute, Person, PersonAttribute
from surveys.models import Wave
from surveys.models.wave import by_attribute
from surveys.questionnaire import Questionnaire, Section
from tests.surveys.browsing import browser_of, get, post
from tests.surveys.factories import HEAR, make_hr, make_people, make_person, make_survey
from tests.surveys.views.planning import make_open_draft, wave_data

pytestmark = pytest.mark.django_db


@pytest.fixture
def browser() -> Client:
    return browser_of(make_hr(location="Leeds"))


def errors_of(browser: Client, **changes: Any) -> dict[str, list[str]]:
    response = post(browser, "wave-create", make_survey().pk, **wave_data(**changes))
    assert response.status_code == 422
    assert Wave.objects.count() == 0
    return dict(response.context["form"].errors)


# --- In common ----------------------------------------------------------------------------------------------
def test_what_there_is_to_choose_stands_with_how_many_have_it(browser: Client) -> None:
    make_people(3, location="York")
    shown = post(
        browser, "wave-create-values", make_survey().pk, **wave_data(audience_by="location", title="T")
    )
    page = shown.content.decode()
    assert shown.context["form"].fields["audience_values"].choices == [
        ("Leeds", "Leeds: 1 person"),
        ("York", "York: 3 people"),
    ]
    assert "York: 3 people" in page
    # What was typed stays, and is not judged.
    assert 'value="T"' in page
    assert "cp-error" not in page
    assert Wave.objects.count() == 0


def test_a_wave_by_attribute_is_planned_and_changed(browser: Client) -> None:
    contract = Attribute.objects.create(name="Contract")
    people = make_people(4)
    for person, value in zip(people, ["permanent", "permanent", "trainee", "fixed"], strict=True):
        PersonAttribute.objects.create(person=person, attribute=contract, value=value)
    by = by_attribute(contract.pk)
    chosen = wave_data(audience="attribute", audience_by=by, audience_values=["permanent", "trainee"])
    post(browser, "wave-create", make_survey().pk, **chosen)
    wave = Wave.objects.get()
    assert (wave.audience, wave.audience_by) == ("attribute", by)
    assert wave.audience_values == ["permanent", "trainee"]
    page = get(browser, "wave-detail", wave.pk).content.decode()
    assert "<bdi>Contract</bdi>: <bdi>permanent</bdi>, <bdi>trainee</bdi>" in " ".join(page.split())
    # Nobody has it any more: it stands there still, with nobody behind it.
    PersonAttribute.objects.filter(value="trainee").delete()
    form = get(browser, "wave-edit", wave.pk).context["form"]
    assert list(form.fields["audience_values"].choices)[2] == ("trainee", "trainee: 0 people")
    post(browser, "wave-edit", wave.pk, **(chosen | {"audience": "everyone"}))
    wave.refresh_from_db()
    assert (wave.audience, wave.audience_by, wave.audience_values) == ("everyone", "", [])


def test_values_of_a_draft_are_shown_anew(browser: Client) -> None:
    make_people(2, country="GB")
    wave = make_open_draft(audience="attribute", audience_by="location", audience_values=["Leeds"])
    shown = post(browser, "wave-edit-values", wave.pk, **wave_data(audience_by="country"))
    assert shown.context["form"].fields["audience_values"].choices == [("GB", "GB: 2 people")]
    wave.refresh_from_db()
    assert wave.audience_by == "location"
    Wave.objects.update(state=Wave.State.OPEN)
    assert post(browser, "wave-edit-values", wave.pk, **wave_data()).url == wave.get_absolute_url()


@pytest.mark.parametrize(
    ("changes", "field", "words"),
    [
        ({}, "audience_by", "Choose what the people asked have in common."),
        ({"audience_by": "attribute:0"}, "audience_by", "Select a valid choice"),
        ({"audience_by": "location"}, "audience_values", "Choose at least one."),
        (
            {"audience_by": "location", "audience_values": ["Hull"]},
            "audience_values",
            "Some of these are not there any more. Please look at them again.",
        ),
        (
            {"audience_by": "location", "audience_values": ["Leeds"], "breakdown": "location"},
            "breakdown",
            "Everybody asked has the same here. Choose another breakdown.",
        ),
    ],
)
def test_what_is_missing_is_said_beside_its_field(
    browser: Client, changes: dict[str, Any], field: str, words: str
) -> None:
    errors = errors_of(browser, audience="attribute", **changes)
    assert list(errors) == [field]
    assert errors[field][0].startswith(words)


# --- About whom ---------------------------------------------------------------------------------------------
def test_a_wave_is_about_one_person_or_each_ones_manager(browser: Client) -> None:
    rated = make_person()
    survey = make_survey()
    post(browser, "wave-create", survey.pk, **wave_data(about="person", subject_address=rated.email.upper()))
    post(browser, "wave-create", survey.pk, **wave_data(about="manager", subject_address=rated.email))
    about_one, about_managers = Wave.objects.order_by("pk")
    assert (about_one.about, about_one.subject) == ("person", rated)
    assert (about_managers.about, about_managers.subject) == ("manager", None)
    assert get(browser, "wave-edit", about_one.pk).context["form"]["subject_address"].value() == rated.email
    page = get(browser, "wave-detail", about_one.pk).content.decode()
    assert str(rated) in page
    post(browser, "wave-edit", about_one.pk, **wave_data())
    about_one.refresh_from_db()
    assert (about_one.about, about_one.subject) == ("", None)


def test_about_whom_is_refused_kindly(browser: Client) -> None:
    outside = ExternalOrganisation.objects.create(name="Acme")
    outside.contacts.create(name="A", email="a@example.org")
    Person.objects.create(email="gone@example.com", display_name="G", is_active=False)
    contacts = {"audience": "contacts", "organisations": [outside.pk]}
    assert errors_of(browser, about="manager", **contacts) == {
        "about": ["Contacts outside have no manager here. Ask them about one person, or about nobody."]
    }
    assert errors_of(browser, about="person") == {"subject_address": ["Say whom it is about."]}
    assert errors_of(browser, about="person", subject_address="gone@example.com") == {
        "subject_address": ["Nobody who works here has the address gone@example.com."]
    }


# --- The first question in the mail -------------------------------------------------------------------------
def test_the_first_question_goes_into_mails_of_waves_by_name_alone(browser: Client) -> None:
    reader = make_person().email
    assert list(errors_of(browser, ask_in_mail="on")) == ["ask_in_mail"]
    data = wave_data(mode="identified", reader_addresses=reader, ask_in_mail="on")
    post(browser, "wave-create", make_survey().pk, **data)
    assert Wave.objects.get().ask_in_mail is True
    of_words = make_survey(Questionnaire("Words", "", 1, (Section("One", "", (HEAR,)),)))
    refused = post(browser, "wave-create", of_words.pk, **data)
    assert list(refused.context["form"].errors) == ["ask_in_mail"]
