"""Which column of a file is which field: known by its heading, remembered, or said by somebody."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.conf import settings
from django.utils import translation
from django.utils.translation import gettext as _

from common.importing.reading import heading_key
from common.importing.table import short
from common.models import ColumnMapping

if TYPE_CHECKING:
    from django.utils.functional import _StrPromise

# The field of each column in the order of the file; "" where it is not used.
Mapping = list[str]


@dataclass(frozen=True)
class Field:
    """``others`` are headings people use for it, in English and German, in any case and spelling."""

    name: str
    label: str | _StrPromise
    others: tuple[str, ...] = ()
    required: bool = False


@dataclass(frozen=True)
class FieldSet:
    """What a kind of file may hold. Of each group in ``one_of`` one column has to be there."""

    of: str
    fields: tuple[Field, ...]
    one_of: tuple[tuple[str, ...], ...] = ()

    @property
    def names(self) -> list[str]:
        return [field.name for field in self.fields]

    def label(self, name: str) -> str:
        return next((str(field.label) for field in self.fields if field.name == name), name)

    def known_headings(self) -> dict[str, str]:
        """Fields by the keys of the headings that mean them: ours first, then what somebody said."""
        known: dict[str, str] = {}
        for field in self.fields:
            for heading in (field.name, *_in_every_language(field.label), *field.others):
                known.setdefault(heading_key(heading), field.name)
        remembered = ColumnMapping.objects.filter(of=self.of).values_list("heading", "field")
        names = {"", *self.names}
        return known | {heading: name for heading, name in remembered if name in names}


def _in_every_language(label: str | _StrPromise) -> Iterator[str]:
    """Whoever fills in our own empty file may read another language than whoever sends it."""
    for language, _name in settings.LANGUAGES:
        with translation.override(language):
            yield str(label)


def propose(fields: FieldSet, headings: Sequence[str]) -> Mapping:
    """The field of each column. Of two columns for one field both are proposed: somebody has to choose."""
    known = fields.known_headings()
    return [known.get(heading_key(heading), "") if heading else "" for heading in headings]


def remember(fields: FieldSet, headings: Sequence[str], mapping: Mapping) -> None:
    """What somebody decided goes before what we know, for the next file with such headings."""
    decided: dict[str, str] = {}
    for heading, name in zip(headings, mapping, strict=True):
        if key := heading_key(heading)[:200]:
            # Of two columns with one heading the one that is used says what it means.
            decided[key] = decided.get(key) or name
    known = fields.known_headings()
    ColumnMapping.objects.bulk_create(
        [
            ColumnMapping(of=fields.of, heading=heading, field=name)
            for heading, name in decided.items()
            # A heading nobody used and we do not know may mean something one day.
            if known.get(heading, "") != name
        ],
        update_conflicts=True,
        unique_fields=["of", "heading"],
        update_fields=["field"],
    )


def problems_of(fields: FieldSet, headings: Sequence[str], mapping: Mapping) -> list[str]:
    """Why these columns cannot be used; empty when they can."""
    problems = []
    for name in fields.names:
        same = [
            heading or _("(no heading)")
            for heading, used in zip(headings, mapping, strict=True)
            if used == name
        ]
        if len(same) > 1:
            message = _("The columns “%(one)s” and “%(other)s” both mean “%(field)s”. Please choose one.")
            problems.append(
                message % {"one": short(same[0]), "other": short(same[1]), "field": fields.label(name)}
            )
    needed = [*fields.one_of, *((field.name,) for field in fields.fields if field.required)]
    problems += [_missing_words(fields, group) for group in needed if not set(group) & set(mapping)]
    return problems


def _missing_words(fields: FieldSet, group: Iterable[str]) -> str:
    labels = [fields.label(name) for name in group]
    if len(labels) == 1:
        return _("No column holds “%(field)s”. Please say which one does.") % {"field": labels[0]}
    listed = ", ".join(f"“{label}”" for label in labels)
    return _("No column holds one of these: %(fields)s. Please say which one does.") % {"fields": listed}
