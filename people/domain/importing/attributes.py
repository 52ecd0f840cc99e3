"""What an import reads and writes of attributes."""

from __future__ import annotations

import math
from bisect import bisect_right
from collections.abc import Callable, Mapping
from functools import partial
from typing import NamedTuple

from django.utils.translation import gettext as _

from common.bulk import insert_rows, update_rows
from common.chunks import in_chunks
from common.importing.cells import UnreadableCell, short_text
from people.models import Attribute, PersonAttribute
from people.models.attribute import LONGEST_VALUE

# A person and an attribute, by their primary keys.
Place = tuple[int, int]
_AT_ONCE = 500


class KnownValue(NamedTuple):
    """What is stored for somebody, and under which primary key."""

    pk: int
    value: str


def reader_of(attribute: Attribute) -> Callable[[str], str]:
    """From a cell to what is kept: its word, or the words of the band its number falls into.

    The reader raises UnreadableCell.
    """
    if not attribute.is_banded:
        return partial(short_text, longest=LONGEST_VALUE)
    limits, words = attribute.bands, attribute.band_words

    def read_band(text: str) -> str:
        if not text or text in words:
            return text
        value = _number(text)
        if not math.isfinite(value):
            raise UnreadableCell(_("“%(text)s” is no number.") % {"text": text[:40]})
        return words[bisect_right(limits, value)] if words else ""

    return read_band


def _number(text: str) -> float:
    """With a point or a comma; not a number for anything else."""
    try:
        return float(text.replace(",", "."))
    except ValueError:
        return math.nan


def write_attributes(wanted: Mapping[Place, str], stored: Mapping[Place, KnownValue]) -> None:
    """Bring the values of these people and attributes to what is wanted; an empty one goes."""
    insert_rows(
        PersonAttribute,
        ["person_id", "attribute_id", "value"],
        ((*place, value) for place, value in wanted.items() if value and place not in stored),
    )
    update_rows(
        PersonAttribute,
        ["value"],
        (
            (stored[place].pk, value)
            for place, value in wanted.items()
            if value and place in stored and stored[place].value != value
        ),
    )
    gone = [stored[place].pk for place, value in wanted.items() if not value and place in stored]
    for chunk in in_chunks(gone, _AT_ONCE):
        PersonAttribute.objects.filter(pk__in=chunk).delete()
