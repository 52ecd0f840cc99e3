"""The survey builder: questionnaires and their parts. Their questions are ``questions``."""

from __future__ import annotations

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from common.access import needs
from common.methods import form_methods
from common.paging import keyset_page
from people.requests import AuthedRequest
from surveys.answers import AskedQuestionnaire
from surveys.domain.building import arranging, beginning, copying, editing, handing_over, outlining
from surveys.domain.building.editing import ConditionBroken, SurveyFull
from surveys.domain.building.freezing_questions import freeze_questionnaire
from surveys.forms.building import NewSurveyForm, SectionForm, SurveyForm
from surveys.models import Section, Survey
from surveys.ready_made import READY_MADE, find_ready_made

may_build = needs("surveys.build_survey")


def to_survey(survey: Survey) -> HttpResponse:
    return redirect("surveys:survey-detail", pk=survey.pk)


def to_section(section: Section) -> HttpResponse:
    """Back to the place on the page where the part stands."""
    return redirect(f"{section.survey.get_absolute_url()}#part-{section.pk}")


def find_survey(request: AuthedRequest, pk: int) -> Survey:
    """Any they build; 404 for others."""
    return get_object_or_404(Survey.objects.buildable_by(request.user), pk=pk)


def find_section(request: AuthedRequest, pk: int) -> Section:
    sections = Section.objects.filter(survey__in=Survey.objects.buildable_by(request.user))
    return get_object_or_404(sections.select_related("survey"), pk=pk)


# --- Surveys ------------------------------------------------------------------------------------------------
@require_safe
@may_build
def survey_list(request: AuthedRequest, *, archived: bool = False) -> HttpResponse:
    surveys = Survey.objects.buildable_by(request.user).filter(archived=archived).with_counts()
    page = keyset_page(surveys, fields=("title", "pk"), after=request.GET.get("after"))
    return render(request, "surveys/survey_list.html", {"page": page, "archived": archived})


@form_methods
@may_build
def survey_create(request: AuthedRequest) -> HttpResponse:
    """From nothing; the ready-made ones stand beside it."""
    form = NewSurveyForm(request.POST or None, viewer=request.user)
    if request.method == "POST" and form.is_valid():
        survey = editing.create_survey(**form.cleaned_data, by=request.user)
        messages.success(request, _("Created. Now add the first question."))
        return to_survey(survey)
    context = {"form": form, "ready_made": READY_MADE}
    return render(request, "surveys/survey_create.html", context, status=422 if form.errors else 200)


@require_POST
@may_build
def survey_create_from(request: AuthedRequest, code: str) -> HttpResponse:
    try:
        ready_made = find_ready_made(code)
    except KeyError:
        raise Http404 from None
    survey = beginning.create_from(ready_made, team=editing.own_team(request.user), by=request.user)
    messages.success(request, _("Yours now: change whatever you like."))
    return to_survey(survey)


@require_safe
@may_build
def survey_detail(request: AuthedRequest, pk: int) -> HttpResponse:
    survey = find_survey(request, pk)
    questionnaire = freeze_questionnaire(survey)
    context = {
        "survey": survey,
        "parts": outlining.parts_of(survey, questionnaire),
        "questionnaire": questionnaire,
        "asked": AskedQuestionnaire(questionnaire),
        "waves": survey.waves.planned().for_lists()[:5],
        "may_launch": request.user.has_perm("surveys.launch_wave"),
    }
    return render(request, "surveys/survey_detail.html", context)


@form_methods
@may_build
def survey_edit(request: AuthedRequest, pk: int) -> HttpResponse:
    survey = find_survey(request, pk)
    form = SurveyForm(request.POST or None, instance=survey)
    if request.method == "POST" and form.is_valid():
        editing.change_survey(survey, **form.cleaned_data, by=request.user)
        messages.success(request, _("Saved."))
        return to_survey(survey)
    context = {"form": form, "survey": Survey.objects.get(pk=pk)}
    return render(request, "surveys/survey_form.html", context, status=422 if form.errors else 200)


