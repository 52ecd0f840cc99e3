"""What belongs to a person so closely that it goes with them when an import is taken back.

Everything else that points at somebody keeps them. Upper apps name theirs in ``AppConfig.ready()``.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from django.apps import apps
from django.db import models

from common.chunks import in_chunks

_AT_ONCE = 500
# Looked at by undoing itself.
_OUR_OWN = frozenset(
    {
        ("people.Person", "manager"),
        ("people.Person", "team"),
        ("people.Team", "lead"),
        ("people.Team", "parent"),
        ("people.ImportRow", "person"),
        ("people.ImportRow", "team"),
    }
)
Rows = models.QuerySet[Any]


@dataclass(frozen=True)
class Belonging:
    """Rows of a model that go with the person its ``field`` names; ``which`` narrows them down."""

    model: str
    field: str
    which: Callable[[Rows], Rows] = lambda rows: rows


_registered: dict[tuple[str, str], Belonging] = {}


def register_belonging(belonging: Belonging) -> None:
    _registered[belonging.model, belonging.field] = belonging


register_belonging(Belonging("people.PersonAttribute", "person"))


def is_our_own(model: type[models.Model], field: str) -> bool:
    return (model._meta.label, field) in _OUR_OWN


def that_keep(rows: Rows, field: str) -> Rows:
    """Of rows that point at somebody by ``field``, those that do not go with them."""
    belonging = _registered.get((rows.model._meta.label, field))
    if belonging is None:
        return rows
    return rows.exclude(pk__in=belonging.which(rows.model._default_manager.all()).values("pk"))


def remove_belongings(person_ids: Sequence[int]) -> None:
    for belonging in _registered.values():
        model = apps.get_model(belonging.model)
        for chunk in in_chunks(person_ids, _AT_ONCE):
            belonging.which(model._default_manager.filter(**{f"{belonging.field}__in": chunk})).delete()
