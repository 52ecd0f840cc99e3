"""What an import found or did, in words: for the preview, the lists behind it and the report."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from django.utils.dateparse import parse_date
from django.utils.formats import date_format
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from common.importing.kinds import Change, PreviewRow
from people.domain.importing.reading import attribute_of
from people.models import Attribute, ImportRow, ImportRun, Person
from people.models.team import team_labels

_ROWS_AT_ONCE = 1000
# Of somebody new, what tells who they are.
_OF_THE_NEW = ("email", "team_id", "manager_id")
_LABELS: dict[str, Promise] = {
    "manager_id": gettext_lazy("manager"),
    "team_id": gettext_lazy("team"),
    "is_active": gettext_lazy("works here"),
}


_ORDER = [field.attname for field in Person._meta.concrete_fields]


def _place(name: str) -> tuple[int, str]:
    """Fields in the order of the model, attributes behind them."""
    return (_ORDER.index(name) if name in _ORDER else len(_ORDER), name)


def describe(run: ImportRun, rows: Sequence[ImportRow]) -> list[PreviewRow]:
    """The rows with their changes in words, in a fixed number of statements."""
    words = _Words(run, rows)
    return [PreviewRow(row.number or 0, row.name, tuple(words.changes(row))) for row in rows]


def report(run: ImportRun) -> Iterator[tuple[str, int | str, str, str, str, str]]:
    """Kind, row of the file, who or what, field, before and after: one line for each thing that changes."""
    stopping, cleaned = _("to correct"), _("cleaned")
    problems = run.problems_now.order_by("-stops", "pk").values_list("stops", "row", "column", "message")
    for stops, number, column, message in problems.iterator(chunk_size=_ROWS_AT_ONCE):
        yield (str(stopping if stops else cleaned), number or "", "", column, "", message)
    last = 0
    while chunk := list(run.rows_now.filter(pk__gt=last).order_by("pk")[:_ROWS_AT_ONCE]):
        last = chunk[-1].pk
        for row, each in zip(chunk, describe(run, chunk), strict=True):
            for change in each.changes or (Change("", "", ""),):
                yield (
                    row.get_kind_display(),
                    row.number or "",
                    row.name,
                    change.label,
                    change.before,
                    change.after,
                )


class _Words:
    def __init__(self, run: ImportRun, rows: Iterable[ImportRow]) -> None:
        found = [
            (name, value)
            for row in rows
            for values in (row.before, row.after)
            for name, value in values.items()
        ]
        self.people = _names(run, {value for name, value in found if name == "manager_id" and value})
        self.teams: dict[int, str] = {}
        teams = {value for name, value in found if name == "team_id" and value}
        if teams:
            new = run.rows_now.filter(kind=ImportRow.Kind.TEAM, team_id__in=teams)
            self.teams = dict(new.values_list("team_id", "name")) | team_labels()
        attributes = {key for name, _value in found if (key := attribute_of(name)) is not None}
        self.attributes = Attribute.objects.in_bulk(list(attributes)) if attributes else {}

    def changes(self, row: ImportRow) -> Iterator[Change]:
        if row.kind in {ImportRow.Kind.LEAD, ImportRow.Kind.TEAM}:
            return
        is_new = row.kind == ImportRow.Kind.NEW
        # A database may give them back in an order of its own.
        for name in _OF_THE_NEW if is_new else sorted(row.after, key=_place):
            if name != "is_active" and (row.after.get(name) or not is_new):
                yield Change(
                    self._label(name),
                    self._value(name, row.before.get(name)),
                    self._value(name, row.after.get(name)),
                )

    def _label(self, name: str) -> str:
        key = attribute_of(name)
        if key is not None:
            attribute = self.attributes.get(key)
            return attribute.name if attribute else _("Attribute")
        return str(_LABELS[name] if name in _LABELS else Person._meta.get_field(name).verbose_name)  # type: ignore[union-attr]

    def _value(self, name: str, value: Any) -> str:
        match name:
            case "manager_id":
                return self.people.get(value, "")
            case "team_id":
                return self.teams.get(value, "")
            case "start_date" | "end_date" if value:
                day = parse_date(value)
                return date_format(day, "SHORT_DATE_FORMAT") if day else str(value)
            case _:
                return str(value or "")


def _names(run: ImportRun, keys: set[int]) -> dict[int, str]:
    """Names of people, also of those the import has still to make or took back."""
    if not keys:
        return {}
    ours = run.rows_now.filter(person_id__in=keys).exclude(kind=ImportRow.Kind.LEAD)
    people = Person.objects.filter(pk__in=keys).order_by()
    # As the import calls them, where it does.
    return dict(people.values_list("pk", "display_name")) | dict(ours.values_list("person_id", "name"))
