from __future__ import annotations

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _


class Progress(models.Model):
    """How far a long piece of work has come; one row per piece, found by its key."""

    class State(models.TextChoices):
        RUNNING = "running", _("Running")
        DONE = "done", _("Done")
        FAILED = "failed", _("Failed")

    key = models.CharField(max_length=100, unique=True)
    done = models.PositiveIntegerField(default=0)
    total = models.PositiveIntegerField(default=0)
    state = models.CharField(max_length=10, choices=State, default=State.RUNNING)
    message = models.CharField(max_length=300, blank=True)
    # Old ones leave by it (retention.toml).
    begun_at = models.DateTimeField(default=timezone.now)
    # Who may look; empty: every employee.
    permission = models.CharField(max_length=100, blank=True)
    # Where its page leads once it is done.
    next_url = models.CharField(max_length=200, blank=True)

    def __str__(self) -> str:
        return f"{self.key}: {self.done}/{self.total}"

    @property
    def percent(self) -> int:
        """Whole percent, 100 only when it is done."""
        if self.state == self.State.DONE:
            return 100
        return min(99, self.done * 100 // self.total) if self.total else 0
