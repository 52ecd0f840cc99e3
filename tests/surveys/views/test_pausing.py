"""A planned and an open wave in the browser: meter, trial, words, pause, and its end."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from notifications.models import Message
from people.models import Person, Team
from surveys.domain.waves import drafting
from surveys.domain.waves.previewing import preview
from surveys.models import Wave
from tests.surveys.browsing import browser_of, get, post
from tests.surveys.factories import make_draft, make_hr, make_people, make_wave
from tests.surveys.views.planning import in_days, make_open_draft

pytestmark = pytest.mark.django_db


@pytest.fixture
def hr() -> Person:
    return make_hr(location="Leeds")


@pytest.fixture
def browser(hr: Person) -> Client:
    return browser_of(hr)


def make_running(**fields: Any) -> Wave:
    now = timezone.now()
    times = {"opens_at": now - dt.timedelta(days=1), "closes_at": now + dt.timedelta(days=5)}
    return make_wave(**{**times, **fields})


def words(response: Any) -> str:
    return " ".join(response.content.decode().split())


# --- The meter ----------------------------------------------------------------------------------------------
def test_the_draft_says_what_could_be_shown_if_so_many_answer(browser: Client, hr: Person) -> None:
    sales = Team.objects.create(name="Sales")
    Person.objects.filter(pk=hr.pk).update(team=sales)
    make_people(20, team=sales, location="York")
    make_people(22, team=Team.objects.create(name="Service"), location="York")
    make_people(3, team=Team.objects.create(name="Tiny"), location="Leeds")
    page = words(get(browser, "wave-detail", make_open_draft(breakdown="location").pk))
    assert "What could be shown" in page
    assert "If 40 % answer" in page
    # The few of Tiny are counted with Sales, the smaller one, which then is not shown on its own.
    assert "2 of 4 groups" in page
    assert "More answers can mean fewer groups" not in page
    assert "1 group has fewer than 5 people." in page
    assert "Fewer than 5: the breakdown cannot be shown for all" in page
    by_name = make_open_draft(mode=Wave.Mode.IDENTIFIED)
    assert "What could be shown" not in words(get(browser, "wave-detail", by_name.pk))


def test_the_meter_stands_before_the_launch_too(browser: Client) -> None:
    make_people(20, team=Team.objects.create(name="Sales"))
    wave = make_open_draft()
    page = words(get(browser, "wave-launch", wave.pk))
    assert "All 2 groups" in page
    assert "More answers can mean fewer groups" in page
    found = preview(wave).meter
    assert found
    assert (found.groups, found.never, found.values) == (2, [], [])
    assert [(row.percent, row.shown) for row in found.rows] == [(40, 2), (60, 1), (80, 1)]


# --- Trial --------------------------------------------------------------------------------------------------
def test_a_trial_goes_to_whoever_asks_and_a_few_times_an_hour(browser: Client, hr: Person) -> None:
    wave = make_open_draft(reminder_days=[3, 6])
    page = browser.post(reverse("surveys:wave-trial", args=[wave.pk]), {"steps": ["0", "2"]}, follow=True)
    assert f"2 mails are on their way to {hr.email}." in words(page)
    sent = Message.objects.order_by("pk")
    assert [(each.kind, each.person, each.context["step"]) for each in sent] == [
        ("surveys.trial", hr, 0),
        ("surveys.trial", hr, 2),
    ]
    for _ in range(4):
        browser.post(reverse("surveys:wave-trial", args=[wave.pk]), {"steps": ["0", "1", "2"]})
    page = browser.post(reverse("surveys:wave-trial", args=[wave.pk]), {"steps": ["0"]}, follow=True)
    assert "You can go on in a while." in words(page)
    page = browser.post(reverse("surveys:wave-trial", args=[wave.pk]), {"steps": ["9"]}, follow=True)
    assert "Choose at least one mail to try." in words(page)


# --- Words --------------------------------------------------------------------------------------------------
OWN = {"subject": "{survey}, please", "body": "Dear colleague\n\n{link}"}


def test_a_mail_of_a_wave_is_worded_looked_at_and_reset(browser: Client) -> None:
    wave = make_open_draft(title="Team pulse")
    page = get(browser, "wave-words", wave.pk, "invitation", "en")
    assert "The usual words" in words(page)
    assert "{who_asks}" in words(page)
    looked = post(browser, "wave-words-look", wave.pk, "invitation", "en", **OWN)
    assert "Team pulse, please" in words(looked)
    wave.refresh_from_db()
    assert wave.mail_texts == {}
    saved = browser.post(reverse("surveys:wave-words", args=[wave.pk, "invitation", "en"]), OWN, follow=True)
    assert "Words of this wave" in words(saved)
    wave.refresh_from_db()
    assert wave.mail_texts == {"en": {"invitation": OWN}}
    # It is what the page of the mail and the mail itself say.
    assert "Team pulse, please" in words(get(browser, "wave-mail", wave.pk, 0))
    assert "Dear colleague" in words(get(browser, "wave-words-html", wave.pk, "invitation", "en", "dark"))
    reset = browser.post(reverse("surveys:wave-words-reset", args=[wave.pk, "invitation", "en"]), follow=True)
    assert "The usual words" in words(reset)


def test_words_with_faults_come_back_beside_their_field(browser: Client) -> None:
    wave = make_open_draft()
    for name in ("wave-words", "wave-words-look"):
        refused = post(browser, name, wave.pk, "reminder", "de", subject="{x}", body="Kein Verweis")
        assert (refused.status_code, set(refused.context["form"].errors)) == (422, {"subject", "body"})
    wave.refresh_from_db()
    assert wave.mail_texts == {}


def test_saving_over_newer_words_is_said(browser: Client) -> None:
    wave = make_open_draft()
    opened = get(browser, "wave-words", wave.pk, "invitation", "en").context["form"]
    post(browser, "wave-words", wave.pk, "invitation", "en", **OWN)
    late = {**OWN, "subject": "Other", "as_opened": opened["as_opened"].value()}
    assert post(browser, "wave-words", wave.pk, "invitation", "en", **late).status_code == 422


def test_the_last_reminder_and_other_languages_have_pages_and_what_is_no_mail_has_none(
    browser: Client,
) -> None:
    wave = make_open_draft(reminder_days=[3])
    page = get(browser, "wave-words", wave.pk, "last_reminder", "de")
    assert page.context["mail"].subject.startswith("Spring")
    assert get(browser, "wave-words", wave.pk, "invitation", "xx").status_code == 404
    assert get(browser, "wave-words", wave.pk, "set_password", "en").status_code == 404


def test_words_may_change_while_it_is_open_and_not_after_it(browser: Client) -> None:
    wave = make_running()
    post(browser, "wave-words", wave.pk, "reminder", "en", **OWN)
    wave.refresh_from_db()
    assert wave.mail_texts["en"]["reminder"] == OWN
    Wave.objects.update(state=Wave.State.CLOSED)
    page = browser.get(reverse("surveys:wave-words", args=[wave.pk, "reminder", "en"]), follow=True)
    assert "No further mail of this wave leaves." in words(page)
    page = browser.post(reverse("surveys:wave-words-reset", args=[wave.pk, "reminder", "en"]), follow=True)
    assert "No further mail of this wave leaves." in words(page)


def test_a_form_opened_before_takes_back_no_words(browser: Client) -> None:
    wave = make_draft(mail_texts={})
    stale = Wave.objects.get(pk=wave.pk)
    Wave.objects.update(mail_texts={"en": {"invitation": OWN}})
    drafting.save_draft(stale, teams=[], organisations=[], readers=[], by=make_hr())
    wave.refresh_from_db()
    assert wave.mail_texts == {"en": {"invitation": OWN}}


# --- Pause and end ------------------------------------------------------------------------------------------
def test_a_wave_pauses_and_goes_on(browser: Client) -> None:
    wave = make_running()
    assert "Pause its mails" in words(get(browser, "wave-detail", wave.pk))
    page = browser.post(reverse("surveys:wave-pause", args=[wave.pk]), follow=True)
    assert "It is paused." in words(page)
    assert "Let it go on" in words(page)
    page = browser.post(reverse("surveys:wave-go-on", args=[wave.pk]), follow=True)
    assert "It is paused." not in words(page)


def test_t1_an_anonymous_wave_offers_the_announced_extension_alone(browser: Client) -> None:
    wave = make_running(extension_days=7)
    closes_at = wave.closes_at
    page = words(get(browser, "wave-detail", wave.pk))
    assert "Extend as announced" in page
    assert "Close now" not in page
    assert "It closes 7 days later" in words(get(browser, "wave-extend", wave.pk))
    post(browser, "wave-extend", wave.pk)
    wave.refresh_from_db()
    assert wave.closes_at == closes_at + dt.timedelta(days=7)
    assert "Extend as announced" not in words(get(browser, "wave-detail", wave.pk))
    again = browser.post(reverse("surveys:wave-extend", args=[wave.pk]), follow=True)
    assert "Nothing was changed." in words(again)
    closed = browser.post(reverse("surveys:wave-close", args=[wave.pk]), follow=True)
    assert "Nothing was changed." in words(closed)
    wave.refresh_from_db()
    assert wave.state == Wave.State.OPEN


def test_a_wave_by_name_closes_later_or_now(browser: Client) -> None:
    wave = make_running(mode=Wave.Mode.IDENTIFIED)
    for wrong in (in_days(2), in_days(500), "soon"):
        refused = post(browser, "wave-extend", wave.pk, closes_at=wrong)
        assert (refused.status_code, list(refused.context["form"].errors)) == (422, ["closes_at"])
    post(browser, "wave-extend", wave.pk, closes_at=in_days(9))
    wave.refresh_from_db()
    assert wave.closes_at > timezone.now() + dt.timedelta(days=8)
    assert "Nobody can answer any more" in words(get(browser, "wave-close", wave.pk))
    post(browser, "wave-close", wave.pk)
    wave.refresh_from_db()
    assert wave.state == Wave.State.CLOSED
    assert "Pause its mails" not in words(get(browser, "wave-detail", wave.pk))
