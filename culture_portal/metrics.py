"""Figures for the operator's Prometheus, under ``/metrics`` for who has ``METRICS_TOKEN``.

Nothing here says who answered, or when: of anonymous waves only what is stuck is counted (anonymity.md R1
and P1), and of pages that respondents open only what failed. See ``common.logs.is_unwatched``.
"""

from __future__ import annotations

import multiprocessing
import platform
import time
from collections.abc import Iterator
from http import HTTPStatus

import django
from django.conf import settings
from django.core.exceptions import MiddlewareNotUsed
from django.db.models import Count
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.utils import timezone
from django.views.decorators.http import require_safe
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily
from prometheus_client.metrics_core import Metric
from prometheus_client.registry import Collector

from common.access import public
from common.checks import walk_urls
from common.logs import is_unwatched, route_of
from common.middleware import GetResponse
from culture_portal import heartbeats
from culture_portal.health import EVERYTHING, examine, is_operator
from notifications.domain.overseeing import MAY_GO_AGAIN, outbox_totals
from notifications.domain.refusing import in_use
from notifications.models import Message
from surveys.models import Wave

NO_ROUTE = "/(no route)"
# Upper ends in seconds; the last one is open.
BUCKETS = (0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0, float("inf"))
STATUSES = ("1xx", "2xx", "3xx", "4xx", "5xx")


# --- Requests -----------------------------------------------------------------------------------------------
class RequestFigures:
    """How many requests each route had, how they ended and how long they took.

    In memory that the workers of a web server share, since they are forked after it was made; so no figure
    is lost when a worker is replaced.
    """

    def __init__(self, routes: list[str]) -> None:
        self._places = {route: place for place, route in enumerate(dict.fromkeys([*routes, NO_ROUTE]))}
        # For each route: one cell a status, one a bucket, one for the sum of seconds.
        self._width = len(STATUSES) + len(BUCKETS) + 1
        self._cells = multiprocessing.Array("d", len(self._places) * self._width)

    def add(self, route: str, status: int, seconds: float) -> None:
        start = self._places.get(route, self._places[NO_ROUTE]) * self._width
        bucket = next(place for place, end in enumerate(BUCKETS) if seconds <= end)
        with self._cells.get_lock():
            self._cells[start + status // 100 - 1] += 1
            self._cells[start + len(STATUSES) + bucket] += 1
            self._cells[start + self._width - 1] += seconds

    def families(self) -> Iterator[Metric]:
        with self._cells.get_lock():
            cells = self._cells[:]
        requests = CounterMetricFamily(
            "portal_requests", "Requests by route and kind of status.", labels=["route", "status"]
        )
        seconds = HistogramMetricFamily(
            "portal_request_seconds", "How long requests took, by route.", labels=["route"]
        )
        for route, place in self._places.items():
            row = cells[place * self._width : (place + 1) * self._width]
            counts, buckets = row[: len(STATUSES)], row[len(STATUSES) : -1]
            for status, count in zip(STATUSES, counts, strict=True):
                if count:
                    requests.add_metric([route, status], count)
            if any(buckets):
                seconds.add_metric([route], _cumulated(buckets), row[-1])
        yield requests
        yield seconds


def _cumulated(buckets: list[float]) -> list[tuple[str, float]]:
    ends = ["+Inf" if end == float("inf") else str(end) for end in BUCKETS]
    return [(end, sum(buckets[: place + 1])) for place, end in enumerate(ends)]


_requests: RequestFigures | None = None


def count_requests(get_response: GetResponse) -> GetResponse:
    """Not used where nobody could read the figures."""
    global _requests  # noqa: PLW0603 - one for all workers that are forked from this process
    if not settings.METRICS_TOKEN:
        raise MiddlewareNotUsed
    _requests = _requests or RequestFigures([f"/{route}" for route, _name, _pattern in walk_urls()])
    figures = _requests

    def middleware(request: HttpRequest) -> HttpResponseBase:
        began = time.perf_counter()
        response = get_response(request)
        if not is_unwatched(request) or response.status_code >= HTTPStatus.INTERNAL_SERVER_ERROR:
            figures.add(route_of(request), response.status_code, time.perf_counter() - began)
        return response

    return middleware


# --- Everything else ----------------------------------------------------------------------------------------
class Portal(Collector):
    """Asked anew at each visit, since the truth stands in the database and not in this process."""

    def collect(self) -> Iterator[Metric]:
        yield _build()
        findings = examine(EVERYTHING)
        health = GaugeMetricFamily("portal_ok", "1 where a check of /readyz passes.", labels=["check"])
        for finding in findings:
            health.add_metric([finding.name], finding.ok)
        yield health
        answering = {finding.name for finding in findings if finding.ok}
        if "database" in answering:
            yield from _messages()
            yield _waves()
        if "redis" in answering and "database" in answering:
            yield _heartbeats()
        if _requests is not None:
            yield from _requests.families()


def _build() -> Metric:
    build = GaugeMetricFamily("portal_build_info", "What runs here.", labels=["revision", "python", "django"])
    build.add_metric([settings.REVISION, platform.python_version(), django.get_version()], 1)
    return build


def _messages() -> Iterator[Metric]:
    now = timezone.now()
    messages = GaugeMetricFamily("portal_messages", "Messages by kind and state.", labels=["kind", "state"])
    stuck = dict.fromkeys(MAY_GO_AGAIN, 0)
    for line in outbox_totals(now):
        if line.confidential:
            for state in stuck:
                stuck[state] += line.counts[state]
            continue
        for state, count in line.counts.items():
            messages.add_metric([line.kind, state.value], count)
    for state, count in stuck.items():
        messages.add_metric(["of anonymous waves", state.value], count)
    yield messages
    refused = GaugeMetricFamily(
        "portal_refused_addresses", "Addresses in use that a mail server refused for good."
    )
    refused.add_metric([], in_use().count())
    yield refused
    oldest = Message.objects.due(now).values_list("due", flat=True).first()
    age = GaugeMetricFamily("portal_oldest_due_seconds", "How long the oldest due message waits.")
    age.add_metric([], (now - oldest).total_seconds() if oldest else 0)
    yield age


def _waves() -> Metric:
    waves = GaugeMetricFamily("portal_waves", "Waves by state.", labels=["state"])
    counted = dict(Wave.objects.order_by().values_list("state").annotate(Count("pk")))
    for state in Wave.State:
        waves.add_metric([state.value], counted.get(state.value, 0))
    return waves


def _heartbeats() -> Metric:
    ages = GaugeMetricFamily(
        "portal_heartbeat_seconds",
        "How long ago a worker of the queue, or the clock, gave a sign of life.",
        labels=["of"],
    )
    for place, age in heartbeats.ages().items():
        ages.add_metric([place], float("inf") if age is None else age)
    return ages


@require_safe
@public
def metrics(request: HttpRequest) -> HttpResponse:
    """Not there for whoever has no token."""
    if not is_operator(request):
        return HttpResponse("Not found.\n", status=HTTPStatus.NOT_FOUND, content_type="text/plain")
    registry = CollectorRegistry()
    registry.register(Portal())
    return HttpResponse(generate_latest(registry), content_type=CONTENT_TYPE_LATEST)
