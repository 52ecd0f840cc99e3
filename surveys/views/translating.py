"""A survey in further languages: which, how far each is, and the words side by side."""

from __future__ import annotations

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST, require_safe

from common.methods import form_methods
from people.requests import AuthedRequest
from surveys.domain.building import translating
from surveys.domain.building.translating import TooManyLanguages
from surveys.forms.translating import LanguageForm, TranslationForm, pages_of, to_do_only
from surveys.languages import LANGUAGES, find
from surveys.models import Survey
from surveys.views.building import find_survey, may_build


@require_safe
@may_build
def translation_list(request: AuthedRequest, pk: int) -> HttpResponse:
    survey = find_survey(request, pk)
    return _languages_page(request, survey, LanguageForm(survey=survey))


@require_POST
@may_build
def language_add(request: AuthedRequest, pk: int) -> HttpResponse:
    survey = find_survey(request, pk)
    form = LanguageForm(request.POST, survey=survey)
    if not form.is_valid():
        return _languages_page(request, survey, form, status=422)
    language = form.cleaned_data["language"]
    try:
        translating.add_language(survey, language, by=request.user)
    except TooManyLanguages:
        words = _("A survey has at most %(number)d further languages.")
        form.add_error(None, words % {"number": translating.MOST_LANGUAGES})
        return _languages_page(request, survey, form, status=422)
    return redirect("surveys:translation-edit", survey.pk, language)


@require_POST
@may_build
def language_remove(request: AuthedRequest, pk: int, language: str) -> HttpResponse:
    if language not in LANGUAGES:
        raise Http404
    survey = find_survey(request, pk)
    translating.remove_language(survey, language, by=request.user)
    name = find(language).label
    messages.success(
        request,
        _("Nobody will be asked in %(language)s. Add it again, and its words are there.")
        % {"language": name},
    )
    return redirect("surveys:translation-list", survey.pk)


@form_methods
@may_build
def translation_edit(request: AuthedRequest, pk: int, language: str) -> HttpResponse:
    """One language beside the main one. ``show=open`` keeps what is done away; saved in one go."""
    survey = find_survey(request, pk)
    if language not in survey.languages:
        raise Http404
    only_open = request.GET.get("show") == "open"
    blocks = translating.blocks_of(survey)
    progress = translating.progress_in([one for block in blocks for one in block.places], language)
    pages = pages_of(to_do_only(blocks, language) if only_open else blocks)
    number = _page_number(request, len(pages))
    form = TranslationForm(request.POST or None, blocks=pages[number - 1], language=find(language))
    if request.method == "POST" and form.is_valid():
        changed = translating.translate(
            survey, language, form.words(), still_right=form.still_right(), by=request.user
        )
        messages.success(request, _saved(changed))
        return redirect(request.get_full_path())
    context = {
        "survey": survey,
        "language": find(language),
        "main": find(survey.language),
        "progress": progress,
        "form": form,
        "only_open": only_open,
        "page_links": _page_links(only_open, number, len(pages)),
    }
    return render(request, "surveys/translation_edit.html", context, status=422 if form.errors else 200)


def _saved(changed: int) -> str:
    if not changed:
        return _("Saved. Nothing was another than before.")
    return ngettext("Saved: %(number)d text.", "Saved: %(number)d texts.", changed) % {"number": changed}


def _page_number(request: AuthedRequest, last: int) -> int:
    """What was asked for, or the nearest there is."""
    asked = request.GET.get("page", "1")
    return min(max(int(asked) if asked.isascii() and asked.isdigit() and len(asked) < 4 else 1, 1), last)


def _page_links(only_open: bool, current: int, last: int) -> list[tuple[int, str, bool]]:
    """Number, address and whether it is this page; none where there is one page only."""
    show = "show=open&" if only_open else ""
    return [(one, f"?{show}page={one}", one == current) for one in range(1, last + 1)] if last > 1 else []


def _languages_page(
    request: AuthedRequest, survey: Survey, form: LanguageForm, *, status: int = 200
) -> HttpResponse:
    context = {
        "survey": survey,
        "main": find(survey.language),
        "languages": translating.progress_of(survey),
        "form": form,
        "add_url": reverse("surveys:language-add", args=[survey.pk]),
    }
    return render(request, "surveys/translation_list.html", context, status=status)
