"""The answering page with every kind of question: conditions, repeated answers, links that choose, size."""

from __future__ import annotations

import gzip
import random
import re
from dataclasses import replace
from pathlib import Path

import pytest
from django.conf import settings
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from surveys.domain.answering import sealing
from surveys.domain.counting.revealing import forget_roster
from surveys.models import Answer, Invitation, SealedBallot, Wave
from surveys.questionnaire import Kind, Option, Question, Questionnaire, Section
from surveys.views.answering import _fresh_sections
from tests.surveys.every_kind import EVERY_KIND, HELPS, HOURS, NPS, WAY, WHY, WORD, only
from tests.surveys.factories import HEAR, make_people, make_person
from tests.surveys.views.test_answering import first, link, make_open_wave, opened, page, send, statements

pytestmark = pytest.mark.django_db
ALL_OF_IT = {
    "q-nps": "3",
    "q-why": "Time",
    "q-way-other": "By pigeon",
    "q-helps": ["time", "other"],
    "q-helps-other": "Tea",
    "q-kept": "no",
    "q-early": "",
    "q-grid-r1": "2",
    "q-grid-r3": "",
    "q-share-r2": "we",
    "q-rank-o1": "2",
    "q-rank-o2": "1",
    "q-rank-o3": "3",
    "q-hours": "1 017",
    "q-day": "2026-03-31",
    "q-wait": "Everything",
    "q-word": "Calm",
}


@pytest.fixture(autouse=True)
def _fresh_roster() -> None:
    forget_roster()


def named(**fields: object) -> Invitation:
    return first(make_open_wave(mode=Wave.Mode.IDENTIFIED, **fields))


def shown(client: Client, invitation: Invitation, query: str = "") -> str:
    return client.get(page(invitation) + query).content.decode()


# --- Sending ------------------------------------------------------------------------------------------------
def test_of_an_anonymous_wave_only_what_is_counted_is_sealed() -> None:
    wave = make_open_wave(questionnaire=EVERY_KIND)
    assert send(opened(first(wave)), first(wave), **ALL_OF_IT).status_code == 302  # type: ignore[attr-defined]
    (ballot,) = sealing.open_all(wave)
    assert ballot.options == {
        "nps": ["3"],
        "way": ["other"],
        "helps": ["time", "other"],
        "kept": ["no"],
        "grid.r1": ["2"],
        "share.r2": ["we"],
        "rank.o1": ["2"],
        "rank.o2": ["1"],
        "rank.o3": ["3"],
        "hours": ["1000_1499"],
        "day": ["2026-03"],
    }
    # Neither the exact number nor the day.
    assert ballot.texts == {
        "why": "Time",
        "way.other": "By pigeon",
        "helps.other": "Tea",
        "wait": "Everything",
        "word": "Calm",
    }
    assert ballot.hidden == []


def test_of_a_wave_by_name_the_number_stands_beside_its_band() -> None:
    invitation = named(questionnaire=only(HOURS, WAY))
    send(opened(invitation), invitation, **{"q-hours": "1 017", "q-way-other": "Pigeon"})
    rows = Answer.objects.order_by("question_key").values_list("question_key", "option", "text")
    assert list(rows) == [
        ("hours", "1000_1499", "1017"),
        ("way", "other", ""),
        ("way.other", "", "Pigeon"),
    ]


def test_what_a_condition_hides_is_sealed_as_hidden_and_not_kept() -> None:
    wave = make_open_wave(questionnaire=only(NPS, WHY, WORD))
    invitation = first(wave)
    send(opened(invitation), invitation, **{"q-nps": "10", "q-why": "Left over"})
    (ballot,) = sealing.open_all(wave)
    assert (ballot.options, ballot.texts, ballot.hidden) == ({"nps": ["10"]}, {}, ["why"])


def test_a_hidden_required_question_is_no_complaint_and_a_shown_one_is() -> None:
    invitation = first(make_open_wave(questionnaire=only(NPS, WHY)))
    client = opened(invitation)
    content = send(client, invitation, **{"q-nps": "3"}).content.decode()  # type: ignore[attr-defined]
    assert re.findall(r'<li><a href="(#[^"]*)"', content) == ["#q-why"]
    assert "Only if you answered" in content
    assert send(client, invitation, **{"q-nps": "10"}).status_code == 302  # type: ignore[attr-defined]


