"""What has no haste, together in one mail: once a day or once a week, for whoever chose that.

In the claim such a message is *carried* by the digest of its person: one ``Message`` of a kind of its own,
due when the person's working day, or their week, next opens. What would be too late by then, what the portal
has no line for, and what nobody can say no to goes by itself. The digest holds ids of nothing: who it carries
stands in ``Message.digest``, and what it says is made when it is sent.

The journal of what is carried is that of its digest, in the same transactions: with the digest it is being
sent and then sent, and what follows from it follows. Where a digest comes to nothing, ``mend`` gives back
what it carried, at each sweep and however often. Whatever came back from a digest counts it as an attempt and
goes by itself: no message waits for digest after digest. Of what a digest in doubt may have told, kinds that
rather come twice wait again, the others are in doubt too.

Digests are confidential as a whole, since that one was sent may say who has not answered (anonymity.md P1);
of one whose messages are all forgotten nothing stays.

The one-click unsubscription of a digest (RFC 8058) is an opt-out of ``categories.DIGEST``: nothing any more
that a digest would have carried comes by mail, not one by one either. It stands in the portal.
"""

from __future__ import annotations

import datetime as dt
import logging
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from itertools import groupby
from operator import attrgetter

from django.conf import settings
from django.db import connection, transaction
from django.db.models import Exists, F, OuterRef, Q, Subquery
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from common.database import DatabaseAway
from common.working_time import ONE_DAY, NeverOpen, WorkingTime
from notifications.categories import DIGEST
from notifications.channels.email import EmailChannel, new_message_id
from notifications.domain import spacing
from notifications.domain.following_up import follow_up
from notifications.domain.recipients import recipient_of
from notifications.kinds import Kind, Mail, NoticeWords, Priority, known_kinds, register
from notifications.models import Message, MessageQuerySet, OptOut, RefusedAddress, SendSlot
from people.models import Person

KIND = "notifications.digest"
# Until the dispatcher that holds somebody's digest has let go of it.
A_MOMENT = dt.timedelta(minutes=1)
State, Reason = Message.State, Message.Reason
# What is being sent in a digest that waits stayed behind in an attempt that was put off.
_ABOARD = (State.CARRIED, State.SENDING)
_IN_ONE = Q(state=State.CARRIED) | Q(digest__isnull=False)

logger = logging.getLogger("portal.mail")


# --- When ---------------------------------------------------------------------------------------------------
def next_for(person: Person, rhythm: str, now: dt.datetime) -> dt.datetime | None:
    """When a digest would next come to them; None where they are away for good."""
    try:
        return next_moment(recipient_of(Message(person=person)).working_time, rhythm, now)
    except NeverOpen:
        return None


def next_moment(clock: WorkingTime, rhythm: str, now: dt.datetime) -> dt.datetime:
    """After now, when their next working day opens, or the first one of a week. Raises NeverOpen."""
    weekly = rhythm == Person.Digest.WEEKLY
    step = 7 * ONE_DAY if weekly else ONE_DAY
    day = clock.local_day(now)
    if weekly:
        day -= ONE_DAY * (day.isoweekday() - 1)
    while True:
        works = clock.add_working_days(day, 0)
        opens = clock.next_open(clock.moment(works, clock.day_starts))
        if opens > now:
            return opens
        day += step


# --- In the claim -------------------------------------------------------------------------------------------
def carry(taken: Sequence[Message], now: dt.datetime) -> list[Message]:
    """Hand to digests what they carry of ``taken``, with their persons; those that go by themselves, in the
    same order.

    ``taken`` are due and locked by the caller; nothing here waits for what another dispatcher holds.
    """
    found = _fitting(taken)
    without_mail = OptOut.objects.of_any({(DIGEST, _person_of(each).email) for each in found})
    in_digests = [
        each for each in found if _person_of(each).digest or (DIGEST, _person_of(each).email) in without_mail
    ]
    if not in_digests:
        return list(taken)
    in_digests = _reachable(in_digests)
    refused = {each.pk for each in in_digests if (DIGEST, _person_of(each).email) in without_mail}
    _change(refused, state=State.CANCELLED, reason=Reason.OPTED_OUT)
    gone = refused | _put_on_board([each for each in in_digests if each.pk not in refused], now)
    return [each for each in taken if each.pk not in gone]


def _fitting(messages: Sequence[Message]) -> list[Message]:
    """Of what may wait, in the order of their persons. Where these get mail now, as a digest does."""
    kinds = set(_carried_kinds())
    fitting = [
        message
        for message in messages
        if message.kind in kinds
        and message.priority >= Priority.NORMAL
        and message.attempt == 0
        and message.person is not None
        and message.person.is_active
        and message.address in ("", message.person.email)
    ]
    return sorted(fitting, key=lambda message: (_person_of(message).pk, message.pk))


