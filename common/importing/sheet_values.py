"""What a workbook stores of a number, and what people see of it."""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import dataclass, field
from decimal import Decimal
from functools import lru_cache
from typing import Any

from openpyxl.styles.numbers import BUILTIN_FORMATS, BUILTIN_FORMATS_MAX_SIZE
from openpyxl.utils.datetime import WINDOWS_EPOCH, from_excel

# Zeros in front, perhaps with a word before or behind: 00000, "E"0000.
_PADDED = re.compile(r'(?:"([^"]*)"|\\?([A-Za-z]))?(0{2,20})')


@dataclass
class Styles:
    """How the numbers of each cell style are shown."""

    epoch: dt.datetime = WINDOWS_EPOCH
    days: frozenset[int] = frozenset()
    # What stands before the digits, and how many digits there are at least.
    padded: dict[int, tuple[str, int]] = field(default_factory=dict)

    @classmethod
    def of(cls, stylesheet: Any, epoch: dt.datetime) -> Styles:
        padded = {}
        for number, style in enumerate(stylesheet.cell_styles):
            if found := _PADDED.fullmatch(_format(stylesheet, style.numFmtId).split(";")[0]):
                padded[number] = ((found[1] or found[2] or ""), len(found[3]))
        days = frozenset(stylesheet.date_formats) - frozenset(stylesheet.timedelta_formats)
        return cls(epoch, days, padded)

    def shown(self, number: str, style: int) -> str:
        """A stored number as text: days as ISO, zeros in front kept, nothing else of its format."""
        if style in self.days:
            return _day(number, self.epoch)
        text = number if number.isdecimal() and not number.startswith("0") else _plain(number)
        if style in self.padded and text.isdecimal():
            before, digits = self.padded[style]
            return before + text.zfill(digits)
        return text


def _format(stylesheet: Any, number: int) -> str:
    if number < BUILTIN_FORMATS_MAX_SIZE:
        return str(BUILTIN_FORMATS.get(number, ""))
    formats = stylesheet.number_formats
    at = number - BUILTIN_FORMATS_MAX_SIZE
    return str(formats[at]) if at < len(formats) else ""


def _plain(number: str) -> str:
    """Fifteen digits, as a spreadsheet keeps them, without exponent: "123.0" and "1.23E2" are "123"."""
    try:
        value = float(number)
    except ValueError:
        return number
    if not abs(value) < 1e100:
        return number
    text = format(Decimal(format(value, ".15g")), "f")
    return text.rstrip("0").rstrip(".") if "." in text else text


@lru_cache(maxsize=4096)
def _day(number: str, epoch: dt.datetime) -> str:
    """ISO; the time of day only where there is one. What is no day stays the number it is."""
    try:
        days = float(number)
        if days < 0:
            return _plain(number)
        moment = from_excel(days, epoch)
    except (ValueError, OverflowError):
        return _plain(number)
    if isinstance(moment, dt.datetime):
        if moment.time() == dt.time():
            return moment.date().isoformat()
        return moment.isoformat(" ", "minutes")
    return str(moment.isoformat("minutes") if isinstance(moment, dt.time) else moment)
