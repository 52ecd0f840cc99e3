"""My surveys: what one is asked, and which results one may read."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from common.day import waiting_for
from people.models import Person
from surveys.domain.mailing.asking import count_open
from surveys.models import Invitation, Wave
from tests.surveys.browsing import browser_of
from tests.surveys.factories import invite, make_person, make_survey, make_wave

pytestmark = pytest.mark.django_db


def make_open_wave(person: Person, closes_in: int = 5, **fields: Any) -> Wave:
    now = timezone.now()
    wave = make_wave(
        **{
            "invited": {1: 1},
            "opens_at": now - dt.timedelta(days=1),
            "closes_at": now + dt.timedelta(days=closes_in),
            **fields,
        }
    )
    invite(wave, [person], group_code=1)
    return wave


def test_open_surveys_stand_with_the_next_to_close_on_top_and_lead_to_the_mailed_page() -> None:
    person = make_person()
    later = make_open_wave(person, closes_in=9, title="Later")
    sooner = make_open_wave(person, closes_in=2, title="Sooner")
    client = browser_of(person)
    asked = client.get("/my-surveys/").context["asked"]
    assert [wave for wave, _path in asked] == [sooner, later]
    page = client.get(asked[0][1], follow=True)
    assert (page.status_code, page.redirect_chain[0][1]) == (200, 302)
    assert page.context["wave"] == sooner


@pytest.mark.parametrize(
    ("wave_fields", "answered"),
    [
        ({}, True),
        ({"state": Wave.State.LAUNCHING}, False),
        ({"state": Wave.State.CLOSED}, False),
        ({"closes_in": -1, "opens_at": timezone.now() - dt.timedelta(days=3)}, False),
        ({"opens_at": timezone.now() + dt.timedelta(days=1)}, False),
    ],
)
def test_what_cannot_be_answered_is_not_asked(wave_fields: dict[str, Any], answered: bool) -> None:
    person = make_person()
    make_open_wave(person, **wave_fields)
    Invitation.objects.of(person).update(answered=answered)
    assert browser_of(person).get("/my-surveys/").context["asked"] == []
    assert (count_open(person), waiting_for(person, timezone.now())) == (0, [])


def test_my_day_says_what_is_asked_until_when() -> None:
    person = make_person()
    wave = make_open_wave(person)
    (item,) = waiting_for(person, timezone.now())
    assert (item.title, item.action, item.due) == (wave.title, "Answer", wave.closes_at)
    assert item.url.startswith("/a/")
    assert count_open(person) == 1


def test_results_are_listed_to_those_who_may_read_them() -> None:
    lead = make_person()
    wave = make_open_wave(make_person(), title="Mine")
    make_open_wave(make_person(), title="Not mine")
    wave.groups.update(lead=lead)
    assert [row.title for row in browser_of(lead).get("/my-surveys/").context["page"].rows] == ["Mine"]
    nobody = browser_of(make_person()).get("/my-surveys/")
    assert nobody.context["page"].rows == []
    assert b"Results you may read" not in nobody.content


def test_the_page_costs_the_same_with_one_and_with_thirty() -> None:
    counts = []
    for number in (1, 30):
        lead = make_person()
        survey = make_survey()
        for _ in range(number):
            make_open_wave(lead, survey=survey).groups.update(lead=lead)
        client = browser_of(lead)
        client.get("/my-surveys/")
        with CaptureQueriesContext(connection) as queries:
            client.get("/my-surveys/")
        counts.append(len(queries))
    assert counts[0] == counts[1]


def test_a_changed_address_leads_to_no_link_and_tells_nothing() -> None:
    """S8: HR could write an address of their own, set a password by it and look who has answered."""
    person = make_person()
    make_open_wave(person)
    assert count_open(person) == 1
    person.email = "somebody.else@example.com"
    person.save()
    client = browser_of(person)
    assert client.get("/my-surveys/").context["asked"] == []
    assert (count_open(person), waiting_for(person, timezone.now())) == (0, [])
