"""No request brings more than any page of ours takes, whatever stands before the portal.

Django bounds the fields of a form but not its files: it would write all of them to the disk before any view
is asked, strangers' too, as the check of the form's token reads the form.
"""

from __future__ import annotations

from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render


class BoundedBodies:
    """By what the request says of itself. Of one that does not say (chunks), Django reads nothing at all."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        return self.get_response(request)

    def process_view(
        self, request: HttpRequest, view: object, args: object, kwargs: object
    ) -> HttpResponse | None:
        if _length(request) <= settings.LARGEST_REQUEST:
            return None
        megabytes = settings.LARGEST_REQUEST // 1024**2
        return render(request, "413.html", {"megabytes": megabytes}, status=413)


def _length(request: HttpRequest) -> int:
    try:
        return int(request.META.get("CONTENT_LENGTH") or 0)
    except ValueError:
        return 0  # as Django reads it
