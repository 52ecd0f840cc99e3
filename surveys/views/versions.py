"""The versions of a survey, and what changed from each to the next."""

from __future__ import annotations

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from people.requests import AuthedRequest
from surveys.domain.building import versioning
from surveys.domain.files import exchanging
from surveys.views.building import find_survey, may_build


@require_safe
@may_build
def version_list(request: AuthedRequest, pk: int) -> HttpResponse:
    survey = find_survey(request, pk)
    context = {
        "survey": survey,
        "versions": versioning.versions_of(survey),
        "may_launch": request.user.has_perm("surveys.launch_wave"),
    }
    return render(request, "surveys/version_list.html", context)


@require_POST
@may_build
def version_start(request: AuthedRequest, pk: int, number: int) -> HttpResponse:
    """A new survey that begins with this version."""
    survey = find_survey(request, pk)
    questionnaire = versioning.questionnaire_of(survey, number)
    if questionnaire is None:
        raise Http404
    again = exchanging.start_again(survey, questionnaire, by=request.user)
    messages.success(request, _("This is a new survey. The other one is as it was."))
    return redirect(again)
