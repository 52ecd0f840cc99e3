from __future__ import annotations

import datetime as dt
from typing import Any

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _


class ImportFileQuerySet(models.QuerySet["ImportFile"]):
    def waiting(self) -> ImportFileQuerySet:
        return self.filter(state=ImportFile.State.WAITING)

    def forgotten(self, now: dt.datetime) -> ImportFileQuerySet:
        """Looked through more than a week ago and never applied: people's data that serves nobody."""
        return self.filter(state=ImportFile.State.PREVIEWED, uploaded_at__lt=now - dt.timedelta(days=7))

    def for_lists(self) -> ImportFileQuerySet:
        """Without what makes a row heavy."""
        return self.select_related("uploaded_by").defer("content", "packed")


class ImportFile(models.Model):
    """A file somebody uploaded, looked through, and then applied whole or left.

    Of one of the kinds registered with ``common.importing.kinds``; people have their own, which can more.
    """

    class State(models.TextChoices):
        PREVIEWED = "previewed", _("Looked through")
        WAITING = "waiting", _("Being applied")
        APPLIED = "applied", _("Applied")

    of = models.CharField(max_length=40)
    uploaded_at = models.DateTimeField(auto_now_add=True)
    uploaded_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+"
    )
    file_name = models.CharField(max_length=200)
    # As uploaded, to read it anew when somebody corrects how it was read; and its rows, which is quicker
    # than reading again. Both go once it is applied.
    content = models.BinaryField(null=True)
    packed = models.BinaryField(null=True)
    # See ``common.importing.grid.Choices``.
    choices: models.JSONField[dict[str, Any], dict[str, Any]] = models.JSONField(default=dict)
    # The field of each column; null until the columns can be used.
    mapping: models.JSONField[list[str] | None, list[str] | None] = models.JSONField(null=True)
    state = models.CharField(max_length=10, choices=State, default=State.PREVIEWED)
    applied_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+"
    )
    # Counts of what was done, or that it was refused.
    summary: models.JSONField[dict[str, Any], dict[str, Any]] = models.JSONField(default=dict)

    objects = ImportFileQuerySet.as_manager()

    class Meta:
        ordering = ["-uploaded_at", "-pk"]
        indexes = [
            # The page of one kind, newest first.
            models.Index(fields=["of", "-uploaded_at"], name="import_file_newest"),
        ]

    def __str__(self) -> str:
        return self.file_name

    @property
    def progress_key(self) -> str:
        return f"import-file:{self.pk}"
