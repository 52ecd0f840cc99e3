from __future__ import annotations

import zoneinfo
from collections.abc import Callable

from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.utils import timezone

from common.access import PUBLIC

GetResponse = Callable[[HttpRequest], HttpResponseBase]


class local_time:  # noqa: N801 - used like the function middlewares beside it
    """Times in the viewer's own zone. Public views never look at who is signed in."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        with timezone.override(None):
            return self.get_response(request)

    def process_view(self, request: HttpRequest, view: object, args: object, kwargs: object) -> None:
        if getattr(view, "access", PUBLIC) == PUBLIC or not request.user.is_authenticated:
            return
        try:
            timezone.activate(zoneinfo.ZoneInfo(request.user.zone_name))
        except (zoneinfo.ZoneInfoNotFoundError, ValueError):
            timezone.deactivate()
