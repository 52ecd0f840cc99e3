"""Probes: quick whatever hangs, silent to strangers, and true."""

from __future__ import annotations

import datetime as dt
import json
import logging
import socket
import threading
import time
from collections.abc import Iterator
from typing import Any

import pytest
from django.conf import settings as django_settings
from django.core.cache import cache
from django.core.management import call_command
from django.core.management.base import CommandError
from django.db import connection
from django.db.migrations.recorder import MigrationRecorder
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from culture_portal import health, heartbeats
from culture_portal.celery import app
from culture_portal.health import EVERYTHING, PAGES, PROBES, Finding, Part, examine
from culture_portal.tasks import heartbeat
from notifications.models import Message, Notice
from people.models import Person
from surveys.models import Wave
from tests.surveys.factories import make_wave

pytestmark = pytest.mark.django_db(transaction=True)
TOKEN = "the-operators-token"
OPERATOR = {"Authorization": f"Bearer {TOKEN}"}


@pytest.fixture(autouse=True)
def _nothing_kept(settings: Any) -> Iterator[None]:
    settings.METRICS_TOKEN = TOKEN
    health.forget()
    cache.delete_many([f"heartbeat:{place}" for place in heartbeats.PLACES])
    yield
    health.forget()


def checks(path: str = "/readyz") -> tuple[int, dict[str, str]]:
    """The status, and what the operator reads of each check."""
    response = Client().get(path, headers=OPERATOR)
    found = json.loads(response.content)["checks"]
    return response.status_code, {name: f"{each['status']}: {each['words']}" for name, each in found.items()}


ALL_WELL = {
    "database": "ok: answers",
    "migrations": "ok: applied",
    "mail": "ok: the oldest message that is due waits 0 minutes",
    "ballot keys": "ok: open their ballots",
    "redis": "ok: answers" if django_settings.REDIS_URL else "ok: not used in the trial",
    "static files": "ok: collected",
}


def test_a_healthy_portal_says_so_to_its_operator() -> None:
    assert checks() == (200, ALL_WELL)


def test_a_stranger_learns_whether_and_not_why() -> None:
    for headers in ({}, {"Authorization": "Bearer wrong"}, {"Authorization": "Bearer"}):
        response = Client().get("/readyz", headers=headers)
        assert (response.status_code, json.loads(response.content)) == (200, {"status": "ok"})


def test_nobody_is_the_operator_where_no_token_is_set(settings: Any) -> None:
    settings.METRICS_TOKEN = ""
    for sent in ("Bearer ", "", "Bearer None"):
        assert "checks" not in json.loads(Client().get("/readyz", headers={"Authorization": sent}).content)


def message(due: dt.datetime) -> None:
    Message.objects.create(key="one", kind="account.password", message_id="<one@x>", due=due)


def test_mail_that_nobody_sends_is_noticed() -> None:
    message(timezone.now() - dt.timedelta(minutes=16))
    status, found = checks()
    assert (status, found["mail"]) == (503, "failed: the oldest message that is due waits 16 minutes")


def test_mail_of_later_is_not_late() -> None:
    message(timezone.now() + dt.timedelta(minutes=16))
    assert checks()[1]["mail"] == ALL_WELL["mail"]


def test_mail_put_off_or_in_a_digest_and_notices_are_not_late() -> None:
    hours = dt.timedelta(hours=5)
    message(timezone.now() + hours)
    Message.objects.update(reason=Message.Reason.SLOT)
    Message.objects.create(
        key="two",
        kind="surveys.reminder",
        message_id="<two@x>",
        due=timezone.now() - hours,
        state=Message.State.CARRIED,
    )
    reader = Person.objects.create_user("reader@example.org", display_name="Reader")
    Notice.objects.create(
        key="three", kind="surveys.reminder", category="surveys", person=reader, due=timezone.now() - hours
    )
    assert checks()[1]["mail"] == ALL_WELL["mail"]


def test_pages_are_served_on_while_mail_waits() -> None:
    message(timezone.now() - dt.timedelta(hours=5))
    pages = {name: ALL_WELL[name] for name in ("database", "migrations", "redis", "static files")}
    assert checks("/readyz/pages") == (200, pages)


def test_a_key_that_opens_nothing_is_noticed() -> None:
    wave = make_wave()
    Wave.objects.filter(pk=wave.pk).update(key_usable=False)
    status, found = checks()
    assert (status, found["ballot keys"]) == (
        503,
        "failed: 1 open waves have a key that does not open their ballots",
    )


def test_a_release_whose_migrations_did_not_run_is_not_ready() -> None:
    recorder = MigrationRecorder(connection)
    recorder.record_unapplied("sessions", "0001_initial")
    try:
        status, found = checks()
    finally:
        recorder.record_applied("sessions", "0001_initial")
    assert (status, found["migrations"]) == (503, "failed: not applied: sessions.0001_initial")


