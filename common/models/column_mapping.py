from __future__ import annotations

from django.db import models


class ColumnMapping(models.Model):
    """Which field somebody said a heading of an imported file means; proposed again for the next file."""

    # What the file holds: people, absences, contacts.
    of = models.CharField(max_length=40)
    # As compared by ``common.importing.reading.heading_key``.
    heading = models.CharField(max_length=200)
    # Empty: not used.
    field = models.CharField(max_length=80, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["of", "heading"], name="column_mapping_once"),
        ]

    def __str__(self) -> str:
        return f"{self.of}: {self.heading} = {self.field}"
