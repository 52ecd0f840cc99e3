"""What our own logs may say of a request: the route, never the address, which may hold a link's token."""

from __future__ import annotations

import logging

from django.http import HttpRequest


def route_of(request: HttpRequest) -> str:
    """The pattern the address matched, such as ``/a/<handle>/<mac>/``."""
    return f"/{request.resolver_match.route}" if request.resolver_match else "/(no route)"


class RoutesOnly(logging.Filter):
    """Django names the path of each request that it refuses or fails at; here its route takes that place."""

    def filter(self, record: logging.LogRecord) -> bool:
        request = getattr(record, "request", None)
        if isinstance(request, HttpRequest) and isinstance(record.args, tuple):
            paths = {request.path, request.get_full_path()}
            record.args = tuple(
                route_of(request) if argument in paths else argument for argument in record.args
            )
        return True
