"""What is wrong before the first request: a URL whose view declares no access, a country without holidays."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import holidays
from django.conf import settings
from django.core.checks import CheckMessage, Error, Tags, register
from django.urls import URLPattern, URLResolver, get_resolver


def walk_urls(
    patterns: list[Any] | None = None, prefix: str = "", namespace: str = ""
) -> Iterator[tuple[str, str, URLPattern]]:
    """Each URL as (route, qualified name or "", pattern)."""
    for entry in get_resolver().url_patterns if patterns is None else patterns:
        route = prefix + str(entry.pattern)
        if isinstance(entry, URLResolver):
            inner = f"{namespace}{entry.namespace}:" if entry.namespace else namespace
            yield from walk_urls(entry.url_patterns, route, inner)
        else:
            yield route, f"{namespace}{entry.name}" if entry.name else "", entry


@register(Tags.security)
def check_every_view_declares_access(**kwargs: Any) -> list[CheckMessage]:
    """An error for each URL whose view carries no ``access`` (see ``common.access``)."""
    return [
        Error(
            f"The view of {route!r} declares no access.",
            hint="Put @public, @signed_in or @needs(...) of common.access on it.",
            id="common.E001",
        )
        for route, _name, pattern in walk_urls()
        if not hasattr(pattern.callback, "access")
    ]


@register()
def check_country_has_a_calendar(**kwargs: Any) -> list[CheckMessage]:
    """An error where ``PORTAL_COUNTRY`` names no country whose public holidays are known."""
    if settings.PORTAL_COUNTRY in holidays.list_supported_countries():
        return []
    return [
        Error(
            f"PORTAL_COUNTRY is {settings.PORTAL_COUNTRY!r}, whose public holidays are not known.",
            hint="It is a code of two capital letters, such as DE or GB.",
            id="common.E003",
        )
    ]
