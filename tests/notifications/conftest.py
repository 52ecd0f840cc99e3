from __future__ import annotations

import datetime as dt
import itertools
import json
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings as django_settings
from pytest_django import Settings

from notifications import kinds
from notifications.domain.queueing import NewMessage, queue_many
from notifications.kinds import Kind, Mail
from notifications.models import Message
from people.models import Person

# A Tuesday morning without holidays anywhere we send to.
NOW = dt.datetime(2026, 3, 3, 10, tzinfo=dt.UTC)


@dataclass(frozen=True)
class Sink:
    """What the mail server of the tests has taken."""

    port: int
    record: Path

    def lines(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self.record.read_text().splitlines()]

    def recipients(self) -> list[str]:
        return [line["recipient"] for line in self.lines()]

    def mails(self) -> list[EmailMessage]:
        sources = [line["source"].encode("latin-1") for line in self.lines()]
        return [message_from_bytes(source, policy=policy.default) for source in sources]


def start_sink(folder: Path, *options: str) -> tuple[subprocess.Popen[bytes], Sink]:
    record, port_file = folder / "record.jsonl", folder / "port"
    command = [sys.executable, "-m", "tests.notifications.sink", str(record), str(port_file), *options]
    process = subprocess.Popen(command, cwd=django_settings.BASE_DIR)
    until = time.monotonic() + 20
    while not port_file.exists():
        assert process.poll() is None, "the mail server of the tests did not start"
        assert time.monotonic() < until, "the mail server of the tests did not start in time"
        time.sleep(0.02)
    return process, Sink(int(port_file.read_text()), record)


def stop(process: subprocess.Popen[bytes]) -> None:
    process.kill()
    process.wait()


@pytest.fixture(scope="session")
def sink_process(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sink]:
    process, sink = start_sink(tmp_path_factory.mktemp("sink"))
    yield sink
    stop(process)


@pytest.fixture(scope="session")
def mute_port(tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    """A server that takes connections and never says a word."""
    process, sink = start_sink(tmp_path_factory.mktemp("mute"), "mute")
    yield sink.port
    stop(process)


@pytest.fixture
def sink(sink_process: Sink, settings: Settings) -> Sink:
    """An empty mail server, which the settings name."""
    sink_process.record.write_text("")
    settings.EMAIL_CAPTURED = False
    settings.EMAIL_HOST = "127.0.0.1"
    settings.EMAIL_PORT = sink_process.port
    settings.EMAIL_TIMEOUT = 1
    return sink_process


@pytest.fixture
def register() -> Iterator[Callable[..., Kind]]:
    """Register a kind for one test; what it does not say is quiet and wanted."""
    before = kinds.known_kinds()

    def make(name: str = "test.note", **changes: Any) -> Kind:
        values: dict[str, Any] = {
            "category": "tests",
            "render": lambda message: Mail(subject="A note", template="base_mail"),
            "still_wanted": lambda message: True,
        }
        kind = Kind(name=name, **(values | changes))
        kinds.register(kind)
        return kind

    yield make
    kinds._kinds.clear()
    kinds._kinds.update(before)


@pytest.fixture
def note(register: Callable[..., Kind]) -> Kind:
    return register()


@pytest.fixture
def put() -> Callable[..., Message]:
    """Queue one message; the fields it does not name are those of a plain note due now."""
    numbers = itertools.count(1)

    def make(address: str = "anna@example.org", **fields: Any) -> Message:
        values: dict[str, Any] = {
            "key": f"test:{next(numbers)}",
            "kind": "test.note",
            "due": NOW,
            "time_zone": "UTC",
            "country": "GB",
            "context": {},
        }
        if "person" not in fields:
            values["address"] = address
        values |= fields
        queue_many([NewMessage(**values)])
        return Message.objects.get(key=values["key"])

    return make


@pytest.fixture
def person() -> Callable[..., Person]:
    numbers = itertools.count(1)

    def make(**fields: Any) -> Person:
        number = next(numbers)
        values: dict[str, Any] = {
            "email": f"person{number}@example.org",
            "display_name": f"Person {number}",
            "time_zone": "UTC",
            "country": "GB",
        }
        made: Person = Person.objects.create_user(**(values | fields))
        return made

    return make
