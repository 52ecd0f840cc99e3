"""The Celery app. Its tasks are wake-ups: what is due stands in the database, so a lost one costs a tick."""

import logging.config
import os
from pathlib import Path
from typing import Any

from celery import Celery, Task, signals
from django.conf import settings
from kombu.transport import TRANSPORT_ALIASES
from structlog.contextvars import bind_contextvars, clear_contextvars, get_contextvars

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
    "common": _tick("common.tasks.tick", "default"),
    "notifications": _tick("notifications.tasks.tick", "default"),
    "people": _tick("people.tasks.tick", "default"),
    "retention": _tick("culture_portal.tasks.retain", "default"),
    "surveys": _tick("surveys.tasks.tick", "ballots"),
    "follow-ups": _tick("surveys.tasks.tick_follow_ups", "default"),
    # As named and timed in culture_portal/heartbeats.py, which needs the apps that this module comes before.
    **{
        f"heartbeat {queue}": {
            "task": "culture_portal.tasks.heartbeat",
            "schedule": 60,
            "kwargs": {"queue": queue},
            "options": {"queue": queue, "expires": 60},
        }
        for queue in ("default", "ballots")
    },
}
app.conf.beat_scheduler = "culture_portal.heartbeats:Clock"

if not settings.REDIS_URL:
    TRANSPORT_ALIASES["filesystem"] = "culture_portal.folder_broker:Transport"
    # The filesystem transport makes none of its folders' parents.
    for _folder in ("queue", "processed", "control"):
        Path(settings.BROKER_FOLDER, _folder).mkdir(parents=True, exist_ok=True)


# --- Logs: ours in every process; what a task does bears its number and that of the request behind it -------
@signals.setup_logging.connect
def _our_logging(**kwargs: Any) -> None:
    logging.config.dictConfig(settings.LOGGING)


@signals.before_task_publish.connect
def _hand_the_number_on(headers: dict[str, Any] | None = None, **kwargs: Any) -> None:
    number = get_contextvars().get("request_id")
    if number and headers is not None:
        headers["request_id"] = number


@signals.task_prerun.connect
def _name_the_task(task_id: str = "", task: Task[Any, Any] | None = None, **kwargs: Any) -> None:
    clear_contextvars()
    if task is not None:
        number = task.request.get("request_id")
        bind_contextvars(task=task.name, task_id=task_id, **{"request_id": number} if number else {})


@signals.task_postrun.connect
def _forget_the_task(**kwargs: Any) -> None:
    clear_contextvars()
