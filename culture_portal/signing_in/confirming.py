"""Before something that could lock an owner out, we ask once more that it is them.

Allauth has a decorator for this too. It keeps a form that was sent meanwhile in the session, typed passwords
included; here nothing of it is kept, and the person fills it in afterwards.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from functools import wraps
from typing import TypeVar

from allauth.account.authentication import get_authentication_records
from django.conf import settings
from django.http import HttpRequest, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.urls import reverse
from django.utils.http import urlencode

View = TypeVar("View", bound=Callable[..., HttpResponseBase])


def confirmed_lately(view: View) -> View:
    """Open to who signed in or confirmed within the last minutes; others are asked first, then come back."""

    @wraps(view)
    def guarded(request: HttpRequest, *args: object, **kwargs: object) -> HttpResponseBase:
        if not is_confirmed(request):
            return HttpResponseRedirect(
                f"{reverse('account_reauthenticate')}?{urlencode({'next': request.path})}"
            )
        return view(request, *args, **kwargs)

    return guarded  # type: ignore[return-value]


def is_confirmed(request: HttpRequest) -> bool:
    """By password, code, provider or a mailed link, in this session."""
    records = get_authentication_records(request, request.user)
    latest = max((record["at"] for record in records), default=0)
    return time.time() - latest < settings.ACCOUNT_REAUTHENTICATION_TIMEOUT
