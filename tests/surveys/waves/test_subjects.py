"""Waves about somebody: figures by whom they are about, under the same rules of release."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from django.template.loader import render_to_string
from pytest_django import DjangoAssertNumQueries

from customers.models import Contact, ExternalOrganisation
from people.models import Person, Team
from surveys.domain.counting.closing import close
from surveys.domain.counting.releasing import load_release
from surveys.domain.results.reading import visible_codes
from surveys.domain.results.reporting import Cell
from surveys.domain.waves.freezing import freeze_audience, write_audience
from surveys.domain.waves.previewing import Reason, preview, preview_groups
from surveys.domain.waves.subjects import subject_of
from surveys.models import Invitation, Wave
from surveys.notice import notice_for
from tests.surveys.factories import (
    CLOSES,
    OPENED,
    WHILE_OPEN,
    cast,
    make_draft,
    make_hr,
    make_people,
    make_person,
    make_survey,
    make_wave,
)

pytestmark = pytest.mark.django_db
DAY = dt.date(2026, 3, 2)
MANAGER = Wave.About.MANAGER


def tree(wave: Wave) -> list[tuple[int, int | None, str, int, int]]:
    return [
        (group.code, group.parent_code, group.name, group.own, group.invited)
        for group in freeze_audience(wave, DAY).groups
    ]


def named(name: str, **fields: Any) -> Person:
    return make_person(display_name=name, **fields)


def make_chart() -> dict[str, Person]:
    """Ada leads Ben, Cleo and four others; Ben leads six, Cleo three."""
    ada = named("Ada")
    ben, cleo = named("Ben", manager=ada), named("Cleo", manager=ada)
    make_people(4, manager=ada)
    make_people(6, manager=ben)
    make_people(3, manager=cleo)
    return {"ada": ada, "ben": ben, "cleo": cleo}


def launched(**fields: Any) -> Wave:
    """An open wave with what its launch froze."""
    wave = make_wave(groups={}, invited={}, **fields)
    audience = freeze_audience(wave, DAY)
    write_audience(wave, audience)
    wave.invited_count = audience.invited
    wave.save()
    return wave


# --- Who is asked about whom --------------------------------------------------------------------------------
def test_each_is_asked_about_their_manager_and_stands_in_that_managers_group() -> None:
    chart = make_chart()
    wave = make_draft(about=MANAGER)
    assert tree(wave) == [
        (1, None, "Under Ada", 0, 15),
        (2, 1, "Ada", 6, 6),
        (3, 1, "Ben", 6, 6),
        (4, 1, "Cleo", 3, 3),
    ]
    audience = freeze_audience(wave, DAY)
    of = {member.person_id: (member.subject_id, audience.group_code(member)) for member in audience.members}
    assert of[chart["ben"].pk] == (chart["ada"].pk, 2)
    assert chart["ada"].pk not in of
    assert audience.without_subject == 1


def test_who_rates_nobody_is_left_out_and_the_preview_says_how_many() -> None:
    make_chart()
    left = make_person(is_active=False)
    make_people(2, manager=left)
    found = preview(make_draft(about=MANAGER), WHILE_OPEN)
    assert (found.invited, found.without_subject) == (15, 3)
    page = render_to_string("surveys/partials/wave_invited.html", {"found": found})
    assert "3 are left out because they have no manager." in " ".join(page.split())
    assert [(group.name, group.counted_in) for group in found.too_small] == [("Cleo", "Under Ada")]


def test_a_manager_between_two_stands_between_them_whether_rated_or_not() -> None:
    """Only the lowest team is asked: their manager is rated, and those above read it."""
    top = named("Top")
    middle = named("Middle", manager=named("Gone", manager=top, is_active=False))
    low = named("Low", manager=middle)
    team = Team.objects.create(name="Desk")
    make_people(7, manager=low, team=team)
    make_people(7, manager=top, team=team)
    wave = make_draft(about=MANAGER, audience=Wave.Audience.TEAMS)
    wave.teams.add(team)
    assert tree(wave) == [
        (1, None, "Under Top", 0, 14),
        (2, 1, "Top", 7, 7),
        (3, 1, "Under Middle", 0, 7),
        (4, 3, "Low", 7, 7),
    ]


def test_a_ring_of_managers_is_cut_and_nobody_is_lost() -> None:
    one = named("One")
    two = named("Two", manager=one)
    Person.objects.filter(pk=one.pk).update(manager=two)
    make_people(5, manager=one)
    assert tree(make_draft(about=MANAGER)) == [
        (1, None, "Under One", 0, 7),
        (2, 1, "One", 6, 6),
        (3, 1, "Two", 1, 1),
    ]


def test_all_are_asked_about_one_person_who_is_not_asked() -> None:
    chart = make_chart()
    wave = make_draft(about=Wave.About.PERSON, subject=chart["ben"])
    audience = freeze_audience(wave, DAY)
    assert tree(wave) == [(1, None, "Ben", 15, 15)]
    assert chart["ben"].pk not in {member.person_id for member in audience.members}
    assert {member.subject_id for member in audience.members} == {chart["ben"].pk}
    assert (audience.groups[0].lead_id, audience.groups[0].subject_id) == (chart["ben"].pk, chart["ben"].pk)


def test_customers_may_be_asked_about_one_person() -> None:
    organisation = ExternalOrganisation.objects.create(name="Northwind")
    Contact.objects.create(organisation=organisation, name="Kim", email="kim@northwind.example")
    wave = make_wave(
        groups={},
        invited={},
        about=Wave.About.PERSON,
        subject=named("Ben"),
        audience=Wave.Audience.CONTACTS,
        mode="identified",
    )
    wave.organisations.add(organisation)
    write_audience(wave, freeze_audience(wave, DAY))
    group = wave.groups.get()
    assert (group.name, group.team_id, group.organisation_id) == ("Ben", None, None)
    assert [one.subject for one in wave.invitations.all()] == [wave.subject]


def test_somebody_who_left_cannot_be_rated_and_few_are_refused() -> None:
    make_people(9)
    gone = make_draft(about=Wave.About.PERSON, subject=named("Gone", is_active=False))
    nobody = make_draft(about=Wave.About.PERSON, survey=gone.survey)
    few = make_draft(about=Wave.About.PERSON, subject=named("Few"), survey=gone.survey)
    problems = [[one.reason for one in preview(wave, WHILE_OPEN).problems] for wave in (gone, nobody, few)]
    assert [Reason.NO_SUBJECT in found for found in problems] == [True, True, False]
    assert Reason.TOO_FEW in problems[2]


def test_the_chart_costs_the_same_few_statements_however_large(
    django_assert_max_num_queries: DjangoAssertNumQueries,
) -> None:
    make_chart()
    for _ in range(10):
        make_people(3, manager=make_person(manager=Person.objects.get(display_name="Ben")))
    wave = make_draft(about=MANAGER)
    with django_assert_max_num_queries(6):
        freeze_audience(wave, DAY)


# --- What is published --------------------------------------------------------------------------------------
def test_results_are_by_subject_under_the_same_rules() -> None:
    """Cleo has three reports: hers go up to those under Ada, with nothing shown of her alone."""
    chart = make_chart()
    wave = launched(about=MANAGER)
    for invitation in wave.invitations.select_related("wave"):
        cast(invitation, {"listens": ["2" if invitation.subject_id == chart["cleo"].pk else "4"]})
    close(wave_id=wave.pk, now=CLOSES)
    wave.refresh_from_db()
    release = load_release(wave)
    by_name = {group.name: release.cell("listens", group.code) for group in release.groups}
    shown = {name: cell.n for name, cell in by_name.items() if isinstance(cell, Cell)}
    # The three join the shallowest, smallest and first of the pieces: they would be a difference.
    assert shown == {"Under Ada": 15, "Ben": 6}
    assert visible_codes(release, chart["ben"]) == {3}
    assert visible_codes(release, chart["cleo"]) == {4}
    assert visible_codes(release, chart["ada"]) == {1, 2, 3, 4}
    assert visible_codes(release, make_hr()) == {1, 2, 3, 4}
    assert visible_codes(release, make_person()) == frozenset()
    assert set(Wave.objects.results_visible_to(chart["ben"])) == {wave}


def test_who_leads_the_team_of_those_who_answered_reads_nothing_of_it() -> None:
    boss = named("Boss")
    lead = named("Team lead")
    make_people(12, manager=boss, team=Team.objects.create(name="Desk", lead=lead))
    wave = launched(about=MANAGER)
    assert wave.groups.get().team is None
    assert not Wave.objects.results_visible_to(lead).exists()


def test_r6_a_new_manager_changes_nothing_that_was_frozen() -> None:
    chart = make_chart()
    wave = launched(about=MANAGER)
    before = list(wave.invitations.order_by("pk").values_list("group_code", "subject_id"))
    Person.objects.filter(manager=chart["ben"]).update(manager=chart["cleo"])
    Person.objects.filter(pk=chart["ben"].pk).update(display_name="Benjamin", is_active=False)
    assert list(wave.invitations.order_by("pk").values_list("group_code", "subject_id")) == before
    assert list(wave.groups.values_list("name", flat=True)) == ["Under Ada", "Ada", "Ben", "Cleo"]


def test_r2_the_breakdown_is_crossed_with_whom_it_is_about() -> None:
    ben = named("Ben")
    make_people(6, manager=ben, location="Leeds")
    make_people(6, manager=ben, location="Oslo")
    wave = launched(about=MANAGER, breakdown=Wave.Breakdown.LOCATION)
    for invitation in wave.invitations.select_related("wave"):
        cast(invitation, {"listens": ["4"]})
    close(wave_id=wave.pk, now=CLOSES)
    wave.refresh_from_db()
    assert load_release(wave).breakdown_values("listens", 1) == ("Leeds", "Oslo")


# --- Launch (R7) --------------------------------------------------------------------------------------------
def test_r7_compares_those_who_answer_whoever_it_is_about() -> None:
    make_chart()
    survey = make_survey()
    earlier = make_draft(survey=survey, about=MANAGER, state=Wave.State.LAUNCHING, launched_at=OPENED)
    again = make_draft(survey=survey, about=MANAGER)
    assert [one.reason for one in preview(again, WHILE_OPEN).problems] == []
    Person.objects.filter(display_name="Cleo").update(manager=None)
    assert freeze_audience(earlier, DAY).invited == 14
    write_audience(earlier, freeze_audience(earlier, DAY))
    ada = Person.objects.get(display_name="Ada")
    Person.objects.filter(display_name="Cleo").update(manager=ada)
    assert [one.reason for one in preview(again, WHILE_OPEN).problems] == [Reason.NEARLY_THE_SAME]


def test_r7_the_same_people_are_not_grouped_by_team_and_by_manager() -> None:
    """One of six in a team has another manager: six by team minus five by manager would be one answer."""
    desk, survey = Team.objects.create(name="Desk"), make_survey()
    make_people(11, team=desk, manager=named("Ben"))
    make_people(1, team=desk, manager=named("Cleo"))

    def problems(before: str, now: str) -> list[Reason]:
        Wave.objects.all().delete()
        subject = named("Dora")
        earlier, wave = (
            make_draft(survey=survey, about=about, subject=subject, audience=Wave.Audience.TEAMS, **fields)
            for about, fields in ((before, {"state": "launching", "launched_at": OPENED}), (now, {}))
        )
        earlier.teams.add(desk)
        wave.teams.add(desk)
        return [one.reason for one in preview(wave, WHILE_OPEN).problems]

    person = Wave.About.PERSON.value
    assert problems("manager", "") == problems("", "manager") == [Reason.NEARLY_THE_SAME]
    assert problems(person, "manager") == [Reason.NEARLY_THE_SAME]
    assert problems("manager", "manager") == problems("", person) == problems(person, person) == []


def test_the_preview_of_groups_follows_the_tree_of_subjects() -> None:
    make_chart()
    rows = preview_groups(freeze_audience(make_draft(about=MANAGER), DAY), 5)
    assert [(row.name, row.depth, row.invited) for row in rows] == [
        ("Under Ada", 0, 15), ("Ada", 1, 6), ("Ben", 1, 6), ("Cleo", 1, 3),
    ]  # fmt: skip


# --- What is said before the first question (T2) ------------------------------------------------------------
ISOLATES = dict.fromkeys(map(ord, "\N{FIRST STRONG ISOLATE}\N{POP DIRECTIONAL ISOLATE}"))


def points(wave: Wave, invitation: Invitation | None = None) -> str:
    subject = subject_of(invitation) if invitation else None
    return " ".join(notice_for(wave, subject=subject).points).translate(ISOLATES)


def test_t2_the_notice_says_about_whom_who_sees_it_and_what_becomes_of_few_answers() -> None:
    chart = make_chart()
    wave = launched(about=MANAGER, breakdown=Wave.Breakdown.COUNTRY)
    words = points(wave, wave.invitations.filter(subject=chart["cleo"])[0])
    for said in (
        (
            "Your answers about Cleo are shown to Cleo from 5 answers on; with fewer they are counted only "
            "together with those about others under Ada."
        ),
        (
            "Figures are broken down by whom they are about, and not by the team of who answers. Besides by "
            "country where each part has 5 people or more. By nothing else."
        ),
        "After the close Cleo sees the figures about Cleo, whoever leads managers those about all below them",
    ):
        assert said in words
    assert "teams they lead" not in words


def test_t2_about_one_person_there_is_nobody_to_be_counted_with() -> None:
    make_people(12)
    wave = launched(about=Wave.About.PERSON, subject=named("Ben"))
    words = points(wave, wave.invitations.all()[0])
    assert "about Ben are shown to Ben from 5 answers on. All answers are counted together." in words
    assert "After the close Ben and HR see the figures." in words
    assert points(wave) == words


def test_t2_by_name_the_notice_says_whom_it_is_about_and_that_they_need_not_read_it() -> None:
    wave = make_draft(about=MANAGER, mode="identified")
    assert "You are asked about your manager, who reads your answers only if named" in points(wave)
