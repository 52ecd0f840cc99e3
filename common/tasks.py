"""Wake-ups. Any of them may be lost or doubled: what is to be done stands in the database."""

from __future__ import annotations

from celery import shared_task
from django.utils import timezone

from common.importing.running import carry_out, carry_out_all, forget_old_files


@shared_task
def apply_import_file(*, run_id: int) -> None:
    carry_out(run_id)


@shared_task
def tick() -> None:
    """Each minute: imports whose own task was lost, and files nobody wanted."""
    carry_out_all()
    forget_old_files(timezone.now())
