"""How much of a figure is said (anonymity.md R4), against numbers worked out by hand and published ones."""

from __future__ import annotations

import csv
import datetime as dt
import random
import re
from collections import Counter
from dataclasses import replace
from fractions import Fraction
from itertools import product
from pathlib import Path

import pytest
from django.utils import translation

from surveys.domain.results.reporting import (
    Cell,
    CellRef,
    Detail,
    QuestionReport,
    Reason,
    Withheld,
    csv_rows,
    n_words,
    report,
    withheld_words,
)
from surveys.domain.results.rounding import round_half_up, t_quantile
from surveys.questionnaire import Kind, Option, Question
from tests.surveys.factories import CHANNEL, HEAR, HELPS, LISTENS, PROMISE, RECOMMEND

SEVEN = Question(key="seven", kind=Kind.SCALE, text="", low=1, high=7)
FOUR = Question(
    key="four", kind=Kind.SINGLE, text="", options=tuple(Option(code, code.upper()) for code in "abcd")
)
TEN = Question(key="ten", kind=Kind.SCALE, text="", low=1, high=10)


def cell(
    question: Question, counts: dict[str, int], n: int | None = None, invited: int | None = None
) -> Cell:
    return Cell(
        CellRef(question.key, 1),
        sum(counts.values()) if n is None else n,
        {**dict.fromkeys(question.codes, 0), **counts},
        invited,
    )


def said(question: Question, counts: dict[str, int], n: int | None = None) -> QuestionReport:
    return report(question, cell(question, counts, n), anonymous=True)


def shares(found: QuestionReport) -> list[tuple[str, str, int, int | None]]:
    return [(share.label, share.words, share.percent, share.count) for share in found.distribution]


# --- 5 to 9 -------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("counts", "mean", "favourable"),
    [
        ({"5": 9}, "4.5 or more", "over two thirds"),
        ({"5": 3, "4": 3}, "4.5 or more", "over two thirds"),
        ({"4": 4, "5": 1}, "4.0", "over two thirds"),
        ({"4": 4, "3": 2}, "3.5", "a third to two thirds"),
        ({"3": 4, "4": 2}, "3.5", "a third to two thirds"),
        ({"3": 5, "4": 1}, "3.0", "under a third"),
        ({"1": 5}, "1.5 or less", "under a third"),
        ({"1": 3, "2": 3}, "1.5 or less", "under a third"),
        ({"2": 6, "3": 1}, "2.0", "under a third"),
    ],
)
def test_r4_from_5_to_9_a_scale_has_half_steps_with_open_ends_and_thirds(
    counts: dict[str, int], mean: str, favourable: str
) -> None:
    found = said(LISTENS, counts)
    assert (found.detail, found.n_words) == (Detail.ROUGH, "5 to 9")
    assert (found.mean_words, found.favourable_words) == (mean, favourable)
    assert (found.parts, found.distribution, found.interval_words, found.nps_words) == ((), (), "", "")


@pytest.mark.parametrize(
    ("promoters", "passives", "detractors", "words", "place"),
    [
        (5, 0, 0, "+50 or more", 75),
        (4, 3, 1, "from 0 to +50", 25),
        (2, 2, 2, "from 0 to +50", 25),
        (2, 2, 3, "from −50 to 0", -25),
        (0, 3, 3, "−50 or less", -75),
    ],
)
def test_r4_from_5_to_9_nps_has_four_bands(
    promoters: int, passives: int, detractors: int, words: str, place: int
) -> None:
    found = said(RECOMMEND, {"9": promoters, "8": passives, "6": detractors})
    assert (found.nps_words, found.nps_at) == (words, place)


def test_r4_from_5_to_9_answers_are_said_in_thirds() -> None:
    assert shares(said(PROMISE, {"yes": 4, "no": 3})) == [
        ("Yes", "a third to two thirds", 50, None),
        ("No", "a third to two thirds", 50, None),
    ]
    # Several answers each: shares are of the people, not of the answers.
    assert shares(said(HELPS, {"time": 6, "tools": 5, "words": 1}, n=6)) == [
        ("More time", "over two thirds", 83, None),
        ("Better tools", "over two thirds", 83, None),
        ("Clearer words", "under a third", 17, None),
    ]


