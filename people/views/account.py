"""What people decide for themselves."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from common.access import signed_in
from people.domain import changing
from people.forms import AbsenceForm, AccountForm
from people.middleware import speak_to_viewer
from people.models import Absence, Person
from people.requests import AuthedRequest


@require_http_methods(["GET", "HEAD", "POST"])
@signed_in
def account(request: AuthedRequest) -> HttpResponse:
    """Language, time zone and working hours of whoever is signed in."""
    form = AccountForm(
        request.POST if request.method == "POST" else None, instance=Person.objects.get(pk=request.user.pk)
    )
    if form.is_valid():
        # Only these: what was changed meanwhile, such as that they have left, stays as it is.
        saved = form.save(commit=False)
        saved.save(update_fields=set(form.Meta.fields) - {"hours"})
        # That it is saved is said in the language just chosen.
        request.user.language = saved.language
        speak_to_viewer(request)
        messages.success(request, _("Saved."))
        return redirect("people:account")
    return _page(request, form, AbsenceForm(prefix="absence"), failed=request.method == "POST")


@require_POST
@signed_in
def absence_create(request: AuthedRequest) -> HttpResponse:
    form = AbsenceForm(request.POST, prefix="absence", instance=Absence(person=request.user))
    if form.is_valid():
        changing.add_absence(form.save(commit=False), by=request.user)
        messages.success(request, _("Saved. We write to you when you are back."))
        return redirect("people:account")
    return _page(request, AccountForm(instance=request.user), form, failed=True)


@require_POST
@signed_in
def absence_delete(request: AuthedRequest, pk: int) -> HttpResponse:
    changing.remove_absence(get_object_or_404(request.user.absences, pk=pk), by=request.user)
    messages.success(request, _("Removed."))
    return redirect("people:account")


def _page(
    request: AuthedRequest, form: AccountForm, absence_form: AbsenceForm, *, failed: bool
) -> HttpResponse:
    absences = request.user.absences.filter(last_day__gte=timezone.localdate()).order_by("first_day")
    context = {"form": form, "absence_form": absence_form, "absences": absences}
    return render(request, "people/account.html", context, status=422 if failed else 200)
