"""People by CSV, for HR: upload, look through, apply."""

from __future__ import annotations

from functools import partial

from django.contrib import messages
from django.db import transaction
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from common.access import needs
from common.csv_export import csv_response
from common.csv_import import UnreadableFile
from people import tasks
from people.domain.importing import running
from people.domain.importing.planning import ImportPlan
from people.forms import ApplyImportForm, UploadForm
from people.models import ImportRun
from people.requests import AuthedRequest

# More than this is applied by the worker, and the page says so.
AT_ONCE = 1000
PROBLEMS_SHOWN = 100


@require_http_methods(["GET", "HEAD", "POST"])
@needs("people.import_people")
def import_create(request: AuthedRequest) -> HttpResponse:
    """Upload a file; nothing changes yet."""
    form = UploadForm(request.POST, request.FILES) if request.method == "POST" else UploadForm()
    if form.is_valid():
        try:
            run = running.upload(form.cleaned_data["file"], file_name=form.file_name, by=request.user)
            return redirect("people:import-detail", pk=run.pk)
        except UnreadableFile as problem:
            form.add_error("file", str(problem))
    context = {"form": form, "runs": ImportRun.objects.select_related("uploaded_by").defer("text")[:10]}
    status = 422 if request.method == "POST" else 200
    return render(request, "people/import_create.html", context, status=status)


@require_GET
@needs("people.import_people")
def import_detail(request: AuthedRequest, pk: int) -> HttpResponse:
    """What applying would change, how far applying is, or what it changed."""
    run = get_object_or_404(ImportRun, pk=pk)
    if run.state == ImportRun.State.WAITING:
        return render(request, "people/import_waiting.html", {"run": run})
    if run.state == ImportRun.State.APPLIED:
        return render(request, "people/import_applied.html", {"run": run})
    plan = running.look_through(run)
    return _preview(request, run, plan, ApplyImportForm(leads=plan.leads))


@require_POST
@needs("people.import_people")
def import_apply(request: AuthedRequest, pk: int) -> HttpResponse:
    run = get_object_or_404(ImportRun, pk=pk)
    if run.state != ImportRun.State.PREVIEWED:
        return redirect("people:import-detail", pk=pk)
    plan = running.look_through(run)
    form = ApplyImportForm(request.POST, leads=plan.leads)
    if plan.errors or not form.is_valid():
        return _preview(request, run, plan, form, status=422)
    with transaction.atomic():
        if running.order(run, leads=form.chosen_leads, invite=form.cleaned_data["invite"]):
            # A broker that is down costs nobody their request: the next tick finds what waits.
            transaction.on_commit(partial(tasks.apply_import.delay, run_id=run.pk), robust=True)
    if len(plan.creates) + len(plan.updates) <= AT_ONCE:
        running.carry_out(run.pk)
    return redirect("people:import-detail", pk=pk)


@require_POST
@needs("people.import_people")
def import_discard(request: AuthedRequest, pk: int) -> HttpResponse:
    if not ImportRun.objects.filter(pk=pk, state=ImportRun.State.PREVIEWED).delete()[0]:
        # Applied in another window: its page says what it changed.
        return redirect("people:import-detail", pk=pk)
    messages.success(request, _("The file is gone. Nobody was changed."))
    return redirect("people:import-create")


@require_GET
@needs("people.import_people")
def import_problems(request: AuthedRequest, pk: int) -> HttpResponse:
    """Every problem of every row, to work through in a spreadsheet."""
    run = get_object_or_404(ImportRun, pk=pk, state=ImportRun.State.PREVIEWED)
    plan = running.look_through(run)
    kinds = ((_("must be corrected"), plan.errors), (_("will be cleaned"), plan.warnings))
    rows = [(kind, each.row, each.column, each.message) for kind, problems in kinds for each in problems]
    return csv_response(f"problems-{run.file_name}", [_("Kind"), _("Row"), _("Column"), _("Problem")], rows)


def _preview(
    request: AuthedRequest, run: ImportRun, plan: ImportPlan, form: ApplyImportForm, *, status: int = 200
) -> HttpResponse:
    context = {
        "run": run,
        "plan": plan,
        "form": form,
        "errors": plan.errors[:PROBLEMS_SHOWN],
        "warnings": plan.warnings[:PROBLEMS_SHOWN],
        "more_problems": max(len(plan.errors), len(plan.warnings)) > PROBLEMS_SHOWN,
        "leads_unclear": [lead for lead in plan.leads if not lead.candidates],
    }
    return render(request, "people/import_preview.html", context, status=status)
