"""What every template may say: the navigation, whose portal this is, and whether it is a trial."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.http import HttpRequest

from common.navigation import Menu
from common.organisation import current


def portal(request: HttpRequest) -> dict[str, Any]:
    return {
        "menu": Menu(request),
        "organisation": current().name,
        "trial": settings.TRIAL,
    }
