"""The language of the respondent's pages, and that changing it costs nobody what they typed."""

from __future__ import annotations

import datetime as dt

import pytest
from django.http import HttpResponse
from django.test import Client

from notifications.models import Message
from people.models import Person
from surveys.models import Invitation, SealedBallot
from tests.common.test_languages import german_organisation, spoken
from tests.surveys.factories import make_hr, make_person, make_survey
from tests.surveys.views.test_answering import ANSWERS, first, make_open_wave, opened, page

pytestmark = pytest.mark.django_db


def invitation_in(language: str) -> Invitation:
    invitation = first(make_open_wave())
    Invitation.objects.filter(pk=invitation.pk).update(language=language)
    invitation.refresh_from_db()
    return invitation


def press(client: Client, invitation: Invitation, language: str, **answers: object) -> HttpResponse:
    """The button of a language, with what was typed so far."""
    sent = {**answers, "language": language, "csrfmiddlewaretoken": client.cookies["csrftoken"].value}
    return client.post(page(invitation), sent)  # type: ignore[return-value]


@pytest.mark.parametrize(
    ("frozen", "accepted", "language"), [("de", "en", "de"), ("en", "de", "en"), ("", "de", "de")]
)
def test_the_page_speaks_the_language_of_the_invitation(frozen: str, accepted: str, language: str) -> None:
    invitation = invitation_in(frozen)
    client = opened(invitation, client=Client(headers={"accept-language": accepted}))
    assert spoken(client.get(page(invitation))) == language


def test_whoever_signs_in_with_the_same_browser_changes_nothing() -> None:
    invitation = invitation_in("de")
    client = Client(headers={"accept-language": "en"})
    client.force_login(make_person(language="en"))
    assert spoken(opened(invitation, client=client).get(page(invitation))) == "de"


def test_another_language_keeps_what_was_typed_and_stores_nothing() -> None:
    """S6, S7: the browser carries the choice, in a cookie of these pages that says nothing else."""
    invitation = invitation_in("en")
    client = opened(invitation)
    response = press(client, invitation, "de", **{**ANSWERS, "q-hear": "Mehr Tageslicht & <b>Ruhe</b>"})

    text = response.content.decode()
    assert (response.status_code, spoken(response)) == (200, "de")
    assert "Mehr Tageslicht &amp; &lt;b&gt;Ruhe&lt;/b&gt;" in text
    assert text.count(" checked") == 4
    assert 'role="alert"' not in text
    cookie = client.cookies["answer-language"]
    assert (cookie.value, cookie["path"], cookie["max-age"], cookie["httponly"]) == ("de", "/a/", "", True)
    invitation.refresh_from_db()
    assert (invitation.answered, invitation.language, SealedBallot.objects.count()) == (False, "en", 0)
    assert Message.objects.filter(language="de").count() == 0


def test_the_choice_holds_until_the_thanks() -> None:
    invitation = invitation_in("en")
    client = opened(invitation)
    press(client, invitation, "de")
    sent = {**ANSWERS, "csrfmiddlewaretoken": client.cookies["csrftoken"].value}
    thanks = client.post(page(invitation), sent, follow=True)
    assert spoken(thanks) == "de"
    assert "Danke, Ihre Antworten sind angekommen" in thanks.content.decode()


def test_nothing_is_complained_of_in_another_language_before_sending() -> None:
    invitation = invitation_in("en")
    client = opened(invitation)
    assert press(client, invitation, "de").status_code == 200
    refused = client.post(page(invitation), {"csrfmiddlewaretoken": client.cookies["csrftoken"].value})
    assert (refused.status_code, spoken(refused)) == (422, "de")


def test_the_warning_stays_in_another_language() -> None:
    invitation = invitation_in("en")
    client = opened(invitation)
    token = client.cookies["csrftoken"].value
    typed = {**ANSWERS, "q-hear": "Write to me@example.com."}
    warned = client.post(page(invitation), {**typed, "csrfmiddlewaretoken": token})
    assert "look at your words once more" in warned.content.decode()

    again = press(client, invitation, "de", **typed, warned="1")
    assert "Sehen Sie Ihre Worte noch einmal an" in again.content.decode()
    assert "Write to me@example.com." in again.content.decode()


def test_a_language_without_the_token_is_not_taken_for_an_answer() -> None:
    invitation = invitation_in("en")
    client = opened(invitation)
    response = client.post(page(invitation), {**ANSWERS, "language": "de"})
    assert response.status_code == 403
    assert SealedBallot.objects.count() == 0


def test_a_wrong_link_has_the_switch_as_a_plain_link() -> None:
    german_organisation()
    response = Client(headers={"accept-language": "fr"}).get("/a/no-such-handle/")
    assert (response.status_code, spoken(response)) == (404, "de")
    assert 'href="/a/no-such-handle/?language=en"' in response.content.decode()
    english = Client(headers={"accept-language": "fr"}).get("/a/no-such-handle/?language=en")
    assert spoken(english) == "en"


def test_the_preview_of_hr_has_no_switch_of_its_own() -> None:
    """It speaks the language HR chose for themselves."""
    client = Client()
    client.force_login(make_hr())
    survey = make_survey()
    assert "cp-languages" not in client.get(f"/surveys/{survey.pk}/preview/").content.decode()


@pytest.mark.parametrize(("zone", "clock"), [("Asia/Kolkata", "IST"), ("", "GMT"), ("Mars/Base", "GMT")])
def test_the_page_says_when_it_closes_by_the_readers_clock(zone: str, clock: str) -> None:
    closes = dt.datetime(2027, 1, 15, 12, tzinfo=dt.UTC)
    invitation = first(make_open_wave(closes_at=closes))
    Person.objects.filter(pk=invitation.person_id).update(time_zone=zone)
    text = opened(invitation).get(page(invitation)).content.decode()
    hour = {"IST": "17:30", "GMT": "12:00"}[clock]
    assert f"Open until Friday 15 January, {hour} {clock}." in text
