from __future__ import annotations

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from common.nobody import name_shown
from common.search import search_key, with_every_word


class ExternalOrganisationQuerySet(models.QuerySet["ExternalOrganisation"]):
    def with_size(self) -> ExternalOrganisationQuerySet:
        """With ``size``: how many of its contacts may be asked."""
        return self.annotate(size=models.Count("contacts", filter=models.Q(contacts__active=True)))


class ExternalOrganisation(models.Model):
    """A customer outside, with somebody inside who looks after it."""

    name = models.CharField(_("name"), max_length=200, unique=True)
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=_("looked after by"),
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="external_organisations",
    )

    objects = ExternalOrganisationQuerySet.as_manager()

    class Meta:
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name


class ContactQuerySet(models.QuerySet["Contact"]):
    def known(self) -> ContactQuerySet:
        """Not erased: there is somebody behind the row."""
        return self.filter(erased_at__isnull=True)

    def active(self) -> ContactQuerySet:
        return self.filter(active=True)

    def matching(self, words: str) -> ContactQuerySet:
        """Contacts whose name, title, address or organisation holds every word."""
        return with_every_word(self, words)


class Contact(models.Model):
    """Somebody at an external organisation; takes part by mailed links, without a login."""

    class Channel(models.TextChoices):
        MAIL = "mail", _("By e-mail")
        PHONE = "phone", _("By telephone")
        VISIT = "visit", _("In person")

    organisation = models.ForeignKey(
        ExternalOrganisation,
        verbose_name=_("organisation"),
        on_delete=models.CASCADE,
        related_name="contacts",
    )
    name = models.CharField(_("name"), max_length=200)
    email = models.EmailField(_("e-mail"), max_length=254, unique=True)
    job_title = models.CharField(_("job title"), max_length=200, blank=True)
    language = models.CharField(_("language"), max_length=10, blank=True)
    time_zone = models.CharField(_("time zone"), max_length=60, blank=True)
    country = models.CharField(_("country"), max_length=2, blank=True)
    phone = models.CharField(_("telephone"), max_length=40, blank=True)
    # How they like to be reached when somebody gets in touch with them.
    preferred_channel = models.CharField(
        _("likes to be reached"), max_length=10, choices=Channel, default=Channel.MAIL
    )
    active = models.BooleanField(_("may be asked"), default=True)
    # When the portal learned that they are no longer asked: the daily job sees to it.
    inactive_since = models.DateField(null=True, editable=False)
    # When what is personal was taken out of this row, which answers and counts still point at.
    erased_at = models.DateTimeField(null=True, editable=False)
    search_text = models.TextField(editable=False, default="")

    objects = ContactQuerySet.as_manager()

    class Meta:
        ordering = ["organisation__name", "name", "pk"]
        indexes = [
            # The list of one organisation's contacts, by name.
            models.Index(fields=["organisation", "name", "id"], name="contact_by_name"),
        ]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(erased_at__isnull=True) | models.Q(active=False),
                name="contact_erased_is_inactive",
            ),
        ]

    def __str__(self) -> str:
        return name_shown(self.name)

    def refresh_search_text(self) -> None:
        """Bring ``search_text`` up to date; bulk writers call it for each row, the organisation loaded."""
        self.search_text = search_key(f"{self.name} {self.job_title} {self.email} {self.organisation.name}")
