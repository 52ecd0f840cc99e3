from __future__ import annotations

from django.db import models


class Tally(models.Model):
    """How often something happened lately; see ``common.tallying``. Says nothing of what or whose it is."""

    # A keyed hash.
    key = models.CharField(max_length=64, primary_key=True)
    count = models.PositiveIntegerField()
    # Seconds since 1970, so that one statement counts on either database.
    until = models.BigIntegerField()

    class Meta:
        verbose_name_plural = "tallies"
        indexes = [
            # The tick that sweeps out what is over.
            models.Index(fields=["until"], name="tally_until"),
        ]

    def __str__(self) -> str:
        return f"{self.key[:8]}: {self.count}"
