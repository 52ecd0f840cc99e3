"""An import by page: the file waits while somebody looks, then it is applied, here or on a worker."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping

from people.domain.importing.applying import ImportRefused, ImportResult, apply_import
from people.domain.importing.planning import ImportPlan, plan_import
from people.domain.importing.reading import TeamPath, read_people
from people.models import ImportRun, Person


def upload(text: str, *, file_name: str, by: Person) -> ImportRun:
    """Keep the file until somebody has looked. Raises UnreadableFile."""
    read_people(text)
    return ImportRun.objects.create(text=text, file_name=file_name[:200], uploaded_by=by)


def look_through(run: ImportRun) -> ImportPlan:
    """What applying it now would do."""
    return plan_import(read_people(run.text))


def order(run: ImportRun, *, leads: Mapping[TeamPath, str], invite: bool) -> bool:
    """Decide to apply it; somebody who calls ``carry_out`` does. False when that was decided already."""
    ordered = ImportRun.objects.filter(pk=run.pk, state=ImportRun.State.PREVIEWED).update(
        state=ImportRun.State.WAITING,
        invite=invite,
        leads=[[list(path), key] for path, key in leads.items()],
        summary={},
    )
    return ordered == 1


def carry_out(run_id: int, *, now: dt.datetime | None = None) -> ImportResult | None:
    """Apply an ordered import, once however often called; None when there is nothing to do any more.

    What people changed meanwhile may stand in its way: then it is back at looking, with a word about it.
    """
    run = ImportRun.objects.waiting().select_related("uploaded_by").filter(pk=run_id).first()
    if run is None:
        return None

    def finish(result: ImportResult) -> bool:
        done = ImportRun.objects.waiting().filter(pk=run_id)
        return done.update(state=ImportRun.State.APPLIED, text="", leads=[], summary=result.counts) == 1

    try:
        return apply_import(
            read_people(run.text),
            by=run.uploaded_by,
            invite=run.invite,
            chosen_leads={tuple(path): key for path, key in run.leads},
            now=now,
            finish=finish,
        )
    except ImportRefused:
        ImportRun.objects.waiting().filter(pk=run_id).update(
            state=ImportRun.State.PREVIEWED, summary={"refused": True}
        )
        return None


def forget_old_files(now: dt.datetime) -> int:
    """Files looked through and never applied leave after a week."""
    return ImportRun.objects.forgotten(now).delete()[0]
