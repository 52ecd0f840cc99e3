"""The audit log: who did what to which thing. Ids and words, never an answer, a token or a password.

What may be written stands in ``common.audit_actions``. Where somebody was, their network address or their
browser, is not kept: the log answers who did something, not from where.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import reduce
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from django.apps import apps
from django.db.models import CharField, Model, QuerySet, Value
from django.db.models.functions import Cast
from django.utils.functional import Promise
from django.utils.html import conditional_escape, format_html
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _

from common.audit_actions import ACTIONS, KEY_WORDS, THINGS
from common.models import AuditEntry
from common.nobody import name_shown

if TYPE_CHECKING:
    from people.models import Person

Detail = str | int | bool | None


class UnknownAction(ValueError):
    """An action, or a detail of it, that has no line in ``common.audit_actions``."""


def record(*, by: Person | None, action: str, obj: Model | None = None, **detail: Detail) -> None:
    """Write one entry in the caller's transaction. ``action`` says what was done, like ``"wave.launched"``.

    ``by`` is None where the portal itself acts. Raises UnknownAction for what the table does not allow.
    """
    _check(action, detail)
    AuditEntry.objects.create(
        actor=by,
        action=action,
        object_type=obj._meta.label_lower if obj is not None else "",
        object_id=str(obj.pk) if obj is not None else "",
        detail=detail,
    )


def record_each(*, by: Person | None, action: str, model: type[Model], keys: Iterable[int]) -> None:
    """As ``record``, one entry for each of these rows, in few statements."""
    _check(action, {})
    AuditEntry.objects.bulk_create(
        [
            AuditEntry(actor=by, action=action, object_type=model._meta.label_lower, object_id=str(key))
            for key in keys
        ],
        batch_size=1000,
    )


def _check(action: str, detail: Mapping[str, Detail]) -> None:
    if action not in ACTIONS:
        raise UnknownAction(f"{action} has no line in common.audit_actions.ACTIONS.")
    if strangers := set(detail) - ACTIONS[action].keys:
        raise UnknownAction(f"{action} has no detail {', '.join(sorted(strangers))} in common.audit_actions.")


# --- Reading ------------------------------------------------------------------------------------------------
@dataclass(frozen=True)
class Line:
    """One entry as people read it. ``thing`` is the name of what it was about; empty where there is none."""

    entry: AuditEntry
    who: str
    thing: str

    @property
    def text(self) -> str:
        return self._words % {"who": self.who, "thing": self.thing}

    @property
    def html(self) -> SafeString:
        """The sentence with its names set apart, so that one from right to left turns nothing around.

        The thing leads to everything that was done to it.
        """
        return self._html(self._thing_html)

    @property
    def html_without_link(self) -> SafeString:
        """For a page that stands alone."""
        return self._html(format_html("<bdi>{}</bdi>", self.thing))

    def _html(self, thing: SafeString) -> SafeString:
        parts = {"who": format_html("<bdi>{}</bdi>", self.who), "thing": thing}
        return mark_safe(conditional_escape(self._words) % parts)  # noqa: S308 - each part is escaped

    @property
    def details(self) -> list[tuple[str | Promise, object]]:
        yes_no = {True: _("yes"), False: _("no"), None: "-"}
        return [
            (KEY_WORDS.get(key, key), yes_no[value] if isinstance(value, bool | None) else value)
            for key, value in self.entry.detail.items()
        ]

    @property
    def icon(self) -> str:
        action = ACTIONS.get(self.entry.action)
        return action.group.icon if action else "info"

    @property
    def thing_key(self) -> str:
        """What the page's address takes to show everything about this thing."""
        return f"{self.entry.object_type}:{self.entry.object_id}" if self.entry.object_type else ""

    @property
    def _thing_html(self) -> SafeString:
        if self.entry.object_type not in THINGS:
            return format_html("<bdi>{}</bdi>", self.thing)
        query = urlencode({"thing": self.thing_key})
        return format_html('<a href="?{}"><bdi>{}</bdi></a>', query, self.thing)

    @property
    def _words(self) -> str:
        action = ACTIONS.get(self.entry.action)
        # An action of an earlier version that no longer has a line.
        return str(action.words) if action else f"%(who)s: {self.entry.action.replace('%', '%%')} %(thing)s"


def lines_of(entries: Sequence[AuditEntry]) -> list[Line]:
    """The entries in words, in at most one more statement however many they are. The actors are loaded."""
    names = _names_of(entries)
    return [
        Line(
            entry,
            who=str(entry.actor) if entry.actor else _("The portal"),
            thing=_thing(entry, names),
        )
        for entry in entries
    ]


def _thing(entry: AuditEntry, names: dict[tuple[str, str], str]) -> str:
    if not entry.object_type:
        return ""
    found = names.get((entry.object_type, entry.object_id))
    return name_shown(found) if found else _("number %(number)s") % {"number": entry.object_id}


def _names_of(entries: Iterable[AuditEntry]) -> dict[tuple[str, str], str]:
    wanted: dict[str, set[str]] = {}
    for entry in entries:
        if entry.object_type in THINGS and entry.object_id.isdigit():
            wanted.setdefault(entry.object_type, set()).add(entry.object_id)
    queries = [_names_query(label, ids) for label, ids in sorted(wanted.items())]
    if not queries:
        return {}
    together = reduce(lambda one, other: one.union(other, all=True), queries)
    return {(label, key): name for label, key, name in together}


def _names_query(label: str, ids: set[str]) -> QuerySet[Any, tuple[str, str, str]]:
    rows = apps.get_model(label)._default_manager.order_by().filter(pk__in=sorted(map(int, ids)))
    named: QuerySet[Any, tuple[str, str, str]] = rows.annotate(
        audit_type=Value(label, CharField()),
        audit_key=Cast("pk", CharField()),
        audit_name=Cast(THINGS[label].field, CharField()),
    ).values_list("audit_type", "audit_key", "audit_name")
    return named
