"""Where somebody is signed in: noted when they come, seen once an hour, ended from anywhere.

Django's session is the truth about who is signed in; the row of ours beside it is what its owner sees of it,
and it leaves when the session does.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from importlib import import_module
from typing import Any

from django.conf import settings
from django.contrib.sessions.backends.base import SessionBase
from django.contrib.sessions.models import Session
from django.core.cache import caches
from django.db import transaction
from django.http import HttpRequest
from django.utils import timezone

from common.chunks import in_chunks
from common.client_address import client_address, neighbourhood_of
from people.models import Person, SignedInSession

# Hours since 1970, in the session's own data: that the next hour has begun is known without a statement.
SEEN = "seen_hour"
BEGUN = "begun_hour"
_AT_ONCE = 500

# In this order: most browsers also name those they are kin to.
_BROWSERS = {
    "Edg": "Edge",
    "OPR/": "Opera",
    "SamsungBrowser": "Samsung Internet",
    "Firefox/": "Firefox",
    "FxiOS": "Firefox",
    "CriOS": "Chrome",
    "Chrome/": "Chrome",
    "Safari/": "Safari",
}
_SYSTEMS = {
    "iPhone": "iPhone",
    "iPad": "iPad",
    "Android": "Android",
    "Windows": "Windows",
    "Mac OS X": "Mac",
    "CrOS": "ChromeOS",
    "Linux": "Linux",
}


def begin(sender: object, request: HttpRequest, user: Person, **signal: Any) -> None:
    """Receives Django's ``user_logged_in``, which every way in passes."""
    if not request.session.session_key:
        request.session.save()
    note(request, user, now=timezone.now())


def note(request: HttpRequest, person: Person, *, now: dt.datetime) -> None:
    """Write down the session this request belongs to, also after it changed its key."""
    hour = _hour(now)
    begun = request.session.setdefault(BEGUN, hour)
    request.session[SEEN] = hour
    agent = request.META.get("HTTP_USER_AGENT", "")
    SignedInSession.objects.update_or_create(
        session_id=request.session.session_key,
        defaults={
            "person": person,
            "browser": _first_in(agent, _BROWSERS),
            "system": _first_in(agent, _SYSTEMS),
            "neighbourhood": neighbourhood_of(client_address(request)),
            "begun_at": _moment(begun),
            "seen_at": _moment(hour),
        },
    )


def goes_on(request: HttpRequest, person: Person, *, now: dt.datetime) -> bool:
    """Whether the session still holds. Writes at most once an hour, and only the hour.

    It ends unused after ``SESSION_IDLE_HOURS``, or ``SESSION_COOKIE_AGE`` where somebody asked to stay signed
    in, and in any case after ``SESSION_LONGEST_HOURS``.
    """
    hour, seen = _hour(now), request.session.get(SEEN)
    if seen == hour:
        return True
    if seen is None:
        # Begun before sessions were noted.
        note(request, person, now=now)
        return True
    if hour - seen >= _idle_hours(request.session):
        return False
    if hour - request.session.get(BEGUN, seen) >= settings.SESSION_LONGEST_HOURS:
        return False
    request.session[SEEN] = hour
    session = SignedInSession.objects.filter(session_id=request.session.session_key)
    # No row: ended elsewhere, by a cache that did not hear of it.
    return bool(session.update(seen_at=_moment(hour)))


def end(*, session_keys: Sequence[str]) -> int:
    """They are refused from the next request; how many there still were."""
    ended = 0
    for chunk in in_chunks(session_keys, _AT_ONCE):
        ended += Session.objects.filter(pk__in=chunk).delete()[1].get("sessions.Session", 0)
    # Not before: a request in between would put what it read back into the cache. Where the cache cannot be
    # reached, the next look at the row, within the hour, ends it all the same.
    transaction.on_commit(lambda: _forget(session_keys), robust=True)
    return ended


def end_of_people(person_ids: Sequence[int], *, but: str | None = None) -> int:
    """Every session of theirs but the one with this key."""
    keys: list[str] = []
    for chunk in in_chunks(person_ids, _AT_ONCE):
        found = SignedInSession.objects.filter(person__in=chunk)
        keys += found.order_by().values_list("session_id", flat=True)
    return end(session_keys=[key for key in keys if key != but])


def forget_expired(now: dt.datetime) -> int:
    """How many those were. Their rows here leave with them."""
    return Session.objects.filter(expire_date__lt=now).delete()[1].get("sessions.Session", 0)


def _forget(session_keys: Sequence[str]) -> None:
    store = import_module(settings.SESSION_ENGINE).SessionStore
    if prefix := getattr(store, "cache_key_prefix", ""):
        caches[settings.SESSION_CACHE_ALIAS].delete_many([prefix + key for key in session_keys])


def _idle_hours(session: SessionBase) -> int:
    if session.get_expire_at_browser_close():
        return int(settings.SESSION_IDLE_HOURS)
    return int(settings.SESSION_COOKIE_AGE) // 3600


def _first_in(agent: str, names: dict[str, str]) -> str:
    return next((name for token, name in names.items() if token in agent), "")


def _hour(moment: dt.datetime) -> int:
    return int(moment.timestamp()) // 3600


def _moment(hour: int) -> dt.datetime:
    return dt.datetime.fromtimestamp(hour * 3600, tz=dt.UTC)
