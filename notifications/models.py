"""The outbox: one row for everything that leaves the portal (docs/architecture.md, "A message")."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection
from typing import Any

from django.conf import settings
from django.db import models
from django.db.models.functions import Now
from django.utils import timezone
from django.utils.crypto import salted_hmac
from django.utils.translation import gettext_lazy as _

from notifications.words import LONGEST_BODY, LONGEST_SUBJECT
from people.models import Person


class MessageQuerySet(models.QuerySet["Message"]):
    def due(self, now: dt.datetime) -> MessageQuerySet:
        """Waiting and its time has come, oldest first."""
        return self.filter(state=Message.State.PENDING, due__lte=now).order_by("due", "pk")

    def unfinished(self) -> MessageQuerySet:
        """Not yet handed to a mail server: may still be cancelled."""
        return self.filter(state__in=[Message.State.PENDING, Message.State.CLAIMED, Message.State.CARRIED])

    def held_by(self, token: str) -> MessageQuerySet:
        """Claimed by this dispatcher, and not taken back from it."""
        return self.filter(claimed_by=token, state=Message.State.CLAIMED)

    def to_send_again(self) -> int:
        """Put them back into the queue with all their attempts before them; how many those were."""
        return self.update(
            state=Message.State.PENDING,
            reason=Message.Reason.NONE,
            due=timezone.now(),
            attempt=0,
            lease_until=None,
            digest=None,
        )

    def superseded(self, now: dt.datetime) -> MessageQuerySet:
        """Steps that a newer step of the same series, due as well, has overtaken."""
        return self.filter(_overtaken(now))

    def with_overtaken(self, now: dt.datetime) -> MessageQuerySet:
        """With ``overtaken``: whether ``superseded`` would find it."""
        found = {"overtaken": models.ExpressionWrapper(_overtaken(now), models.BooleanField())}
        return self.annotate(**found)


def _overtaken(now: dt.datetime) -> models.Q:
    newer = Message.objects.filter(
        # Its time has come, also where it waits for their hours, their day or the mail server since.
        models.Q(due__lte=now) | ~models.Q(reason=Message.Reason.NONE),
        series=models.OuterRef("series"),
        step__gt=models.OuterRef("step"),
    )
    return ~models.Q(series="") & models.Q(models.Exists(newer.exclude(state=Message.State.CANCELLED)))


class Message(models.Model):
    """One thing to tell one address once. Its text is made when it is sent, so no link is ever stored.

    pending -> claimed -> sending -> sent; or expired, cancelled, failed, in_doubt; or carried by the digest
    of somebody who wants one. See notifications/domain.
    """

    class State(models.TextChoices):
        PENDING = "pending", _("Waiting")
        CLAIMED = "claimed", _("Taken up")
        SENDING = "sending", _("Being sent")
        SENT = "sent", _("Sent")
        IN_DOUBT = "in_doubt", _("In doubt")
        CARRIED = "carried", _("In a digest")
        CANCELLED = "cancelled", _("No longer needed")
        EXPIRED = "expired", _("Too late")
        FAILED = "failed", _("Refused")

    class Reason(models.TextChoices):
        """Why a message stands where it stands; ``last_reply`` may add what a mail server said."""

        NONE = "", ""
        # pending, for later
        HOURS = "hours", _("Outside their working hours")
        SLOT = "slot", _("They get another mail that day")
        APART = "apart", _("They got one of the kind shortly before")
        PAUSED = "paused", _("Whoever sends it has paused it")
        LATER = "later", _("The mail server asked to try later")
        NO_SERVER = "no_server", _("No mail server answered")
        # pending again, or in doubt
        DIED = "died", _("A worker stopped while sending")
        NO_ANSWER = "no_answer", _("The mail server did not answer after the text")
        RESTORED = "restored", _("Due before the database was restored")
        # cancelled, expired
        LEFT = "left", _("They have left")
        OPTED_OUT = "opted_out", _("They want no such mail")
        NOT_WANTED = "not_wanted", _("What it was about is done or over")
        BY_HAND = "by_hand", _("Cancelled by hand")
        TOO_LATE = "too_late", _("Its time was over")
        AWAY = "away", _("Away for good")
        OVERTAKEN = "overtaken", _("A newer one took its place")
        # failed
        REFUSED = "refused", _("The mail server refused it")
        BAD_ADDRESS = "bad_address", _("The address was refused before")
        TOO_OFTEN = "too_often", _("Tried too often")
        OUR_FAULT = "our_fault", _("The portal could not make it")

    key = models.CharField(max_length=120, unique=True)
    kind = models.CharField(max_length=60)
    # Steps of one series (an invitation and its reminders) replace each other after an outage.
    series = models.CharField(max_length=120, blank=True)
    step = models.PositiveSmallIntegerField(default=0)

    person = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.CASCADE, related_name="messages"
    )
    address = models.EmailField(max_length=254)
    language = models.CharField(max_length=10, blank=True)
    time_zone = models.CharField(max_length=60, blank=True)
    country = models.CharField(max_length=2, blank=True)
    context: models.JSONField[dict[str, Any], dict[str, Any]] = models.JSONField(default=dict)
    # Rows of anonymous waves: shown to operators as totals only, removed at close (anonymity.md P1).
    confidential = models.BooleanField(default=False)

    # Of ``notifications.kinds.Priority``: who gets the slot of a day.
    priority = models.PositiveSmallIntegerField(default=3)
    due = models.DateTimeField()
    not_after = models.DateTimeField(null=True)
    state = models.CharField(max_length=10, choices=State, default=State.PENDING)
    reason = models.CharField(max_length=12, choices=Reason, blank=True, default=Reason.NONE)
    # The digest that takes it along, of whoever wants one.
    digest = models.ForeignKey("self", null=True, on_delete=models.SET_NULL, related_name="carried")
    attempt = models.PositiveSmallIntegerField(default=0)
    lease_until = models.DateTimeField(null=True)
    claimed_by = models.CharField(max_length=40, blank=True)
    message_id = models.CharField(max_length=120, unique=True)
    sent_at = models.DateTimeField(null=True)
    last_reply = models.CharField(max_length=300, blank=True)

    # What its kind looked up for the whole batch it goes with; None: nothing yet. Not stored.
    loaded: Any = None
    # Of ``with_overtaken`` alone.
    overtaken: bool

    objects = MessageQuerySet.as_manager()

    class Meta:
        indexes = [
            # The dispatcher: what is due, oldest first. Partial, so that it stays small as the journal grows.
            models.Index(fields=["due", "id"], name="message_due", condition=models.Q(state="pending")),
            # The sweep: leases that ran out.
            models.Index(
                fields=["lease_until"],
                name="message_leased",
                condition=models.Q(state__in=["claimed", "sending"]),
            ),
            # Cancelling and superseding within a series.
            models.Index(fields=["series", "step"], name="message_series"),
            # The operator's totals, out of the index alone.
            models.Index(fields=["kind", "confidential", "state", "reason", "due"], name="message_totals"),
            # The operator's page of one kind, newest first.
            models.Index(
                fields=["kind", "-due", "-id"],
                name="message_listed",
                condition=models.Q(confidential=False),
            ),
            # The sweep: what a digest carries, and what is being sent in one.
            models.Index(
                fields=["digest"],
                name="message_carried",
                condition=models.Q(state__in=["carried", "sending"]),
            ),
            # The claim: what else waits for the same person.
            models.Index(
                fields=["person", "priority", "due"],
                name="message_of_person",
                condition=models.Q(state="pending"),
            ),
            models.Index(
                fields=["address", "priority", "due"],
                name="message_of_address",
                condition=models.Q(state="pending", person=None),
            ),
        ]

    def __str__(self) -> str:
        return self.key


class SendSlot(models.Model):
    """The one mail without haste that somebody gets on one of their days (delivery.md J4).

    Of a person whatever address it goes to; of whom we know no person, of the address. It goes with its
    message: of an anonymous wave nothing stays that says who was reminded.
    """

    person = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.CASCADE, related_name="send_slots"
    )
    address = models.EmailField(max_length=254, blank=True)
    day = models.DateField()
    message = models.ForeignKey(Message, on_delete=models.CASCADE, related_name="slots")

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["person", "day"], name="slot_of_person", condition=models.Q(person__isnull=False)
            ),
            models.UniqueConstraint(
                fields=["address", "day"], name="slot_of_address", condition=models.Q(person__isnull=True)
            ),
        ]
        indexes = [
            # Retention: days that are over.
            models.Index(fields=["day"], name="slot_by_day"),
        ]

    def __str__(self) -> str:
        return f"{self.day}: {self.message_id}"


class LastOfKind(models.Model):
    """Who had the time last, of a kind of which somebody gets one in so many days (``domain.spacing``).

    It outlives its message, and says when somebody was written to, never whether they did anything.
    """

    kind = models.CharField(max_length=60)
    person = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.CASCADE, related_name="last_of_kinds"
    )
    address = models.EmailField(max_length=254, blank=True)
    at = models.DateTimeField()
    # No foreign key: whoever removes messages would wait for these rows, and claims for them.
    message_number = models.BigIntegerField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["person", "kind"], name="last_of_person", condition=models.Q(person__isnull=False)
            ),
            models.UniqueConstraint(
                fields=["address", "kind"], name="last_of_address", condition=models.Q(person__isnull=True)
            ),
        ]
        indexes = [
            # Who gives the time back.
            models.Index(fields=["message_number"], name="last_by_message"),
            # Retention, and who was asked lately.
            models.Index(fields=["at"], name="last_by_time"),
        ]

    def __str__(self) -> str:
        return f"{self.kind}: {self.message_number}"


class NoticeQuerySet(models.QuerySet["Notice"]):
    def shown_to(self, person: Person, now: dt.datetime) -> NoticeQuerySet:
        """What the centre of this person holds, newest first, of a series only the newest step.

        Whether each is still worth showing its kind says.
        """
        newer = self.model.objects.filter(
            ~models.Q(series=""),
            series=models.OuterRef("series"),
            step__gt=models.OuterRef("step"),
            due__lte=now,
        )
        return (
            self.filter(models.Q(not_after=None) | models.Q(not_after__gt=now), person=person, due__lte=now)
            .exclude(category__in=Muted.objects.filter(person=person).values("category"))
            .exclude(models.Exists(newer))
            .order_by("-due", "-pk")
        )


class Notice(models.Model):
    """The same thing told within the portal: shown to its person from ``due`` on.

    Its words are made when it is shown, so neither text nor link is stored.
    """

    key = models.CharField(max_length=120, unique=True)
    kind = models.CharField(max_length=60)
    category = models.CharField(max_length=60)
    series = models.CharField(max_length=120, blank=True)
    step = models.PositiveSmallIntegerField(default=0)
    person = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="notices")
    context: models.JSONField[dict[str, Any], dict[str, Any]] = models.JSONField(default=dict)
    due = models.DateTimeField()
    not_after = models.DateTimeField(null=True)
    # Without a time: when somebody looked is nobody's business.
    read = models.BooleanField(default=False)

    objects = NoticeQuerySet.as_manager()

    class Meta:
        indexes = [
            # The centre, newest first.
            models.Index(fields=["person", "-due", "-id"], name="notice_of_person"),
            # The number at the bell.
            models.Index(fields=["person", "due"], name="notice_unread", condition=models.Q(read=False)),
            # Cancelling and superseding within a series.
            models.Index(fields=["series", "step"], name="notice_series"),
        ]

    def __str__(self) -> str:
        return self.key


class Muted(models.Model):
    """This person wants nothing of this category among their notices. E-mail has its opt-out by address."""

    person = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="muted")
    category = models.CharField(max_length=60)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["person", "category"], name="muted_once")]

    def __str__(self) -> str:
        return f"{self.person_id}: {self.category}"


_OF_AN_ERASED = "@opted-out.invalid"


def fingerprint(address: str) -> str:
    """What an opt-out keeps of an erased address: whoever comes back with it still gets no mail, and nobody
    reads from it whose it was.
    """
    return fingerprints(address)[0]


def fingerprints(address: str) -> list[str]:
    """With today's key, then with those it replaced."""
    keys = [settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS]
    return [
        salted_hmac("notifications.opt_out", address.lower(), secret=key, algorithm="sha256").hexdigest()[:40]
        + _OF_AN_ERASED
        for key in keys
    ]


