"""Whether the portal can do its work: ``/healthz``, ``/readyz``, and what ``manage.py health`` prints.

No look takes longer than ``AT_MOST``: each part is asked in a thread of its own, and one that has not come
back yet is not asked again. A stranger learns yes or no; who has the operator's token learns why.
"""

from __future__ import annotations

import datetime as dt
import hmac
import logging
import threading
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import cache

import redis
from django.conf import settings
from django.contrib.staticfiles.storage import staticfiles_storage
from django.db import connection, connections
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.recorder import MigrationRecorder
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.urls import resolve
from django.utils import timezone
from django.utils.cache import add_never_cache_headers
from django.views.decorators.http import require_safe

from common.access import public
from common.middleware import GetResponse
from notifications.models import Message
from surveys.models import Wave

logger = logging.getLogger("portal.health")

AT_MOST = 3.0  # seconds a look may take
KEPT = 1.0  # seconds one look serves everybody who asks
OLDEST_DUE = dt.timedelta(minutes=15)  # the dispatcher looks each minute, and postpones what it cannot send


@dataclass(frozen=True)
class Finding:
    name: str
    ok: bool
    words: str


# --- The parts ----------------------------------------------------------------------------------------------
def look_at_database() -> list[Finding]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
    return [Finding("database", True, "answers")]


def look_at_migrations() -> list[Finding]:
    missing = last_migrations() - set(MigrationRecorder(connection).applied_migrations())
    words = "not applied: " + ", ".join(sorted(f"{app}.{name}" for app, name in missing))
    return [Finding("migrations", not missing, words if missing else "applied")]


@cache
def last_migrations() -> frozenset[tuple[str, str]]:
    """The last migration of each app, as this process has them on disk."""
    return frozenset(MigrationLoader(None, ignore_no_migrations=True).graph.leaf_nodes())


