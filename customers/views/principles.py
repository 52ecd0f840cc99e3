"""Behaviours and values: everybody reads them, HR words them."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from common.access import needs, signed_in
from customers.domain.keeping import save_principle
from customers.forms import BehaviourForm, PrincipleForm, ValueForm
from customers.models import Behaviour, Value
from people.requests import AuthedRequest


@require_GET
@signed_in
def behaviour_list(request: AuthedRequest) -> HttpResponse:
    """Those in use; HR also sees the others."""
    may_edit = request.user.has_perm("customers.edit_principles")
    context = {
        "behaviours": Behaviour.objects.all() if may_edit else Behaviour.objects.in_use(),
        "values": Value.objects.all() if may_edit else Value.objects.in_use(),
        "may_edit": may_edit,
    }
    return render(request, "customers/behaviour_list.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@needs("customers.edit_principles")
def behaviour_create(request: AuthedRequest) -> HttpResponse:
    return _edit(request, BehaviourForm, Behaviour(position=Behaviour.objects.count() + 1))


@require_http_methods(["GET", "HEAD", "POST"])
@needs("customers.edit_principles")
def behaviour_edit(request: AuthedRequest, pk: int) -> HttpResponse:
    return _edit(request, BehaviourForm, get_object_or_404(Behaviour, pk=pk))


@require_http_methods(["GET", "HEAD", "POST"])
@needs("customers.edit_principles")
def value_create(request: AuthedRequest) -> HttpResponse:
    return _edit(request, ValueForm, Value(position=Value.objects.count() + 1))


@require_http_methods(["GET", "HEAD", "POST"])
@needs("customers.edit_principles")
def value_edit(request: AuthedRequest, pk: int) -> HttpResponse:
    return _edit(request, ValueForm, get_object_or_404(Value, pk=pk))


def _edit(
    request: AuthedRequest, form_class: type[PrincipleForm], principle: Behaviour | Value
) -> HttpResponse:
    form = form_class(request.POST if request.method == "POST" else None, instance=principle)
    if form.is_valid():
        save_principle(form.save(commit=False), by=request.user)
        messages.success(request, _("Saved."))
        return redirect("customers:behaviour-list")
    context = {"form": form, "name": form.initial.get("name", ""), "is_value": isinstance(principle, Value)}
    return render(request, "customers/behaviour_edit.html", context, status=422 if form.is_bound else 200)
