"""A sign of life for each queue; see ``culture_portal.heartbeats``."""

from __future__ import annotations

from celery import shared_task

from culture_portal import heartbeats


@shared_task
def heartbeat(*, queue: str) -> None:
    heartbeats.mark(queue)
