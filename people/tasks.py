"""Wake-ups. Any of them may be lost or doubled: what is to be done stands in the database."""

from __future__ import annotations

from celery import shared_task
from django.utils import timezone

from common import tallying
from people.domain import keeping_sessions
from people.domain.importing.running import carry_out, forget_old_files
from people.models import ImportRun


@shared_task
def apply_import(*, run_id: int) -> None:
    carry_out(run_id)


@shared_task
def tick() -> None:
    """Each minute: imports whose own task was lost, and files nobody wanted."""
    for run_id in ImportRun.objects.waiting().values_list("pk", flat=True):
        carry_out(run_id)
    now = timezone.now()
    forget_old_files(now)
    keeping_sessions.forget_expired(now)
    tallying.forget_what_is_over(now)
