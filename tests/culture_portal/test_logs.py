"""What gets into the logs: routes, classes and places, numbers; never what somebody wrote, at any level."""

from __future__ import annotations

import datetime as dt
import io
import json
import logging
import logging.config
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from celery import shared_task
from django.conf import settings
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from structlog.contextvars import bound_contextvars

from common import day
from common.links import seal
from common.logs import logging_config
from culture_portal.celery import app
from people.models import Person
from surveys.domain.answering import submitting
from surveys.domain.mailing.asking import waiting_surveys
from tests.surveys.factories import make_hr, make_person, make_wave

pytestmark = pytest.mark.django_db

CANARY = "canary-7f3a91"
Lines = Callable[[], list[dict[str, Any]]]


@pytest.fixture
def stream() -> Iterator[io.StringIO]:
    """What production writes at DEBUG, with every logger of every package let through as far as ours go."""
    config = logging_config(level="DEBUG", as_json=True)
    written = io.StringIO()
    config["handlers"]["console"]["stream"] = written
    config["root"]["level"] = "DEBUG"
    before = {name: logging.getLogger(name).level for name in config["loggers"]}
    root_level = logging.getLogger().level
    others = logging.getLogger().handlers[:]
    logging.config.dictConfig(config)
    yield written
    logging.config.dictConfig(settings.LOGGING)
    logging.getLogger().handlers[:] = others
    logging.getLogger().setLevel(root_level)
    for name, level in before.items():
        logging.getLogger(name).setLevel(level)


@pytest.fixture
def lines(stream: io.StringIO) -> Lines:
    return lambda: [json.loads(line) for line in stream.getvalue().splitlines()]


def link_of_somebody_asked() -> str:
    now = timezone.now()
    wave = make_wave(opens_at=now - dt.timedelta(days=1), closes_at=now + dt.timedelta(days=5))
    person = wave.invitations.select_related("person")[0].person
    assert person
    (item,) = waiting_surveys(person, now)
    return item.url


def requests(lines: Lines) -> list[dict[str, Any]]:
    return [line for line in lines() if line["logger"] == "portal.requests"]


# --- One line a request -------------------------------------------------------------------------------------
def test_a_request_is_a_line_with_its_route_and_number(lines: Lines) -> None:
    token = seal("unsubscribe", {"category": "walks", "address": "anna@example.org"})
    response = Client().get(f"/unsubscribe/{token}/?secret={CANARY}")
    (line,) = requests(lines)
    assert (line.pop("ms") >= 0, len(line.pop("timestamp"))) == (True, len("2026-11-22T01:02:03.456789Z"))
    assert line == {
        "event": "request",
        "level": "info",
        "logger": "portal.requests",
        "method": "GET",
        "route": "/unsubscribe/<str:token>/",
        "status": 200,
        "request_id": response["X-Request-ID"],
    }


@pytest.mark.parametrize("path", ["/a/handle/mac/nothing/here/", f"/{CANARY}", f"/people/?search={CANARY}"])
def test_an_address_is_never_repeated(path: str, lines: Lines, stream: io.StringIO) -> None:
    Client().get(path)
    assert len(requests(lines)) == 1
    assert "handle" not in stream.getvalue()
    assert CANARY not in stream.getvalue()


def test_each_request_has_a_number_of_its_own_whatever_a_visitor_sends(lines: Lines) -> None:
    numbers = {
        Client().get("/sign-in/", headers={"X-Request-ID": "of-a-visitor"})["X-Request-ID"] for _ in range(3)
    }
    assert (len(numbers), {line["request_id"] for line in requests(lines)}) == (3, numbers)
    assert "of-a-visitor" not in numbers


@pytest.mark.parametrize(
    ("sent", "taken"),
    [("3f2a-1101", True), ("short", False), ("x" * 65, False), ("with blank", False), ("umlaut-ü-ä", False)],
)
def test_a_trusted_proxys_number_is_taken_where_it_is_one(sent: str, taken: bool, settings: Any) -> None:
    settings.REQUEST_ID_HEADER = "X-Request-ID"
    response = Client().get("/sign-in/", headers={"X-Request-ID": sent})
    assert (response["X-Request-ID"] == sent) is taken


def test_a_respondents_line_says_neither_which_request_nor_exactly_how_long(lines: Lines) -> None:
    Client().get(link_of_somebody_asked(), follow=True)
    assert [line["route"] for line in requests(lines)] == ["/a/<str:handle>/<str:mac>/", "/a/<str:handle>/"]
    for line in requests(lines):
        assert sorted(line) == ["event", "level", "logger", "method", "ms", "route", "status", "timestamp"]
        assert line["ms"] % 100 == 0


def test_probes_and_their_answers_are_not_logged(stream: io.StringIO) -> None:
    Client().get("/healthz")
    Client().get("/metrics")
    assert stream.getvalue() == ""


# --- Failures -----------------------------------------------------------------------------------------------
def break_my_day() -> Callable[[Person, Any], list[day.WaitingItem]]:
    def broken(person: Person, now: Any) -> list[day.WaitingItem]:
        what_somebody_wrote = CANARY
        raise RuntimeError(f"cannot do {what_somebody_wrote}")

    return broken


