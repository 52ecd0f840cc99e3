"""Cohorts are frozen at launch (anonymity.md R6, S8)."""

from __future__ import annotations

import datetime as dt

import pytest
from django.conf import settings
from pytest_django import DjangoAssertNumQueries

from customers.models import Behaviour, Contact, ExternalOrganisation
from notifications.models import OptOut
from people.models import Attribute, Person, Team
from surveys.domain.building.freezing_questions import freeze_questionnaire
from surveys.domain.waves.freezing import day_of_launch, freeze_audience, write_audience
from surveys.models import Question, Wave
from surveys.models.wave import by_attribute
from surveys.questionnaire import Kind
from tests.surveys.factories import (
    OPENED,
    QUESTIONNAIRE,
    make_draft,
    make_people,
    make_person,
    make_survey,
)

pytestmark = pytest.mark.django_db
DAY = dt.date(2026, 3, 2)


def tree(wave: Wave) -> list[tuple[int, int | None, str, int]]:
    return [
        (group.code, group.parent_code, group.name, group.invited)
        for group in freeze_audience(wave, DAY).groups
    ]


def invited(wave: Wave) -> set[int | None]:
    return {member.person_id for member in freeze_audience(wave, DAY).members}


# --- Questions ----------------------------------------------------------------------------------------------
def test_questionnaire_is_frozen_with_keys_and_order() -> None:
    assert freeze_questionnaire(make_survey()) == QUESTIONNAIRE


def test_questionnaire_of_a_recommend_question_runs_from_0_to_10_whatever_its_row_says() -> None:
    survey = make_survey()
    Question.objects.filter(key="recommend").update(low=1, high=5)
    frozen = freeze_questionnaire(survey).question("recommend")
    assert (frozen.low, frozen.high) == (0, 10)


def test_questionnaire_carries_no_leftovers_of_another_kind() -> None:
    survey = make_survey()
    Question.objects.filter(key="channel").update(kind=Kind.LONG_TEXT.value, low=1, high=7, low_label="never")
    frozen = freeze_questionnaire(survey).question("channel")
    assert (frozen.low, frozen.high, frozen.low_label, frozen.options) == (0, 0, "", ())


def test_questionnaire_names_the_behaviour_by_its_code() -> None:
    survey = make_survey()
    behaviour, _made = Behaviour.objects.get_or_create(code="listening", defaults={"name": "Listening"})
    Question.objects.filter(key="listens").update(behaviour=behaviour)
    assert freeze_questionnaire(survey).question("listens").behaviour == "listening"


def test_questionnaire_leaves_out_a_part_without_a_question() -> None:
    survey = make_survey()
    survey.sections.create(position=9, title="Empty")
    assert [section.title for section in freeze_questionnaire(survey).sections] == ["Everyday", "More"]


# --- Who ----------------------------------------------------------------------------------------------------
def test_people_who_do_not_work_here_on_the_day_are_left_out() -> None:
    here = make_person(start_date=DAY, end_date=DAY)
    make_person(is_active=False)
    make_person(start_date=DAY + dt.timedelta(days=1))
    make_person(end_date=DAY - dt.timedelta(days=1))
    assert invited(make_draft()) == {here.pk}


def test_somebody_without_an_address_is_not_asked() -> None:
    make_person(email="")
    assert invited(make_draft()) == set()


def test_the_day_is_the_day_it_opens_where_the_organisation_is() -> None:
    opens_at = dt.datetime(2026, 7, 1, 23, 30, tzinfo=dt.UTC)
    wave = make_draft(opens_at=opens_at, closes_at=OPENED.replace(year=2027))
    # British summer time is an hour ahead of UTC.
    assert day_of_launch(wave, OPENED) == dt.date(2026, 7, 2)
    assert day_of_launch(wave, OPENED.replace(month=8)) == dt.date(2026, 8, 2)


def test_opted_out_addresses_are_skipped_and_counted_whatever_their_case() -> None:
    stays, leaves = make_people(2)
    OptOut.objects.create(category="surveys", address=leaves.email.upper())
    OptOut.objects.create(category="something else", address=stays.email)
    audience = freeze_audience(make_draft(), DAY)
    assert (audience.invited, audience.opted_out) == (1, 1)


