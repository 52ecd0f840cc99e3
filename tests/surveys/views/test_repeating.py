"""Pages of rows of waves, for HR."""

from __future__ import annotations

import datetime as dt
import html
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from people.models import Person, Team
from surveys.domain.building import editing
from surveys.domain.repeating import continuing
from surveys.domain.waves import launching
from surveys.models import Wave, WaveSeries
from tests.surveys.factories import make_draft, make_hr, make_people, make_survey, make_wave

pytestmark = pytest.mark.django_db

# Statements of the list, and of the page of one row that stands still; one less where a session is in Redis.
LIST, ROW = 7, 10


def page_text(page: Any) -> str:
    return " ".join(html.unescape(page.content.decode()).split())


@pytest.fixture
def hr(client: Client) -> Person:
    person = make_hr(display_name="Hanna Recht")
    client.force_login(person)
    return person


def make_open(hr: Person, **fields: Any) -> Wave:
    now = timezone.now()
    return make_wave(opens_at=now, launched_at=now, closes_at=now + dt.timedelta(days=6), **fields)


def make_series(hr: Person, wave: Wave | None = None) -> WaveSeries:
    wave = wave or make_open(hr)
    return continuing.begin(wave, rhythm="weekly", rotation=1, by=hr, now=timezone.now())


def test_a_wave_is_repeated_from_its_page(client: Client, hr: Person) -> None:
    wave = make_open(hr)
    assert "Repeat this" in page_text(client.get(wave.get_absolute_url()))
    url = reverse("surveys:series-create", args=[wave.pk])
    assert client.get(url).status_code == 200
    assert client.post(url, {"rhythm": "weekly", "rotation": "13"}).status_code == 422
    client.post(url, {"rhythm": "weekly", "rotation": "4"})
    series = WaveSeries.objects.get()
    assert (series.rhythm, series.rotation, series.started_by) == ("weekly", 4, hr)
    # Everybody was asked by the first.
    assert set(series.waves.values_list("number", flat=True)) == {1, 5}
    assert "Wave 1 of a row" in page_text(client.get(wave.get_absolute_url()))
    page = page_text(client.get(reverse("surveys:series-detail", args=[series.pk])))
    assert "opens by itself on" in page
    assert "Each person by one of 4 waves" in page


def test_the_next_says_in_the_list_that_it_opens_by_itself(client: Client, hr: Person) -> None:
    make_series(hr)
    assert "Opens by itself on" in page_text(client.get(reverse("surveys:wave-list")))


def test_paused_left_out_ended_and_let_go_on(client: Client, hr: Person) -> None:
    series = make_series(hr)
    planned = series.waves.get(number=2).opens_at

    def press(action: str) -> str:
        return page_text(client.post(reverse(f"surveys:series-{action}", args=[series.pk]), follow=True))

    assert "It stands still" in press("pause")
    assert "opens by itself on" in press("go-on")
    assert "Left out this time" in press("put-off")
    assert series.waves.get(number=2).opens_at > planned
    assert "It has ended" in press("stop")
    assert series.waves.count() == 1
    assert "There is nothing to leave out" in press("put-off")


def test_another_rhythm(client: Client, hr: Person) -> None:
    series = make_series(hr)
    url = reverse("surveys:series-edit", args=[series.pk])
    client.post(url, {"rhythm": "quarterly", "rotation": "2"})
    series.refresh_from_db()
    assert (series.rhythm, series.rotation) == ("quarterly", 2)
    assert series.waves.get(number=2).opens_at > timezone.now() + dt.timedelta(days=80)


def test_what_stands_in_the_way_is_said_and_who_could_take_it_over(client: Client, hr: Person) -> None:
    wave = make_open(hr, survey=make_survey())
    series = make_series(hr, wave)
    wave.survey.sections.all().delete()
    url = reverse("surveys:series-detail", args=[series.pk])
    assert "The survey has no question yet" in page_text(client.get(url))
    WaveSeries.objects.update(started_by=None)
    assert "Nobody answers for it any more" in page_text(client.get(url))


def test_the_monthly_question_with_one_button(client: Client, hr: Person) -> None:
    make_people(30)
    url = reverse("surveys:series-list")
    assert "Switch it on" in page_text(client.get(url))
    client.post(reverse("surveys:series-speak-up"))
    client.post(reverse("surveys:series-speak-up"))
    series = WaveSeries.objects.get(code="speak-up")
    wave = series.waves.get()
    assert (wave.title, wave.mode, wave.audience, wave.state) == (
        "What should we hear?",
        "anonymous",
        "everyone",
        Wave.State.LAUNCHING,
    )
    assert wave.reminder_days == [6]
    assert wave.survey.sections.get().questions.count() == 2
    assert "Switch it on" not in page_text(client.get(url))
    launching.carry_on_launches(wave.opens_at)
    continuing.carry_on(wave.opens_at)
    following = series.waves.get(number=2)
    assert dt.timedelta(days=27) < following.opens_at - wave.opens_at < dt.timedelta(days=35)
    client.post(reverse("surveys:series-stop", args=[series.pk]))
    client.post(reverse("surveys:series-speak-up"))
    assert series.waves.count() == 2
    assert WaveSeries.objects.count() == 1


def test_where_too_few_would_be_asked_nothing_is_switched_on(client: Client, hr: Person) -> None:
    page = client.post(reverse("surveys:series-speak-up"), follow=True)
    assert "This would ask 1 person" in page_text(page)
    assert not WaveSeries.objects.exists()
    assert not Wave.objects.exists()


# --- Statements ---------------------------------------------------------------------------------------------
@pytest.mark.parametrize("count", [1, 30])
def test_the_list_needs_as_many_statements_for_many_as_for_one(
    client: Client, hr: Person, count: int, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    survey = make_survey()
    for _ in range(count):
        draft = make_draft(survey=survey)
        continuing.begin(draft, rhythm="weekly", rotation=1, by=hr, now=timezone.now())
    client.get(reverse("surveys:series-list"))
    with django_assert_max_num_queries(LIST):
        client.get(reverse("surveys:series-list"))


@pytest.mark.parametrize("count", [1, 30])
def test_a_row_needs_as_many_statements_for_many_waves_as_for_one(
    client: Client, hr: Person, count: int, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    first = make_open(hr)
    series = make_series(hr, first)
    continuing.stop(series, by=hr)
    for number in range(2, count + 1):
        make_draft(
            survey=first.survey,
            state=Wave.State.CLOSED,
            series=series,
            number=number,
            launched_at=timezone.now(),
        )
    url = reverse("surveys:series-detail", args=[series.pk])
    client.get(url)
    with django_assert_max_num_queries(ROW):
        client.get(url)


def test_a_row_whose_questions_a_lead_rewrote_asks_hr_to_look(client: Client, hr: Person) -> None:
    make_people(30)
    survey = make_survey(team=Team.objects.create(name="Dispatch"))
    wave = make_open(hr, survey=survey)
    series = continuing.begin(wave, rhythm="weekly", rotation=1, by=hr, now=timezone.now())
    url = reverse("surveys:series-detail", args=[series.pk])
    assert "Its questions were changed" not in page_text(client.get(url))
    editing.change_section(survey.sections.all()[0], title="Who are you?", intro="", by=None)
    page = page_text(client.get(url))
    assert "Whoever leads Dispatch can change them too." in page
    following = series.waves.get(number=2)
    assert f'href="{following.get_absolute_url()}"' in page
    assert reverse("surveys:wave-launch", args=[following.pk]) in page_text(
        client.get(following.get_absolute_url())
    )
