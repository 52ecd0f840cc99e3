"""What is wrong before the first request: a URL whose view declares no access."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

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
