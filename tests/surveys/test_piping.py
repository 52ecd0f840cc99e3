"""Earlier answers inside a later text: found, filled in, and never taken for markup."""

from __future__ import annotations

import pytest

from surveys import piping
from surveys.answers import AnswerSheet
from surveys.questionnaire import Kind, Option, Question, Questionnaire, Section

WAYS = (Option("a", "Mail"), Option("b", "Phone"))
ROWS = (Option("r1", "One"), Option("r2", "Two"))
RANKED = (Option("o1", "Speed"), Option("o2", "Care"))
QUESTIONNAIRE = Questionnaire(
    "T",
    "",
    1,
    (
        Section(
            "S",
            "",
            (
                Question("nps", Kind.RECOMMEND, "Recommend?", high=10),
                Question("kept", Kind.YES_NO, "Kept?"),
                Question(
                    "way",
                    Kind.MULTIPLE,
                    "How?",
                    options=(Option("a", "Mail"), Option("b", "Phone")),
                    other=True,
                ),
                Question("hours", Kind.NUMBER, "Hours?", least=0, most=40, unit="hours"),
                Question("day", Kind.DATE, "When?", least=738000, most=740000),
                Question("word", Kind.SHORT_TEXT, "A word?"),
                Question(
                    "grid",
                    Kind.MATRIX,
                    "Each?",
                    low=1,
                    high=5,
                    rows=(Option("r1", "One"), Option("r2", "Two")),
                ),
                Question(
                    "rank", Kind.RANKING, "Order?", options=(Option("o1", "Speed"), Option("o2", "Care"))
                ),
            ),
        ),
    ),
)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Nothing here", ()),
        ("[[nps]]", ("nps",)),
        ("Why [[ nps ]] and [[grid.r1]], again [[nps]]?", ("nps", "grid.r1")),
        ("[[subject]] and [[a-b_9]]", ("subject", "a-b_9")),
        ("[nps] [[]] [[a b]] [[a.b.c]] [[<b>]]", ()),
    ],
)
def test_keys_are_found(text: str, expected: tuple[str, ...]) -> None:
    assert piping.keys(text) == expected


@pytest.mark.parametrize(
    ("text", "given", "expected"),
    [
        ("Why [[nps]]?", {"nps": "3"}, "Why 3?"),
        ("Why [[nps]]?", {}, "Why \u2026?"),
        ("Why [[nps]]?", {"nps": ""}, "Why \u2026?"),
        # What somebody wrote is never read as a mark.
        ("[[word]] [[nps]]", {"word": "[[nps]]", "nps": "3"}, "[[nps]] 3"),
        (r"[[word]]", {"word": r"\1 \g<0>"}, r"\1 \g<0>"),
    ],
)
def test_a_text_is_filled(text: str, given: dict[str, str], expected: str) -> None:
    assert piping.fill(text, given) == expected


def test_markup_is_escaped_on_both_sides() -> None:
    filled = piping.fill_live("<i>[[word]]</i> by [[subject]] & [[nps]]", {"word": "<b>", "subject": 'A "B"'})
    assert filled == (
        '&lt;i&gt;<bdi data-pipe="word">&lt;b&gt;</bdi>&lt;/i&gt; by <bdi>A &quot;B&quot;</bdi> '
        '&amp; <bdi data-pipe="nps">\u2026</bdi>'
    )


def test_answers_are_said_as_people_read_them() -> None:
    sheet = AnswerSheet(
        options={
            "nps": ("9",),
            "kept": ("no",),
            "way": ("a", "other"),
            "hours": ("15_19",),
            "day": ("2021-01",),
            "grid.r2": ("4",),
            "rank.o1": ("2",),
            "rank.o2": ("1",),
        },
        texts={"hours": "17", "day": "2021-07-29", "way.other": "By pigeon", "word": "Calm"},
    )
    assert piping.words_of(QUESTIONNAIRE, sheet.options, sheet.texts, "Karin") == {
        "subject": "Karin",
        "nps": "9",
        "kept": "No",
        "way": "Mail, By pigeon",
        "way.other": "By pigeon",
        "hours": "17",
        "day": "29 July 2021",
        "word": "Calm",
        "grid.r2": "4",
        "rank.o1": "2",
        "rank.o2": "1",
    }


def test_without_answers_there_are_no_words() -> None:
    assert piping.words_of(QUESTIONNAIRE, {}, {}) == {}
