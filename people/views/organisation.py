"""What HR says of the organisation: its name, logo, place, hours, and the smallest group shown."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.db import transaction
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from common.access import needs
from common.logo import NotALogo
from common.working_time import next_free_days
from people.domain.organising import remove_logo, save_logo, save_organisation, stored_organisation
from people.forms import FreeDaysForm, LogoForm, OrganisationFactsForm
from people.requests import AuthedRequest

FREE_DAYS_SHOWN = 5


@require_http_methods(["GET", "HEAD", "POST"])
@needs("people.edit_organisation")
def organisation(request: AuthedRequest) -> HttpResponse:
    if request.method != "POST":
        return _page(request, OrganisationFactsForm(instance=stored_organisation()), LogoForm())
    # Two who save at once: the second is read after the first, and told.
    with transaction.atomic():
        form = OrganisationFactsForm(request.POST, instance=stored_organisation(locked=True))
        if form.is_valid():
            save_organisation(form.save(commit=False), by=request.user)
            messages.success(request, _("Saved."))
            return redirect("people:organisation")
    return _page(request, form, LogoForm())


@require_POST
@needs("people.edit_organisation")
def organisation_logo(request: AuthedRequest) -> HttpResponse:
    form = LogoForm(request.POST, request.FILES)
    if form.is_valid():
        try:
            save_logo(form.cleaned_data["picture"], by=request.user)
        except NotALogo as refusal:
            form.add_error("picture", str(refusal))
        else:
            messages.success(request, _("The logo stands on every page now."))
            return redirect("people:organisation")
    return _page(request, OrganisationFactsForm(instance=stored_organisation()), form)


@require_POST
@needs("people.edit_organisation")
def organisation_logo_remove(request: AuthedRequest) -> HttpResponse:
    remove_logo(by=request.user)
    messages.success(request, _("The logo is gone."))
    return redirect("people:organisation")


@require_GET
@needs("people.edit_organisation")
def organisation_free_days(request: AuthedRequest) -> HttpResponse:
    """The next public holidays of a country, before anybody has saved it."""
    form = FreeDaysForm(request.GET)
    country = form.cleaned_data["country"] if form.is_valid() else ""
    status = 200 if country else 422
    return render(request, "people/partials/free_days.html", _free_days(country), status=status)


def _page(request: AuthedRequest, form: OrganisationFactsForm, logo_form: LogoForm) -> HttpResponse:
    stored = stored_organisation()
    context = {"form": form, "logo_form": logo_form, "stored": stored, **_free_days(stored.country)}
    failed = form.is_bound or logo_form.is_bound
    return render(request, "people/organisation.html", context, status=422 if failed else 200)


def _free_days(country: str) -> dict[str, Any]:
    days = next_free_days(
        country, after=timezone.localdate(), count=FREE_DAYS_SHOWN, language=get_language() or ""
    )
    return {"country": country, "free_days": days}
