"""The mails that may be worded, words of an organisation, and what is said of faults in them."""

from __future__ import annotations

from email import message_from_bytes, policy
from email.message import EmailMessage

from django.conf import settings

from notifications.domain.composing import compose
from notifications.domain.recipients import recipient_of
from notifications.kinds import find_kind, known_words
from notifications.models import Message
from notifications.words import Text

NAMES = [words.name for words in known_words()]
LANGUAGES = [code for code, _label in settings.LANGUAGES]
OWN = Text("{organisation} writes", "Dear colleague\n\nPlease go on.\nIt is quick.\n\n{link}\n\nThank you.")
INVITATION = "surveys.invitation"
HEAD = "Heading\n\n"
NO_PLACEHOLDER = "There is no placeholder %s in this mail."
ONCE = "Write {link} once, where people go on."


def sent(message: Message) -> EmailMessage:
    source = compose(message, find_kind(message.kind), recipient_of(message)).source
    return message_from_bytes(source, policy=policy.default)
