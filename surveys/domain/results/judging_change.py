"""What may be said of the change between two figures (anonymity.md R4). Pure: two cells in, words out.

A verdict needs 20 answers on both sides, in waves by name too. From 10 to 19 the two figures stand beside
each other as they are published, without a verdict; of fewer nothing is said. Whatever is said follows from
the full distributions that are published from 20 on, so it adds nothing to them.

Each verdict rests on a 95 % interval of the difference, rounded as it is shown: only where the whole of the
rounded interval lies on one side of zero is there a change, else there is "no evidence of change".

Means and NPS: Welch's interval of a difference of two means, the NPS being the mean of +100 (9-10), 0 and
-100 (0-6). Each variance s2/n is multiplied by the finite population correction 1 - n/N, N being those
invited. Degrees of freedom after Satterthwaite, of the corrected variances. Where everybody answered both
times nothing is estimated, and the interval is the difference itself.
Shares: Newcombe's interval from two Wilson intervals (method 10), which keeps its 95 % near 0 and 100 % where
Wald's does not, with n / (1 - n/N) in place of n for the finite population.

The two waves are taken as independent. Where the same people answer twice, as they mostly do, their answers
go together and the true interval is narrower: a change that is found stays found, a small one is missed.

Sources: Welch, Biometrika 34 (1947); Satterthwaite, Biometrics Bulletin 2 (1946); Cochran, Sampling
Techniques, 2.6; Rocks, The American Statistician 70 (2016), on the NPS; Newcombe, Statistics in Medicine 17
(1998) 873-890; Wilson, JASA 22 (1927).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from fractions import Fraction
from statistics import NormalDist

from django.utils.formats import number_format
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from surveys.domain.results.labelling import label_of
from surveys.domain.results.reporting import (
    CONFIDENCE,
    ENDS_OF_SCALE,
    FULL_FROM,
    MIDDLE_FROM,
    Cell,
    QuestionReport,
    report,
)
from surveys.domain.results.rounding import round_half_up, t_quantile
from surveys.questionnaire import Kind, Question

Interval = tuple[float, float]


class Verdict(StrEnum):
    BETTER = "better"
    WORSE = "worse"
    # Of answers, which are neither good nor bad by themselves, and of places in an order.
    MORE = "more"
    LESS = "less"
    UP = "up"
    DOWN = "down"
    NO_EVIDENCE = "no_evidence"

    @property
    def is_change(self) -> bool:
        return self is not Verdict.NO_EVIDENCE

    @property
    def label(self) -> str:
        return {
            Verdict.BETTER: pgettext("change of a figure", "better"),
            Verdict.WORSE: pgettext("change of a figure", "worse"),
            Verdict.MORE: pgettext("change of a figure", "more often"),
            Verdict.LESS: pgettext("change of a figure", "less often"),
            Verdict.UP: pgettext("change of a figure", "further up"),
            Verdict.DOWN: pgettext("change of a figure", "further down"),
            Verdict.NO_EVIDENCE: pgettext("change of a figure", "no evidence of change"),
        }[self]


@dataclass(frozen=True)
class Change:
    """One figure then and now. Without a ``verdict`` there are too few answers to judge by.

    ``part`` is "mean", "nps" or "share:<code>". ``size`` is the difference as a share of what is possible,
    as exact as the words, so that changes of different scales can be put in order.
    """

    part: str
    label: str
    then_words: str
    now_words: str
    verdict: Verdict | None = None
    difference_words: str = ""
    interval_words: str = ""
    size: float = 0.0


def changes(question: Question, then: Cell, now: Cell, *, anonymous: bool) -> tuple[Change, ...]:
    """Every figure of the question that may be put beside its earlier one, the one that counts most first."""
    fewest = min(then.n, now.n)
    if fewest < (MIDDLE_FROM if anonymous else 1) or question.kind.is_text:
        return ()
    before, after = (report(question, cell, anonymous=anonymous) for cell in (then, now))
    beside = [
        Change(part, label, figure_words(before, part), figure_words(after, part))
        for part, label in parts_of(question)
    ]
    if fewest < FULL_FROM:
        return tuple(beside)
    return tuple(_judged(change, question, then, now) for change in beside)


def parts_of(question: Question) -> list[tuple[str, str]]:
    """The figures of a question that are followed over time, each with its name."""
    if question.kind is Kind.RECOMMEND:
        return [("nps", _("NPS")), ("mean", _("Mean"))]
    if question.kind is Kind.PLACE:
        return [("mean", _("Mean place"))]
    if question.kind.is_numeric:
        return [("mean", _("Mean"))]
    codes = ("yes",) if question.kind is Kind.YES_NO else question.codes
    return [(f"share:{code}", label_of(question, code)) for code in codes]


def figure_words(said: QuestionReport, part: str) -> str:
    """The figure as it is published."""
    if part == "nps":
        return said.nps_words
    if part == "mean":
        return said.mean_words
    return next((share.words for share in said.distribution if f"share:{share.code}" == part), "")


# --- The verdict --------------------------------------------------------------------------------------------
def _judged(change: Change, question: Question, then: Cell, now: Cell) -> Change:
    if change.part.startswith("share:"):
        before, after = (_counted(cell, change.part.removeprefix("share:")) for cell in (then, now))
        low, high = share_change_interval(before, after)
        difference = 100 * (Fraction(after.count, after.n) - Fraction(before.count, before.n))
        measure = _Measure(Fraction(1), 100, Verdict.MORE, Verdict.LESS)
        return _with_verdict(change, measure, difference, (100 * low, 100 * high))
    scores_of = _nps_scores if change.part == "nps" else _scores
    scores = [scores_of(question, cell) for cell in (then, now)]
    interval = mean_change_interval(scores[0], scores[1], float(then.unseen), float(now.unseen))
    difference = _mean(scores[1]) - _mean(scores[0])
    return _with_verdict(change, _measure(question, change.part), difference, interval)


@dataclass(frozen=True)
class _Measure:
    """How fine a difference is said, how large it can be, and what upward and downward are called."""

    step: Fraction
    whole: int
    up: Verdict
    down: Verdict


def _measure(question: Question, part: str) -> _Measure:
    if part == "nps":
        return _Measure(Fraction(1), 200, Verdict.BETTER, Verdict.WORSE)
    whole = question.high - question.low
    if question.kind is Kind.PLACE:
        # The first place is the best one.
        return _Measure(Fraction(1, 10), whole, Verdict.DOWN, Verdict.UP)
    return _Measure(Fraction(1, 10), whole, Verdict.BETTER, Verdict.WORSE)


def _with_verdict(change: Change, measure: _Measure, difference: Fraction, interval: Interval) -> Change:
    said, low, high = (round_half_up(Fraction(number), measure.step) for number in (difference, *interval))
    verdict = Verdict.NO_EVIDENCE
    if low > 0:
        verdict = measure.up
    elif high < 0:
        verdict = measure.down
    return replace(
        change,
        verdict=verdict,
        difference_words=_signed(said, measure.step),
        interval_words=_("%(low)s to %(high)s")
        % {"low": _signed(low, measure.step), "high": _signed(high, measure.step)},
        size=abs(float(said)) / measure.whole,
    )


def _signed(number: Fraction, step: Fraction) -> str:
    words = number_format(abs(float(number)), decimal_pos=0 if step == 1 else 1)
    if not number:
        return words
    return f"+{words}" if number > 0 else f"\N{MINUS SIGN}{words}"


# --- Intervals ----------------------------------------------------------------------------------------------
# Values with how many gave each.
Scores = Sequence[tuple[int, int]]


def mean_change_interval(
    then: Scores, now: Scores, unseen_then: float = 1, unseen_now: float = 1
) -> Interval:
    """Of mean(now) - mean(then); ``unseen`` is 1 - n/N, the share of those invited that did not answer."""
    difference = float(_mean(now) - _mean(then))
    parts = [
        (float(_variance(scores)) * unseen / _number(scores), _number(scores) - 1)
        for scores, unseen in ((then, unseen_then), (now, unseen_now))
    ]
    variance = sum(part for part, _freedom in parts)
    if not variance:
        return difference, difference
    freedom = variance**2 / sum(part**2 / free for part, free in parts)
    # Whole degrees, rounded down: the wider interval.
    half = t_quantile((1 + CONFIDENCE) / 2, int(freedom)) * math.sqrt(variance)
    return difference - half, difference + half


@dataclass(frozen=True)
class Counted:
    """So many of n; ``unseen`` as above."""

    count: int
    n: int
    unseen: float = 1.0

    @property
    def share(self) -> float:
        return self.count / self.n


def share_change_interval(then: Counted, now: Counted) -> Interval:
    """Of the share now minus the share then, as shares of one."""
    (low_then, high_then), (low_now, high_now) = wilson(then), wilson(now)
    difference = now.share - then.share
    return (
        difference - math.hypot(now.share - low_now, high_then - then.share),
        difference + math.hypot(high_now - now.share, then.share - low_then),
    )


def wilson(counted: Counted) -> Interval:
    """Wilson's score interval of a share."""
    share = counted.share
    if not counted.unseen:
        return share, share
    n = counted.n / counted.unseen
    z = NormalDist().inv_cdf((1 + CONFIDENCE) / 2)
    middle = (share + z**2 / (2 * n)) / (1 + z**2 / n)
    half = z * math.sqrt(share * (1 - share) / n + z**2 / (4 * n**2)) / (1 + z**2 / n)
    return max(0.0, middle - half), min(1.0, middle + half)


