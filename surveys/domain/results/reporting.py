"""How much of a figure may be said (anonymity.md R4). Pure: counts in, words out.

Of an anonymous wave the detail grows with the number who answered:

==========  ===================================  ===========================================
answered    scale, recommendation                yes or no, choices
==========  ===================================  ===========================================
5 to 9      mean in half steps with open ends,   share of each answer in thirds
            favourable share in thirds, NPS in
            four bands
10 to 19    mean to one decimal and three parts  share of each of up to three answers in
            in whole percent, NPS in tens, all   whole percent, of more in fifths;
            with open ends                       "at most 10 %" and "at least 90 %"
20 or more  everything: each answer's number     everything
            and percent, mean with its 95 %
            interval, NPS
==========  ===================================  ===========================================

The place of an option in a ranking is a scale without favourable ends, the first place its lowest. Numbers
and days are shown by the bands they were counted in, like choices; from 20 on a number has a mean too, made
of the middles of its bands and called "about". Of fewer a mean beside the shares of all bands would mostly
tell in which band each answer lies. The number who answered is exact from 10. Of a wave by name everything is
said, whatever the number; the page rounds it and the export does not.

Sources: NPS = percent promoters (9-10) minus percent detractors (0-6), Reichheld 2003. The interval is the
t interval of a mean with the finite population correction sqrt(1 - n/N), N being those invited, Cochran,
Sampling Techniques, 2.6 and 2.8. Where only a part of the audience had its turn those invited are a sample
themselves, and nothing is corrected.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from fractions import Fraction

from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from surveys.bands import number_middles
from surveys.domain.results.labelling import label_of, with_unit
from surveys.domain.results.rounding import (
    decimal_words,
    number_words,
    percent_words,
    round_half_up,
    signed_words,
    t_quantile,
)
from surveys.questionnaire import Kind, Question

# No anonymous figure describes fewer, whatever the wave's k.
ROUGH_FROM = 5
MIDDLE_FROM = 10
FULL_FROM = 20
# Whole percents are not said beyond these before FULL_FROM.
LOWEST_PERCENT, HIGHEST_PERCENT = 10, 90
# Of more answers than these, shares are said in fifths before FULL_FROM.
MOST_IN_PERCENT = 3
# NPS beyond these is not said before FULL_FROM; rougher still before MIDDLE_FROM.
NPS_END, NPS_ROUGH_END = 80, 50
CONFIDENCE = 0.95

# How many of a scale's points, from its lower and from its upper end, are unfavourable and favourable.
# Ten and eleven points follow the recommendation question.
ENDS_OF_SCALE: dict[int, tuple[int, int]] = {
    2: (1, 1),
    3: (1, 1),
    4: (2, 2),
    5: (2, 2),
    6: (2, 2),
    7: (2, 2),
    8: (2, 2),
    9: (2, 2),
    10: (6, 2),
    11: (7, 2),
}


class Detail(StrEnum):
    ROUGH = "rough"
    MIDDLE = "middle"
    FULL = "full"


@dataclass(frozen=True)
class CellRef:
    """Names the one figure of the release a number on a page comes from (R8)."""

    question_key: str
    group_code: int
    breakdown_value: str = ""

    def __str__(self) -> str:
        name = f"{self.question_key}@{self.group_code}"
        return f"{name}/{self.breakdown_value}" if self.breakdown_value else name


@dataclass(frozen=True)
class Cell:
    """What a group answered to a question; never printed itself, only through ``report``.

    ``counts`` is by option, of all options of the question. ``population`` is how many were invited, where
    they are all. ``may_lack`` names the group that counts answers this one could not show by themselves.
    """

    ref: CellRef
    n: int
    counts: Mapping[str, int] = field(default_factory=dict)
    population: int | None = None
    may_lack: int | None = None
    # Of a number in a wave by name: what was typed, added up.
    total: int | None = None

    @property
    def unseen(self) -> Fraction:
        """The share of those invited that did not answer: 1 - n/N; 1 where N is not known."""
        return 1 - Fraction(self.n, max(self.n, self.population)) if self.population else Fraction(1)

    def half_width(self, variance: Fraction) -> float:
        """Of the 95 % interval of a mean of what those in it answered."""
        return t_quantile((1 + CONFIDENCE) / 2, self.n - 1) * math.sqrt(variance * self.unseen / self.n)


class Reason(StrEnum):
    NOT_YET = "not_yet"
    NOT_RELEASED = "not_released"
    TOO_FEW = "too_few"
    NOBODY = "nobody"
    ONE_SIDED = "one_sided"
    NOT_DIVIDED = "not_divided"


@dataclass(frozen=True)
class Withheld:
    """Why a group shows no figure, and which group counts its answers."""

    ref: CellRef
    reason: Reason
    went_into: int | None = None


@dataclass(frozen=True)
class Share:
    """One answer, or one part of a scale. ``percent`` is as exact as ``words``, for the length of a bar."""

    code: str
    label: str
    words: str
    percent: int
    count: int | None = None


@dataclass(frozen=True)
class QuestionReport:
    """All that may be said of a cell. Empty words: not said."""

    question: Question
    cell: CellRef
    detail: Detail
    n_words: str
    mean_words: str = ""
    interval_words: str = ""
    favourable_words: str = ""
    nps_words: str = ""
    # As exact as the words, for a place on an axis.
    mean_at: float | None = None
    interval_at: tuple[float, float] | None = None
    nps_at: int | None = None
    # Unfavourable, neutral, favourable, lowest first.
    parts: tuple[Share, ...] = ()
    # By answer, in the questionnaire's order.
    distribution: tuple[Share, ...] = ()
    may_lack: int | None = None


def report(question: Question, cell: Cell, *, anonymous: bool) -> QuestionReport:
    """What may be said of this cell, in words of the active language."""
    if anonymous and cell.n < ROUGH_FROM:
        raise ValueError(f"{cell.ref} describes fewer than {ROUGH_FROM} people and must not be shown.")
    detail = detail_of(cell.n) if anonymous else Detail.FULL
    begun = QuestionReport(
        question=question,
        cell=cell.ref,
        detail=detail,
        n_words=n_words(cell.n) if anonymous else str(cell.n),
        may_lack=cell.may_lack,
    )
    if question.kind.is_text or not cell.n:
        return begun
    if question.kind.is_numeric:
        return _with_scale(begun, cell)
    if question.kind is Kind.NUMBER and detail is Detail.FULL:
        begun = replace(begun, mean_words=_mean_of_number(question, cell))
    return replace(begun, distribution=_shares(detail, question, cell))


def detail_of(n: int) -> Detail:
    if n < MIDDLE_FROM:
        return Detail.ROUGH
    return Detail.MIDDLE if n < FULL_FROM else Detail.FULL


def n_words(n: int) -> str:
    """How many answered; never exact below 10."""
    return _("5 to 9") if n < MIDDLE_FROM else str(n)


def withheld_words(withheld: Withheld, group_name: str = "") -> str:
    """Why nothing is shown; ``group_name`` is the name of the group its answers went into."""
    if withheld.reason is not Reason.TOO_FEW:
        return {
            Reason.NOT_YET: _("There are no figures before the survey has closed."),
            Reason.NOT_RELEASED: _("Too few people answered. Their answers were destroyed unread."),
            Reason.NOBODY: _("Nobody has answered this."),
            Reason.ONE_SIDED: _("Not shown: too few were asked this, or too few were not."),
            Reason.NOT_DIVIDED: _("Not shown by itself here: some of its parts would be too small."),
        }[withheld.reason]
    if group_name:
        return _("Too few answers to show alone. They are counted in %(group)s.") % {"group": group_name}
    return _("Too few answers to show.")


# --- Scales -------------------------------------------------------------------------------------------------
def _with_scale(begun: QuestionReport, cell: Cell) -> QuestionReport:
    question, detail = begun.question, begun.detail
    scale = _Scale(question, cell)
    mean_words, mean_at = _mean(detail, question, scale.mean)
    scored = replace(begun, mean_words=mean_words, mean_at=mean_at)
    if question.kind is Kind.RECOMMEND:
        nps_words, nps_at = _nps(detail, scale.nps)
        scored = replace(scored, nps_words=nps_words, nps_at=nps_at)
    if question.kind is not Kind.PLACE:
        scored = _with_favourable(scored, scale)
    if detail is not Detail.FULL:
        return scored
    interval_words, interval_at = _interval(scale)
    return replace(
        scored,
        distribution=_shares(detail, question, cell),
        interval_words=interval_words,
        interval_at=interval_at,
    )


def _with_favourable(scored: QuestionReport, scale: _Scale) -> QuestionReport:
    detail, cell = scored.detail, scale.cell
    if detail is Detail.ROUGH:
        return replace(scored, favourable_words=_third(scale.favourable, cell.n)[0])
    parts = tuple(
        _share(detail, part, label, count, cell.n)
        for part, label, count in (
            ("unfavourable", _("Unfavourable"), scale.unfavourable),
            ("neutral", _("Neutral"), cell.n - scale.unfavourable - scale.favourable),
            ("favourable", _("Favourable"), scale.favourable),
        )
    )
    return replace(scored, parts=parts, favourable_words=parts[2].words)


@dataclass(frozen=True)
class _Scale:
    question: Question
    cell: Cell

    @property
    def values(self) -> list[tuple[int, int]]:
        return [(int(code), self.cell.counts.get(code, 0)) for code in self.question.codes]

    @property
    def mean(self) -> Fraction:
        return Fraction(sum(value * count for value, count in self.values), self.cell.n)

    @property
    def _ends(self) -> tuple[int, int]:
        return ENDS_OF_SCALE[self.question.high - self.question.low + 1]

    @property
    def unfavourable(self) -> int:
        return sum(count for _value, count in self.values[: self._ends[0]])

    @property
    def favourable(self) -> int:
        return sum(count for _value, count in self.values[-self._ends[1] :])

    @property
    def nps(self) -> Fraction:
        return Fraction(100 * (self.favourable - self.unfavourable), self.cell.n)

    @property
    def interval(self) -> tuple[float, float] | None:
        """The 95 % interval of the mean, within the scale; None where there is nothing to estimate from."""
        n, mean = self.cell.n, self.mean
        if n < 2:
            return None
        squares = sum((count * (value - mean) ** 2 for value, count in self.values), Fraction(0))
        half = self.cell.half_width(squares / (n - 1))
        low, high = self.question.low, self.question.high
        return max(float(low), float(mean) - half), min(float(high), float(mean) + half)


def _mean(detail: Detail, question: Question, mean: Fraction) -> tuple[str, float]:
    """In half steps or to one decimal; the ends stay open until the whole distribution is shown."""
    step = Fraction(1, 2) if detail is Detail.ROUGH else Fraction(1, 10)
    rounded = round_half_up(mean, step)
    if detail is Detail.FULL:
        return decimal_words(rounded), float(rounded)
    lowest, highest = question.low + step, question.high - step
    if rounded <= lowest:
        return _("%(number)s or less") % {"number": decimal_words(lowest)}, float(lowest)
    if rounded >= highest:
        return _("%(number)s or more") % {"number": decimal_words(highest)}, float(highest)
    return decimal_words(rounded), float(rounded)


def _mean_of_number(question: Question, cell: Cell) -> str:
    """Of what was typed, where a wave by name has it; otherwise "about", from the middles of the bands."""
    if cell.total is not None:
        return with_unit(
            question, decimal_words(round_half_up(Fraction(cell.total, cell.n), Fraction(1, 10)))
        )
    middles = number_middles(question.least, question.most)
    first, last = middles[question.codes[0]], middles[question.codes[-1]]
    if first == last:
        return ""
    # In the same proportion to a band as the tenth of a scale to a point.
    step = (last - first) / (len(middles) - 1) / 10
    mean = Fraction(sum(middles[code] * n for code, n in cell.counts.items())) / cell.n
    words = number_words(round_half_up(mean, step))
    return _("about %(number)s") % {"number": with_unit(question, words)}


def _interval(scale: _Scale) -> tuple[str, tuple[float, float] | None]:
    if scale.interval is None:
        return "", None
    low, high = (round_half_up(Fraction(end), Fraction(1, 10)) for end in scale.interval)
    words = _("%(low)s to %(high)s") % {"low": decimal_words(low), "high": decimal_words(high)}
    return words, (float(low), float(high))


def _nps(detail: Detail, nps: Fraction) -> tuple[str, int]:
    if detail is Detail.ROUGH:
        return _nps_band(nps)
    if detail is Detail.FULL:
        rounded = int(round_half_up(nps, Fraction(1)))
        return signed_words(rounded), rounded
    rounded = int(round_half_up(nps, Fraction(10)))
    if rounded >= NPS_END:
        return _("%(number)s or more") % {"number": signed_words(NPS_END)}, NPS_END
    if rounded <= -NPS_END:
        return _("%(number)s or less") % {"number": signed_words(-NPS_END)}, -NPS_END
    return _("about %(number)s") % {"number": signed_words(rounded)}, rounded


def _nps_band(nps: Fraction) -> tuple[str, int]:
    end = signed_words(NPS_ROUGH_END)
    opposite = signed_words(-NPS_ROUGH_END)
    if nps >= NPS_ROUGH_END:
        return _("%(number)s or more") % {"number": end}, 75
    if nps >= 0:
        return _("from 0 to %(number)s") % {"number": end}, 25
    if nps > -NPS_ROUGH_END:
        return _("from %(number)s to 0") % {"number": opposite}, -25
    return _("%(number)s or less") % {"number": opposite}, -75


# --- Shares -------------------------------------------------------------------------------------------------
def _shares(detail: Detail, question: Question, cell: Cell) -> tuple[Share, ...]:
    # Of so few a whole percent is a number of people, and those of many answers the full distribution.
    in_fifths = len(question.codes) > MOST_IN_PERCENT
    return tuple(
        _share(detail, code, label_of(question, code), cell.counts.get(code, 0), cell.n, in_fifths=in_fifths)
        for code in question.codes
    )


def _share(detail: Detail, code: str, label: str, count: int, n: int, *, in_fifths: bool = False) -> Share:
    if detail is Detail.ROUGH:
        words, percent = _third(count, n)
        return Share(code, label, words, percent)
    percent = int(round_half_up(Fraction(100 * count, n), Fraction(1)))
    if detail is Detail.FULL:
        return Share(code, label, percent_words(percent), percent, count)
    if percent <= LOWEST_PERCENT:
        return Share(
            code, label, _("at most %(share)s") % {"share": percent_words(LOWEST_PERCENT)}, LOWEST_PERCENT
        )
    if percent >= HIGHEST_PERCENT:
        return Share(
            code, label, _("at least %(share)s") % {"share": percent_words(HIGHEST_PERCENT)}, HIGHEST_PERCENT
        )
    if in_fifths:
        fifths = int(round_half_up(Fraction(100 * count, n), Fraction(20)))
        return Share(code, label, _("about %(number)s") % {"number": percent_words(fifths)}, fifths)
    return Share(code, label, percent_words(percent), percent)


def _third(count: int, n: int) -> tuple[str, int]:
    """The share in thirds, and the middle of that third in percent."""
    if 3 * count < n:
        return _("under a third"), 17
    if 3 * count <= 2 * n:
        return _("a third to two thirds"), 50
    return _("over two thirds"), 83


# --- Export -------------------------------------------------------------------------------------------------
def csv_rows(question: Question, cell: Cell, *, anonymous: bool) -> list[tuple[str, str, str]]:
    """Rows of (figure, answer, value): of an anonymous wave as on the page, of one by name in full."""
    if not anonymous:
        return _exact_rows(question, cell)
    said = report(question, cell, anonymous=True)
    rows = [
        (pgettext("in a file", "answered"), "", said.n_words),
        (pgettext("in a file", "mean"), "", said.mean_words),
        (pgettext("in a file", "mean interval 95 %"), "", said.interval_words),
        (pgettext("in a file", "favourable"), "", said.favourable_words),
        ("NPS", "", said.nps_words),
    ]
    rows += [(pgettext("in a file", "part"), share.label, share.words) for share in said.parts]
    for share in said.distribution:
        rows.append((pgettext("in a file", "share"), share.label, share.words))
        if share.count is not None:
            rows.append((pgettext("in a file", "number"), share.label, str(share.count)))
    return [row for row in rows if row[2]]


def _exact_rows(question: Question, cell: Cell) -> list[tuple[str, str, str]]:
    rows = [(pgettext("in a file", "answered"), "", str(cell.n))]
    if question.kind.is_text or not cell.n:
        return rows
    if question.kind.is_numeric:
        scale = _Scale(question, cell)
        rows.append((pgettext("in a file", "mean"), "", repr(float(scale.mean))))
        if scale.interval is not None:
            low, high = scale.interval
            rows.append(
                (
                    pgettext("in a file", "mean interval 95 %"),
                    "",
                    _("%(low)s to %(high)s") % {"low": repr(low), "high": repr(high)},
                )
            )
        if question.kind is not Kind.PLACE:
            rows.append((pgettext("in a file", "favourable"), "", repr(scale.favourable / cell.n)))
        if question.kind is Kind.RECOMMEND:
            rows.append(("NPS", "", repr(float(scale.nps))))
    elif cell.total is not None:
        rows.append((pgettext("in a file", "mean"), "", repr(cell.total / cell.n)))
    for code in question.codes:
        count = cell.counts.get(code, 0)
        rows.append((pgettext("in a file", "share"), label_of(question, code), repr(count / cell.n)))
        rows.append((pgettext("in a file", "number"), label_of(question, code), str(count)))
    return rows
