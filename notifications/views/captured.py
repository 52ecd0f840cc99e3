"""The trial's mailboxes. In production these pages do not exist (anonymity.md P1)."""

from __future__ import annotations

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from common.access import signed_in
from notifications.captured import find_captured, read_captured
from notifications.forms.operating import CapturedFilter


@require_GET
@signed_in
def captured_list(request: HttpRequest) -> HttpResponse:
    """Newest first; searched by address."""
    _only_in_the_trial()
    form = CapturedFilter(request.GET)
    words = form.cleaned_data["address"] if form.is_valid() else ""
    page = find_captured(words=words, after=request.GET.get("after", ""))
    return render(request, "notifications/captured_list.html", {"form": form, "page": page, "words": words})


@require_GET
@signed_in
def captured_detail(request: HttpRequest, name: str) -> HttpResponse:
    """One mail as text, its links to be followed; its HTML is never shown inside the portal."""
    _only_in_the_trial()
    mail = read_captured(name)
    if mail is None:
        raise Http404
    return render(request, "notifications/captured_detail.html", {"mail": mail})


def _only_in_the_trial() -> None:
    if not settings.EMAIL_CAPTURED:
        raise Http404
