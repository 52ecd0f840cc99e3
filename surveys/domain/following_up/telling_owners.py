"""What those who get in touch are told: by mail, in the notification centre, and on "My day".

A mail says who answered which survey and how low the score was, and links to the page. Nothing else of the
answers leaves the portal.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from enum import StrEnum
from typing import Any

from django.conf import settings
from django.db.models import Q, QuerySet
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from common.day import WaitingItem
from notifications.domain.queueing import NewMessage, queue_many
from notifications.kinds import Mail, NoticeWords
from notifications.models import Message, Notice
from people.models import Person
from surveys.domain.following_up.owning import people_of_hr
from surveys.models import FollowUp, Invitation

KIND = "surveys.follow_up"
STUCK = "surveys.follow_up_stuck"
CATEGORY = "follow-ups"
MOST_ON_MY_DAY = 20


class Why(StrEnum):
    """Why somebody is told."""

    OPENED = "opened"
    AWAY = "away"  # whoever would get in touch is away for all of the time there is
    LATE = "late"
    HANDED_OVER = "handed_over"
    TAKEN_OVER = "taken_over"  # handed over after the first contact


def series_of(follow_up: FollowUp) -> str:
    return f"follow-up:{follow_up.pk}"


def tell(follow_up: FollowUp, person: Person, *, why: Why, now: dt.datetime) -> None:
    """Queue it in the caller's transaction."""
    # Handed back and forth somebody is told again; that each is told once the caller sees to.
    key = f"{series_of(follow_up)}:{why}:{person.pk}:{int(now.timestamp())}"
    context = {"follow_up": follow_up.pk, "why": why.value}
    queue_many([NewMessage(key=key, kind=KIND, due=now, person=person, context=context)])


def tell_hr(follow_up: FollowUp, *, now: dt.datetime) -> None:
    """Something is stuck: nobody is there to get in touch, or nobody above did. Without what it is about."""
    context = {"follow_up": follow_up.pk}
    key = f"{series_of(follow_up)}:stuck:{int(now.timestamp())}"
    queue_many(
        NewMessage(key=f"{key}:{person.pk}", kind=STUCK, due=now, person=person, context=context)
        for person in people_of_hr()
    )


def who_answered(invitation: Invitation) -> str:
    """Their name, and of a contact where they work."""
    contact = invitation.contact
    if contact:
        return _("%(name)s of %(organisation)s") % {"name": contact, "organisation": contact.organisation}
    return invitation.who


# --- To whoever gets in touch -------------------------------------------------------------------------------
def _wanted(context: Mapping[str, Any]) -> QuerySet[FollowUp]:
    return FollowUp.objects.waiting().reachable().filter(pk=context["follow_up"])


def is_still_wanted(message: Message) -> bool:
    """Nobody got in touch yet, or they came to it later; and it is still theirs to see to."""
    if message.context["why"] == Why.TAKEN_OVER:
        taken = FollowUp.objects.open().reachable().filter(pk=message.context["follow_up"])
        return taken.filter(owner=message.person_id).exists()
    theirs = Q(owner=message.person_id) | Q(escalated_to=message.person_id)
    return _wanted(message.context).filter(theirs).exists()


def render(message: Message) -> Mail:
    follow_up = FollowUp.objects.for_rows().get(pk=message.context["follow_up"])
    wave, who = follow_up.response.wave, who_answered(follow_up.response.invitation)
    why = Why(str(message.context["why"]))
    due = date_format(timezone.localtime(follow_up.due_at), "WEEKDAY_TIME_FORMAT")
    taken_over = why is Why.TAKEN_OVER
    subject = _("Please see it through: %(who)s") if taken_over else _("Please get in touch: %(who)s")
    return Mail(
        subject=subject % {"who": who},
        template="surveys/mail/follow_up",
        context={
            "who": who,
            "survey": wave.title,
            "score": follow_up.score,
            "due": due,
            "reason": reason_words(follow_up, why),
            "is_late": why is Why.LATE,
            "is_taken_over": taken_over,
            "link": settings.PORTAL_URL + follow_up.get_absolute_url(),
        },
        why=_WHY_MAIL[why]() % {"owner": _owner_of(follow_up)},
    )


_WHY_MAIL = {
    Why.OPENED: lambda: _("You get this because you look after them."),
    Why.HANDED_OVER: lambda: _("You get this because it was handed to you."),
    Why.TAKEN_OVER: lambda: _("You get this because it was handed to you."),
    Why.AWAY: lambda: _("You get this because %(owner)s reports to you."),
    Why.LATE: lambda: _("You get this because you are next in line above %(owner)s."),
}


