"""The bell that stands on every page with the frame."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest
from django.utils import timezone
from django.utils.functional import cached_property

from notifications.domain.showing_notices import MOST_COUNTED, unread_count


class Bell:
    """What is new for whoever asks for this page; works out nothing before a template asks."""

    most = MOST_COUNTED

    def __init__(self, request: HttpRequest) -> None:
        self._request = request

    @cached_property
    def unread(self) -> int:
        person = self._request.user
        return unread_count(person, timezone.now()) if person.is_authenticated else 0


def bell(request: HttpRequest) -> dict[str, Any]:
    return {"bell": Bell(request)}