def _counted(cell: Cell, code: str) -> Counted:
    return Counted(cell.counts.get(code, 0), cell.n, float(cell.unseen))


def _scores(question: Question, cell: Cell) -> Scores:
    return [(int(code), cell.counts.get(code, 0)) for code in question.codes]


def _nps_scores(question: Question, cell: Cell) -> Scores:
    lower, upper = ENDS_OF_SCALE[question.high - question.low + 1]
    counts = [cell.counts.get(code, 0) for code in question.codes]
    promoters, detractors = sum(counts[-upper:]), sum(counts[:lower])
    return [(-100, detractors), (0, cell.n - promoters - detractors), (100, promoters)]


def _number(scores: Scores) -> int:
    return sum(count for _value, count in scores)


def _mean(scores: Scores) -> Fraction:
    return Fraction(sum(value * count for value, count in scores), _number(scores))


def _variance(scores: Scores) -> Fraction:
    mean = _mean(scores)
    return sum((count * (value - mean) ** 2 for value, count in scores), Fraction(0)) / (_number(scores) - 1)


# --- Over several waves -------------------------------------------------------------------------------------
@dataclass(frozen=True)
class Point:
    """One figure on a line over time; places as exact as the words. The interval from 20 answers on."""

    words: str
    at: float
    interval_words: str = ""
    interval_at: Interval | None = None


