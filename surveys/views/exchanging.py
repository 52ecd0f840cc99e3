"""A survey out as a file, and in again."""

from __future__ import annotations

import json

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from common import audit
from common.csv_export import file_name
from common.methods import form_methods
from customers.models import Behaviour
from people.requests import AuthedRequest
from surveys.domain.building import editing
from surveys.domain.building.freezing_questions import freeze_questionnaire
from surveys.domain.files import exchanging
from surveys.domain.files.parsing import Fault, NotGood
from surveys.domain.files.unpacking import unpack
from surveys.forms.exchanging import SurveyFileForm
from surveys.views.building import find_survey, may_build


@require_safe
@may_build
def survey_file(request: AuthedRequest, pk: int) -> HttpResponse:
    """Questions and words; neither waves nor answers are in it."""
    survey = find_survey(request, pk)
    text = json.dumps(exchanging.packed(freeze_questionnaire(survey)), ensure_ascii=False, indent=2)
    if request.method == "GET":
        audit.record(by=request.user, action="survey.taken_out", obj=survey)
    return HttpResponse(
        text + "\n",
        headers={
            "Content-Type": "application/json",
            "Content-Disposition": f'attachment; filename="{file_name(survey.title.lower())}.json"',
        },
    )


@form_methods
@may_build
def survey_take_in(request: AuthedRequest) -> HttpResponse:
    """All of the file becomes a survey, or nothing of it and the page says why."""
    posted = request.method == "POST"
    form = SurveyFileForm(request.POST, request.FILES) if posted else SurveyFileForm()
    if posted and form.is_valid():
        behaviours = set(Behaviour.objects.values_list("code", flat=True))
        try:
            unpacked = unpack(form.cleaned_data["file"], behaviours=behaviours)
        except NotGood as not_good:
            return _page(request, SurveyFileForm(), not_good.faults)
        survey = exchanging.take_in(
            unpacked.questionnaire, team=editing.own_team(request.user), by=request.user
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
