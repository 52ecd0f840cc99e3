from __future__ import annotations

from typing import Any

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _


class ImportRun(models.Model):
    """A file somebody uploaded, looked through, and then applied whole or left."""

    class State(models.TextChoices):
        PREVIEWED = "previewed", _("Looked through")
        APPLIED = "applied", _("Applied")

    uploaded_at = models.DateTimeField(auto_now_add=True)
    uploaded_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+"
    )
    file_name = models.CharField(max_length=200)
    # The text itself: applying plans anew against the people of that moment. Emptied once applied.
    text = models.TextField(blank=True)
    state = models.CharField(max_length=10, choices=State, default=State.PREVIEWED)
    summary: models.JSONField[dict[str, Any], dict[str, Any]] = models.JSONField(default=dict)

    class Meta:
        ordering = ["-uploaded_at"]

    def __str__(self) -> str:
        return self.file_name
