"""Waves, for HR: plan, look at, launch, follow."""

from __future__ import annotations

from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_GET

from common.access import needs
from people.requests import AuthedRequest
from surveys.models import Wave


@require_GET
@needs("surveys.launch_wave")
def wave_detail(request: AuthedRequest, pk: int) -> HttpResponse:
    wave = get_object_or_404(Wave.objects.select_related("survey"), pk=pk)
    return render(request, "surveys/wave_detail.html", {"wave": wave})
