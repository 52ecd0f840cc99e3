"""The causes HR offers: added, put into other words, put away and brought back."""

from __future__ import annotations

from django.db import transaction

from common import audit
from people.models import Person
from surveys.models import FollowUpCause


@transaction.atomic
def save(cause: FollowUpCause, *, by: Person) -> FollowUpCause:
    cause.save()
    audit.record(by=by, action="follow_up_cause.saved", obj=cause)
    return cause


def put_away(cause: FollowUpCause, *, by: Person) -> None:
    """No longer offered; follow-ups that name it keep it. Repeating it changes nothing."""
    _set(cause, archived=True, action="follow_up_cause.archived", by=by)


def bring_back(cause: FollowUpCause, *, by: Person) -> None:
    _set(cause, archived=False, action="follow_up_cause.brought_back", by=by)


@transaction.atomic
def _set(cause: FollowUpCause, *, archived: bool, action: str, by: Person) -> None:
    if FollowUpCause.objects.filter(pk=cause.pk).exclude(archived=archived).update(archived=archived):
        audit.record(by=by, action=action, obj=cause)
