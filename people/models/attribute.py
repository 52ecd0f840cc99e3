from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _


class Attribute(models.Model):
    """Something HR wants results broken down by, such as the kind of contract or years of service."""

    class Kind(models.TextChoices):
        CODED = "coded", _("One of a few words")
        BANDED = "banded", _("A number, kept only as a band")

    name = models.CharField(
        _("name"),
        max_length=80,
        unique=True,
        error_messages={"unique": _("There is already one with this name.")},
    )
    kind = models.CharField(_("kind"), max_length=10, choices=Kind, default=Kind.CODED)
    # Where bands begin, rising: [2, 5] makes "under 2", "2 to under 5" and "5 or more".
    bands: models.JSONField[list[float], list[float]] = models.JSONField(_("bands"), default=list, blank=True)
    archived = models.BooleanField(_("no longer used"), default=False)

    class Meta:
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name


class PersonAttribute(models.Model):
    """What an attribute is for one person: a word, or the words of a band."""

    person = models.ForeignKey("people.Person", on_delete=models.CASCADE, related_name="attribute_values")
    attribute = models.ForeignKey(Attribute, on_delete=models.CASCADE, related_name="values")
    value = models.CharField(max_length=120)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["person", "attribute"], name="person_attribute_once"),
        ]

    def __str__(self) -> str:
        return f"{self.person_id}: {self.attribute_id} = {self.value}"
