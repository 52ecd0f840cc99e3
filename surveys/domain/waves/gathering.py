"""Asking people by what they have in common: where they work, or an attribute HR defined."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from django.db.models import Count, QuerySet
from django.utils.translation import gettext as _

from people.models import Attribute, Person, PersonAttribute
from surveys.models import Wave
from surveys.models.wave import attribute_of, by_attribute

_FIELDS = (Wave.Breakdown.LOCATION.value, Wave.Breakdown.COUNTRY.value)


@dataclass(frozen=True)
class Value:
    """One thing people may have in common, and how many of those who work here have it."""

    name: str
    people: int


def ways() -> list[tuple[str, str]]:
    """What there is to go by: (as it is stored, as it is read)."""
    of_ours = Attribute.objects.in_use()
    return [
        (Wave.Breakdown.LOCATION.value, _("Location")),
        (Wave.Breakdown.COUNTRY.value, _("Country")),
        *((by_attribute(each.pk), each.name) for each in of_ours),
    ]


def is_offered(by: str) -> bool:
    """Not an attribute that was put aside since, or is gone."""
    return by in dict(ways())


def values_of(by: str) -> list[Value]:
    """Every value somebody has who works here today, by name."""
    people = Person.objects.active()
    if by in _FIELDS:
        rows = people.exclude(**{by: ""}).order_by(by).values_list(by).annotate(n=Count("pk"))
    else:
        known = PersonAttribute.objects.filter(attribute=attribute_of(by) or 0, person__in=people.order_by())
        rows = known.exclude(value="").order_by("value").values_list("value").annotate(n=Count("pk"))
    return [Value(name, number) for name, number in rows]


def among(people: QuerySet[Person], by: str, values: Collection[str]) -> QuerySet[Person]:
    """Those of them who have one of these values; nobody where there is no such attribute."""
    if by in _FIELDS:
        return people.filter(**{f"{by}__in": values})
    having = PersonAttribute.objects.filter(attribute=attribute_of(by) or 0, value__in=values)
    return people.filter(pk__in=having.values("person"))
