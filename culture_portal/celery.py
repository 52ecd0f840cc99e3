"""The Celery app. Its tasks are wake-ups: what is due stands in the database, so a lost one costs a tick."""

import os
from pathlib import Path

from celery import Celery
from django.conf import settings
from kombu.transport import TRANSPORT_ALIASES

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "culture_portal.settings")

app = Celery("culture_portal")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()


def _tick(task: str, queue: str) -> dict[str, object]:
    # A tick nobody took before the next one is worth nothing: a stopped worker comes back to a short queue.
    return {
        "task": task,
        "schedule": settings.TICK_SECONDS,
        "options": {"queue": queue, "expires": settings.TICK_SECONDS},
    }


app.conf.beat_schedule = {
    "notifications": _tick("notifications.tasks.tick", "default"),
    "people": _tick("people.tasks.tick", "default"),
    "surveys": _tick("surveys.tasks.tick", "ballots"),
}
# Kept in memory: nothing is lost by forgetting when the last tick was, and a file can be left half-written.
app.conf.beat_scheduler = "celery.beat:Scheduler"

if not settings.REDIS_URL:
    TRANSPORT_ALIASES["filesystem"] = "culture_portal.folder_broker:Transport"
    # The filesystem transport makes none of its folders' parents.
    for _folder in ("queue", "processed", "control"):
        Path(settings.BROKER_FOLDER, _folder).mkdir(parents=True, exist_ok=True)
