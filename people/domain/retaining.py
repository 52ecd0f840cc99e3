"""What ``people`` lets go of by itself, rule by rule of the retention file."""

from __future__ import annotations

import datetime as dt

from django.db.models import Q

from common.models import ImportFile
from people.domain import keeping_sessions
from people.models import Absence, ImportRun

_AT_WORK = [ImportRun.State.CHECKING, ImportRun.State.WAITING]


def forget_absences(days: int, now: dt.datetime) -> int:
    return Absence.objects.filter(last_day__lt=now.date() - dt.timedelta(days=days)).delete()[0]


def forget_imports(days: int, now: dt.datetime) -> int:
    """Files and what came of them; one that is at work stays, and one that may still be taken back."""
    before = now - dt.timedelta(days=days)
    runs = ImportRun.objects.filter(uploaded_at__lt=before).exclude(state__in=_AT_WORK)
    files = ImportFile.objects.filter(uploaded_at__lt=before).exclude(state=ImportFile.State.WAITING)
    old = runs.filter(Q(applied_at=None) | Q(applied_at__lt=before))
    gone = old.delete()[1].get("people.ImportRun", 0)
    return gone + files.delete()[1].get("common.ImportFile", 0)


def forget_sessions(days: int, now: dt.datetime) -> int:
    """The tick does this each minute too (``people.tasks``)."""
    return keeping_sessions.forget_expired(now - dt.timedelta(days=days))