# --- 10 to 19 -----------------------------------------------------------------------------------------------
def test_r4_from_10_to_19_a_scale_has_one_decimal_and_three_parts() -> None:
    found = said(LISTENS, {"5": 4, "4": 4, "3": 3, "2": 2})
    assert (found.detail, found.n_words, found.mean_words) == (Detail.MIDDLE, "13", "3.8")
    assert [(part.code, part.words, part.count) for part in found.parts] == [
        ("unfavourable", "15 %", None),
        ("neutral", "23 %", None),
        ("favourable", "62 %", None),
    ]
    assert (found.favourable_words, found.distribution, found.interval_words) == ("62 %", (), "")


def test_r4_from_10_to_19_the_ends_stay_open() -> None:
    found = said(LISTENS, {"5": 12})
    assert found.mean_words == "4.9 or more"
    assert [part.words for part in found.parts] == ["at most 10 %", "at most 10 %", "at least 90 %"]
    assert [part.percent for part in found.parts] == [10, 10, 90]
    assert said(LISTENS, {"1": 12}).mean_words == "1.1 or less"
    assert shares(said(PROMISE, {"yes": 18, "no": 1})) == [
        ("Yes", "at least 90 %", 90, None),
        ("No", "at most 10 %", 10, None),
    ]


@pytest.mark.parametrize(
    ("promoters", "detractors", "words"),
    [
        (12, 0, "+80 or more"),
        (0, 12, "−80 or less"),
        (6, 3, "about +30"),
        (3, 3, "about 0"),
        (2, 5, "about −20"),
    ],
)
def test_r4_from_10_to_19_nps_is_in_tens_with_open_ends(promoters: int, detractors: int, words: str) -> None:
    found = said(RECOMMEND, {"10": promoters, "0": detractors, "7": 12 - promoters - detractors})
    assert found.nps_words == words


def test_r4_from_10_to_19_more_than_three_answers_are_said_in_fifths() -> None:
    found = said(FOUR, {"a": 8, "b": 3, "c": 1, "d": 1})
    assert shares(found) == [
        ("A", "about 60 %", 60, None),
        ("B", "about 20 %", 20, None),
        ("C", "at most 10 %", 10, None),
        ("D", "at most 10 %", 10, None),
    ]
    assert shares(said(FOUR, {"a": 12}))[0][1] == "at least 90 %"
    assert shares(said(FOUR, {"a": 8, "b": 12}))[0] == ("A", "40 %", 40, 8)


@pytest.mark.parametrize(("n", "most"), [(10, 0.25), (11, 0.0), (13, 0.08), (16, 0.04), (19, 0.0)])
def test_r4_from_10_to_19_the_shares_of_four_answers_seldom_give_their_numbers_away(
    n: int, most: float
) -> None:
    """In whole percent two thirds to nine tenths of all ways to answer could be worked out."""
    alike = Counter(
        tuple(words for _label, words, *_more in shares(said(FOUR, dict(zip("abcd", numbers, strict=True)))))
        for numbers in product(range(n + 1), repeat=4)
        if sum(numbers) == n
    )
    assert sum(how_many == 1 for how_many in alike.values()) <= most * alike.total()


# --- 20 and more --------------------------------------------------------------------------------------------
def test_r4_from_20_everything_is_said() -> None:
    found = said(LISTENS, {"1": 1, "2": 2, "3": 4, "4": 8, "5": 5})
    assert (found.detail, found.n_words, found.mean_words) == (Detail.FULL, "20", "3.7")
    assert shares(found) == [
        ("1 (never)", "5 %", 5, 1),
        ("2", "10 %", 10, 2),
        ("3", "20 %", 20, 4),
        ("4", "40 %", 40, 8),
        ("5 (always)", "25 %", 25, 5),
    ]
    assert [(part.words, part.count) for part in found.parts] == [("15 %", 3), ("20 %", 4), ("65 %", 13)]


def test_the_interval_is_the_textbooks() -> None:
    """n = 20, mean 3.7, s = 1.1286 (by hand), t(19) = 2.0930: 3.7 +- 0.5282, narrower of a finite group."""
    counts = {"1": 1, "2": 2, "3": 4, "4": 8, "5": 5}
    assert said(LISTENS, counts).interval_words == "3.2 to 4.2"
    half = report(LISTENS, cell(LISTENS, counts, invited=40), anonymous=True)
    assert half.interval_words == "3.3 to 4.1"
    everybody = report(LISTENS, cell(LISTENS, counts, invited=20), anonymous=True)
    assert everybody.interval_words == "3.7 to 3.7"
    assert said(LISTENS, {"5": 19, "4": 1}).interval_words == "4.8 to 5.0"


