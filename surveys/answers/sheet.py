"""One respondent's answers, and the names of the fields they come by."""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import dataclass, field

from django.http import QueryDict

from common.forms import clean_text
from surveys.questionnaire import ITEM_MARK, Kind, Question

LONG_TEXT_LIMIT = 2000
SHORT_TEXT_LIMIT = 300
# Beyond this a text is not even shown again: nobody types as much, and cleaning it would cost a second.
_SHOWN_AGAIN = 20_000
# Where an error belongs to no single question.
WHOLE_SHEET = ""


@dataclass(frozen=True)
class AnswerSheet:
    """Answers by item key (``Question.items``), in the questionnaire's order; unanswered ones are absent.

    A number or a day has its band among the options and what was typed among the texts. ``hidden``: the
    questions whose condition does not hold; nothing of them is kept.
    """

    options: dict[str, tuple[str, ...]] = field(default_factory=dict)
    texts: dict[str, str] = field(default_factory=dict)
    hidden: frozenset[str] = frozenset()


def field_name(item: Question) -> str:
    """``q-<key>``; of a row, an option to rank or the words of "other" ``q-<key>-<code>``."""
    return f"q-{item.key.replace(ITEM_MARK, '-')}"


def text_limit(question: Question) -> int:
    """Characters a text answer may have; 0 for other kinds."""
    if question.kind is Kind.LONG_TEXT:
        return LONG_TEXT_LIMIT
    return SHORT_TEXT_LIMIT if question.kind is Kind.SHORT_TEXT else 0


def typed_text(item: Question, data: QueryDict) -> str:
    """The text as typed, cleaned of what no text should hold, whatever its length."""
    raw = data.get(field_name(item), "")[:_SHOWN_AGAIN]
    return clean_text(raw, lines=item.kind is Kind.LONG_TEXT).strip()


# --- Numbers and days; twins of ``numberOf`` and ``dayOf`` in frontend/src/answering/conditions.js ----------
# Arabic and Persian digits, and the longer minus.
_DIGITS = str.maketrans(
    "\u0660\u0661\u0662\u0663\u0664\u0665\u0666\u0667\u0668\u0669"
    "\u06f0\u06f1\u06f2\u06f3\u06f4\u06f5\u06f6\u06f7\u06f8\u06f9\u2212",
    "01234567890123456789-",
)
# What some put between thousands. Not dots and commas: elsewhere they begin the decimals.
_BETWEEN_DIGITS = re.compile(r"[\s'\u2019\u200e\u200f]")
_NUMBER = re.compile(r"-?[0-9]{1,12}")
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")


def number_of(typed: str) -> int | None:
    """A whole number as people write it, also ``1 000``; None where it is none."""
    plain = _BETWEEN_DIGITS.sub("", typed.translate(_DIGITS))
    return int(plain) if _NUMBER.fullmatch(plain) else None


def day_of(typed: str) -> dt.date | None:
    """A day as the browser sends it and as people may type it: year first. None where there is none such."""
    plain = typed.translate(_DIGITS).strip()
    try:
        return dt.date.fromisoformat(plain) if _DAY.fullmatch(plain) else None
    except ValueError:
        return None
