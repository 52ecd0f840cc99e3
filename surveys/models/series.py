from __future__ import annotations

import secrets

from django.conf import settings
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.utils.translation import gettext_lazy as _

from people.models import Person
from surveys.models.wave import Wave


def new_shuffle() -> str:
    return secrets.token_hex(16)


_OPENED = [Wave.State.OPEN, Wave.State.CLOSING, Wave.State.CLOSED]


class WaveSeriesQuerySet(models.QuerySet["WaveSeries"]):
    def active(self) -> WaveSeriesQuerySet:
        return self.filter(active=True)

    def with_newest(self) -> WaveSeriesQuerySet:
        """With ``title`` of the newest wave, ``next_at`` where one is planned, and how many ``opened``."""
        waves = Wave.objects.filter(series=models.OuterRef("pk")).order_by("-number")
        drafts = models.Q(state__in=[Wave.State.DRAFT, Wave.State.APPROVAL], number__gt=1)
        planned = waves.filter(drafts | models.Q(state=Wave.State.LAUNCHING))
        return self.filter(waves__isnull=False).annotate(
            title=models.Subquery(waves.values("title")[:1]),
            next_at=models.Subquery(planned.values("opens_at")[:1]),
            opened=models.Count("waves", filter=models.Q(waves__state__in=_OPENED)),
        )


class WaveSeries(models.Model):
    """A wave that repeats: each is made after the one before it, and launched by itself.

    The newest wave is the model of the next: whoever changes that one, while it is a draft, changes all that
    follow.
    """

    class Rhythm(models.TextChoices):
        WEEKLY = "weekly", _("Every week")
        MONTHLY = "monthly", _("Every month")
        QUARTERLY = "quarterly", _("Every three months")

    rhythm = models.CharField(_("rhythm"), max_length=10, choices=Rhythm)
    # Each person is asked by one of so many waves in a row; 1: by every wave.
    rotation = models.PositiveSmallIntegerField(
        _("each person is asked every so many waves"),
        default=1,
        validators=[MinValueValidator(1), MaxValueValidator(12)],
    )
    # Decides who is asked by which of them: the same at each look, and no one's choice.
    shuffle = models.CharField(max_length=32, default=new_shuffle, editable=False)
    active = models.BooleanField(default=True)
    # The opening from which the others are counted: the rhythm keeps its day of the month and its hour
    # although single openings move off a free day or come late.
    counted_from = models.DateTimeField(null=True, editable=False)
    # Of a series that the portal runs by itself, such as the monthly open question.
    code = models.SlugField(max_length=40, blank=True, editable=False)
    started_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+"
    )

    objects = WaveSeriesQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["code"], condition=~models.Q(code=""), name="wave_series_code_once"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.rhythm}/{self.pk}"

    @property
    def starter(self) -> Person | None:
        """Who answers for it, while they work here and are of HR."""
        by = self.started_by
        return by if by is not None and by.is_active and by.is_hr else None
