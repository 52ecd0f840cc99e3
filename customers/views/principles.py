"""Behaviours and values: everybody reads them, HR words them."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from common.access import needs, signed_in
from customers.domain.keeping import (
    archive_principle,
    bring_back_principle,
    move_principle,
    save_principle,
)
from customers.forms import BehaviourForm, PrincipleForm, ValueForm
from customers.models import Behaviour, Value
from customers.models.behaviour import Principle
from customers.usage import uses_of
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
    return _edit(request, BehaviourForm, Behaviour())


@require_http_methods(["GET", "HEAD", "POST"])
@needs("customers.edit_principles")
def behaviour_edit(request: AuthedRequest, pk: int) -> HttpResponse:
    return _edit(request, BehaviourForm, get_object_or_404(Behaviour, pk=pk))


@require_http_methods(["GET", "HEAD", "POST"])
@needs("customers.edit_principles")
def value_create(request: AuthedRequest) -> HttpResponse:
    return _edit(request, ValueForm, Value())


@require_http_methods(["GET", "HEAD", "POST"])
@needs("customers.edit_principles")
def value_edit(request: AuthedRequest, pk: int) -> HttpResponse:
    return _edit(request, ValueForm, get_object_or_404(Value, pk=pk))


@require_POST
@needs("customers.edit_principles")
def principle_move(request: AuthedRequest, kind: type[Principle], pk: int, direction: str) -> HttpResponse:
    move_principle(get_object_or_404(kind, pk=pk), direction, by=request.user)
    return redirect("customers:behaviour-list")


@require_http_methods(["GET", "HEAD", "POST"])
@needs("customers.edit_principles")
def principle_archive(request: AuthedRequest, kind: type[Principle], pk: int) -> HttpResponse:
    """Asks first, and shows what points at it."""
    principle = get_object_or_404(kind, pk=pk)
    if request.method != "POST":
        context = {"principle": principle, "uses": uses_of(principle)}
        return render(request, "customers/principle_archive.html", context)
    archive_principle(principle, by=request.user)
    messages.success(request, _("Put away. What points at it stays."))
    return redirect("customers:behaviour-list")


@require_POST
@needs("customers.edit_principles")
def principle_bring_back(request: AuthedRequest, kind: type[Principle], pk: int) -> HttpResponse:
    bring_back_principle(get_object_or_404(kind, pk=pk), by=request.user)
    messages.success(request, _("In use again."))
    return redirect("customers:behaviour-list")


def _edit(
    request: AuthedRequest, form_class: type[PrincipleForm], principle: Behaviour | Value
) -> HttpResponse:
    form = form_class(request.POST if request.method == "POST" else None, instance=principle)
    if form.is_valid():
        save_principle(form.save(commit=False), by=request.user)
        messages.success(request, _("Saved."))
        return redirect("customers:behaviour-list")
    stored = type(principle).objects.filter(pk=principle.pk).first()
    context = {"form": form, "stored": stored, "is_value": isinstance(principle, Value)}
    return render(request, "customers/behaviour_edit.html", context, status=422 if form.is_bound else 200)
