from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.db import models
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from surveys import questionnaire

if TYPE_CHECKING:
    from people.models import Person


class SurveyQuerySet(models.QuerySet["Survey"]):
    def buildable_by(self, person: Person) -> SurveyQuerySet:
        """HR: all of them. Whoever leads a team: those of their teams."""
        if not person.is_active:
            return self.none()
        return self if person.is_hr else self.filter(team__in=person.led_team_ids)

    def in_use(self) -> SurveyQuerySet:
        return self.filter(archived=False)

    def with_counts(self) -> SurveyQuerySet:
        """With ``question_count`` and ``wave_count``."""
        return self.annotate(
            question_count=models.Count("sections__questions", distinct=True),
            # Without the waves of one that ask a single question again.
            wave_count=models.Count(
                "waves", filter=models.Q(waves__follow_up_before__isnull=True), distinct=True
            ),
        )


class Survey(models.Model):
    """A questionnaire somebody works on. Waves freeze it, so editing it changes no running wave."""

    title = models.CharField(_("title"), max_length=150)
    intro = models.TextField(_("words before the first question"), max_length=2000, blank=True)
    # Whose it is: the leads of this team and of those above work on it beside HR. None: HR's alone.
    team = models.ForeignKey(
        "people.Team",
        verbose_name=_("team"),
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="+",
    )
    # What the questions are written in, and what else they are translated into, in the order of the columns.
    language = models.CharField(_("language"), max_length=10, default="en")
    languages: models.JSONField[list[str], list[str]] = models.JSONField(default=list, blank=True)
    # Of title and intro by language; parts and questions carry their own.
    translations: models.JSONField[dict[str, dict[str, str]], dict[str, dict[str, str]]] = models.JSONField(
        default=dict, blank=True
    )
    template_code = models.CharField(max_length=40, blank=True, editable=False)
    # Raised by each change after a launch, so that results name what was asked.
    version = models.PositiveIntegerField(default=1, editable=False)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+"
    )
    archived = models.BooleanField(default=False)
    # Since then the lead who made it waits for HR to plan a wave of it.
    handed_over_at = models.DateTimeField(null=True, editable=False)

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
    # By language: ``title`` and ``intro``.
    translations: models.JSONField[dict[str, dict[str, str]], dict[str, dict[str, str]]] = models.JSONField(
        default=dict, blank=True
    )

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
        RANKING = questionnaire.Kind.RANKING.value, _("Put in order")
        MATRIX = questionnaire.Kind.MATRIX.value, _("Several rows on one scale")
        SHORT_TEXT = questionnaire.Kind.SHORT_TEXT.value, _("Short text")
        LONG_TEXT = questionnaire.Kind.LONG_TEXT.value, _("Long text")
        NUMBER = questionnaire.Kind.NUMBER.value, _("Number")
        DATE = questionnaire.Kind.DATE.value, _("Date")

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
    # Of a matrix, in the same shape.
    rows: models.JSONField[list[dict[str, Any]], list[dict[str, Any]]] = models.JSONField(
        default=list, blank=True
    )
    other = models.BooleanField(_("with “other”, in their own words"), default=False)
    # What drives satisfaction, in the organisation's words ("tools", "workload"), where it is no behaviour.
    driver = models.CharField(_("driver"), max_length=60, blank=True)
    unit = models.CharField(_("unit"), max_length=30, blank=True)
    least = models.IntegerField(_("smallest number"), null=True, blank=True)
    most = models.IntegerField(_("largest number"), null=True, blank=True)
    earliest = models.DateField(_("earliest day"), null=True, blank=True)
    latest = models.DateField(_("latest day"), null=True, blank=True)
    # ``surveys.conditions.Condition`` as JSON; None: always shown.
    condition: models.JSONField[dict[str, Any] | None, dict[str, Any] | None] = models.JSONField(
        null=True, blank=True
    )
    # By language: text, help, low_label, high_label, unit, option.<code> and row.<code>.
    translations: models.JSONField[dict[str, dict[str, str]], dict[str, dict[str, str]]] = models.JSONField(
        default=dict, blank=True
    )

    class Meta:
        ordering = ["position", "pk"]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(high__gt=models.F("low")) & models.Q(low__gte=0) & models.Q(high__lte=10),
                name="question_scale_within_bounds",
                violation_error_message=_("A scale runs upward, between 0 and 10."),
            ),
            models.CheckConstraint(
                condition=models.Q(least__isnull=True)
                | models.Q(most__isnull=True)
                | models.Q(most__gt=models.F("least")),
                name="question_numbers_run_upward",
                violation_error_message=_("The largest number must be above the smallest."),
            ),
            models.CheckConstraint(
                condition=models.Q(earliest__isnull=True)
                | models.Q(latest__isnull=True)
                | models.Q(latest__gt=models.F("earliest")),
                name="question_days_run_upward",
                violation_error_message=_("The latest day must be after the earliest."),
            ),
        ]

    def __str__(self) -> str:
        return self.text
