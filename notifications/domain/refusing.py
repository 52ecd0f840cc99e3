"""Addresses a mail server refused for good: nothing more goes there, and HR is told whose they are.

Who has an address each app says that keeps some, in its ``AppConfig.ready()``:

    refusing.register(Book(rows=Contact.objects.active, find=contacts_with))

Nothing here says which mail was refused: of a survey that would tell who was asked.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from common import audit
from common.day import WaitingItem
from common.working_time import ONE_DAY, find_zone, usual_working_time
from notifications.domain.queueing import NewMessage, queue_many, wake_dispatcher
from notifications.kinds import Mail, NoticeWords
from notifications.models import Message, Notice, RefusedAddress
from people.models import Person

KIND = "notifications.addresses_refused"
CATEGORY = "operations"
# So that the refusals of one wave come in one mail.
_GATHERED_FOR = dt.timedelta(hours=1)
# From which the steps of the series count.
_FIRST_DAY = dt.date(2020, 1, 1)


# --- Whose they are -----------------------------------------------------------------------------------------
@dataclass(frozen=True)
class Holder:
    """Who has an address; ``url`` is where this reader can change it, empty where they cannot."""

    name: str
    about: str
    url: str


@dataclass(frozen=True)
class Book:
    """``rows`` are those who are written to, with an ``email`` in lower case; ``find`` names the holders of
    some addresses, in a fixed number of statements, as far as the reader may know them.
    """

    rows: Callable[[], QuerySet[Any]]
    find: Callable[[Collection[str], Person], Mapping[str, Holder]]


_books: list[Book] = []


def register(book: Book) -> None:
    if book not in _books:
        _books.append(book)


def in_use() -> QuerySet[RefusedAddress]:
    """Those somebody still has. Once an address was corrected its mark stands for nobody."""
    held = Q(pk__in=[])
    for book in _books:
        held |= Q(Exists(book.rows().order_by().filter(email=OuterRef("address"))))
    return RefusedAddress.objects.filter(held)


def holders_of(addresses: Collection[str], reader: Person) -> dict[str, list[Holder]]:
    found: dict[str, list[Holder]] = {address: [] for address in addresses}
    for book in _books:
        for address, holder in book.find(addresses, reader).items():
            found[address].append(holder)
    return found


def people_with(addresses: Collection[str], reader: Person) -> dict[str, Holder]:
    may_change = reader.has_perm("people.edit_people")
    return {
        person.email: Holder(
            name=person.display_name,
            about=person.team.name if person.team else "",
            url=reverse("people:person-edit", args=[person.pk]) if may_change else "",
        )
        for person in Person.objects.active().filter(email__in=addresses).select_related("team")
    }


# --- What the mail server said ------------------------------------------------------------------------------
# Enhanced status codes (RFC 3463 and the registry that follows it); the first that fits.
_MEANINGS: Sequence[tuple[str, Promise]] = (
    ("5.1.2", gettext_lazy("Nothing takes mail for the part after the @. Look for a slip in it.")),
    ("5.1.10", gettext_lazy("The part after the @ takes no mail at all.")),
    ("5.1.3", gettext_lazy("This is not an address a mail server can read.")),
    ("5.1.6", gettext_lazy("The mailbox has moved and left no new address.")),
    ("5.1.", gettext_lazy("There is no such mailbox.")),
    ("5.2.1", gettext_lazy("The mailbox is closed.")),
    ("5.2.2", gettext_lazy("The mailbox is full.")),
    ("5.2.3", gettext_lazy("The mailbox takes no mail of this size.")),
    ("5.2.", gettext_lazy("The mailbox takes no mail.")),
    ("5.4.", gettext_lazy("No way leads to the mail server of this address.")),
    ("5.6.", gettext_lazy("Their mail server could not read the mail.")),
    ("5.7.", gettext_lazy("Their mail server takes no mail from us.")),
)
_ENHANCED = re.compile(r"^5\d\d[ -](5\.\d{1,3}\.\d{1,3})\b")


def meaning_of(reply: str) -> str:
    """In plain words where the server gave an enhanced code; empty where it did not."""
    found = _ENHANCED.match(reply)
    if found is None:
        return ""
    # 5.1.1 must not be read as the beginning of 5.1.10.
    code = found[1]
    fitting = (
        words for start, words in _MEANINGS if code == start or (start[-1] == "." and code.startswith(start))
    )
    return str(next(fitting, ""))


# --- Marking ------------------------------------------------------------------------------------------------
def mark(address: str, reply: str, now: dt.datetime) -> None:
    """In the transaction in which the message failed. What is marked already is no news."""
    _marked, is_new = RefusedAddress.objects.get_or_create(address=address, defaults={"reply": reply})
    if is_new and in_use().filter(address=address).exists():
        _tell_hr(now)


def trust_again(*, refused: RefusedAddress, by: Person) -> int:
    """The address works again, somebody says: what failed for it goes once more; how many messages.

    Nothing confidential: whether the address is soon refused again, and how many messages there were, would
    say of one person whether they have answered an anonymous wave. Its notice stands in the portal.
    """
    with transaction.atomic():
        # Of two who say so at once one finds the row.
        if not RefusedAddress.objects.filter(pk=refused.pk).delete()[0]:
            return 0
        theirs = Q(address__iexact=refused.address) | Q(address="", person__email=refused.address)
        failed = Message.objects.filter(theirs, state=Message.State.FAILED, confidential=False)
        count = failed.to_send_again()
        audit.record(by=by, action="mail.address_trusted", messages=count)
        wake_dispatcher()
    return count


# --- Telling ------------------------------------------------------------------------------------------------
def _tell_hr(now: dt.datetime) -> None:
    """One mail a day at most for each of them, which says how many there are when it is sent.

    Whose own address was refused finds it in *My day*; a mail there would only be refused too.
    """
    unreachable = RefusedAddress.objects.values("address")
    readers = list(Person.objects.active().in_hr().exclude(email__in=unreachable))
    # What of today has gone cannot say more: the next comes tomorrow.
    gone = set(
        Message.objects.filter(key__in=[_key(reader, _today(reader, now)) for reader in readers])
        .exclude(state__in=[Message.State.PENDING, Message.State.CARRIED])
        .values_list("key", flat=True)
    )
    queue_many(
        _message(reader, now, tomorrow=_key(reader, _today(reader, now)) in gone) for reader in readers
    )


def _message(reader: Person, now: dt.datetime, *, tomorrow: bool) -> NewMessage:
    day, due = _today(reader, now), now + _GATHERED_FOR
    if tomorrow:
        day += ONE_DAY
        due = usual_working_time(find_zone(reader.time_zone), reader.country).moment(day, dt.time.min)
    return NewMessage(
        key=_key(reader, day),
        kind=KIND,
        due=due,
        person=reader,
        # All say how many there are now, so only the newest is worth telling.
        series=f"refused:{reader.pk}",
        step=(day - _FIRST_DAY).days,
    )


def _key(reader: Person, day: dt.date) -> str:
    return f"refused:{reader.pk}:{day}"


def _today(reader: Person, now: dt.datetime) -> dt.date:
    return now.astimezone(find_zone(reader.time_zone)).date()


def still_wanted(message: Message) -> bool:
    return message.person is not None and message.person.is_hr and in_use().exists()


def render(message: Message) -> Mail:
    count = in_use().count()
    return Mail(
        subject=_title(count),
        template="notifications/mail/addresses_refused",
        context={"count": count, "link": settings.PORTAL_URL + reverse("notifications:refused-list")},
        why=_("You get this mail because you are in HR: one a day at most, while there is something new."),
    )


def notices(waiting: Sequence[Message | Notice]) -> dict[int, NoticeWords]:
    """Nothing where every address was corrected, or the reader has left HR."""
    count = in_use().count()
    readers = {message.person_id for message in waiting}
    in_hr = set(Person.objects.in_hr().filter(pk__in=readers).values_list("pk", flat=True))
    if not count:
        return {}
    words = NoticeWords(
        title=_title(count),
        why=_why(),
        path=reverse("notifications:refused-list"),
        action=_("Look at them"),
        icon="mail",
    )
    return {message.pk: words for message in waiting if message.person_id in in_hr}


def waiting_to_be_corrected(person: Person, now: dt.datetime) -> list[WaitingItem]:
    """For HR, on *My day*."""
    if not person.is_hr:
        return []
    count = in_use().count()
    if not count:
        return []
    return [
        WaitingItem(
            title=_title(count),
            why=_why(),
            url=reverse("notifications:refused-list"),
            action=_("Look at them"),
            icon="mail",
        )
    ]


def _title(count: int) -> str:
    words = ngettext("%(count)d address does not work", "%(count)d addresses do not work", count)
    return words % {"count": count}


def _why() -> str:
    return _(
        "A mail server refused them. Whoever they belong to gets nothing from here until they are corrected."
    )
