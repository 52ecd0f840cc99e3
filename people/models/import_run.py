from __future__ import annotations

import datetime as dt
from typing import Any

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _


class ImportRunQuerySet(models.QuerySet["ImportRun"]):
    def waiting(self) -> ImportRunQuerySet:
        return self.filter(state=ImportRun.State.WAITING)

    def forgotten(self, now: dt.datetime) -> ImportRunQuerySet:
        """Looked through more than a week ago and never applied: people's data that serves nobody."""
        return self.filter(state=ImportRun.State.PREVIEWED, uploaded_at__lt=now - dt.timedelta(days=7))


class ImportRun(models.Model):
    """A file somebody uploaded, looked through, and then applied whole or left."""

    class State(models.TextChoices):
        PREVIEWED = "previewed", _("Looked through")
        WAITING = "waiting", _("Being applied")
        APPLIED = "applied", _("Applied")

    uploaded_at = models.DateTimeField(auto_now_add=True)
    uploaded_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+"
    )
    file_name = models.CharField(max_length=200)
    # The text itself: applying plans anew against the people of that moment. Emptied once applied.
    text = models.TextField(blank=True)
    state = models.CharField(max_length=10, choices=State, default=State.PREVIEWED)
    invite = models.BooleanField(default=True)
    # Leads chosen in the preview: pairs of a team's path and a person's employee number or e-mail.
    leads: models.JSONField[list[Any], list[Any]] = models.JSONField(default=list)
    # Counts of what was done.
    summary: models.JSONField[dict[str, Any], dict[str, Any]] = models.JSONField(default=dict)

    objects = ImportRunQuerySet.as_manager()

    class Meta:
        ordering = ["-uploaded_at", "-pk"]

    def __str__(self) -> str:
        return self.file_name
