"""What stands in a mail (delivery.md J8, J9)."""

from __future__ import annotations

from collections.abc import Callable
from email import message_from_bytes, policy
from email.message import EmailMessage

import pytest
from django.core.mail import BadHeaderError
from django.utils import timezone, translation
from django.utils.translation import gettext
from pytest_django import Settings

from notifications.domain.composing import compose
from notifications.domain.recipients import recipient_of
from notifications.kinds import Kind, Mail
from notifications.models import Message
from people.models import Person

pytestmark = pytest.mark.django_db
Put = Callable[..., Message]
Register = Callable[..., Kind]
MakePerson = Callable[..., Person]


def composed(kind: Kind, message: Message) -> EmailMessage:
    raw = compose(message, kind, recipient_of(message)).source
    assert all(len(line) <= 998 for line in raw.split(b"\r\n"))
    assert raw.isascii()
    assert b"\n" not in raw.replace(b"\r\n", b"")
    return message_from_bytes(raw, policy=policy.default)


def text_of(mail: EmailMessage, kind: str = "plain") -> str:
    part = mail.get_body((kind,))
    assert part is not None
    return str(part.get_content())


def test_a_mail_is_text_and_html_and_says_it_is_automatic(register: Register, put: Put) -> None:
    kind = register(
        render=lambda message: Mail("Grüße", "base_mail", why="You work here.", more="One more comes.")
    )
    message = put("anna@example.org")
    mail = composed(kind, message)
    assert mail.get_content_type() == "multipart/alternative"
    assert [part.get_content_type() for part in mail.iter_parts()] == ["text/plain", "text/html"]
    assert (mail["Subject"], mail["To"], mail["Auto-Submitted"], mail["Message-ID"]) == (
        "Grüße",
        "anna@example.org",
        "auto-generated",
        message.message_id,
    )
    for part in ("plain", "html"):
        assert "You work here. One more comes." in text_of(mail, part)


def test_language_and_zone_are_the_recipients(register: Register, put: Put, person: MakePerson) -> None:
    def render(message: Message) -> Mail:
        seen.append((translation.get_language(), timezone.get_current_timezone_name()))
        return Mail(gettext("Sunday"), "base_mail")

    seen: list[tuple[str | None, str]] = []
    kind = register(render=render)
    anna = person(language="de", time_zone="Asia/Kathmandu")
    mails = [
        composed(kind, put(person=anna, time_zone="")),
        composed(kind, put(person=anna, language="en", time_zone="UTC")),
        composed(kind, put(language="xx", time_zone="Nowhere")),
    ]
    assert seen == [("de", "Asia/Kathmandu"), ("en", "UTC"), ("en", "Europe/London")]
    assert [mail["Content-Language"] for mail in mails] == ["de", "en", "en"]
    assert [mail["Subject"] for mail in mails] == ["Sonntag", "Sunday", "Sunday"]
    assert '<html lang="de"' in text_of(mails[0], "html")


def test_leaving_takes_one_click(register: Register, put: Put, settings: Settings) -> None:
    settings.PORTAL_URL = "https://portal.example.org"
    mail = composed(register(unsubscribable=True), put())
    address = mail["List-Unsubscribe"].strip("<>")
    assert address.startswith("https://portal.example.org/unsubscribe/")
    assert mail["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert f"No more mails of this kind: {address}" in text_of(mail)
    assert f'href="{address}"' in text_of(mail, "html")


def test_what_one_cannot_leave_offers_no_leaving(register: Register, put: Put) -> None:
    mail = composed(register(unsubscribable=False), put())
    assert (mail["List-Unsubscribe"], mail["List-Unsubscribe-Post"]) == (None, None)
    assert "unsubscribe" not in text_of(mail, "html")


@pytest.mark.parametrize("hostile", ["A\r\nBcc: eve@example.org", "A\nB", "A\rB"])
def test_a_line_break_in_a_subject_is_refused(register: Register, put: Put, hostile: str) -> None:
    kind = register(render=lambda message: Mail(hostile, "base_mail"))
    with pytest.raises(BadHeaderError):
        composed(kind, put())


@pytest.mark.parametrize("hostile", ["Anna\r\nBcc: eve@example.org", "Anna\nB"])
def test_a_line_break_in_a_name_is_refused(
    register: Register, put: Put, person: MakePerson, hostile: str
) -> None:
    kind = register()
    with pytest.raises(BadHeaderError):
        composed(kind, put(person=person(display_name=hostile)))


@pytest.mark.parametrize(
    "name", ["Zoë Ångström", "Li 李", 'Anna "A" O\'Neil', "Doe, Jane <jane@example.org>", "N" * 200]
)
def test_names_survive_the_header(register: Register, put: Put, person: MakePerson, name: str) -> None:
    mail = composed(register(), put(person=person(display_name=name, email="anna@example.org")))
    (to,) = mail["To"].addresses
    assert (to.display_name, to.addr_spec) == (name, "anna@example.org")


def test_a_long_subject_in_another_script_survives(register: Register, put: Put) -> None:
    subject = "Wie gut arbeiten wir zusammen? – " + "Übergröße " * 20 + "😀"
    mail = composed(register(render=lambda message: Mail(subject, "base_mail")), put())
    assert mail["Subject"] == subject


def test_the_envelope_speaks_ascii(register: Register, put: Put, settings: Settings) -> None:
    settings.DEFAULT_FROM_EMAIL = "Das Pörtal <portal@example.org>"
    kind, message = register(), put("anna@bücher.example")
    letter = compose(message, kind, recipient_of(message))
    assert (letter.sender, letter.recipient) == ("portal@example.org", "anna@xn--bcher-kva.example")
