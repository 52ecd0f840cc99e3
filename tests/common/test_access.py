"""Declarations of access, and what they do to a request."""

from __future__ import annotations

import pytest
import rules
from django.contrib.auth.models import AnonymousUser, Group
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.test import RequestFactory
from django.views.decorators.http import require_GET, require_POST

from common.access import PUBLIC, SIGNED_IN, View, enforce, needs, public, signed_in
from people.models import Person, Team


def page(request: HttpRequest) -> HttpResponse:
    return HttpResponse("inside")


def asked_by(user: Person | AnonymousUser, view: View) -> HttpResponseBase:
    request = RequestFactory().get("/")
    request.user = user
    return view(request)


def test_each_declaration_says_what_it_is() -> None:
    declared = [public(page), signed_in(page), needs("people.edit_people")(page)]
    assert [view.access for view in declared[1:]] == [SIGNED_IN, "people.edit_people"]  # type: ignore[attr-defined]
    assert public(page).access == PUBLIC  # type: ignore[attr-defined]


def test_a_declaration_below_a_method_decorator_is_seen() -> None:
    assert require_GET(needs("people.edit_people")(page)).access == "people.edit_people"  # type: ignore[attr-defined]


def test_only_public_views_are_open_to_strangers() -> None:
    def another(request: HttpRequest) -> HttpResponse:
        return HttpResponse()

    assert public(page).login_required is False  # type: ignore[attr-defined]
    assert getattr(signed_in(another), "login_required", True) is True
    assert getattr(needs("people.edit_people")(another), "login_required", True) is True


@pytest.mark.django_db
@pytest.mark.parametrize(("group", "comes_in"), [("HR", True), ("Administrator", False), (None, False)])
def test_needs_asks_the_rule(group: str | None, comes_in: bool) -> None:
    person = Person.objects.create_user("emil@brightwater.example", display_name="Emil")
    if group:
        person.groups.add(Group.objects.get_or_create(name=group)[0])
    view = needs("people.edit_people")(page)
    if comes_in:
        assert asked_by(person, view).status_code == 200
    else:
        with pytest.raises(PermissionDenied):
            asked_by(person, view)


@pytest.mark.django_db
def test_needs_refuses_the_deactivated_and_strangers() -> None:
    gone = Person.objects.create_user("gone@brightwater.example", display_name="Gone", is_active=False)
    gone.groups.add(Group.objects.get_or_create(name="HR")[0])
    for user in (gone, AnonymousUser()):
        with pytest.raises(PermissionDenied):
            asked_by(user, needs("people.edit_people")(page))


def test_a_permission_nobody_wrote_opens_nothing() -> None:
    with pytest.raises(PermissionDenied):
        asked_by(AnonymousUser(), needs("people.no_such_permission")(page))


def test_the_method_is_asked_before_the_person() -> None:
    assert asked_by(AnonymousUser(), require_POST(needs("people.edit_people")(page))).status_code == 405


@pytest.mark.django_db
def test_enforce_asks_the_rule_about_the_object() -> None:
    lead = Person.objects.create_user("lead@brightwater.example", display_name="Lead")
    theirs = Team.objects.create(name="Theirs", lead=lead)
    other = Team.objects.create(name="Other")
    permission = "tests.lead_team"
    rules.add_perm(permission, rules.predicate(lambda person, team: team.lead_id == person.pk))
    try:
        enforce(lead, permission, theirs)
        with pytest.raises(PermissionDenied):
            enforce(lead, permission, other)
    finally:
        rules.remove_perm(permission)