@pytest.mark.parametrize(
    ("freedom", "table"),
    [(19, 2.0930), (24, 2.0639), (29, 2.0452), (59, 2.0010), (119, 1.9801), (9999, 1.9602)],
)
def test_t_quantiles_are_those_of_the_tables(freedom: int, table: float) -> None:
    assert abs(t_quantile(0.975, freedom) - table) < 0.0001


@pytest.mark.parametrize(("freedom", "table"), [(1, 12.7062), (2, 4.3027), (3, 3.1824), (4, 2.7764)])
def test_two_answers_by_name_have_as_wide_an_interval_as_the_tables_say(freedom: int, table: float) -> None:
    assert abs(t_quantile(0.975, freedom) / table - 1) < 0.002


# --- Which answers count as what ----------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("question", "unfavourable", "favourable"),
    [
        (LISTENS, ["1", "2"], ["4", "5"]),
        (SEVEN, ["1", "2"], ["6", "7"]),
        (TEN, ["1", "2", "3", "4", "5", "6"], ["9", "10"]),
        (RECOMMEND, ["0", "1", "2", "3", "4", "5", "6"], ["9", "10"]),
    ],
)
def test_favourable_are_the_top_two(
    question: Question, unfavourable: list[str], favourable: list[str]
) -> None:
    found: dict[str, list[str]] = {"unfavourable": [], "neutral": [], "favourable": []}
    for code in question.codes:
        (part,) = [part.code for part in said(question, {code: 20}).parts if part.count]
        found[part].append(code)
    assert (found["unfavourable"], found["favourable"]) == (unfavourable, favourable)


def test_texts_say_only_how_many() -> None:
    found = said(HEAR, {}, n=12)
    assert (found.n_words, found.mean_words, found.distribution) == ("12", "", ())


# --- What must never be said --------------------------------------------------------------------------------
def all_words(found: QuestionReport) -> str:
    figures = (*found.parts, *found.distribution)
    words = [found.n_words, found.mean_words, found.interval_words, found.favourable_words, found.nps_words]
    numbers = [share.percent for share in figures] + [found.mean_at, found.nps_at]
    return " | ".join([*words, *(share.words for share in figures), *map(str, numbers)])


def test_r4_below_10_no_number_follows_from_who_answered_what() -> None:
    """Whatever 5 to 9 people answer, only these words and these places on an axis come out."""
    words: set[str] = set()
    dice = random.Random(4)
    for _ in range(4000):
        for question in (LISTENS, RECOMMEND, PROMISE, CHANNEL):
            counts = Counter(dice.choices(question.codes, k=dice.randint(5, 9)))
            found = said(question, dict(counts))
            words |= set(all_words(found).split(" | "))
            assert all(share.count is None for share in (*found.parts, *found.distribution))
            assert not any(figure == "number" for figure, _answer, _value in csv_rows(
                question, cell(question, dict(counts)), anonymous=True
            ))  # fmt: skip
    halves = {f"{number / 2:.1f}" for number in range(1, 20)}
    ends = {"4.5 or more", "1.5 or less", "9.5 or more", "0.5 or less"}
    bands = {"+50 or more", "from 0 to +50", "from −50 to 0", "−50 or less", "75", "25", "-25", "-75"}
    thirds = {"under a third", "a third to two thirds", "over two thirds", "17", "50", "83"}
    assert words <= {"", "None", "5 to 9"} | halves | ends | bands | thirds


def test_r4_between_10_and_19_no_share_beyond_the_ends_and_no_count() -> None:
    dice = random.Random(5)
    for _ in range(2000):
        for question in (LISTENS, RECOMMEND, PROMISE, CHANNEL):
            weights = [dice.paretovariate(0.5) for _code in question.codes]
            found = said(
                question, dict(Counter(dice.choices(question.codes, weights, k=dice.randint(10, 19))))
            )
            for share in (*found.parts, *found.distribution):
                assert 10 <= share.percent <= 90
                assert share.count is None
            assert found.interval_words == ""
            assert not found.parts or not found.distribution