@require_POST
@may_build
def survey_duplicate(request: AuthedRequest, pk: int) -> HttpResponse:
    copy = editing.duplicate(find_survey(request, pk), by=request.user)
    messages.success(request, _("This is the copy. The original is as it was."))
    return to_survey(copy)


@require_POST
@may_build
def survey_archive(request: AuthedRequest, pk: int) -> HttpResponse:
    survey = find_survey(request, pk)
    editing.archive(survey, by=request.user)
    messages.success(request, _("Put away. Its waves and their results stay."))
    return to_survey(survey)


@require_POST
@may_build
def survey_bring_back(request: AuthedRequest, pk: int) -> HttpResponse:
    survey = find_survey(request, pk)
    editing.bring_back(survey, by=request.user)
    messages.success(request, _("It is among your surveys again."))
    return to_survey(survey)


@require_POST
@may_build
def survey_hand_over(request: AuthedRequest, pk: int) -> HttpResponse:
    survey = handing_over.hand_over(find_survey(request, pk), now=timezone.now(), by=request.user)
    if survey.archived:
        messages.error(request, _("It is put away. Bring it back before you hand it over."))
    else:
        messages.success(request, _("HR is told. They look at it and plan who is asked and when."))
    return to_survey(survey)


@require_POST
@may_build
def survey_keep(request: AuthedRequest, pk: int) -> HttpResponse:
    survey = handing_over.keep(find_survey(request, pk), by=request.user)
    messages.success(request, _("It is yours again. HR is no longer asked to plan it."))
    return to_survey(survey)


# --- Parts --------------------------------------------------------------------------------------------------
@form_methods
@may_build
def section_create(request: AuthedRequest, pk: int) -> HttpResponse:
    survey = find_survey(request, pk)
    form = SectionForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            editing.add_section(survey, **form.cleaned_data, by=request.user)
            return to_survey(survey)
        except SurveyFull as full:
            form.add_error(None, str(full))
    context = {"form": form, "survey": survey}
    return render(request, "surveys/section_form.html", context, status=422 if form.errors else 200)


@form_methods
@may_build
def section_edit(request: AuthedRequest, pk: int) -> HttpResponse:
    section = find_section(request, pk)
    form = SectionForm(request.POST or None, instance=section)
    if request.method == "POST" and form.is_valid():
        editing.change_section(section, **form.cleaned_data, by=request.user)
        messages.success(request, _("Saved."))
        return to_survey(section.survey)
    context = {"form": form, "survey": section.survey, "section": Section.objects.get(pk=pk)}
    return render(request, "surveys/section_form.html", context, status=422 if form.errors else 200)


@require_POST
@may_build
def section_move(request: AuthedRequest, pk: int, direction: arranging.Direction) -> HttpResponse:
    section = find_section(request, pk)
    try:
        arranging.move_section(section, direction, by=request.user)
    except ConditionBroken as broken:
        messages.error(request, str(broken))
    return to_section(section)


@require_POST
@may_build
def section_duplicate(request: AuthedRequest, pk: int) -> HttpResponse:
    section = find_section(request, pk)
    try:
        copy = copying.duplicate_section(section, by=request.user)
    except SurveyFull as full:
        messages.error(request, str(full))
        return to_section(section)
    messages.success(request, _("This is the copy. The original stands above."))
    return to_section(copy)


@form_methods
@may_build
def section_delete(request: AuthedRequest, pk: int) -> HttpResponse:
    section = find_section(request, pk)
    if request.method == "POST":
        try:
            editing.delete_section(section, by=request.user)
            messages.success(request, _("The part is gone. Waves that were launched still have it."))
        except ConditionBroken as broken:
            messages.error(request, str(broken))
        return to_survey(section.survey)
    return render(request, "surveys/section_delete.html", {"section": section, "survey": section.survey})
