"""Late follow-ups go up the line: a step each time as many working days again have passed.

At the top a follow-up stays where it is, and HR is told once that something is stuck. Each step is one
conditional UPDATE with its message in the same transaction: killed anywhere, or run by two ticks at once,
each step is taken and told once.
"""

from __future__ import annotations

import datetime as dt
from functools import partial

from django.db import transaction

from common import audit
from common.one_by_one import one_by_one
from people.models import Person
from surveys.domain.following_up import telling_owners
from surveys.domain.following_up.owning import clock_of, due_after, first_there, line_above
from surveys.domain.following_up.telling_owners import Why
from surveys.models import FollowUp

_AT_ONCE = 500


def hand_up_late(now: dt.datetime) -> None:
    """Every follow-up whose time is over, one step."""
    late = FollowUp.objects.due_to_go_up(now).reachable().order_by("goes_up_at", "pk")
    rows = late.select_related("owner", "escalated_to", "response__wave", "response__invitation")
    one_by_one(list(rows[:_AT_ONCE]), partial(_hand_up, now=now), failed="Follow-up %s has not gone up yet")


@transaction.atomic
def _hand_up(follow_up: FollowUp, now: dt.datetime) -> None:
    days = follow_up.response.wave.follow_up_days
    above = next_above(follow_up, now)
    unmoved = FollowUp.objects.waiting().filter(
        pk=follow_up.pk,
        goes_up_at=follow_up.goes_up_at,
        owner=follow_up.owner_id,
        escalated_to=follow_up.escalated_to_id,
    )
    if above is None:
        if unmoved.update(goes_up_at=None):
            audit.record(by=None, action="follow_up.stuck", obj=follow_up)
            telling_owners.tell_hr(follow_up, now=now)
        return
    goes_up_at = due_after(clock_of(above), now, days)
    if unmoved.update(escalated_to=above, escalated_at=now, goes_up_at=goes_up_at):
        audit.record(by=None, action="follow_up.gone_up", obj=follow_up, to=above.pk)
        telling_owners.tell(follow_up, above, why=Why.LATE, now=now)


def next_above(follow_up: FollowUp, now: dt.datetime) -> Person | None:
    """Who is told next: above whom it has reached, and not away if somebody else is there."""
    reached = follow_up.escalated_to or follow_up.owner
    if reached is None:
        return None
    but = [follow_up.response.invitation.person_id, follow_up.owner_id]
    line = line_above(reached, but=but)
    if follow_up.owner and follow_up.escalated_to:
        from_owner = list(line_above(follow_up.owner, but=but))
        if follow_up.escalated_to in from_owner:
            # In a ring of managers everybody is above everybody: from the owner on each has their turn once.
            line = iter(from_owner[from_owner.index(follow_up.escalated_to) + 1 :])
    return first_there(line, now, follow_up.response.wave.follow_up_days)
