"""Small middlewares of the house."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable

from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.utils.cache import add_never_cache_headers

GetResponse = Callable[[HttpRequest], HttpResponseBase]

logger = logging.getLogger("portal.requests")


def request_log(get_response: GetResponse) -> GetResponse:
    """One line a request, with the route instead of the path: no handle, no token, no id of a person."""

    def middleware(request: HttpRequest) -> HttpResponseBase:
        began = time.perf_counter()
        response = get_response(request)
        route = request.resolver_match.route if request.resolver_match else "(no route)"
        milliseconds = (time.perf_counter() - began) * 1000
        logger.info("%s /%s %s %.0fms", request.method, route, response.status_code, milliseconds)
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
