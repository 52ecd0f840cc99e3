"""The respondent's pages before sending is final, and once nothing is left to send (anonymity.md S7, C2)."""

from __future__ import annotations

import re

import pytest
from django.test import Client

from surveys.domain.answering import sealing
from surveys.domain.counting.revealing import forget_roster
from surveys.models import Response, SealedBallot, Wave
from tests.surveys.factories import make_person
from tests.surveys.views.test_answering import (
    ANSWERS,
    first,
    link,
    make_open_wave,
    opened,
    page,
    send,
    text_of,
)

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _fresh_roster() -> None:
    forget_roster()


# --- Words that tell who wrote them (C2) --------------------------------------------------------------------
def test_a_name_in_a_comment_is_pointed_out_before_sending_is_final() -> None:
    """C2"""
    make_person(given_name="Kar\u00edn", family_name="\u00c5kesson", display_name="Kar\u00edn \u00c5kesson")
    wave = make_open_wave()
    invitation = first(wave)
    client = opened(invitation)
    comment = "Ask karin akesson or call +44 20 7946 0018, or mail to k.a@example.com."
    answers = {**ANSWERS, "q-hear": comment}
    response = send(client, invitation, **answers)
    found = re.findall(r"<strong><bdi>(.*?)</bdi>", response.content.decode())  # type: ignore[attr-defined]
    assert found == ["k.a@example.com", "+44 20 7946 0018", "karin akesson"]
    assert not SealedBallot.objects.exists()
    # Back to all questions, with everything in it.
    back = send(client, invitation, **answers, warned="1", change="1")
    assert back.content.decode().count(" checked") == 4  # type: ignore[attr-defined]
    # The author decides.
    assert send(client, invitation, **answers, warned="1").status_code == 302  # type: ignore[attr-defined]
    assert [ballot.texts for ballot in sealing.open_all(wave)] == [{"hear": comment}]


def test_the_page_of_the_warning_carries_every_other_answer() -> None:
    wave = make_open_wave()
    invitation = first(wave)
    client = opened(invitation)
    content = send(client, invitation, **{**ANSWERS, "q-hear": "me@example.com"}).content.decode()  # type: ignore[attr-defined]
    hidden = re.findall(r'<input type="hidden" name="(q-[^"]*)" value="([^"]*)"', content)
    assert sorted(hidden) == [
        ("q-helps", "time"),
        ("q-helps", "words"),
        ("q-listens", "4"),
        ("q-recommend", ""),
    ]
    send(client, invitation, **ANSWERS, warned="1")
    assert len(list(sealing.open_all(wave))) == 1


def test_answers_by_name_are_sent_without_warning() -> None:
    wave = make_open_wave(mode=Wave.Mode.IDENTIFIED)
    invitation = first(wave)
    client = opened(invitation)
    assert send(client, invitation, **{"q-hear": "me@example.com"}).status_code == 302  # type: ignore[attr-defined]
    assert Response.objects.get().answers.get().text == "me@example.com"


# --- Afterwards ---------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"released": True}, "its results have been worked out."),
        ({"released": False}, "Too few people answered, so every answer was destroyed unread."),
    ],
)
def test_after_the_close_nobody_is_promised_results_that_do_not_exist(
    fields: dict[str, object], words: str
) -> None:
    wave = make_open_wave(state=Wave.State.CLOSED, **fields)
    wave.invitations.update(answered=True)
    assert words in text_of(Client().get(link(first(wave)), follow=True))


def test_customers_outside_are_not_sent_to_a_team_lead() -> None:
    wave = make_open_wave(audience=Wave.Audience.CONTACTS)
    wave.invitations.update(answered=True)
    shown = text_of(Client().get(link(first(wave)), follow=True))
    assert "Results come when the survey closes" in shown
    assert "team" not in shown


@pytest.mark.parametrize("state", [Wave.State.OPEN, Wave.State.CLOSED])
def test_the_browser_forgets_its_draft_once_nothing_is_left_to_send(state: str) -> None:
    """S7: the page that says so names the draft the questionnaire named."""
    wave = make_open_wave()
    invitation = first(wave)
    client = opened(invitation)
    (key,) = re.findall(r'data-draft="([^"]+)"', client.get(page(invitation)).content.decode())
    Wave.objects.filter(pk=wave.pk).update(state=state)
    if state == Wave.State.OPEN:
        after = client.get(send(client, invitation)["Location"])  # type: ignore[index]
    else:
        after = client.get(page(invitation))
    assert f'data-answer-done="{key}"' in after.content.decode()
