"""Pages of refusals and failures.

Django's own handlers check the form token again and so read the request's body once more. Where the body is
what could not be read (too many fields, a strange charset), that fails a second time, inside the handler.
"""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.template.loader import render_to_string
from structlog.contextvars import get_contextvars

from people.middleware import speak_to_viewer


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    return render(request, "400.html", status=400)


def permission_denied(request: HttpRequest, exception: Exception) -> HttpResponse:
    return render(request, "403.html", status=403)


def page_not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    # An address of nothing has no view, so nobody has asked yet who is reading.
    if request.resolver_match is None:
        speak_to_viewer(request)
    return render(request, "404.html", status=404)


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """Comes before the middleware that knows the viewer's language."""
    speak_to_viewer(request)
    return render(request, "403_csrf.html", status=403)


def server_error(request: HttpRequest) -> HttpResponse:
    """Without context processors: one of them may be what failed. The number finds it in the log."""
    number = get_contextvars().get("request_id", "")
    return HttpResponse(render_to_string("500.html", {"number": number}), status=500)
