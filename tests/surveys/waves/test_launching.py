"""From a draft to an open wave: refusals (anonymity.md R7), approval, and a worker that may be killed."""

from __future__ import annotations

import datetime as dt
import os
import signal
import subprocess
import sys
from typing import Any

import pytest
from django.db import connection
from pytest_django import DjangoAssertNumQueries

from common.models import AuditEntry, Progress
from customers.models import ExternalOrganisation
from notifications.models import Message
from people.models import Person, Team
from surveys.domain.answering import sealing
from surveys.domain.waves import launching
from surveys.domain.waves.launching import LaunchRefused
from surveys.domain.waves.previewing import Reason
from surveys.models import Invitation, Wave, WaveGroup
from tests.surveys.factories import (
    CLOSES,
    OPENED,
    QUESTIONNAIRE,
    make_draft,
    make_people,
    make_person,
    make_survey,
)

pytestmark = pytest.mark.django_db

BEFORE = OPENED - dt.timedelta(days=1)


def make_launching(people: int = 25, **fields: Any) -> Wave:
    """A wave whose launch the worker has not begun."""
    make_people(people)
    wave = make_draft(**fields)
    return launching.launch(wave=wave, by=make_person(is_active=False), now=OPENED)


# --- Launch and approval ------------------------------------------------------------------------------------
def test_launch_of_20_people_goes_to_the_worker() -> None:
    make_people(20)
    hr = make_person(is_active=False)
    wave = launching.launch(wave=make_draft(), by=hr, now=OPENED)
    assert (wave.state, wave.launched_by, wave.launched_at) == (Wave.State.LAUNCHING, hr, OPENED)
    assert Progress.objects.get(key=f"wave-launch:{wave.pk}").state == Progress.State.RUNNING
    assert AuditEntry.objects.get(action="wave.launched").actor == hr


def test_r7_launch_of_19_people_waits_for_a_second_person() -> None:
    make_people(19)
    first, second = make_person(is_active=False), make_person(is_active=False)
    wave = launching.launch(wave=make_draft(), by=first, now=OPENED)
    assert wave.state == Wave.State.APPROVAL
    with pytest.raises(PermissionError):
        launching.approve(wave=wave, by=first, now=OPENED)
    wave.refresh_from_db()
    assert wave.state == Wave.State.APPROVAL
    wave = launching.approve(wave=wave, by=second, now=OPENED)
    assert (wave.state, wave.launched_by, wave.approved_by) == (Wave.State.LAUNCHING, first, second)


def test_a_wave_that_waits_can_be_taken_back() -> None:
    make_people(12)
    hr = make_person(is_active=False)
    wave = launching.launch(wave=make_draft(), by=hr, now=OPENED)
    wave = launching.take_back(wave=wave, by=hr)
    assert (wave.state, wave.launched_by) == (Wave.State.DRAFT, None)


def test_approval_looks_at_the_rules_again() -> None:
    people = make_people(10)
    wave = launching.launch(wave=make_draft(), by=make_person(is_active=False), now=OPENED)
    Person.objects.filter(pk=people[0].pk).update(is_active=False)
    with pytest.raises(LaunchRefused) as refused:
        launching.approve(wave=wave, by=make_person(is_active=False), now=OPENED)
    assert [problem.reason for problem in refused.value.problems] == [Reason.TOO_FEW]


def test_a_refused_launch_changes_nothing() -> None:
    wave = make_draft()
    with pytest.raises(LaunchRefused):
        launching.launch(wave=wave, by=make_person(is_active=False), now=OPENED)
    wave.refresh_from_db()
    assert (wave.state, wave.launched_at, wave.launched_by) == (Wave.State.DRAFT, None, None)
    assert (Progress.objects.count(), AuditEntry.objects.count()) == (0, 0)


def test_launching_twice_is_launching_once() -> None:
    wave = make_launching()
    launching.carry_out_launch(wave_id=wave.pk, now=OPENED)
    again = launching.launch(wave=wave, by=make_person(), now=CLOSES)
    assert (again.state, again.launched_at) == (Wave.State.OPEN, OPENED)
    assert AuditEntry.objects.filter(action="wave.launched").count() == 1


def test_a_draft_that_lay_until_after_its_opening_opens_now() -> None:
    later = OPENED + dt.timedelta(days=2)
    make_people(20)
    wave = launching.launch(wave=make_draft(), by=make_person(is_active=False), now=later)
    assert wave.opens_at == later