class OptOutQuerySet(models.QuerySet["OptOut"]):
    def of_any(self, wishes: Collection[tuple[str, str]]) -> set[tuple[str, str]]:
        """Which of these (category, address) are opted out, in one statement."""
        if not wishes:
            return set()
        spellings = {address: {address, *fingerprints(address)} for _category, address in wishes}
        rows = self.filter(
            category__in={category for category, _address in wishes},
            address__in=set().union(*spellings.values()),
        )
        stored = set(rows.values_list("category", "address"))
        return {
            (category, address)
            for category, address in wishes
            if any((category, spelling) in stored for spelling in spellings[address])
        }

    def of(self, category: str, address: str) -> OptOutQuerySet:
        return self.filter(category=category, address__in=[address, *fingerprints(address)])

    def among(self, category: str, addresses: Collection[str]) -> set[str]:
        """Which of these addresses want no mail of this category, in one statement."""
        wanted = self.filter(category=category).values_list("address", flat=True)
        wishes = {address.casefold() for address in wanted}
        found = {address for address in addresses if address.casefold() in wishes}
        if any(wish.endswith(_OF_AN_ERASED) for wish in wishes):
            found |= {address for address in addresses if not wishes.isdisjoint(fingerprints(address))}
        return found


class OptOut(models.Model):
    """This address wants no more mail of this category. Of an erased one there is only its fingerprint."""

    category = models.CharField(max_length=60)
    address = models.EmailField(max_length=254)

    objects = OptOutQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["category", "address"], name="opt_out_once"),
        ]

    def __str__(self) -> str:
        return f"{self.address}: {self.category}"


