"""A survey as those asked will see it: the same page, in each language and width. Nothing can be sent."""

from __future__ import annotations

import datetime as dt
from typing import cast

from csp.constants import SELF
from csp.decorators import csp_replace
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.template.loader import render_to_string
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from common import languages as portal
from common.methods import form_methods
from people.requests import AuthedRequest
from surveys import piping
from surveys.answers import AskedQuestionnaire, read_sheet
from surveys.domain.building import versioning
from surveys.forms.previewing import PreviewForm, Shown
from surveys.models import Survey, Wave
from surveys.notice import notice_for
from surveys.questionnaire import Questionnaire
from surveys.views.building import find_survey, may_build

_OPEN_FOR = dt.timedelta(days=14)


@require_safe
@may_build
def survey_preview(request: AuthedRequest, pk: int) -> HttpResponse:
    """The page in a frame of the chosen width, with the ways to look at it above."""
    survey = find_survey(request, pk)
    questionnaire, shown, form = _looked_at(request, survey)
    context = {
        "survey": survey,
        "questionnaire": questionnaire,
        "shown": shown,
        "offers": form.offers(shown),
        "frame_query": shown.address(),
    }
    return render(request, "surveys/survey_preview.html", context)


@form_methods
@may_build
def survey_preview_page(request: AuthedRequest, pk: int) -> HttpResponse:
    """What stands in the frame. Sent answers are checked as they will be, and kept nowhere."""
    survey = find_survey(request, pk)
    questionnaire, shown, _form = _looked_at(request, survey)
    # Those asked read our own words in their language where we have it, else in the reader's.
    portal.speak(request, portal.supported(shown.language))
    spoken = questionnaire.in_language(shown.language)
    # Where the questions name whom they are about, it is whoever looks at them here.
    subject = str(request.user) if piping.names_subject(spoken) else ""
    if request.method != "POST":
        asked = AskedQuestionnaire(spoken, subject=subject)
        return _in_our_frame(request, _page(request, survey, asked, shown))
    _sheet, errors = read_sheet(spoken, request.POST)
    if errors:
        asked = AskedQuestionnaire(spoken, request.POST, errors, subject)
        return _in_our_frame(request, _page(request, survey, asked, shown, status=422))
    context = {"survey": survey, "shown": shown}
    return _in_our_frame(request, render(request, "surveys/survey_preview_sent.html", context))


def _in_our_frame(request: HttpRequest, response: HttpResponse) -> HttpResponse:
    """No other page of ours may stand in a frame, and this one in none but ours."""
    response["X-Frame-Options"] = "SAMEORIGIN"
    allow = csp_replace({"frame-ancestors": [SELF]})
    return cast("HttpResponse", allow(lambda _request: response)(request))


def _looked_at(request: AuthedRequest, survey: Survey) -> tuple[Questionnaire, Shown, PreviewForm]:
    asked = request.GET.get("version", "")
    version = int(asked) if asked.isascii() and asked.isdigit() and len(asked) < 9 else 0
    questionnaire = versioning.questionnaire_of(survey, version)
    if questionnaire is None:
        raise Http404
    form = PreviewForm(request.GET, questionnaire=questionnaire, reader=get_language() or "", version=version)
    return questionnaire, form.shown(), form


def _page(
    request: HttpRequest, survey: Survey, asked: AskedQuestionnaire, shown: Shown, *, status: int = 200
) -> HttpResponse:
    wave = _imagined(survey, shown)
    sections = {"asked": asked, "anonymous": wave.is_anonymous}
    context = {
        "wave": wave,
        "asked": asked,
        "sections": render_to_string("surveys/partials/answer_sections.html", sections),
        "notice": notice_for(wave, readers=[_("Those you name when you plan a wave")]),
    }
    return render(request, "surveys/survey_preview_page.html", context, status=status)


def _imagined(survey: Survey, shown: Shown) -> Wave:
    """A wave with the usual settings, of which nothing is stored."""
    now = timezone.now()
    return Wave(
        survey=survey,
        title=survey.title,
        mode=shown.mode,
        state=Wave.State.OPEN,
        opens_at=now,
        closes_at=now + _OPEN_FOR,
    )
