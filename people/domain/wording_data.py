"""What is held on somebody, in words: the page to read beside the file for machines (downloading.py)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from django.conf import settings
from django.core.exceptions import FieldDoesNotExist
from django.db import models
from django.utils import formats, timezone
from django.utils.functional import Promise
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from common.audit import Line, lines_of
from common.models import AuditEntry
from common.models.audit import AuditQuerySet
from people.forms.hours import WEEKDAYS
from people.models import Person
from people.roles import label_of

# Of what is kept, never empty: an empty value has no words.
Words = Callable[[Any], str]
_NONE = "–"
# What a sheet of paper holds side by side.
_MOST_COLUMNS = 5


@dataclass(frozen=True)
class Sentence:
    at: dt.datetime
    html: SafeString
    details: Sequence[str]


@dataclass(frozen=True)
class Section:
    """One part of the page: a table or sentences; records where there is one alone or a table would be wide.

    Columns that are empty in every row are named once, in ``empty``.
    """

    name: str
    title: Promise | str
    records: Sequence[Sequence[tuple[Promise | str, list[str]]]] = ()
    headings: Sequence[Promise | str] = ()
    lines: Sequence[Sequence[list[str]]] = ()
    sentences: Sequence[Sentence] = ()
    empty: Sequence[Promise | str] = ()

    @property
    def says_nothing(self) -> bool:
        return not (self.records or self.lines or self.sentences)


def section_of(
    name: str,
    title: Promise | str,
    columns: Mapping[str, Promise | str],
    rows: Sequence[Mapping[str, Any]],
    words: Mapping[str, Words],
) -> Section:
    filled = [key for key in columns if any(not _is_empty(row[key]) for row in rows)]
    empty = [heading for key, heading in columns.items() if key not in filled]
    lines = [[_said(row[key], words.get(key)) for key in filled] for row in rows]
    headings = [columns[key] for key in filled]
    if len(lines) == 1 or len(headings) > _MOST_COLUMNS:
        records = [list(zip(headings, line, strict=True)) for line in lines]
        return Section(name, title, records=records, empty=empty)
    return Section(name, title, headings=headings, lines=lines, empty=empty)


# --- One value ----------------------------------------------------------------------------------------------
def in_words(value: Any) -> list[str]:
    """The lines that say a value of any type."""
    if _is_empty(value):
        return [_NONE]
    if isinstance(value, Mapping):
        return [f"{key}: {', '.join(in_words(each))}" for key, each in value.items()]
    if isinstance(value, list | tuple):
        return [line for each in value for line in in_words(each)]
    if isinstance(value, bool):
        return [_("yes") if value else _("no")]
    moment = isinstance(value, dt.datetime) and timezone.is_aware(value)
    return [str(formats.localize(timezone.localtime(value) if moment else value))]


def _said(value: Any, words: Words | None) -> list[str]:
    return [words(value)] if words and not _is_empty(value) else in_words(value)


def _is_empty(value: Any) -> bool:
    return value is None or value in ("", [], {}, ())


def about_hour(value: dt.datetime) -> str:
    """Of a time that is kept as its full hour, so that nobody reads it as exact."""
    local = timezone.localtime(value)
    return _("%(day)s, about %(hour)s") % {
        "day": formats.date_format(local, "DATE_FORMAT"),
        "hour": formats.time_format(local, "TIME_FORMAT"),
    }


def language_name(code: str) -> str:
    return str(dict(settings.LANGUAGES).get(code, code))


def weekdays(days: str) -> str:
    return ", ".join(str(label) for day, label in WEEKDAYS if day in days)


def role_name(name: str) -> str:
    return str(label_of(name))


def choice_words(model: type[models.Model], columns: Iterable[str]) -> dict[str, Words]:
    """The labels of the columns that are a choice."""
    found: dict[str, Words] = {}
    for column in columns:
        try:
            known = model._meta.get_field(column)
        except FieldDoesNotExist:  # of another table: "team__name"
            continue
        if isinstance(known, models.Field) and known.choices:
            found[column] = _labels(known)
    return found


def _labels(known: models.Field[Any, Any]) -> Words:
    # Read when it is said: the labels are in the reader's language.
    return lambda value: str(dict(known.flatchoices).get(value, value))


# --- The audit log ------------------------------------------------------------------------------------------
_PEOPLE = frozenset({"people.person", "customers.contact"})


def sentences_of_theirs(subject: models.Model) -> list[Sentence]:
    """What they did."""
    return _sentences(AuditEntry.objects.filter(actor=subject.pk), subject) if _acts(subject) else []


def sentences_of_others(subject: models.Model) -> list[Sentence]:
    """What was done about them; not what they did themselves, which stands with what they did."""
    entries = AuditEntry.objects.about(subject._meta.label_lower, str(subject.pk))
    return _sentences(entries.exclude(actor=subject.pk) if _acts(subject) else entries, subject)


def _acts(subject: models.Model) -> bool:
    return isinstance(subject, Person)


def _sentences(entries: AuditQuerySet, subject: models.Model) -> list[Sentence]:
    found = list(entries.select_related("actor").order_by("-at", "-pk"))
    return [_sentence(line, subject) for line in lines_of(found)]


def _sentence(line: Line, subject: models.Model) -> Sentence:
    """Other people and contacts are not named: who they are is in their data, not in this person's."""
    entry = line.entry
    if entry.actor is not None and entry.actor != subject:
        line = replace(line, who=_("Somebody"))
    theirs = (entry.object_type, entry.object_id) == (subject._meta.label_lower, str(subject.pk))
    if entry.object_type in _PEOPLE and not theirs:
        line = replace(line, thing=_("somebody else"))
    details = [f"{key}: {', '.join(in_words(value))}" for key, value in line.details]
    return Sentence(entry.at, line.html_without_link, details)
