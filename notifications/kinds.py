"""What the portal sends. Each app registers its kinds of message in ``AppConfig.ready()``:

register(
    Kind(
        name="surveys.invitation", label=_("Survey invitation"), category="surveys",
        render=render_invitation, still_wanted=invitation_still_wanted, after_sent=plan_reminders,
        again_when_in_doubt=True, unsubscribable=True,
    )
)
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import IntEnum
from typing import Any

from django.db.models import QuerySet
from django.utils.functional import Promise

from common.organisation import current
from notifications.models import Message, Notice
from notifications.words import Words
from people.models import Person


class Priority(IntEnum):
    """How much a mail may disturb. Of those from NORMAL on somebody gets one on each of their days."""

    URGENT = 1  # at any hour, also to who is away: somebody waits for it, or must know
    NEEDED = 2  # within their hours: without it they get no further
    NORMAL = 3
    REMINDER = 4


@dataclass(frozen=True)
class Category:
    """What somebody can say no to as a whole. ``fixed``: nobody can, since their account hangs on it.

    ``concerns``: whether somebody ever gets any of it; everybody does where it says nothing.
    """

    name: str
    label: str | Promise
    about: str | Promise
    fixed: bool = False
    concerns: Callable[[Person], bool] | None = None


@dataclass(frozen=True)
class NoticeWords:
    """One line of the notification centre or of a digest, in the reader's language; ``path`` leads there."""

    title: str
    why: str
    path: str
    action: str
    icon: str = "bell"


@dataclass(frozen=True)
class Mail:
    """One mail before it becomes bytes, in the recipient's language.

    ``template`` is a path without ending, such as ``"surveys/mail/invitation"``: its ``.txt`` and ``.html``
    extend ``base_mail``. ``why`` says why they get it, ``more`` how many more will come.
    """

    subject: str
    template: str
    context: Mapping[str, Any] = field(default_factory=dict)
    why: str = ""
    more: str = ""

    @property
    def words(self) -> dict[str, Any]:
        """What its templates read, but for the way out, which depends on the recipient."""
        return {
            "subject": self.subject,
            "organisation": current().name,
            "why": self.why,
            "more": self.more,
            **self.context,
        }


@dataclass(frozen=True)
class Hold:
    """Why a message that is due waits all the same, and when it asks again."""

    reason: Message.Reason
    until: dt.datetime


@dataclass(frozen=True)
class Kind:
    """How messages of one kind are made and when they may go.

    ``render`` and ``still_wanted`` get the message with its ``person`` loaded; links are minted in
    ``render``. ``still_wanted`` is asked immediately before the text is handed over. ``after_sent`` runs in
    the transaction that marks the message sent; it may queue what follows. ``again_when_in_doubt``: better
    twice, with the same Message-ID, than never. ``notices`` words many at once, by pk, and leaves out what is
    not worth showing any more; a kind without it is never shown in the portal nor carried by a digest.
    ``confidential``: operators see totals only; a function decides by the context. ``words``: what of it an
    organisation may word anew; mostly one, two where the last of several mails says something else.

    ``holds`` says, by pk, which of these messages wait whatever the hour: each takes no day from others, asks
    again when its hold ends, and is overtaken by newer steps like one that waited through an outage.

    ``apart`` says by the context how long after one of this kind its recipient gets the next at the earliest
    (``domain.spacing``); None: this one neither waits nor counts.

    Two for kinds of which many go at once. ``load`` looks up for a batch what ``render`` and ``still_wanted``
    need of each, and leaves it in ``message.loaded``. ``wanted_rows`` puts the question of ``still_wanted``
    as rows found by the context, none once it is not wanted or on hold: the last check is then one statement.
    """

    name: str
    category: str
    render: Callable[[Message], Mail]
    still_wanted: Callable[[Message], bool]
    label: str | Promise = ""
    after_sent: Callable[[Message, dt.datetime], None] | None = None
    again_when_in_doubt: bool = False
    priority: Priority = Priority.NORMAL
    notices: Callable[[Sequence[Message | Notice]], Mapping[int, NoticeWords]] | None = None
    unsubscribable: bool = False
    confidential: bool | Callable[[Mapping[str, int | str]], bool] = False
    words: tuple[Words, ...] = ()
    load: Callable[[Sequence[Message]], None] | None = None
    wanted_rows: Callable[[Mapping[str, Any]], QuerySet[Any]] | None = None
    holds: Callable[[Sequence[Message], dt.datetime], Mapping[int, Hold]] | None = None
    apart: Callable[[Mapping[str, Any]], dt.timedelta | None] | None = None

    @property
    def takes_slot(self) -> bool:
        return self.priority >= Priority.NORMAL

    @property
    def fits_digest(self) -> bool:
        return self.notices is not None and self.unsubscribable

    def is_confidential(self, context: Mapping[str, int | str]) -> bool:
        return self.confidential(context) if callable(self.confidential) else self.confidential


_kinds: dict[str, Kind] = {}
_categories: dict[str, Category] = {}


def register(kind: Kind) -> None:
    """Add the kind; a second one of the same name takes its place."""
    _kinds[kind.name] = kind


def register_category(category: Category) -> None:
    """Add what the preferences page offers; a second one of the same name takes its place."""
    _categories[category.name] = category


def known_categories() -> list[Category]:
    """In the order they were registered."""
    return list(_categories.values())


def find_kind(name: str) -> Kind:
    """Raises KeyError for a name nobody registered."""
    return _kinds[name]


def known_kinds() -> dict[str, Kind]:
    return dict(_kinds)


def known_words() -> list[Words]:
    """Everything that may be worded anew, in the order it was registered."""
    return [words for kind in _kinds.values() for words in kind.words]


def find_words(name: str) -> Words:
    """Raises KeyError for a name no kind declares."""
    for words in known_words():
        if words.name == name:
            return words
    raise KeyError(name)