def test_r4_fewer_than_five_are_refused_whatever_calls() -> None:
    with pytest.raises(ValueError, match="listens@1"):
        said(LISTENS, {"5": 4})


@pytest.mark.parametrize(("n", "words"), [(5, "5 to 9"), (9, "5 to 9"), (10, "10"), (20, "20")])
def test_r4_no_exact_number_under_10(n: int, words: str) -> None:
    assert n_words(n) == words


# --- Places, numbers and days -------------------------------------------------------------------------------
RANKED = Question(
    key="order", kind=Kind.RANKING, text="", options=tuple(Option(f"o{n}", f"Option {n}") for n in range(12))
)
PLACE = RANKED.items[0]
YEARS = Question(key="years", kind=Kind.NUMBER, text="", least=0, most=49, unit="years")
MOVED = Question(
    key="moved", kind=Kind.DATE, text="",
    least=dt.date(2026, 1, 10).toordinal(), most=dt.date(2026, 4, 2).toordinal(),
)  # fmt: skip


@pytest.mark.parametrize(
    ("counts", "mean", "shown"),
    [
        ({"1": 6}, "1.5 or less", 0),
        ({"2": 3, "3": 4}, "2.5", 0),
        ({"11": 4, "12": 8}, "11.7", 0),
        ({"1": 12}, "1.1 or less", 0),
        ({"1": 12, "2": 8}, "1.4", 12),
    ],
)
def test_r4_a_place_has_a_mean_and_no_favourable_end(counts: dict[str, int], mean: str, shown: int) -> None:
    found = said(PLACE, counts)
    assert (found.mean_words, len(found.distribution)) == (mean, shown)
    assert (found.favourable_words, found.nps_words, found.parts) == ("", "", ())


@pytest.mark.parametrize(
    ("counts", "mean"),
    [
        # Bands of five: 0-4, 5-9 ... their middles 2, 7, 12 ...; steps of 0.5.
        ({"10_14": 4, "15_19": 2}, ""),
        ({"10_14": 13, "15_19": 6}, ""),
        ({"10_14": 14, "15_19": 7}, "about 13.5\xa0years"),
        ({"0_4": 20}, "about 2\xa0years"),
    ],
)
def test_r4_the_mean_of_a_number_is_about_what_its_bands_say(counts: dict[str, int], mean: str) -> None:
    assert said(YEARS, counts).mean_words == mean


def test_r4_below_20_a_number_says_no_more_than_a_choice_of_as_many_answers() -> None:
    """A mean beside the shares of all bands told of 5 people in which of them the one far off is."""
    for n in (5, 12):
        told = [said(YEARS, {"0_4": n - 1, far: 1}) for far in ("20_24", "30_34", "45_49")]
        rows = [row for one in told for row in csv_rows(YEARS, cell(YEARS, {"0_4": n}), anonymous=True)]
        assert {one.mean_words for one in told} == {""}
        assert "mean" not in {row[0] for row in rows}


def test_r4_bands_are_said_like_choices() -> None:
    assert shares(said(YEARS, {"0_4": 5, "45_49": 1}))[::9] == [
        ("0–4\xa0years", "over two thirds", 83, None),
        ("45–49\xa0years", "under a third", 17, None),
    ]
    assert shares(said(YEARS, {"0_4": 11, "45_49": 1}))[0] == ("0–4\xa0years", "at least 90 %", 90, None)
    assert shares(said(YEARS, {"0_4": 15, "45_49": 5}))[9] == ("45–49\xa0years", "25 %", 25, 5)


def test_days_show_their_months_and_no_mean() -> None:
    found = said(MOVED, {"2026-01": 15, "2026-04": 5})
    assert found.mean_words == ""
    assert [share.label for share in found.distribution] == [
        "January 2026", "February 2026", "March 2026", "April 2026",
    ]  # fmt: skip
    with translation.override("de"):
        assert said(MOVED, {"2026-03": 5}).distribution[2].label == "März 2026"


def test_by_name_the_mean_of_a_number_is_exact() -> None:
    typed = replace(cell(YEARS, {"10_14": 2, "15_19": 1}), total=10 + 11 + 16)
    assert report(YEARS, typed, anonymous=False).mean_words == "12.3\xa0years"
    assert ("mean", "", repr(37 / 3)) in csv_rows(YEARS, typed, anonymous=False)
    assert "favourable" not in {row[0] for row in csv_rows(PLACE, cell(PLACE, {"1": 3}), anonymous=False)}


