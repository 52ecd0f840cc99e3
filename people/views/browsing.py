"""Looking people and teams up: open to everybody who works here."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.db.models import QuerySet
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_GET

from common.access import signed_in
from common.paging import keyset_page
from people.domain.looking_up import managers_up
from people.forms import PersonSearchForm
from people.models import Person, Team
from people.requests import AuthedRequest
from people.roles import role_rows

BY_NAME = ("family_name", "given_name", "pk")
REPORTS_SHOWN = 30


@require_GET
@signed_in
def person_list(request: AuthedRequest) -> HttpResponse:
    """Everybody by name; to HTMX only the rows."""
    people = Person.objects.visible_to(request.user).select_related("team")
    form = PersonSearchForm(request.GET)
    manager = None
    if form.is_valid():
        people = people.matching(form.cleaned_data["q"])
        if form.cleaned_data["manager"]:
            visible = Person.objects.visible_to(request.user)
            manager = get_object_or_404(visible, pk=form.cleaned_data["manager"])
            people = people.filter(manager=manager)
    context: dict[str, Any] = {"form": form, "manager": manager, "page": _page(request, people)}
    if request.headers.get("HX-Request"):
        return render(request, "people/partials/person_rows.html", context)
    return render(request, "people/person_list.html", context, status=200 if form.is_valid() else 422)


@require_GET
@signed_in
def person_detail(request: AuthedRequest, pk: int) -> HttpResponse:
    visible = Person.objects.visible_to(request.user).select_related("team", "manager")
    person = get_object_or_404(visible, pk=pk)
    reports = list(person.reports.active().select_related("team").order_by(*BY_NAME)[: REPORTS_SHOWN + 1])
    context = {
        "person": person,
        "way_up": managers_up(person)[::-1],
        "reports": reports[:REPORTS_SHOWN],
        "more_reports": len(reports) > REPORTS_SHOWN,
        "attributes": _attributes(request.user, person),
        "roles": role_rows(person) if request.user.has_perm("people.give_roles") else [],
        "teams_led": person.teams_led.select_related("parent"),
    }
    return render(request, "people/person_detail.html", context)


def _attributes(viewer: Person, person: Person) -> list[tuple[str, str]]:
    """Names and values, for HR alone."""
    if not viewer.has_perm("people.edit_people"):
        return []
    return list(person.attribute_values.order_by("attribute__name").values_list("attribute__name", "value"))


@require_GET
@signed_in
def team_tree(request: AuthedRequest) -> HttpResponse:
    """All teams, each below its parent, in one statement."""
    children: dict[int | None, list[Team]] = {}
    teams: Iterable[Team] = Team.objects.with_size().select_related("lead").order_by("name")
    for team in teams:
        children.setdefault(team.parent_id, []).append(team)

    def branch(parent: int | None) -> list[dict[str, Any]]:
        return [{"team": team, "below": branch(team.pk)} for team in children.get(parent, [])]

    return render(request, "people/team_tree.html", {"branches": branch(None)})


@require_GET
@signed_in
def team_detail(request: AuthedRequest, pk: int) -> HttpResponse:
    team: Team = get_object_or_404(Team.objects.select_related("lead"), pk=pk)
    context = {
        "team": team,
        "way_up": team.ancestors(),
        "below": Team.objects.with_size().filter(parent=team).select_related("lead").order_by("name"),
        "page": _page(request, team.members.active().select_related("team")),
    }
    return render(request, "people/team_detail.html", context)


def _page(request: AuthedRequest, people: QuerySet[Person]) -> Any:
    return keyset_page(people, fields=BY_NAME, after=request.GET.get("after"))
