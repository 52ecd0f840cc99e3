from __future__ import annotations

import datetime as dt
import secrets
from typing import TYPE_CHECKING

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext as _

from surveys.models.wave import Wave

if TYPE_CHECKING:
    from customers.models import Contact
    from people.models import Person


def new_handle() -> str:
    """144 random bits: says nothing about order or time."""
    return secrets.token_urlsafe(18)


class InvitationQuerySet(models.QuerySet["Invitation"]):
    def open(self) -> InvitationQuerySet:
        return self.filter(wave__state=Wave.State.OPEN)

    def taking_answers(self, now: dt.datetime) -> InvitationQuerySet:
        return self.open().filter(wave__opens_at__lte=now, wave__closes_at__gt=now)

    def unanswered(self) -> InvitationQuerySet:
        return self.filter(answered=False)

    def to_remind(self) -> InvitationQuerySet:
        """Asked by an open wave and not answered; contacts outside only while they may be asked."""
        return self.open().unanswered().filter(Q(contact=None) | Q(contact__active=True))

    def to_answer(self, handle: str) -> Invitation | None:
        """The invitation behind a mailed link, with wave, what its ``stamp`` is made of, and its subject."""
        holder = {
            "holder_stamp": F("person__link_stamp"),
            "holder_active": F("person__is_active"),
            "holder_zone": F("person__time_zone"),
            "subject_name": F("subject__display_name"),
        }
        return self.select_related("wave", "contact").filter(handle=handle).annotate(**holder).first()

    def of(self, person: Person) -> InvitationQuerySet:
        """What was sent to the address the person signs in with (anonymity.md S8).

        Whoever changed that address could set a password by it, and would find here who has answered.
        """
        return self.filter(person=person, address__iexact=person.email)


class Invitation(models.Model):
    """One respondent in one wave. Carries no time, and nothing of what was answered."""

    wave = models.ForeignKey(Wave, on_delete=models.CASCADE, related_name="invitations")
    handle = models.CharField(max_length=24, unique=True, default=new_handle)
    person = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.CASCADE, related_name="invitations"
    )
    contact = models.ForeignKey(
        "customers.Contact", null=True, on_delete=models.CASCADE, related_name="invitations"
    )
    # Who is rated, where the wave is about somebody.
    subject = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    # Frozen at launch: changing somebody's address later neither redirects a link nor sends one again.
    address = models.EmailField(max_length=254)
    language = models.CharField(max_length=10, blank=True)
    group_code = models.PositiveIntegerField()
    # The frozen value of the wave's breakdown, where it has one.
    breakdown_value = models.CharField(max_length=120, blank=True)
    answered = models.BooleanField(default=False)

    # Of ``to_answer`` alone.
    holder_stamp: int | None
    holder_active: bool | None
    holder_zone: str | None
    subject_name: str | None

    objects = InvitationQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["wave", "person"],
                name="invitation_person_once",
                condition=Q(person__isnull=False),
            ),
            models.UniqueConstraint(
                fields=["wave", "contact"],
                name="invitation_contact_once",
                condition=Q(contact__isnull=False),
            ),
            models.CheckConstraint(
                # Neither, once retention cut it off from whoever was asked.
                condition=Q(person__isnull=True) | Q(contact__isnull=True),
                name="invitation_of_one_respondent",
            ),
        ]
        indexes = [
            # Rates per group while open, and the count at close.
            models.Index(fields=["wave", "group_code", "answered"], name="invitation_rates"),
        ]

    def __str__(self) -> str:
        return f"{self.wave_id}/{self.pk}"

    @property
    def respondent(self) -> Person | Contact | None:
        """None once it is no longer kept who was asked."""
        return self.person or self.contact

    @property
    def who(self) -> str:
        return str(self.respondent or _("Somebody who has left"))

    @property
    def where(self) -> str:
        """Where a respondent outside works."""
        return self.contact.organisation.name if self.contact else ""
