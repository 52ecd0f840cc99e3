from __future__ import annotations

from typing import Any

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _


class AuditQuerySet(models.QuerySet["AuditEntry"]):
    def of(self, action: str) -> AuditQuerySet:
        """Entries of this action; all of them where it is empty."""
        return self.filter(action=action) if action else self.all()

    def actions(self) -> list[str]:
        """Every action that was ever recorded, by name."""
        return list(self.order_by("action").values_list("action", flat=True).distinct())


class AuditEntry(models.Model):
    """Who did what to which thing. Append-only; holds ids and words, never an answer or a token."""

    at = models.DateTimeField(auto_now_add=True)
    actor = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    action = models.CharField(max_length=60)
    object_type = models.CharField(max_length=60, blank=True)
    object_id = models.CharField(max_length=60, blank=True)
    detail: models.JSONField[dict[str, Any], dict[str, Any]] = models.JSONField(default=dict)

    objects = AuditQuerySet.as_manager()

    class Meta:
        verbose_name_plural = "audit entries"
        indexes = [
            # The audit page, newest first, and its filter by action.
            models.Index(fields=["-at", "-id"], name="audit_newest"),
            models.Index(fields=["action", "-at"], name="audit_by_action"),
        ]

    def __str__(self) -> str:
        return f"{self.at:%Y-%m-%d %H:%M} {self.action}"

    @property
    def action_words(self) -> str:
        return action_words(self.action)

    @property
    def detail_words(self) -> list[tuple[str, object]]:
        """Names and values as people read them."""
        yes_no = {True: _("yes"), False: _("no"), None: "-"}
        return [
            (name.replace("_", " "), yes_no[value] if isinstance(value, bool | None) else value)
            for name, value in self.detail.items()
        ]

    @property
    def object_words(self) -> str:
        """The kind of thing and its number, such as "wave 7"; empty where there was no one thing."""
        kind = self.object_type.partition(".")[2]
        return f"{kind} {self.object_id}" if kind else ""


def action_words(action: str) -> str:
    """``"wave.approval_asked"`` as "Wave: approval asked"."""
    thing, _dot, deed = action.replace("_", " ").partition(".")
    return f"{thing.capitalize()}: {deed}" if deed else thing.capitalize()
