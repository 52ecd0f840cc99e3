from __future__ import annotations

from typing import Any

from django.conf import settings
from django.db import models
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from surveys import questionnaire


class SurveyQuerySet(models.QuerySet["Survey"]):
    def in_use(self) -> SurveyQuerySet:
        return self.filter(archived=False)

    def with_counts(self) -> SurveyQuerySet:
        """With ``question_count`` and ``wave_count``."""
        return self.annotate(
            question_count=models.Count("sections__questions", distinct=True),
            wave_count=models.Count("waves", distinct=True),
        )


class Survey(models.Model):
    """A questionnaire HR works on. Waves freeze it, so editing it changes no running wave."""

    title = models.CharField(_("title"), max_length=150)
    intro = models.TextField(_("words before the first question"), max_length=2000, blank=True)
    template_code = models.CharField(max_length=40, blank=True, editable=False)
    # Raised by each change after a launch, so that results name what was asked.
    version = models.PositiveIntegerField(default=1, editable=False)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+"
    )
    archived = models.BooleanField(default=False)

    objects = SurveyQuerySet.as_manager()

    class Meta:
        ordering = ["title", "pk"]

    def __str__(self) -> str:
        return self.title

    def get_absolute_url(self) -> str:
        return reverse("surveys:survey-detail", kwargs={"pk": self.pk})


class Section(models.Model):
    survey = models.ForeignKey(Survey, on_delete=models.CASCADE, related_name="sections")
    position = models.PositiveSmallIntegerField()
    title = models.CharField(_("title"), max_length=150)
    intro = models.TextField(_("words before this part"), max_length=2000, blank=True)

    class Meta:
        ordering = ["position", "pk"]

    def __str__(self) -> str:
        return self.title


class Question(models.Model):
    """One question. ``key`` never changes, so that waves of different versions can be compared."""

    class Kind(models.TextChoices):
        RECOMMEND = questionnaire.Kind.RECOMMEND.value, _("Recommend, 0 to 10")
        SCALE = questionnaire.Kind.SCALE.value, _("Scale")
        YES_NO = questionnaire.Kind.YES_NO.value, _("Yes or no")
        SINGLE = questionnaire.Kind.SINGLE.value, _("Choose one")
        MULTIPLE = questionnaire.Kind.MULTIPLE.value, _("Choose several")
        SHORT_TEXT = questionnaire.Kind.SHORT_TEXT.value, _("Short text")
        LONG_TEXT = questionnaire.Kind.LONG_TEXT.value, _("Long text")

    section = models.ForeignKey(Section, on_delete=models.CASCADE, related_name="questions")
    position = models.PositiveSmallIntegerField()
    key = models.SlugField(max_length=40)
    kind = models.CharField(_("kind"), max_length=12, choices=Kind)
    text = models.CharField(_("question"), max_length=500)
    help = models.CharField(_("a hint below it"), max_length=300, blank=True)
    required = models.BooleanField(_("must be answered"), default=False)
    behaviour = models.ForeignKey(
        "customers.Behaviour",
        verbose_name=_("behaviour"),
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="+",
    )
    low = models.SmallIntegerField(_("lowest value"), default=1)
    high = models.SmallIntegerField(_("highest value"), default=5)
    low_label = models.CharField(_("words at the lowest value"), max_length=80, blank=True)
    high_label = models.CharField(_("words at the highest value"), max_length=80, blank=True)
    # [{"code": "o1", "label": "..."}]: codes stay when labels are reworded.
    options: models.JSONField[list[dict[str, Any]], list[dict[str, Any]]] = models.JSONField(
        default=list, blank=True
    )

    class Meta:
        ordering = ["position", "pk"]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(high__gt=models.F("low")) & models.Q(low__gte=0) & models.Q(high__lte=10),
                name="question_scale_within_bounds",
                violation_error_message=_("A scale runs upward, between 0 and 10."),
            ),
        ]

    def __str__(self) -> str:
        return self.text
