from __future__ import annotations

import datetime as dt
from typing import Any, Self

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _


class ImportRunQuerySet(models.QuerySet["ImportRun"]):
    def listed(self) -> Self:
        """Without what makes a row heavy."""
        return self.select_related("uploaded_by").defer("content", "packed", "lead_choices", "leads")

    def to_do(self, now: dt.datetime) -> Self:
        """To be checked or applied, and nobody is at it."""
        return self.filter(
            models.Q(claimed_until=None) | models.Q(claimed_until__lt=now),
            state__in=[ImportRun.State.CHECKING, ImportRun.State.WAITING],
        )

    def applied(self) -> Self:
        return self.filter(state=ImportRun.State.APPLIED)

    def forgotten(self, now: dt.datetime) -> Self:
        """Uploaded more than a week ago and never applied: people's data that serves nobody."""
        left = [ImportRun.State.UPLOADED, ImportRun.State.CHECKING, ImportRun.State.PREVIEWED]
        return self.filter(state__in=left, uploaded_at__lt=now - dt.timedelta(days=7))


class ImportRun(models.Model):
    """A file of people somebody uploaded, looked through, and then applied whole or left.

    uploaded -> checking -> looked through -> being applied -> applied -> undone; from being applied back to
    looked through where somebody changed people meanwhile.
    """

    class State(models.TextChoices):
        UPLOADED = "uploaded", _("Columns to be named")
        CHECKING = "checking", _("Being looked through")
        PREVIEWED = "previewed", _("Looked through")
        WAITING = "waiting", _("Being applied")
        APPLIED = "applied", _("Applied")
        UNDONE = "undone", _("Undone")

    uploaded_at = models.DateTimeField(auto_now_add=True)
    uploaded_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+"
    )
    file_name = models.CharField(max_length=200)
    # As uploaded, and its rows as read: see ``common.importing.staging``. Both go once it is applied.
    content = models.BinaryField(default=bytes)
    packed = models.BinaryField(default=bytes)
    choices: models.JSONField[dict[str, Any], dict[str, Any]] = models.JSONField(default=dict)
    # The field of each column; null until the columns can be used.
    mapping: models.JSONField[list[str] | None, list[str] | None] = models.JSONField(null=True)
    state = models.CharField(max_length=10, choices=State, default=State.UPLOADED)
    # Counts: of what it would do, then of what was done.
    summary: models.JSONField[dict[str, Any], dict[str, Any]] = models.JSONField(default=dict)
    # In which language it is checked, so that the words about it are those of whoever uploaded it.
    language = models.CharField(max_length=10, blank=True)
    # It holds everybody: who works here and is not in it leaves.
    everybody = models.BooleanField(default=False)
    # How many rows it has.
    size = models.PositiveIntegerField(default=0)
    # What was found stands in ImportRow under this number: rows of a worker that died count for nothing.
    attempt = models.PositiveIntegerField(default=0)
    # A worker is at it until then.
    claimed_until = models.DateTimeField(null=True)
    # What it would change, in short: applying stops where that is no longer what somebody agreed to.
    digest = models.CharField(max_length=64, blank=True)
    invite = models.BooleanField(default=True)
    # Who was deactivated and stands in the file works here again.
    reactivate = models.BooleanField(default=False)
    # Who might lead the teams without a lead: path, candidates and proposal of each.
    lead_choices: models.JSONField[list[Any], list[Any]] = models.JSONField(default=list)
    # Leads chosen in the preview: pairs of a team's path and a person's employee number or e-mail.
    leads: models.JSONField[list[Any], list[Any]] = models.JSONField(default=list)
    applied_at = models.DateTimeField(null=True)

    objects = ImportRunQuerySet.as_manager()

    class Meta:
        ordering = ["-uploaded_at", "-pk"]

    def __str__(self) -> str:
        return self.file_name

    @property
    def progress_key(self) -> str:
        return f"people-import:{self.pk}"

    @property
    def is_busy(self) -> bool:
        return self.state in {self.State.CHECKING, self.State.WAITING}

    @property
    def rows_now(self) -> models.QuerySet[ImportRow]:
        """What was found or done; not what a worker that died had begun to write."""
        return self.rows.filter(attempt=self.attempt)

    @property
    def problems_now(self) -> models.QuerySet[ImportProblem]:
        return self.problems.filter(attempt=self.attempt)


class ImportRow(models.Model):
    """One person, team or lead of an import: what would change, then what did. Leaves with its run.

    Until it is applied, people and teams still to be made go by negative numbers: minus the row of the file.
    """

    class Kind(models.TextChoices):
        NEW = "new", _("New")
        CHANGED = "changed", _("Changed")
        SAME = "same", _("As they are")
        LEAVES = "leaves", _("Leaves")
        RETURNS = "returns", _("Works here again")
        KEPT = "kept", _("Stays: holds a role")
        TEAM = "team", _("New team")
        LEAD = "lead", _("Leads a team")

    run = models.ForeignKey(ImportRun, on_delete=models.CASCADE, related_name="rows")
    attempt = models.PositiveIntegerField()
    kind = models.CharField(max_length=10, choices=Kind)
    # In the file; null for who is not in it, for teams and leads.
    number = models.PositiveIntegerField(null=True)
    # Without a constraint: the person may still have to be made, and may be gone after an undo.
    person = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        on_delete=models.DO_NOTHING,
        db_constraint=False,
        related_name="+",
    )
    team = models.ForeignKey(
        "people.Team", null=True, on_delete=models.DO_NOTHING, db_constraint=False, related_name="+"
    )
    name = models.CharField(max_length=420)
    # By field: as it stood, and as the import leaves it.
    before: models.JSONField[dict[str, Any], dict[str, Any]] = models.JSONField(default=dict)
    after: models.JSONField[dict[str, Any], dict[str, Any]] = models.JSONField(default=dict)

    class Meta:
        indexes = [
            # The preview's lists, one kind at a time, in the order of the file.
            models.Index(fields=["run", "attempt", "kind", "id"], name="import_row_by_kind"),
        ]

    def __str__(self) -> str:
        return f"{self.kind}: {self.name}"


class ImportProblem(models.Model):
    """What is wrong in which row of an import."""

    run = models.ForeignKey(ImportRun, on_delete=models.CASCADE, related_name="problems")
    attempt = models.PositiveIntegerField()
    # Otherwise it was put right on the way in.
    stops = models.BooleanField()
    # 0 is the file as a whole.
    row = models.PositiveIntegerField()
    column = models.CharField(max_length=200, blank=True)
    message = models.TextField()

    class Meta:
        indexes = [
            # Beside the preview, what stops it first.
            models.Index(fields=["run", "attempt", "stops", "id"], name="import_problem_by_kind"),
        ]

    def __str__(self) -> str:
        return f"{self.row}: {self.message}"
