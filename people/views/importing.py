"""People by file, for HR: upload, look through, apply, take back."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

from celery import Task
from django.contrib import messages
from django.db import transaction
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from common import audit
from common.access import needs
from common.csv_export import csv_response
from common.importing import pages, staging
from common.importing.kinds import ImportPages, PreviewRow
from common.importing.problems import UnreadableFile
from common.models import Progress
from common.paging import keyset_page
from people import tasks
from people.domain.importing import people_fields, running, undoing
from people.domain.importing.describing import describe, report
from people.domain.importing.undoing import CannotUndo
from people.forms import ApplyImportForm, UploadForm
from people.models import ImportRow, ImportRun
from people.requests import AuthedRequest

# More than this is looked through and applied by the worker, and the page says how far it is.
AT_ONCE = 1000
PROBLEMS_SHOWN = 20
ROWS_SHOWN = 8
Kind = ImportRow.Kind
State = ImportRun.State
# In the order of the preview: what somebody has to look at comes first.
SHOWN = (Kind.LEAVES, Kind.RETURNS, Kind.KEPT, Kind.NEW, Kind.CHANGED, Kind.TEAM, Kind.SAME)
NAMES_SHOWN = 30
PAGES = ImportPages(
    of="people",
    prefix="people:import",
    title=gettext_lazy("Import people"),
    parent_title=gettext_lazy("People"),
    parent_url="people:person-list",
    fields=people_fields,
)


@require_http_methods(["GET", "HEAD", "POST"])
@needs("people.import_people")
def import_create(request: AuthedRequest) -> HttpResponse:
    """Upload a file; nothing changes yet."""
    runs = ImportRun.objects.listed()
    form = UploadForm(
        *((request.POST, request.FILES) if request.method == "POST" else ()),
        # A file that was never applied says nothing of the next.
        initial={"everybody": runs.applied().values_list("everybody", flat=True).first() or False},
    )
    if form.is_valid():
        data = form.cleaned_data
        try:
            run = running.upload(
                data["file"], file_name=form.file_name, by=request.user, everybody=data["everybody"]
            )
        except UnreadableFile as problem:
            form.add_error("file", str(problem))
        else:
            _check_soon(run)
            return redirect("people:import-detail", pk=run.pk)
    context = {
        "kind": PAGES,
        "form": form,
        "fields": people_fields(),
        "runs": runs[:10],
        "last": next((run for run in runs.applied()[:1] if undoing.is_last(run, timezone.now())), None),
    }
    status = 422 if request.method == "POST" else 200
    return render(request, "people/import_create.html", context, status=status)


@require_GET
@needs("people.import_people")
def import_detail(request: AuthedRequest, pk: int) -> HttpResponse:
    """What applying would change, how far the work is, or what it changed."""
    run = get_object_or_404(ImportRun.objects.select_related("uploaded_by"), pk=pk)
    if request.headers.get("HX-Request"):
        # The page that waits asks whether there is something else to show.
        return HttpResponse(status=204) if run.is_busy else HttpResponse(headers={"HX-Refresh": "true"})
    if run.is_busy:
        work = Progress.objects.filter(key=run.progress_key).first()
        return render(request, "people/import_waiting.html", {"kind": PAGES, "run": run, "work": work})
    if run.state in {State.APPLIED, State.UNDONE}:
        return _applied(request, run)
    if run.mapping is None:
        return redirect("people:import-columns", pk=pk)
    return _preview(request, run, _apply_form(run))


@require_http_methods(["GET", "HEAD", "POST"])
@needs("people.import_people")
def import_columns(request: AuthedRequest, pk: int) -> HttpResponse:
    """Which column is what."""
    run = get_object_or_404(ImportRun, pk=pk)
    if run.state not in {State.UPLOADED, State.PREVIEWED}:
        return redirect("people:import-detail", pk=pk)
    return pages.columns(request, PAGES, run, then=partial(_look_again, run))


@require_POST
@needs("people.import_people")
def import_reading(request: AuthedRequest, pk: int) -> HttpResponse:
    """Read the file anew, as somebody says."""
    run = get_object_or_404(ImportRun, pk=pk)
    if run.state not in {State.UPLOADED, State.PREVIEWED}:
        return redirect("people:import-detail", pk=pk)
    return pages.reading(request, PAGES, run, then=partial(_look_again, run))


@require_GET
@needs("people.import_people")
def import_template(request: AuthedRequest) -> HttpResponse:
    """A file with nothing but its headings, to be filled."""
    return pages.template(people_fields())


@require_POST
@needs("people.import_people")
def import_check(request: AuthedRequest, pk: int) -> HttpResponse:
    """Look through it once more: people may have changed since."""
    _look_again(get_object_or_404(ImportRun, pk=pk))
    return redirect("people:import-detail", pk=pk)


@require_GET
@needs("people.import_people")
def import_rows(request: AuthedRequest, pk: int, kind: str) -> HttpResponse:
    """Everybody of one kind, page by page."""
    run = get_object_or_404(ImportRun, pk=pk)
    if kind not in Kind.values or run.is_busy:
        raise Http404
    rows = run.rows_now.filter(kind=kind)
    page = keyset_page(rows, fields=["pk"], after=request.GET.get("after"))
    context = {
        "kind": PAGES,
        "run": run,
        "title": Kind(kind).label,
        "rows": describe(run, page.rows),
        "page": page,
        "count": rows.count(),
    }
    return render(request, "people/import_rows.html", context)


@require_POST
@needs("people.import_people")
def import_apply(request: AuthedRequest, pk: int) -> HttpResponse:
    run = get_object_or_404(ImportRun, pk=pk)
    if run.state != State.PREVIEWED:
        return redirect("people:import-detail", pk=pk)
    form = _apply_form(run, request.POST)
    if run.summary.get("errors") or not form.is_valid():
        return _preview(request, run, form, status=422)
    data = form.cleaned_data
    ordered = running.order(
        run,
        seen=data["seen"],
        leads=form.chosen_leads,
        invite=data["invite"],
        reactivate=data["reactivate"],
        leaving=data.get("leaving"),
    )
    if ordered:
        _soon(run, running.carry_out, tasks.apply_import)
    else:
        messages.info(request, _("The file was looked through anew meanwhile. Please look at it once more."))
    return redirect("people:import-detail", pk=pk)


@require_POST
@needs("people.import_people")
def import_discard(request: AuthedRequest, pk: int) -> HttpResponse:
    left = [State.UPLOADED, State.CHECKING, State.PREVIEWED]
    if not ImportRun.objects.filter(pk=pk, state__in=left).delete()[0]:
        # Applied in another window: its page says what it changed.
        return redirect("people:import-detail", pk=pk)
    messages.success(request, _("The file is gone. Nobody was changed."))
    return redirect("people:import-create")


@require_GET
@needs("people.import_people")
def import_report(request: AuthedRequest, pk: int) -> HttpResponse:
    """Everything it would change or did, to look through in a spreadsheet."""
    run = get_object_or_404(ImportRun, pk=pk)
    if run.is_busy:
        raise Http404
    header = [_("What"), _("Row"), _("Name"), _("Field"), _("Before"), _("After")]
    rows = list(report(run))
    audit.record(by=request.user, action="import.report_exported", obj=run, rows=len(rows))
    return csv_response(f"report-{run.file_name}", header, rows)


@require_http_methods(["GET", "HEAD", "POST"])
@needs("people.import_people")
def import_undo(request: AuthedRequest, pk: int) -> HttpResponse:
    """Asks first, and says who and what cannot be taken back."""
    run = get_object_or_404(ImportRun, pk=pk)
    now = timezone.now()
    try:
        if request.method == "POST":
            undoing.undo(run.pk, by=request.user, now=now)
            messages.success(request, _("The import is undone."))
            return redirect("people:import-detail", pk=pk)
        found = undoing.look_back(run, now=now)
        context: dict[str, Any] = {
            "undoing": found,
            "staying_shown": list(found.staying.items())[:NAMES_SHOWN],
        }
    except CannotUndo as reason:
        context = {"reason": str(reason)}
    status = 422 if request.method == "POST" else 200
    return render(request, "people/import_undo.html", context | {"kind": PAGES, "run": run}, status=status)


def _check_soon(run: ImportRun) -> None:
    if run.state == State.CHECKING:
        _soon(run, running.check, tasks.check_import)


def _look_again(run: ImportRun) -> None:
    if running.look_again(run):
        _check_soon(run)


def _soon(run: ImportRun, work: Callable[[int], object], task: Task[..., None]) -> None:
    """Here where it is quick. A broker that is down costs nobody their request: the next tick finds it."""
    if run.size <= AT_ONCE:
        work(run.pk)
    else:
        transaction.on_commit(partial(task.delay, run_id=run.pk), robust=True)


def _apply_form(run: ImportRun, data: Any = None) -> ApplyImportForm:
    leaving = run.summary.get("leaves", 0)
    return ApplyImportForm(
        data,
        leads=running.leads_of(run),
        leaving=leaving if running.leave_many(run.summary) else 0,
        initial={"seen": run.digest, "invite": run.invite, "reactivate": run.reactivate},
    )


def _preview(
    request: AuthedRequest, run: ImportRun, form: ApplyImportForm, *, status: int = 200
) -> HttpResponse:
    problems = run.problems_now
    context = {
        "run": run,
        "form": form,
        "lists": _lists(run),
        "errors": problems.filter(stops=True).order_by("pk")[:PROBLEMS_SHOWN],
        "warnings": problems.filter(stops=False).order_by("pk")[:PROBLEMS_SHOWN],
        "leads_unclear": [lead for lead in form.leads if not lead.candidates],
        "kind": PAGES,
        "grid": staging.grid_of(run),
    }
    return render(request, "people/import_preview.html", context, status=status)


def _applied(request: AuthedRequest, run: ImportRun) -> HttpResponse:
    context = {
        "kind": PAGES,
        "run": run,
        "lists": _lists(run),
        "kept_days": undoing.kept_days(),
        "may_undo": run.state == State.APPLIED and undoing.is_last(run, timezone.now()),
    }
    return render(request, "people/import_applied.html", context)


def _lists(run: ImportRun) -> list[tuple[str, str, int, list[PreviewRow]]]:
    """Of each kind there is its name, its words, how many there are, and the first of them."""
    found: dict[str, list[ImportRow]] = {
        kind: list(run.rows_now.filter(kind=kind).order_by("pk")[:ROWS_SHOWN]) for kind in SHOWN
    }
    described = iter(describe(run, [row for rows in found.values() for row in rows]))
    of_kind = {kind: [next(described) for _row in rows] for kind, rows in found.items()}
    return [
        (kind.value, str(kind.label), run.rows_now.filter(kind=kind).count(), of_kind[kind])
        for kind in SHOWN
        if of_kind[kind]
    ]
