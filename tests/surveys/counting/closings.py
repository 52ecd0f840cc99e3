"""Waves answered up to their close, and all that is stored about their answers."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Any

from django.conf import settings

from common.models import AuditEntry
from notifications.domain.queueing import queue_many
from notifications.models import Message
from surveys.domain.mailing.reminding import invitation_message
from surveys.models import Atom, Comment, ReleasedCount, SealedBallot, Wave
from tests.surveys.factories import CLOSES, WHILE_OPEN, cast

TREE = {1: None, 2: 1, 3: 1}
CLOSED = CLOSES + dt.timedelta(minutes=1)


def key_file(wave: Wave) -> Path:
    return Path(settings.PORTAL_KEY_DIR) / f"{wave.key_name}.key"


def answer_some(wave: Wave, group_code: int, scores: list[int]) -> None:
    """One ballot per score, from as many people of the group."""
    invitations = wave.invitations.select_related("wave").filter(group_code=group_code, answered=False)
    for invitation, score in zip(invitations.order_by("pk"), scores, strict=False):
        cast(invitation, {"listens": [str(score)]}, {"hear": f"Somebody of group {group_code} says {score}"})


def queue_invitations(wave: Wave) -> None:
    queue_many([invitation_message(one, due=WHILE_OPEN) for one in wave.invitations.select_related("wave")])


def released(wave: Wave) -> dict[str, Any]:
    """Everything stored about a wave's answers, comparable between runs."""
    wave.refresh_from_db()
    return {
        "state": (wave.state, wave.released, wave.answered_count),
        "atoms": sorted(
            Atom.objects.filter(wave=wave).values_list("question_key", "number", "home_code", "n")
        ),
        "counts": sorted(
            ReleasedCount.objects.filter(wave=wave).values_list("question_key", "atom_number", "option", "n")
        ),
        "comments": sorted(
            Comment.objects.filter(wave=wave).values_list("question_key", "group_code", "text")
        ),
        "ballots": SealedBallot.objects.filter(wave=wave).count(),
        "messages": Message.objects.count(),
        "key": key_file(wave).exists(),
        "closings": AuditEntry.objects.filter(action="wave.closed", object_id=str(wave.pk)).count(),
    }
