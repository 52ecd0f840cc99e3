"""Results of waves. Whoever may not open a wave or a group finds nothing there: 404.

Figures reach these pages through ``load_release`` alone (anonymity.md R8).
"""

from __future__ import annotations

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from common import audit
from common.access import needs, signed_in
from common.csv_export import csv_response
from people.requests import AuthedRequest
from surveys.domain.reading import (
    GroupPage,
    export_header,
    export_rows,
    team_chart,
    topmost,
    visible_codes,
)
from surveys.domain.releasing import Release, load_release
from surveys.domain.withholding import withhold
from surveys.forms.results import CompareForm
from surveys.models import Comment, Wave


@require_GET
@signed_in
def wave_results(request: AuthedRequest, pk: int) -> HttpResponse:
    """Where somebody begins: the only group they may open, or a choice of several."""
    wave = _wave(request, pk)
    release = load_release(wave)
    tops = topmost(release, visible_codes(release, request.user))
    if len(tops) == 1:
        return redirect("surveys:wave-results-group", pk=wave.pk, code=tops[0].code)
    return render(request, "surveys/results_choose.html", {"wave": wave, "groups": tops})


@require_GET
@signed_in
def wave_results_group(request: AuthedRequest, pk: int, code: int) -> HttpResponse:
    wave = _wave(request, pk)
    page = _page(request, load_release(wave), code)
    if not page.release.released:
        return render(request, "surveys/results_waiting.html", {"wave": wave, "page": page})
    compare = CompareForm(request.GET if "question" in request.GET else None, page=page)
    question = compare.chosen if page.below else None
    rows = page.team_rows(question) if question else []
    context = {
        "wave": wave,
        "page": page,
        "compare": compare,
        "question": question,
        "rows": rows,
        "chart": team_chart(question, rows) if question else None,
        "may_withhold": request.user.has_perm("surveys.withhold_comment"),
        "may_read_names": not wave.is_anonymous,
    }
    return render(request, "surveys/results_group.html", context)


@require_GET
@signed_in
def wave_results_csv(request: AuthedRequest, pk: int, code: int) -> HttpResponse:
    """The figures of a group and of those directly below it."""
    wave = _wave(request, pk)
    page = _page(request, load_release(wave), code)
    if not page.release.released:
        raise Http404
    audit.record(by=request.user, action="wave.results_exported", obj=wave, group=code)
    return csv_response(f"{wave.title} {page.group.name}", export_header(), export_rows(page))


@require_http_methods(["GET", "HEAD", "POST"])
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


def _wave(request: AuthedRequest, pk: int) -> Wave:
    """A launched wave whose results the viewer may open."""
    launched = Wave.objects.results_visible_to(request.user).frozen()
    return get_object_or_404(launched, pk=pk)


def _page(request: AuthedRequest, release: Release, code: int) -> GroupPage:
    visible = visible_codes(release, request.user)
    if code not in visible:
        raise Http404
    return GroupPage(release, release.group(code), visible)
