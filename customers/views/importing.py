"""Customers outside from a file, for HR: upload, say which column is what, look through, apply."""

from __future__ import annotations

from django.http import HttpResponse
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from common.access import needs
from common.importing import pages
from customers.domain.importing import CONTACTS
from people.requests import AuthedRequest


@require_http_methods(["GET", "HEAD", "POST"])
@needs("customers.edit_external")
def contact_import_create(request: AuthedRequest) -> HttpResponse:
    return pages.create(request, CONTACTS)


@require_GET
@needs("customers.edit_external")
def contact_import_detail(request: AuthedRequest, pk: int) -> HttpResponse:
    return pages.detail(request, CONTACTS, pk)


@require_http_methods(["GET", "HEAD", "POST"])
@needs("customers.edit_external")
def contact_import_columns(request: AuthedRequest, pk: int) -> HttpResponse:
    return pages.columns(request, CONTACTS, pages.in_hand(CONTACTS, pk))


@require_POST
@needs("customers.edit_external")
def contact_import_reading(request: AuthedRequest, pk: int) -> HttpResponse:
    return pages.reading(request, CONTACTS, pages.in_hand(CONTACTS, pk))


@require_POST
@needs("customers.edit_external")
def contact_import_apply(request: AuthedRequest, pk: int) -> HttpResponse:
    return pages.apply(request, CONTACTS, pk)


@require_POST
@needs("customers.edit_external")
def contact_import_discard(request: AuthedRequest, pk: int) -> HttpResponse:
    return pages.discard(request, CONTACTS, pk)


@require_GET
@needs("customers.edit_external")
def contact_import_problems(request: AuthedRequest, pk: int) -> HttpResponse:
    return pages.problems(request, CONTACTS, pk)


@require_GET
@needs("customers.edit_external")
def contact_import_template(request: AuthedRequest) -> HttpResponse:
    return pages.template(CONTACTS.fields())
