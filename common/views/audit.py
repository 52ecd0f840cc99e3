from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from common.access import needs
from common.filters import AuditFilter
from common.models import AuditEntry
from common.paging import keyset_page


@require_GET
@needs("common.see_audit_log")
def audit_list(request: HttpRequest) -> HttpResponse:
    """Who did what to which thing, newest first."""
    form = AuditFilter(request.GET, actions=AuditEntry.objects.actions())
    chosen = form.cleaned_data["action"] if form.is_valid() else ""
    entries = AuditEntry.objects.of(chosen).select_related("actor")
    page = keyset_page(entries, fields=("-at", "-pk"), after=request.GET.get("after"))
    return render(request, "common/audit_list.html", {"form": form, "page": page, "chosen": chosen})
