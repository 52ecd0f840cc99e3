"""A wave under way: its mails pause and go on, its end moves or comes."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from common.methods import form_methods
from people.requests import AuthedRequest
from surveys.domain.waves import pausing
from surveys.domain.waves.pausing import NotNow
from surveys.forms.pausing import ClosingForm
from surveys.models import Wave
from surveys.views.launching import find_wave, may_launch, to_wave


@require_POST
@may_launch
def wave_pause(request: AuthedRequest, pk: int) -> HttpResponse:
    wave = find_wave(pk)
    if pausing.pause(wave=wave, by=request.user, now=timezone.now()):
        messages.success(request, _("Paused. No mail of it leaves until you let it go on."))
    return to_wave(wave)


@require_POST
@may_launch
def wave_go_on(request: AuthedRequest, pk: int) -> HttpResponse:
    wave = find_wave(pk)
    if pausing.go_on(wave=wave, by=request.user, now=timezone.now()):
        messages.success(request, _("It goes on. Mails leave in each person's working hours again."))
    return to_wave(wave)


@form_methods
@may_launch
def wave_extend(request: AuthedRequest, pk: int) -> HttpResponse:
    """An anonymous wave as it was announced, and one by name to any later time."""
    wave = find_wave(pk)
    now = timezone.now()
    if wave.is_anonymous:
        if not pausing.may_be_extended(wave, now):
            return _too_late(request, wave)
        return _extend_as_announced(request, wave)
    if not pausing.end_may_move(wave, now):
        return _too_late(request, wave)
    form = ClosingForm(request.POST or None, wave=wave)
    if request.method == "POST" and form.is_valid():
        try:
            pausing.move_end(
                wave=wave, closes_at=form.cleaned_data["closes_at"], by=request.user, now=timezone.now()
            )
        except NotNow:
            return _too_late(request, wave)
        messages.success(request, _("It closes later now."))
        return to_wave(wave)
    context = {"form": form, "wave": wave}
    return render(request, "surveys/wave_extend.html", context, status=422 if form.errors else 200)


def _extend_as_announced(request: AuthedRequest, wave: Wave) -> HttpResponse:
    if request.method != "POST":
        return render(request, "surveys/wave_extend.html", {"wave": wave})
    try:
        pausing.extend_as_announced(wave=wave, by=request.user, now=timezone.now())
    except NotNow:
        return _too_late(request, wave)
    messages.success(request, _("It is extended for everybody, as it was announced."))
    return to_wave(wave)


@form_methods
@may_launch
def wave_close(request: AuthedRequest, pk: int) -> HttpResponse:
    """Only a wave by name: an anonymous one is never closed early (T1)."""
    wave = find_wave(pk)
    if not pausing.end_may_move(wave, timezone.now()):
        return _too_late(request, wave)
    if request.method != "POST":
        return render(request, "surveys/wave_close.html", {"wave": wave})
    try:
        pausing.close_now(wave=wave, by=request.user, now=timezone.now())
    except NotNow:
        return _too_late(request, wave)
    messages.success(request, _("It is closed. Answers that are there stay."))
    return to_wave(wave)


def _too_late(request: AuthedRequest, wave: Wave) -> HttpResponse:
    messages.warning(request, _("That cannot be done with this wave now. Nothing was changed."))
    return to_wave(wave)