def test_the_words_of_other_are_looked_at_too() -> None:
    """C2"""
    make_person(given_name="Karin", family_name="Åkesson", display_name="Karin Åkesson")
    wave = make_open_wave(questionnaire=only(HELPS, HOURS, HEAR))
    invitation = first(wave)
    client = opened(invitation)
    # A long number is a number and no telephone.
    answers = {"q-helps": "time", "q-helps-other": "Less of Karin Åkesson", "q-hours": "2000"}
    content = send(client, invitation, **answers).content.decode()  # type: ignore[attr-defined]
    assert "<bdi>Karin Åkesson</bdi>" in content
    assert re.findall(r'name="(q-[^"]*)" value="([^"]*)"', content) == [
        ("q-helps", "time"),
        ("q-hours", "2000"),
        ("q-helps-other", "Less of Karin Åkesson"),
    ]
    send(client, invitation, **{**answers, "q-helps-other": "Less noise"}, warned="1")
    assert [ballot.texts for ballot in sealing.open_all(wave)] == [{"helps.other": "Less noise"}]


def test_random_forms_are_answered_and_never_break() -> None:
    dice = random.Random(11)
    invitation = first(make_open_wave(questionnaire=EVERY_KIND))
    client = opened(invitation)
    values = ["", "1", "2", "9", "other", "mail", "\x00", "é" * 500, "<b>", "[[nps]]", "2026-02-30", "1e9"]
    for _ in range(12):
        sent = {name: dice.choice(values) for name in dice.sample(sorted(ALL_OF_IT), dice.randint(1, 17))}
        sent["language"] = dice.choice(["de", "ar", "zz", ""])
        assert send(client, invitation, **sent).status_code == 200  # type: ignore[attr-defined]
        sent |= {"q-early": "9"}
        del sent["language"]
        assert send(client, invitation, **sent).status_code == 422  # type: ignore[attr-defined]
    assert not SealedBallot.objects.exists()


# --- Earlier answers and names in texts ---------------------------------------------------------------------
def test_an_earlier_answer_is_filled_in_where_the_page_is_shown_again() -> None:
    invitation = first(make_open_wave(questionnaire=EVERY_KIND))
    client = opened(invitation)
    assert 'You said <bdi data-pipe="nps">…</bdi>.' in shown(client, invitation)
    again = send(client, invitation, **{"q-nps": "3"}).content.decode()  # type: ignore[attr-defined]
    assert again.count('You said <bdi data-pipe="nps">3</bdi>.') == 2  # the question, and the summary


def test_whom_it_is_about_stands_on_top_and_in_the_questions() -> None:
    about = only(replace(WORD, text="One word for [[subject]]?"))
    wave = make_open_wave(questionnaire=about)
    people = make_people(2)
    for person, name in zip(people, ("Karin <Å>", "Sofia"), strict=True):
        person.display_name = name
        person.save()
    invitations = wave.invitations.select_related("wave").order_by("pk")[:2]
    for invitation, person in zip(invitations, people, strict=True):
        Invitation.objects.filter(pk=invitation.pk).update(subject=person)
    one, other = (shown(opened(invitation), invitation) for invitation in invitations)
    assert "About: <strong><bdi>Karin &lt;Å&gt;</bdi></strong>" in one
    assert "One word for <bdi>Karin &lt;Å&gt;</bdi>?" in one
    assert "One word for <bdi>Sofia</bdi>?" in other
    assert "Karin" not in other


def test_one_rendering_serves_all_where_no_name_stands_in_the_questions() -> None:
    _fresh_sections.cache_clear()
    wave = make_open_wave(questionnaire=EVERY_KIND)
    wave.invitations.update(subject=make_person())
    for invitation in wave.invitations.select_related("wave")[:3]:
        opened(invitation).get(page(invitation), headers={"accept-language": "en"})
    assert _fresh_sections.cache_info().currsize == 1


# --- Chosen by a link in the mail ---------------------------------------------------------------------------
def picked(content: str) -> list[str]:
    return re.findall(r'id="([^"]*)" value="[^"]*" checked', content)


