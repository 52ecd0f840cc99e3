"""Surveys from where one person stands: what they may answer, and which results they may read."""

from __future__ import annotations

from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_GET

from common.access import signed_in
from common.paging import keyset_page
from people.requests import AuthedRequest
from surveys.domain.mailing.asking import open_invitations
from surveys.domain.mailing.linking import answer_path
from surveys.domain.results.improving import told_to
from surveys.models import Wave


@require_GET
@signed_in
def my_surveys(request: AuthedRequest) -> HttpResponse:
    waves = Wave.objects.results_visible_to(request.user).planned().launched().for_lists()
    page = keyset_page(waves, fields=("-opens_at", "-pk"), after=request.GET.get("after"))
    asked = [
        (one.wave, answer_path(one.handle, request.user.link_stamp))
        for one in open_invitations(request.user, timezone.now())
    ]
    context = {
        "asked": asked,
        "page": page,
        "improvements": told_to(request.user),
        "may_build": request.user.has_perm("surveys.build_survey"),
    }
    return render(request, "surveys/my_surveys.html", context)