def point(question: Question, cell: Cell, part: str, *, anonymous: bool) -> Point | None:
    said = report(question, cell, anonymous=anonymous)
    words = figure_words(said, part)
    if not words:
        return None
    full = cell.n >= FULL_FROM
    if part == "mean":
        if said.mean_at is None:
            return None
        return Point(words, said.mean_at, said.interval_words, said.interval_at)
    if part == "nps":
        if said.nps_at is None:
            return None
        ends = _nps_interval(question, cell) if full else None
        return _whole_point(words, said.nps_at, ends)
    code = part.removeprefix("share:")
    percent = next(share.percent for share in said.distribution if share.code == code)
    share_ends = wilson(_counted(cell, code)) if full else None
    return _whole_point(words, percent, share_ends and (100 * share_ends[0], 100 * share_ends[1]))


def _whole_point(words: str, at: float, ends: Interval | None) -> Point:
    if ends is None:
        return Point(words, at)
    low, high = (round_half_up(Fraction(end), Fraction(1)) for end in ends)
    interval_words = _("%(low)s to %(high)s") % {"low": _plain(low), "high": _plain(high)}
    return Point(words, at, interval_words, (float(low), float(high)))


def _plain(number: Fraction) -> str:
    words = number_format(abs(float(number)), decimal_pos=0)
    return f"\N{MINUS SIGN}{words}" if number < 0 else words


def _nps_interval(question: Question, cell: Cell) -> Interval:
    scores = _nps_scores(question, cell)
    half = cell.half_width(_variance(scores))
    mean = float(_mean(scores))
    return max(-100.0, mean - half), min(100.0, mean + half)