# --- By name ------------------------------------------------------------------------------------------------
def test_by_name_everything_is_said_and_the_export_is_exact() -> None:
    two = cell(RECOMMEND, {"10": 1, "7": 2})
    found = report(RECOMMEND, two, anonymous=False)
    assert (found.n_words, found.mean_words, found.nps_words) == ("3", "8.0", "+33")
    rows = {(figure, answer): value for figure, answer, value in csv_rows(RECOMMEND, two, anonymous=False)}
    assert rows["answered", ""] == "3"
    assert rows["NPS", ""] == repr(100 / 3)
    assert rows["share", "7"] == repr(2 / 3)
    assert rows["number", "7"] == "2"


def test_by_name_nobody_is_no_error() -> None:
    nobody = cell(RECOMMEND, {})
    assert report(RECOMMEND, nobody, anonymous=False).mean_words == ""
    assert csv_rows(RECOMMEND, nobody, anonymous=False) == [("answered", "", "0")]


def test_an_anonymous_export_says_the_words_of_the_page() -> None:
    assert csv_rows(LISTENS, cell(LISTENS, {"4": 4, "5": 1}), anonymous=True) == [
        ("answered", "", "5 to 9"),
        ("mean", "", "4.0"),
        ("favourable", "", "over two thirds"),
    ]


def test_numbers_are_written_in_the_readers_language() -> None:
    with translation.override("de"):
        assert said(LISTENS, {"5": 4, "4": 4, "3": 3, "2": 2}).mean_words == "3,8"


def test_withheld_says_why_and_where() -> None:
    ref = CellRef("listens", 3)
    assert withheld_words(Withheld(ref, Reason.TOO_FEW, 1), "Sales") == (
        "Too few answers to show alone. They are counted in Sales."
    )
    assert {reason: withheld_words(Withheld(ref, reason)) for reason in Reason} == {
        Reason.NOT_YET: "There are no figures before the survey has closed.",
        Reason.NOT_RELEASED: "Too few people answered. Their answers were destroyed unread.",
        Reason.TOO_FEW: "Too few answers to show.",
        Reason.NOBODY: "Nobody has answered this.",
        Reason.ONE_SIDED: "Not shown: too few were asked this, or too few were not.",
        Reason.NOT_DIVIDED: "Not shown by itself here: some of its parts would be too small.",
    }


def test_rounding_goes_up_at_the_half_where_floats_would_not() -> None:
    assert round_half_up(Fraction(5, 2), Fraction(1)) == 3
    assert round_half_up(Fraction(225, 100), Fraction(1, 10)) == Fraction(23, 10)
    assert round_half_up(Fraction(-5, 2), Fraction(1)) == -2


# --- Against published figures ------------------------------------------------------------------------------
def test_figures_agree_with_the_published_ones_of_250_customers(shared_data: Path) -> None:
    """European Customer Satisfaction Index, mobile operator: Tenenhaus et al. 2005."""
    with (shared_data / "surveys" / "ecsi_mobi.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    satisfied = Counter(str(int(float(row["CUSA1"]))) for row in rows)
    recommend = Counter(str(int(float(row["CUSL3"]))) for row in rows)

    exact = {row[0]: row[2] for row in csv_rows(TEN, cell(TEN, satisfied), anonymous=False)}
    assert (round(float(exact["mean"]), 3), float(exact["favourable"])) == (7.988, 0.268)
    assert (said(TEN, satisfied).mean_words, said(TEN, satisfied).favourable_words) == ("8.0", "27 %")

    found = said(TEN, recommend)
    assert {part.code: part.count for part in found.parts} == {
        "favourable": 95,
        "neutral": 95,
        "unfavourable": 60,
    }


def test_every_figure_names_its_cell() -> None:
    """R8"""
    ref = CellRef("listens", 3, "Leeds")
    found = report(LISTENS, Cell(ref, 7, {"4": 7}), anonymous=True)
    assert str(found.cell) == "listens@3/Leeds"
    assert re.fullmatch(r"[\w-]+@\d+", str(CellRef("listens", 3)))