def _owner_of(follow_up: FollowUp) -> str:
    return str(follow_up.owner or _("Somebody who has left"))


def reason_words(follow_up: FollowUp, why: Why) -> str:
    """Why this lands here; empty where it simply opened."""
    names = {"owner": _owner_of(follow_up)}
    match why:
        case Why.AWAY:
            return _("%(owner)s is away for all of that time, so it comes to you at once.") % names
        case Why.LATE:
            return _("Nobody has been in touch in time. %(owner)s was asked to.") % names
        case Why.HANDED_OVER:
            return _("It was handed to you.")
        case Why.TAKEN_OVER:
            return _("It was handed to you. Somebody has been in touch with them already.")
    return ""


def notices(told: Sequence[Message | Notice]) -> dict[int, NoticeWords]:
    """By pk, without what is no longer theirs, or waits for no first contact any more; one statement."""
    ids = {one.context["follow_up"] for one in told}
    found = {one.pk: one for one in FollowUp.objects.open().filter(pk__in=ids).for_rows()}
    words = {}
    for one in told:
        follow_up = found.get(one.context["follow_up"])
        if follow_up is None:
            continue
        taken_over = one.context["why"] == Why.TAKEN_OVER
        theirs = {follow_up.owner_id} if taken_over else {follow_up.owner_id, follow_up.escalated_to_id}
        if one.person_id in theirs and (taken_over or follow_up.is_waiting):
            item = _waiting_item(follow_up)
            words[one.pk] = NoticeWords(
                title=item.title, why=item.why, path=item.url, action=item.action, icon=item.icon
            )
    return words


def waiting_follow_ups(person: Person, now: dt.datetime) -> list[WaitingItem]:
    """For "My day": theirs, also those still to be closed, and what came up the line to them."""
    theirs = (
        FollowUp.objects.open().reachable().filter(Q(owner=person) | Q(escalated_to=person, state="open"))
    )
    soonest = theirs.for_rows().order_by("-state", "due_at", "pk")[:MOST_ON_MY_DAY]
    return [_waiting_item(follow_up) for follow_up in soonest]


def _waiting_item(follow_up: FollowUp) -> WaitingItem:
    names = {
        "who": who_answered(follow_up.response.invitation),
        "score": follow_up.score,
        "survey": follow_up.response.wave.title,
    }
    if follow_up.is_waiting:
        return WaitingItem(
            title=_("Get in touch with %(who)s") % names,
            why=_("They answered %(score)s to “%(survey)s”.") % names,
            url=follow_up.get_absolute_url(),
            action=_("Open"),
            icon="tie",
            due=follow_up.due_at,
        )
    return WaitingItem(
        title=_("What was done for %(who)s?") % names,
        why=_("Somebody has been in touch. Say what was done and why it happened."),
        url=follow_up.get_absolute_url(),
        action=_("Open"),
        icon="tie",
    )


# --- To HR --------------------------------------------------------------------------------------------------
def is_still_stuck(message: Message) -> bool:
    return _wanted(message.context).exists() and message.person is not None and message.person.is_hr


def render_stuck(message: Message) -> Mail:
    """Which survey and who should have been in touch; not who answered, nor what."""
    follow_up = FollowUp.objects.select_related("owner", "response__wave").get(
        pk=message.context["follow_up"]
    )
    return Mail(
        subject=_("A follow-up is stuck"),
        template="surveys/mail/follow_up_stuck",
        context={
            "survey": follow_up.response.wave.title,
            "owner": follow_up.owner,
            "due": date_format(timezone.localtime(follow_up.due_at), "WEEKDAY_FORMAT"),
            "link": settings.PORTAL_URL + reverse("surveys:follow-up-figures"),
        },
        why=_("You get this because you work in HR."),
    )


def stuck_notices(told: Sequence[Message | Notice]) -> dict[int, NoticeWords]:
    ids = {one.context["follow_up"] for one in told}
    found = FollowUp.objects.waiting().filter(pk__in=ids).select_related("response__wave")
    surveys = {one.pk: one.response.wave.title for one in found}
    return {
        one.pk: NoticeWords(
            title=_("A follow-up is stuck"),
            why=_("Nobody has been in touch after “%(survey)s”, and nobody is above who could be asked.")
            % {"survey": surveys[one.context["follow_up"]]},
            path=reverse("surveys:follow-up-figures"),
            action=_("Open"),
            icon="clock",
        )
        for one in told
        if one.context["follow_up"] in surveys
    }
