"""Who has which role: for administrators."""

from __future__ import annotations

from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from common.access import needs
from people.forms import PersonSearchForm
from people.models import Person
from people.requests import AuthedRequest
from people.roles import BY_SLUG, role_overviews, role_rows
from people.views.browsing import BY_NAME

MOST_FOUND = 10


@require_GET
@needs("people.give_roles")
def role_list(request: AuthedRequest) -> HttpResponse:
    """Each role, what it may do and who has it; and a search. To HTMX only what was found."""
    form = PersonSearchForm(request.GET)
    words = form.cleaned_data["q"] if form.is_valid() else ""
    context: dict[str, Any] = {"form": form, **_found(words)}
    if request.headers.get("HX-Request"):
        return render(request, "people/partials/role_found.html", context)
    context["roles"] = role_overviews(_holders())
    return render(request, "people/role_list.html", context, status=200 if form.is_valid() else 422)


def _found(words: str) -> dict[str, Any]:
    if not words.strip():
        return {"found": [], "words": ""}
    people = Person.objects.active().matching(words).select_related("team").prefetch_related("groups")
    first = list(people.order_by(*BY_NAME)[: MOST_FOUND + 1])
    return {
        "words": words,
        "found": [(person, role_rows(person)) for person in first[:MOST_FOUND]],
        "more_found": len(first) > MOST_FOUND,
    }


def _holders() -> dict[str, list[Person]]:
    """Also those who left and would have it again when they come back."""
    people = Person.objects.filter(groups__name__in=BY_SLUG.values()).distinct()
    holders: dict[str, list[Person]] = {}
    for person in people.select_related("team").prefetch_related("groups").order_by(*BY_NAME):
        for role in person.role_names:
            holders.setdefault(role, []).append(person)
    return holders