def test_audience_is_worked_out_in_a_fixed_number_of_statements(
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    wave = make_draft()
    for number in range(30):
        make_people(2, team=Team.objects.create(name=f"Team {number}"))
    with django_assert_num_queries(3):
        freeze_audience(wave, DAY)


# --- Groups -------------------------------------------------------------------------------------------------
def test_everyone_stands_under_the_organisation_in_the_order_of_the_tree() -> None:
    sales = Team.objects.create(name="Sales")
    billing = Team.objects.create(name="Billing")
    north = Team.objects.create(name="North", parent=sales)
    Team.objects.create(name="Nobody", parent=sales)
    make_people(2, team=sales)
    make_people(3, team=north)
    make_people(4, team=billing)
    make_people(1)
    assert tree(make_draft()) == [
        (1, None, settings.PORTAL_ORGANISATION, 10),
        (2, 1, "Billing", 4),
        (3, 1, "Sales", 5),
        (4, 3, "North", 3),
    ]


def test_a_single_team_that_holds_everybody_is_the_whole_audience() -> None:
    lead = make_person()
    sales = Team.objects.create(name="Sales", lead=lead)
    make_people(3, team=Team.objects.create(name="North", parent=sales))
    wave = make_draft(audience=Wave.Audience.TEAMS)
    wave.teams.add(sales)
    assert tree(wave) == [(1, None, "Sales", 3), (2, 1, "North", 3)]
    assert freeze_audience(wave, DAY).groups[0].lead_id == lead.pk


def test_teams_without_what_is_below_ask_only_their_own_members() -> None:
    sales = Team.objects.create(name="Sales")
    make_people(3, team=Team.objects.create(name="North", parent=sales))
    members = make_people(2, team=sales)
    wave = make_draft(audience=Wave.Audience.TEAMS, with_teams_below=False)
    wave.teams.add(sales)
    assert invited(wave) == {person.pk for person in members}


def test_a_team_between_two_asked_ones_that_is_not_asked_is_no_group() -> None:
    top = Team.objects.create(name="Top")
    middle = Team.objects.create(name="Middle", parent=top)
    low = Team.objects.create(name="Low", parent=middle)
    for team in (top, middle, low):
        make_people(2, team=team)
    wave = make_draft(audience=Wave.Audience.TEAMS, with_teams_below=False)
    wave.teams.set([top, low])
    assert tree(wave) == [(1, None, "Top", 4), (2, 1, "Low", 2)]


def test_contacts_stand_under_their_organisations_whose_owner_leads_the_group() -> None:
    owner = make_person()
    north = ExternalOrganisation.objects.create(name="Northwind", owner=owner)
    acme = ExternalOrganisation.objects.create(name="Acme")
    ExternalOrganisation.objects.create(name="Not asked").contacts.create(name="X", email="x@example.org")
    for number in range(3):
        Contact.objects.create(organisation=north, name=f"N {number}", email=f"n{number}@example.org")
    Contact.objects.create(organisation=acme, name="A", email="a@example.org")
    Contact.objects.create(organisation=acme, name="Gone", email="gone@example.org", active=False)
    wave = make_draft(audience=Wave.Audience.CONTACTS)
    wave.organisations.set([north, acme])
    assert tree(wave) == [
        (1, None, "All organisations asked", 4),
        (2, 1, "Acme", 1),
        (3, 1, "Northwind", 3),
    ]
    assert freeze_audience(wave, DAY).groups[2].lead_id == owner.pk


# --- Rows ---------------------------------------------------------------------------------------------------
def freeze_rows(wave: Wave) -> None:
    write_audience(wave, freeze_audience(wave, DAY))


def rows(wave: Wave) -> list[tuple[object, ...]]:
    groups = wave.groups.values_list("code", "parent_code", "name", "team_id", "lead_id", "invited_count")
    people = wave.invitations.order_by("pk").values_list("handle", "address", "group_code", "breakdown_value")
    return [*groups, *people]


def test_r6_moving_renaming_and_leaving_changes_nothing_that_was_frozen() -> None:
    lead, other = make_people(2)
    sales = Team.objects.create(name="Sales", lead=lead)
    north = Team.objects.create(name="North", parent=sales)
    people = make_people(5, team=north, location="Leeds")
    wave = make_draft(breakdown=Wave.Breakdown.LOCATION)
    freeze_rows(wave)
    before = rows(wave)
    Team.objects.filter(pk=north.pk).update(name="South", parent=None, lead=other)
    Team.objects.filter(pk=sales.pk).update(lead=other)
    Person.objects.filter(pk=people[0].pk).update(team=sales, location="York", is_active=False)
    make_people(3, team=north)
    assert rows(wave) == before


def test_s8_a_changed_address_leaves_the_invitation_at_the_frozen_one() -> None:
    person = make_person(email="before@example.com")
    wave = make_draft()
    freeze_rows(wave)
    Person.objects.filter(pk=person.pk).update(email="after@example.com")
    assert wave.invitations.get().address == "before@example.com"


def test_breakdown_is_frozen_per_person() -> None:
    make_person(location="Leeds", country="GB")
    for breakdown, expected in [("location", "Leeds"), ("country", "GB"), ("", "")]:
        wave = make_draft(breakdown=breakdown)
        freeze_rows(wave)
        assert wave.invitations.get().breakdown_value == expected


def test_r6_an_attribute_is_frozen_per_person_and_its_name_with_the_wave() -> None:
    ada, ben = make_people(2)
    attribute = Attribute.objects.create(name="Contract")
    ada.attribute_values.create(attribute=attribute, value="Part time")
    wave = make_draft(breakdown=by_attribute(attribute.pk), breakdown_name=attribute.name)
    freeze_rows(wave)
    ada.attribute_values.update(value="Full time")
    Attribute.objects.update(name="Hours", archived=True)
    frozen = dict(wave.invitations.values_list("person_id", "breakdown_value"))
    assert frozen == {ada.pk: "Part time", ben.pk: ""}
    wave.refresh_from_db()
    assert (wave.breakdown_words, wave.breakdown_label) == ("By team and “Contract”", "Contract")
