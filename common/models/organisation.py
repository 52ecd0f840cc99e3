from __future__ import annotations

import datetime as dt

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.utils.translation import gettext_lazy as _


class Organisation(models.Model):
    """What HR says of the organisation; one row. Read it by ``common.organisation.current``."""

    name = models.CharField(_("name"), max_length=120)
    # A small PNG, drawn anew from what was uploaded. In the database: every web process and backup has it.
    logo = models.BinaryField(null=True)
    # Names the logo's address, so that a browser may keep it for ever.
    logo_digest = models.CharField(max_length=32, blank=True)
    country = models.CharField(_("country"), max_length=2)
    time_zone = models.CharField(_("time zone"), max_length=60)
    language = models.CharField(_("language"), max_length=10)
    working_days = models.CharField(_("working days"), max_length=7, default="12345")
    day_starts = models.TimeField(_("working day starts"), default=dt.time(8))
    day_ends = models.TimeField(_("working day ends"), default=dt.time(18))
    k = models.PositiveSmallIntegerField(
        _("smallest group a figure may describe"),
        default=5,
        validators=[MinValueValidator(5), MaxValueValidator(20)],
    )

    class Meta:
        constraints = [
            models.CheckConstraint(condition=models.Q(pk=1), name="organisation_is_one"),
            models.CheckConstraint(condition=models.Q(k__gte=5, k__lte=20), name="organisation_k_in_range"),
            models.CheckConstraint(
                condition=~models.Q(working_days=""), name="organisation_has_a_working_day"
            ),
        ]

    def __str__(self) -> str:
        return self.name
