"""The audit log: who did what to which thing. Ids and words, never an answer, a token or a password."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db.models import Model

from common.models import AuditEntry

if TYPE_CHECKING:
    from people.models import Person

Detail = str | int | bool | None


def record(*, by: Person | None, action: str, obj: Model | None = None, **detail: Detail) -> None:
    """Write one entry in the caller's transaction. ``action`` says what was done, like ``"wave.launched"``.

    ``by`` is None where the portal itself acts.
    """
    AuditEntry.objects.create(
        actor=by,
        action=action,
        object_type=obj._meta.label_lower if obj is not None else "",
        object_id=str(obj.pk) if obj is not None else "",
        detail=detail,
    )
