from __future__ import annotations

from functools import cached_property
from typing import Any

import rules
from django.contrib.auth.models import AbstractBaseUser, BaseUserManager, Group, PermissionsMixin
from django.db import models
from django.db.models.functions import Upper
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from common.addresses import normalise_email
from common.nobody import name_shown
from common.search import search_key, with_every_word
from people.models.team import Team, descendant_ids
from people.roles import ADMINISTRATOR, HR


class PersonQuerySet(models.QuerySet["Person"]):
    def active(self) -> PersonQuerySet:
        return self.filter(is_active=True)

    def known(self) -> PersonQuerySet:
        """Not erased: there is somebody behind the row."""
        return self.filter(erased_at__isnull=True)

    def visible_to(self, viewer: Person) -> PersonQuerySet:
        """Everybody sees who works here; HR also who has left."""
        return self.known() if viewer.is_hr else self.active()

    def matching(self, words: str) -> PersonQuerySet:
        """People whose name, title or address holds every word, whatever its accents and case."""
        return with_every_word(self, words)

    def in_hr(self) -> PersonQuerySet:
        return self.filter(groups__name=HR)

    def below(self, teams: list[int]) -> PersonQuerySet:
        """People of these teams and of all teams below them."""
        return self.filter(team_id__in=descendant_ids(teams))

    def never_signed_in(self) -> PersonQuerySet:
        return self.active().filter(last_login__isnull=True)


class PersonManager(BaseUserManager["Person"].from_queryset(PersonQuerySet)):  # type: ignore[misc]
    def create_user(self, email: str, password: str | None = None, **fields: Any) -> Person:
        """A person who may sign in; without a password they set one by a mailed link."""
        person: Person = self.model(email=normalise_email(email), **fields)
        person.set_password(password)
        person.refresh_search_text()
        person.save(using=self._db)
        return person

    def create_superuser(self, email: str, password: str | None = None, **fields: Any) -> Person:
        """The first administrator, who gives the other roles. Nobody here may do everything."""
        person = self.create_user(email, password, **fields)
        person.groups.add(Group.objects.get(name=ADMINISTRATOR))
        return person

    def get_by_natural_key(self, email: str | None) -> Person:
        person: Person = self.get(email=normalise_email(email or ""))
        return person


class Person(AbstractBaseUser, PermissionsMixin):  # type: ignore[django-manager-missing]
    """Somebody who works here; signs in by e-mail."""

    class Digest(models.TextChoices):
        DAILY = "daily", _("Once a day")
        WEEKLY = "weekly", _("Once a week")

    email = models.EmailField(_("e-mail"), max_length=254, unique=True)
    employee_number = models.CharField(
        _("employee number"), max_length=60, unique=True, null=True, blank=True
    )
    given_name = models.CharField(_("given name"), max_length=120, blank=True)
    family_name = models.CharField(_("family name"), max_length=120, blank=True)
    display_name = models.CharField(_("name"), max_length=250)
    job_title = models.CharField(_("job title"), max_length=200, blank=True)
    team = models.ForeignKey(
        Team,
        verbose_name=_("team"),
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="members",
    )
    manager = models.ForeignKey(
        "self",
        verbose_name=_("manager"),
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="reports",
    )
    location = models.CharField(_("location"), max_length=120, blank=True)
    country = models.CharField(_("country"), max_length=2, blank=True)
    start_date = models.DateField(_("first day"), null=True, blank=True)
    end_date = models.DateField(_("last day"), null=True, blank=True)
    language = models.CharField(_("language"), max_length=10, blank=True)
    time_zone = models.CharField(_("time zone"), max_length=60, blank=True)
    # ISO weekdays, Monday is 1; a text keeps it readable and alike on both databases. Empty hours and days:
    # those of the organisation.
    working_days = models.CharField(_("working days"), max_length=7, blank=True, default="")
    day_starts = models.TimeField(_("working day starts"), null=True, blank=True)
    day_ends = models.TimeField(_("working day ends"), null=True, blank=True)
    # When no mail may come although they work; and whether what has no haste comes together.
    quiet_starts = models.TimeField(_("quiet from"), null=True, blank=True)
    quiet_ends = models.TimeField(_("quiet until"), null=True, blank=True)
    digest = models.CharField(_("digest"), max_length=6, choices=Digest, blank=True, default="")
    search_text = models.TextField(editable=False, default="")
    is_active = models.BooleanField(_("works here"), default=True)
    # When the portal learned that they left: the daily job sees to it, whoever wrote ``is_active``.
    inactive_since = models.DateField(null=True, editable=False)
    # Stands in the MAC of each personal link: one higher, and every link mailed before opens nothing.
    link_stamp = models.PositiveIntegerField(default=0)
    # When what is personal was taken out of this row, which statistics still point at.
    erased_at = models.DateTimeField(null=True, editable=False)

    objects = PersonManager()

    USERNAME_FIELD = "email"
    EMAIL_FIELD = "email"
    REQUIRED_FIELDS = ["display_name"]

    class Meta:
        verbose_name = _("person")
        verbose_name_plural = _("people")
        ordering = ["family_name", "given_name", "pk"]
        indexes = [
            # The daily job of retention: who left long enough ago. Few have left and are not erased.
            models.Index(
                fields=["inactive_since"],
                name="person_who_left",
                condition=models.Q(is_active=False, erased_at__isnull=True),
            ),
            # Sign-in looks the address up without regard to case.
            models.Index(Upper("email"), name="person_email_upper"),
            # The people list, paged by name.
            models.Index(fields=["family_name", "given_name", "id"], name="person_by_name"),
        ]
        constraints = [
            models.CheckConstraint(
                condition=~models.Q(manager=models.F("id")), name="person_not_own_manager"
            ),
            models.CheckConstraint(
                condition=models.Q(erased_at__isnull=True) | models.Q(is_active=False),
                name="person_erased_is_inactive",
            ),
            models.CheckConstraint(
                condition=models.Q(quiet_starts__isnull=True, quiet_ends__isnull=True)
                | models.Q(quiet_starts__isnull=False, quiet_ends__isnull=False)
                & ~models.Q(quiet_starts=models.F("quiet_ends")),
                name="person_quiet_from_until",
                violation_error_message=_("Quiet hours need a beginning and another time as their end."),
            ),
        ]

    def __str__(self) -> str:
        return name_shown(self.display_name)

    def get_absolute_url(self) -> str:
        return reverse("people:person-detail", kwargs={"pk": self.pk})

    def refresh_search_text(self) -> None:
        """Bring ``search_text`` up to date; bulk writers call it for each row."""
        self.search_text = search_key(f"{self.display_name} {self.job_title} {self.email}")

    def has_perm(self, perm: str, obj: Any = None) -> bool:
        """By the rules of each app alone: no superuser, and no statement for permissions nobody gives."""
        return self.is_active and bool(rules.has_perm(perm, self, obj))

    @cached_property
    def role_names(self) -> frozenset[str]:
        # Of those loaded already, where a list did.
        return frozenset(group.name for group in self.groups.all())

    @property
    def is_hr(self) -> bool:
        return HR in self.role_names

    @property
    def is_administrator(self) -> bool:
        return ADMINISTRATOR in self.role_names

    @cached_property
    def led_team_ids(self) -> frozenset[int]:
        """Teams this person leads, with everything below."""
        led = list(self.teams_led.values_list("pk", flat=True))
        return frozenset(descendant_ids(led)) if led else frozenset()