def _reachable(messages: Sequence[Message]) -> list[Message]:
    """Mail to the others fails by itself, and says so."""
    addresses = {_person_of(message).email for message in messages}
    refused = RefusedAddress.objects.filter(address__in=addresses).values_list("address", flat=True)
    unreachable = set(refused)
    return [message for message in messages if _person_of(message).email not in unreachable]


def _carried_kinds() -> list[str]:
    return [name for name, kind in known_kinds().items() if kind.fits_digest]


def _put_on_board(messages: Sequence[Message], now: dt.datetime) -> set[int]:
    """``messages`` in the order of their persons. The ids of those that do not go by themselves now."""
    if not messages:
        return set()
    of_person = {pk: list(theirs) for pk, theirs in groupby(messages, key=attrgetter("person_id"))}
    found = Message.objects.filter(kind=KIND, person__in=of_person, state=State.PENDING)
    chosen = {digest.person_id: digest.key for digest in found.order_by("-due")}
    missing = [theirs[0] for pk, theirs in of_person.items() if pk not in chosen]
    chosen |= _make(missing, now)
    ours = _lock(list(chosen.values()))
    gone: set[int] = set()
    for person_id, theirs in of_person.items():
        if person_id not in chosen:
            continue
        digest = ours.get(chosen[person_id])
        if digest is None:
            # Another dispatcher holds it.
            in_time = _still_in_time(theirs, now + A_MOMENT)
            _change(in_time, due=now + A_MOMENT)
        else:
            in_time = _still_in_time(theirs, digest.due)
            _change(in_time, state=State.CARRIED, reason=Reason.NONE, digest=digest)
        gone |= in_time
    return gone


def _still_in_time(messages: Sequence[Message], at: dt.datetime) -> set[int]:
    return {each.pk for each in messages if each.not_after is None or each.not_after > at}


def _lock(keys: Sequence[str]) -> dict[str, Message]:
    """Those that wait and that nobody else holds, ours until the end of the transaction."""
    digests = Message.objects.filter(key__in=keys, state=State.PENDING)
    if connection.features.has_select_for_update_skip_locked:
        digests = digests.select_for_update(skip_locked=True)
    return {digest.key: digest for digest in digests}


def _make(messages: Sequence[Message], now: dt.datetime) -> dict[int | None, str]:
    """By person, the key of the next digest of each of their messages; none for whoever is away for good, and
    none where it cannot be worked out: that is found again, and told, when the message goes by itself.

    One that was cancelled, and so never sent, waits again; not before ``mend`` saw to what it carried.
    """
    rows: list[Message] = []
    for message in messages:
        try:
            rows.append(_next_digest(_person_of(message), now))
        except DatabaseAway:
            raise
        except Exception:  # noqa: S112 - one row nobody can read must not hold up the others
            continue
    # In the order of the persons, so that two dispatchers never wait for each other.
    Message.objects.bulk_create(rows, ignore_conflicts=True)
    for row in rows:
        aboard = Message.objects.filter(digest=OuterRef("pk"), state__in=_ABOARD)
        cancelled = Message.objects.filter(~Exists(aboard), key=row.key, state=State.CANCELLED)
        cancelled.update(state=State.PENDING, reason=Reason.NONE, due=row.due, attempt=0)
    return {row.person_id: row.key for row in rows}


def _next_digest(person: Person, now: dt.datetime) -> Message:
    """Not stored. Where the one of that day is over already, the one after it. Raises NeverOpen."""
    clock = recipient_of(Message(person=person)).working_time
    due = next_moment(clock, person.digest, now)
    over = Message.objects.exclude(state__in=[State.PENDING, State.CANCELLED])
    while over.filter(key=_key(person, clock, due)).exists():
        due = next_moment(clock, person.digest, clock.moment(clock.local_day(due) + ONE_DAY, dt.time.min))
    return Message(
        key=_key(person, clock, due),
        kind=KIND,
        person=person,
        priority=Priority.NORMAL,
        confidential=True,
        due=due,
        message_id=new_message_id(),
    )


def _key(person: Person, clock: WorkingTime, due: dt.datetime) -> str:
    return f"digest:{person.pk}:{clock.local_day(due)}"


def _change(ids: Collection[int], **changes: object) -> None:
    if ids:
        Message.objects.filter(pk__in=ids, state=State.PENDING).update(**changes)


