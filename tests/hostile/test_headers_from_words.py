"""Whatever somebody typed ends no header: of a mail, of an answer, of a file."""

from __future__ import annotations

import email
import email.policy
from contextlib import suppress
from email.message import EmailMessage
from email.utils import parseaddr

import pytest
from django.conf import settings
from django.core.mail import BadHeaderError

from common.forms import clean_text
from notifications.domain.composing import compose
from notifications.domain.recipients import recipient_of
from notifications.kinds import find_kind
from notifications.models import Message
from tests.authz.table import TABLE
from tests.authz.visiting import Visitors, undone
from tests.authz.world import World
from tests.hostile.test_stored import poison, poison_with

pytestmark = pytest.mark.django_db
WORDS = [
    "a\r\nBcc: evil@evil.example",
    "a\nBcc: evil@evil.example",
    "a\r\n\r\n<script>alert(1)</script>",
    "a\u2028Bcc: evil@evil.example\x85Bcc: evil@evil.example",
]


def _headers(raw: bytes) -> EmailMessage:
    mail = email.message_from_bytes(raw, policy=email.policy.default)
    assert isinstance(mail, EmailMessage)
    return mail


@pytest.mark.parametrize("words", WORDS)
def test_no_mail_gets_another_header(words: str, world: World, visitors: Visitors) -> None:
    """Names, titles and the organisation's own words, as forms and files let them in."""
    written = 0
    with undone():
        poison_with(lambda room: clean_text(words)[:room])
        for message in _messages():
            mail = _headers(compose(message, find_kind(message.kind), recipient_of(message)).source)
            assert (mail["Bcc"], len(mail.get_all("To", [])), len(mail["To"].addresses)) == (None, 1, 1)
            assert mail["From"].addresses[0].addr_spec == parseaddr(settings.DEFAULT_FROM_EMAIL)[1]
            written += 1
    assert written > 3


@pytest.mark.parametrize("words", WORDS)
def test_a_line_end_that_got_in_stops_the_mail(words: str, world: World, visitors: Visitors) -> None:
    """Rather none than one with a header of theirs."""
    with undone():
        poison(words)
        for message in _messages():
            with suppress(BadHeaderError):
                mail = _headers(compose(message, find_kind(message.kind), recipient_of(message)).source)
                assert (mail["Bcc"], len(mail["To"].addresses)) == (None, 1)


def _messages() -> list[Message]:
    return list(Message.objects.exclude(kind="people.set_password").order_by("kind", "pk")[:30])


@pytest.mark.parametrize("words", [WORDS[0], WORDS[-1]])
def test_no_answer_gets_another_header(words: str, world: World, visitors: Visitors) -> None:
    wrong = []
    with undone():
        poison(words)
        for line in TABLE:
            for method in {"GET", "POST"} & set(line.methods):
                with undone():
                    response = visitors.visit(line.insider(), method, line.url(world)).response
                broken = any({"\n", "\r"} & set(value) for value in response.headers.values())
                if broken or "Bcc" in response.headers:
                    wrong.append(f"{line}: {response.headers}")
                if response.status_code >= 500 and not line.name.startswith("readyz"):
                    wrong.append(f"{line}: {getattr(response, 'exc_info', None)}")
    assert wrong == []
