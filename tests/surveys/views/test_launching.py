"""Waves in the browser: look at, launch, approve, follow."""

from __future__ import annotations

import datetime as dt

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from common.day import waiting_for
from notifications.models import Message
from people.models import Person, Team
from surveys import tasks
from surveys.models import Wave
from tests.surveys.browsing import browser_of, get, post
from tests.surveys.factories import make_draft, make_hr, make_people, make_person, make_survey, make_wave
from tests.surveys.views.planning import browser, hr, make_open_draft

__all__ = ["browser", "hr"]

pytestmark = pytest.mark.django_db


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
