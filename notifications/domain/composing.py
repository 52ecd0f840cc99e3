"""From a message to the bytes of a mail: made when it is sent, in the recipient's language and zone."""

from __future__ import annotations

from dataclasses import dataclass
from email.utils import formataddr, formatdate, parseaddr

from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.core.mail.message import sanitize_address, utf8_charset_qp
from django.urls import reverse
from django.utils import timezone, translation

from notifications.domain.opting_out import unsubscribe_url
from notifications.domain.recipients import Recipient
from notifications.kinds import Kind
from notifications.models import Message
from notifications.showing import as_html, as_text


@dataclass(frozen=True)
class Letter:
    """A mail as a mail server takes it: the envelope in ASCII, a domain in other scripts as punycode."""

    sender: str
    recipient: str
    source: bytes
    # The recipient's address as it stands with us.
    asked_for: str


def compose(message: Message, kind: Kind, recipient: Recipient) -> Letter:
    """The whole mail with its headers. Raises where a line break hides in a subject, name or address."""
    address = sanitize_address(recipient.address, "utf-8")
    leave = unsubscribe_url(kind.category, recipient.address) if kind.unsubscribable else ""
    # Of use to whoever can sign in.
    choose = settings.PORTAL_URL + reverse("notifications:preferences") if leave and message.person else ""
    with translation.override(recipient.language), timezone.override(recipient.working_time.zone):
        mail = kind.render(message)
        text = as_text(mail, unsubscribe_url=leave, preferences_url=choose)
        html = as_html(mail, unsubscribe_url=leave, preferences_url=choose)
    email = EmailMultiAlternatives(
        subject=mail.subject,
        body=text,
        from_email=settings.DEFAULT_FROM_EMAIL,
        to=[formataddr((recipient.name, address))],
        headers=_headers(message, recipient, leave),
    )
    # Quoted-printable: also a server without 8BITMIME passes it on unchanged.
    email.encoding = utf8_charset_qp
    email.attach_alternative(html, "text/html")
    made = email.message()
    # Folding would begin a long address on a line of its own, which some readers of List-Unsubscribe miss.
    made.policy = made.policy.clone(max_line_length=0)
    # Django's own message class takes the line ends that mail servers want.
    source = made.as_bytes(linesep="\r\n")  # type: ignore[call-arg]
    sender = parseaddr(settings.DEFAULT_FROM_EMAIL)[1]
    return Letter(sender, address, source, asked_for=recipient.address)


def _headers(message: Message, recipient: Recipient, leave: str) -> dict[str, str]:
    headers = {
        "Message-ID": message.message_id,
        "Date": formatdate(),
        "Auto-Submitted": "auto-generated",
        "X-Auto-Response-Suppress": "All",
        "Content-Language": recipient.language,
    }
    if leave:
        headers["List-Unsubscribe"] = f"<{leave}>"
        headers["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
    return headers
