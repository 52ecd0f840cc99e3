"""Erasing somebody who left: everything that says who they were goes, every figure stays.

By hand, by HR or an administrator, or by the daily job once they are gone for as long as the retention file
says. It cannot be undone: what is gone is nowhere.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

from django.contrib.auth.hashers import UNUSABLE_PASSWORD_PREFIX
from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext as _

from common import audit, erasing
from common.erasing import Erased
from common.importing.grid import Grid
from common.models import ImportFile
from common.nobody import NAME
from people.domain.changing import NotPossible
from people.domain.shutting_out import shut_out
from people.models import ImportProblem, ImportRun, Person


def register() -> None:
    erasing.register_subject(
        "people.Person", empty={"display_name": NAME, "password": UNUSABLE_PASSWORD_PREFIX}
    )
    erasing.register(take_out_of_files)


def why_not(person: Person, *, by: Person) -> str:
    """What stands in the way, said to whoever asked; empty where nothing does."""
    if person.pk == by.pk:
        return _("Somebody else has to do this for you.")
    if person.is_active:
        return _("They work here. First say that they have left.")
    if person.role_names:
        return _("They hold a role: an administrator takes it away first.")
    return ""


def erase(person: Person, *, by: Person, now: dt.datetime) -> bool:
    """False when they were erased already. Raises NotPossible."""
    with transaction.atomic():
        locked = Person.objects.select_for_update(of=("self",)).get(pk=person.pk)
        if locked.erased_at:
            return False
        if reason := why_not(locked, by=by):
            raise NotPossible(reason)
        _erase([locked], now)
        audit.record(by=by, action="person.erased", obj=person)
    return True


def erase_who_left(days: int, now: dt.datetime) -> int:
    """The daily job. It also notes since when people are gone: many ways lead to ``is_active``."""
    today = now.date()
    left = Person.objects.known().filter(is_active=False)
    left.filter(inactive_since=None).update(inactive_since=today)
    Person.objects.active().filter(inactive_since__isnull=False).update(inactive_since=None)
    last = today - dt.timedelta(days=days)
    due = left.filter(Q(end_date=None) | Q(end_date__lte=last), inactive_since__lte=last)
    return erasing.by_turns(due, lambda people: _erase(people, now))


def _erase(people: Sequence[Person], now: dt.datetime) -> None:
    erased = Erased(
        Person,
        ids=[person.pk for person in people],
        addresses={person.email for person in people},
        keys={person.employee_number for person in people if person.employee_number},
    )
    # First: their rows lead to their sessions.
    shut_out(erased.ids)
    erasing.erase_rows(erased)
    Person.objects.filter(pk__in=erased.ids).update(erased_at=now)


def take_out_of_files(erased: Erased) -> None:
    """An uploaded file that was never applied would bring them back; what was wrong in one may quote them."""
    words = {word.lower() for word in erased.addresses | erased.keys}
    for model in (ImportRun, ImportFile):
        for run in model._default_manager.exclude(packed=None).exclude(packed=b"").only("packed"):
            lines = Grid.unpack(bytes(run.packed or b"")).lines
            if any(cell.strip().lower() in words for _number, cells in lines for cell in cells):
                run.delete()
    if erased.model is Person:
        ImportProblem.objects.filter(run__rows__person__in=erased.ids).delete()
