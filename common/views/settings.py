from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from common.access import needs
from common.settings_area import sections_for


@require_GET
@needs("common.see_settings")
def settings_index(request: HttpRequest) -> HttpResponse:
    """What this person may set."""
    return render(request, "common/settings_index.html", {"sections": sections_for(request.user)})
