"""Rows of waves that repeat, for HR."""

from __future__ import annotations

from django.contrib import messages
from django.db.models import Prefetch
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from common.methods import form_methods
from common.paging import keyset_page
from people.requests import AuthedRequest
from surveys.domain.repeating import continuing, speaking_up
from surveys.domain.repeating.sampling import longest_wait
from surveys.domain.waves.previewing import preview
from surveys.forms.repeating import RowForm
from surveys.models import Wave, WaveGroup, WaveSeries
from surveys.views.launching import may_launch


def to_series(series: WaveSeries) -> HttpResponse:
    return redirect("surveys:series-detail", pk=series.pk)


def find_series(pk: int) -> WaveSeries:
    return get_object_or_404(WaveSeries.objects.select_related("started_by"), pk=pk)


@require_safe
@may_launch
def series_list(request: AuthedRequest) -> HttpResponse:
    page = keyset_page(WaveSeries.objects.with_newest(), fields=("-pk",), after=request.GET.get("after"))
    speaks_up = WaveSeries.objects.active().filter(code=speaking_up.CODE).exists()
    return render(request, "surveys/series_list.html", {"page": page, "speaks_up": speaks_up})


@require_safe
@may_launch
def series_detail(request: AuthedRequest, pk: int) -> HttpResponse:
    series = find_series(pk)
    newest = series.waves.select_related("survey__team").order_by("-number").first()
    waiting = newest if newest and newest.opens_by_itself else None
    whole = Prefetch("groups", WaveGroup.objects.filter(code=1), to_attr="whole")
    opened = series.waves.for_lists().launched().prefetch_related(whole)
    context = {
        "series": series,
        "newest": newest,
        "waiting": waiting,
        "is_late": waiting is not None and waiting.opens_at <= timezone.now(),
        "found": preview(waiting) if waiting else None,
        "has_starter": series.starter is not None,
        "wants_a_look": waiting is not None and continuing.wants_a_look(waiting),
        "longest_wait": longest_wait(series.rotation),
        "page": keyset_page(opened, fields=("-number",), after=request.GET.get("after")),
    }
    return render(request, "surveys/series_detail.html", context)


@form_methods
@may_launch
def series_create(request: AuthedRequest, pk: int) -> HttpResponse:
    """Repeat this wave."""
    waves = Wave.objects.planned().select_related("survey", "series")
    wave = get_object_or_404(waves, pk=pk)
    if wave.series is not None:
        return to_series(wave.series)
    form = RowForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        series = continuing.begin(wave, by=request.user, now=timezone.now(), **form.cleaned_data)
        messages.success(request, _("It repeats from now on."))
        return to_series(series)
    context = {"form": form, "wave": wave}
    return render(request, "surveys/series_form.html", context, status=422 if form.errors else 200)


@form_methods
@may_launch
def series_edit(request: AuthedRequest, pk: int) -> HttpResponse:
    series = find_series(pk)
    form = RowForm(request.POST or None, instance=series)
    if request.method == "POST" and form.is_valid():
        continuing.change(find_series(pk), by=request.user, now=timezone.now(), **form.cleaned_data)
        messages.success(request, _("Saved."))
        return to_series(series)
    context = {"form": form, "series": series, "wave": series.waves.order_by("-number").first()}
    return render(request, "surveys/series_form.html", context, status=422 if form.errors else 200)


@require_POST
@may_launch
def series_pause(request: AuthedRequest, pk: int) -> HttpResponse:
    series = continuing.pause(find_series(pk), by=request.user)
    messages.success(request, _("Paused. The next wave waits until you let it go on."))
    return to_series(series)


@require_POST
@may_launch
def series_go_on(request: AuthedRequest, pk: int) -> HttpResponse:
    series = continuing.go_on(find_series(pk), by=request.user, now=timezone.now())
    messages.success(request, _("It goes on, and you answer for it."))
    return to_series(series)


@require_POST
@may_launch
def series_put_off(request: AuthedRequest, pk: int) -> HttpResponse:
    series = find_series(pk)
    if continuing.put_off(series, by=request.user, now=timezone.now()) is None:
        messages.warning(request, _("There is nothing to leave out: the wave is on its way."))
    else:
        messages.success(request, _("Left out this time. It comes the time after."))
    return to_series(series)


@require_POST
@may_launch
def series_stop(request: AuthedRequest, pk: int) -> HttpResponse:
    series = continuing.stop(find_series(pk), by=request.user)
    messages.success(request, _("It has ended. The waves that have opened stay as they are."))
    return to_series(series)


@require_POST
@may_launch
def series_speak_up(request: AuthedRequest) -> HttpResponse:
    """The monthly question, switched on."""
    try:
        series = speaking_up.switch_on(by=request.user, now=timezone.now())
    except speaking_up.CannotOpen as refused:
        messages.warning(request, " ".join(problem.words for problem in refused.problems))
        return redirect("surveys:series-list")
    messages.success(request, _("Switched on. It opens each month by itself."))
    return to_series(series)
