"""The demonstration: Brightwater, its people, its customers and what they answered.

Loaded into an empty portal only. Its three logins get new random passwords at each start of the trial and
are stored as hashes like everybody's.
"""

from __future__ import annotations

import datetime as dt
import secrets
from dataclasses import dataclass

from django.db import transaction
from django.utils import timezone

from culture_portal.demo.staff import EMPLOYEE, HR_LEAD, MANAGER, address, create_staff
from culture_portal.demo.waves import create_waves
from people.models import Person

LOGINS = {"employee": EMPLOYEE, "manager": MANAGER, "HR": HR_LEAD}


@dataclass(frozen=True)
class DemoLogin:
    role: str
    email: str
    password: str


def ensure_demo(now: dt.datetime | None = None) -> list[DemoLogin]:
    """Load the demonstration where nobody is, and give its logins new passwords where it was loaded.

    Empty where the portal holds other people: they sign in with what they set. Safe to repeat, also after a
    start that was ended half-way: people and waves come in one transaction.
    """
    now = now or timezone.now()
    if not Person.objects.exists():
        load(now)
    return renew_passwords()


def load(now: dt.datetime) -> None:
    """People, teams, customers, waves and answers; all or nothing. The portal must be empty."""
    with transaction.atomic():
        create_staff(timezone.localdate(now))
        create_waves(now, by=Person.objects.get(email=address(*HR_LEAD)))


def renew_passwords() -> list[DemoLogin]:
    """New random passwords for the three logins, where these people are those of the demonstration."""
    logins = []
    for role, name in LOGINS.items():
        person = Person.objects.filter(email=address(*name)).first()
        if person is not None:
            login = DemoLogin(role, person.email, secrets.token_urlsafe(9))
            person.set_password(login.password)
            person.save(update_fields=["password"])
            logins.append(login)
    return logins
