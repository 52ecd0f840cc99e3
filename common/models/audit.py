from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from typing import Any, NoReturn

from django.apps import apps
from django.conf import settings
from django.contrib.auth import get_user_model
from django.db import models
from django.db.models import Q, TextField
from django.db.models.functions import Cast
from django.utils import timezone

from common.audit_actions import ACTIONS, THINGS

MOST_WORDS = 6


class AppendOnly(Exception):
    """An entry of the audit log is neither changed nor removed."""


class AuditQuerySet(models.QuerySet["AuditEntry"]):
    # On PostgreSQL a trigger says the same to whoever comes with SQL of their own (migration 0003).
    def update(self, **kwargs: Any) -> NoReturn:
        raise AppendOnly

    def bulk_update(self, *args: Any, **kwargs: Any) -> NoReturn:
        raise AppendOnly

    def delete(self) -> NoReturn:
        raise AppendOnly

    def bulk_create(self, objs: Iterable[AuditEntry], *args: Any, **kwargs: Any) -> list[AuditEntry]:
        if kwargs.get("update_conflicts"):
            raise AppendOnly
        return super().bulk_create(objs, *args, **kwargs)

    def drop_older_than(self, moment: dt.datetime) -> int:
        """What the retention job alone does: the oldest leave once they were kept for long enough."""
        return models.QuerySet.delete(self.filter(at__lt=moment))[0]

    def done(self, actions: Iterable[str]) -> AuditQuerySet:
        return self.filter(action__in=list(actions))

    def by(self, words: str) -> AuditQuerySet:
        """Entries of people whose name or address holds every word."""
        return self.filter(actor__in=get_user_model()._default_manager.all().matching(words))

    def about(self, object_type: str, object_id: str) -> AuditQuerySet:
        return self.filter(object_type=object_type, object_id=object_id)

    def matching(self, words: str, actions_of: dict[str, str]) -> AuditQuerySet:
        """Entries that hold every word: in the sentence, who acted, what it was about, or a detail.

        ``actions_of`` is each action with its sentence as the viewer reads it, in lower case.
        """
        found = self.annotate(detail_text=Cast("detail", TextField()))
        for word in words.lower().split()[:MOST_WORDS]:
            found = found.filter(_holds(word, actions_of))
        return found


def _holds(word: str, actions_of: dict[str, str]) -> Q:
    holds = Q(action__in=[name for name, sentence in actions_of.items() if word in sentence])
    holds |= Q(detail_text__icontains=word) | Q(object_id=word)
    people = get_user_model()._default_manager.filter(search_text__contains=word)
    holds |= Q(actor__in=people.values("pk"))
    for label, thing in THINGS.items():
        rows = apps.get_model(label)._default_manager.filter(**{f"{thing.field}__icontains": word})
        keys = rows.annotate(key=Cast("pk", models.CharField())).values("key")
        holds |= Q(object_type=label, object_id__in=keys)
    return holds


class AuditEntry(models.Model):
    """Who did what to which thing. Append-only; holds ids and words, never an answer or a token."""

    at = models.DateTimeField(default=timezone.now)
    actor = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    action = models.CharField(max_length=60)
    object_type = models.CharField(max_length=60, blank=True)
    object_id = models.CharField(max_length=60, blank=True)
    detail: models.JSONField[dict[str, Any], dict[str, Any]] = models.JSONField(default=dict)

    objects = AuditQuerySet.as_manager()

    class Meta:
        verbose_name_plural = "audit entries"
        indexes = [
            # The audit page, newest first; the retention job from the other end.
            models.Index(fields=["-at", "-id"], name="audit_newest"),
            # Its filter by group of actions, and whether today's retention was applied.
            models.Index(fields=["action", "-at"], name="audit_by_action"),
            # What one person did: the page's filter, and their own download.
            models.Index(fields=["actor", "-at"], name="audit_by_actor"),
            # What was done to one thing.
            models.Index(fields=["object_type", "object_id", "-at"], name="audit_by_thing"),
        ]

    def __str__(self) -> str:
        return f"{self.at:%Y-%m-%d %H:%M} {self.action}"

    def save(self, *args: Any, **kwargs: Any) -> None:
        if not self._state.adding:
            raise AppendOnly
        super().save(*args, **{**kwargs, "force_insert": True})

    def delete(self, *args: Any, **kwargs: Any) -> NoReturn:
        raise AppendOnly

    @property
    def is_known(self) -> bool:
        return self.action in ACTIONS
