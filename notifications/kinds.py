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
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from django.utils.functional import Promise

from common.organisation import current
from notifications.models import Message
from notifications.words import Words


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
class Kind:
    """How messages of one kind are made and when they may go.

    ``render`` and ``still_wanted`` get the message with its ``person`` loaded; links are minted in
    ``render``. ``still_wanted`` is asked immediately before the text is handed over. ``after_sent`` runs in
    the transaction that marks the message sent; it may queue what follows. ``again_when_in_doubt``: better
    twice, with the same Message-ID, than never. ``urgent``: at any hour, also to who is away.
    ``confidential``: operators see totals only; a function decides by the context. ``words``: what of it an
    organisation may word anew; mostly one, two where the last of several mails says something else.
    """

    name: str
    category: str
    render: Callable[[Message], Mail]
    still_wanted: Callable[[Message], bool]
    label: str | Promise = ""
    after_sent: Callable[[Message, dt.datetime], None] | None = None
    again_when_in_doubt: bool = False
    urgent: bool = False
    unsubscribable: bool = False
    confidential: bool | Callable[[Mapping[str, int | str]], bool] = False
    words: tuple[Words, ...] = ()

    def is_confidential(self, context: Mapping[str, int | str]) -> bool:
        return self.confidential(context) if callable(self.confidential) else self.confidential


_kinds: dict[str, Kind] = {}


def register(kind: Kind) -> None:
    """Add the kind; a second one of the same name takes its place."""
    _kinds[kind.name] = kind


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
