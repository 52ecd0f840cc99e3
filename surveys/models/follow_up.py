"""What follows an answer: getting back to one who gave a low score, and telling all what was done."""

from __future__ import annotations

import datetime as dt

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from people.models import Person
from surveys.models.answer import Response
from surveys.models.wave import Wave


class FollowUpCause(models.Model):
    """Why something went wrong, in the organisation's words; HR keeps the list."""

    name = models.CharField(_("cause"), max_length=80, unique=True)
    archived = models.BooleanField(_("no longer used"), default=False)

    class Meta:
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name


class FollowUpQuerySet(models.QuerySet["FollowUp"]):
    def visible_to(self, person: Person) -> FollowUpQuerySet:
        """Owners, those it was handed up to, and the readers of the wave, who are named on its first page."""
        if not person.is_active:
            return self.none()
        mine = Q(owner=person) | Q(escalated_to=person) | Q(response__wave__readers=person)
        return self.filter(mine).distinct()

    def open(self) -> FollowUpQuerySet:
        return self.exclude(state=FollowUp.State.CLOSED)

    def waiting(self) -> FollowUpQuerySet:
        """Nobody got in touch yet."""
        return self.filter(state=FollowUp.State.OPEN)

    def overdue(self, now: dt.datetime) -> FollowUpQuerySet:
        return self.waiting().filter(due_at__lte=now)


class FollowUp(models.Model):
    """A low score from somebody identified: get in touch, put it right, say why, ask again."""

    class State(models.TextChoices):
        OPEN = "open", _("Get in touch")
        CONTACTED = "contacted", _("In touch")
        CLOSED = "closed", _("Closed")

    class Channel(models.TextChoices):
        MAIL = "mail", _("By e-mail")
        PHONE = "phone", _("By telephone")
        VISIT = "visit", _("In person")
        OTHER = "other", _("Another way")

    response = models.OneToOneField(Response, on_delete=models.CASCADE, related_name="follow_up")
    # The item that was answered low, and its answer.
    question_key = models.CharField(max_length=80)
    score = models.SmallIntegerField()
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="follow_ups"
    )
    state = models.CharField(max_length=10, choices=State, default=State.OPEN)
    opened_at = models.DateTimeField()
    due_at = models.DateTimeField()
    contacted_at = models.DateTimeField(null=True, blank=True)
    channel = models.CharField(_("how"), max_length=10, choices=Channel, blank=True)
    done = models.TextField(_("what was done"), max_length=2000, blank=True)
    cause = models.ForeignKey(
        FollowUpCause,
        verbose_name=_("why it happened"),
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="follow_ups",
    )
    closed_at = models.DateTimeField(null=True, blank=True)
    # Late: whom it was handed up to, the last of them.
    escalated_to = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    escalated_at = models.DateTimeField(null=True, blank=True)
    # When the one question is asked again, and the wave of one that asks it.
    ask_again_at = models.DateTimeField(null=True, blank=True)
    again = models.OneToOneField(
        Wave, null=True, blank=True, on_delete=models.SET_NULL, related_name="follow_up_before"
    )

    objects = FollowUpQuerySet.as_manager()

    class Meta:
        ordering = ["due_at", "pk"]
        constraints = [
            models.CheckConstraint(
                condition=~Q(state="closed") | Q(closed_at__isnull=False, contacted_at__isnull=False),
                name="follow_up_closed_after_contact",
            ),
        ]
        indexes = [
            # The tick: what is late, and what is to be asked again.
            models.Index(fields=["state", "due_at"], name="follow_up_due"),
            models.Index(
                fields=["ask_again_at"], condition=Q(again__isnull=True), name="follow_up_to_ask_again"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.response_id}/{self.question_key}"

    def get_absolute_url(self) -> str:
        return reverse("surveys:follow-up-detail", kwargs={"pk": self.pk})


class Improvement(models.Model):
    """ "You said, we did": what was done for one item of a wave, shown to those who were asked."""

    wave = models.ForeignKey(Wave, on_delete=models.CASCADE, related_name="improvements")
    question_key = models.CharField(_("question"), max_length=80, blank=True)
    said = models.CharField(_("what we heard"), max_length=300)
    done = models.TextField(_("what we did"), max_length=2000)
    # The team whose people see it, by its code in the wave; 1 is everybody asked.
    group_code = models.PositiveIntegerField(default=1)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+")
    shown_on = models.DateField(null=True, blank=True)

    class Meta:
        ordering = ["-shown_on", "-pk"]

    def __str__(self) -> str:
        return self.said
