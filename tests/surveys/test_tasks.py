"""Tasks are wake-ups: ids in, quiet where nothing is to be done, one domain function each."""

from __future__ import annotations

import datetime as dt

import pytest
from celery import current_app
from django.conf import settings
from django.utils import timezone
from pytest_django import Settings

from common.models import Progress
from notifications.models import Message
from surveys import tasks
from surveys.domain.waves import launching
from surveys.models import Question, Wave
from tests.surveys.factories import make_draft, make_people, make_person, make_wave

pytestmark = pytest.mark.django_db


def make_launching() -> Wave:
    now = timezone.now()
    make_people(25)
    wave = make_draft(opens_at=now, closes_at=now + dt.timedelta(days=10))
    return launching.launch(wave=wave, by=make_person(is_active=False), now=now)


def test_the_tick_carries_on_a_launch_nobody_woke() -> None:
    wave = make_launching()
    tasks.tick()
    wave.refresh_from_db()
    assert (wave.state, Message.objects.count()) == (Wave.State.OPEN, 25)


def test_the_tick_closes_rates_and_tries_the_keys() -> None:
    now = timezone.now()
    over = make_wave(opens_at=now - dt.timedelta(days=9), closes_at=now - dt.timedelta(minutes=1))
    open_wave = make_wave(opens_at=now - dt.timedelta(days=1), closes_at=now + dt.timedelta(days=9))
    tasks.tick()
    over.refresh_from_db()
    open_wave.refresh_from_db()
    assert over.state == Wave.State.CLOSED
    assert (open_wave.rated_on, open_wave.key_checked_on) == (timezone.localdate(), now.date())


def test_the_task_launches_the_wave_it_is_told() -> None:
    wave = make_launching()
    tasks.carry_out_launch(wave_id=wave.pk)
    wave.refresh_from_db()
    assert wave.state == Wave.State.OPEN


def test_the_tasks_are_quiet_where_the_wave_is_gone() -> None:
    tasks.carry_out_launch(wave_id=1)
    assert Wave.objects.count() == 0


def test_a_launch_without_a_key_waits_and_holds_up_nobody(settings: Settings) -> None:
    now = timezone.now()
    by_name = make_draft(
        mode=Wave.Mode.IDENTIFIED, opens_at=now, closes_at=now + dt.timedelta(days=10), title="By name"
    )
    by_name.readers.add(make_person())
    anonymous = make_launching()
    launching.launch(wave=by_name, by=make_person(), now=now)
    keys, settings.PORTAL_BALLOT_KEYS = settings.PORTAL_BALLOT_KEYS, []
    tasks.tick()
    anonymous.refresh_from_db()
    by_name.refresh_from_db()
    assert (anonymous.state, by_name.state) == (Wave.State.LAUNCHING, Wave.State.OPEN)
    progress = Progress.objects.get(key=f"wave-launch:{anonymous.pk}")
    assert (progress.state, progress.message) == (
        Progress.State.FAILED,
        "The key that seals the answers could not be made. Your administrator can help.",
    )
    settings.PORTAL_BALLOT_KEYS = keys
    tasks.tick()
    anonymous.refresh_from_db()
    assert anonymous.state == Wave.State.OPEN


def test_a_launch_that_fails_holds_up_no_other() -> None:
    now = timezone.now()
    broken = make_launching()
    Question.objects.filter(section__survey=broken.survey).update(kind="colour")
    other = make_draft(mode=Wave.Mode.IDENTIFIED, opens_at=now, closes_at=now + dt.timedelta(days=10))
    other.readers.add(make_person())
    launching.launch(wave=other, by=make_person(), now=now)
    tasks.tick()
    broken.refresh_from_db()
    other.refresh_from_db()
    assert (broken.state, other.state) == (Wave.State.LAUNCHING, Wave.State.OPEN)


@pytest.mark.parametrize("name", ["tick", "carry_out_launch"])
def test_s4_every_task_runs_on_the_queue_whose_worker_reads_keys(name: str) -> None:
    task = f"surveys.tasks.{name}"
    assert task in current_app.tasks
    assert settings.CELERY_TASK_ROUTES[task] == {"queue": "ballots"}
