"""Closing the loop: a low answer by name opens a follow-up; somebody gets in touch, puts it right, says why.

open -> contacted -> closed. What is late goes up the line (``going_up``), and later the question is asked
again (``asking_again``). Each step is in the audit log, which is the history on the page.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext as _

from common import audit
from common.one_by_one import one_by_one
from common.working_time import NeverOpen
from people.models import Person
from surveys.domain.following_up import telling_owners
from surveys.domain.following_up.owning import A_YEAR, charge_for, clock_of, due_after, owner_for
from surveys.domain.following_up.telling_owners import Why
from surveys.models import FollowUp, FollowUpCause, Response, Wave
from surveys.models.wave import DECIDED
from surveys.questionnaire import Question, Questionnaire


class Refused(Exception):
    """Nothing was changed: the follow-up does not stand where this step begins."""


# --- What a wave says of it ---------------------------------------------------------------------------------
SETTINGS = tuple(name for name in DECIDED if name.startswith("follow_up_") or name == "ask_again_days")


def items_to_follow(questionnaire: Questionnaire) -> Iterator[Question]:
    return (item for item in questionnaire.items() if item.kind.is_score)


def followed_item(wave: Wave, questionnaire: Questionnaire) -> Question | None:
    """The item an answer to which opens a follow-up; None where there is none, or none any more."""
    key = wave.follow_up_question
    return next((item for item in items_to_follow(questionnaire) if item.key == key), None) if key else None


def problems_of(wave: Wave, questionnaire: Questionnaire) -> Iterator[str]:
    """What keeps a wave by name from being launched; nothing where nothing is followed up."""
    if wave.is_anonymous or not wave.follow_up_question:
        return
    item = followed_item(wave, questionnaire)
    limit = wave.follow_up_limit
    if item is None:
        yield _("The question that is followed up is not in the survey any more. Choose another one.")
    elif limit is None or not item.low <= limit < item.high:
        yield _("Say from which score on nobody needs to get in touch: the limit does not fit the question.")
    if wave.follow_up_owner is None or not wave.follow_up_owner.is_active:
        yield _("Name somebody who works here to get in touch after a low score.")


@transaction.atomic
def agree(*, wave: Wave, by: Person, **settings: Any) -> bool:
    """Store what holds for the follow-ups of a draft; False where it is no draft by name any more."""
    unknown = set(settings) - {name.removesuffix("_id") for name in SETTINGS} - set(SETTINGS)
    if unknown:
        raise TypeError(f"No setting of follow-ups: {', '.join(sorted(unknown))}")
    drafts = Wave.objects.filter(pk=wave.pk, state=Wave.State.DRAFT, mode=Wave.Mode.IDENTIFIED)
    if not drafts.update(**settings):
        return False
    audit.record(by=by, action="wave.edited", obj=wave)
    return True


# --- Opening ------------------------------------------------------------------------------------------------
def open_for(response: Response, options: Mapping[str, Sequence[str]], now: dt.datetime) -> FollowUp | None:
    """In the transaction that stores the response; ``options`` are its answers by item. Never two of one."""
    wave = response.wave
    score = _low_score(wave, options)
    if score is None:
        return None
    charge = charge_for(wave, response.invitation, now)
    due_at = due_after(charge.clock, now, wave.follow_up_days)
    follow_up, is_new = FollowUp.objects.get_or_create(
        response=response,
        defaults={
            "question_key": wave.follow_up_question,
            "score": score,
            "owner": charge.owner,
            "escalated_to": charge.above,
            "escalated_at": now if charge.above else None,
            "opened_at": now,
            "due_at": due_at,
            # Of what nobody has HR hears at once, and not again when it is late.
            "goes_up_at": due_at if charge.owner else None,
        },
    )
    if not is_new:
        return follow_up
    to = charge.owner.pk if charge.owner else None
    audit.record(by=None, action="follow_up.opened", obj=follow_up, to=to)
    if charge.above:
        audit.record(by=None, action="follow_up.gone_up", obj=follow_up, to=charge.above.pk, away=True)
        telling_owners.tell(follow_up, charge.above, why=Why.AWAY, now=now)
    if charge.owner:
        telling_owners.tell(follow_up, charge.owner, why=Why.OPENED, now=now)
    else:
        telling_owners.tell_hr(follow_up, now=now)
    return follow_up


def _low_score(wave: Wave, options: Mapping[str, Sequence[str]]) -> int | None:
    item = followed_item(wave, wave.questionnaire) if wave.follow_up_question else None
    chosen = options.get(item.key, ()) if item else ()
    if not chosen or wave.follow_up_limit is None:
        return None
    score = int(chosen[0])
    return score if score <= wave.follow_up_limit else None


# --- Working on it ------------------------------------------------------------------------------------------
@transaction.atomic
def record_contact(
    *, follow_up: FollowUp, at: dt.datetime, channel: str, by: Person, now: dt.datetime
) -> FollowUp:
    """Somebody got in touch for the first time. Until it is closed it may be put right.

    Raises Refused once it is closed, and for a time before the answer or still to come.
    """
    found = _locked(follow_up)
    if found.is_closed or not found.opened_at <= at <= now:
        raise Refused
    if (found.contacted_at, found.channel) == (at, channel):
        return found
    worked = clock_of(found.owner).worked_between(found.opened_at, at)
    found.state, found.contacted_at, found.channel = FollowUp.State.CONTACTED, at, channel
    found.working_minutes = int(worked.total_seconds() // 60)
    found.goes_up_at = None
    found.save(update_fields=["state", "contacted_at", "channel", "working_minutes", "goes_up_at"])
    audit.record(by=by, action="follow_up.contacted", obj=found, channel=channel)
    return found


@transaction.atomic
def keep_notes(*, follow_up: FollowUp, done: str, cause: FollowUpCause | None, by: Person) -> FollowUp:
    """What is known so far; nothing is closed by it. Raises Refused once it is closed."""
    found = _locked(follow_up)
    if found.is_closed:
        raise Refused
    if (found.done, found.cause) != (done, cause):
        found.done, found.cause = done, cause
        found.save(update_fields=["done", "cause"])
        audit.record(by=by, action="follow_up.noted", obj=found)
    return found


@transaction.atomic
def close(*, follow_up: FollowUp, done: str, cause: FollowUpCause, by: Person, now: dt.datetime) -> FollowUp:
    """Put right, with what was done and why it happened; a second time changes nothing.

    Raises Refused where nobody got in touch yet. The database would say no as well.
    """
    found = _locked(follow_up)
    if found.is_closed:
        return found
    if found.is_waiting or not done.strip():
        raise Refused
    found.state, found.closed_at, found.done, found.cause = FollowUp.State.CLOSED, now, done, cause
    found.ask_again_at = _when_to_ask_again(found, now)
    found.save(update_fields=["state", "closed_at", "done", "cause", "ask_again_at"])
    audit.record(by=by, action="follow_up.closed", obj=found)
    return found


def _when_to_ask_again(follow_up: FollowUp, now: dt.datetime) -> dt.datetime | None:
    """When the respondent's working day begins, so many of their working days later; None: never.

    A year on for somebody away for good.
    """
    days = follow_up.response.wave.ask_again_days
    if not days:
        return None
    invitation = follow_up.response.invitation
    clock = clock_of(invitation.respondent)
    try:
        day = clock.add_working_days(clock.local_day(now), days)
        return clock.next_open(clock.moment(day, clock.day_starts))
    except NeverOpen:
        return now + A_YEAR


@transaction.atomic
def hand_over(*, follow_up: FollowUp, to: Person, by: Person, now: dt.datetime) -> FollowUp:
    """Somebody else gets in touch; they are told. By when stays: the customer waits no longer for it.

    Raises Refused once it is closed, and where they have left or gave the answer themselves.
    """
    found = _locked(follow_up)
    if found.is_closed or not to.is_active or to.pk == found.response.invitation.person_id:
        raise Refused
    if found.owner == to:
        return found
    found.owner = to
    if found.is_waiting and found.goes_up_at is None:
        # It was stuck at the top; it is not to wait unseen again.
        found.goes_up_at = due_after(clock_of(to), now, found.response.wave.follow_up_days)
    found.save(update_fields=["owner", "goes_up_at"])
    audit.record(by=by, action="follow_up.handed_over", obj=found, to=to.pk)
    if to != by:
        telling_owners.tell(found, to, why=_why_theirs(found), now=now)
    return found


def find_owners(now: dt.datetime) -> None:
    """Give what nobody has any more to whoever looks after the respondent by now. Safe to repeat.

    HR is told once of each that nobody can take; as soon as somebody is named, they get it.
    """
    left = (
        FollowUp.objects.open().reachable().filter(Q(owner=None) | Q(owner__is_active=False)).order_by("pk")
    )

    def find_owner(follow_up: FollowUp) -> None:
        owner = owner_for(follow_up.response.wave, follow_up.response.invitation)
        if owner or follow_up.owner_id:
            _give(follow_up, owner, now)

    rows = left.select_related("response__wave", "response__invitation")
    one_by_one(list(rows), find_owner, failed="Follow-up %s has nobody yet")


@transaction.atomic
def _give(follow_up: FollowUp, owner: Person | None, now: dt.datetime) -> None:
    untouched = FollowUp.objects.open().filter(pk=follow_up.pk, owner=follow_up.owner_id)
    # Of what nobody has HR hears at once, and not again when it is late.
    if not untouched.update(owner=owner, goes_up_at=None):
        return
    audit.record(by=None, action="follow_up.handed_over", obj=follow_up, to=owner.pk if owner else None)
    if owner is None:
        telling_owners.tell_hr(follow_up, now=now)
        return
    days = follow_up.response.wave.follow_up_days
    # They get as long as anybody else; what was due stays what it was.
    FollowUp.objects.waiting().filter(pk=follow_up.pk).update(
        goes_up_at=due_after(clock_of(owner), now, days)
    )
    telling_owners.tell(follow_up, owner, why=_why_theirs(follow_up), now=now)


def _why_theirs(follow_up: FollowUp) -> Why:
    return Why.HANDED_OVER if follow_up.is_waiting else Why.TAKEN_OVER


def _locked(follow_up: FollowUp) -> FollowUp:
    found = FollowUp.objects.select_for_update(of=("self",))
    return found.select_related(
        "owner", "cause", "response__wave", "response__invitation__person", "response__invitation__contact"
    ).get(pk=follow_up.pk)
