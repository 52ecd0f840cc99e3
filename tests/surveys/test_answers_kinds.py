"""Rows, order, numbers, days and "other": what comes through, what is refused, and how it is shown again."""

from __future__ import annotations

import random
from dataclasses import replace

import pytest
from django.http import QueryDict
from django.utils import translation

from surveys.answers import WHOLE_SHEET, AnswerSheet, AskedQuestionnaire, read_sheet
from surveys.questionnaire import Question
from tests.surveys.every_kind import (
    DAY,
    EVERY_KIND,
    GRID,
    HELPS,
    HOURS,
    NPS,
    RANK,
    SHARE,
    WAY,
    WHY,
    only,
    required,
)

CHOOSE_ONE = "You chose one answer and wrote another. Please keep one of them."
SAY_OTHER = "Please say in a few words what \u201cOther\u201d is."
NUMBER = "Please write a whole number from 0 to 2000, in digits."
A_DAY = "Please choose a day from 1 January 2026 to 30 June 2026, or type it such as 2026-06-30."


@pytest.mark.parametrize(
    ("question", "sent", "options", "texts"),
    [
        (GRID, "q-grid-r1=1&q-grid-r3=5", {"grid.r1": ("1",), "grid.r3": ("5",)}, {}),
        (GRID, "q-grid-r1=1&q-grid-r2=", {"grid.r1": ("1",)}, {}),
        (SHARE, "q-share-r2=they", {"share.r2": ("they",)}, {}),
        (
            RANK,
            "q-rank-o1=3&q-rank-o2=1&q-rank-o3=2",
            {"rank.o1": ("3",), "rank.o2": ("1",), "rank.o3": ("2",)},
            {},
        ),
        (HOURS, "q-hours=0", {"hours": ("0_499",)}, {"hours": "0"}),
        (HOURS, "q-hours=1 017", {"hours": ("1000_1499",)}, {"hours": "1017"}),
        (DAY, "q-day=2026-03-31", {"day": ("2026-03",)}, {"day": "2026-03-31"}),
        (WAY, "q-way=mail", {"way": ("mail",)}, {}),
        (WAY, "q-way=other&q-way-other=Pigeon", {"way": ("other",)}, {"way.other": "Pigeon"}),
        # Words alone are a choice.
        (WAY, "q-way-other= Pigeon ", {"way": ("other",)}, {"way.other": "Pigeon"}),
        (WAY, "q-way=&q-way-other=Pigeon", {"way": ("other",)}, {"way.other": "Pigeon"}),
        (HELPS, "q-helps=time&q-helps-other=Tea", {"helps": ("time", "other")}, {"helps.other": "Tea"}),
    ],
)
def test_answers_are_read(
    question: Question, sent: str, options: dict[str, tuple[str, ...]], texts: dict[str, str]
) -> None:
    assert read_sheet(only(question), QueryDict(sent)) == (AnswerSheet(options, texts), {})


@pytest.mark.parametrize(
    ("question", "sent", "error"),
    [
        (GRID, "q-grid-r1=6", "Please choose a number from 1 to 5."),
        (GRID, "q-grid-r1=1&q-grid-r1=2", "Please choose one answer in each row."),
        (SHARE, "q-share-r1=you", "Please choose from the answers shown."),
        (required(GRID), "q-grid-r1=1&q-grid-r3=2", "Please answer every row; 1 is open."),
        (required(GRID), "q-grid-r1=", "Please answer every row; 3 are open."),
        (RANK, "q-rank-o1=1", "Please give each of them a place, or none of them."),
        (required(RANK), "q-rank-o1=1&q-rank-o2=2", "Please give each of them a place."),
        (required(RANK), "", "Please put these in order."),
        (RANK, "q-rank-o1=1&q-rank-o2=1&q-rank-o3=2", "Please give each place once; 1 stands twice."),
        (RANK, "q-rank-o1=0&q-rank-o2=1&q-rank-o3=2", "Please choose from the places shown."),
        (RANK, "q-rank-o1=1&q-rank-o2=\u00b2&q-rank-o3=3", "Please choose from the places shown."),
        (HOURS, "q-hours=2001", NUMBER),
        (HOURS, "q-hours=-1", NUMBER),
        (HOURS, "q-hours=1.5", NUMBER),
        (HOURS, "q-hours=" + "9" * 6000, NUMBER),
        (required(HOURS), "q-hours= ", "Please write a number."),
        (DAY, "q-day=2026-07-01", A_DAY),
        (DAY, "q-day=2025-12-31", A_DAY),
        (DAY, "q-day=31.3.2026", A_DAY),
        (required(DAY), "", "Please choose a day."),
        (WAY, "q-way=other", SAY_OTHER),
        (WAY, "q-way=mail&q-way-other=Pigeon", CHOOSE_ONE),
        (HELPS, "q-helps=other&q-helps-other=%20", SAY_OTHER),
        (HELPS, "q-helps-other=" + "a" * 301, "Please shorten this by 1 character; there is room for 300."),
        (required(WAY), "q-way-other=", "Please choose an answer."),
    ],
)
def test_what_is_wrong_is_said(question: Question, sent: str, error: str) -> None:
    assert read_sheet(only(question), QueryDict(sent))[1] == {question.key: error}


