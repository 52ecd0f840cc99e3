"""What may be said of a change (R4): intervals against known values, verdicts no finer than their words."""

from __future__ import annotations

import random

import pytest

from surveys.domain.results.judging_change import (
    Counted,
    Verdict,
    changes,
    mean_change_interval,
    point,
    share_change_interval,
    wilson,
)
from surveys.domain.results.reporting import Cell, CellRef
from surveys.questionnaire import Kind, Question
from tests.surveys.factories import CHANNEL, HEAR, LISTENS, PROMISE, RECOMMEND

NPS_SCORES = ((-100, 0, 6), (0, 7, 8), (100, 9, 10))
EVENLY = {"1": 4, "2": 4, "3": 4, "4": 4, "5": 4}


def cell(question: Question, counts: dict[str, int], population: int | None = None) -> Cell:
    return Cell(CellRef(question.key, 1), sum(counts.values()), counts, population)


# --- Intervals ----------------------------------------------------------------------------------------------
def test_equal_variances_give_students_interval() -> None:
    """20 and 20 of variance 40/19: 38 degrees of freedom, t = 2.0244 by the tables."""
    scores = [(value, 4) for value in range(1, 6)]
    low, high = mean_change_interval(scores, [(value + 1, 4) for value in range(1, 6)])
    half = 2.0244 * (2 * (40 / 19) / 20) ** 0.5
    assert (low, high) == pytest.approx((1 - half, 1 + half), abs=1e-3)


def test_unequal_variances_take_satterthwaites_degrees() -> None:
    """s2/n of 0.4 and 0.1 with 19 degrees each: 0.25 / (0.16 + 0.01) * 19 = 27.9, t of 27 = 2.0518."""
    wide, narrow = [(-20, 10), (20, 10)], [(-10, 10), (10, 10)]
    low, high = mean_change_interval(wide, narrow)
    half = 2.0518 * (400 / 19 + 100 / 19) ** 0.5
    assert (low, high) == pytest.approx((-half, half), abs=1e-2)


def test_those_who_were_not_reached_are_what_is_estimated() -> None:
    scores = [(1, 10), (2, 10)]
    free = mean_change_interval(scores, scores)
    half = mean_change_interval(scores, scores, 0.5, 0.5)
    assert half[1] == pytest.approx(free[1] * 0.5**0.5)
    assert mean_change_interval(scores, [(1, 5), (2, 15)], 0, 0) == (0.25, 0.25)


@pytest.mark.parametrize(
    ("now", "then", "ends"),
    [
        # Newcombe 1998, table II, method 10.
        (Counted(56, 70), Counted(48, 80), (0.0524, 0.3339)),
        (Counted(9, 10), Counted(3, 10), (0.1705, 0.8090)),
        (Counted(10, 10), Counted(0, 10), (0.6075, 1.0)),
    ],
)
def test_shares_follow_newcombe(now: Counted, then: Counted, ends: tuple[float, float]) -> None:
    assert share_change_interval(then, now) == pytest.approx(ends, abs=5e-5)


@pytest.mark.parametrize(
    ("counted", "ends"),
    [
        # Newcombe 1998, on single proportions, table I, method 3.
        (Counted(81, 263), (0.2553, 0.3662)),
        (Counted(15, 148), (0.0624, 0.1605)),
        (Counted(0, 20), (0.0, 0.1611)),
        (Counted(1, 29), (0.0061, 0.1718)),
    ],
)
def test_one_share_follows_wilson(counted: Counted, ends: tuple[float, float]) -> None:
    assert wilson(counted) == pytest.approx(ends, abs=5e-5)


def test_where_everybody_answered_nothing_is_estimated() -> None:
    assert wilson(Counted(5, 20, 0)) == (0.25, 0.25)
    assert share_change_interval(Counted(5, 20, 0), Counted(10, 20, 0)) == (0.25, 0.25)


def test_intervals_hold_the_truth_as_often_as_they_say() -> None:
    """Both waves drawn from the same people's minds: about 95 of 100 intervals hold zero."""
    chance = random.Random(11)
    kept = {"mean": 0, "nps": 0, "share": 0}
    rounds = 600
    for _ in range(rounds):
        waves = [chance.choices(range(11), weights=[1, 1, 1, 1, 1, 2, 3, 5, 8, 6, 5], k=25) for _ in range(2)]
        counted = [[(value, wave.count(value)) for value in range(11)] for wave in waves]
        nps = [
            [(score, sum(low <= v <= high for v in wave)) for score, low, high in NPS_SCORES]
            for wave in waves
        ]
        tops = [Counted(sum(v > 8 for v in wave), 25) for wave in waves]
        for name, (low, high) in {
            "mean": mean_change_interval(counted[0], counted[1]),
            "nps": mean_change_interval(nps[0], nps[1]),
            "share": share_change_interval(*tops),
        }.items():
            kept[name] += low <= 0 <= high
    assert all(0.93 <= number / rounds <= 0.98 for number in kept.values()), kept


