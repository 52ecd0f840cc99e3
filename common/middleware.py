"""Small middlewares of the house."""

from __future__ import annotations

import logging
import re
import secrets
import time
from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.contrib.auth.middleware import LoginRequiredMiddleware
from django.http import HttpRequest, HttpResponseNotAllowed
from django.http.response import HttpResponseBase
from django.template.loader import render_to_string
from django.utils.cache import add_never_cache_headers
from structlog.contextvars import bound_contextvars

from common.logs import is_unwatched, route_of

GetResponse = Callable[[HttpRequest], HttpResponseBase]

logger = logging.getLogger("portal.requests")

_NUMBER = re.compile(r"[\w.:-]{8,64}", re.ASCII)


def request_log(get_response: GetResponse) -> GetResponse:
    """One line a request, with the route instead of the path: no handle, no token, no id of a person.

    Each gets a number, which all that is logged on its way carries, the answer's ``X-Request-ID`` too. A
    respondent's line has none, and its time in tenths of a second (anonymity.md T3); only a failure, which
    stores nothing, can be looked up by the number on its page.
    """

    def middleware(request: HttpRequest) -> HttpResponseBase:
        began = time.perf_counter()
        number = request_number(request)
        with bound_contextvars(request_id=number):
            response = get_response(request)
        seconds = time.perf_counter() - began
        quiet = is_unwatched(request) and response.status_code < 500
        with bound_contextvars(**{} if quiet else {"request_id": number}):
            logger.info(
                "request",
                extra={
                    "method": request.method,
                    "route": route_of(request),
                    "status": response.status_code,
                    "ms": round(seconds * 10) * 100 if quiet else round(seconds * 1000),
                },
            )
        response["X-Request-ID"] = number
        return response

    return middleware


def request_number(request: HttpRequest) -> str:
    """The proxy's, where it is trusted with that and gave a usable one; else a new one."""
    header: str = settings.REQUEST_ID_HEADER
    given = request.headers.get(header, "") if header else ""
    return given if _NUMBER.fullmatch(given) else secrets.token_hex(8)


# Nothing here asks for any of these, so no script that found its way in can.
_NO_POWERS = ", ".join(
    f"{power}=()"
    for power in (
        "accelerometer",
        "autoplay",
        "browsing-topics",
        "camera",
        "display-capture",
        "geolocation",
        "gyroscope",
        "hid",
        "idle-detection",
        "local-fonts",
        "magnetometer",
        "microphone",
        "midi",
        "payment",
        "screen-wake-lock",
        "serial",
        "usb",
        "xr-spatial-tracking",
    )
)


def closed_to_others(get_response: GetResponse) -> GetResponse:
    """Other sites neither embed nor read what we send, and our pages have no powers they do not use."""

    def middleware(request: HttpRequest) -> HttpResponseBase:
        response = get_response(request)
        response.headers.setdefault("Permissions-Policy", _NO_POWERS)
        response.headers.setdefault("Cross-Origin-Resource-Policy", "same-origin")
        return response

    return middleware


def no_store(get_response: GetResponse) -> GetResponse:
    """Pages made for one person stay out of shared and back-button caches unless a view says otherwise."""

    def middleware(request: HttpRequest) -> HttpResponseBase:
        response = get_response(request)
        if not response.has_header("Cache-Control"):
            add_never_cache_headers(response)
        return response

    return middleware


def button_page(get_response: GetResponse) -> GetResponse:
    """Whoever opens the address of a button reads a page instead of nothing at all.

    It happens to people whose session ended before they pressed it: signing in leads them back here.
    """

    def middleware(request: HttpRequest) -> HttpResponseBase:
        response = get_response(request)
        if isinstance(response, HttpResponseNotAllowed) and request.method == "GET" and not response.content:
            response.content = render_to_string("405.html", request=request).encode()
        return response

    return middleware


class SignInRequired(LoginRequiredMiddleware):
    """Django's own, which would load session and person for public views too (anonymity.md S6)."""

    def process_view(
        self, request: HttpRequest, view_func: Any, view_args: Any, view_kwargs: Any
    ) -> HttpResponseBase | None:
        if not getattr(view_func, "login_required", True):
            return None
        return super().process_view(request, view_func, view_args, view_kwargs)
