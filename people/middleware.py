from __future__ import annotations

from collections.abc import Callable

from django.contrib.auth import logout
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.utils import timezone

from common import languages
from common.access import PUBLIC
from common.working_time import find_zone
from people.domain import keeping_sessions

GetResponse = Callable[[HttpRequest], HttpResponseBase]


class local_time:  # noqa: N801 - used like the function middlewares beside it
    """Times in the viewer's zone, words in their language (``common.languages``); else the organisation's.

    Public views never look who it is.
    """

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        with timezone.override(find_zone("")):
            return self.get_response(request)

    def process_view(self, request: HttpRequest, view: object, args: object, kwargs: object) -> None:
        if getattr(view, "access", PUBLIC) == PUBLIC or not request.user.is_authenticated:
            return
        speak_to_viewer(request)
        timezone.activate(find_zone(request.user.time_zone))


def speak_to_viewer(request: HttpRequest) -> None:
    """In the language of whoever is signed in."""
    if request.user.is_authenticated:
        own = languages.supported(request.user.language)
        languages.speak(request, own or languages.chosen(request) or languages.usual())


class live_sessions:  # noqa: N801
    """Ends sessions that lay unused or were ended elsewhere. Public views learn of none (anonymity.md S6)."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        return self.get_response(request)

    def process_view(self, request: HttpRequest, view: object, args: object, kwargs: object) -> None:
        if getattr(view, "access", PUBLIC) == PUBLIC or not request.user.is_authenticated:
            return
        if not keeping_sessions.goes_on(request, request.user, now=timezone.now()):
            # Whoever comes next in line sends them to sign in.
            logout(request)
