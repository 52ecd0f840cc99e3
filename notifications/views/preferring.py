"""What somebody wants to be told, by which channel, when and in which language: one page."""

from __future__ import annotations

import datetime as dt

from django.contrib import messages
from django.db import transaction
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from common.access import signed_in
from notifications.domain import digesting, preferring
from notifications.forms.preferring import PreferencesForm
from notifications.kinds import known_categories
from people.middleware import speak_to_viewer
from people.models import Person
from people.requests import AuthedRequest


@require_http_methods(["GET", "HEAD", "POST"])
@signed_in
def preferences(request: AuthedRequest) -> HttpResponse:
    """Saved as a whole; whoever saves over a change made meanwhile, also by a click in a mail, is told."""
    now = timezone.now()
    if request.method != "POST":
        return _page(request, _form(request, Person.objects.get(pk=request.user.pk)), now)
    with transaction.atomic():
        # Held, so that of two saves at the same instant the second sees the first; a dispatcher that names
        # the person in a row of its own waits for none of it.
        person = Person.objects.select_for_update(no_key=True).get(pk=request.user.pk)
        form = _form(request, person)
        if form.is_valid():
            _keep(form, now)
    if not form.is_valid():
        return _page(request, form, now, status=422)
    # That it is saved is said in the language just chosen.
    request.user.language = person.language
    speak_to_viewer(request)
    messages.success(request, _("Saved. It holds at once, also for mail that waits already."))
    return redirect("notifications:preferences")


def _form(request: AuthedRequest, person: Person) -> PreferencesForm:
    return PreferencesForm(
        request.POST if request.method == "POST" else None,
        instance=person,
        wanted=preferring.wanted_of(person),
        without_mail=preferring.wants_no_digest(person),
    )


def _keep(form: PreferencesForm, now: dt.datetime) -> None:
    person = form.save(commit=False)
    if not form.without_mail:
        person.digest = form.cleaned_data["rhythm"]
    preferring.keep(
        person,
        # Only these: what was changed meanwhile, such as that they have left, stays as it is.
        fields=[name for name in (*form.Meta.fields, "digest") if name != "hours"],
        wanted=form.wanted,
        without_mail=form.without_mail,
        now=now,
    )


def _page(
    request: AuthedRequest, form: PreferencesForm, now: dt.datetime, *, status: int = 200
) -> HttpResponse:
    person = Person.objects.get(pk=request.user.pk)
    context = {
        "form": form,
        "fixed": [category for category in known_categories() if category.fixed],
        "next_daily": digesting.next_for(person, Person.Digest.DAILY, now),
        "next_weekly": digesting.next_for(person, Person.Digest.WEEKLY, now),
    }
    return render(request, "notifications/preferences.html", context, status=status)
