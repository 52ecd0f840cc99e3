from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from common import audit
from common.access import needs
from common.audit import lines_of
from common.csv_export import csv_response
from common.filters import AuditFilter
from common.models import AuditEntry
from common.models.audit import AuditQuerySet
from common.paging import keyset_page

MOST_EXPORTED = 50_000
_AT_ONCE = 500


@require_GET
@needs("common.see_audit_log")
def audit_list(request: HttpRequest) -> HttpResponse:
    """Who did what to which thing, newest first."""
    form = AuditFilter(request.GET)
    entries = form.narrow(_entries())
    page = keyset_page(entries, fields=("-at", "-pk"), after=request.GET.get("after"))
    asked = request.GET.copy()
    asked.pop("after", None)
    context = {"form": form, "page": page, "lines": lines_of(page.rows), "asked": asked.urlencode()}
    return render(request, "common/audit_list.html", context, status=200 if form.is_valid() else 422)


@require_GET
@needs("common.see_audit_log")
def audit_csv(request: HttpRequest) -> HttpResponse:
    """What the page shows, newest first, up to ``MOST_EXPORTED`` rows; itself in the log from now on."""
    rows = list(_rows(AuditFilter(request.GET).narrow(_entries())))
    audit.record(by=request.user, action="audit.exported", rows=len(rows))  # type: ignore[arg-type]
    header = [_("When"), _("Who"), _("What"), _("Details"), _("Action"), _("Thing")]
    return csv_response("audit-log", header, rows)


def _entries() -> AuditQuerySet:
    return AuditEntry.objects.select_related("actor")


def _rows(entries: AuditQuerySet) -> Iterator[tuple[Any, ...]]:
    after, left = None, MOST_EXPORTED
    while left > 0:
        page = keyset_page(entries, fields=("-at", "-pk"), after=after, size=min(_AT_ONCE, left))
        for line in lines_of(page.rows):
            at = timezone.localtime(line.entry.at).isoformat(timespec="seconds")
            details = ", ".join(f"{name}: {value}" for name, value in line.details)
            yield at, line.who, line.text, details, line.entry.action, line.thing_key
        after, left = page.next_cursor, left - len(page.rows)
        if after is None:
            return
