"""Waves in the browser: planned, refused beside the field, changed, deleted."""

from __future__ import annotations

from dataclasses import asdict

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from common import organisation
from common.models import Organisation
from customers.models import ExternalOrganisation
from people.models import Attribute, Person, Team
from surveys.domain.waves import drafting
from surveys.models import Survey, Wave
from tests.surveys.browsing import get, post
from tests.surveys.factories import make_draft, make_person, make_survey, make_wave
from tests.surveys.views.planning import browser, hr, in_days, local, make_open_draft, wave_data

__all__ = ["browser", "hr"]

pytestmark = pytest.mark.django_db


def test_a_wave_is_planned_as_a_draft(browser: Client, hr: Person) -> None:
    survey = make_survey()
    response = post(browser, "wave-create", survey.pk, **wave_data())
    wave = Wave.objects.get()
    assert response.url == wave.get_absolute_url()
    assert (wave.survey, wave.state, wave.created_by) == (survey, Wave.State.DRAFT, hr)
    assert (wave.title, wave.reminder_days, wave.k) == ("Spring pulse", [3, 6, 9], 5)
    assert local(wave.opens_at) == in_days(1)


def test_a_wave_begins_with_the_organisations_k_and_goes_no_lower(browser: Client, hr: Person) -> None:
    survey = make_survey()
    made_before = make_draft(survey=survey)
    Organisation.objects.create(pk=1, **asdict(organisation.from_environment()) | {"k": 8})
    organisation.forget()
    assert get(browser, "wave-create", survey.pk).context["form"]["k"].value() == 8
    refused = post(browser, "wave-create", survey.pk, **wave_data(k="7"))
    assert refused.context["form"].errors == {"k": ["Here no figure describes fewer than 8 people."]}
    post(browser, "wave-create", survey.pk, **wave_data(k="9"))
    # By name there is no smallest group.
    by_name = wave_data(k="5", mode="identified", reader_addresses=hr.email)
    post(browser, "wave-create", survey.pk, **by_name)
    assert sorted(Wave.objects.values_list("k", flat=True)) == [5, 5, 9]
    made_before.refresh_from_db()
    assert made_before.k == 5


def test_the_form_begins_with_usual_answers(browser: Client, hr: Person) -> None:
    survey = make_survey()
    form = get(browser, "wave-create", survey.pk).context["form"]
    opens_at, closes_at = (timezone.localtime(form.initial[name]) for name in ("opens_at", "closes_at"))
    assert opens_at.date() > timezone.localdate()
    assert opens_at.isoweekday() <= 5
    assert (opens_at.hour, closes_at.hour, (closes_at.date() - opens_at.date()).days) == (9, 17, 14)
    assert form.initial["title"] == survey.title
    assert form.initial["reader_addresses"] == hr.email


def test_teams_are_offered_by_their_path_in_the_order_of_the_tree(browser: Client) -> None:
    sales = Team.objects.create(name="Sales")
    Team.objects.create(name="North", parent=sales)
    Team.objects.create(name="Billing")
    form = get(browser, "wave-create", make_survey().pk).context["form"]
    assert [label for _value, label in form.fields["teams"].choices] == ["Billing", "Sales", "Sales / North"]


def test_a_wave_by_name_keeps_who_reads_it(browser: Client, hr: Person) -> None:
    reader = make_person()
    organisation = ExternalOrganisation.objects.create(name="Acme")
    organisation.contacts.create(name="A", email="a@example.org")
    data = wave_data(
        mode="identified",
        audience="contacts",
        organisations=[organisation.pk],
        reader_addresses=f"{hr.email.upper()}\r\n {reader.email} ",
    )
    post(browser, "wave-create", make_survey().pk, **data)
    wave = Wave.objects.get()
    assert set(wave.readers.all()) == {hr, reader}
    assert list(wave.organisations.all()) == [organisation]


