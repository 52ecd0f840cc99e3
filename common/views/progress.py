from __future__ import annotations

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_GET

from common.access import signed_in
from common.models import Progress


@require_GET
@signed_in
def progress(request: HttpRequest, key: str) -> HttpResponse:
    """How far a piece of work has come; to HTMX only the part that changes."""
    work = get_object_or_404(Progress, key=key)
    if work.permission and not request.user.has_perm(work.permission):
        raise Http404
    fragment = bool(request.headers.get("HX-Request"))
    template = "common/partials/progress.html" if fragment else "common/progress.html"
    return render(request, template, {"work": work})
