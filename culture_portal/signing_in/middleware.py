"""HR and administrators get no further than their second factor, where it is required."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from allauth.account.utils import get_next_redirect_url
from django.http import HttpRequest, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.http import urlencode

from common.access import PUBLIC
from culture_portal.signing_in import second_factor

View = TypeVar("View", bound=Callable[..., HttpResponseBase])


def before_second_factor(view: View) -> View:
    """What somebody needs on the way to their second factor."""
    view.before_second_factor = True  # type: ignore[attr-defined]
    return view


class SecondFactorRequired:
    """Asked anew with each request, so that it holds from the moment somebody is given the role.

    Public views are none of its business: they never learn who it is (anonymity.md S6).
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        return self.get_response(request)

    def process_view(
        self, request: HttpRequest, view: object, args: object, kwargs: object
    ) -> HttpResponseBase | None:
        if getattr(view, "access", PUBLIC) == PUBLIC or getattr(view, "before_second_factor", False):
            return None
        person = request.user
        if not person.is_authenticated or not second_factor.is_required_of(person):
            return None
        if second_factor.came_by_trusted_provider(request, person):
            return None
        if not second_factor.is_set_up(person):
            return redirect("signing_in:second-factor-add")
        return None if second_factor.is_proven(request) else _ask_for_code(request)


def _ask_for_code(request: HttpRequest) -> HttpResponseBase:
    back = request.get_full_path() if request.method == "GET" else get_next_redirect_url(request) or "/"
    return HttpResponseRedirect(f"{reverse('mfa_reauthenticate')}?{urlencode({'next': back})}")