def test_an_anonymous_wave_has_no_readers_whatever_was_typed(browser: Client, hr: Person) -> None:
    post(browser, "wave-create", make_survey().pk, **wave_data(reader_addresses=hr.email))
    assert Wave.objects.get().readers.count() == 0


@pytest.mark.parametrize(
    ("changes", "field", "words"),
    [
        ({"title": ""}, "title", "Please fill this in."),
        (
            {"opens_at": "2026-02-30T09:00"},
            "opens_at",
            "Choose a day and a time that exist, such as 2026-03-31 17:00.",
        ),
        (
            {"opens_at": "soon"},
            "opens_at",
            "Choose a day and a time that exist, such as 2026-03-31 17:00.",
        ),
        (
            {"closes_at": "9999-12-31T23:59"},
            "closes_at",
            "Choose a day and a time that exist, such as 2026-03-31 17:00.",
        ),
        (
            {"closes_at": "0001-01-01T00:00"},
            "closes_at",
            "Choose a day and a time that exist, such as 2026-03-31 17:00.",
        ),
        ({"opens_at": "2020-01-01T09:00"}, "opens_at", "Choose a day from today on."),
        ({"closes_at": "2020-01-01T09:00"}, "closes_at", "Choose a time that is still to come."),
        (
            {"closes_at": in_days(400)},
            "closes_at",
            "Choose a day within the next twelve months.",
        ),
        (
            {"opens_at": in_days(15), "closes_at": in_days(14)},
            "closes_at",
            "Choose a closing time after the opening.",
        ),
        ({"k": "4"}, "k", "Ensure this value is greater than or equal to 5."),
        ({"k": "21"}, "k", "Ensure this value is less than or equal to 20."),
        ({"extension_days": "31"}, "extension_days", "Ensure this value is less than or equal to 30."),
        ({"audience": "teams"}, "teams", "Choose at least one team."),
        ({"audience": "contacts"}, "organisations", "Choose at least one organisation."),
        (
            {"reminders": "3, six"},
            "reminders",
            "Write numbers of working days, such as 3, 6, 9.",
        ),
        (
            {"reminders": "²"},
            "reminders",
            "Write numbers of working days, such as 3, 6, 9.",
        ),
        (
            {"reminders": "1 2 3 4"},
            "reminders",
            "At most three reminders: four mails about one survey are enough.",
        ),
        ({"reminders": "0, 3"}, "reminders", "Choose from 1 to 60 working days."),
        ({"reminders": "3, 61"}, "reminders", "Choose from 1 to 60 working days."),
        (
            {"mode": "identified"},
            "reader_addresses",
            "Name at least one person who reads the answers.",
        ),
        (
            {"mode": "identified", "reader_addresses": "nobody@example.com"},
            "reader_addresses",
            "Nobody who works here has the address nobody@example.com.",
        ),
        ({"mode": "both"}, "mode", "Select a valid choice. both is not one of the available choices."),
    ],
)
def test_what_cannot_be_is_refused_beside_its_field(
    browser: Client, changes: dict[str, str], field: str, words: str
) -> None:
    response = post(browser, "wave-create", make_survey().pk, **wave_data(**changes))
    assert (response.status_code, Wave.objects.count()) == (422, 0)
    assert response.context["form"].errors == {field: [words]}
    assert f'id="id_{field}_error"' in response.content.decode()


def test_an_audience_of_nobody_is_refused_beside_its_field(browser: Client) -> None:
    survey = make_survey()
    team = Team.objects.create(name="Empty")
    make_person(team=team, is_active=False)
    organisation = ExternalOrganisation.objects.create(name="Acme")
    organisation.contacts.create(name="A", email="a@example.org", active=False)
    for data, errors in [
        ({"audience": "teams", "teams": [team.pk]}, {"teams": ["Nobody is in the teams you chose."]}),
        (
            {"audience": "contacts", "organisations": [organisation.pk]},
            {"organisations": ["None of these organisations has a contact who may be asked."]},
        ),
    ]:
        response = post(browser, "wave-create", survey.pk, **wave_data(**data))
        assert (response.status_code, response.context["form"].errors) == (422, errors)
    assert Wave.objects.count() == 0


