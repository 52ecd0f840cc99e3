"""What has to be so before a form is shown: somebody confirmed that it is them, something is put away."""

from __future__ import annotations

import datetime as dt
import time

from django.test import Client
from django.urls import reverse
from django.utils import timezone

from customers.models import Contact
from notifications.models import Epoch
from notifications.words import Text
from people.domain.importing import running
from people.models import Attribute, ImportRun, Person, PersonAttribute
from surveys.conditions import Condition, Rule, Test
from surveys.domain.building import editing, handing_over
from surveys.domain.following_up import stepping
from surveys.domain.mailing import own_words
from surveys.domain.repeating import continuing
from surveys.domain.waves import pausing
from surveys.models import FollowUp, FollowUpCause, Improvement, Question, Survey, Wave, WaveSeries
from tests.authz.table import BUILDERS_OF_TEAM, FORM, HR_PEOPLE, PAGE, built, only
from tests.authz.visiting import Visitors
from tests.authz.world import PASSWORD, Role, World
from tests.culture_portal.second_factors import with_factor

# Whoever has somebody's password and not their phone. The deactivated have no session of their own.
HALF_IN = Role.DEACTIVATED
# Has a second factor, and recovery codes still on the screen.
WITH_FACTOR = Role.ADMINISTRATOR
# The same addresses as in the table, where there is more to see.
MORE = [
    only(HR_PEOPLE, "people:import-undo", FORM, pk="applied_import"),
    only(HR_PEOPLE, "people:import-detail", PAGE, pk="applied_import"),
    only(HR_PEOPLE, "surveys:series-detail", pk="running_series"),
    built(BUILDERS_OF_TEAM, "surveys:survey-detail", pk="handed_over_survey"),
]
# A lead asks HR to send out what HR would launch at once.
OF_TEAM = {"team_survey", "handed_over_survey"}


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
    _build_on(world, now)
    _move_waves_on(world, now)
    _follow_up(world, now)


def _build_on(world: World, now: dt.datetime) -> None:
    """One survey of the team waits for HR, and one question for the answer to another."""
    lead = world.people[Role.MANAGER]
    copy = editing.duplicate(Survey.objects.get(pk=world["team_survey"]), by=lead)
    world["handed_over_survey"] = handing_over.hand_over(copy, now=now, by=lead).pk
    condition = Condition(every=True, rules=(Rule("yes_no", Test.IS, "yes"),))
    Question.objects.filter(pk=world["question:short"]).update(condition=condition.to_json())


def _move_waves_on(world: World, now: dt.datetime) -> None:
    """One row stands still and another goes on; an open wave is paused; a draft has words of its own."""
    hr = world.people[Role.HR]
    continuing.pause(WaveSeries.objects.get(pk=world["series"]), by=hr)
    wave = Wave.objects.get(pk=world["open_wave"])
    world["running_series"] = continuing.begin(wave, rhythm="monthly", rotation=1, by=hr, now=now).pk
    assert pausing.pause(wave=wave, by=hr, now=now)
    draft = Wave.objects.get(pk=world["draft_wave"])
    words = own_words.words_of("invitation")
    own_words.save_text(draft, words, "de", Text("{survey}, bitte", "Guten Tag\n\n{link}"), by=hr)


def _follow_up(world: World, now: dt.datetime) -> None:
    """Somebody was in touch, a cause is put away, and beside a draft stands what was done."""
    stepping.record_contact(
        follow_up=FollowUp.objects.get(pk=world["follow_up"]),
        at=now,
        channel=FollowUp.Channel.PHONE,
        by=world.people[Role.EMPLOYEE],
        now=now,
    )
    FollowUpCause.objects.create(name="Put away", archived=True)
    draft = Improvement.objects.get(pk=world["improvement"])
    Improvement.objects.create(
        wave=draft.wave,
        group_code=draft.group_code,
        said="Shifts come too late",
        done="They come two weeks before.",
        by=draft.by,
        shown_on=timezone.localdate(now),
    )


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
