from __future__ import annotations

from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.utils import timezone, translation

from common.access import PUBLIC
from common.working_time import find_zone

_LANGUAGES = dict(settings.LANGUAGES)
GetResponse = Callable[[HttpRequest], HttpResponseBase]


class local_time:  # noqa: N801 - used like the function middlewares beside it
    """Times in the viewer's own zone, words in the language they chose. Public views never look who it is."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        with timezone.override(find_zone("")):
            return self.get_response(request)

    def process_view(self, request: HttpRequest, view: object, args: object, kwargs: object) -> None:
        if getattr(view, "access", PUBLIC) == PUBLIC or not request.user.is_authenticated:
            return
        if request.user.language in _LANGUAGES:
            translation.activate(request.user.language)
            request.LANGUAGE_CODE = translation.get_language()
        timezone.activate(find_zone(request.user.time_zone))
