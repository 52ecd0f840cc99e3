from __future__ import annotations

import datetime as dt
import secrets
from functools import cached_property
from typing import Any

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from common.organisation import current
from people.models import Attribute, Person
from surveys.models.survey import Survey
from surveys.questionnaire import Questionnaire

_BY_ATTRIBUTE = "attribute:"


def by_attribute(key: int) -> str:
    """The breakdown by this attribute."""
    return f"{_BY_ATTRIBUTE}{key}"


def attribute_of(breakdown: str) -> int | None:
    """The attribute of a breakdown; None for the others."""
    key = breakdown.removeprefix(_BY_ATTRIBUTE)
    return int(key) if key != breakdown and key.isdecimal() else None


def default_k() -> int:
    """What the organisation says now; a wave keeps its own."""
    return current().k


def new_key_name() -> str:
    """Names the file of a wave's private key; says nothing about the wave."""
    return secrets.token_hex(16)


def default_reminder_days() -> list[int]:
    return [3, 6, 9]


# What people are told before the first question, and how long they have.
PROMISED = frozenset(
    {
        "mode",
        "k",
        "breakdown",
        "breakdown_name",
        # What they read of who sees what, and why they are asked, is made of it.
        "audience",
        "audience_by",
        "audience_values",
        "about",
        "subject_id",
        "extension_days",
        "closes_at",
        # Not who gets in touch: people leave.
        "follow_up_question",
        "follow_up_limit",
        "follow_up_days",
        "ask_again_days",
    }
)


# What HR decides of a draft, beside who is asked and who reads.
DECIDED = (
    "title",
    "mode",
    "k",
    "breakdown",
    "breakdown_name",
    "audience",
    "with_teams_below",
    "audience_by",
    "audience_values",
    "about",
    "subject_id",
    "opens_at",
    "closes_at",
    "extension_days",
    "reminder_days",
    "mail_texts",
    "ask_in_mail",
    "follow_up_question",
    "follow_up_limit",
    "follow_up_days",
    "follow_up_owner_id",
    "ask_again_days",
)


class WaveQuerySet(models.QuerySet["Wave"]):
    def results_visible_to(self, person: Person) -> WaveQuerySet:
        """Waves whose results this person may open.

        HR: every anonymous wave. Leads (frozen at launch or of today): waves that asked their teams.
        Named readers: their identified waves.
        """
        if not person.is_active:
            return self.none()
        anonymous = Q(mode=Wave.Mode.ANONYMOUS)
        mine = anonymous & (Q(groups__lead=person) | Q(groups__team_id__in=person.led_team_ids))
        allowed = mine | Q(readers=person)
        if person.is_hr:
            allowed |= anonymous
        return self.filter(allowed).distinct()

    def launched(self) -> WaveQuerySet:
        """Waves that are or were open, so that there is something to say of their answers."""
        return self.filter(state__in=[Wave.State.OPEN, Wave.State.CLOSING, Wave.State.CLOSED])

    def frozen(self) -> WaveQuerySet:
        """Waves that have their questionnaire for good."""
        return self.filter(questionnaire_json__isnull=False)

    def planned(self) -> WaveQuerySet:
        """Without the waves of one that ask a single question again after a follow-up."""
        return self.filter(follow_up_before__isnull=True)

    def for_lists(self) -> WaveQuerySet:
        """Without the questionnaire, which is long and which no list shows; with the row it is of."""
        return self.select_related("series").defer("questionnaire_json")

    def launching(self) -> WaveQuerySet:
        return self.filter(state=Wave.State.LAUNCHING)

    def open(self) -> WaveQuerySet:
        return self.filter(state=Wave.State.OPEN)

    def paused(self) -> WaveQuerySet:
        return self.filter(paused_at__isnull=False)

    def due_to_close(self, now: dt.datetime) -> WaveQuerySet:
        return self.filter(state__in=[Wave.State.OPEN, Wave.State.CLOSING], closes_at__lte=now)


