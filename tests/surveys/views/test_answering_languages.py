"""The questions in the languages of the survey, also in those the portal does not speak."""

from __future__ import annotations

import re

import pytest
from django.test import Client

from surveys.models import Invitation, SealedBallot
from surveys.questionnaire import Questionnaire
from surveys.views.answering import _fresh_sections
from tests.common.test_languages import german_organisation, spoken
from tests.surveys.every_kind import EVERY_KIND
from tests.surveys.views.test_answering import first, make_open_wave, opened, page

pytestmark = pytest.mark.django_db
ENGLISH, GERMAN, ARABIC = "How likely are you", "Wie wahrscheinlich", "ما مدى احتمال"


def invitation_in(language: str, questionnaire: Questionnaire = EVERY_KIND) -> Invitation:
    invitation = first(make_open_wave(questionnaire=questionnaire))
    Invitation.objects.filter(pk=invitation.pk).update(language=language)
    invitation.refresh_from_db()
    return invitation


def visitor(accepted: str, chosen: str = "") -> Client:
    client = Client(headers={"accept-language": accepted})
    if chosen:
        client.cookies["answer-language"] = chosen
    return client


def offered(content: str) -> tuple[str, list[str]]:
    """The language of now, and those of the buttons."""
    now = re.findall(r'<span lang="([^"]*)" dir="auto" aria-current', content)
    return now[0], re.findall(r'name="language" value="([^"]*)"', content)


@pytest.mark.parametrize(
    ("chosen", "frozen", "accepted", "portal", "questions", "direction"),
    [
        ("", "", "fr", "en", ENGLISH, "ltr"),
        ("", "", "de-AT, en", "de", GERMAN, "ltr"),
        # The portal speaks no Arabic: its words stay in what the browser asks for next.
        ("", "", "ar, de", "de", ARABIC, "rtl"),
        ("", "ar", "en", "en", ARABIC, "rtl"),
        ("", "ar-EG", "de", "de", ARABIC, "rtl"),
        ("", "de", "en", "de", GERMAN, "ltr"),
        ("", "fr", "ar", "en", ARABIC, "rtl"),
        ("en", "ar", "de", "en", ENGLISH, "ltr"),
        ("ar", "de", "en", "de", ARABIC, "rtl"),
        ("zz", "de", "en", "de", GERMAN, "ltr"),
    ],
)
def test_what_they_chose_then_the_invitation_then_the_browser(
    chosen: str, frozen: str, accepted: str, portal: str, questions: str, direction: str
) -> None:
    invitation = invitation_in(frozen)
    client = opened(invitation, client=visitor(accepted, chosen))
    response = client.get(page(invitation))
    content = response.content.decode()
    assert spoken(response) == portal
    assert re.findall(r"<html[^>]* dir=\"(\w+)\"", content) == [direction]
    assert [words for words in (ENGLISH, GERMAN, ARABIC) if words in content] == [questions]


def test_the_words_of_the_questions_bear_their_language_and_ours_stay_ours() -> None:
    invitation = invitation_in("ar")
    content = opened(invitation, client=visitor("en")).get(page(invitation)).content.decode()
    assert '<html lang="en" dir="rtl">' in content
    assert f'<legend lang="ar" dir="auto">{ARABIC}' in content
    assert '<h1 lang="ar" dir="auto">' in content
    assert '<span dir="auto">I cannot say</span>' in content
    assert '<span dir="auto">Yes</span>' in content
    # What was not translated stands as it was written.
    assert "What would help?" in content


def test_every_language_of_the_questions_and_of_the_portal_is_offered() -> None:
    invitation = invitation_in(
        "", Questionnaire("T", "", 1, EVERY_KIND.sections, "fr", {"ar": {"title": "x"}})
    )
    content = opened(invitation, client=visitor("en")).get(page(invitation)).content.decode()
    assert offered(content) == ("fr", ["ar", "en", "de"])
    assert ">العربيّة</button>" in content


def test_another_language_by_its_button_keeps_what_was_typed() -> None:
    invitation = invitation_in("en")
    client = opened(invitation, client=visitor("en"))
    token = client.cookies["csrftoken"].value
    typed = {"q-nps": "3", "q-why": "Mehr Zeit", "q-rank-o1": "1", "csrfmiddlewaretoken": token}
    response = client.post(page(invitation), {**typed, "language": "ar"})
    content = response.content.decode()
    assert (response.status_code, offered(content)) == (200, ("ar", ["en", "de"]))
    assert 'قلت <bdi data-pipe="nps">3</bdi>' in content
    assert "Mehr Zeit" in content
    assert 'role="alert"' not in content
    assert client.cookies["answer-language"].value == "ar"
    # It holds: the next visit is in Arabic too, and so is what is wrong.
    assert ARABIC in client.get(page(invitation)).content.decode()
    assert ARABIC in client.post(page(invitation), {**typed, "q-hours": "x"}).content.decode()
    assert not SealedBallot.objects.exists()


@pytest.mark.parametrize("code", ["zz", "fr", "<b>", "ar\r\nX: y", "a" * 5000])
def test_a_language_nobody_offers_is_not_remembered(code: str) -> None:
    invitation = invitation_in("en")
    client = opened(invitation, client=visitor("en"))
    token = client.cookies["csrftoken"].value
    response = client.post(page(invitation), {"language": code, "csrfmiddlewaretoken": token})
    assert response.status_code == 200
    assert "answer-language" not in client.cookies


def test_languages_kept_ready_never_mix() -> None:
    _fresh_sections.cache_clear()
    german_organisation()
    invitation = invitation_in("")
    pages: dict[str, set[str]] = {}
    for _ in range(2):
        for accepted in ("en", "de", "ar", "ar, en", "ar, de"):
            client = opened(invitation, client=visitor(accepted))
            content = client.get(page(invitation)).content.decode()
            begin = content.index("<section")
            pages.setdefault(accepted, set()).add(content[begin : content.index("cp-between", begin)])
    assert [len(one) for one in pages.values()] == [1] * 5
    words = {accepted: next(iter(one)) for accepted, one in pages.items()}
    assert (ENGLISH in words["en"], "I cannot say" in words["en"]) == (True, True)
    assert (GERMAN in words["de"], "I cannot say" in words["de"]) == (True, False)
    # Arabic questions with German or English buttons around them.
    assert words["ar"] == words["ar, de"]
    assert (ARABIC in words["ar, en"], "I cannot say" in words["ar, en"]) == (True, True)
    assert (ARABIC in words["ar, de"], "I cannot say" in words["ar, de"]) == (True, False)
    assert _fresh_sections.cache_info().currsize == 4
