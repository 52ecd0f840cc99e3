"""Each view says who may come in; ``common.checks`` refuses a URL whose view says nothing.

The decorators stand directly on the view function, below a method decorator.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any, TypeVar

from django.contrib.auth.decorators import login_not_required
from django.core.exceptions import PermissionDenied
from django.db.models import Model
from django.http import HttpRequest, HttpResponseBase

View = TypeVar("View", bound=Callable[..., HttpResponseBase])

PUBLIC = "public"
SIGNED_IN = "signed in"


def public(view: View) -> View:
    """Open to everybody, signed in or not: sign-in pages and links from mail, which check themselves."""
    view.access = PUBLIC  # type: ignore[attr-defined]
    return login_not_required(view)


def signed_in(view: View) -> View:
    """Open to every active employee; what they see is narrowed by querysets."""
    view.access = SIGNED_IN  # type: ignore[attr-defined]
    return view


def needs(permission: str) -> Callable[[View], View]:
    """Open to those who hold the permission regardless of any object; others get the 403 page."""

    def declare(view: View) -> View:
        @wraps(view)
        def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
            if not request.user.has_perm(permission):
                raise PermissionDenied
            return view(request, *args, **kwargs)

        guarded.access = permission  # type: ignore[attr-defined]
        return guarded  # type: ignore[return-value]

    return declare


def enforce(user: Any, permission: str, obj: Model) -> None:
    """Raise PermissionDenied (403) unless the user holds the permission on this object."""
    if not user.has_perm(permission, obj):
        raise PermissionDenied