@pytest.mark.parametrize(
    ("question", "sent", "is_nothing"),
    [
        (GRID, "q-grid-r1=", False),  # "I cannot say"
        (NPS, "q-nps=", False),
        (RANK, "q-rank-o1=&q-rank-o2=&q-rank-o3=", True),
        (HOURS, "q-hours=", True),
        (DAY, "q-day=", True),
        (HELPS, "q-helps-other=", True),
    ],
)
def test_only_cannot_say_is_an_answer_without_one(question: Question, sent: str, is_nothing: bool) -> None:
    assert (WHOLE_SHEET in read_sheet(only(question), QueryDict(sent))[1]) is is_nothing


@pytest.mark.parametrize(
    ("question", "sent", "focus"),
    [
        (required(GRID), "q-grid-r1=1&q-grid-r2=9", "q-grid-1-0"),
        (required(GRID), "", "q-grid-0-0"),
        (RANK, "q-rank-o1=1", "q-rank-0"),
        (HOURS, "q-hours=x", "q-hours"),
        (DAY, "q-day=x", "q-day"),
        (WAY, "q-way=other", "q-way-other"),
        (required(WAY), "", "q-way-0"),
    ],
)
def test_the_error_leads_to_what_is_wrong(question: Question, sent: str, focus: str) -> None:
    data = QueryDict(sent)
    (asked,) = AskedQuestionnaire(only(question), data, read_sheet(only(question), data)[1]).wrong
    assert asked.focus_id == focus


def test_a_refused_sheet_shows_everything_again() -> None:
    sent = (
        "q-nps=3&q-way=other&q-way-other=%3Cb%3E&q-grid-r1=2&q-grid-r2=&q-rank-o1=1&q-rank-o2=1"
        "&q-hours=many&q-day=2026-01-02"
    )
    by_key = {one.question.key: one for one in AskedQuestionnaire(EVERY_KIND, QueryDict(sent)).questions}
    assert by_key["why"].heading == 'You said <bdi data-pipe="nps">3</bdi>. What is missing?'
    assert by_key["way"].other is not None
    assert by_key["way"].other.text == "<b>"
    grid = by_key["grid"].parts
    assert [[choice.code for choice in row.choices if choice.checked] for row in grid] == [["2"], [], []]
    assert [row.passed for row in grid] == [False, True, False]
    assert [row.text for row in by_key["rank"].parts] == ["1", "1", ""]
    assert (by_key["hours"].text, by_key["day"].text) == ("many", "2026-01-02")


def test_the_questions_bear_their_own_language_where_it_is_another() -> None:
    # What is not translated is read in English.
    arabic = AskedQuestionnaire(EVERY_KIND.in_language("ar"))
    assert (arabic.said, arabic.direction) == ('lang="ar" dir="auto"', "rtl")
    whole = only(WHY)
    whole = replace(whole, translations={"ar": dict.fromkeys(whole.words, "قلت")})
    assert AskedQuestionnaire(whole.in_language("ar")).said == 'lang="ar" dir="rtl"'
    with translation.override("de"):
        german = AskedQuestionnaire(EVERY_KIND.in_language("de"))
        assert (german.said, german.direction) == ('dir="auto"', "ltr")
        assert AskedQuestionnaire(EVERY_KIND).said == 'lang="en" dir="ltr"'
        assert german.questions[0].heading == "Wie wahrscheinlich empfehlen Sie uns?"


def test_an_earlier_answer_stands_in_the_language_of_the_questions() -> None:
    asked = AskedQuestionnaire(
        EVERY_KIND.in_language("de"), QueryDict("q-way=phone&q-nps=4"), subject="Karin"
    )
    assert asked.given == {"nps": "4", "way": "Am Telefon", "subject": "Karin"}


def test_whatever_is_sent_is_read_without_failing() -> None:
    """Random forms: each question is answered, refused, hidden or left open, and what is kept is allowed."""
    dice = random.Random(7)
    names = [name for one in EVERY_KIND.items() for name in (f"q-{one.key.replace('.', '-')}",)]
    names += ["q-grid", "q-rank", "q-", "q-other", "language", "warned"]
    values = [
        "",
        "1",
        "2",
        "3",
        "10",
        "-1",
        "other",
        "mail",
        "time",
        "yes",
        "me",
        "x" * 400,
        "\x00",
        "\ud800",
    ]
    values += ["2026-03-31", "0000-00-00", "9" * 5000, "1 000", "\u0663", "[[nps]]", "<b>", "\U0001f41d"]
    items = {item.key: item for item in EVERY_KIND.items()}
    for _ in range(150):
        data = QueryDict(mutable=True)
        for name in dice.sample(names, dice.randint(0, len(names))):
            data.setlist(name, dice.choices(values, k=dice.randint(1, 3)))
        sheet, errors = read_sheet(EVERY_KIND, data)
        asked = AskedQuestionnaire(EVERY_KIND, data, errors)
        assert [one.focus_id for one in asked.wrong] or not errors.keys() - {WHOLE_SHEET}
        assert all(set(codes) <= set(items[key].codes) for key, codes in sheet.options.items())
        assert not {items[key].of or key for key in (*sheet.options, *sheet.texts)} & sheet.hidden
        assert WHY.key in sheet.hidden or "nps" in sheet.options or "nps" in errors