def test_a_failure_is_a_class_and_places_and_the_number_on_the_page(
    lines: Lines, stream: io.StringIO
) -> None:
    client = Client(raise_request_exception=False)
    client.force_login(make_person())
    broken = break_my_day()
    day.register(broken)
    try:
        response = client.get(reverse("home"), {"said": CANARY})
    finally:
        day._sources.remove(broken)
    (line,) = [line for line in lines() if line["level"] == "error"]
    assert (line["event"], line["error"]) == ("Internal Server Error: /", "RuntimeError")
    assert f"{__file__}:" in line["at"][0]
    assert line["at"][0].endswith(" broken")
    assert line["request_id"] == response["X-Request-ID"]
    assert f"<code>{response['X-Request-ID']}</code>" in response.content.decode()
    assert CANARY not in stream.getvalue()


def test_what_others_log_is_their_sentence_without_what_they_put_in(lines: Lines) -> None:
    elsewhere = logging.getLogger("somebody.else")
    elsewhere.warning("Cannot read %s", CANARY)
    elsewhere.error(ValueError(CANARY))
    logging.getLogger("gunicorn.error").error("Error handling request %s", f"/a/{CANARY}/")
    logging.getLogger("gunicorn.error").info("Listening at: %s", "http://127.0.0.1:8000")
    logging.getLogger("surveys.tasks").error("Wave %s cannot be counted", 7)
    assert [line["event"] for line in lines()] == [
        "Cannot read %s",
        "ValueError",
        "Error handling request %s",
        "Listening at: http://127.0.0.1:8000",
        "Wave 7 cannot be counted",
    ]


def test_a_host_made_up_is_refused_without_being_repeated(lines: Lines, stream: io.StringIO) -> None:
    Client().get("/", headers={"host": f"{CANARY}.example"})
    assert [line["event"] for line in lines() if line["level"] == "error"] == [
        "Refused for DisallowedHost: /(no route)"
    ]
    assert CANARY not in stream.getvalue()


def test_the_trial_writes_lines_to_read(capsys: pytest.CaptureFixture[str]) -> None:
    formatter = logging.config.DictConfigurator(
        logging_config(level="INFO", as_json=False)
    ).configure_formatter(logging_config(level="INFO", as_json=False)["formatters"]["line"])
    record = logging.LogRecord("portal.requests", logging.INFO, "", 0, "request", (), None)
    record.route, record.status = "/people/", 200
    with bound_contextvars(request_id="3f2a"):
        _time, _, rest = formatter.format(record).partition(" ")
    assert rest == "INFO portal.requests request request_id=3f2a route=/people/ status=200"


# --- Tasks --------------------------------------------------------------------------------------------------
@shared_task
def failing(*, said: str) -> None:
    raise RuntimeError(said)


def test_a_task_that_fails_is_named_with_its_number_and_that_of_its_request(
    lines: Lines, stream: io.StringIO
) -> None:
    """As a worker runs it: through the tracer, with the signals around it."""
    from celery.app.trace import build_tracer  # noqa: PLC0415 - only here

    headers: dict[str, Any] = {}
    with bound_contextvars(request_id="of-the-request"):
        from culture_portal.celery import _hand_the_number_on  # noqa: PLC0415

        _hand_the_number_on(headers=headers)
    task = app.tasks[failing.name]
    trace: Any = build_tracer(task.name, task, app=app)
    trace("the-task", (), {"said": CANARY}, request={"id": "the-task", "delivery_info": {}, **headers})
    (line,) = [line for line in lines() if line["level"] == "error"]
    assert (line["event"], line["error"], line["task"], line["task_id"], line["request_id"]) == (
        "A task failed",
        "RuntimeError",
        failing.name,
        "the-task",
        "of-the-request",
    )
    assert CANARY not in stream.getvalue()


# --- Canaries -----------------------------------------------------------------------------------------------
def test_nothing_that_people_type_gets_into_the_logs(stream: io.StringIO) -> None:
    client = Client(raise_request_exception=False)
    client.post("/sign-in/", {"login": f"{CANARY}@example.org", "password": CANARY})
    client.post("/password/reset/", {"email": f"{CANARY}@example.org"})
    client.force_login(make_hr())
    client.get("/people/", {"search": CANARY})
    table = f"employee_id,email,given_name\n1,{CANARY}@example.org,{CANARY}\n2,,\n"
    for address in ("people:import-create", "customers:contact-import-create"):
        file = SimpleUploadedFile(f"{CANARY}.csv", table.encode())
        assert client.post(reverse(address), {"file": file}, follow=True).status_code == 200
    assert len(stream.getvalue().splitlines()) > 5
    assert CANARY not in stream.getvalue()


@pytest.mark.parametrize("breaks", [False, True], ids=["recorded", "broken off"])
def test_s5_an_answer_leaves_no_word_in_the_logs(
    breaks: bool, stream: io.StringIO, monkeypatch: pytest.MonkeyPatch
) -> None:
    client = Client(raise_request_exception=False)
    form = client.get(link_of_somebody_asked())["Location"]
    if breaks:

        def broken(**kwargs: Any) -> None:
            raise RuntimeError(f"cannot store {kwargs}")

        monkeypatch.setattr(submitting, "submit", broken)
    response = client.post(form, {"q-listens": "4", "q-hear": CANARY})
    assert response.status_code == (500 if breaks else 302)
    assert "/a/<str:handle>/" in stream.getvalue()
    for secret in (CANARY, form.removeprefix("/a/")):
        assert secret not in stream.getvalue()
