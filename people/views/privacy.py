"""Erasing somebody who left."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from common.access import needs
from people.domain import erasing
from people.domain.changing import NotPossible
from people.forms import EraseForm
from people.models import Person
from people.requests import AuthedRequest


@require_http_methods(["GET", "HEAD", "POST"])
@needs("people.erase_people")
def person_erase(request: AuthedRequest, pk: int) -> HttpResponse:
    """Says what goes and what stays, and asks for the name: it cannot be undone."""
    person = get_object_or_404(Person.objects.known(), pk=pk)
    refusal = erasing.why_not(person, by=request.user)
    form = EraseForm(request.POST if request.method == "POST" else None, expected=person.display_name)
    if not refusal and form.is_valid():
        try:
            erasing.erase(person, by=request.user, now=timezone.now())
        except NotPossible as reason:
            messages.error(request, str(reason))
            return redirect(person)
        messages.success(request, _("They are erased. Figures stay as they were."))
        return redirect("people:person-list")
    context = {
        "name": person.display_name,
        "back_url": person.get_absolute_url(),
        "form": form,
        "refusal": refusal,
    }
    status = 422 if request.method == "POST" else 200
    return render(request, "people/person_erase.html", context, status=status)
