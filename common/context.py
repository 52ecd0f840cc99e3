"""What every template may say: the navigation, whose portal this is, and whether it is a trial."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.urls import reverse

from common.navigation import Menu
from common.organisation import current


def portal(request: HttpRequest) -> dict[str, Any]:
    facts = current()
    return {
        "menu": Menu(request),
        "organisation": facts.name,
        "logo_url": reverse("common:logo", args=[facts.logo_digest]) if facts.logo_digest else "",
        "trial": settings.TRIAL,
    }
