"""Wake-ups. Any of them may be lost or doubled: what is to be done stands in the database."""

from __future__ import annotations

from celery import shared_task
from django.utils import timezone

from common import tallying
from people.domain import keeping_sessions
from people.domain.importing import running
from people.models import ImportRun


@shared_task
def check_import(*, run_id: int) -> None:
    running.check(run_id)


@shared_task
def apply_import(*, run_id: int) -> None:
    running.carry_out(run_id)


@shared_task
def tick() -> None:
    """Each minute: imports whose own task was lost or whose worker died, and what nobody wants any more."""
    now = timezone.now()
    for run_id in ImportRun.objects.to_do(now).values_list("pk", flat=True):
        running.check(run_id)
        running.carry_out(run_id)
    running.forget(now)
    keeping_sessions.forget_expired(now)
    tallying.forget_what_is_over(now)