def _person_of(message: Message) -> Person:
    if message.person is None:
        raise ValueError(f"{message.key} has no person.")
    return message.person


# --- On its way ---------------------------------------------------------------------------------------------
@dataclass(frozen=True)
class _Line:
    """What may become a line of a digest; without ``words`` it is not worth telling any more."""

    message: Message
    words: NoticeWords | None


def _aboard(digest: Message) -> MessageQuerySet:
    """With what an operator sends once more of a digest in doubt."""
    return Message.objects.filter(digest=digest, state__in=[*_ABOARD, State.IN_DOUBT])


def settle_what_it_tells(digest: Message, now: dt.datetime) -> bool:
    """In the transaction of the digest's journal entry, before its text is made for good: what it tells is
    being sent, what is pointless by now is cancelled, and the rest goes by itself and hears there why not.
    Whether there is anything to tell.
    """
    aboard = list(_aboard(digest).select_for_update().values_list("pk", flat=True))
    in_time = _aboard(digest).exclude(not_after__lt=now)
    newest = in_time.exclude(pk__in=_aboard(digest).superseded(now).values("pk"))
    # Somebody's address may have changed since: what keeps the former one goes there by itself.
    to_them = newest.filter(address__in=["", _person_of(digest).email])
    fitting = set(to_them.values_list("pk", flat=True))
    asked = [each for each in _ask_kinds(digest) if each.message.pk in fitting]
    told = [each.message.pk for each in asked if each.words]
    pointless = [each.message.pk for each in asked if not each.words]
    rows = Message.objects.filter(pk__in=aboard)
    _give_back(rows.exclude(pk__in=[*told, *pointless]))
    # With their digest, which keeps its day as long as they are remembered, sent or not (``slots``).
    rows.filter(pk__in=pointless).update(state=State.CANCELLED, reason=Reason.NOT_WANTED)
    rows.filter(pk__in=told).update(state=State.SENDING, reason=Reason.NONE)
    return bool(told)


def mark_told(digest: Message, at: dt.datetime) -> None:
    """With the digest's own mark. Also what is in doubt since, where its dispatcher was only slow."""
    told = Message.objects.filter(digest=digest, state__in=[State.SENDING, State.IN_DOUBT])
    with transaction.atomic():
        ids = list(told.select_for_update().order_by("pk").values_list("pk", flat=True))
        messages = list(told.filter(pk__in=ids).select_related("person"))
        told.filter(pk__in=ids).update(
            state=State.SENT, reason=Reason.NONE, sent_at=at, address=_person_of(digest).email
        )
        spacing.note_sent(messages, at)
        for message in messages:
            follow_up(message, at)


def _ask_kinds(digest: Message) -> list[_Line]:
    """What their kinds say to what it carries, the more pressing first."""
    aboard = _aboard(digest).select_related("person").order_by("kind", "pk")
    lines: list[_Line] = []
    for name, of_kind in groupby(aboard, key=attrgetter("kind")):
        kind = known_kinds().get(name)
        if kind is not None:
            lines += _lines_of(kind, list(of_kind), _person_of(digest))
    return sorted(lines, key=lambda line: (line.message.priority, line.message.due, line.message.pk))


def _lines_of(kind: Kind, messages: Sequence[Message], reader: Person) -> list[_Line]:
    """None of what they want no mail of, and none of a kind whose code raises: each fails by itself."""
    if kind.notices is None or not EmailChannel().wanted_by(reader, [kind.category]):
        return []
    try:
        with transaction.atomic():
            if kind.load:
                kind.load(messages)
            # What is on hold is no line, and not pointless either.
            held = kind.holds(messages, timezone.now()) if kind.holds else {}
            free = [message for message in messages if message.pk not in held]
            words = kind.notices([message for message in free if kind.still_wanted(message)])
            return [_Line(message, words.get(message.pk)) for message in free]
    except DatabaseAway:
        raise
    except Exception as error:
        logger.error("Messages of %s came into no digest: %s", kind.name, type(error).__name__)
        return []


def _render(digest: Message) -> Mail:
    told = [line.words for line in _ask_kinds(digest) if line.words]
    weekly = _person_of(digest).digest == Person.Digest.WEEKLY
    why = (
        _("You get this mail once a week, because you chose that.")
        if weekly
        else _("You get this mail once a day, because you chose that.")
    )
    return Mail(
        subject=ngettext("%(number)d thing for you", "%(number)d things for you", len(told))
        % {"number": len(told)},
        template="notifications/mail/digest",
        context={"told": told, "portal": settings.PORTAL_URL},
        why=why,
    )


