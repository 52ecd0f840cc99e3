"""What a line of the table says, and the words to write one with."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from django.urls import reverse

from tests.authz.world import PEOPLE, STRANGERS, Role, World


class Seen(StrEnum):
    OK = "a page, or a redirect to one"
    FORM = "the form again, with what is missing"
    SIGN_IN = "the way to sign in"
    FORBIDDEN = "403"
    GONE = "404"
    METHOD = "405"


# What somebody who may come in gets for each method; any other method is refused.
PAGE: Mapping[str, Seen] = {"GET": Seen.OK}
GET: Mapping[str, Seen] = {"GET": Seen.OK, "HEAD": Seen.OK}
POST: Mapping[str, Seen] = {"POST": Seen.OK}
# Sent without what it asks for, as the crossing does, the form says what is missing.
FORM: Mapping[str, Seen] = {"GET": Seen.OK, "HEAD": Seen.OK, "POST": Seen.FORM}
POST_FORM: Mapping[str, Seen] = {"POST": Seen.FORM}
# Everything has a usable value already; or, with allauth's forms, the form comes again with 200.
EASY_FORM: Mapping[str, Seen] = {"GET": Seen.OK, "HEAD": Seen.OK, "POST": Seen.OK}

METHODS = ("GET", "HEAD", "POST", "PUT", "DELETE")

HR_PEOPLE = {Role.HR, Role.SECOND_HR}
OPERATORS = {Role.ADMINISTRATOR}
LEADS = {Role.MANAGER, Role.UPPER_MANAGER, Role.OTHER_MANAGER}
BUILDERS = HR_PEOPLE | LEADS
LEADS_OF = {
    "all": set(),
    "department": {Role.UPPER_MANAGER},
    "team": {Role.UPPER_MANAGER, Role.MANAGER},
    "tiny_team": {Role.UPPER_MANAGER},
    "other_team": {Role.OTHER_MANAGER},
}
BUILDERS_OF_TEAM = HR_PEOPLE | LEADS_OF["team"]


@dataclass(frozen=True)
class Line:
    """``who`` says what those named see, ``otherwise`` what the others who are signed in see."""

    name: str
    methods: Mapping[str, Seen]
    who: Mapping[Role, Seen]
    otherwise: Seen = Seen.FORBIDDEN
    public: bool = False
    # What a thing that does not exist looks like to those who may look for it.
    missing: Seen = Seen.GONE
    at: Mapping[str, str] = field(default_factory=dict)

    def __str__(self) -> str:
        return f"{self.name}[{','.join(self.at.values())}]" if self.at else self.name

    def url(self, world: World, **instead: str) -> str:
        values = {key: world.names.get(name, name) for key, name in self.at.items()}
        return reverse(self.name, kwargs=values | instead)

    def expected(self, role: Role, method: str) -> Seen:
        if role in STRANGERS and not self.public:
            return Seen.SIGN_IN
        if method not in self.methods:
            return Seen.METHOD
        seen = self.who.get(role, self.otherwise)
        return self.methods[method] if seen is Seen.OK else seen

    def expected_of_nothing(self, role: Role, method: str) -> Seen:
        """The same with a thing that does not exist: who may look for it at all is told it is not there."""
        seen = self.expected(role, method)
        looked_for = role in self.who or self.otherwise is not Seen.FORBIDDEN
        return seen if seen in {Seen.SIGN_IN, Seen.METHOD} or not looked_for else self.missing

    def insider(self) -> Role:
        """Somebody who may come in, those with a role before those without; HR where nobody may."""
        order = [Role.HR, Role.SECOND_HR, Role.ADMINISTRATOR, *Role]
        return next((role for role in order if self.who.get(role) is Seen.OK), Role.HR)


def only(
    roles: set[Role],
    name: str,
    methods: Mapping[str, Seen] = GET,
    /,
    *,
    but: Mapping[Role, Seen] | None = None,
    otherwise: Seen = Seen.FORBIDDEN,
    missing: Seen = Seen.GONE,
    **at: str,
) -> Line:
    who = {role: Seen.OK for role in Role if role in roles} | dict(but or {})
    return Line(name, methods, who, otherwise, missing=missing, at=at)


def everybody(name: str, methods: Mapping[str, Seen] = GET, /, **at: str) -> Line:
    """Everybody who is signed in."""
    return Line(name, methods, dict.fromkeys(PEOPLE, Seen.OK), at=at)


def public(name: str, methods: Mapping[str, Seen] = GET, /, *, missing: Seen = Seen.GONE, **at: str) -> Line:
    return Line(name, methods, dict.fromkeys(Role, Seen.OK), public=True, missing=missing, at=at)


def by_link(roles: set[Role], name: str, methods: Mapping[str, Seen] = GET, /, **at: str) -> Line:
    """Opened by what a respondent holds; everybody else gets the page for what is not there."""
    return Line(name, methods, dict.fromkeys(roles, Seen.OK), Seen.GONE, public=True, at=at)


def built(roles: set[Role], name: str, methods: Mapping[str, Seen] = GET, /, **at: str) -> Line:
    """Somebody's survey: other leads are not told that there is one."""
    who = dict.fromkeys(roles, Seen.OK) | dict.fromkeys(LEADS - roles, Seen.GONE)
    return Line(name, methods, who, at=at)
