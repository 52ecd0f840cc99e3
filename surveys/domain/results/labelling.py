"""Answers as people read them, in the active language. Pure: no database."""

from __future__ import annotations

import datetime as dt

from django.utils.formats import date_format, number_format
from django.utils.translation import gettext as _

from surveys.questionnaire import OTHER, Kind, Question


def label_of(item: Question, code: str) -> str:
    """One answer, with the words at the ends of a scale."""
    if item.kind is Kind.YES_NO:
        return {"yes": _("Yes"), "no": _("No")}[code]
    if item.kind.is_numeric:
        words = {str(item.low): item.low_label, str(item.high): item.high_label}.get(code)
        return f"{code} ({words})" if words else code
    if item.kind.is_banded:
        return _band(item, code)
    if code == OTHER and item.other:
        return _("Other")
    return next(option.label for option in item.options if option.code == code)


def _band(item: Question, code: str) -> str:
    label = next(band.label for band in item.bands if band.code == code)
    if item.kind is Kind.NUMBER:
        return with_unit(item, label)
    # A month is labelled by its code; years and decades read alike in every language.
    return date_format(dt.date.fromisoformat(f"{code}-01"), "YEAR_MONTH_FORMAT") if label == code else label


def exact_words(item: Question, text: str) -> str:
    """A number or a day as it was typed, which only waves by name keep; anything else as it stands."""
    try:
        if item.kind is Kind.NUMBER:
            return with_unit(item, number_format(int(text)))
        if item.kind is Kind.DATE:
            return date_format(dt.date.fromisoformat(text), "DATE_FORMAT")
    except ValueError:
        pass
    return text


def with_unit(item: Question, words: str) -> str:
    return f"{words}\N{NO-BREAK SPACE}{item.unit}" if item.unit else words


def name_of(item: Question) -> str:
    """The question, and where an item is a part of one, which part: "How do you find … – The rooms"."""
    part = _("Other") if item.of and not item.part else item.part
    return f"{item.text} \N{EN DASH} {part}" if part else item.text