def register_kind() -> None:
    register(
        Kind(
            name=KIND,
            label=gettext_lazy("Digest"),
            category=DIGEST,
            render=_render,
            still_wanted=lambda digest: _aboard(digest).exists(),
            after_sent=mark_told,
            unsubscribable=True,
            confidential=True,
        )
    )


# --- Where it comes to nothing ------------------------------------------------------------------------------
def let_go_of(person: Person) -> None:
    """What waits for a digest of theirs waits by itself, as if it had met none; for another choice of theirs.

    One that is on its way already goes.
    """
    with transaction.atomic():
        waiting = Message.objects.filter(kind=KIND, person=person, state=State.PENDING)
        ids = list(waiting.select_for_update().values_list("pk", flat=True))
        waiting.filter(pk__in=ids).update(state=State.CANCELLED, reason=Reason.NOT_WANTED)
        carried = Message.objects.filter(digest__in=ids, state__in=_ABOARD)
        carried.update(state=State.PENDING, reason=Reason.NONE, digest=None)


def mend() -> int:
    """Bring what a digest carried to where its digest has come; how many that moved."""
    anything = Message.objects.filter(_IN_ONE, state__in=_ABOARD).exists()
    moved = _mend_all() if anything else 0
    _forget_empty()
    return moved


def _mend_all() -> int:
    _make_up_for_marks()
    again = [name for name, kind in known_kinds().items() if kind.again_when_in_doubt]
    refused = _aboard_of(state=State.CANCELLED, reason=Reason.OPTED_OUT)
    moved = refused.update(state=State.CANCELLED, reason=Reason.OPTED_OUT, digest=None)
    # One in doubt may have been cancelled; whatever a digest of that day carries next is another matter.
    by_hand = _aboard_of(state=State.CANCELLED, reason=Reason.BY_HAND).filter(state=State.SENDING)
    moved += by_hand.exclude(kind__in=again).update(state=State.IN_DOUBT, reason=Reason.NONE, digest=None)
    moved += _give_back(_aboard_of(state__in=[State.CANCELLED, State.EXPIRED, State.FAILED]))
    # Put off, until it would be too late for them.
    too_late = _aboard_of(state=State.PENDING, due__gte=OuterRef("not_after"))
    moved += _give_back(too_late.filter(state=State.CARRIED))
    in_doubt = _aboard_of(state=State.IN_DOUBT)
    moved += _give_back(in_doubt.filter(kind__in=again), Reason.DIED)
    why = Message.objects.filter(pk=OuterRef("digest")).values("reason")
    moved += in_doubt.update(state=State.IN_DOUBT, reason=Subquery(why[:1]))
    moved += _give_back(Message.objects.filter(state=State.CARRIED, digest=None))
    return moved


def _aboard_of(**digest: object) -> MessageQuerySet:
    """What the digests that are so carry. Without a join, so that an UPDATE looks at the state of each row
    once more where it waited for another's.
    """
    return Message.objects.filter(
        state__in=_ABOARD, digest__in=Message.objects.filter(kind=KIND, **digest).values("pk")
    )


def _make_up_for_marks() -> None:
    """A digest that cannot be marked must not hold up the others."""
    unmarked = Message.objects.filter(kind=KIND, state=State.SENT, carried__state=State.SENDING)
    for digest in unmarked.distinct():
        try:
            mark_told(digest, digest.sent_at or digest.due)
        except DatabaseAway:
            raise
        except Exception as error:
            logger.error("What a digest told could not be marked: %s", type(error).__name__)


def _give_back(messages: MessageQuerySet, reason: Message.Reason = Reason.NONE) -> int:
    return messages.update(state=State.PENDING, reason=reason, digest=None, attempt=F("attempt") + 1)


def _forget_empty() -> None:
    """Of a digest that is over, once what it told was forgotten (see above).

    One that failed gave it back at once, and is forgotten with the day it keeps.
    """
    over = Q(state__in=[State.SENT, State.IN_DOUBT, State.CANCELLED, State.EXPIRED])
    over |= Q(~Exists(SendSlot.objects.filter(message=OuterRef("pk"))), state=State.FAILED)
    carried = Message.objects.filter(digest=OuterRef("pk"))
    empty = Message.objects.filter(over, ~Exists(carried), kind=KIND)
    if not empty.exists():
        return
    with transaction.atomic():
        if connection.features.has_select_for_update_skip_locked:
            empty = empty.select_for_update(skip_locked=True)
        Message.objects.filter(pk__in=list(empty.values_list("pk", flat=True))).delete()
