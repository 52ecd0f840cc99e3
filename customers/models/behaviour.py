from __future__ import annotations

from typing import Self

from django.db import models
from django.utils.translation import gettext_lazy as _


class PrincipleQuerySet(models.QuerySet[models.Model]):
    def in_use(self) -> Self:
        return self.filter(active=True)


class Principle(models.Model):
    """What behaviours and values share: a stable code, a name and a meaning in the organisation's words."""

    code = models.SlugField(_("code"), max_length=40, unique=True)
    name = models.CharField(_("name"), max_length=80, unique=True)
    meaning = models.CharField(_("what it means here"), max_length=300, blank=True)
    position = models.PositiveSmallIntegerField(_("position"), default=0)
    active = models.BooleanField(_("in use"), default=True)

    objects = PrincipleQuerySet.as_manager()

    class Meta:
        abstract = True
        ordering = ["position", "pk"]

    def __str__(self) -> str:
        return self.name


class Behaviour(Principle):
    """A service behaviour: the common currency of questions, thanks and trust."""


class Value(Principle):
    """Something the organisation stands for."""
