"""The last step out of the house: a mail server, or in the trial a folder.

A transport is opened for a batch and used for one mail at a time: ``offer``, then ``deliver`` or
``withdraw``. What it raises says how far the mail came, which decides whether it may be sent again.
"""

from __future__ import annotations

import contextlib
import os
import secrets
import smtplib
import ssl
import urllib.parse
from pathlib import Path
from types import TracebackType
from typing import Protocol, Self

from django.conf import settings
from django.core.mail.utils import DNS_NAME
from django.utils import timezone

# Enhanced status codes of 5xx answers that are not about this address (RFC 3463): system, protocol, policy.
_NOT_THE_ADDRESS = ("5.3.", "5.5.", "5.7.")


class TransportError(Exception):
    """Carries what the server said, shortened for the journal."""

    def __init__(self, reply: str) -> None:
        super().__init__(reply)
        self.reply = reply


class TryLater(TransportError):
    """Not delivered for certain, and worth another try."""


class ServerDown(TryLater):
    """No mail server to talk to: nothing of this batch can go."""


class Refused(TransportError):
    """Refused for good; ``address_at_fault`` when nothing else would arrive there either."""

    def __init__(self, reply: str, *, address_at_fault: bool) -> None:
        super().__init__(reply)
        self.address_at_fault = address_at_fault


class InDoubt(TransportError):
    """Handed over, and no answer came: it may have been delivered."""


class Transport(Protocol):
    def __enter__(self) -> Self: ...

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None: ...

    def offer(self, sender: str, recipient: str) -> None:
        """Name both ends. Raises TryLater, ServerDown or Refused; a break here is harmless."""

    def withdraw(self) -> None:
        """Take the offer back."""

    def deliver(self, mail: bytes) -> str:
        """Hand the text over and return the server's answer. Raises TryLater, Refused or InDoubt."""


class SmtpTransport:
    """One connection to the server of ``EMAIL_URL``, made at the first offer and again after a break."""

    def __init__(self) -> None:
        self._smtp: smtplib.SMTP | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._smtp is not None:
            with contextlib.suppress(OSError, smtplib.SMTPException):
                self._smtp.quit()
            self._drop()

    def offer(self, sender: str, recipient: str) -> None:
        smtp = self._connection()
        try:
            sender_code, sender_reply = smtp.mail(sender)
            if sender_code != 250:
                # The sender is the same for all: our own fault, or the server's, never the recipient's.
                self._drop()
                raise ServerDown(_words(sender_code, sender_reply))
            code, reply = smtp.rcpt(recipient)
        except ValueError as error:
            # Neither ASCII nor one line: no mail server can be told this address.
            self.withdraw()
            raise Refused(type(error).__name__, address_at_fault=True) from error
        except (OSError, smtplib.SMTPException) as error:
            self._drop()
            raise TryLater(type(error).__name__) from error
        if code in {250, 251}:
            return
        if code == 421:
            self._drop()
        else:
            self.withdraw()
        raise _refusal(code, reply, of_recipient=True)

    def withdraw(self) -> None:
        if self._smtp is None:
            return
        try:
            code, _reply = self._smtp.rset()
        except (OSError, smtplib.SMTPException):
            code = 0
        if code != 250:
            self._drop()

    def deliver(self, mail: bytes) -> str:
        smtp = self._smtp
        if smtp is None:
            raise TryLater("not connected")
        try:
            smtp.putcmd("data")
            code, reply = smtp.getreply()
            if code == 354:
                # One call, and the dot is its last byte: where it raises, the server has no whole mail.
                smtp.send(_stuffed(mail))
        except (OSError, smtplib.SMTPException) as error:
            self._drop()
            raise TryLater(type(error).__name__) from error
        if code == 354:
            code, reply = self._await_reply(smtp)
        if code == 250:
            return _words(code, reply)
        self._drop()
        raise _refusal(code, reply, of_recipient=False)

    def _await_reply(self, smtp: smtplib.SMTP) -> tuple[int, bytes]:
        try:
            return smtp.getreply()
        except (OSError, smtplib.SMTPException) as error:
            self._drop()
            raise InDoubt(f"no answer after the text: {type(error).__name__}") from error

    def _connection(self) -> smtplib.SMTP:
        if self._smtp is None:
            try:
                self._smtp = _connect()
            except (OSError, smtplib.SMTPException) as error:
                raise ServerDown(f"no connection: {type(error).__name__}") from error
        return self._smtp

    def _drop(self) -> None:
        if self._smtp is not None:
            self._smtp.close()
            self._smtp = None


def _connect() -> smtplib.SMTP:
    host, port, timeout = settings.EMAIL_HOST, settings.EMAIL_PORT, settings.EMAIL_TIMEOUT
    name = DNS_NAME.get_fqdn()
    smtp: smtplib.SMTP
    if settings.EMAIL_USE_SSL:
        context = ssl.create_default_context()
        smtp = smtplib.SMTP_SSL(host, port, local_hostname=name, timeout=timeout, context=context)
    else:
        smtp = smtplib.SMTP(host, port, local_hostname=name, timeout=timeout)
    try:
        smtp.ehlo_or_helo_if_needed()
        if settings.EMAIL_USE_TLS:
            smtp.starttls(context=ssl.create_default_context())
        if settings.EMAIL_HOST_USER:
            smtp.login(settings.EMAIL_HOST_USER, settings.EMAIL_HOST_PASSWORD)
    except BaseException:
        smtp.close()
        raise
    return smtp


def _refusal(code: int, reply: bytes, *, of_recipient: bool) -> TransportError:
    words = _words(code, reply)
    if not 500 <= code < 600:
        return TryLater(words)
    enhanced = reply[:4].decode("ascii", "replace")
    about_address = of_recipient and enhanced not in _NOT_THE_ADDRESS
    return Refused(words, address_at_fault=about_address or enhanced == "5.1.")


def _words(code: int, reply: bytes) -> str:
    text = " ".join(reply.decode("utf-8", "replace").replace("\0", "").split())
    return f"{code} {text}"[:300]


def _stuffed(mail: bytes) -> bytes:
    """As DATA wants it: CRLF line ends, leading dots doubled, a dot alone at the end."""
    lines = mail.replace(b"\r\n", b"\n").replace(b"\r", b"\n").rstrip(b"\n").split(b"\n")
    return b"\r\n".join(b"." + line if line.startswith(b".") else line for line in lines) + b"\r\n.\r\n"


class CaptureTransport:
    """The trial's mail server: each mail becomes a file, whose name sorts by time and holds the address."""

    def __init__(self) -> None:
        self._folder = Path(settings.CAPTURED_MAIL_DIR)
        self._recipient = ""

    def __enter__(self) -> Self:
        self._folder.mkdir(parents=True, exist_ok=True)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        pass

    def offer(self, sender: str, recipient: str) -> None:
        self._recipient = recipient

    def withdraw(self) -> None:
        self._recipient = ""

    def deliver(self, mail: bytes) -> str:
        name = f"{timezone.now():%Y%m%dT%H%M%S%f}-{secrets.token_hex(4)}"
        draft = self._folder / f".{name}"
        draft.write_bytes(mail)
        # Whole or not at all: a reader never sees half a mail.
        os.link(draft, self._folder / f"{name}~{urllib.parse.quote(self._recipient, safe='@')[:180]}.eml")
        draft.unlink()
        return "250 captured"


def make_transport() -> Transport:
    """The transport the settings ask for."""
    return CaptureTransport() if settings.EMAIL_CAPTURED else SmtpTransport()
