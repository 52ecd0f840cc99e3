"""Results of waves. Whoever may not open a wave or a group finds nothing there: 404.

Figures reach these pages through ``load_release``, and those of earlier waves through ``comparing_waves``,
alone (anonymity.md R8).
"""

from __future__ import annotations

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from common import audit
from common.access import needs, signed_in
from common.csv_export import csv_response
from common.methods import form_methods
from common.xlsx_export import xlsx_response
from people.requests import AuthedRequest
from surveys.domain.counting.releasing import load_release
from surveys.domain.counting.withholding import withhold
from surveys.domain.results import improving
from surveys.domain.results.comparing_waves import EarlierWave, earlier_waves
from surveys.domain.results.exporting import export_header, export_rows, sheets
from surveys.domain.results.picturing import team_chart
from surveys.domain.results.reading import GroupPage, comments_with, topmost, visible_codes
from surveys.domain.results.trending import Overview, changes_of, trend_of, trends_of
from surveys.forms.results import CommentSearchForm, CompareForm, ItemForm
from surveys.models import Comment, Wave


@require_GET
@signed_in
def wave_results(request: AuthedRequest, pk: int) -> HttpResponse:
    """Where somebody begins: the only group they may open, or a choice of several."""
    wave = find_wave(request, pk)
    release = load_release(wave)
    tops = topmost(release, visible_codes(release, request.user))
    if len(tops) == 1:
        return redirect("surveys:wave-results-group", pk=wave.pk, code=tops[0].code)
    return render(request, "surveys/results_choose.html", {"wave": wave, "groups": tops})


@require_GET
@signed_in
def wave_results_group(request: AuthedRequest, pk: int, code: int) -> HttpResponse:
    """On screen, or with ``?print`` as sheets of paper."""
    wave = find_wave(request, pk)
    page = find_page(request, wave, code)
    if not page.release.released:
        return render(request, "surveys/results_waiting.html", {"wave": wave, "page": page})
    compare = CompareForm(request.GET if "question" in request.GET else None, page=page)
    question = compare.chosen if page.below else None
    rows = page.team_rows(question) if question else []
    earlier = _earlier(request, wave, page)
    search = CommentSearchForm(request.GET if "words" in request.GET else None)
    printed = "print" in request.GET
    context = {
        "wave": wave,
        "page": page,
        "compare": compare,
        "question": question,
        "rows": rows,
        "chart": team_chart(question, rows) if question and not printed else None,
        "overview": Overview(changes_of(page, earlier)),
        "trends": trends_of(page, wave, earlier),
        "search": search,
        "comments": comments_with(page, search.wanted),
        "improvements": improving.of_group(page.release, code),
        "may_write": improving.may_write(wave) and not printed,
        "may_withhold": request.user.has_perm("surveys.withhold_comment") and not printed,
        "may_read_names": not wave.is_anonymous,
        "printed": printed,
    }
    template = "surveys/results_print.html" if printed else "surveys/results_group.html"
    return render(request, template, context)


@require_GET
@signed_in
def wave_results_trend(request: AuthedRequest, pk: int, code: int) -> HttpResponse:
    """One item over all waves that it may be compared with."""
    wave = find_wave(request, pk)
    page = find_page(request, wave, code)
    form = ItemForm(request.GET if "question" in request.GET else None, page=page)
    if not page.release.released or form.chosen_read is None:
        raise Http404
    trend = trend_of(page, wave, form.chosen_read, _earlier(request, wave, page))
    context = {"wave": wave, "page": page, "form": form, "trend": trend}
    return render(request, "surveys/results_trend.html", context)


# --- Files --------------------------------------------------------------------------------------------------
@require_GET
@signed_in
def wave_results_csv(request: AuthedRequest, pk: int, code: int) -> HttpResponse:
    """The figures of a group and of those directly below it."""
    wave, page = _exported(request, pk, code)
    return csv_response(f"{wave.title} {page.group.name}", export_header(), export_rows(page))


@require_GET
@signed_in
def wave_results_xlsx(request: AuthedRequest, pk: int, code: int) -> HttpResponse:
    """The same, with the change since earlier waves and the comments."""
    wave, page = _exported(request, pk, code)
    changed = changes_of(page, _earlier(request, wave, page))
    return xlsx_response(f"{wave.title} {page.group.name}", sheets(page, changed))


def _exported(request: AuthedRequest, pk: int, code: int) -> tuple[Wave, GroupPage]:
    wave = find_wave(request, pk)
    page = find_page(request, wave, code)
    if not page.release.released:
        raise Http404
    audit.record(by=request.user, action="wave.results_exported", obj=wave, group=code)
    return wave, page


# --- Comments -----------------------------------------------------------------------------------------------
@form_methods
@needs("surveys.withhold_comment")
def comment_withhold(request: AuthedRequest, pk: str) -> HttpResponse:
    """Asks first: it cannot be taken back."""
    visible = Wave.objects.results_visible_to(request.user)
    comment = get_object_or_404(
        Comment.objects.select_related("wave"), pk=pk, withheld=False, wave__in=visible
    )
    if request.method != "POST":
        return render(request, "surveys/comment_withhold.html", {"comment": comment})
    withhold(comment, by=request.user)
    messages.success(request, _("The comment is withheld. Nobody sees it any more."))
    return redirect("surveys:wave-results-group", pk=comment.wave_id, code=comment.group_code)


# --- What the viewer may open -------------------------------------------------------------------------------
def find_wave(request: AuthedRequest, pk: int) -> Wave:
    """A launched wave whose results the viewer may open."""
    launched = Wave.objects.results_visible_to(request.user).frozen()
    return get_object_or_404(launched, pk=pk)


def find_page(request: AuthedRequest, wave: Wave, code: int) -> GroupPage:
    release = load_release(wave)
    visible = visible_codes(release, request.user)
    if code not in visible:
        raise Http404
    return GroupPage(release, release.group(code), visible)


def _earlier(request: AuthedRequest, wave: Wave, page: GroupPage) -> list[EarlierWave]:
    return earlier_waves(wave, page.group.code, viewer=request.user)
