"""A file of our own format as JSON, before anybody looks at what it asks. Pure: no database."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NoReturn

from django.utils.translation import gettext as _

from common.forms import clean_text
from surveys.domain.files.exchanging import FORMAT, FORMAT_VERSION

LARGEST_FILE = 1024 * 1024
MOST_FAULTS = 50
_LONGEST_NAME = 40


@dataclass(frozen=True)
class Fault:
    """``place``: where in the file, in words."""

    place: str
    says: str


class NotGood(Exception):
    """The file cannot be taken in; ``faults`` say why, at most ``MOST_FAULTS`` of them."""

    def __init__(self, faults: list[Fault]) -> None:
        super().__init__(f"{len(faults)} faults")
        self.faults = faults


class _TwiceTheSame(Exception):
    """A name stands twice in one place: JSON would keep the last and lose the other without a word."""


def parsed(raw: bytes) -> Mapping[str, Any]:
    """Raises NotGood."""
    if len(raw) > LARGEST_FILE:
        raise _not_good(_("It is larger than 1 MB. A survey is much smaller."))
    try:
        data = json.loads(raw.decode("utf-8-sig"), parse_constant=_refuse, object_pairs_hook=_each_once)
    except _TwiceTheSame as twice:
        name = {"name": clean_text(str(twice))[:_LONGEST_NAME]}
        raise _not_good(_("“%(name)s” stands twice in the same place. Keep one of them.") % name) from None
    except (ValueError, RecursionError):
        words = _("It cannot be read. Choose a file that “Take out as a file” of a survey has written.")
        raise _not_good(words) from None
    if not isinstance(data, dict) or data.get("format") != FORMAT:
        raise _not_good(
            _(
                "It is not one of our surveys. Choose a file that “Take out as a file” of a survey has "
                "written."
            )
        )
    if data.get("format_version") != FORMAT_VERSION:
        words = _("It was written by another version of the portal, which this one does not read.")
        raise _not_good(words)
    return data


def _each_once(pairs: Sequence[tuple[str, Any]]) -> dict[str, Any]:
    data = dict(pairs)
    if len(data) < len(pairs):
        raise _TwiceTheSame(Counter(name for name, _value in pairs).most_common(1)[0][0])
    return data


def _refuse(constant: str) -> NoReturn:
    raise ValueError(constant)


def _not_good(words: str) -> NotGood:
    return NotGood([Fault(_("The file"), words)])
