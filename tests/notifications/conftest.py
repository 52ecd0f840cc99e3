from __future__ import annotations

import datetime as dt
import itertools
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.urls import get_resolver
from pytest_django import Settings

from culture_portal.proving.sink import Sink, start_sink, stop
from notifications import kinds
from notifications.domain.queueing import NewMessage, queue_many
from notifications.kinds import Kind, Mail
from notifications.models import Message
from people.models import Person
from tests.notifications.digests import worded

# A Tuesday morning without holidays anywhere we send to.
NOW = dt.datetime(2026, 3, 3, 10, tzinfo=dt.UTC)


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
    sink_process.behave()
    # The addresses of the portal are read once, with those of captured mail.
    assert get_resolver().url_patterns
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

    def make(address: str = "", **fields: Any) -> Message:
        values: dict[str, Any] = {
            "key": f"test:{next(numbers)}",
            "kind": "test.note",
            "due": NOW,
            "time_zone": "UTC",
            "country": "GB",
            "context": {},
        }
        if address or "person" not in fields:
            values["address"] = address or "anna@example.org"
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


@pytest.fixture
def walks(register: Callable[..., Kind]) -> Kind:
    return register("test.walks", category="walks", notices=worded, unsubscribable=True)


@pytest.fixture
def anna(person: Callable[..., Person]) -> Person:
    return person(email="anna@example.org", digest="daily")


@pytest.fixture
def walk(walks: Kind, anna: Person, put: Callable[..., Message]) -> Callable[..., Message]:
    def make(name: str = "one", **fields: object) -> Message:
        return put(**{"kind": "test.walks", "person": anna, "context": {"walk": name}, **fields})

    return make