class Wave(models.Model):
    """One run of a survey. What concerns anonymity is fixed from the first invitation on (T1)."""

    class Mode(models.TextChoices):
        ANONYMOUS = "anonymous", _("Anonymous")
        IDENTIFIED = "identified", _("By name")

    class Audience(models.TextChoices):
        EVERYONE = "everyone", _("Everyone who works here")
        TEAMS = "teams", _("Teams")
        ATTRIBUTE = "attribute", _("People who have something in common")
        CONTACTS = "contacts", _("Contacts of external organisations")

    class About(models.TextChoices):
        NOBODY = "", _("Nobody in particular")
        MANAGER = "manager", _("Each about their own manager")
        PERSON = "person", _("All about one person")

    class State(models.TextChoices):
        DRAFT = "draft", _("Draft")
        APPROVAL = "approval", _("Waits for a second person of HR")
        LAUNCHING = "launching", _("Being sent out")
        OPEN = "open", _("Open")
        CLOSING = "closing", _("Being counted")
        CLOSED = "closed", _("Closed")

    class Breakdown(models.TextChoices):
        NONE = "", _("By team only")
        LOCATION = "location", _("By team and location")
        COUNTRY = "country", _("By team and country")

    survey = models.ForeignKey(Survey, on_delete=models.PROTECT, related_name="waves")
    title = models.CharField(_("title"), max_length=150)
    mode = models.CharField(_("mode"), max_length=10, choices=Mode, default=Mode.ANONYMOUS)
    k = models.PositiveSmallIntegerField(
        _("smallest group shown"),
        default=default_k,
        validators=[MinValueValidator(5), MaxValueValidator(20)],
    )
    # One of Breakdown, or by an attribute of people: ``attribute:<key>``.
    breakdown = models.CharField(_("breakdown"), max_length=30, default=Breakdown.NONE, blank=True)
    # What that attribute was called when HR chose it: those asked were told so.
    breakdown_name = models.CharField(max_length=80, blank=True, editable=False)
    audience = models.CharField(_("who is asked"), max_length=10, choices=Audience)
    teams = models.ManyToManyField("people.Team", verbose_name=_("teams"), blank=True, related_name="+")
    with_teams_below = models.BooleanField(_("with the teams below them"), default=True)
    # What they have in common: ``location``, ``country`` or ``attribute:<key>``, and which values of it.
    audience_by = models.CharField(_("what they have in common"), max_length=30, blank=True)
    audience_values: models.JSONField[list[str], list[str]] = models.JSONField(default=list, blank=True)
    # Whom it rates: then figures are by that person instead of by the team of who answers.
    about = models.CharField(
        _("whom it is about"), max_length=10, choices=About, default=About.NOBODY, blank=True
    )
    subject = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=_("person it is about"),
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="+",
    )
    organisations = models.ManyToManyField(
        "customers.ExternalOrganisation",
        verbose_name=_("organisations"),
        blank=True,
        related_name="+",
    )
    opens_at = models.DateTimeField(_("opens"))
    closes_at = models.DateTimeField(_("closes"))
    # Announced before the first question: if fewer than k answered, extended once for everybody.
    extension_days = models.PositiveSmallIntegerField(
        _("days it may be extended, once, for everybody, if too few answer"),
        default=0,
        validators=[MaxValueValidator(30)],
    )
    extended = models.BooleanField(default=False, editable=False)
    # Working days after the invitation.
    reminder_days: models.JSONField[list[int], list[int]] = models.JSONField(
        _("reminders"), default=default_reminder_days, blank=True
    )
    # Own words of its mails, by language and mail: {"en": {"invitation": {"subject": ..., "body": ...}}}.
    mail_texts: models.JSONField[dict[str, Any], dict[str, Any]] = models.JSONField(default=dict, blank=True)
    # Waves by name only: the first question stands in the mail, each answer of it a link.
    ask_in_mail = models.BooleanField(_("first question in the mail"), default=False)
    # Since then no mail of it leaves; answers are taken all the same.
    paused_at = models.DateTimeField(null=True, editable=False)
    # Waves by name only: an answer to this item at or under the limit opens a follow-up.
    follow_up_question = models.CharField(_("follow up on"), max_length=80, blank=True)
    follow_up_limit = models.SmallIntegerField(_("at or under"), null=True, blank=True)
    follow_up_days = models.PositiveSmallIntegerField(
        _("working days to get in touch"),
        default=2,
        validators=[MinValueValidator(1), MaxValueValidator(30)],
    )
    # Where nobody looks after who answered.
    follow_up_owner = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=_("who gets in touch"),
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="+",
    )
    ask_again_days = models.PositiveSmallIntegerField(
        _("working days until they are asked again"), default=10, validators=[MaxValueValidator(120)]
    )
    # One of a row of waves that repeat, and its place in the row, from 1.
    series = models.ForeignKey(
        "surveys.WaveSeries",
        null=True,
        blank=True,
        editable=False,
        on_delete=models.SET_NULL,
        related_name="waves",
    )
    number = models.PositiveIntegerField(null=True, editable=False)
    # How many were left out, by why (``domain.taking_turns``): they are asked another time.
    left_out: models.JSONField[dict[str, int], dict[str, int]] = models.JSONField(
        default=dict, editable=False
    )
    # Who reads named answers; shown on the first page.
    readers = models.ManyToManyField(
        settings.AUTH_USER_MODEL,
        verbose_name=_("who reads the answers"),
        blank=True,
        related_name="waves_read",
    )

    state = models.CharField(max_length=10, choices=State, default=State.DRAFT)
    questionnaire_json: models.JSONField[dict[str, Any] | None, dict[str, Any] | None] = models.JSONField(
        null=True, editable=False
    )
    public_key = models.BinaryField(null=True, editable=False)
    key_name = models.CharField(max_length=32, default=new_key_name, unique=True, editable=False)
    # The daily check of the private key (anonymity.md S4): when it ran, and whether a test ballot opened.
    key_checked_on = models.DateField(null=True, editable=False)
    key_usable = models.BooleanField(default=True, editable=False)
    # Every sealed ballot of the wave has this size, in bytes before sealing.
    ballot_size = models.PositiveIntegerField(default=0, editable=False)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+"
    )
    launched_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+"
    )
    approved_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+"
    )
    launched_at = models.DateTimeField(null=True, editable=False)
    invited_count = models.PositiveIntegerField(default=0, editable=False)
    # The response rates of the groups were last worked out on this day.
    rated_on = models.DateField(null=True, editable=False)
    # Filled at close, where something was released; of an anonymous wave never below k.
    answered_count = models.PositiveIntegerField(null=True, editable=False)
    # Filled at close. False: fewer than k answered and nothing was opened.
    released = models.BooleanField(null=True, editable=False)
    closed_at = models.DateTimeField(null=True, editable=False)

    objects = WaveQuerySet.as_manager()

    class Meta:
        ordering = ["-opens_at", "-pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(closes_at__gt=models.F("opens_at")),
                name="wave_closes_after_it_opens",
                violation_error_message=_("Choose a closing time after the opening."),
            ),
            models.CheckConstraint(condition=Q(k__gte=5) & Q(k__lte=20), name="wave_k_within_bounds"),
            # Two ticks at once make one next wave.
            models.UniqueConstraint(fields=["series", "number"], name="wave_number_in_series_once"),
        ]
        indexes = [
            # The tick: what to launch and what to close.
            models.Index(fields=["state", "closes_at"], name="wave_by_state"),
        ]

    def __str__(self) -> str:
        return self.title

    # A form is not the only way to a wave: what was promised to those asked holds in a shell too (T1). On
    # PostgreSQL a trigger says the same to raw SQL, see migration 0002.
    def save(self, *args: Any, **kwargs: Any) -> None:
        touched = kwargs.get("update_fields")
        # A field may be named without the ``_id`` of its column.
        if touched is None or not PROMISED.isdisjoint({*touched, *(f"{name}_id" for name in touched)}):
            self._refuse_broken_promises()
        super().save(*args, **kwargs)

    def get_absolute_url(self) -> str:
        return reverse("surveys:wave-detail", kwargs={"pk": self.pk})

    def clean(self) -> None:
        super().clean()
        self._refuse_broken_promises()

    @property
    def is_promised(self) -> bool:
        """People are asked, and were told how."""
        return self.pk is not None and self.invitations.exists()

    def _refuse_broken_promises(self) -> None:
        stored = Wave.objects.filter(pk=self.pk).first() if self.is_promised else None
        if stored is None:
            return
        if any(getattr(self, name) != getattr(stored, name) for name in PROMISED - {"closes_at"}):
            raise ValidationError(
                _("Mode, smallest group, breakdown and extension cannot change once people are asked.")
            )
        if self.is_anonymous and self.closes_at < stored.closes_at:
            raise ValidationError(_("An anonymous wave is never closed early."))
        is_the_extension = self.extended and not stored.extended and bool(stored.extension_days)
        if self.is_anonymous and self.closes_at > stored.closes_at and not is_the_extension:
            raise ValidationError(_("An anonymous wave can be extended only as it was announced, and once."))

    @property
    def asks_a_part(self) -> bool:
        """Some of its audience wait for their turn: those invited are a sample of it, not the whole."""
        return any(self.left_out.values())

    @property
    def breakdown_attribute(self) -> int | None:
        """The attribute by which figures are broken down, beside the team."""
        return attribute_of(self.breakdown)

    @property
    def breakdown_words(self) -> str:
        """Such as "By team and location"."""
        if self.breakdown_attribute is not None:
            return gettext("By team and “%(attribute)s”") % {"attribute": self.breakdown_name}
        return str(self.Breakdown(self.breakdown).label)

    @property
    def breakdown_label(self) -> str:
        """What its parts are parts of, such as "Location"; empty where it is by team only."""
        match self.breakdown:
            case self.Breakdown.LOCATION:
                return gettext("Location")
            case self.Breakdown.COUNTRY:
                return gettext("Country")
            case _:
                return self.breakdown_name

    @cached_property
    def audience_label(self) -> str:
        """What those asked have in common, as it is called today; empty where there is none such any more."""
        match self.audience_by:
            case self.Breakdown.LOCATION:
                return gettext("Location")
            case self.Breakdown.COUNTRY:
                return gettext("Country")
        attribute = Attribute.objects.filter(pk=attribute_of(self.audience_by) or 0).first()
        return attribute.name if attribute else ""

    @property
    def is_anonymous(self) -> bool:
        return self.mode == self.Mode.ANONYMOUS

    @property
    def is_open(self) -> bool:
        return self.state == self.State.OPEN

    @property
    def is_paused(self) -> bool:
        return self.paused_at is not None

    @property
    def is_editable(self) -> bool:
        return self.state == self.State.DRAFT

    @property
    def opens_by_itself(self) -> bool:
        """The next one of a row; the first HR launches."""
        return self.is_editable and (self.number or 0) > 1 and self.series is not None and self.series.active

    @property
    def is_before_launch(self) -> bool:
        return self.state in {self.State.DRAFT, self.State.APPROVAL}

    @cached_property
    def questionnaire(self) -> Questionnaire:
        """The frozen questionnaire; only launched waves have one."""
        if self.questionnaire_json is None:
            raise ValueError("This wave has not been launched.")
        return Questionnaire.from_json(self.questionnaire_json)
