from __future__ import annotations

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from common.access import signed_in
from people.requests import AuthedRequest


@require_GET
@signed_in
def home(request: AuthedRequest) -> HttpResponse:
    """My day: what waits for the viewer, soonest first."""
    return render(request, "culture_portal/home.html")


@require_GET
@signed_in
def more(request: AuthedRequest) -> HttpResponse:
    """Everything the short navigation of a phone leaves out, as a plain page."""
    return render(request, "culture_portal/more.html")
