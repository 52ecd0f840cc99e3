"""Surveys to begin with, in our own words. HR starts from a copy and changes what it likes.

The keys never change, so that waves of different copies can be laid side by side. A copy is in the language
of whoever makes it, and brings its translations along.
"""

from __future__ import annotations

from surveys.ready_made.customers import (
    EXTERNAL_SATISFACTION,
    REQUIREMENTS,
    SERVICE_INSIDE,
    SERVICE_OUTSIDE,
)
from surveys.ready_made.onboarding import DAY_7, DAY_30, DAY_60, DAY_90
from surveys.ready_made.parts import ReadyMade, ReadyMadeQuestion, ReadyMadeSection
from surveys.ready_made.staff import (
    SERVICE_LEVEL,
    SIX_ABOUT_MANAGER,
    SIX_BEHAVIOURS,
    SPEAKING_UP,
    TEAM_PULSE,
)

__all__ = [
    "READY_MADE",
    "ReadyMade",
    "ReadyMadeQuestion",
    "ReadyMadeSection",
    "find_ready_made",
    "usual_about",
]

READY_MADE: tuple[ReadyMade, ...] = (
    TEAM_PULSE,
    SPEAKING_UP,
    SIX_BEHAVIOURS,
    SIX_ABOUT_MANAGER,
    SERVICE_INSIDE,
    SERVICE_OUTSIDE,
    EXTERNAL_SATISFACTION,
    REQUIREMENTS,
    SERVICE_LEVEL,
    DAY_7,
    DAY_30,
    DAY_60,
    DAY_90,
)


def find_ready_made(code: str) -> ReadyMade:
    """Raises KeyError for a code there is none of."""
    return {one.code: one for one in READY_MADE}[code]


def usual_about(code: str) -> str:
    """Whom waves of a survey begun from this ready-made one are about; empty for every other survey."""
    return next((one.about for one in READY_MADE if one.code == code), "")
