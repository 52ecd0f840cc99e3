"""Paging by the last row seen: as quick on page 1,000 as on page 1, and rows that arrive move nothing."""

from __future__ import annotations

import base64
import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from django.core.exceptions import FieldDoesNotExist, ValidationError
from django.core.serializers.json import DjangoJSONEncoder
from django.db import models
from django.db.models import Q

ModelT = TypeVar("ModelT", bound=models.Model)
PAGE_SIZE = 30


@dataclass(frozen=True)
class Page(Generic[ModelT]):
    """Some rows, and the cursor of what follows them (None: nothing does)."""

    rows: list[ModelT]
    next_cursor: str | None


def keyset_page(
    queryset: models.QuerySet[ModelT],
    *,
    fields: Sequence[str],
    after: str | None = None,
    size: int = PAGE_SIZE,
) -> Page[ModelT]:
    """The rows after the cursor, ordered by ``fields`` (``"-at"`` descends).

    The fields are never null and together unique; end with ``"pk"``. An index over them makes it quick.
    A cursor that is none of ours shows the first page.
    """
    ordered = queryset.order_by(*fields)
    seen = _read_cursor(queryset.model, fields, after) if after else None
    if seen is not None:
        ordered = ordered.filter(_beyond(fields, seen))
    rows = list(ordered[: size + 1])
    if len(rows) <= size:
        return Page(rows, None)
    return Page(rows[:size], _write_cursor(fields, rows[size - 1]))


def _beyond(fields: Sequence[str], seen: list[Any]) -> Q:
    """Rows that come later in this order. The first condition lets an index begin at the right place."""
    later = Q()
    equal = Q()
    for field, value in zip(fields, seen, strict=True):
        name, comparison = field.lstrip("-"), "lt" if field.startswith("-") else "gt"
        later |= equal & Q(**{f"{name}__{comparison}": value})
        equal &= Q(**{name: value})
    first = fields[0].lstrip("-")
    return Q(**{f"{first}__{'lte' if fields[0].startswith('-') else 'gte'}": seen[0]}) & later


def _write_cursor(fields: Sequence[str], row: models.Model) -> str:
    values = []
    for field in fields:
        value: Any = row
        for part in field.lstrip("-").split("__"):
            value = getattr(value, part)
        values.append(value)
    text = json.dumps(values, cls=_ExactEncoder, separators=(",", ":"))
    return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


class _ExactEncoder(DjangoJSONEncoder):
    """Django's own cuts microseconds, which would show the last row again."""

    def default(self, o: Any) -> Any:
        return o.isoformat() if hasattr(o, "isoformat") else super().default(o)


def _read_cursor(model: type[models.Model], fields: Sequence[str], cursor: str) -> list[Any] | None:
    try:
        values = json.loads(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
        if not isinstance(values, list) or len(values) != len(fields):
            return None
        return [
            _to_python(model, field.lstrip("-"), value) for field, value in zip(fields, values, strict=True)
        ]
    except (ValueError, TypeError, OverflowError, ValidationError):
        return None


def _to_python(model: type[models.Model], name: str, value: Any) -> Any:
    if isinstance(value, dict | list) or value is None or (isinstance(value, str) and "\0" in value):
        raise ValueError(name)
    try:
        field = _field(model, name)
    except FieldDoesNotExist:
        return value  # an annotation
    return field.to_python(value)


def _field(model: type[models.Model], path: str) -> models.Field[Any, Any]:
    *steps, last = path.split("__")
    for step in steps:
        related = model._meta.get_field(step).related_model
        if related is None or isinstance(related, str):
            raise FieldDoesNotExist(path)
        model = related
    found = model._meta.pk if last == "pk" else model._meta.get_field(last)
    if not isinstance(found, models.Field):
        raise FieldDoesNotExist(path)
    return found