def test_contacts_are_not_broken_down_by_a_location_they_do_not_have(browser: Client) -> None:
    organisation = ExternalOrganisation.objects.create(name="Acme")
    organisation.contacts.create(name="A", email="a@example.org")
    data = wave_data(audience="contacts", organisations=[organisation.pk], breakdown="location")
    response = post(browser, "wave-create", make_survey().pk, **data)
    assert list(response.context["form"].errors) == ["breakdown"]


def test_a_survey_put_away_is_not_planned(browser: Client) -> None:
    survey = make_survey()
    Survey.objects.update(archived=True)
    assert post(browser, "wave-create", survey.pk, **wave_data()).status_code == 404


def test_a_draft_is_changed(browser: Client) -> None:
    wave = make_open_draft()
    team = Team.objects.create(name="Sales")
    make_person(team=team)
    assert get(browser, "wave-edit", wave.pk).context["form"].initial["reminders"] == "3, 6, 9"
    post(
        browser,
        "wave-edit",
        wave.pk,
        **wave_data(title="Autumn", audience="teams", teams=[team.pk], reminders="", k="7"),
    )
    wave.refresh_from_db()
    assert (wave.title, wave.audience, wave.reminder_days, wave.k) == ("Autumn", "teams", [], 7)
    assert list(wave.teams.all()) == [team]


@pytest.mark.parametrize("name", ["wave-edit", "wave-delete"])
def test_t1_a_launched_wave_is_neither_changed_nor_deleted(browser: Client, name: str) -> None:
    wave = make_wave()
    response = post(browser, name, wave.pk, **wave_data(title="Other", mode="identified"))
    assert response.url == wave.get_absolute_url()
    wave.refresh_from_db()
    assert (wave.title, wave.mode) == ("Spring", "anonymous")


def test_t1_a_form_opened_before_the_launch_changes_nothing_after_it() -> None:
    wave = make_open_draft()
    Wave.objects.filter(pk=wave.pk).update(state=Wave.State.LAUNCHING)
    wave.title = "Too late"
    with pytest.raises(drafting.NotADraft):
        drafting.save_draft(wave, teams=[], organisations=[], readers=[], by=make_person())
    wave.refresh_from_db()
    assert (wave.title, wave.state) == ("Spring", Wave.State.LAUNCHING)


def test_a_draft_is_deleted_after_asking(browser: Client) -> None:
    wave = make_open_draft()
    get(browser, "wave-delete", wave.pk)
    assert Wave.objects.count() == 1
    assert post(browser, "wave-delete", wave.pk).url == wave.survey.get_absolute_url()
    assert Wave.objects.count() == 0


def test_a_wave_is_broken_down_by_an_attribute_hr_defined(browser: Client) -> None:
    attribute = Attribute.objects.create(name="Contract")
    Attribute.objects.create(name="Of old", archived=True)
    make_person()
    survey = make_survey()
    page = browser.get(reverse("surveys:wave-create", args=[survey.pk]))
    assert [label for _value, label in page.context["form"].fields["breakdown"].choices] == [
        "By team only",
        "By team and location",
        "By team and country",
        "By team and “Contract”",
    ]
    data = wave_data(breakdown=f"attribute:{attribute.pk}")
    assert post(browser, "wave-create", survey.pk, **data).status_code == 302
    wave = Wave.objects.get()
    assert (wave.breakdown_attribute, wave.breakdown_name) == (attribute.pk, "Contract")
    organisation = ExternalOrganisation.objects.create(name="Acme")
    organisation.contacts.create(name="A", email="a@example.org")
    outside = data | {"audience": "contacts", "organisations": [organisation.pk]}
    response = post(browser, "wave-create", survey.pk, **outside)
    assert list(response.context["form"].errors) == ["breakdown"]
