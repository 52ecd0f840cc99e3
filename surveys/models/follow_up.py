"""What follows an answer: getting back to one who gave a low score, and telling all what was done."""

from __future__ import annotations

import datetime as dt

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.db.models.functions import Cast
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from people.models import Person
from surveys.models.answer import Answer, Response
from surveys.models.wave import Wave


class FollowUpCauseQuerySet(models.QuerySet["FollowUpCause"]):
    def in_use(self) -> FollowUpCauseQuerySet:
        return self.filter(archived=False)

    def with_uses(self) -> FollowUpCauseQuerySet:
        """With ``uses``: how many follow-ups name it."""
        return self.annotate(uses=models.Count("follow_ups"))


class FollowUpCause(models.Model):
    """Why something went wrong, in the organisation's words; HR keeps the list."""

    name = models.CharField(_("cause"), max_length=80, unique=True)
    archived = models.BooleanField(_("no longer used"), default=False)

    objects = FollowUpCauseQuerySet.as_manager()

    class Meta:
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name


class FollowUpQuerySet(models.QuerySet["FollowUp"]):
    def visible_to(self, person: Person) -> FollowUpQuerySet:
        """Owners, those it was handed up to, and the readers of the wave, who are named on its first page.

        Never whoever answered: nobody follows up on their own answer.
        """
        if not person.is_active:
            return self.none()
        read = Wave.objects.filter(readers=person).order_by().values("pk")
        seen = self.filter(Q(owner=person) | Q(escalated_to=person) | Q(response__wave__in=read))
        return seen.exclude(response__invitation__person=person)

    def open(self) -> FollowUpQuerySet:
        return self.exclude(state=FollowUp.State.CLOSED)

    def waiting(self) -> FollowUpQuerySet:
        """Nobody got in touch yet."""
        return self.filter(state=FollowUp.State.OPEN)

    def overdue(self, now: dt.datetime) -> FollowUpQuerySet:
        return self.waiting().filter(due_at__lte=now)

    def reachable(self) -> FollowUpQuerySet:
        """Of somebody who is still known: nobody gets in touch with whom retention or erasure took out.

        Only to look at: an UPDATE beside another one would not see again what is joined.
        """
        person, contact = "response__invitation__person", "response__invitation__contact"
        return self.filter(Q(**{f"{person}__isnull": False}) | Q(**{f"{contact}__isnull": False}))

    def due_to_go_up(self, now: dt.datetime) -> FollowUpQuerySet:
        """Nobody got in touch in time, and there is a step up the line left."""
        return self.waiting().filter(goes_up_at__lte=now)

    def due_to_ask_again(self, now: dt.datetime) -> FollowUpQuerySet:
        return self.filter(state=FollowUp.State.CLOSED, again=None, ask_again_at__lte=now)

    def with_score_again(self) -> FollowUpQuerySet:
        """With ``score_again``: the answer to the same question, asked once more; None without one."""
        answers = Answer.objects.filter(
            response__wave=models.OuterRef("again"), question_key=models.OuterRef("question_key")
        )
        scores = answers.annotate(again=Cast("option", models.SmallIntegerField())).values("again")
        again = {"score_again": models.Subquery(scores[:1])}
        return self.annotate(**again)

    def for_rows(self) -> FollowUpQuerySet:
        """With what a line of a list says, in one statement."""
        rows = self.select_related(
            "owner",
            "escalated_to",
            "cause",
            "again",
            "response__wave",
            "response__invitation__person",
            "response__invitation__contact__organisation",
        )
        # Long, and no list shows it.
        rows = rows.defer("response__wave__questionnaire_json", "again__questionnaire_json")
        return rows.with_score_again()


class FollowUp(models.Model):
    """A low score from somebody identified: get in touch, put it right, say why, ask again."""

    class State(models.TextChoices):
        OPEN = "open", _("Get in touch")
        CONTACTED = "contacted", _("In touch")
        CLOSED = "closed", _("Closed")

    class NotAgain(models.TextChoices):
        """Why the question was not asked again."""

        NONE = "", ""
        OPTED_OUT = "opted_out", _("They want no surveys by e-mail")
        INACTIVE = "inactive", _("They are no longer asked")
        FORGOTTEN = "forgotten", _("Who answered is no longer kept")

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
    # Of the owner's working time, from the answer to that first contact: the median is taken by the database.
    working_minutes = models.PositiveIntegerField(null=True, blank=True)
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
    # When it goes (further) up the line if nobody got in touch by then; None: nobody is above.
    goes_up_at = models.DateTimeField(null=True, blank=True)
    # When the one question is asked again, and the wave of one that asks it.
    ask_again_at = models.DateTimeField(null=True, blank=True)
    again = models.OneToOneField(
        Wave, null=True, blank=True, on_delete=models.SET_NULL, related_name="follow_up_before"
    )
    not_again = models.CharField(max_length=10, choices=NotAgain, blank=True, default=NotAgain.NONE)

    # Of ``with_score_again`` alone.
    score_again: int | None

    objects = FollowUpQuerySet.as_manager()

    class Meta:
        ordering = ["due_at", "pk"]
        constraints = [
            models.CheckConstraint(
                condition=~Q(state="closed")
                | Q(closed_at__isnull=False, contacted_at__isnull=False, cause__isnull=False) & ~Q(done=""),
                name="follow_up_closed_after_contact",
            ),
        ]
        indexes = [
            # The list, late ones first.
            models.Index(fields=["state", "due_at"], name="follow_up_due"),
            # The tick: what goes up the line, and what is to be asked again.
            models.Index(fields=["goes_up_at"], condition=Q(state="open"), name="follow_up_to_go_up"),
            models.Index(
                fields=["ask_again_at"], condition=Q(again__isnull=True), name="follow_up_to_ask_again"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.response_id}/{self.question_key}"

    def get_absolute_url(self) -> str:
        return reverse("surveys:follow-up-detail", kwargs={"pk": self.pk})

    @property
    def is_waiting(self) -> bool:
        """Nobody got in touch yet."""
        return self.state == self.State.OPEN

    @property
    def is_closed(self) -> bool:
        return self.state == self.State.CLOSED

    def is_late(self, now: dt.datetime) -> bool:
        return self.is_waiting and self.due_at <= now


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

    # The words of the question, where ``domain.improving`` put them in.
    title = ""

    class Meta:
        ordering = ["-shown_on", "-pk"]

    def __str__(self) -> str:
        return self.said