# --- On the worker ------------------------------------------------------------------------------------------
def assert_launched_whole(wave: Wave, people: int) -> None:
    """Everybody invited once, with one message due now, and a key that opens what it seals."""
    wave.refresh_from_db()
    assert wave.state == Wave.State.OPEN
    assert wave.questionnaire == QUESTIONNAIRE
    assert wave.invited_count == people
    assert sealing.keys_usable(wave)
    assert wave.ballot_size == sealing.ballot_size(QUESTIONNAIRE)
    assert WaveGroup.objects.get(wave=wave, code=1).invited_count == people
    invitations = Invitation.objects.filter(wave=wave)
    assert invitations.count() == people == invitations.values("person").distinct().count()
    expected = {f"survey:{pk}:invitation" for pk in invitations.values_list("pk", flat=True)}
    messages = Message.objects.all()
    assert set(messages.values_list("key", flat=True)) == expected
    assert set(messages.values_list("state", "due", "not_after", "confidential")) == {
        (Message.State.PENDING, OPENED, CLOSES, True)
    }
    assert Progress.objects.get(key=f"wave-launch:{wave.pk}").state == Progress.State.DONE


def test_carry_out_opens_the_wave_with_everybody_invited() -> None:
    wave = make_launching()
    launching.carry_out_launch(wave_id=wave.pk, now=OPENED)
    assert_launched_whole(wave, 25)


def test_carry_out_twice_changes_nothing() -> None:
    wave = make_launching()
    launching.carry_out_launch(wave_id=wave.pk, now=OPENED)
    handles = set(wave.invitations.values_list("handle", flat=True))
    launching.carry_out_launch(wave_id=wave.pk, now=CLOSES)
    assert_launched_whole(wave, 25)
    assert set(wave.invitations.values_list("handle", flat=True)) == handles


def test_carry_out_of_a_draft_or_a_wave_that_is_gone_does_nothing() -> None:
    wave = make_draft()
    launching.carry_out_launch(wave_id=wave.pk, now=OPENED)
    launching.carry_out_launch(wave_id=wave.pk + 1, now=OPENED)
    wave.refresh_from_db()
    assert (wave.state, wave.questionnaire_json) == (Wave.State.DRAFT, None)


def test_a_wave_with_a_later_opening_is_frozen_now_and_opened_then() -> None:
    make_people(25)
    wave = launching.launch(wave=make_draft(), by=make_person(is_active=False), now=BEFORE)
    launching.carry_on_launches(BEFORE)
    wave.refresh_from_db()
    assert (wave.state, wave.invitations.count()) == (Wave.State.LAUNCHING, 25)
    # Nothing may leave before the link works.
    assert not Message.objects.due(CLOSES - dt.timedelta(seconds=1)).exists()
    make_people(3)
    launching.carry_on_launches(OPENED)
    assert_launched_whole(wave, 25)


def test_waiting_for_the_opening_costs_the_tick_no_work(
    django_assert_max_num_queries: Any,
) -> None:
    make_people(25)
    launching.launch(wave=make_draft(), by=make_person(is_active=False), now=BEFORE)
    launching.carry_on_launches(BEFORE)
    with django_assert_max_num_queries(2):
        launching.carry_on_launches(BEFORE)


def test_a_wave_that_became_too_small_on_its_way_is_a_draft_again() -> None:
    wave = make_launching(people=20)
    Person.objects.filter(pk__in=Person.objects.active().values("pk")[:15]).update(is_active=False)
    launching.carry_out_launch(wave_id=wave.pk, now=OPENED)
    wave.refresh_from_db()
    assert (wave.state, wave.launched_at, wave.invitations.count()) == (Wave.State.DRAFT, None, 0)
    progress = Progress.objects.get(key=f"wave-launch:{wave.pk}")
    assert progress.state == Progress.State.FAILED
    assert progress.message.startswith("This would ask 5 people.")


def test_r7_a_wave_that_shrank_below_20_on_its_way_waits_for_a_second_person() -> None:
    first, second = make_person(is_active=False), make_person(is_active=False)
    make_people(20)
    wave = launching.launch(wave=make_draft(), by=first, now=OPENED)
    Person.objects.filter(pk__in=Person.objects.active().values("pk")[:1]).update(is_active=False)
    launching.carry_out_launch(wave_id=wave.pk, now=OPENED)
    wave.refresh_from_db()
    assert (wave.state, wave.launched_by, wave.invitations.count()) == (Wave.State.APPROVAL, first, 0)
    launching.approve(wave=wave, by=second, now=OPENED)
    launching.carry_out_launch(wave_id=wave.pk, now=OPENED)
    wave.refresh_from_db()
    assert (wave.state, wave.invitations.count()) == (Wave.State.OPEN, 19)


def test_r7_of_two_waves_launched_at_the_same_moment_one_is_sent_back() -> None:
    survey = make_survey()
    sales = Team.objects.create(name="Sales")
    make_people(24, team=sales)
    make_people(2)
    first = make_draft(survey=survey, audience=Wave.Audience.TEAMS)
    first.teams.add(sales)
    second = make_draft(survey=survey)
    # As if neither had seen the other yet.
    Wave.objects.update(state=Wave.State.LAUNCHING, launched_at=OPENED)
    launching.carry_on_launches(OPENED)
    first.refresh_from_db()
    second.refresh_from_db()
    assert (first.state, second.state) == (Wave.State.DRAFT, Wave.State.OPEN)
    assert first.invitations.count() == 0


