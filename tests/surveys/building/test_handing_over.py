from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from common.models import AuditEntry
from people.models import Person, Team
from surveys.domain.building import handing_over
from surveys.domain.waves import drafting
from surveys.models import Survey, Wave
from tests.surveys.factories import make_hr, make_person, make_survey, make_wave

pytestmark = pytest.mark.django_db

NOW = dt.datetime(2026, 3, 2, 9, tzinfo=dt.UTC)


@pytest.fixture
def lead() -> Person:
    return make_person(display_name="Nuria Lead")


@pytest.fixture
def team(lead: Person) -> Team:
    team: Team = Team.objects.create(name="Dispatch", lead=lead)
    return team


def page(person: Person, name: str, *args: Any) -> str:
    client = Client()
    client.force_login(person)
    return client.get(reverse(f"surveys:{name}", args=args)).content.decode()


def send(person: Person, name: str, *args: Any, **data: Any) -> Any:
    client = Client()
    client.force_login(person)
    return client.post(reverse(f"surveys:{name}", args=args), data)


def test_a_survey_a_lead_begins_belongs_to_their_team(lead: Person, team: Team) -> None:
    below = Team.objects.create(name="Night shift", parent=team)
    elsewhere = Team.objects.create(name="Elsewhere")
    send(lead, "survey-create", title="Our week", intro="", team=below.pk)
    send(lead, "survey-create-from", "team-pulse")
    assert set(Survey.objects.values_list("title", "team__name")) == {
        ("Our week", "Night shift"),
        ("Team pulse", "Dispatch"),
    }
    assert send(lead, "survey-create", title="Theirs", intro="", team=elsewhere.pk).status_code == 422
    assert send(lead, "survey-create", title="Everybody's", intro="", team="").status_code == 422


def test_what_hr_begins_is_hrs_alone_unless_they_say_otherwise(lead: Person, team: Team) -> None:
    hr = make_hr()
    send(hr, "survey-create", title="For all", intro="", team="")
    send(hr, "survey-create", title="For dispatch", intro="", team=team.pk)
    send(hr, "survey-create-from", "team-pulse")
    assert [one.title for one in Survey.objects.buildable_by(lead)] == ["For dispatch"]
    assert Survey.objects.buildable_by(hr).count() == 3


def test_somebody_who_leads_nobody_writes_no_survey(team: Team) -> None:
    person = make_person(team=team)
    client = Client()
    client.force_login(person)
    assert client.get(reverse("surveys:survey-list")).status_code == 403
    assert "Write a survey" not in page(person, "my-surveys")


def test_a_lead_finds_the_builder_beside_their_surveys(lead: Person, team: Team) -> None:
    assert reverse("surveys:survey-list") in page(lead, "my-surveys")


def test_a_lead_hands_over_and_hr_is_asked_until_a_wave_is_planned(lead: Person, team: Team) -> None:
    hr, survey = make_hr(), make_survey(team=team, created_by=lead)
    assert "Ask HR to send it out" in page(lead, "survey-detail", survey.pk)
    send(lead, "survey-hand-over", survey.pk)
    send(lead, "survey-hand-over", survey.pk)
    assert AuditEntry.objects.filter(action="survey.handed_over").count() == 1
    (item,) = handing_over.surveys_to_plan(hr, NOW)
    assert (item.url, "Nuria Lead wrote it for Dispatch" in item.why) == (survey.get_absolute_url(), True)
    assert handing_over.surveys_to_plan(lead, NOW) == []
    assert "Keep it back" in page(lead, "survey-detail", survey.pk)
    wave = Wave(
        survey=survey,
        title="Our week",
        audience=Wave.Audience.EVERYONE,
        opens_at=NOW,
        closes_at=NOW + dt.timedelta(days=14),
    )
    drafting.save_draft(wave, teams=[], organisations=[], readers=[], by=hr)
    assert handing_over.surveys_to_plan(hr, NOW) == []


def test_what_was_handed_over_can_be_kept_back(lead: Person, team: Team) -> None:
    hr, survey = make_hr(), make_survey(team=team, created_by=lead)
    send(lead, "survey-hand-over", survey.pk)
    send(lead, "survey-keep", survey.pk)
    send(lead, "survey-keep", survey.pk)
    assert AuditEntry.objects.filter(action="survey.kept").count() == 1
    assert handing_over.surveys_to_plan(hr, NOW) == []


def test_a_lead_plans_no_wave(lead: Person, team: Team) -> None:
    survey = make_survey(team=team, created_by=lead)
    assert reverse("surveys:wave-create", args=[survey.pk]) not in page(lead, "survey-detail", survey.pk)
    assert send(lead, "wave-create", survey.pk).status_code == 403


def test_a_survey_whose_team_is_gone_still_waits_for_hr_in_whole_words(lead: Person, team: Team) -> None:
    hr, survey = make_hr(), make_survey(team=team, created_by=lead)
    handing_over.hand_over(survey, now=NOW, by=lead)
    team.delete()
    (item,) = handing_over.surveys_to_plan(hr, NOW)
    said = item.why + page(hr, "survey-detail", survey.pk)
    assert "it is ready: HR is asked" in said
    assert "None" not in said


def test_what_is_put_away_is_not_said_to_be_handed_over(lead: Person, team: Team) -> None:
    survey = make_survey(team=team, created_by=lead, archived=True)
    send(lead, "survey-hand-over", survey.pk)
    survey.refresh_from_db()
    assert survey.handed_over_at is None
    client = Client()
    client.force_login(lead)
    said = client.post(reverse("surveys:survey-hand-over", args=[survey.pk]), follow=True).content.decode()
    assert "HR is told" not in said
    assert "Bring it back before you hand it over." in said


def test_a_lead_reads_in_the_versions_where_it_was_asked_without_a_way_to_pages_of_hr(
    lead: Person, team: Team
) -> None:
    survey = make_survey(team=team, created_by=lead)
    wave = make_wave(survey=survey, title="Asked in spring")
    said = page(lead, "version-list", survey.pk)
    assert "Asked in spring" in said
    assert f'href="{wave.get_absolute_url()}"' not in said
    assert f'href="{wave.get_absolute_url()}"' in page(make_hr(), "version-list", survey.pk)