@pytest.mark.parametrize(
    ("question", "code", "words"),
    [
        (NPS, "9", "9"),
        (NPS, "0", "0"),
        (Question("kept", Kind.YES_NO, "Kept?"), "yes", "Yes"),
        (WAY, "phone", "By telephone"),
    ],
)
def test_a_link_in_the_mail_chooses_and_stores_nothing(question: Question, code: str, words: str) -> None:
    invitation = named(questionnaire=only(question, WORD))
    client = Client()
    response = client.get(link(invitation) + f"?pick={code}")
    assert response["Location"] == f"{page(invitation)}?pick={code}"
    before = Invitation.objects.values().get(pk=invitation.pk)
    with CaptureQueriesContext(connection) as queries:
        content = client.get(response["Location"]).content.decode()
    assert f"You chose “{words}”. Change it if you like, then send." in content
    assert picked(content) == [f"q-{question.key}-{question.codes.index(code)}"]
    assert "data-picked" in content
    assert {one["sql"].split()[0] for one in queries.captured_queries} == {"SELECT"}
    assert Invitation.objects.values().get(pk=invitation.pk) == before
    assert not Answer.objects.exists()


@pytest.mark.parametrize("code", ["11", "-1", "yes", "", "%00", "9" * 5000, "9%0d%0aX: y", "<b>"])
def test_a_choice_the_question_does_not_have_is_ignored(code: str) -> None:
    invitation = named(questionnaire=only(NPS, WORD))
    content = Client().get(link(invitation) + f"?pick={code}", follow=True).content.decode()
    assert "How likely are you" in content
    assert "You chose" not in content
    assert picked(content) == []


@pytest.mark.parametrize("question", [HELPS, WORD, HOURS])
def test_other_kinds_are_not_chosen_by_a_link(question: Question) -> None:
    invitation = named(questionnaire=only(question))
    content = Client().get(link(invitation) + "?pick=time", follow=True).content.decode()
    assert "You chose" not in content


def test_in_an_anonymous_wave_no_link_chooses() -> None:
    invitation = first(make_open_wave(questionnaire=only(NPS)))
    content = Client().get(link(invitation) + "?pick=9", follow=True).content.decode()
    assert (picked(content), "You chose" in content) == ([], False)


# --- What it costs ------------------------------------------------------------------------------------------
@pytest.mark.parametrize(("mode", "expected"), [(Wave.Mode.ANONYMOUS, 1), (Wave.Mode.IDENTIFIED, 2)])
def test_a_visit_with_everything_costs_no_statement_more(mode: str, expected: int) -> None:
    wave = make_open_wave(questionnaire=EVERY_KIND, mode=mode)
    wave.invitations.update(subject=make_person(), language="ar")
    invitation = first(wave)
    client = opened(invitation)
    with CaptureQueriesContext(connection) as queries:
        shown(client, invitation, "?pick=9")
    assert statements(queries) == expected


def twenty_questions() -> Questionnaire:
    """Every kind, with words of a usual length, in two languages."""
    kinds = list(EVERY_KIND.questions())
    parts = []
    for part in range(4):
        chosen = [kinds[(part * 5 + number) % len(kinds)] for number in range(5)]
        parts.append(
            Section(
                f"Part {part + 1}: how we work together",
                "Think of the last four weeks.",
                tuple(
                    replace(
                        one,
                        key=f"q{part}{number}{one.key}",
                        text=f"{one.text} Think of the people you work with most. ({part}/{number})",
                        rows=(*one.rows, Option("r9", "One more thing we would like to know"))
                        if one.rows
                        else (),
                        condition=None,
                    )
                    for number, one in enumerate(chosen)
                ),
            )
        )
    words = {f"{one.key}.text": one.text[::-1] for part in parts for one in part.questions}
    return replace(EVERY_KIND, sections=tuple(parts), translations={"de": words})


def test_a_first_visit_stays_under_40_kilobytes() -> None:
    """As whitenoise sends its files and this view its page: compressed by gzip, the larger of both."""
    invitation = first(make_open_wave(questionnaire=twenty_questions()))
    assert {one.kind for one in invitation.wave.questionnaire.questions()} == set(Kind) - {Kind.PLACE}
    client = Client(headers={"accept-encoding": "gzip"})
    response = client.get(link(invitation), follow=True)
    assert response["Content-Encoding"] == "gzip"
    content = gzip.decompress(response.content).decode()
    files = set(re.findall(r'(?:src|href)="/static/([^"#]*)"', content)) | {"icons.svg"}
    assert files == {"mark.svg", "icons.svg", "build/answer.css", "build/answer.js"}
    static = Path(settings.BASE_DIR) / "static"
    if not (static / "build/answer.css").exists():
        pytest.skip("needs the built style sheets: npm run build in frontend/")
    sizes = {name: len(gzip.compress((static / name).read_bytes())) for name in files}
    assert len(response.content) + sum(sizes.values()) < 40_000, (len(response.content), sizes)
