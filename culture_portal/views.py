from __future__ import annotations

from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_GET

from common.access import signed_in
from common.day import waiting_for
from people.requests import AuthedRequest


@require_GET
@signed_in
def home(request: AuthedRequest) -> HttpResponse:
    """My day: what waits for the viewer, soonest first."""
    now = timezone.now()
    context = {"today": timezone.localtime(now), "waiting": waiting_for(request.user, now)}
    return render(request, "culture_portal/home.html", context)


@require_GET
@signed_in
def more(request: AuthedRequest) -> HttpResponse:
    """Everything the short navigation of a phone leaves out, as a plain page."""
    return render(request, "culture_portal/more.html")
