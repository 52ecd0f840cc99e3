"""What HR and administrators do with one person: give and take roles, let them leave and come back."""

from __future__ import annotations

import datetime as dt

from django.contrib.auth.models import Group
from django.db import transaction
from django.utils.translation import gettext as _

from common import audit, moving
from people.domain.inviting import queue_set_password_mails
from people.domain.shutting_out import shut_out
from people.models import Absence, Person, Team
from people.roles import ADMINISTRATOR


class NotPossible(Exception):
    """Said to whoever asked; nothing was changed."""


def create_person(person: Person, *, by: Person, invite: bool, now: dt.datetime) -> Person:
    """Store somebody new, who sets a password by mail."""
    with transaction.atomic():
        person.set_unusable_password()
        person.refresh_search_text()
        person.save()
        audit.record(by=by, action="person.created", obj=person)
        if invite:
            queue_set_password_mails([person.pk], now=now)
    return person


def save_person(person: Person, *, by: Person, changed: list[str]) -> None:
    """Store what HR changed; the audit log keeps the names of the fields, not what stood in them.

    With a changed address the password goes, and whatever was mailed to the former one: otherwise what was
    set through a borrowed address would outlive it.
    """
    with transaction.atomic():
        person.refresh_search_text()
        columns = {column.name for column in Person._meta.concrete_fields}
        written = [*columns.intersection(changed), "search_text"]
        if "email" in changed:
            person.set_unusable_password()
            written.append("password")
        former = Person.objects.values_list("email", flat=True).get(pk=person.pk)
        # Only these: what was changed meanwhile, such as that somebody has left, stays as it is.
        person.save(update_fields=written)
        if "email" in changed:
            moving.follow({former: person.email})
            shut_out([person.pk])
        audit.record(by=by, action="person.edited", obj=person, fields=", ".join(changed))


def deactivate(person: Person, *, by: Person) -> bool:
    """They no longer work here: out with their next request. False when they were already."""
    if person.pk == by.pk:
        raise NotPossible(_("Somebody else has to do this for you."))
    with transaction.atomic():
        _keep_an_administrator(without=person)
        if not Person.objects.filter(pk=person.pk, is_active=True).update(is_active=False):
            return False
        shut_out([person.pk])
        audit.record(by=by, action="person.deactivated", obj=person)
    return True


def reactivate(person: Person, *, by: Person) -> bool:
    """They work here again, with the password they had. False when they did already."""
    with transaction.atomic():
        if not Person.objects.filter(pk=person.pk, is_active=False).update(is_active=True):
            return False
        audit.record(by=by, action="person.reactivated", obj=person)
    return True


def set_password(person: Person, password: str, *, but: str | None = None) -> None:
    """What somebody chose for themselves. Whatever they held by the former one ends, but this session.

    A first password takes nothing from anybody, so the links mailed before it go on working.
    """
    with transaction.atomic():
        had_one = person.has_usable_password()
        person.set_password(password)
        person.save(update_fields=["password"])
        if had_one:
            shut_out([person.pk], but=but)
            person.refresh_from_db(fields=["link_stamp"])
        audit.record(by=person, action="person.password_changed", obj=person)


def give_role(person: Person, role: str, *, by: Person) -> bool:
    """False when they had it already."""
    with transaction.atomic():
        group = _role(role)
        if person.groups.filter(pk=group.pk).exists():
            return False
        person.groups.add(group)
        audit.record(by=by, action="person.role_given", obj=person, role=role)
    return True


def take_role(person: Person, role: str, *, by: Person) -> bool:
    """False when they did not have it. The last administrator stays one."""
    with transaction.atomic():
        group = _role(role)
        if role == ADMINISTRATOR:
            _keep_an_administrator(without=person)
        if not person.groups.filter(pk=group.pk).exists():
            return False
        person.groups.remove(group)
        audit.record(by=by, action="person.role_taken", obj=person, role=role)
    return True


def _role(name: str) -> Group:
    """Locked, so that two who take the last two administrators away do not both succeed."""
    return Group.objects.select_for_update().get(name=name)


def _keep_an_administrator(*, without: Person) -> None:
    administrators = _role(ADMINISTRATOR).user_set.filter(is_active=True)
    if without.is_administrator and not administrators.exclude(pk=without.pk).exists():
        raise NotPossible(_("Then nobody would be an administrator. Make somebody else one first."))


def invite(person_ids: list[int], *, by: Person, now: dt.datetime) -> int:
    """Send the mail to set a password again; how many had not got it today."""
    with transaction.atomic():
        sent = queue_set_password_mails(person_ids, now=now)
        if sent:
            audit.record(by=by, action="person.invited", mails=sent)
    return sent


def save_team(team: Team, *, by: Person, action: str) -> None:
    with transaction.atomic():
        team.save()
        audit.record(by=by, action=action, obj=team)


def add_absence(absence: Absence, *, by: Person) -> None:
    """The log says whose, and nothing of when they are away."""
    with transaction.atomic():
        absence.save()
        audit.record(by=by, action="absence.added", obj=absence.person)


def remove_absence(absence: Absence, *, by: Person) -> None:
    with transaction.atomic():
        absence.delete()
        audit.record(by=by, action="absence.removed", obj=absence.person)
