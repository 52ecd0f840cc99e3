"""What ``common`` lets go of by itself, rule by rule of the retention file."""

from __future__ import annotations

import datetime as dt

from common.models import AuditEntry, Progress


def forget_progress(days: int, now: dt.datetime) -> int:
    return Progress.objects.filter(begun_at__lt=now - dt.timedelta(days=days)).delete()[0]


def forget_audit(days: int, now: dt.datetime) -> int:
    return AuditEntry.objects.all().drop_older_than(now - dt.timedelta(days=days))
