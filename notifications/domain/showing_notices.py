"""The notification centre: what was told to somebody and is still worth showing, and which of it is new.

What is worth showing the kinds say as they word it, so the number at the bell is counted from their words:
answering an anonymous survey touches no notice (anonymity.md P1), and yet its notice is gone.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

from django.db.models import Q

from common.paging import PAGE_SIZE, keyset_page
from notifications.kinds import NoticeWords, known_kinds
from notifications.models import Message, Notice
from people.models import Person

# The bell says "99+" beyond.
MOST_COUNTED = 99
# How often a page looks for more where much of what it found is not worth showing.
_LOOKS = 4
_Wording = Callable[[Sequence[Message | Notice]], Mapping[int, NoticeWords]]


@dataclass(frozen=True)
class Shown:
    notice: Notice
    words: NoticeWords


@dataclass(frozen=True)
class NoticePage:
    """Some notices, newest first, and the cursor of what follows them."""

    rows: list[Shown]
    next_cursor: str | None


def unread_count(person: Person, now: dt.datetime) -> int:
    """At most ``MOST_COUNTED`` + 1. One statement; where something is unread, one more for its words."""
    unread = Notice.objects.shown_to(person, now).filter(read=False)
    return len(_worded(unread[: MOST_COUNTED + 1]))


def notice_page(
    person: Person, *, unread_only: bool = False, after: str | None = None, now: dt.datetime
) -> NoticePage:
    notices = Notice.objects.shown_to(person, now)
    if unread_only:
        notices = notices.filter(read=False)
    shown: list[Shown] = []
    for _look in range(_LOOKS):
        found = keyset_page(notices, fields=("-due", "-pk"), after=after, size=PAGE_SIZE - len(shown))
        shown += _worded(found.rows)
        after = found.next_cursor
        if after is None or len(shown) == PAGE_SIZE:
            break
    return NoticePage(shown, after)


def open_notice(notice: Notice) -> str:
    """Where it leads, empty where it is not worth showing any more; it is read from now on."""
    Notice.objects.filter(pk=notice.pk, read=False).update(read=True)
    return next((each.words.path for each in _worded([notice])), "")


def read_all(person: Person, *, up_to: Notice, now: dt.datetime) -> int:
    """Everything shown up to this one; what has arrived since stays unread. How many those were."""
    seen = Q(due__lt=up_to.due) | Q(due=up_to.due, pk__lte=up_to.pk)
    return Notice.objects.shown_to(person, now).filter(seen, read=False).update(read=True)


def _worded(notices: Iterable[Notice]) -> list[Shown]:
    """Those worth showing, in their order; kinds that share their words are asked once."""
    found = list(notices)
    kinds = known_kinds()
    together: dict[_Wording, list[Notice]] = {}
    words: dict[int, NoticeWords] = {}
    for notice in found:
        kind = kinds.get(notice.kind)
        if kind and kind.notices:
            together.setdefault(kind.notices, []).append(notice)
    for word, ones in together.items():
        words |= word(ones)
    return [Shown(notice, words[notice.pk]) for notice in found if notice.pk in words]
