"""The words of a survey out to translators elsewhere, and in again."""

from __future__ import annotations

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_safe

from common.importing.problems import UnreadableFile
from common.importing.reading import read_file
from common.methods import form_methods
from common.xlsx_export import Sheet, xlsx_response
from people.requests import AuthedRequest
from surveys.domain.building import translating
from surveys.domain.files import translating_files
from surveys.forms.translating import TranslationFileForm
from surveys.languages import find
from surveys.models import Survey
from surveys.views.building import find_survey, may_build


@require_safe
@may_build
def translation_file(request: AuthedRequest, pk: int, language: str) -> HttpResponse:
    survey = _find_translated(request, pk, language)
    rows = translating_files.rows_of(survey, language)
    return xlsx_response(f"{survey.title}-{language}", [Sheet(language, rows)])


@form_methods
@may_build
def translation_take_in(request: AuthedRequest, pk: int, language: str) -> HttpResponse:
    """All texts of the file, or none of them and the page says why."""
    survey = _find_translated(request, pk, language)
    posted = request.method == "POST"
    form = TranslationFileForm(request.POST, request.FILES) if posted else TranslationFileForm()
    if posted and form.is_valid():
        known = translating_files.headings_of(survey, language)
        try:
            grid = read_file(form.cleaned_data["file"], known=known)
            texts = translating_files.read_texts(survey, language, grid)
        except UnreadableFile as unreadable:
            form.add_error("file", str(unreadable))
        else:
            changed = translating.translate(
                survey, language, texts.words, made_from=texts.made_from, by=request.user
            )
            messages.success(request, _taken_in(changed, texts.unknown))
            return redirect("surveys:translation-edit", survey.pk, language)
    context = {"survey": survey, "language": find(language), "form": form}
    return render(request, "surveys/translation_take_in.html", context, status=422 if form.errors else 200)


def _find_translated(request: AuthedRequest, pk: int, language: str) -> Survey:
    survey = find_survey(request, pk)
    if language not in survey.languages:
        raise Http404
    return survey


def _taken_in(changed: int, unknown: int) -> str:
    said = ngettext("Taken in: %(number)d text.", "Taken in: %(number)d texts.", changed)
    parts = [said % {"number": changed}]
    if unknown:
        said = ngettext(
            "%(number)d row named no text of this survey.",
            "%(number)d rows named no text of this survey.",
            unknown,
        )
        parts.append(said % {"number": unknown})
    return " ".join([*parts, _("Please look them through.")])
