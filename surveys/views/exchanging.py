"""A survey out as a file, and in again."""

from __future__ import annotations

import json
import re

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from common import audit
from common.access import needs
from customers.models import Behaviour
from people.requests import AuthedRequest
from surveys.domain import building, exchanging
from surveys.domain.freezing import freeze_questionnaire
from surveys.domain.unpacking import Fault, NotGood, unpack
from surveys.forms.exchanging import SurveyFileForm
from surveys.views.translating import find_survey

may_build = needs("surveys.build_survey")


@require_safe
@may_build
def survey_file(request: AuthedRequest, pk: int) -> HttpResponse:
    """Questions and words; neither waves nor answers are in it."""
    survey = find_survey(request, pk)
    text = json.dumps(exchanging.packed(freeze_questionnaire(survey)), ensure_ascii=False, indent=2)
    if request.method == "GET":
        audit.record(by=request.user, action="survey.taken_out", obj=survey)
    name = re.sub(r"[^a-z0-9]+", "-", survey.title.lower()).strip("-")[:60] or f"survey-{survey.pk}"
    return HttpResponse(
        text + "\n",
        headers={
            "Content-Type": "application/json",
            "Content-Disposition": f'attachment; filename="{name}.json"',
        },
    )


@require_http_methods(["GET", "HEAD", "POST"])
@may_build
def survey_take_in(request: AuthedRequest) -> HttpResponse:
    """All of the file becomes a survey, or nothing of it and the page says why."""
    form = SurveyFileForm(request.POST or None, request.FILES or None)
    if request.method != "POST":
        form = SurveyFileForm()
    elif form.is_valid():
        behaviours = set(Behaviour.objects.values_list("code", flat=True))
        try:
            unpacked = unpack(form.cleaned_data["file"], behaviours=behaviours)
        except NotGood as not_good:
            return _page(request, SurveyFileForm(), not_good.faults)
        survey = exchanging.take_in(
            unpacked.questionnaire, team=building.own_team(request.user), by=request.user
        )
        messages.success(request, _("Taken in. Change whatever you like."))
        for note in unpacked.notes[:5]:
            messages.info(request, note)
        return redirect(survey)
    return _page(request, form, [])


def _page(request: AuthedRequest, form: SurveyFileForm, faults: list[Fault]) -> HttpResponse:
    context = {"form": form, "faults": faults}
    status = 422 if form.errors or faults else 200
    return render(request, "surveys/survey_take_in.html", context, status=status)
