"""Figures for the operator, and what they must not tell."""

from __future__ import annotations

import datetime as dt
import multiprocessing
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.core.cache import cache
from django.http import HttpRequest, HttpResponse
from django.test import Client, RequestFactory
from django.urls import resolve
from django.utils import timezone
from prometheus_client.parser import text_string_to_metric_families

from culture_portal import health, heartbeats, metrics
from culture_portal.metrics import NO_ROUTE, RequestFigures, count_requests
from notifications.domain.overseeing import Standing
from notifications.models import Message
from surveys.models import Wave
from tests.surveys.factories import make_draft, make_wave

pytestmark = pytest.mark.django_db(transaction=True)
TOKEN = "the-operators-token"
State = Message.State
Labels = frozenset[tuple[str, str]]


@pytest.fixture(autouse=True)
def _operator(settings: Any, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    settings.METRICS_TOKEN = TOKEN
    monkeypatch.setattr(metrics, "_requests", None)
    health.forget()
    cache.clear()
    yield
    health.forget()


def scrape() -> dict[str, dict[Labels, float]]:
    """What Prometheus reads: samples by name and labels."""
    response = Client().get("/metrics", headers={"Authorization": f"Bearer {TOKEN}"})
    assert (response.status_code, response["Content-Type"].split(";")[0]) == (200, "text/plain")
    found: dict[str, dict[Labels, float]] = {}
    for family in text_string_to_metric_families(response.content.decode()):
        for sample in family.samples:
            found.setdefault(sample.name, {})[frozenset(sample.labels.items())] = sample.value
    return found


def of(**labels: str) -> Labels:
    return frozenset(labels.items())


@pytest.mark.parametrize("sent", ["", "Bearer", "Bearer wrong", TOKEN + "x", "Basic " + TOKEN])
def test_without_the_token_there_is_nothing(sent: str) -> None:
    assert Client().get("/metrics", headers={"Authorization": sent}).status_code == 404


def test_where_no_token_is_set_there_is_nothing_for_anybody(settings: Any) -> None:
    settings.METRICS_TOKEN = ""
    for sent in ("", "Bearer ", "Bearer None"):
        assert Client().get("/metrics", headers={"Authorization": sent}).status_code == 404


def put(
    number: int, state: State, *, confidential: bool = False, late: dt.timedelta = dt.timedelta()
) -> None:
    kind = "surveys.reminder" if confidential else "account.password"
    key = f"{kind}:{state}:{number}"
    Message.objects.create(
        key=key,
        kind=kind,
        message_id=f"<{key}@x>",
        due=timezone.now() - late,
        state=state,
        confidential=confidential,
    )


def test_messages_are_counted_by_kind_and_state() -> None:
    put(1, State.SENT)
    put(2, State.SENT)
    put(3, State.FAILED)
    put(4, State.PENDING, late=dt.timedelta(seconds=90))
    found = scrape()
    counts = dict.fromkeys(Standing.values, 0.0)
    counts |= {"sent": 2, "failed": 1, "due": 1}
    expected = {of(kind="account.password", state=state): count for state, count in counts.items()}
    expected |= {of(kind="of anonymous waves", state=state): 0 for state in ("in_doubt", "failed")}
    assert found["portal_messages"] == expected
    assert 90 <= found["portal_oldest_due_seconds"][of()] < 120


def test_p1_of_anonymous_waves_only_what_is_stuck_is_counted() -> None:
    """How many reminders wait or went out at which moment would say how many have answered by then."""
    before = scrape()["portal_messages"]
    for state in State:
        for number in range(3):
            put(number, state, confidential=True)
    after = scrape()["portal_messages"]
    assert {key: after[key] for key in after if after[key] != before.get(key)} == {
        of(kind="of anonymous waves", state="in_doubt"): 3,
        of(kind="of anonymous waves", state="failed"): 3,
    }


def test_waves_are_counted_by_state() -> None:
    make_wave()
    make_draft()
    make_draft()
    waves = {dict(labels)["state"]: count for labels, count in scrape()["portal_waves"].items()}
    assert waves == {state.value: 0.0 for state in Wave.State} | {"open": 1, "draft": 2}


def test_signs_of_life_have_an_age() -> None:
    heartbeats.mark("ballots")
    ages = {dict(labels)["of"]: age for labels, age in scrape()["portal_heartbeat_seconds"].items()}
    assert ages.pop("ballots") < 5
    assert ages == {"default": float("inf"), "clock": float("inf")}


def test_what_is_built_and_what_is_well() -> None:
    found = scrape()
    (build,) = found["portal_build_info"]
    assert {name for name, _value in build} == {"revision", "python", "django"}
    assert set(found["portal_ok"].values()) == {1.0}


def test_a_database_that_is_gone_is_a_figure_and_not_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    gone = [health.Finding("database", False, "OperationalError"), health.Finding("redis", True, "answers")]
    monkeypatch.setattr(metrics, "examine", lambda parts: gone)
    found = scrape()
    assert found["portal_ok"] == {of(check="database"): 0.0, of(check="redis"): 1.0}
    assert "portal_messages" not in found


# --- Requests -----------------------------------------------------------------------------------------------
Visit = Callable[[str, int], object]


@pytest.fixture
def visit() -> Visit:
    """A request to this address that ends with this status."""

    def answer(request: HttpRequest) -> HttpResponse:
        if request.path != "/nowhere":
            request.resolver_match = resolve(request.path)
        return HttpResponse(status=int(request.GET["status"]))

    middleware = count_requests(answer)
    return lambda path, status: middleware(RequestFactory().get(path, {"status": status}))


def test_requests_are_counted_by_route_and_status(visit: Visit) -> None:
    for path, status in [("/people/", 200), ("/people/", 200), ("/people/7/", 404), ("/nowhere", 404)]:
        visit(path, status)
    found = scrape()
    assert found["portal_requests_total"] == {
        of(route="/people/", status="2xx"): 2,
        of(route="/people/<int:pk>/", status="4xx"): 1,
        of(route=NO_ROUTE, status="4xx"): 1,
    }
    assert found["portal_request_seconds_count"][of(route="/people/")] == 2
    assert found["portal_request_seconds_bucket"][of(route="/people/", le="+Inf")] == 2


def test_r1_who_answers_is_not_counted_but_what_failed_is(visit: Visit) -> None:
    visit("/people/", 200)
    before = scrape()
    for path in ("/a/handle/", "/a/handle/mac/", "/a/handle/sent/mac/"):
        for status in (200, 302, 404, 422):
            visit(path, status)
    assert scrape()["portal_requests_total"] == before["portal_requests_total"]
    visit("/a/handle/", 500)
    assert scrape()["portal_requests_total"][of(route="/a/<str:handle>/", status="5xx")] == 1


def test_workers_of_one_server_count_together() -> None:
    figures = RequestFigures(["/people/"])
    fork = multiprocessing.get_context("fork")

    def work() -> None:
        for _ in range(500):
            figures.add("/people/", 200, 0.3)

    workers = [fork.Process(target=work) for _ in range(2)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    requests, seconds = figures.families()
    assert [sample.value for sample in requests.samples] == [1000]
    by_name = {(sample.name, sample.labels.get("le")): sample.value for sample in seconds.samples}
    assert by_name["portal_request_seconds_bucket", "0.25"] == 0
    assert by_name["portal_request_seconds_bucket", "0.5"] == 1000
    assert round(by_name["portal_request_seconds_sum", None]) == 300
