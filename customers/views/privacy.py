"""What contacts may ask of us, who cannot sign in: everything held on them, and to be erased."""

from __future__ import annotations

from django.contrib import messages
from django.db import transaction
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from common import audit
from common.access import needs
from customers.domain import erasing
from customers.models import Contact
from people.domain.changing import NotPossible
from people.domain.downloading import zip_response
from people.forms import EraseForm
from people.requests import AuthedRequest


@require_POST
@needs("customers.edit_external")
def contact_data(request: AuthedRequest, pk: int) -> HttpResponse:
    """HR asks for it, and hands it over."""
    contact = get_object_or_404(Contact.objects.known(), pk=pk)
    with transaction.atomic():
        audit.record(by=request.user, action="contact.data_downloaded", obj=contact)
        return zip_response(contact, timezone.now())


@require_http_methods(["GET", "HEAD", "POST"])
@needs("customers.edit_external")
def contact_erase(request: AuthedRequest, pk: int) -> HttpResponse:
    """Says what goes and what stays, and asks for the name: it cannot be undone."""
    contact = get_object_or_404(Contact.objects.known(), pk=pk)
    refusal = erasing.why_not(contact)
    form = EraseForm(request.POST if request.method == "POST" else None, expected=contact.name)
    if not refusal and form.is_valid():
        try:
            erasing.erase(contact, by=request.user, now=timezone.now())
        except NotPossible as reason:
            messages.error(request, str(reason))
            return redirect("customers:contact-edit", pk=pk)
        messages.success(request, _("They are erased. Figures stay as they were."))
        return redirect("customers:contact-list")
    back_url = reverse("customers:contact-edit", args=[pk])
    context = {"name": contact.name, "back_url": back_url, "form": form, "refusal": refusal}
    status = 422 if request.method == "POST" else 200
    return render(request, "customers/contact_erase.html", context, status=status)
