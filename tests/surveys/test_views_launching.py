"""Waves in the browser: plan, look at, launch, approve, follow."""

from __future__ import annotations

import datetime as dt
from dataclasses import asdict
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from common import organisation
from common.day import waiting_for
from common.models import Organisation
from customers.models import ExternalOrganisation
from notifications.models import Message
from people.models import Attribute, Person, Team
from surveys import tasks
from surveys.domain import drafting
from surveys.models import Survey, Wave
from tests.surveys.browsing import browser_of, get, post
from tests.surveys.factories import (
    make_draft,
    make_hr,
    make_people,
    make_person,
    make_survey,
    make_wave,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def hr() -> Person:
    return make_hr()


@pytest.fixture
def browser(hr: Person) -> Client:
    return browser_of(hr)


def local(moment: dt.datetime) -> str:
    return timezone.localtime(moment).strftime("%Y-%m-%dT%H:%M")


def in_days(days: int) -> str:
    return local(timezone.now() + dt.timedelta(days=days))


def wave_data(**changes: Any) -> dict[str, Any]:
    """What the form sends when nothing special is chosen."""
    return {
        "title": "Spring pulse",
        "mode": "anonymous",
        "audience": "everyone",
        "with_teams_below": "on",
        "opens_at": in_days(1),
        "closes_at": in_days(15),
        "reminders": "3, 6, 9",
        "reader_addresses": "",
        "k": "5",
        "breakdown": "",
        "extension_days": "0",
        **changes,
    }


def make_open_draft(**fields: Any) -> Wave:
    now = timezone.now()
    return make_draft(**{"opens_at": now, "closes_at": now + dt.timedelta(days=14), **fields})


# --- Planning -----------------------------------------------------------------------------------------------
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


# --- Preview ------------------------------------------------------------------------------------------------
def test_the_draft_shows_who_how_many_and_where_small_groups_go(browser: Client) -> None:
    make_people(20, team=Team.objects.create(name="Sales"))
    make_people(3, team=Team.objects.create(name="Tiny"))
    page = get(browser, "wave-detail", make_open_draft().pk).content.decode()
    assert "24 people would be asked." in page
    assert "Too small: counted in Brightwater" in page
    assert "cannot be launched" not in page
    assert "Launched by" not in page


def test_the_draft_says_what_speaks_against_it_and_offers_no_launch(browser: Client) -> None:
    wave = make_open_draft()
    page = get(browser, "wave-detail", wave.pk).content.decode()
    assert "This would ask 1 person. An anonymous wave needs at least 10" in page
    assert reverse("surveys:wave-launch", args=[wave.pk]) not in page


def test_each_mail_is_shown_in_text_and_html(browser: Client, hr: Person) -> None:
    hr.display_name = "Priya Raman"
    hr.save()
    wave = make_open_draft(reminder_days=[3])
    mails = get(browser, "wave-detail", wave.pk).context["mails"]
    assert [planned.step for planned in mails] == [0, 1]
    for step in (0, 1):
        text = get(browser, "wave-mail", wave.pk, step)
        html = get(browser, "wave-mail-html", wave.pk, step)
        assert "http://localhost/a/.../" in text.content.decode()
        assert 'href="http://localhost/a/.../"' in html.content.decode()
        assert "style-src 'sha256-" in html["Content-Security-Policy"]
        assert "style-src" not in text["Content-Security-Policy"]
    assert "Priya Raman of Brightwater asks" in get(browser, "wave-mail", wave.pk, 0).content.decode()
    assert get(browser, "wave-mail", wave.pk, 2).status_code == 404
    wave.refresh_from_db()
    assert wave.launched_by is None


def test_mails_of_a_launched_wave_are_no_preview_any_more(browser: Client) -> None:
    assert get(browser, "wave-mail", make_wave().pk, 0).status_code == 404


# --- Launch -------------------------------------------------------------------------------------------------
def test_launch_asks_first_and_then_shows_its_progress(browser: Client) -> None:
    make_people(25)
    wave = make_open_draft()
    assert "26 people would be asked." in get(browser, "wave-launch", wave.pk).content.decode()
    wave.refresh_from_db()
    assert wave.state == Wave.State.DRAFT
    assert post(browser, "wave-launch", wave.pk).url == wave.get_absolute_url()
    page = get(browser, "wave-detail", wave.pk).content.decode()
    assert reverse("common:progress", args=[f"wave-launch:{wave.pk}"]) in page
    tasks.carry_out_launch(wave_id=wave.pk)
    wave.refresh_from_db()
    assert (wave.state, Message.objects.count()) == (Wave.State.OPEN, 26)
    assert "26 people were asked." in get(browser, "wave-detail", wave.pk).content.decode()


def test_launching_twice_is_harmless(browser: Client) -> None:
    make_people(25)
    wave = make_open_draft()
    post(browser, "wave-launch", wave.pk)
    assert post(browser, "wave-launch", wave.pk).url == wave.get_absolute_url()
    tasks.carry_out_launch(wave_id=wave.pk)
    assert post(browser, "wave-launch", wave.pk).url == wave.get_absolute_url()
    assert get(browser, "wave-launch", wave.pk).url == wave.get_absolute_url()
    assert Message.objects.count() == 26


def test_a_refused_launch_says_why_and_changes_nothing(browser: Client) -> None:
    wave = make_open_draft()
    response = post(browser, "wave-launch", wave.pk)
    assert response.status_code == 422
    assert "An anonymous wave needs at least 10" in response.content.decode()
    wave.refresh_from_db()
    assert wave.state == Wave.State.DRAFT


def test_a_later_opening_is_said_while_everything_waits(browser: Client) -> None:
    make_people(25)
    opens_at = timezone.now() + dt.timedelta(days=2)
    wave = make_open_draft(opens_at=opens_at)
    post(browser, "wave-launch", wave.pk)
    tasks.carry_out_launch(wave_id=wave.pk)
    assert "Everything is prepared. It opens on" in get(browser, "wave-detail", wave.pk).content.decode()


def test_r7_a_small_wave_needs_a_second_person(browser: Client, hr: Person) -> None:
    make_people(12)
    second = make_hr()
    wave = make_open_draft(title="Small")
    post(browser, "wave-launch", wave.pk)
    assert post(browser, "wave-approve", wave.pk).status_code == 403
    wave.refresh_from_db()
    assert wave.state == Wave.State.APPROVAL
    assert waiting_for(hr, timezone.now()) == []
    assert [item.title for item in waiting_for(second, timezone.now())] == [
        "Look at “Small” before it is launched"
    ]
    other = browser_of(second)
    assert get(other, "wave-approve", wave.pk).status_code == 200
    assert post(other, "wave-approve", wave.pk).url == wave.get_absolute_url()
    wave.refresh_from_db()
    assert (wave.state, wave.approved_by) == (Wave.State.LAUNCHING, second)


def test_a_wave_that_waits_is_taken_back(browser: Client) -> None:
    make_people(12)
    wave = make_open_draft()
    post(browser, "wave-launch", wave.pk)
    post(browser, "wave-take-back", wave.pk)
    wave.refresh_from_db()
    assert wave.state == Wave.State.DRAFT


def test_a_launch_the_worker_stopped_is_explained_on_the_draft(browser: Client) -> None:
    people = make_people(25)
    wave = make_open_draft()
    post(browser, "wave-launch", wave.pk)
    Person.objects.filter(pk__in=[person.pk for person in people]).update(is_active=False)
    tasks.carry_out_launch(wave_id=wave.pk)
    page = get(browser, "wave-detail", wave.pk).content.decode()
    assert "The launch was stopped, and nothing was sent." in page


# --- Following ----------------------------------------------------------------------------------------------
def test_r1_an_open_wave_shows_rates_in_words_and_nothing_else(browser: Client) -> None:
    wave = make_wave(groups={1: None, 2: 1}, invited={1: 20, 2: 20}, closes_at=timezone.now())
    wave.groups.filter(code=1).update(response_percent=91)
    wave.groups.filter(code=2).update(response_percent=None)
    page = get(browser, "wave-detail", wave.pk).content.decode()
    assert "over 90" in page
    assert (page.count("not shown"), page.count("not yet")) == (0, 1)
    wave.rated_on = timezone.localdate()
    wave.save()
    page = get(browser, "wave-detail", wave.pk).content.decode()
    assert (page.count("not shown"), page.count("not yet")) == (1, 0)


@pytest.mark.parametrize(
    ("released", "words"),
    [
        (True, "the results are there"),
        (False, "Too few people answered, so every answer was destroyed unread."),
    ],
)
def test_a_closed_wave_says_whether_there_are_results(browser: Client, released: bool, words: str) -> None:
    wave = make_wave(state=Wave.State.CLOSED, released=released)
    page = get(browser, "wave-detail", wave.pk).content.decode()
    assert words in page
    assert (reverse("surveys:wave-results", args=[wave.pk]) in page) is released


def test_the_results_of_a_wave_by_name_are_offered_to_its_readers_only(browser: Client, hr: Person) -> None:
    wave = make_wave(mode=Wave.Mode.IDENTIFIED, invited={1: 0})
    address = reverse("surveys:wave-results", args=[wave.pk])
    assert address not in get(browser, "wave-detail", wave.pk).content.decode()
    wave.readers.add(hr)
    assert address in get(browser, "wave-detail", wave.pk).content.decode()


def test_a_lost_key_is_said_on_the_page_of_the_wave(browser: Client) -> None:
    wave = make_wave(key_usable=False)
    assert "does not open its answers" in get(browser, "wave-detail", wave.pk).content.decode()


# --- Lists and who ------------------------------------------------------------------------------------------
def statements(browser: Client, name: str, *args: object) -> int:
    get(browser, name, *args)
    with CaptureQueriesContext(connection) as captured:
        assert get(browser, name, *args).status_code == 200
    return len(captured)


def test_the_list_asks_the_database_as_often_for_30_waves_as_for_one(browser: Client) -> None:
    survey = make_survey()
    make_open_draft(survey=survey)
    with_one = statements(browser, "wave-list")
    for _ in range(29):
        make_open_draft(survey=survey)
    assert statements(browser, "wave-list") == with_one <= 6


def test_a_draft_asks_the_database_as_often_for_30_teams_as_for_one(browser: Client) -> None:
    make_people(20, team=Team.objects.create(name="Sales"))
    wave = make_open_draft()
    with_one = statements(browser, "wave-detail", wave.pk)
    for number in range(29):
        make_people(2, team=Team.objects.create(name=f"Team {number}"))
    assert statements(browser, "wave-detail", wave.pk) == with_one <= 24


def test_only_hr_comes_near_a_wave() -> None:
    make_people(25)
    wave = make_open_draft()
    client = Client()
    assert get(client, "wave-detail", wave.pk).status_code == 302
    client = browser_of(make_person())
    for name in ("wave-detail", "wave-edit", "wave-launch", "wave-approve"):
        assert get(client, name, wave.pk).status_code == 403
    assert post(client, "wave-launch", wave.pk).status_code == 403
    wave.refresh_from_db()
    assert wave.state == Wave.State.DRAFT


def test_what_was_confirmed_is_what_is_launched(browser: Client) -> None:
    make_people(25)
    wave = make_draft(opens_at=timezone.now(), closes_at=timezone.now() + dt.timedelta(days=9))
    seen = get(browser, "wave-launch", wave.pk).context["seen"]
    Wave.objects.filter(pk=wave.pk).update(title="Changed in another window")
    refused = post(browser, "wave-launch", wave.pk, seen=seen)
    wave.refresh_from_db()
    assert (refused.status_code, refused.context["changed"], wave.state) == (422, True, Wave.State.DRAFT)
    assert "It has changed since you opened this page." in refused.content.decode()
    post(browser, "wave-launch", wave.pk, seen=refused.context["seen"])
    wave.refresh_from_db()
    assert wave.state == Wave.State.LAUNCHING


@pytest.mark.parametrize("change", ["questions", "team", "people"])
def test_a_yes_of_the_second_person_holds_for_what_they_saw(browser: Client, hr: Person, change: str) -> None:
    team = Team.objects.create(name="Harbour")
    make_people(14, team=team)
    wave = make_draft(
        audience=Wave.Audience.TEAMS,
        opens_at=timezone.now(),
        closes_at=timezone.now() + dt.timedelta(days=9),
    )
    wave.teams.add(team)
    post(browser, "wave-launch", wave.pk)
    other = browser_of(make_hr())
    seen = get(other, "wave-approve", wave.pk).context["seen"]
    if change == "questions":
        section = wave.survey.sections.all()[0]
        post(browser, "section-edit", section.pk, title="Who complained?")
    elif change == "team":
        wave.teams.add(Team.objects.create(name="Another"))
    else:
        make_person(team=team)
    assert post(other, "wave-approve", wave.pk, seen=seen).status_code == 422
    wave.refresh_from_db()
    assert wave.state == Wave.State.APPROVAL
    assert post(other, "wave-approve", wave.pk, seen=get(other, "wave-approve", wave.pk).context["seen"]).url
    wave.refresh_from_db()
    assert wave.state == Wave.State.LAUNCHING


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
