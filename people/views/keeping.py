"""What HR keeps about people and teams, and administrators about roles."""

from __future__ import annotations

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from common.access import needs
from common.paging import keyset_page
from people.domain import changing
from people.domain.changing import NotPossible
from people.forms import CreatePersonForm, PersonForm, RoleButtonForm, TeamForm
from people.models import Person, Team
from people.requests import AuthedRequest
from people.roles import BY_SLUG
from people.views.browsing import BY_NAME


@require_http_methods(["GET", "HEAD", "POST"])
@needs("people.edit_people")
def person_create(request: AuthedRequest) -> HttpResponse:
    form = CreatePersonForm(request.POST if request.method == "POST" else None)
    if form.is_valid():
        invite = form.cleaned_data["invite"]
        person = changing.create_person(
            form.save(commit=False), by=request.user, invite=invite, now=timezone.now()
        )
        messages.success(request, _("%(name)s is in the portal now.") % {"name": person})
        return redirect(person)
    status = 422 if request.method == "POST" else 200
    return render(request, "people/person_create.html", {"form": form}, status=status)


@require_http_methods(["GET", "HEAD", "POST"])
@needs("people.edit_people")
def person_edit(request: AuthedRequest, pk: int) -> HttpResponse:
    person = get_object_or_404(Person.objects.known(), pk=pk)
    form = PersonForm(request.POST if request.method == "POST" else None, instance=person)
    if form.is_valid():
        changing.save_person(form.save(commit=False), by=request.user, changed=form.changed_data)
        messages.success(request, _("Saved."))
        return redirect(person)
    # The form has already written what was typed into its instance.
    context = {"form": form, "person": Person.objects.get(pk=pk)}
    status = 422 if request.method == "POST" else 200
    return render(request, "people/person_edit.html", context, status=status)


@require_http_methods(["GET", "HEAD", "POST"])
@needs("people.edit_people")
def person_deactivate(request: AuthedRequest, pk: int) -> HttpResponse:
    """Asks first: they are signed out at once."""
    person = get_object_or_404(Person.objects.known(), pk=pk)
    if request.method != "POST":
        return render(request, "people/person_deactivate.html", {"person": person})
    try:
        changing.deactivate(person, by=request.user)
    except NotPossible as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, _("%(name)s can no longer sign in.") % {"name": person})
    return redirect(person)


@require_POST
@needs("people.edit_people")
def person_reactivate(request: AuthedRequest, pk: int) -> HttpResponse:
    person = get_object_or_404(Person.objects.known(), pk=pk)
    changing.reactivate(person, by=request.user)
    messages.success(request, _("%(name)s works here again.") % {"name": person})
    return redirect(person)


@require_POST
@needs("people.give_roles")
def person_give_role(request: AuthedRequest, pk: int, role: str) -> HttpResponse:
    person = get_object_or_404(Person.objects.active(), pk=pk)
    after = _after_role(request, person)
    changing.give_role(person, _role(role), by=request.user)
    messages.success(request, _("%(name)s has the role now.") % {"name": person})
    return after


@require_POST
@needs("people.give_roles")
def person_take_role(request: AuthedRequest, pk: int, role: str) -> HttpResponse:
    """Also from somebody who has left, who would otherwise have it again when they come back."""
    person = get_object_or_404(Person, pk=pk)
    after = _after_role(request, person)
    try:
        changing.take_role(person, _role(role), by=request.user)
    except NotPossible as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, _("%(name)s no longer has the role.") % {"name": person})
    return after


def _after_role(request: AuthedRequest, person: Person) -> HttpResponse:
    """Back to where the button stood. Asked before anything is written: the form may be unreadable."""
    form = RoleButtonForm(request.POST)
    came_from_roles = form.is_valid() and form.cleaned_data["back"]
    return redirect("people:role-list") if came_from_roles else redirect(person)


def _role(slug: str) -> str:
    if slug not in BY_SLUG:
        raise Http404
    return BY_SLUG[slug]


@require_GET
@needs("people.edit_people")
def person_waiting(request: AuthedRequest) -> HttpResponse:
    """People who work here and never signed in."""
    waiting = Person.objects.never_signed_in()
    page = keyset_page(waiting.select_related("team"), fields=BY_NAME, after=request.GET.get("after"))
    return render(request, "people/person_waiting.html", {"page": page, "count": waiting.count()})


@require_POST
@needs("people.edit_people")
def person_invite(request: AuthedRequest, pk: int) -> HttpResponse:
    person = get_object_or_404(Person.objects.never_signed_in(), pk=pk)
    _invite(request, [person.pk])
    return redirect("people:person-waiting")


@require_http_methods(["GET", "HEAD", "POST"])
@needs("people.edit_people")
def person_invite_all(request: AuthedRequest) -> HttpResponse:
    """Asks first: what is sent cannot be taken back."""
    waiting = Person.objects.never_signed_in()
    if request.method != "POST":
        return render(request, "people/person_invite_all.html", {"count": waiting.count()})
    _invite(request, list(waiting.values_list("pk", flat=True)))
    return redirect("people:person-waiting")


def _invite(request: AuthedRequest, person_ids: list[int]) -> None:
    sent = changing.invite(person_ids, by=request.user, now=timezone.now())
    if sent:
        text = ngettext("%(n)s mail is on its way.", "%(n)s mails are on their way.", sent)
        messages.success(request, text % {"n": sent})
    else:
        messages.info(request, _("They got the mail today already. You can send it again tomorrow."))


@require_http_methods(["GET", "HEAD", "POST"])
@needs("people.edit_teams")
def team_create(request: AuthedRequest) -> HttpResponse:
    return _team_form(request, Team(), "people/team_create.html", "team.created")


@require_http_methods(["GET", "HEAD", "POST"])
@needs("people.edit_teams")
def team_edit(request: AuthedRequest, pk: int) -> HttpResponse:
    return _team_form(request, get_object_or_404(Team, pk=pk), "people/team_edit.html", "team.edited")


def _team_form(request: AuthedRequest, team: Team, template: str, action: str) -> HttpResponse:
    form = TeamForm(request.POST if request.method == "POST" else None, instance=team)
    if form.is_valid():
        changing.save_team(form.save(commit=False), by=request.user, action=action)
        messages.success(request, _("Saved."))
        return redirect("people:team-detail", pk=team.pk)
    status = 422 if request.method == "POST" else 200
    return render(request, template, {"form": form, "team": team}, status=status)
