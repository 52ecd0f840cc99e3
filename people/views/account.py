"""What people decide for themselves."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from common.access import signed_in
from people.domain import changing
from people.forms import AbsenceForm
from people.models import Absence
from people.requests import AuthedRequest


@require_safe
@signed_in
def account(request: AuthedRequest) -> HttpResponse:
    """Where everything about oneself is decided, and the days one is away."""
    return _page(request, AbsenceForm(prefix="absence"))


@require_POST
@signed_in
def absence_create(request: AuthedRequest) -> HttpResponse:
    form = AbsenceForm(request.POST, prefix="absence", instance=Absence(person=request.user))
    if form.is_valid():
        changing.add_absence(form.save(commit=False), by=request.user)
        messages.success(request, _("Saved. We write to you when you are back."))
        return redirect("people:account")
    return _page(request, form, failed=True)


@require_POST
@signed_in
def absence_delete(request: AuthedRequest, pk: int) -> HttpResponse:
    changing.remove_absence(get_object_or_404(request.user.absences, pk=pk), by=request.user)
    messages.success(request, _("Removed."))
    return redirect("people:account")


def _page(request: AuthedRequest, absence_form: AbsenceForm, *, failed: bool = False) -> HttpResponse:
    absences = request.user.absences.filter(last_day__gte=timezone.localdate()).order_by("first_day")
    context = {"absence_form": absence_form, "absences": absences}
    return render(request, "people/account.html", context, status=422 if failed else 200)
