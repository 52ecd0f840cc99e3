"""Customers outside, for HR: organisations and their contacts."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from common.access import needs
from common.paging import keyset_page
from customers.domain.keeping import save_contact, save_organisation
from customers.forms import ContactForm, ContactSearchForm, OrganisationForm
from customers.models import Contact, ExternalOrganisation
from people.requests import AuthedRequest


@require_GET
@needs("customers.edit_external")
def contact_list(request: AuthedRequest) -> HttpResponse:
    """Contacts by organisation and name; to HTMX only the rows."""
    contacts = Contact.objects.known().select_related("organisation__owner")
    form = ContactSearchForm(request.GET)
    organisation = None
    if form.is_valid():
        contacts = contacts.matching(form.cleaned_data["q"])
        if form.cleaned_data["organisation"]:
            organisation = get_object_or_404(ExternalOrganisation, pk=form.cleaned_data["organisation"])
            contacts = contacts.filter(organisation=organisation)
    page = keyset_page(contacts, fields=("organisation__name", "name", "pk"), after=request.GET.get("after"))
    context = {"form": form, "only_of": organisation, "page": page}
    if request.headers.get("HX-Request"):
        return render(request, "customers/partials/contact_rows.html", context)
    return render(request, "customers/contact_list.html", context, status=200 if form.is_valid() else 422)


@require_GET
@needs("customers.edit_external")
def organisation_list(request: AuthedRequest) -> HttpResponse:
    organisations = ExternalOrganisation.objects.with_size().select_related("owner")
    page = keyset_page(organisations, fields=("name", "pk"), after=request.GET.get("after"))
    return render(request, "customers/organisation_list.html", {"page": page})


@require_http_methods(["GET", "HEAD", "POST"])
@needs("customers.edit_external")
def organisation_create(request: AuthedRequest) -> HttpResponse:
    return _edit_organisation(request, ExternalOrganisation())


@require_http_methods(["GET", "HEAD", "POST"])
@needs("customers.edit_external")
def organisation_edit(request: AuthedRequest, pk: int) -> HttpResponse:
    return _edit_organisation(request, get_object_or_404(ExternalOrganisation, pk=pk))


def _edit_organisation(request: AuthedRequest, organisation: ExternalOrganisation) -> HttpResponse:
    form = OrganisationForm(request.POST if request.method == "POST" else None, instance=organisation)
    if form.is_valid():
        save_organisation(form.save(commit=False), by=request.user)
        messages.success(request, _("Saved."))
        return redirect("customers:organisation-list")
    context = {"form": form, "name": form.initial.get("name", "")}
    return render(request, "customers/organisation_edit.html", context, status=422 if form.is_bound else 200)


@require_http_methods(["GET", "HEAD", "POST"])
@needs("customers.edit_external")
def contact_create(request: AuthedRequest) -> HttpResponse:
    return _edit_contact(request, Contact())


@require_http_methods(["GET", "HEAD", "POST"])
@needs("customers.edit_external")
def contact_edit(request: AuthedRequest, pk: int) -> HttpResponse:
    return _edit_contact(request, get_object_or_404(Contact.objects.known(), pk=pk))


def _edit_contact(request: AuthedRequest, contact: Contact) -> HttpResponse:
    form = ContactForm(request.POST if request.method == "POST" else None, instance=contact)
    if form.is_valid():
        save_contact(form.save(commit=False), by=request.user)
        messages.success(request, _("Saved."))
        return redirect("customers:contact-list")
    context = {"form": form, "name": form.initial.get("name", "")}
    return render(request, "customers/contact_edit.html", context, status=422 if form.is_bound else 200)
