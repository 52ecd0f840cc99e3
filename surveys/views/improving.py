""" "You said, we did", for whoever may open the results of the group. To others none of it is there: 404."""

from __future__ import annotations

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from common.access import signed_in
from common.methods import form_methods
from people.requests import AuthedRequest
from surveys.domain.results import improving
from surveys.domain.results.improving import QuotesWithheld
from surveys.domain.results.reading import GroupPage
from surveys.forms.improving import ImprovementForm
from surveys.models import Improvement
from surveys.views.results import find_page, find_wave


@form_methods
@signed_in
def improvement_create(request: AuthedRequest, pk: int, code: int) -> HttpResponse:
    wave = find_wave(request, pk)
    page = find_page(request, wave, code)
    if not improving.may_write(wave):
        raise Http404
    return _form(request, page, Improvement(wave=wave, group_code=code))


@form_methods
@signed_in
def improvement_edit(request: AuthedRequest, pk: int) -> HttpResponse:
    improvement, page = _find(request, pk)
    return _form(request, page, improvement)


@form_methods
@signed_in
def improvement_delete(request: AuthedRequest, pk: int) -> HttpResponse:
    """Asks first: it cannot be taken back."""
    improvement, page = _find(request, pk)
    if request.method == "POST":
        improving.delete(improvement, by=request.user)
        messages.success(request, _("It is gone."))
        return _to_page(improvement)
    context = {"improvement": improvement, "wave": improvement.wave, "page": page}
    return render(request, "surveys/results_improvement_delete.html", context)


@require_POST
@signed_in
def improvement_show(request: AuthedRequest, pk: int) -> HttpResponse:
    improvement, _page = _find(request, pk)
    now = timezone.now()
    try:
        improving.show(improvement, by=request.user, today=timezone.localdate(now), now=now)
    except QuotesWithheld:
        messages.error(request, _("It quotes a comment that was withheld. Say it in your own words first."))
        return redirect("surveys:improvement-edit", pk=improvement.pk)
    messages.success(request, _("Those who were asked read it from now on."))
    return _to_page(improvement)


@require_POST
@signed_in
def improvement_hide(request: AuthedRequest, pk: int) -> HttpResponse:
    improvement, _page = _find(request, pk)
    improving.take_back(improvement, by=request.user)
    messages.success(request, _("It is a draft again. Those who were asked no longer see it."))
    return _to_page(improvement)


def _find(request: AuthedRequest, pk: int) -> tuple[Improvement, GroupPage]:
    improvement = get_object_or_404(Improvement, pk=pk)
    improvement.wave = find_wave(request, improvement.wave_id)
    return improvement, find_page(request, improvement.wave, improvement.group_code)


def _form(request: AuthedRequest, page: GroupPage, improvement: Improvement) -> HttpResponse:
    form = ImprovementForm(request.POST or None, instance=improvement, page=page)
    if request.method == "POST" and form.is_valid():
        improving.write(form.save(commit=False), by=request.user)
        messages.success(request, _("Saved."))
        return _to_page(improvement)
    context = {"form": form, "improvement": improvement, "wave": improvement.wave, "page": page}
    return render(
        request, "surveys/results_improvement_form.html", context, status=422 if form.errors else 200
    )


def _to_page(improvement: Improvement) -> HttpResponse:
    address = redirect("surveys:wave-results-group", pk=improvement.wave_id, code=improvement.group_code)
    address["Location"] += "#done"
    return address