# --- What is said -------------------------------------------------------------------------------------------
def test_a_mean_that_rose_is_better_with_its_interval() -> None:
    before = cell(LISTENS, EVENLY, 100)
    (change,) = changes(LISTENS, before, cell(LISTENS, {"4": 10, "5": 20}, 100), anonymous=True)
    assert (change.verdict, change.then_words, change.now_words) == (Verdict.BETTER, "3.0", "4.7")
    assert (change.difference_words, change.interval_words) == ("+1.7", "+1.0 to +2.3")
    assert change.size == pytest.approx(1.7 / 4)


def test_the_same_the_other_way_round_is_worse() -> None:
    (change,) = changes(
        LISTENS, cell(LISTENS, {"4": 10, "5": 20}, 100), cell(LISTENS, EVENLY, 100), anonymous=True
    )
    assert (change.verdict, change.difference_words) == (Verdict.WORSE, "\N{MINUS SIGN}1.7")


def test_a_small_difference_is_no_evidence() -> None:
    """Even where it is exact: what rounds to nothing is nothing."""
    (noise,) = changes(LISTENS, cell(LISTENS, EVENLY), cell(LISTENS, EVENLY | {"5": 6}), anonymous=True)
    assert (noise.verdict, noise.difference_words) == (Verdict.NO_EVIDENCE, "+0.2")
    everybody = {"3": 40, "4": 60}
    (exact,) = changes(
        LISTENS,
        cell(LISTENS, everybody, 100),
        cell(LISTENS, {"3": 39, "4": 61}, 100),
        anonymous=True,
    )
    assert (exact.verdict, exact.difference_words, exact.interval_words) == (
        Verdict.NO_EVIDENCE,
        "0.0",
        "0.0 to 0.0",
    )


@pytest.mark.parametrize(
    ("then", "now", "said"),
    [(20, 20, "judged"), (19, 20, "beside"), (20, 10, "beside"), (9, 30, "nothing"), (30, 5, "nothing")],
)
def test_detail_grows_with_the_smaller_of_the_two(then: int, now: int, said: str) -> None:
    """R4: 20 for a verdict, 10 for the two figures beside each other, nothing below."""
    found = changes(LISTENS, cell(LISTENS, {"2": then}, 50), cell(LISTENS, {"4": now}, 50), anonymous=True)
    if said == "nothing":
        assert found == ()
        return
    (change,) = found
    assert bool(change.verdict) is (said == "judged")
    assert bool(change.interval_words) is (said == "judged")
    assert change.then_words
    assert change.now_words


def test_a_wave_by_name_shows_both_figures_but_judges_from_twenty_too() -> None:
    (few,) = changes(LISTENS, cell(LISTENS, {"2": 3}), cell(LISTENS, {"4": 4}), anonymous=False)
    assert (few.then_words, few.now_words, few.verdict) == ("2.0", "4.0", None)


def test_a_recommendation_is_followed_by_its_nps_first() -> None:
    before = {"3": 20, "8": 20, "10": 20}
    after = {"8": 20, "10": 40}
    nps, mean = changes(RECOMMEND, cell(RECOMMEND, before), cell(RECOMMEND, after), anonymous=True)
    assert (nps.label, nps.verdict, nps.difference_words) == ("NPS", Verdict.BETTER, "+67")
    assert (mean.label, mean.verdict) == ("Mean", Verdict.BETTER)


def test_answers_are_given_more_or_less_often_and_never_better() -> None:
    (kept,) = changes(
        PROMISE, cell(PROMISE, {"yes": 10, "no": 30}), cell(PROMISE, {"yes": 30, "no": 10}), anonymous=True
    )
    assert (kept.label, kept.verdict, kept.difference_words) == ("Yes", Verdict.MORE, "+50")
    ways = changes(
        CHANNEL,
        cell(CHANNEL, {"mail": 30, "phone": 5, "desk": 5}),
        cell(CHANNEL, {"mail": 5, "phone": 30, "desk": 5}),
        anonymous=True,
    )
    assert [way.verdict for way in ways] == [Verdict.LESS, Verdict.MORE, Verdict.NO_EVIDENCE]


def test_a_lower_number_is_a_place_further_up() -> None:
    place = Question("order.a", Kind.PLACE, "What matters?", low=1, high=3, of="order", part="Time")
    (change,) = changes(place, cell(place, {"3": 30}), cell(place, {"1": 30}), anonymous=True)
    assert (change.label, change.verdict) == ("Mean place", Verdict.UP)


def test_words_do_not_change() -> None:
    assert changes(HEAR, cell(HEAR, {"x": 30}), cell(HEAR, {"x": 30}), anonymous=True) == ()


# --- On a line ----------------------------------------------------------------------------------------------
def test_a_point_has_its_interval_from_twenty_on() -> None:
    few = point(PROMISE, cell(PROMISE, {"yes": 8, "no": 8}), "share:yes", anonymous=True)
    many = point(PROMISE, cell(PROMISE, {"yes": 20, "no": 20}), "share:yes", anonymous=True)
    assert few is not None
    assert many is not None
    assert (few.at, few.interval_words) == (50, "")
    assert (many.at, many.interval_words) == (50, "35 to 65")
    nps = point(RECOMMEND, cell(RECOMMEND, {"10": 30, "0": 10}), "nps", anonymous=True)
    assert nps is not None
    assert (nps.words, nps.interval_words) == ("+50", "22 to 78")
