"""An import by page: the file is looked through, waits while somebody decides, and is applied.

Both are done by whoever claims the run, here or on a worker: the claim is a lease, and what a worker that
died had begun to write stands under an attempt of its own that nobody reads.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from typing import Any

from django.db.models import F
from django.urls import reverse
from django.utils import timezone, translation

from common import progress
from common.bulk import insert_rows
from common.chunks import in_chunks
from common.importing import staging
from people.domain.importing.applying import (
    ImportResult,
    Outdated,
    Overtaken,
    apply_plan,
    reserve_keys,
)
from people.domain.importing.leads import Lead, LeadCandidate
from people.domain.importing.planning import ImportPlan, plan_import
from people.domain.importing.reading import TeamPath, people_fields, read_people
from people.domain.importing.recording import Keys, digest, record_plan
from people.domain.importing.snapshot import Snapshot
from people.models import ImportProblem, ImportRow, ImportRun, Person

LEASE = dt.timedelta(minutes=5)
ROWS_AT_ONCE = 1000
# Somebody may be quicker than us now and then, but not each time.
_TRIES = 3
State = ImportRun.State


def upload(raw: bytes, *, file_name: str, by: Person | None, everybody: bool) -> ImportRun:
    """Keep the file; it is looked through next if its columns are clear. Raises UnreadableFile."""
    run = ImportRun(
        file_name=file_name[:200],
        uploaded_by=by,
        everybody=everybody,
        language=translation.get_language() or "",
    )
    grid = staging.stage(run, raw, people_fields())
    if run.mapping is not None:
        look_again(run, size=len(grid.lines))
    return run


def look_again(run: ImportRun, *, size: int | None = None) -> bool:
    """Look through it (once more): its columns were named, or people have changed. ``check`` does it."""
    asked = ImportRun.objects.filter(pk=run.pk, state__in=[State.UPLOADED, State.PREVIEWED])
    run.size = len(staging.grid_of(run).lines) if size is None else size
    if not asked.update(state=State.CHECKING, claimed_until=None, size=run.size, summary={}):
        return False
    run.state = State.CHECKING
    _show_progress(run)
    return True


def check(run_id: int, *, now: dt.datetime | None = None) -> bool:
    """Look through a file that waits for it. False when there is nothing to do, or somebody is at it."""
    run = _claim(run_id, State.CHECKING, now or timezone.now())
    if run is None:
        return False
    with _work(run) as advance:
        found = _look(run, advance, {})
        _write_findings(run, Keys(found.plan, found.snapshot), advance)
        return _show(run, found)


def order(
    run: ImportRun,
    *,
    seen: str,
    leads: Mapping[TeamPath, str],
    invite: bool,
    reactivate: bool,
    leaving: int | None = None,
) -> bool:
    """Decide to apply what was ``seen``, by its digest; ``carry_out`` does it.

    ``leaving`` is how many leave, said once more where those are many. False when that was not said, it was
    decided already, or something else is shown by now.
    """
    if leave_many(run.summary) and leaving != run.summary["leaves"]:
        return False
    agreed = ImportRun.objects.filter(pk=run.pk, state=State.PREVIEWED, digest=seen)
    ordered = agreed.update(
        state=State.WAITING,
        claimed_until=None,
        invite=invite,
        reactivate=reactivate,
        leads=[[list(path), key] for path, key in leads.items()],
    )
    if ordered:
        _show_progress(run)
    return ordered == 1


def carry_out(run_id: int, *, now: dt.datetime | None = None) -> ImportResult | None:
    """Apply an ordered import, once however often called; None when there is nothing to do any more.

    Where it is no longer what somebody agreed to, it is shown to them anew and nothing is applied.
    """
    now = now or timezone.now()
    run = _claim(run_id, State.WAITING, now)
    if run is None:
        return None
    with _work(run) as advance:
        for _try in range(_TRIES):
            found = _look(run, advance, {tuple(path): key for path, key in run.leads})
            if found.plan.errors or found.digest != run.digest:
                break
            try:
                return _apply(run, found, advance, now)
            except Outdated:
                if not _next_attempt(run):
                    return None
            except Overtaken:
                return None
        _write_findings(run, Keys(found.plan, found.snapshot), advance)
        _show(run, found, refused=True)
        return None


def forget(now: dt.datetime) -> None:
    """Files nobody wanted; what is kept of applied ones leaves by the retention file."""
    ImportRun.objects.forgotten(now).delete()


@dataclass(frozen=True)
class _Found:
    plan: ImportPlan
    snapshot: Snapshot
    digest: str


def _look(run: ImportRun, advance: Callable[[int], None], leads: Mapping[TeamPath, str]) -> _Found:
    parsed = read_people(staging.table(run), advance)
    snapshot = Snapshot.take(parsed.attribute_ids)
    plan = plan_import(parsed, snapshot, leads, everybody=run.everybody)
    return _Found(plan, snapshot, digest(plan, snapshot))


def _write_findings(
    run: ImportRun, keys: Keys, advance: Callable[[int], None], *, reactivate: bool = True
) -> None:
    """Its rows and problems. Without reserved keys, what is still to be made goes by its handles."""
    columns = ["run_id", "attempt", "kind", "number", "person_id", "team_id", "name", "before", "after"]
    records = record_plan(keys.plan, keys.snapshot, keys, reactivate=reactivate)
    for chunk in in_chunks(records, ROWS_AT_ONCE):
        insert_rows(ImportRow, columns, ((run.pk, run.attempt, *record) for record in chunk))
        advance(len(chunk))
    insert_rows(
        ImportProblem,
        ["run_id", "attempt", "stops", "row", "column", "message"],
        (
            (run.pk, run.attempt, stops, problem.row, problem.column[:200], problem.message)
            for stops, group in ((True, keys.plan.errors), (False, keys.plan.warnings))
            for problem in group
        ),
    )


def _show(run: ImportRun, found: _Found, *, refused: bool = False) -> bool:
    """It is looked through. False when another worker was quicker, or somebody no longer wants it."""
    mine = ImportRun.objects.filter(pk=run.pk, attempt=run.attempt, state=run.state)
    shown = mine.update(
        state=State.PREVIEWED,
        digest=found.digest,
        claimed_until=None,
        lead_choices=[_lead_as_json(lead) for lead in found.plan.leads],
        summary=counts_of(found.plan) | ({"refused": True} if refused else {}),
    )
    return shown == 1


def counts_of(plan: ImportPlan) -> dict[str, int | bool]:
    """What the preview says in figures."""
    return {
        "new": len(plan.creates),
        "changed": len(plan.updates),
        "same": len(plan.same),
        "leaves": len(plan.leavers),
        "returns": len(plan.returners),
        "kept": len(plan.kept),
        "absent": plan.absent,
        "working": plan.working,
        "teams": len(plan.new_teams),
        "errors": len(plan.errors),
        "warnings": len(plan.warnings),
        "changes_nothing": plan.changes_nothing,
    }


def leave_many(counts: Mapping[str, Any]) -> bool:
    """More than one in ten: somebody has to say so twice."""
    return bool(counts.get("leaves", 0) * 10 > counts.get("working", 0))


def _apply(run: ImportRun, found: _Found, advance: Callable[[int], None], now: dt.datetime) -> ImportResult:
    keys = reserve_keys(found.plan, found.snapshot)
    _write_findings(run, keys, advance, reactivate=run.reactivate)

    def finish(result: ImportResult) -> bool:
        mine = ImportRun.objects.filter(pk=run.pk, attempt=run.attempt, state=State.WAITING)
        done = mine.update(
            state=State.APPLIED,
            applied_at=now,
            content=b"",
            packed=b"",
            leads=[],
            lead_choices=[],
            claimed_until=None,
            summary=counts_of(found.plan) | result.counts,
        )
        return done == 1

    return apply_plan(
        keys, by=run.uploaded_by, invite=run.invite, reactivate=run.reactivate, now=now, finish=finish
    )


def leads_of(run: ImportRun) -> list[Lead]:
    """Who might lead which team, as it was found."""
    return [_lead_from_json(stored) for stored in run.lead_choices]


def _lead_as_json(lead: Lead) -> dict[str, object]:
    chosen = lead.candidates.index(lead.chosen) if lead.chosen else None
    return {
        "path": lead.path,
        "candidates": [asdict(candidate) for candidate in lead.candidates],
        "chosen": chosen,
    }


def _lead_from_json(stored: Mapping[str, Any]) -> Lead:
    candidates = tuple(LeadCandidate(**candidate) for candidate in stored["candidates"])
    chosen = None if stored["chosen"] is None else candidates[stored["chosen"]]
    return Lead(tuple(stored["path"]), candidates, chosen)


def _claim(run_id: int, state: str, now: dt.datetime) -> ImportRun | None:
    """Take the run up for a while; None where somebody else has, or nothing is due."""
    free = ImportRun.objects.to_do(now).filter(pk=run_id, state=state)
    if not free.update(claimed_until=now + LEASE, attempt=F("attempt") + 1):
        return None
    run = ImportRun.objects.select_related("uploaded_by").get(pk=run_id)
    _drop_former_attempts(run)
    return run


def _next_attempt(run: ImportRun) -> bool:
    """Begin anew with the rows. False where somebody else took the run up, whose lease had run out."""
    mine = ImportRun.objects.filter(pk=run.pk, attempt=run.attempt, state=run.state)
    if not mine.update(attempt=F("attempt") + 1):
        return False
    run.attempt += 1
    _drop_former_attempts(run)
    return True


def _drop_former_attempts(run: ImportRun) -> None:
    run.rows.exclude(attempt=run.attempt).delete()
    run.problems.exclude(attempt=run.attempt).delete()


def _show_progress(run: ImportRun) -> None:
    progress.begin(
        run.progress_key,
        # Reading a row and noting what comes of it.
        total=2 * run.size,
        permission="people.import_people",
        next_url=reverse("people:import-detail", args=[run.pk]),
    )


@contextmanager
def _work(run: ImportRun) -> Iterator[Callable[[int], None]]:
    """Shows how far it is, and speaks the language of whoever waits for it."""
    url = reverse("people:import-detail", args=[run.pk])
    with (
        translation.override(run.language or None),
        progress.track(
            run.progress_key, total=2 * run.size, permission="people.import_people", next_url=url
        ) as tracker,
    ):
        yield tracker.advance
