"""What HR keeps of people beside the usual, to break results down by: attributes and their values."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from common.access import needs
from people.domain import attributing
from people.forms import AttributeForm, PersonAttributesForm
from people.models import Attribute, Person
from people.requests import AuthedRequest


@require_GET
@needs("people.edit_people")
def attribute_list(request: AuthedRequest) -> HttpResponse:
    attributes = list(Attribute.objects.with_people())
    context = {
        "in_use": [attribute for attribute in attributes if not attribute.archived],
        "archived": [attribute for attribute in attributes if attribute.archived],
    }
    return render(request, "people/attribute_list.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@needs("people.edit_people")
def attribute_create(request: AuthedRequest) -> HttpResponse:
    return _attribute_form(request, Attribute())


@require_http_methods(["GET", "HEAD", "POST"])
@needs("people.edit_people")
def attribute_edit(request: AuthedRequest, pk: int) -> HttpResponse:
    return _attribute_form(request, get_object_or_404(Attribute, pk=pk))


def _attribute_form(request: AuthedRequest, attribute: Attribute) -> HttpResponse:
    form = AttributeForm(request.POST if request.method == "POST" else None, instance=attribute)
    if form.is_valid():
        attributing.save_attribute(form.attribute(), by=request.user)
        messages.success(request, _("Saved."))
        return redirect("people:attribute-list")
    status = 422 if request.method == "POST" else 200
    context = {"form": form, "is_new": attribute.pk is None}
    return render(request, "people/attribute_form.html", context, status=status)


@require_POST
@needs("people.edit_people")
def attribute_archive(request: AuthedRequest, pk: int) -> HttpResponse:
    attribute = get_object_or_404(Attribute, pk=pk)
    attributing.archive(attribute, by=request.user)
    messages.success(request, _("“%(name)s” is no longer offered.") % {"name": attribute})
    return redirect("people:attribute-list")


@require_POST
@needs("people.edit_people")
def attribute_restore(request: AuthedRequest, pk: int) -> HttpResponse:
    attribute = get_object_or_404(Attribute, pk=pk)
    attributing.restore(attribute, by=request.user)
    messages.success(request, _("“%(name)s” is offered again.") % {"name": attribute})
    return redirect("people:attribute-list")


@require_POST
@needs("people.edit_people")
def attribute_delete(request: AuthedRequest, pk: int) -> HttpResponse:
    """Only one that is kept of nobody."""
    attribute = get_object_or_404(Attribute, pk=pk)
    if attributing.delete(attribute, by=request.user):
        messages.success(request, _("“%(name)s” is gone.") % {"name": attribute})
    else:
        messages.error(
            request, _("“%(name)s” is known of people, so it can only be put aside.") % {"name": attribute}
        )
    return redirect("people:attribute-list")


@require_http_methods(["GET", "HEAD", "POST"])
@needs("people.edit_people")
def person_attributes(request: AuthedRequest, pk: int) -> HttpResponse:
    """What is known of one person, corrected by hand."""
    person = get_object_or_404(Person.objects.known(), pk=pk)
    form = PersonAttributesForm(request.POST if request.method == "POST" else None, person=person)
    if form.is_valid():
        attributing.set_values(person, form.values, by=request.user)
        messages.success(request, _("Saved."))
        return redirect(person)
    status = 422 if request.method == "POST" else 200
    return render(request, "people/person_attributes.html", {"form": form, "person": person}, status=status)
