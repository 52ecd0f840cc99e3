"""Who plans a wave in the browser, what its form sends, and drafts that open today."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from people.models import Person
from surveys.models import Wave
from tests.surveys.browsing import browser_of
from tests.surveys.factories import make_draft, make_hr


@pytest.fixture
def hr() -> Person:
    return make_hr()


@pytest.fixture
def browser(hr: Person) -> Client:
    return browser_of(hr)


def local(moment: dt.datetime) -> str:
    return timezone.localtime(moment).strftime("%Y-%m-%dT%H:%M")


def in_days(days: int) -> str:
    return local(timezone.now() + dt.timedelta(days=days))


def wave_data(**changes: Any) -> dict[str, Any]:
    """What the form sends when nothing special is chosen."""
    return {
        "title": "Spring pulse",
        "mode": "anonymous",
        "audience": "everyone",
        "with_teams_below": "on",
        "opens_at": in_days(1),
        "closes_at": in_days(15),
        "reminders": "3, 6, 9",
        "reader_addresses": "",
        "k": "5",
        "breakdown": "",
        "extension_days": "0",
        **changes,
    }


def make_open_draft(**fields: Any) -> Wave:
    now = timezone.now()
    return make_draft(**{"opens_at": now, "closes_at": now + dt.timedelta(days=14), **fields})