class RefusedAddress(models.Model):
    """A mail server refused this address for good (5xx); nothing more is sent there."""

    address = models.EmailField(max_length=254, unique=True)
    reply = models.CharField(max_length=300)

    class Meta:
        verbose_name_plural = "refused addresses"

    def __str__(self) -> str:
        return self.address


class Epoch(models.Model):
    """How often this database has come to send; one row. The same number stands outside of it.

    A database restored from a backup is behind what stands outside, and that is how it is noticed
    (``notifications.domain.fencing``).
    """

    class Doubt(models.TextChoices):
        OLDER = "older", _("This database is older than what has been sent from here.")
        ANOTHER = "another", _("What was sent from here was sent by another database.")
        NO_RECORD = "no_record", _("A machine that sends mail has no record of what was sent.")

    # Random, made with the row: two databases never count together.
    portal = models.CharField(max_length=32)
    number = models.PositiveBigIntegerField(default=0)
    # All by the database's clock.
    created_at = models.DateTimeField(db_default=Now())
    confirmed_at = models.DateTimeField(null=True)
    doubted_at = models.DateTimeField(null=True)
    doubt = models.CharField(max_length=10, choices=Doubt, blank=True)

    class Meta:
        constraints = [models.CheckConstraint(condition=models.Q(pk=1), name="epoch_is_one")]

    def __str__(self) -> str:
        return f"{self.portal}: {self.number}"


class MailText(models.Model):
    """A mail in the organisation's own words, in one language. Without a row our words hold."""

    # Of ``notifications.words.Words``.
    name = models.CharField(max_length=60)
    language = models.CharField(max_length=10)
    subject = models.CharField(_("subject"), max_length=LONGEST_SUBJECT)
    body = models.TextField(_("text"), max_length=LONGEST_BODY)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["name", "language"], name="mail_text_once"),
        ]

    def __str__(self) -> str:
        return f"{self.name}, {self.language}"
