"""Rows of a CSV file, by whatever delimiter it has."""

from __future__ import annotations

import csv
import io
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import islice
from typing import TYPE_CHECKING

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from common.importing.problems import Problem

if TYPE_CHECKING:
    from django.utils.functional import _StrPromise

# In the order in which equals win.
DELIMITERS: dict[str, _StrPromise] = {
    ",": gettext_lazy("comma ( , )"),
    ";": gettext_lazy("semicolon ( ; )"),
    "\t": gettext_lazy("tab"),
    "|": gettext_lazy("bar ( | )"),
    "^": gettext_lazy("caret ( ^ )"),
    "~": gettext_lazy("tilde ( ~ )"),
    ":": gettext_lazy("colon ( : )"),
}
_LOOKED_AT = 40


@dataclass
class Records:
    """All rows of a file with their numbers, blank ones left out, and what cannot be read."""

    lines: list[tuple[int, list[str]]] = field(default_factory=list)
    errors: list[Problem] = field(default_factory=list)


def own_delimiter(text: str) -> tuple[str, str]:
    """The text without the line ``sep=;``, which spreadsheets write and never show, and what it said."""
    first, _end, rest = text.partition("\n")
    first = first.strip("\r\ufeff")
    if first[:4].lower() == "sep=" and len(first) == 5:
        return rest, first[4]
    return text, ""


def find_delimiter(text: str, is_known: Callable[[str], bool]) -> str:
    """The one under which most headings are known, else under which most rows are as wide as one another."""
    start = text[:200_000]

    def worth(delimiter: str) -> tuple[int, float, int]:
        reader = csv.reader(io.StringIO(start, newline=""), delimiter=delimiter)
        rows = [cells for cells in islice(_without_errors(reader), _LOOKED_AT) if any(cells)]
        if not rows:
            return 0, 0, 0
        known = max(sum(map(is_known, cells)) for cells in rows)
        width, times = Counter(map(len, rows)).most_common(1)[0]
        return known, times / len(rows) if width > 1 or known else 0, width

    return max(DELIMITERS, key=worth)


def _without_errors(reader: Iterator[list[str]]) -> Iterator[list[str]]:
    while True:
        try:
            yield next(reader)
        except StopIteration:
            return
        except csv.Error:
            continue


def read_records(text: str, delimiter: str, most: int) -> Records:
    """Up to ``most`` rows and one more, which says that there are too many."""
    records = Records()
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    number = 0
    while len(records.lines) <= most:
        number += 1
        try:
            cells = next(reader)
        except StopIteration:
            break
        except csv.Error as error:
            records.errors.append(Problem(number, "", _csv_error_words(str(error))))
            continue
        if not is_blank(cells):
            records.lines.append((number, cells))
    return records


def is_blank(cells: Sequence[str]) -> bool:
    return not any(cells) or not "".join(cells).strip()


def _csv_error_words(error: str) -> str:
    if "unexpected end of data" in error:
        return _("A quotation mark opens here and never closes, so nothing below it can be read.")
    if "field limit" in error:
        return _("One cell of this row is far too long.")
    return _("The quotation marks of this row do not match.")
