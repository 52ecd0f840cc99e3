"""The page on which HR says what holds for the organisation."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from common import organisation
from common.models import AuditEntry, Organisation
from common.working_time import next_free_days
from notifications.domain.recipients import recipient_of
from notifications.models import Message
from people.models import Person
from tests.common.test_logo import SVG, picture
from tests.people.conftest import client_of

pytestmark = pytest.mark.django_db
URL = "/settings/organisation/"


def facts(**changes: Any) -> dict[str, Any]:
    return {
        "name": "Hafen AG",
        "language": "de",
        "time_zone": "Europe/Berlin",
        "country": "de",
        "working_days": ["1", "2", "3", "4"],
        "day_starts": "07:00",
        "day_ends": "16:30",
        "k": "7",
        **changes,
    }


def upload(client: Client, content: bytes, name: str = "logo.png") -> Any:
    return client.post(reverse("people:organisation-logo"), {"picture": SimpleUploadedFile(name, content)})


def test_the_page_begins_with_what_the_environment_says(hr: Person) -> None:
    page = client_of(hr).get(URL)
    assert page.status_code == 200
    assert page.context["form"]["name"].value() == organisation.from_environment().name
    assert page.context["form"]["working_days"].value() == ["1", "2", "3", "4", "5"]
    assert not Organisation.objects.exists()


def test_what_is_saved_holds_at_once(hr: Person) -> None:
    assert client_of(hr).post(URL, facts()).status_code == 302
    now = organisation.current()
    assert (now.name, now.language, now.time_zone, now.country, now.k) == (
        "Hafen AG",
        "de",
        "Europe/Berlin",
        "DE",
        7,
    )
    assert (now.working_days, now.day_starts, now.day_ends) == ("1234", dt.time(7), dt.time(16, 30))
    assert "Hafen AG" in client_of(hr).get("/").content.decode()


def test_the_audit_log_names_what_changed_and_how_where_it_matters(hr: Person) -> None:
    client = client_of(hr)
    client.post(URL, facts(working_days=list("12345")))
    client.post(URL, facts(working_days=list("12345"), name="Kai AG"))
    client.post(URL, facts(working_days=list("12345"), name="Kai AG"))
    first, second = AuditEntry.objects.order_by("pk")
    assert (first.action, first.actor) == ("settings.organisation_changed", hr)
    assert first.detail == {
        "fields": "name, country, time zone, language, day starts, day ends, k",
        "country": "GB -> DE",
        "time_zone": "Europe/London -> Europe/Berlin",
        "day_starts": "08:00:00 -> 07:00:00",
        "day_ends": "18:00:00 -> 16:30:00",
        "k": "5 -> 7",
    }
    assert second.detail == {"fields": "name"}


NO_CHOICE = "Select a valid choice. %s is not one of the available choices."


@pytest.mark.parametrize(
    ("name", "value", "words"),
    [
        ("name", "", "Please fill this in."),
        ("country", "XX", "We do not know this country's public holidays. Germany is DE."),
        ("country", "1?", "Write the country as two letters, such as DE."),
        ("time_zone", "Mars/Base", NO_CHOICE % "Mars/Base"),
        ("working_days", [], "Choose at least one day."),
        ("working_days", ["8"], NO_CHOICE % "8"),
        ("k", "4", "Ensure this value is greater than or equal to 5."),
        ("k", "21", "Ensure this value is less than or equal to 20."),
        ("day_starts", "25:00", "Enter a valid time."),
    ],
)
def test_what_cannot_hold_is_said_beside_the_field(hr: Person, name: str, value: Any, words: str) -> None:
    answer = client_of(hr).post(URL, facts(**{name: value}))
    assert (answer.status_code, answer.context["form"].errors) == (422, {name: [words]})
    assert not Organisation.objects.exists()


def test_the_second_of_two_tabs_is_told(hr: Person) -> None:
    client = client_of(hr)
    opened = client.get(URL).context["form"]["as_opened"].value()
    assert client.post(URL, facts(as_opened=opened, language="en")).status_code == 302
    answer = client.post(URL, facts(as_opened=opened, name="Kai AG", country="DE", language="en"))
    assert answer.status_code == 422
    assert "differ from what is stored in: Name." in answer.content.decode()
    assert Organisation.objects.get().name == "Hafen AG"
    mine = answer.context["form"]["as_opened"].value()
    assert client.post(URL, facts(as_opened=mine, name="Kai AG")).status_code == 302
    assert Organisation.objects.get().name == "Kai AG"


def test_people_without_hours_of_their_own_follow(hr: Person, employee: Person) -> None:
    client_of(hr).post(URL, facts())
    message = Message(person=employee)
    clock = recipient_of(message).working_time
    assert (set(clock.weekdays), clock.day_starts, clock.zone.key) == (
        {1, 2, 3, 4},
        dt.time(7),
        "Europe/Berlin",
    )
    assert recipient_of(message).language == "de"
    employee.working_days, employee.day_starts = "67", dt.time(20)
    clock = recipient_of(message).working_time
    assert (set(clock.weekdays), clock.day_starts, clock.day_ends) == ({6, 7}, dt.time(20), dt.time(16, 30))


# --- Logo -------------------------------------------------------------------------------------------------
def test_a_logo_is_used_and_removed(hr: Person) -> None:
    client = client_of(hr)
    assert upload(client, picture()).status_code == 302
    digest = Organisation.objects.get().logo_digest
    page = client.get(URL).content.decode()
    address = reverse("common:logo", args=[digest])
    assert f'src="{address}" alt="Logo of ' in page
    # Side, top of a phone, and the page itself.
    assert page.count(address) == 3
    assert client.get(address).status_code == 200
    # Facts saved later leave it, and it leaves the facts.
    client.post(URL, facts())
    assert client.get(address).status_code == 200
    assert client.post(reverse("people:organisation-logo-remove")).status_code == 302
    assert client.get(address).status_code == 404
    assert client.post(reverse("people:organisation-logo-remove")).status_code == 302
    stored = Organisation.objects.get()
    assert (stored.logo, stored.logo_digest, stored.name) == (None, "", "Hafen AG")
    assert list(AuditEntry.objects.order_by("pk").values_list("action", flat=True)) == [
        "settings.logo_changed",
        "settings.organisation_changed",
        "settings.logo_removed",
    ]


@pytest.mark.parametrize("content", [SVG, b"", b"MZ\x90" * 100, b"\0" * (3 * 1024 * 1024)])
def test_what_is_no_picture_changes_nothing(hr: Person, content: bytes) -> None:
    answer = upload(client_of(hr), content, "drawing.svg")
    assert (answer.status_code, list(answer.context["logo_form"].errors)) == (422, ["picture"])
    assert not Organisation.objects.exists()
    assert not AuditEntry.objects.exists()


# --- Days off -----------------------------------------------------------------------------------------------
def test_the_next_free_days_follow_the_country_and_speak_the_readers_language() -> None:
    days = next_free_days("DE", after=dt.date(2026, 12, 24), count=3, language="de")
    assert [(one.day, one.name) for one in days] == [
        (dt.date(2026, 12, 25), "Erster Weihnachtstag"),
        (dt.date(2026, 12, 26), "Zweiter Weihnachtstag"),
        (dt.date(2027, 1, 1), "Neujahr"),
    ]
    assert (
        next_free_days("DE", after=dt.date(2026, 12, 26), count=1, language="en")[0].name == "New Year's Day"
    )
    assert next_free_days("GB", after=dt.date(2026, 12, 26), count=1, language="de")[0].day == dt.date(
        2026, 12, 28
    )


def test_a_country_is_looked_at_before_it_is_saved(hr: Person) -> None:
    client, url = client_of(hr), reverse("people:organisation-free-days")
    answer = client.get(url, {"country": "fr"})
    assert (answer.status_code, answer.context["country"], len(answer.context["free_days"])) == (200, "FR", 5)
    assert all(one.day > timezone.localdate() for one in answer.context["free_days"])
    for wrong in ("", "XX", "?", "DEU"):
        answer = client.get(url, {"country": wrong})
        assert (answer.status_code, answer.context["free_days"]) == (422, [])
