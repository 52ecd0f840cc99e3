"""Applying a file that waits, here or on a worker: whole or not at all, once however often called."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

from django.db import IntegrityError, connection, transaction
from django.urls import reverse

from common import progress
from common.importing import staging
from common.importing.kinds import Kind, Meanwhile, find_kind
from common.importing.table import Table
from common.models import ImportFile

if TYPE_CHECKING:
    from people.models import Person

_LOCK = 5_870_118  # Any number nobody else locks.


def order(run: ImportFile, *, by: Person) -> bool:
    """Decide to apply it; somebody who calls ``carry_out`` does. False when that was decided already."""
    found = ImportFile.objects.filter(pk=run.pk, state=ImportFile.State.PREVIEWED)
    if not found.update(state=ImportFile.State.WAITING, applied_by=by, summary={}):
        return False
    kind = find_kind(run.of)
    progress.begin(run.progress_key, permission=kind.permission, next_url=_page_of(run, kind))
    return True


def _page_of(run: ImportFile, kind: Kind) -> str:
    return reverse(f"{kind.prefix}-detail", args=[run.pk])


def carry_out(run_id: int) -> bool:
    """Apply a file that waits; False when there is nothing to do any more, or something stood in its way.

    Then it is back at being looked through, with a word about it.
    """
    run = ImportFile.objects.waiting().select_related("applied_by").filter(pk=run_id).first()
    if run is None:
        return False
    kind = find_kind(run.of)
    try:
        table = staging.table(run)
        with progress.track(
            run.progress_key,
            total=len(table.rows),
            permission=kind.permission,
            next_url=_page_of(run, kind),
        ) as work:
            try:
                return _apply(run, kind, table, work)
            except (Meanwhile, IntegrityError):
                _put_back(run)
                return False
    except BaseException:
        # Our fault, or the machine's: it waits for a person rather than for the next tick, and the next.
        _put_back(run)
        raise


def _apply(run: ImportFile, kind: Kind, table: Table, work: progress.Tracker) -> bool:
    """Rows are looked at outside of the transaction that writes them, which is short."""
    plan = kind.plan(table, work.advance)
    if plan.errors:
        raise Meanwhile
    with transaction.atomic():
        _one_at_a_time()
        if not _take(run, plan.counts):
            return False
        kind.write(plan, run.applied_by)
    return True


def _one_at_a_time() -> None:
    """Until the end of the transaction. SQLite has one writer anyway."""
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_LOCK])


def _take(run: ImportFile, counts: dict[str, int]) -> bool:
    waiting = ImportFile.objects.waiting().filter(pk=run.pk)
    return waiting.update(state=ImportFile.State.APPLIED, content=None, packed=None, summary=counts) == 1


def _put_back(run: ImportFile) -> None:
    waiting = ImportFile.objects.waiting().filter(pk=run.pk)
    waiting.update(state=ImportFile.State.PREVIEWED, summary={"refused": True})


def carry_out_all() -> None:
    """Files whose own wake-up was lost."""
    for run_id in list(ImportFile.objects.waiting().values_list("pk", flat=True)):
        carry_out(run_id)


def forget_old_files(now: dt.datetime) -> int:
    """Files looked through and never applied leave after a week."""
    return int(ImportFile.objects.forgotten(now).delete()[0])
