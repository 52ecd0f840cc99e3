"""Answers by name: every kind as people read it, whom they are about, and what stays of nobody."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from django.utils import translation

from surveys.answers import AnswerSheet
from surveys.domain.answering.submitting import submit
from surveys.domain.counting.closing import close
from surveys.domain.counting.releasing import load_release
from surveys.domain.forgetting import forget_names
from surveys.domain.results.naming import NamedResponse, answers_header, answers_rows
from surveys.domain.results.reporting import Cell, report
from surveys.models import Answer, Invitation, Response, Wave
from surveys.questionnaire import Kind, Option, Question, Questionnaire, Section
from tests.people.conftest import client_of
from tests.surveys.factories import CLOSES, WHILE_OPEN, make_person, make_wave

pytestmark = pytest.mark.django_db

PLACES = (Option("r1", "Rooms"), Option("r2", "Tools"), Option("r3", "Time"))
GRID = Question(key="grid", kind=Kind.MATRIX, text="How good?", low=1, high=5, high_label="fine", rows=PLACES)
ORDER = Question(key="order", kind=Kind.RANKING, text="What first?", options=PLACES)
REACH = Question(key="reach", kind=Kind.MULTIPLE, text="How?", options=(Option("mail", "Mail"),), other=True)
LED = Question(key="led", kind=Kind.NUMBER, text="How many?", least=0, most=4999, unit="people")
FIRST, LAST = dt.date(2026, 1, 1).toordinal(), dt.date(2026, 12, 31).toordinal()
SINCE = Question(key="since", kind=Kind.DATE, text="Since when?", least=FIRST, most=LAST)
WHY = Question(key="why", kind=Kind.SHORT_TEXT, text="Why [[led]] since [[since]], [[subject]]?")
KINDS = Questionnaire(
    "Everything", "", 1, (Section("", "", (GRID, ORDER, REACH, LED, SINCE, WHY)),), language="en"
)
SHEET = AnswerSheet(
    options={
        "grid.r1": ("5",),
        "grid.r3": ("2",),
        "order.r1": ("3",),
        "order.r2": ("1",),
        "order.r3": ("2",),
        "reach": ("mail", "other"),
        "led": ("1000_1499",),
        "since": ("2026-03",),
    },
    texts={"reach.other": "By pigeon", "led": "1204", "since": "2026-03-31", "why": "Because"},
)


def answered(count: int = 1, **fields: Any) -> Wave:
    wave = make_wave(mode=Wave.Mode.IDENTIFIED, questionnaire=KINDS, invited={1: count}, **fields)
    for invitation in wave.invitations.select_related("wave"):
        submit(invitation=invitation, sheet=SHEET, now=WHILE_OPEN)
    return wave


def named(wave: Wave) -> NamedResponse:
    return NamedResponse(Response.objects.with_respondent().filter(wave=wave)[0], wave.questionnaire)


def test_every_kind_reads_as_it_was_meant() -> None:
    grid, order, reach, led, since, why = named(answered()).questions
    assert [(row.item.part, row.words) for row in grid.rows] == [
        ("Rooms", "5 (fine)"),
        ("Tools", ""),
        ("Time", "2"),
    ]
    assert order.order == ["Tools", "Time", "Rooms"]
    assert reach.chosen == ["Mail", "Other: By pigeon"]
    assert (led.words, since.words) == ("1204\xa0people", "31 March 2026")
    assert why.text == "Why 1204 since 31 March 2026, …?"
    with translation.override("de"):
        assert named(answered()).questions[4].words == "31.\xa0März 2026"


def test_whom_it_is_about_stands_beside_who_answered_and_in_the_questions() -> None:
    wave = answered(about=Wave.About.MANAGER)
    wave.invitations.update(subject=make_person(display_name="Ben Boss"))
    assert named(wave).about == "Ben Boss"
    assert named(wave).questions[5].text.endswith("since 31 March 2026, Ben Boss?")
    rows = [answers_header(wave), *answers_rows(wave)]
    assert [row[3] for row in rows] == ["about", "Ben Boss"]


def test_the_file_has_a_column_for_each_item_and_exact_values() -> None:
    wave = answered()
    header, row = answers_header(wave), next(answers_rows(wave))
    assert dict(zip(header[3:], row[3:], strict=True)) == {
        "How good? – Rooms": "5",
        "How good? – Tools": "",
        "How good? – Time": "2",
        "What first? – Rooms": "3",
        "What first? – Tools": "1",
        "What first? – Time": "2",
        "How?": "Mail; Other",
        "How? – Other": "By pigeon",
        "How many?": "1204",
        "Since when?": "2026-03-31",
        "Why … since …, …?": "Because",
    }


def test_the_pages_show_it() -> None:
    reader = make_person()
    wave = answered(readers=[reader])
    client = client_of(reader)
    page = client.get(f"/waves/{wave.pk}/answers/{Response.objects.get().pk}/").content.decode()
    for said in ("<li><bdi>Tools</bdi></li>", "<bdi>Other: By pigeon</bdi>", "31 March 2026", "5 (fine)"):
        assert said in page
    listed = client.get(f"/waves/{wave.pk}/answers/")
    # Neither a row of nothing nor a place is a score to show in the list.
    assert listed.context["rows"][0].scores == [("How good? – Rooms", "5"), ("How good? – Time", "2")]


def test_typed_numbers_stay_when_names_go_and_days_and_words_do_not() -> None:
    wave = answered(2)
    close(wave_id=wave.pk, now=CLOSES)

    def mean() -> str:
        wave.refresh_from_db()
        cell = load_release(wave).cell("led", 1)
        assert isinstance(cell, Cell)
        return report(LED, cell, anonymous=False).mean_words

    before = mean()
    forget_names(30, CLOSES + dt.timedelta(days=31))
    assert (before, mean()) == ("1204.0\xa0people", "1204.0\xa0people")
    assert set(Answer.objects.exclude(text="").values_list("question_key", "text")) == {
        ("led", "1204"),
        ("since", "…"),
        ("why", "…"),
        ("reach.other", "…"),
    }
    assert named(wave).questions[4].words == "March 2026"
    assert not Invitation.objects.exclude(person=None, subject=None).exists()
