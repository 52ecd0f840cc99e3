"""Wake-ups of the project itself: signs of life, and what is kept for long enough."""

from __future__ import annotations

from celery import shared_task
from django.utils import timezone

from common import retention
from culture_portal import heartbeats


@shared_task
def heartbeat(*, queue: str) -> None:
    """A sign of life for each queue; see ``culture_portal.heartbeats``."""
    heartbeats.mark(queue)


@shared_task
def retain() -> None:
    """Each minute; once a day there is something to do."""
    retention.apply_if_due(timezone.now())
