"""Closed by default: what the system checks refuse to start with."""

from __future__ import annotations

from types import ModuleType

import pytest
import rules
from django.core.checks import Error
from django.core.management import call_command
from django.core.management.base import SystemCheckError
from django.http import HttpRequest, HttpResponse
from django.test import override_settings
from django.urls import include, path
from django.views.decorators.http import require_GET

from common.access import PUBLIC, SIGNED_IN, public, signed_in
from common.checks import check_every_view_declares_access, walk_urls


def declared(request: HttpRequest) -> HttpResponse:
    return HttpResponse()


def forgotten(request: HttpRequest) -> HttpResponse:
    return HttpResponse()


def as_urls(*patterns: object) -> ModuleType:
    module = ModuleType("urls_of_a_test")
    module.urlpatterns = list(patterns)  # type: ignore[attr-defined]
    return module


INSIDE = ([path("inner/<int:pk>/", require_GET(signed_in(declared)), name="inner")], "rooms")


def test_walking_names_every_address() -> None:
    urls = as_urls(
        path("", public(declared), name="start"), path("deep/", include(INSIDE)), path("x/", forgotten)
    )
    with override_settings(ROOT_URLCONF=urls):
        assert [(route, name) for route, name, _ in walk_urls()] == [
            ("", "start"),
            ("deep/inner/<int:pk>/", "rooms:inner"),
            ("x/", ""),
        ]


def test_a_view_that_declares_its_access_passes() -> None:
    with override_settings(ROOT_URLCONF=as_urls(path("deep/", include(INSIDE)))):
        assert check_every_view_declares_access() == []


@pytest.mark.parametrize(
    "patterns",
    [
        [path("way/in/", forgotten)],
        [path("way/", include([path("in/", forgotten)]))],
        [path("way/", include(([path("in/", require_GET(forgotten), name="in")], "rooms")))],
    ],
)
def test_a_view_that_declares_nothing_is_an_error(patterns: list[object]) -> None:
    with override_settings(ROOT_URLCONF=as_urls(*patterns)):
        assert check_every_view_declares_access() == [
            Error(
                "The view of 'way/in/' declares no access.",
                hint="Put @public, @signed_in or @needs(...) of common.access on it.",
                id="common.E001",
            )
        ]


def test_the_portal_does_not_start_with_such_a_view() -> None:
    with (
        override_settings(ROOT_URLCONF=as_urls(path("way/in/", forgotten, name="home"))),
        pytest.raises(SystemCheckError, match=r"common\.E001"),
    ):
        call_command("check")


def test_every_permission_a_view_needs_has_a_rule() -> None:
    """A misspelt permission would close its page to everybody, which nobody would notice for a while."""
    needed = {pattern.callback.access for _route, _name, pattern in walk_urls()} - {PUBLIC, SIGNED_IN}  # type: ignore[attr-defined]
    assert {permission for permission in needed if not rules.perm_exists(permission)} == set()
