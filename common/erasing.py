"""Taking out everything that says who somebody was, while what is counted stays.

The row of an erased person or contact stays, empty, because counts and waves point at it. What happens to
each field that leads to it stands in the retention file ("goes", "emptied", "stays"), and happens from there:
a new table needs a line and no code. What no field leads to (an address in a list, a file on disk) an app
takes out by a function it registers, once, in its ``AppConfig.ready()``:

    erasing.register(take_out_of_the_outbox)

``people.domain.erasing`` and ``customers.domain.erasing`` say who may be erased, and call ``erase_rows``.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeVar

from django.apps import apps
from django.db import models, transaction

from common import retention

_AT_ONCE = 200
Row = TypeVar("Row", bound=models.Model)


@dataclass
class Erased:
    """Rows of one table that are being erased. ``addresses`` are all that mail ever went to."""

    model: type[models.Model]
    ids: list[int]
    addresses: set[str] = field(default_factory=set)
    # Other words that find them in texts: the employee number.
    keys: set[str] = field(default_factory=set)


Eraser = Callable[[Erased], None]
_erasers: list[Eraser] = []
# What stands in some fields of a subject's own row afterwards, where it is not nothing.
_subjects: dict[str, Mapping[str, Any]] = {}


def register(eraser: Eraser) -> None:
    """Called in the transaction of the erasure, before any row goes; set-wise. It may add addresses."""
    if eraser not in _erasers:
        _erasers.append(eraser)


def register_subject(label: str, *, empty: Mapping[str, Any]) -> None:
    """A table whose rows are people: ``empty`` is what stands in some of its fields afterwards."""
    _subjects[label] = empty


def subjects() -> set[type[models.Model]]:
    return {apps.get_model(label) for label in _subjects}


def erase_rows(erased: Erased) -> None:
    """Take everything out, in the caller's transaction, which holds the rows locked.

    A number of statements that does not grow with the number of rows; call it for some hundred at a time.
    """
    for eraser in _erasers:
        eraser(erased)
    for model, line in _links_to(erased.model):
        _follow(model, line, erased)
    _empty(erased)


def by_turns(due: models.QuerySet[Row], erase: Callable[[list[Row]], None]) -> int:
    """Erase what is due, some hundred locked rows in a transaction at a time; how many there were.

    ``erase`` must take its rows out of ``due``.
    """
    erased = 0
    while True:
        with transaction.atomic():
            rows = list(due.select_for_update(of=("self",)).order_by("pk")[:_AT_ONCE])
            if rows:
                erase(rows)
        erased += len(rows)
        if len(rows) < _AT_ONCE:
            return erased


def _links_to(subject: type[models.Model]) -> Iterator[tuple[type[models.Model], retention.Line]]:
    for line in retention.current().lines.values():
        model = apps.get_model(line.model)
        if model._meta.get_field(line.field).related_model is subject:
            yield model, line


def _follow(model: type[models.Model], line: retention.Line, erased: Erased) -> None:
    theirs = {f"{line.field}__in": erased.ids}
    column = model._meta.get_field(line.field)
    if line.then == retention.GOES:
        model._default_manager.filter(**theirs).delete()
    elif line.then == retention.EMPTIED and isinstance(column, models.ManyToManyField):
        through = getattr(model, line.field).through
        through._default_manager.filter(**{f"{column.m2m_reverse_field_name()}__in": erased.ids}).delete()
    elif line.then == retention.EMPTIED:
        model._default_manager.filter(**theirs).update(**{line.field: None})


def _empty(erased: Erased) -> None:
    """The rows themselves: every field that the file says is emptied; each gets an address of nobody."""
    values = dict(_subjects[erased.model._meta.label])
    for line in retention.current().of(erased.model):
        column = erased.model._meta.get_field(line.field)
        if line.then != retention.EMPTIED or line.field == "email":
            continue
        if isinstance(column, models.ManyToManyField):
            through = getattr(erased.model, line.field).through
            through._default_manager.filter(**{f"{column.m2m_field_name()}__in": erased.ids}).delete()
        elif isinstance(column, models.Field):
            values.setdefault(line.field, None if column.null else "")
    erased.model._default_manager.filter(pk__in=erased.ids).update(**values)
    rows = [erased.model(pk=pk, email=_address_of_nobody()) for pk in erased.ids]
    erased.model._default_manager.bulk_update(rows, ["email"])


def _address_of_nobody() -> str:
    return f"erased-{secrets.token_hex(12)}@erased.invalid"
