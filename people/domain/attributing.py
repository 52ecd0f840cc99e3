"""Attributes HR defines, and what they are for one person."""

from __future__ import annotations

from collections.abc import Mapping

from django.db import transaction

from common import audit
from people.models import Attribute, Person, PersonAttribute


def save_attribute(attribute: Attribute, *, by: Person) -> Attribute:
    with transaction.atomic():
        is_new = attribute.pk is None
        attribute.save()
        if is_new:
            audit.record(by=by, action="attribute.created", obj=attribute)
        else:
            audit.record(by=by, action="attribute.edited", obj=attribute)
    return attribute


def archive(attribute: Attribute, *, by: Person) -> bool:
    """Kept, and no longer offered for files and surveys. False when it was put aside already."""
    with transaction.atomic():
        if not Attribute.objects.filter(pk=attribute.pk, archived=False).update(archived=True):
            return False
        audit.record(by=by, action="attribute.archived", obj=attribute)
    return True


def restore(attribute: Attribute, *, by: Person) -> bool:
    """Offered again. False when it is."""
    with transaction.atomic():
        if not Attribute.objects.filter(pk=attribute.pk, archived=True).update(archived=False):
            return False
        audit.record(by=by, action="attribute.restored", obj=attribute)
    return True


def delete(attribute: Attribute, *, by: Person) -> bool:
    """False where it is known of somebody: then it is only put aside."""
    with transaction.atomic():
        locked = Attribute.objects.select_for_update().get(pk=attribute.pk)
        if locked.values.exists():
            return False
        audit.record(by=by, action="attribute.deleted", obj=locked)
        locked.delete()
    return True


def set_values(person: Person, values: Mapping[int, str], *, by: Person) -> bool:
    """What each of these attributes is for the person; an empty one is no longer known. False: as before."""
    with transaction.atomic():
        stored = dict(
            PersonAttribute.objects.select_for_update()
            .filter(person=person, attribute__in=list(values))
            .values_list("attribute_id", "value")
        )
        changed = {key: value for key, value in values.items() if value != stored.get(key, "")}
        if not changed:
            return False
        person.attribute_values.filter(
            attribute__in=[key for key, value in changed.items() if not value]
        ).delete()
        PersonAttribute.objects.bulk_create(
            [
                PersonAttribute(person=person, attribute_id=key, value=value)
                for key, value in changed.items()
                if value
            ],
            update_conflicts=True,
            unique_fields=["person", "attribute"],
            update_fields=["value"],
        )
        names = Attribute.objects.filter(pk__in=changed).values_list("name", flat=True)
        audit.record(by=by, action="person.edited", obj=person, fields=", ".join(names))
    return True
