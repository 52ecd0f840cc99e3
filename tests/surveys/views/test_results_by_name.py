"""Results of waves by name: figures, answers and files for their readers alone."""

from __future__ import annotations

import csv
import io

import pytest

from common.models import AuditEntry
from people.models import Person
from surveys.answers import AnswerSheet
from surveys.domain.answering import submitting
from surveys.models import Wave
from tests.surveys.browsing import browser_of
from tests.surveys.factories import QUESTIONNAIRE, WHILE_OPEN, make_hr, make_person, make_wave
from tests.surveys.views.answered import answered_wave, browser_words, closed, statements, words_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def named_wave() -> tuple[Wave, Person]:
    reader = make_person(display_name="Rita Reader")
    wave = make_wave(mode=Wave.Mode.IDENTIFIED, invited={1: 3}, readers=[reader])
    sheets = [("3", "=1+1"), ("5", "Fine."), ("4", "")]
    for invitation, (score, text) in zip(
        wave.invitations.select_related("wave").order_by("pk"), sheets, strict=True
    ):
        sheet = AnswerSheet({"listens": (score,), "helps": ("time", "tools")}, {"hear": text} if text else {})
        submitting.submit(invitation=invitation, sheet=sheet, now=WHILE_OPEN)
    return wave, reader


def test_readers_see_figures_and_answers_while_open(named_wave: tuple[Wave, Person]) -> None:
    wave, reader = named_wave
    client = browser_of(reader)
    words = words_of(client.get(f"/waves/{wave.pk}/results/1/"))
    assert "Mean 4.0 ( 1.5 to 5.0 )" in words.replace("3 people", "") or "Mean 4.0" in words
    listed = client.get(f"/waves/{wave.pk}/answers/")
    people = [invitation.person for invitation in wave.invitations.order_by("pk")]
    assert [row.who for row in listed.context["rows"]] == [str(person) for person in reversed(people)]
    response = listed.context["rows"][0].response
    detail = words_of(client.get(f"/waves/{wave.pk}/answers/{response.pk}/"))
    assert "More time , Better tools" in detail
    actions = list(AuditEntry.objects.order_by("pk").values_list("actor", "action"))
    assert actions == [(reader.pk, "wave.answers_read"), (reader.pk, "wave.answer_read")]


def test_a_wave_by_name_without_answers_says_so() -> None:
    reader = make_person()
    wave = make_wave(mode=Wave.Mode.IDENTIFIED, invited={1: 3}, readers=[reader])
    client = browser_of(reader)
    assert "Nobody has answered yet." in browser_words(client, wave, 1)
    assert "Nobody has answered yet" in words_of(client.get(f"/waves/{wave.pk}/answers/"))


def test_readers_export_in_full(named_wave: tuple[Wave, Person]) -> None:
    wave, reader = named_wave
    client = browser_of(reader)
    answers = client.get(f"/waves/{wave.pk}/answers.csv").content.decode("utf-8-sig")
    rows = list(csv.reader(io.StringIO(answers)))
    assert rows[0] == ["name", "organisation", "sent at", *(q.text for q in QUESTIONNAIRE.questions())]
    assert [row[3] for row in rows[1:]] == ["3", "5", "4"]
    assert [row[-1] for row in rows[1:]] == ["'=1+1", "Fine.", ""]
    assert [row[-2] for row in rows[1:]] == ["More time; Better tools"] * 3
    figures = client.get(f"/waves/{wave.pk}/results/1/figures.csv").content.decode("utf-8-sig")
    exact = {
        row[3]: row[5] for row in csv.reader(io.StringIO(figures)) if row[6] == "listens@1" and not row[4]
    }
    assert (exact["mean"], exact["favourable"]) == ("4.0", repr(2 / 3))
    assert AuditEntry.objects.filter(action="wave.answers_exported", actor=reader).count() == 1


def test_answers_by_name_are_for_readers_alone(named_wave: tuple[Wave, Person]) -> None:
    wave, _reader = named_wave
    response = wave.responses.first()
    assert response is not None
    paths = ["results/", "results/1/", "answers/", f"answers/{response.pk}/", "answers.csv"]
    for person in (make_hr(), make_person()):
        client = browser_of(person)
        assert [client.get(f"/waves/{wave.pk}/{path}").status_code for path in paths] == [404] * 5
    assert not AuditEntry.objects.exists()


def test_an_anonymous_wave_has_no_page_of_names() -> None:
    """R8: nothing about an anonymous wave has a row-level export, for a reader either."""
    hr = make_hr()
    wave = closed(answered_wave(readers=[hr]))
    client = browser_of(hr)
    paths = ["answers/", "answers/1/", "answers.csv"]
    assert [client.get(f"/waves/{wave.pk}/{path}").status_code for path in paths] == [404] * 3


def test_the_list_of_names_costs_the_same_with_one_and_with_thirty() -> None:
    reader = make_person()
    counts = []
    for number in (1, 30):
        wave = make_wave(mode=Wave.Mode.IDENTIFIED, invited={1: number}, readers=[reader])
        for invitation in wave.invitations.select_related("wave"):
            submitting.submit(invitation=invitation, sheet=AnswerSheet({"listens": ("3",)}), now=WHILE_OPEN)
        counts.append(statements(browser_of(reader), f"/waves/{wave.pk}/answers/"))
    assert counts[0] == counts[1]