def look_at_mail() -> list[Finding]:
    now = timezone.now()
    oldest = Message.objects.due(now).values_list("due", flat=True).first()
    waits = now - oldest if oldest else dt.timedelta()
    minutes = int(waits.total_seconds() // 60)
    return [Finding("mail", waits <= OLDEST_DUE, f"the oldest message that is due waits {minutes} minutes")]


def look_at_ballot_keys() -> list[Finding]:
    """As the worker that has the keys last found them."""
    broken = Wave.objects.filter(
        mode=Wave.Mode.ANONYMOUS, state__in=[Wave.State.OPEN, Wave.State.CLOSING], key_usable=False
    ).count()
    words = (
        f"{broken} open waves have a key that does not open their ballots" if broken else "open their ballots"
    )
    return [Finding("ballot keys", not broken, words)]


def look_at_redis() -> list[Finding]:
    if not settings.REDIS_URL:
        return [Finding("redis", True, "not used in the trial")]
    client = redis.Redis.from_url(
        settings.REDIS_URL, socket_timeout=AT_MOST, socket_connect_timeout=AT_MOST, retry=None
    )
    with client:
        client.ping()
    return [Finding("redis", True, "answers")]


def look_at_static_files() -> list[Finding]:
    manifest = getattr(staticfiles_storage, "hashed_files", None)
    collected = manifest is None or bool(manifest)
    return [Finding("static files", collected, "collected" if collected else "collectstatic was not run")]


Look = Callable[[], list[Finding]]


@dataclass(frozen=True)
class Part:
    """Looks that wait for the same thing and so share a thread."""

    name: str
    looks: tuple[Look, ...]


PAGES = (
    Part("database", (look_at_database, look_at_migrations)),
    Part("redis", (look_at_redis,)),
    Part("static files", (look_at_static_files,)),
)
EVERYTHING = (
    Part("database", (look_at_database, look_at_migrations, look_at_mail, look_at_ballot_keys)),
    *PAGES[1:],
)


# --- Looking, in bounded time -------------------------------------------------------------------------------
_under_way: dict[str, threading.Thread] = {}
_kept: dict[tuple[Part, ...], tuple[float, list[Finding]]] = {}
_one_at_a_time = threading.Lock()


def examine(parts: tuple[Part, ...]) -> list[Finding]:
    """What each part has to say, at most ``KEPT`` old; within ``AT_MOST`` whatever hangs."""
    with _one_at_a_time:
        if parts in _kept and time.monotonic() < _kept[parts][0]:
            return _kept[parts][1]
        findings = _look(parts)
        _kept[parts] = (time.monotonic() + KEPT, findings)
        return findings


def forget() -> None:
    """The next look is a new one; for tests."""
    _kept.clear()


def _look(parts: Iterable[Part]) -> list[Finding]:
    found: dict[str, list[Finding]] = {part.name: [] for part in parts}
    deadline = time.monotonic() + AT_MOST
    for part in parts:
        before = _under_way.get(part.name)
        if before is None or not before.is_alive():
            thread = threading.Thread(target=_ask, args=(part, found[part.name]), daemon=True)
            _under_way[part.name] = thread
            thread.start()
    for part in parts:
        _under_way[part.name].join(max(0.0, deadline - time.monotonic()))
        if _under_way[part.name].is_alive():
            found[part.name] = [Finding(part.name, False, "does not answer")]
    return [finding for part in parts for finding in found[part.name]]


def _ask(part: Part, found: list[Finding]) -> None:
    try:
        for look in part.looks:
            found += look()
    except Exception as error:  # the class alone: what an error says may hold an address or a password
        found.append(Finding(part.name, False, type(error).__name__))
    finally:
        connections.close_all()


# --- The addresses ------------------------------------------------------------------------------------------
PROBES = ("/healthz", "/readyz", "/readyz/pages", "/metrics")


def probes_first(get_response: GetResponse) -> GetResponse:
    """Answer probes before host, session, language and request log: they come often, by any host name."""

    def middleware(request: HttpRequest) -> HttpResponse:
        if request.path_info not in PROBES:
            return get_response(request)  # type: ignore[return-value]
        match = resolve(request.path_info)
        response: HttpResponse = match.func(request, *match.args, **match.kwargs)
        add_never_cache_headers(response)
        # What is wrong is said once, by ``_tell_a_change``; Django would say at each probe that it got a 503.
        response._has_been_logged = True  # type: ignore[attr-defined] # noqa: SLF001
        return response

    return middleware


def is_operator(request: HttpRequest) -> bool:
    """Whoever has ``METRICS_TOKEN``; nobody where it is not set."""
    sent = request.headers.get("Authorization", "").removeprefix("Bearer ").encode()
    return bool(settings.METRICS_TOKEN) and hmac.compare_digest(sent, settings.METRICS_TOKEN.encode())


@require_safe
@public
def healthz(request: HttpRequest) -> HttpResponse:
    """This process answers; nothing else is asked."""
    return JsonResponse({"status": "ok"})


@require_safe
@public
def readyz(request: HttpRequest, parts: tuple[Part, ...] = EVERYTHING) -> HttpResponse:
    """503 where something is wrong: with the portal as a whole, or with what its pages need."""
    findings = examine(parts)
    ready = all(finding.ok for finding in findings)
    _tell_a_change(ready, findings)
    body: dict[str, object] = {"status": "ok" if ready else "failed"}
    if is_operator(request):
        body["checks"] = {
            finding.name: {"status": "ok" if finding.ok else "failed", "words": finding.words}
            for finding in findings
        }
    return JsonResponse(body, status=200 if ready else 503)


_was_ready = {True}


def _tell_a_change(ready: bool, findings: list[Finding]) -> None:
    """One line when it begins and one when it ends, however often somebody asks."""
    if ready in _was_ready:
        return
    _was_ready.clear()
    _was_ready.add(ready)
    failed = ", ".join(f"{finding.name} ({finding.words})" for finding in findings if not finding.ok)
    if ready:
        logger.info("ready again")
    else:
        logger.error("not ready: %s", failed)
