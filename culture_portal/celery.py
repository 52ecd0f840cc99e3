"""The Celery app: tasks are wake-ups, the database is the truth (docs/architecture.md)."""

from __future__ import annotations

import os

from celery import Celery

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "culture_portal.settings")

app = Celery("culture_portal")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()
