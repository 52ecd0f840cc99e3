"""Numbers as exact as they may be said, and how they are written. Pure: no database."""

from __future__ import annotations

import math
from fractions import Fraction
from statistics import NormalDist

from django.utils.formats import number_format
from django.utils.translation import gettext as _


def round_half_up(number: Fraction, step: Fraction) -> Fraction:
    """To the nearest multiple of ``step``, a half upwards: exact, where floats would sometimes go down."""
    return math.floor(number / step + Fraction(1, 2)) * step


def t_quantile(probability: float, freedom: int) -> float:
    """Student's t by the Cornish-Fisher expansion (Abramowitz and Stegun 26.7.5).

    Within 0.0001 of the tables from 19 degrees of freedom, the fewest of an anonymous wave; of the two or
    three answers a wave by name may have it would be too small, and is exact instead (26.7.3 turned round).
    """
    if freedom == 1:
        return math.tan(math.pi * (probability - 0.5))
    if freedom == 2:
        return (2 * probability - 1) / math.sqrt(2 * probability * (1 - probability))
    z = NormalDist().inv_cdf(probability)
    return (
        z
        + (z**3 + z) / (4 * freedom)
        + (5 * z**5 + 16 * z**3 + 3 * z) / (96 * freedom**2)
        + (3 * z**7 + 19 * z**5 + 17 * z**3 - 15 * z) / (384 * freedom**3)
        + (79 * z**9 + 776 * z**7 + 1482 * z**5 - 1920 * z**3 - 945 * z) / (92160 * freedom**4)
    )


def decimal_words(number: Fraction) -> str:
    return number_format(float(number), decimal_pos=1)


def number_words(number: Fraction) -> str:
    """As ``decimal_words``, whole numbers without a decimal."""
    return number_format(int(number)) if number.denominator == 1 else decimal_words(number)


def percent_words(percent: int) -> str:
    return _("%(number)d %%") % {"number": percent}


def signed_words(number: int) -> str:
    # A real minus sign, which screen readers say and which does not break from its number.
    return f"+{number}" if number > 0 else str(number).replace("-", "\N{MINUS SIGN}")
