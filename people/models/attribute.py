from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import Self

from django.db import models
from django.utils import translation
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from common.organisation import current

LONGEST_VALUE = 120


class AttributeQuerySet(models.QuerySet["Attribute"]):
    def in_use(self) -> Self:
        return self.filter(archived=False)

    def with_people(self) -> Self:
        """With ``people``: of how many it is known."""
        return self.annotate(people=models.Count("values"))


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

    objects = AttributeQuerySet.as_manager()

    class Meta:
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name

    @property
    def is_banded(self) -> bool:
        return self.kind == self.Kind.BANDED

    @property
    def band_words(self) -> list[str]:
        """The words of each band, from the lowest, in the organisation's language: they are stored."""
        with translation.override(current().language):
            return _band_words(self.bands)


def _band_words(limits: Sequence[float]) -> list[str]:
    if not limits:
        return []
    names = [f"{limit:g}" for limit in limits]
    between = [
        gettext("%(low)s to under %(high)s") % {"low": low, "high": high} for low, high in pairwise(names)
    ]
    return [
        gettext("under %(high)s") % {"high": names[0]},
        *between,
        gettext("%(low)s or more") % {"low": names[-1]},
    ]


class PersonAttribute(models.Model):
    """What an attribute is for one person: a word, or the words of a band."""

    person = models.ForeignKey("people.Person", on_delete=models.CASCADE, related_name="attribute_values")
    attribute = models.ForeignKey(Attribute, on_delete=models.CASCADE, related_name="values")
    value = models.CharField(max_length=LONGEST_VALUE)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["person", "attribute"], name="person_attribute_once"),
        ]

    def __str__(self) -> str:
        return f"{self.person_id}: {self.attribute_id} = {self.value}"
