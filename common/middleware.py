"""Small middlewares of the house."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from typing import Any

from django.contrib.auth.middleware import LoginRequiredMiddleware
from django.http import HttpRequest, HttpResponseNotAllowed
from django.http.response import HttpResponseBase
from django.template.loader import render_to_string
from django.utils.cache import add_never_cache_headers

from common.logs import route_of

GetResponse = Callable[[HttpRequest], HttpResponseBase]

logger = logging.getLogger("portal.requests")


def request_log(get_response: GetResponse) -> GetResponse:
    """One line a request, with the route instead of the path: no handle, no token, no id of a person."""

    def middleware(request: HttpRequest) -> HttpResponseBase:
        began = time.perf_counter()
        response = get_response(request)
        milliseconds = (time.perf_counter() - began) * 1000
        logger.info("%s %s %s %.0fms", request.method, route_of(request), response.status_code, milliseconds)
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
