"""The pages of an import: upload, say which column is what, look through, apply. HTTP only.

Each app's views declare method and permission and call these with their kind.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import partial
from typing import TYPE_CHECKING, Any

from django.contrib import messages
from django.db import transaction
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _

from common import audit, tasks
from common.csv_export import csv_response
from common.importing import running, staging
from common.importing.columns import FieldSet, propose
from common.importing.forms import ColumnsForm, FileForm, ReadingForm
from common.importing.kinds import CHANGED, NEW, SAME, ImportPages, Kind, Plan
from common.importing.problems import Problem, UnreadableFile
from common.models import ImportFile, Progress

if TYPE_CHECKING:
    from people.requests import AuthedRequest

# More than this is applied by the worker, and the page says how far it is.
AT_ONCE = 1000
PROBLEMS_SHOWN = 100


def create(request: AuthedRequest, kind: Kind) -> HttpResponse:
    """Upload a file; nothing changes yet."""
    form = FileForm(request.POST, request.FILES) if request.method == "POST" else FileForm()
    if form.is_valid():
        run = ImportFile(of=kind.of, uploaded_by=request.user, file_name=form.file_name)
        try:
            staging.stage(run, form.cleaned_data["file"], kind.fields())
            return redirect(f"{kind.prefix}-detail", pk=run.pk)
        except UnreadableFile as problem:
            form.add_error("file", str(problem))
    runs = ImportFile.objects.filter(of=kind.of).for_lists()[:10]
    context = {"kind": kind, "fields": kind.fields(), "form": form, "runs": runs}
    return render(request, "common/import_create.html", context, status=422 if form.is_bound else 200)


def detail(request: AuthedRequest, kind: Kind, pk: int) -> HttpResponse:
    """What applying would change, how far applying is, or what it changed."""
    run = get_object_or_404(ImportFile, pk=pk, of=kind.of)
    context: dict[str, Any] = {"kind": kind, "run": run}
    if run.state == ImportFile.State.WAITING:
        work = Progress.objects.filter(key=run.progress_key).first()
        return render(request, "common/import_waiting.html", context | {"work": work})
    if run.state == ImportFile.State.APPLIED:
        counts = _counts(kind, run.summary)
        return render(request, "common/import_applied.html", context | {"counts": counts})
    if run.mapping is None:
        return redirect(f"{kind.prefix}-columns", pk=pk)
    return _preview(request, kind, run, _plan(kind, run))


def in_hand(kind: Kind, pk: int) -> ImportFile:
    """A file somebody is looking at; 404 where it is gone, applied or of another kind."""
    return get_object_or_404(ImportFile, pk=pk, of=kind.of, state=ImportFile.State.PREVIEWED)


def columns(
    request: AuthedRequest, pages: ImportPages, run: Any, *, then: Callable[[], None] = lambda: None
) -> HttpResponse:
    """Which column is what. ``then`` follows where somebody has said so."""
    grid, fields = staging.grid_of(run), pages.fields()
    mapping = run.mapping or propose(fields, grid.headings)
    data = request.POST if request.method == "POST" else None
    form = ColumnsForm(data, grid=grid, fields=fields, mapping=mapping)
    if form.is_valid():
        staging.choose_columns(run, form.mapping, fields)
        then()
        return redirect(f"{pages.prefix}-detail", pk=run.pk)
    return _columns_page(request, pages, run, form, ReadingForm(grid=grid))


def reading(
    request: AuthedRequest, pages: ImportPages, run: Any, *, then: Callable[[], None] = lambda: None
) -> HttpResponse:
    """Read the file anew, as somebody says. ``then`` follows where its columns are clear."""
    grid, fields = staging.grid_of(run), pages.fields()
    form = ReadingForm(request.POST, grid=grid)
    if form.is_valid():
        try:
            staging.reread(run, form.choices, fields)
            if run.mapping is not None:
                then()
            return redirect(f"{pages.prefix}-columns", pk=run.pk)
        except UnreadableFile as problem:
            form.add_error(None, str(problem))
    mapping = run.mapping or propose(fields, grid.headings)
    return _columns_page(request, pages, run, ColumnsForm(grid=grid, fields=fields, mapping=mapping), form)


def _columns_page(
    request: AuthedRequest, pages: ImportPages, run: Any, form: ColumnsForm, reading_form: ReadingForm
) -> HttpResponse:
    context = {
        "kind": pages,
        "run": run,
        "grid": form.grid,
        "form": form,
        "reading_form": reading_form,
    }
    bound = form.is_bound or reading_form.is_bound
    return render(request, "common/import_columns.html", context, status=422 if bound else 200)


def apply(request: AuthedRequest, kind: Kind, pk: int) -> HttpResponse:
    run = get_object_or_404(ImportFile, pk=pk, of=kind.of)
    if run.state != ImportFile.State.PREVIEWED or run.mapping is None:
        return redirect(f"{kind.prefix}-detail", pk=pk)
    plan = _plan(kind, run)
    if plan.errors:
        return _preview(request, kind, run, plan, status=422)
    with transaction.atomic():
        if running.order(run, by=request.user):
            # A broker that is down costs nobody their request: the next tick finds what waits.
            transaction.on_commit(partial(tasks.apply_import_file.delay, run_id=run.pk), robust=True)
    if plan.changes <= AT_ONCE:
        running.carry_out(run.pk)
    return redirect(f"{kind.prefix}-detail", pk=pk)


def discard(request: AuthedRequest, kind: Kind, pk: int) -> HttpResponse:
    left = ImportFile.objects.filter(pk=pk, of=kind.of, state=ImportFile.State.PREVIEWED)
    if not left.delete()[0]:
        # Applied in another window: its page says what it changed.
        return redirect(f"{kind.prefix}-detail", pk=pk)
    messages.success(request, _("The file is gone. Nothing was changed."))
    return redirect(f"{kind.prefix}-create")


def problems(request: AuthedRequest, kind: Kind, pk: int) -> HttpResponse:
    """Every problem of every row, to work through in a spreadsheet."""
    run = in_hand(kind, pk)
    if run.mapping is None:
        return redirect(f"{kind.prefix}-columns", pk=pk)
    plan = _plan(kind, run)
    return problems_response(request, run.file_name, plan.errors, plan.warnings)


def problems_response(
    request: AuthedRequest, file_name: str, errors: Iterable[Problem], warnings: Iterable[Problem]
) -> HttpResponse:
    parts = ((_("must be corrected"), errors), (_("will be cleaned"), warnings))
    rows = [(sort, each.row or "", each.column, each.message) for sort, found in parts for each in found]
    audit.record(by=request.user, action="import.problems_exported", rows=len(rows))
    return csv_response(f"problems-{file_name}", [_("Kind"), _("Row"), _("Column"), _("Problem")], rows)


def template(fields: FieldSet) -> HttpResponse:
    """A file with nothing but its headings, to be filled."""
    return csv_response(f"template-{fields.of}", [str(field.label) for field in fields.fields], [])


def _plan(kind: Kind, run: ImportFile) -> Plan:
    plan: Plan = kind.plan(staging.table(run), lambda: None)
    return plan


def _counts(kind: Kind, counts: dict[str, Any]) -> list[tuple[Any, int]]:
    return [(label, counts.get(name, 0)) for name, label in kind.labels.items()]


def _preview(
    request: AuthedRequest, kind: Kind, run: ImportFile, plan: Plan, *, status: int = 200
) -> HttpResponse:
    titles = {NEW: _("New"), CHANGED: _("Changed"), SAME: _("As they are")}
    context = {
        "kind": kind,
        "run": run,
        "plan": plan,
        "grid": staging.grid_of(run),
        "counts": _counts(kind, plan.counts),
        "rows": [
            (titles[sort], plan.rows[sort], plan.counts[sort]) for sort in titles if plan.rows.get(sort)
        ],
        "errors": plan.errors[:PROBLEMS_SHOWN],
        "warnings": plan.warnings[:PROBLEMS_SHOWN],
        "has_problems": bool(plan.errors or plan.warnings),
    }
    return render(request, "common/import_preview.html", context, status=status)