def test_static_files_that_nobody_collected_are_noticed(settings: Any, tmp_path: Any) -> None:
    settings.STATIC_ROOT = tmp_path
    settings.STORAGES = {
        **settings.STORAGES,
        "staticfiles": {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"},
    }
    status, found = checks()
    assert (status, found["static files"]) == (503, "failed: collectstatic was not run")


@pytest.fixture
def silent_server() -> Iterator[int]:
    """Takes connections and never says a word."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield server.getsockname()[1]


def test_a_redis_that_hangs_does_not_hang_the_probe(silent_server: int, settings: Any) -> None:
    settings.REDIS_URL = f"redis://127.0.0.1:{silent_server}/0"
    began = time.monotonic()
    status, found = checks()
    assert time.monotonic() - began < health.AT_MOST + 1
    assert (status, found["redis"].partition(":")[0]) == (503, "failed")
    assert found["database"] == "ok: answers"


def test_what_refuses_is_named_by_its_class(settings: Any) -> None:
    settings.REDIS_URL = "redis://somebody:hidden@127.0.0.1:1/0"
    assert checks()[1]["redis"] == "failed: ConnectionError"


def test_a_part_that_hangs_is_asked_once_and_named_each_time() -> None:
    let_go, asked = threading.Event(), []

    def hang() -> list[Finding]:
        asked.append(1)
        let_go.wait(30)
        return [Finding("deep", True, "answers")]

    parts = (Part("deep", (hang,)),)
    try:
        for _ in range(2):
            health.forget()
            began = time.monotonic()
            assert examine(parts) == [Finding("deep", False, "does not answer")]
            assert time.monotonic() - began < health.AT_MOST + 0.5
        assert len(asked) == 1
    finally:
        let_go.set()
    health._under_way["deep"].join()
    health.forget()
    assert examine(parts) == [Finding("deep", True, "answers")]


def test_many_who_ask_at_once_cost_one_look() -> None:
    asked: list[int] = []

    def count() -> list[Finding]:
        asked.append(1)
        return [Finding("counted", True, "answers")]

    parts = (Part("counted", (count,)),)
    threads = [threading.Thread(target=examine, args=(parts,)) for _ in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(asked) == 1


@pytest.mark.parametrize("path", PROBES)
def test_a_probe_needs_no_host_no_tls_and_no_session(path: str, settings: Any) -> None:
    settings.ALLOWED_HOSTS = ["portal.example.com"]
    settings.SECURE_SSL_REDIRECT = True
    settings.SECURE_REDIRECT_EXEMPT = [r"^(healthz|readyz|readyz/pages|metrics)$"]
    client = Client(headers={"host": "10.1.2.3:8000", **OPERATOR})
    response = client.get(path)
    assert (response.status_code, dict(response.cookies), dict(client.cookies)) == (200, {}, {})
    assert "Cookie" not in response.get("Vary", "")
    assert client.post(path).status_code == 405


def test_healthz_asks_nothing(settings: Any) -> None:
    settings.REDIS_URL = "redis://127.0.0.1:1/0"
    with CaptureQueriesContext(connection) as queries:
        response = Client().get("/healthz")
    assert (response.status_code, json.loads(response.content)) == (200, {"status": "ok"})
    assert queries.captured_queries == []


def test_a_change_is_logged_once(caplog: pytest.LogCaptureFixture) -> None:
    message(timezone.now() - dt.timedelta(minutes=20))
    with caplog.at_level(logging.INFO, logger="portal.health"):
        for _ in range(3):
            health.forget()
            checks()
        Message.objects.all().delete()
        for _ in range(3):
            health.forget()
            checks()
    assert [record.getMessage() for record in caplog.records] == [
        "not ready: mail (the oldest message that is due waits 20 minutes)",
        "ready again",
    ]


# --- Signs of life ------------------------------------------------------------------------------------------
def test_a_heartbeat_goes_to_each_queue_and_is_remembered() -> None:
    sent = {
        (entry["kwargs"]["queue"], entry["options"]["queue"], entry["schedule"])
        for entry in app.conf.beat_schedule.values()
        if entry["task"] == heartbeats.TASK
    }
    assert (heartbeat.name, sent) == (
        heartbeats.TASK,
        {(queue, queue, heartbeats.EVERY) for queue in heartbeats.QUEUES},
    )
    assert set(heartbeats.ages().values()) == {None}
    heartbeat(queue="ballots")
    ages = heartbeats.ages()
    assert ages["ballots"] is not None
    assert 0 <= ages["ballots"] < 5
    assert ages["default"] is None


def test_the_command_says_what_is_dead(capsys: pytest.CaptureFixture[str]) -> None:
    heartbeats.mark("default")
    call_command("health", "--worker=default")
    assert capsys.readouterr().out == "ok     worker of default: last sign of life 0 seconds ago\n"
    cache.set("heartbeat:ballots", time.time() - heartbeats.TOO_OLD - 1)
    with pytest.raises(CommandError, match="Something does not work"):
        call_command("health", "--worker=ballots")
    assert capsys.readouterr().out == "failed worker of ballots: last sign of life 901 seconds ago\n"
    with pytest.raises(CommandError):
        call_command("health", "--clock")
    assert capsys.readouterr().out == "failed clock: no sign of life yet\n"


def test_the_command_looks_at_everything(capsys: pytest.CaptureFixture[str]) -> None:
    for place in heartbeats.PLACES:
        heartbeats.mark(place)
    call_command("health")
    lines = capsys.readouterr().out.splitlines()
    assert [line[:6] for line in lines] == ["ok    "] * (len(ALL_WELL) + len(heartbeats.PLACES))


def test_every_part_of_the_pages_is_a_part_of_everything() -> None:
    assert {part.name for part in PAGES} == {part.name for part in EVERYTHING}
    for part in PAGES:
        (whole,) = [each for each in EVERYTHING if each.name == part.name]
        assert set(part.looks) <= set(whole.looks)
