"""What has to be so before a form is shown: somebody confirmed that it is them, something is put away."""

from __future__ import annotations

import datetime as dt
import time

from django.test import Client
from django.urls import reverse
from django.utils import timezone

from customers.models import Contact
from notifications.models import Epoch
from people.domain.importing import running
from people.models import Attribute, ImportRun, Person, PersonAttribute
from tests.authz.table import FORM, HR_PEOPLE, PAGE, only
from tests.authz.visiting import Visitors
from tests.authz.world import PASSWORD, Role, World
from tests.culture_portal.test_second_factor import with_factor

# Whoever has somebody's password and not their phone. The deactivated have no session of their own.
HALF_IN = Role.DEACTIVATED
# Has a second factor, and recovery codes still on the screen.
WITH_FACTOR = Role.ADMINISTRATOR
# The same addresses as in the table, where there is more to see.
MORE = [
    only(HR_PEOPLE, "people:import-undo", FORM, pk="applied_import"),
    only(HR_PEOPLE, "people:import-detail", PAGE, pk="applied_import"),
]


def open_doors(world: World) -> None:
    with_factor(world.people[WITH_FACTOR])
    old = Attribute.objects.create(name="Kind of contract", archived=True)
    for attribute in (old, Attribute.objects.get(pk=world["attribute"])):
        PersonAttribute.objects.create(
            person=world.people[Role.EMPLOYEE], attribute=attribute, value="temporary"
        )
    Attribute.objects.create(name="Known of nobody")
    Contact.objects.filter(pk=world["contact"]).update(active=False)
    now = timezone.now()
    Epoch.objects.update_or_create(
        pk=1, defaults={"portal": "restored", "doubt": Epoch.Doubt.OLDER, "doubted_at": now}
    )
    world["applied_import"] = _applied_import(world.people[Role.HR], now).pk


def _applied_import(by: Person, now: dt.datetime) -> ImportRun:
    text = "employee_id,name,email\nn-other-hand,Other Hand,other.hand@brightwater.example\n"
    run = running.upload(text.encode(), file_name="applied.csv", by=by, everybody=False)
    running.check(run.pk)
    run.refresh_from_db()
    assert running.order(run, seen=run.digest, leads={}, invite=False, reactivate=False)
    assert running.carry_out(run.pk, now=now)
    return run


def unlock(visitors: Visitors) -> None:
    tomorrow = time.time() + 24 * 60 * 60
    for role, person in visitors.world.people.items():
        if role is HALF_IN:
            continue
        session = visitors.client(role).session
        session["account_authentication_methods"] = [{"method": "password", "at": tomorrow}]
        session["account_authentication_methods_user"] = str(person.pk)
        if role is WITH_FACTOR:
            session["second_factor_codes_until"] = tomorrow
        session.save()
    client = Client()
    person = visitors.world.people[WITH_FACTOR]
    answer = client.post(reverse("account_login"), {"login": person.email, "password": PASSWORD})
    assert answer["Location"] == reverse("mfa_authenticate")
    visitors.cookies[HALF_IN] = client.cookies
