"""Wake-ups of the dispatcher. Any of them may be lost or doubled: what is due stands in the database."""

from __future__ import annotations

from celery import shared_task

from notifications.domain import fencing
from notifications.domain.dispatching import drain, sweep


@shared_task
def dispatch() -> None:
    """Send what is due."""
    drain()


@shared_task
def tick() -> None:
    """Each minute: take back what a dead worker left, then send what is due."""
    sweep()
    if fencing.may_send():
        fencing.advance()
    drain()
