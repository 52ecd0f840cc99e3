"""The questions of a survey being built: what they ask, where they stand, and when they are shown."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from common.methods import form_methods
from people.requests import AuthedRequest
from surveys.conditions import Condition
from surveys.domain.building import arranging, conditioning, copying, editing, inserting
from surveys.domain.building.editing import ConditionBroken, SurveyFull
from surveys.domain.building.freezing_questions import freeze_questionnaire
from surveys.forms.conditions import ConditionForm, chosen_so_far, initial_of
from surveys.forms.questions import DRIVERS_ID, PlaceForm, QuestionForm, drivers_in_use
from surveys.models import Question, Survey
from surveys.questionnaire import Kind
from surveys.views.building import find_section, may_build, to_survey


def to_question(question: Question) -> HttpResponse:
    """Back to the place on the page where the question stands."""
    return redirect(f"{question.section.survey.get_absolute_url()}#question-{question.pk}")


def find_question(request: AuthedRequest, pk: int) -> Question:
    surveys = Survey.objects.buildable_by(request.user)
    questions = Question.objects.filter(section__survey__in=surveys)
    return get_object_or_404(questions.select_related("section__survey"), pk=pk)


# --- What it asks -------------------------------------------------------------------------------------------
@require_safe
@may_build
def question_choose(request: AuthedRequest, pk: int) -> HttpResponse:
    """Which kind of question to add."""
    section = find_section(request, pk)
    context = {"section": section, "survey": section.survey, "kinds": Question.Kind.choices}
    return render(request, "surveys/question_choose.html", context)


@form_methods
@may_build
def question_create(request: AuthedRequest, pk: int, kind: Kind) -> HttpResponse:
    section = find_section(request, pk)
    form = QuestionForm(request.POST or None, kind=kind, marks=inserting.marks_before(section))
    if request.method == "POST" and form.is_valid():
        try:
            question = editing.add_question(section, form.question(), by=request.user)
            messages.success(request, _("Added."))
            return to_question(question)
        except SurveyFull as full:
            form.add_error(None, str(full))
    return _show_form(request, form, kind, {"survey": section.survey, "section": section})


@form_methods
@may_build
def question_edit(request: AuthedRequest, pk: int) -> HttpResponse:
    question = find_question(request, pk)
    kind = Kind(question.kind)
    marks = inserting.marks_before(question.section, question)
    form = QuestionForm(request.POST or None, instance=question, kind=kind, marks=marks)
    if request.method == "POST" and form.is_valid():
        try:
            editing.change_question(form.question(), by=request.user)
            messages.success(request, _("Saved."))
            return to_question(question)
        except ConditionBroken as broken:
            form.add_error(None, str(broken))
    return _show_form(request, form, kind, {"survey": question.section.survey, "question": question})


def _show_form(request: AuthedRequest, form: QuestionForm, kind: Kind, place: dict[str, Any]) -> HttpResponse:
    context = {
        **place,
        "form": form,
        "kind": Question.Kind(kind.value),
        "drivers": drivers_in_use(),
        "drivers_id": DRIVERS_ID,
    }
    return render(request, "surveys/question_form.html", context, status=422 if form.errors else 200)


@require_POST
@may_build
def question_duplicate(request: AuthedRequest, pk: int) -> HttpResponse:
    question = find_question(request, pk)
    try:
        copy = copying.duplicate_question(question, by=request.user)
    except SurveyFull as full:
        messages.error(request, str(full))
        return to_question(question)
    messages.success(request, _("This is the copy. The original stands above."))
    return to_question(copy)


@form_methods
@may_build
def question_delete(request: AuthedRequest, pk: int) -> HttpResponse:
    question = find_question(request, pk)
    survey = question.section.survey
    if request.method == "POST":
        try:
            editing.delete_question(question, by=request.user)
            messages.success(request, _("The question is gone. Waves that were launched still have it."))
        except ConditionBroken as broken:
            messages.error(request, str(broken))
        return to_survey(survey)
    return render(request, "surveys/question_delete.html", {"question": question, "survey": survey})


# --- Where it stands ----------------------------------------------------------------------------------------
@require_POST
@may_build
def question_move(request: AuthedRequest, pk: int, direction: arranging.Direction) -> HttpResponse:
    question = find_question(request, pk)
    try:
        arranging.move_question(question, direction, by=request.user)
    except ConditionBroken as broken:
        return _refuse_move(request, question, str(broken))
    return to_question(question)


@require_POST
@may_build
def question_place(request: AuthedRequest, pk: int) -> HttpResponse:
    """Where it was dropped."""
    question = find_question(request, pk)
    form = PlaceForm(request.POST, survey=question.section.survey)
    if not form.is_valid():
        return _refuse_move(request, question, _("It could not be put there. Everything is as it was."))
    try:
        arranging.place_question(question, **form.cleaned_data, by=request.user)
    except ConditionBroken as broken:
        return _refuse_move(request, question, str(broken))
    return to_question(question)


def _refuse_move(request: AuthedRequest, question: Question, words: str) -> HttpResponse:
    """To the top of the page, where the words stand; the script says them beside the question."""
    messages.error(request, words)
    return to_survey(question.section.survey)


# --- When it is shown ---------------------------------------------------------------------------------------
@form_methods
@may_build
def question_condition(request: AuthedRequest, pk: int) -> HttpResponse:
    question = find_question(request, pk)
    form = _condition_form(question, request.POST or None, initial=initial_of(_stored(question)))
    if request.method == "POST" and form.is_valid():
        try:
            editing.set_condition(question, form.condition(), by=request.user)
            messages.success(request, _("Saved."))
            return to_question(question)
        except ConditionBroken as broken:
            form.add_error(None, str(broken))
    return _show_condition(request, question, form)


@require_POST
@may_build
def question_condition_fields(request: AuthedRequest, pk: int) -> HttpResponse:
    """The same page with the fields that fit the questions just chosen; nothing is saved."""
    question = find_question(request, pk)
    form = _condition_form(question, None, initial=chosen_so_far(request.POST))
    return _show_condition(request, question, form)


def _stored(question: Question) -> Condition | None:
    return Condition.from_json(question.condition) if question.condition else None


def _condition_form(question: Question, data: QueryDict | None, *, initial: dict[str, str]) -> ConditionForm:
    return ConditionForm(
        data,
        questionnaire=freeze_questionnaire(question.section.survey),
        key=question.key,
        stored=_stored(question),
        fields_url=reverse("surveys:question-condition-fields", args=[question.pk]),
        initial=initial,
    )


def _show_condition(request: AuthedRequest, question: Question, form: ConditionForm) -> HttpResponse:
    context = {
        "form": form,
        "question": question,
        "survey": question.section.survey,
        "most_rules": conditioning.MOST_RULES,
    }
    return render(request, "surveys/question_condition.html", context, status=422 if form.errors else 200)


@require_POST
@may_build
def question_condition_remove(request: AuthedRequest, pk: int) -> HttpResponse:
    question = find_question(request, pk)
    editing.set_condition(question, None, by=request.user)
    messages.success(request, _("It is always shown now."))
    return to_question(question)
