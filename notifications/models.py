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


class MessageQuerySet(models.QuerySet["Message"]):
    def due(self, now: dt.datetime) -> MessageQuerySet:
        """Waiting and its time has come, oldest first."""
        return self.filter(state=Message.State.PENDING, due__lte=now).order_by("due", "pk")

    def unfinished(self) -> MessageQuerySet:
        """Not yet handed to a mail server: may still be cancelled."""
        return self.filter(state__in=[Message.State.PENDING, Message.State.CLAIMED])

    def held_by(self, token: str) -> MessageQuerySet:
        """Claimed by this dispatcher, and not taken back from it."""
        return self.filter(claimed_by=token, state=Message.State.CLAIMED)

    def to_send_again(self) -> int:
        """Put them back into the queue with all their attempts before them; how many those were."""
        return self.update(state=Message.State.PENDING, due=timezone.now(), attempt=0, lease_until=None)

    def superseded(self, now: dt.datetime) -> MessageQuerySet:
        """Steps that a newer step of the same series, due as well, has overtaken."""
        newer = Message.objects.filter(
            series=models.OuterRef("series"), step__gt=models.OuterRef("step"), due__lte=now
        )
        return self.exclude(series="").filter(models.Exists(newer.exclude(state=Message.State.CANCELLED)))


class Message(models.Model):
    """One thing to tell one address once. Its text is made when it is sent, so no link is ever stored.

    pending -> claimed -> sending -> sent; or expired, cancelled, failed, in_doubt. See notifications/domain.
    """

    class State(models.TextChoices):
        PENDING = "pending", _("Waiting")
        CLAIMED = "claimed", _("Taken up")
        SENDING = "sending", _("Being sent")
        SENT = "sent", _("Sent")
        IN_DOUBT = "in_doubt", _("In doubt")
        CANCELLED = "cancelled", _("No longer needed")
        EXPIRED = "expired", _("Too late")
        FAILED = "failed", _("Refused")

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

    due = models.DateTimeField()
    not_after = models.DateTimeField(null=True)
    state = models.CharField(max_length=10, choices=State, default=State.PENDING)
    attempt = models.PositiveSmallIntegerField(default=0)
    lease_until = models.DateTimeField(null=True)
    claimed_by = models.CharField(max_length=40, blank=True)
    message_id = models.CharField(max_length=120, unique=True)
    sent_at = models.DateTimeField(null=True)
    last_reply = models.CharField(max_length=300, blank=True)

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
            # The operator's totals.
            models.Index(fields=["kind", "state"], name="message_totals"),
        ]

    def __str__(self) -> str:
        return self.key


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
