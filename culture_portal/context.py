"""What the sign-in page says beside the words of every page."""

from __future__ import annotations

from django.conf import settings
from django.http import HttpRequest

from common.organisation import current


def sign_in(request: HttpRequest) -> dict[str, str]:
    """``openid_name`` is what the provider is called on its button; empty where there is none."""
    return {"openid_name": (settings.OIDC_NAME or current().name) if settings.OIDC_ISSUER else ""}
