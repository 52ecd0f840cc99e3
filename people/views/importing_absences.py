"""Days away from a file, for HR: upload, say which column is what, look through, apply."""

from __future__ import annotations

from django.http import HttpResponse
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from common.access import needs
from common.importing import pages
from people.domain.importing_absences import ABSENCES
from people.requests import AuthedRequest


@require_http_methods(["GET", "HEAD", "POST"])
@needs("people.import_people")
def absence_import_create(request: AuthedRequest) -> HttpResponse:
    return pages.create(request, ABSENCES)


@require_GET
@needs("people.import_people")
def absence_import_detail(request: AuthedRequest, pk: int) -> HttpResponse:
    return pages.detail(request, ABSENCES, pk)


@require_http_methods(["GET", "HEAD", "POST"])
@needs("people.import_people")
def absence_import_columns(request: AuthedRequest, pk: int) -> HttpResponse:
    return pages.columns(request, ABSENCES, pages.in_hand(ABSENCES, pk))


@require_POST
@needs("people.import_people")
def absence_import_reading(request: AuthedRequest, pk: int) -> HttpResponse:
    return pages.reading(request, ABSENCES, pages.in_hand(ABSENCES, pk))


@require_POST
@needs("people.import_people")
def absence_import_apply(request: AuthedRequest, pk: int) -> HttpResponse:
    return pages.apply(request, ABSENCES, pk)


@require_POST
@needs("people.import_people")
def absence_import_discard(request: AuthedRequest, pk: int) -> HttpResponse:
    return pages.discard(request, ABSENCES, pk)


@require_GET
@needs("people.import_people")
def absence_import_problems(request: AuthedRequest, pk: int) -> HttpResponse:
    return pages.problems(request, ABSENCES, pk)


@require_GET
@needs("people.import_people")
def absence_import_template(request: AuthedRequest) -> HttpResponse:
    return pages.template(ABSENCES.fields())
