"""Follow-ups as they are looked at: the list, and one of them with who it is, what they said, and history."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property

from django.db.models import Case, IntegerField, Q, Value, When
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from common import audit
from common.audit import Line
from common.models import AuditEntry
from customers.models import Contact
from people.models import Person
from surveys.domain.following_up.stepping import followed_item
from surveys.domain.results.naming import NamedQuestion, NamedResponse
from surveys.models import FollowUp, Response, Wave
from surveys.models.follow_up import FollowUpQuerySet
from surveys.questionnaire import Question

MOST_OF_HISTORY = 100


class Whose(StrEnum):
    MINE = "mine"
    ALL = "all"
    PEOPLE = "people"

    @property
    def label(self) -> Promise:
        return {
            Whose.MINE: _("Mine"),
            Whose.ALL: _("All I may open"),
            Whose.PEOPLE: _("My people's"),
        }[self]


class Stage(StrEnum):
    UNDONE = "undone"
    LATE = "late"
    CLOSED = "closed"
    EVERY = "every"

    @property
    def label(self) -> Promise:
        return {
            Stage.UNDONE: _("Not closed yet"),
            Stage.LATE: _("Late"),
            Stage.CLOSED: _("Closed"),
            Stage.EVERY: _("Every one"),
        }[self]


# The order of the list: who still waits, the longest overdue first; then what is to be closed; then the rest.
ORDER = ("rank", "due_at", "pk")


def in_order(follow_ups: FollowUpQuerySet) -> FollowUpQuerySet:
    """With ``rank``, which the list is ordered by."""
    ranks = (
        When(state=FollowUp.State.OPEN, then=Value(0)),
        When(state=FollowUp.State.CONTACTED, then=Value(1)),
    )
    return follow_ups.annotate(rank=Case(*ranks, default=Value(2), output_field=IntegerField()))


def chosen(person: Person, whose: Whose, stage: Stage, now: dt.datetime) -> FollowUpQuerySet:
    found = _of(person, whose)
    match stage:
        case Stage.UNDONE:
            return found.open().reachable()
        case Stage.LATE:
            return found.overdue(now).reachable()
        case Stage.CLOSED:
            return found.filter(state=FollowUp.State.CLOSED)
        case Stage.EVERY:
            return found


def _of(person: Person, whose: Whose) -> FollowUpQuerySet:
    """Of a manager's people only who has it and by when; what it is about they see where they may open it."""
    visible = FollowUp.objects.visible_to(person)
    match whose:
        case Whose.MINE:
            return visible.filter(Q(owner=person) | Q(escalated_to=person))
        case Whose.ALL:
            return visible
        case Whose.PEOPLE:
            below = Person.objects.filter(Q(team_id__in=person.led_team_ids) | Q(manager=person))
            return FollowUp.objects.filter(owner__in=below.exclude(pk=person.pk).values("pk"))


def has_people(person: Person) -> bool:
    return bool(person.led_team_ids) or person.reports.exists()


@dataclass(frozen=True)
class Row:
    """One line. ``opens``: whether this person may see who answered what."""

    follow_up: FollowUp
    opens: bool
    is_late: bool

    @property
    def name(self) -> str:
        return self.follow_up.response.invitation.who

    @property
    def where(self) -> str:
        return self.follow_up.response.invitation.where


def rows(follow_ups: list[FollowUp], person: Person, now: dt.datetime) -> list[Row]:
    """One statement for all."""
    read = set(Wave.objects.filter(readers=person).values_list("pk", flat=True)) if follow_ups else set()
    return [
        Row(
            one,
            opens=one.response.invitation.person_id != person.pk
            and (person.pk in {one.owner_id, one.escalated_to_id} or one.response.wave_id in read),
            is_late=one.is_late(now),
        )
        for one in follow_ups
    ]


# --- One of them --------------------------------------------------------------------------------------------
@dataclass(frozen=True)
class Step:
    """One line of the history; ``to`` is whom it went to."""

    line: Line
    to: Person | None


@dataclass(frozen=True)
class FollowUpPage:
    follow_up: FollowUp
    named: NamedResponse
    history: list[Step]
    now: dt.datetime

    @property
    def who(self) -> str:
        return self.named.who

    @property
    def is_late(self) -> bool:
        return self.follow_up.is_late(self.now)

    @property
    def respondent(self) -> Person | Contact | None:
        """None once it is no longer kept who answered."""
        return self.follow_up.response.invitation.respondent

    @property
    def contact(self) -> Contact | None:
        return self.follow_up.response.invitation.contact

    @cached_property
    def item(self) -> Question | None:
        wave = self.follow_up.response.wave
        return followed_item(wave, wave.questionnaire)

    @property
    def asked(self) -> str:
        """What they gave the score for, as they read it."""
        return f"{self.named.fill(self.item.text)} {self.item.part}".strip() if self.item else ""

    @property
    def highest(self) -> int:
        return self.item.high if self.item else 0

    @property
    def recovered(self) -> bool | None:
        """None as long as they have not answered again."""
        again, limit = self.follow_up.score_again, self.follow_up.response.wave.follow_up_limit
        return None if again is None or limit is None else again > limit

    @cached_property
    def answered(self) -> list[NamedQuestion]:
        return [asked for asked in self.named.questions if asked.given]

    @property
    def unanswered(self) -> int:
        return len(self.named.questions) - len(self.answered)


def page_of(follow_up: FollowUp, now: dt.datetime) -> FollowUpPage:
    """``follow_up`` comes of ``for_rows``."""
    response = Response.objects.with_respondent().select_related("wave").get(pk=follow_up.response_id)
    named = NamedResponse(response, follow_up.response.wave.questionnaire)
    return FollowUpPage(follow_up, named, _history(follow_up), now)


def _history(follow_up: FollowUp) -> list[Step]:
    """The newest first."""
    entries = list(
        AuditEntry.objects.about(FollowUp._meta.label_lower, str(follow_up.pk))
        .select_related("actor")
        .order_by("-at", "-pk")[:MOST_OF_HISTORY]
    )
    people = Person.objects.in_bulk({entry.detail["to"] for entry in entries if entry.detail.get("to")})
    return [Step(line, people.get(line.entry.detail.get("to") or 0)) for line in audit.lines_of(entries)]
