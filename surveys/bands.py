"""Bands in which numbers and days are counted, fixed before anybody answers. Pure: no database.

An exact number can give somebody away ("how many people do you lead?"). So of an anonymous wave only the band
is sealed; a wave by name keeps the exact answer beside it.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache

MOST_BANDS = 10
_MOST_MONTHS = 24
_MOST_YEARS = 30


@dataclass(frozen=True)
class Band:
    """From ``first`` to ``last``, both included; of days their ordinals."""

    code: str
    label: str
    first: int
    last: int


@lru_cache(maxsize=256)
def number_bands(least: int, most: int) -> tuple[Band, ...]:
    """At most about ten, as wide as 1, 2, 5, 10, 20 ... and beginning at a multiple of that."""
    step = _step(most - least + 1)
    bands = []
    start = least // step * step
    while start <= most:
        first, last = max(start, least), min(start + step - 1, most)
        label = str(first) if first == last else f"{first}\N{EN DASH}{last}"
        bands.append(Band(f"{first}_{last}", label, first, last))
        start += step
    return tuple(bands)


def number_middles(least: int, most: int) -> dict[str, Fraction]:
    """The middle of each band by its code."""
    return {band.code: Fraction(band.first + band.last, 2) for band in number_bands(least, most)}


def _step(width: int) -> int:
    power = 1
    while True:
        for factor in (1, 2, 5):
            if width <= factor * power * MOST_BANDS:
                return factor * power
        power *= 10


@lru_cache(maxsize=256)
def date_bands(least: int, most: int) -> tuple[Band, ...]:
    """Months up to two years, years up to thirty, decades beyond; cut at the bounds, which are ordinals."""
    first_day, last_day = dt.date.fromordinal(least), dt.date.fromordinal(most)
    months = (last_day.year - first_day.year) * 12 + last_day.month - first_day.month + 1
    if months <= _MOST_MONTHS:
        starts = [_month(first_day, number) for number in range(months + 1)]
        labels = [f"{day:%Y-%m}" for day in starts]
    elif last_day.year - first_day.year < _MOST_YEARS:
        starts = [dt.date(year, 1, 1) for year in range(first_day.year, last_day.year + 2)]
        labels = [str(day.year) for day in starts]
    else:
        decades = range(first_day.year // 10 * 10, last_day.year + 10, 10)
        starts = [dt.date(max(year, 1), 1, 1) for year in (*decades, decades[-1] + 10)]
        labels = [f"{year}\N{EN DASH}{year + 9}" for year in (*decades, 0)]
    return tuple(
        Band(f"{start:%Y-%m}", label, max(start.toordinal(), least), min(following.toordinal() - 1, most))
        for start, following, label in zip(starts, starts[1:], labels, strict=False)
        if start.toordinal() <= most
    )


def _month(day: dt.date, number: int) -> dt.date:
    years, month = divmod(day.month - 1 + number, 12)
    return dt.date(day.year + years, month + 1, 1)


def band_of(bands: tuple[Band, ...], value: int) -> str:
    """The code of the band a value falls into. Raises ValueError where it is out of bounds."""
    for band in bands:
        if band.first <= value <= band.last:
            return band.code
    raise ValueError(f"{value} is in no band.")
