from __future__ import annotations

from typing import ClassVar, Self

from django.db import models
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _


class PrincipleQuerySet(models.QuerySet[models.Model]):
    def in_use(self) -> Self:
        return self.filter(active=True)


class Principle(models.Model):
    """What behaviours and values share: a stable code, a name and a meaning in the organisation's words.

    Without German words a German reader gets the others.
    """

    # As it stands in addresses.
    kind: ClassVar[str]

    code = models.SlugField(_("code"), max_length=40, unique=True)
    name = models.CharField(_("name"), max_length=80, unique=True)
    meaning = models.CharField(_("what it means here"), max_length=300, blank=True)
    name_de = models.CharField(_("name in German"), max_length=80, blank=True)
    meaning_de = models.CharField(_("what it means here, in German"), max_length=300, blank=True)
    position = models.PositiveSmallIntegerField(_("position"), default=0)
    active = models.BooleanField(_("in use"), default=True)

    objects = PrincipleQuerySet.as_manager()

    class Meta:
        abstract = True
        ordering = ["position", "pk"]

    def __str__(self) -> str:
        return self.local_name

    @property
    def local_name(self) -> str:
        """In the reader's language."""
        return (_reads_german() and self.name_de) or self.name

    @property
    def local_meaning(self) -> str:
        return (_reads_german() and self.meaning_de) or self.meaning


class Behaviour(Principle):
    """A service behaviour: the common currency of questions, thanks and trust."""

    kind = "behaviours"


class Value(Principle):
    """Something the organisation stands for."""

    kind = "values"


def _reads_german() -> bool:
    return (get_language() or "").split("-")[0] == "de"
