"""Guessing is slowed down, and never at an owner's cost.

Wrong passwords are counted for a login *and* the network they come from: who guesses locks themselves out,
and the owner gets in from everywhere else. A wide limit for one network, whoever it tries, stops one password
tried on many logins; a login that has got in from there before is not held by it, so an office behind one
address goes on working. Attempts are counted before the password is looked at, so that many at once count
too; known and unknown logins count alike and read the same page.

Counts stand in the database (``common.tallying``): there is no Redis whose absence would open or close the
door, and where the database is away nobody signs in anyway.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps
from http import HTTPStatus
from typing import TypeVar

from allauth.core.exceptions import ImmediateHttpResponse
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.utils import timezone

from common import audit, tallying
from common.addresses import normalise_email
from common.client_address import client_address, network_of
from people.models import Person

View = TypeVar("View", bound=Callable[..., HttpResponseBase])


@dataclass(frozen=True)
class Limit:
    most: int
    seconds: int


# Wrong passwords of one login from one network: nobody waits longer than this.
LOGIN_HERE = Limit(5, 5 * 60)
# Wrong passwords from one network, whoever's: more than an office mistypes on the first day after a holiday.
NETWORK = Limit(100, 15 * 60)
# Wrong codes of one person, from all networks they never signed in from: they follow a right password, so
# only somebody who knows it can use this up; six digits would not survive many networks otherwise.
CODES = Limit(20, 60 * 60)
# Mails asked for; each goes to the owner, so these only keep their mailbox quiet.
RESETS_HERE = Limit(3, 10 * 60)
RESETS_NETWORK = Limit(50, 60 * 60)
ADDRESS_MAILS = Limit(5, 60 * 60)

# How long a network stays one that a login is known to sign in from.
KNOWN_SECONDS = 90 * 24 * 60 * 60
# The audit log hears of guessing once in so long, however many guess.
TELL_SECONDS = 60 * 60


@dataclass(frozen=True)
class Attempt:
    """One try, counted as wrong until ``succeeded`` is called."""

    here: str
    counted: tuple[str, ...]

    def succeeded(self) -> None:
        tallying.forget(self.here)
        for key in self.counted:
            tallying.take_back(key)


def password_attempt(request: HttpRequest, login: str) -> Attempt:
    """Before a password is looked at. Raises ImmediateHttpResponse where it is too often."""
    login, network = normalise_email(login), _network(request)
    here = tallying.key_of("password", login, network)
    wide = {tallying.key_of("network", network): NETWORK}
    return _attempt(request, login, here, wide)


def code_attempt(request: HttpRequest, person: Person) -> Attempt:
    """Before a second factor's code is looked at. Raises ImmediateHttpResponse where it is too often."""
    here = tallying.key_of("code", person.pk, _network(request))
    wide = {tallying.key_of("codes", person.pk): CODES}
    return _attempt(request, normalise_email(person.email), here, wide)


def remember_network(request: HttpRequest, person: Person) -> None:
    """They are in: what others do wrong here from now on holds them up no more."""
    key = _known_key(request, normalise_email(person.email))
    tallying.remember(key, seconds=KNOWN_SECONDS, now=timezone.now())


def limited_resets(view: View) -> View:
    """Of mails with a new password's link; the answer is the same whether somebody has the address or not."""

    @wraps(view)
    def guarded(request: HttpRequest, *args: object, **kwargs: object) -> HttpResponseBase:
        if request.method == "POST":
            address, network = normalise_email(request.POST.get("email", "")), _network(request)
            limits = {
                tallying.key_of("reset", address, network): RESETS_HERE,
                tallying.key_of("resets", network): RESETS_NETWORK,
            }
            if wait := _look_and_count(limits):
                return too_often(request, wait)
        return view(request, *args, **kwargs)

    return guarded  # type: ignore[return-value]


def may_mail_address(person: Person) -> int:
    """Counts one more mail to a new address of theirs; seconds to wait, 0 where it may go."""
    return _look_and_count({tallying.key_of("address-mail", person.pk): ADDRESS_MAILS})


def too_often(request: HttpRequest, seconds: int) -> HttpResponse:
    """The same page for everybody, with how long it takes."""
    minutes = -(-seconds // 60)
    response = render(request, "429.html", {"minutes": minutes}, status=HTTPStatus.TOO_MANY_REQUESTS)
    response["Retry-After"] = str(seconds)
    return response


def _network(request: HttpRequest) -> str:
    return network_of(client_address(request))


def _known_key(request: HttpRequest, login: str) -> str:
    return tallying.key_of("known", login, _network(request))


def _attempt(request: HttpRequest, login: str, here: str, wide: dict[str, Limit]) -> Attempt:
    """The wide limits hold only where the login is not known to come in from."""
    now, known = timezone.now(), _known_key(request, login)
    counts = tallying.look([here, known, *wide], now=now)
    if counts[known].number:
        wide = {}
    if wait := _count({here: LOGIN_HERE} | wide, counts, now):
        _tell(login, now)
        raise ImmediateHttpResponse(too_often(request, wait))
    return Attempt(here, tuple(wide))


def _count(limits: dict[str, Limit], counts: dict[str, tallying.Count], now: dt.datetime) -> int:
    """Count one more of each; nothing is written where one is used up already. Seconds to wait, or 0."""
    waits = [counts[key].seconds for key, limit in limits.items() if counts[key].number >= limit.most]
    if not waits:
        added = {key: tallying.add(key, seconds=limit.seconds, now=now) for key, limit in limits.items()}
        # Of several at once, those beyond the limit.
        waits = [added[key].seconds for key, limit in limits.items() if added[key].number > limit.most]
    return max(waits, default=0)


def _look_and_count(limits: dict[str, Limit]) -> int:
    now = timezone.now()
    return _count(limits, tallying.look(list(limits), now=now), now)


def _tell(login: str, now: dt.datetime) -> None:
    """One entry an hour and person; what was typed for somebody who does not exist is kept nowhere."""
    told = tallying.key_of("told", login)
    if tallying.look([told], now=now)[told].number:
        return
    person = Person.objects.filter(email=login).first()
    if tallying.add(told, seconds=TELL_SECONDS, now=now).number == 1 and person:
        audit.record(by=None, action="person.sign_in_failed", obj=person)