def test_a_wave_by_name_has_no_key_and_open_messages() -> None:
    organisation = ExternalOrganisation.objects.create(name="Acme")
    contact = organisation.contacts.create(name="A", email="a@example.org", language="de")
    wave = make_draft(mode=Wave.Mode.IDENTIFIED, audience=Wave.Audience.CONTACTS)
    wave.organisations.add(organisation)
    wave.readers.add(make_person())
    launching.launch(wave=wave, by=make_person(), now=OPENED)
    launching.carry_out_launch(wave_id=wave.pk, now=OPENED)
    wave.refresh_from_db()
    assert (wave.state, wave.public_key, wave.ballot_size) == (Wave.State.OPEN, None, 0)
    assert wave.invitations.get().contact == contact
    message = Message.objects.get()
    assert (message.address, message.language, message.confidential) == ("a@example.org", "de", False)


# --- Killed -------------------------------------------------------------------------------------------------
# Runs the launch in a process of its own and kills it (SIGKILL) right after the n-th call of one function.
CHILD = """
import datetime as dt, importlib, os, signal, sys
import django
django.setup()
module, name, calls, wave_id, now = sys.argv[1:]
if name:
    owner = importlib.import_module(module)
    original = getattr(owner, name)
    left = [int(calls)]
    def then_die(*args, **kwargs):
        result = original(*args, **kwargs)
        left[0] -= 1
        if not left[0]:
            os.kill(os.getpid(), signal.SIGKILL)
        return result
    setattr(owner, name, then_die)
from surveys.domain.waves import launching
launching.carry_out_launch(wave_id=int(wave_id), now=dt.datetime.fromisoformat(now))
"""


def run_child(wave: Wave, module: str = "", name: str = "", calls: int = 1) -> int:
    database = connection.settings_dict
    if connection.vendor == "sqlite":
        url = f"sqlite:///{database['NAME']}"
    else:
        url = "postgres://{USER}:{PASSWORD}@{HOST}:{PORT}/{NAME}".format(**database)
    arguments = [module, name, str(calls), str(wave.pk), OPENED.isoformat()]
    env = {**os.environ, "DATABASE_URL": url, "DJANGO_SETTINGS_MODULE": "tests.settings"}
    return subprocess.run([sys.executable, "-c", CHILD, *arguments], env=env, check=False).returncode


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
def test_a_worker_killed_at_any_step_leaves_nothing_half_done() -> None:
    wave = make_launching(people=2500)
    points = [
        ("surveys.domain.answering.sealing", "create_wave_key", 1),
        ("surveys.domain.waves.freezing", "write_audience", 1),  # before the commit
        ("surveys.domain.waves.launching", "_freeze", 1),  # after it
        ("notifications.domain.queueing", "queue_many", 1),  # before the first chunk's commit
        ("notifications.domain.queueing", "queue_many", 2),
        ("surveys.domain.waves.launching", "_prepare_messages", 1),
        ("surveys.domain.mailing.reminding", "invitation_key", 2501),  # while the wave is being opened
    ]
    handles: set[str] = set()
    for module, name, calls in points:
        assert run_child(wave, module, name, calls) == -signal.SIGKILL
        wave.refresh_from_db()
        assert wave.state == Wave.State.LAUNCHING
        assert wave.invitations.count() in {0, 2500}
        assert not Message.objects.due(CLOSES - dt.timedelta(seconds=1)).exists()
        now_frozen = set(wave.invitations.values_list("handle", flat=True))
        assert handles <= now_frozen
        handles = now_frozen
    assert run_child(wave) == 0
    assert_launched_whole(wave, 2500)
    assert set(wave.invitations.values_list("handle", flat=True)) == handles


@pytest.mark.slow
@pytest.mark.needs_postgres
@pytest.mark.django_db(transaction=True)
def test_three_workers_at_once_launch_it_once() -> None:
    wave = make_launching(people=1500)
    database = connection.settings_dict
    url = "postgres://{USER}:{PASSWORD}@{HOST}:{PORT}/{NAME}".format(**database)
    env = {**os.environ, "DATABASE_URL": url, "DJANGO_SETTINGS_MODULE": "tests.settings"}
    command = [sys.executable, "-c", CHILD, "", "", "1", str(wave.pk), OPENED.isoformat()]
    workers = [subprocess.Popen(command, env=env) for _ in range(3)]
    assert [worker.wait() for worker in workers] == [0, 0, 0]
    assert_launched_whole(wave, 1500)


def test_launch_works_in_bulk_statements(django_assert_max_num_queries: DjangoAssertNumQueries) -> None:
    wave = make_launching(people=3000)

    with django_assert_max_num_queries(190):
        launching.carry_out_launch(wave_id=wave.pk, now=OPENED)

    assert_launched_whole(wave, 3000)
