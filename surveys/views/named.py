"""Answers by name, for the readers named on the first page. Each look at them is in the audit log."""

from __future__ import annotations

from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils.translation import get_language
from django.views.decorators.http import require_GET

from common import audit
from common.access import enforce, signed_in
from common.csv_export import csv_response
from common.paging import keyset_page
from people.requests import AuthedRequest
from surveys.domain.results.naming import NamedResponse, answers_header, answers_rows
from surveys.models import Response, Wave


@require_GET
@signed_in
def wave_answers(request: AuthedRequest, pk: int) -> HttpResponse:
    wave = _wave(request, pk)
    responses = Response.objects.with_respondent().filter(wave=wave)
    page = keyset_page(responses, fields=("-submitted_at", "-pk"), after=request.GET.get("after"))
    audit.record(by=request.user, action="wave.answers_read", obj=wave, number=len(page.rows))
    questionnaire = wave.questionnaire.in_language(get_language() or "")
    rows = [NamedResponse(response, questionnaire) for response in page.rows]
    return render(request, "surveys/results_answers.html", {"wave": wave, "page": page, "rows": rows})


@require_GET
@signed_in
def wave_answer(request: AuthedRequest, pk: int, response_pk: int) -> HttpResponse:
    wave = _wave(request, pk)
    response = get_object_or_404(Response.objects.with_respondent(), wave=wave, pk=response_pk)
    audit.record(by=request.user, action="wave.answer_read", obj=wave, response=response.pk)
    questionnaire = wave.questionnaire.in_language(get_language() or "")
    context = {"wave": wave, "named": NamedResponse(response, questionnaire)}
    return render(request, "surveys/results_answer.html", context)


@require_GET
@signed_in
def wave_answers_csv(request: AuthedRequest, pk: int) -> HttpResponse:
    """One row an answer sheet, one column a question, as sent."""
    wave = _wave(request, pk)
    rows = list(answers_rows(wave))
    audit.record(by=request.user, action="wave.answers_exported", obj=wave, number=len(rows))
    return csv_response(f"{wave.title} answers", answers_header(wave), rows)


def _wave(request: AuthedRequest, pk: int) -> Wave:
    """A wave by name the viewer reads; anonymous waves have no such pages at all."""
    launched = Wave.objects.results_visible_to(request.user).frozen()
    wave = get_object_or_404(launched, pk=pk)
    if wave.is_anonymous:
        raise Http404
    enforce(request.user, "surveys.read_named_answers", wave)
    return wave
