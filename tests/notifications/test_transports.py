"""The last step out of the house, spoken to directly."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from pytest_django import Settings

from culture_portal.proving.sink import Sink
from notifications.transports import (
    CaptureTransport,
    InDoubt,
    Refused,
    ServerDown,
    SmtpTransport,
    TransportError,
    TryLater,
    make_transport,
)

SENDER = "portal@example.org"
MAIL = b"Subject: A note\r\n\r\nHello\r\n"


def send(transport: SmtpTransport, recipient: str, mail: bytes = MAIL) -> str:
    transport.offer(SENDER, recipient)
    return transport.deliver(mail)


def arrived(sink: Sink) -> list[bytes]:
    return [line["source"].encode("latin-1") for line in sink.lines()]


@pytest.mark.parametrize(
    "body",
    [
        b".\r\n",
        b"..\r\n.x\r\n",
        b"a\r\n.\r\nMAIL FROM:<eve@example.org>\r\n",
        b"a\n.\nb\n",
        b"a\r.\rb",
        b"no line end",
        b"",
        b"\r\n\r\n\r\n",
    ],
)
def test_no_text_ends_before_its_end(sink: Sink, body: bytes) -> None:
    with SmtpTransport() as transport:
        send(transport, "anna@example.org", b"Subject: x\r\n\r\n" + body)
        send(transport, "bert@example.org")
    assert sink.recipients() == ["anna@example.org", "bert@example.org"]
    lines = re.sub(rb"\r\n|\r|\n", b"\n", body).rstrip(b"\n")
    assert arrived(sink)[0].replace(b"\r\n", b"\n").partition(b"\n\n")[2].rstrip(b"\n") == lines


def test_one_connection_carries_a_batch_and_lives_through_refusals(sink: Sink) -> None:
    with SmtpTransport() as transport:
        send(transport, "a@example.org")
        connection = transport._smtp
        for recipient, error in (("never.b@example.org", Refused), ("later.c@example.org", TryLater)):
            with pytest.raises(error):
                send(transport, recipient)
        transport.offer(SENDER, "d@example.org")
        transport.withdraw()
        send(transport, "e@example.org")
        assert transport._smtp is connection
    assert sink.recipients() == ["a@example.org", "e@example.org"]


@pytest.mark.parametrize("manner", ["busy", "hang", "cut"])
def test_a_broken_connection_is_made_anew(sink: Sink, manner: str) -> None:
    with SmtpTransport() as transport:
        with pytest.raises(TransportError):
            send(transport, f"{manner}.a@example.org")
        send(transport, "b@example.org")
    assert sink.recipients()[-1] == "b@example.org"


@pytest.mark.parametrize(
    ("manner", "kind", "at_fault"),
    [
        ("never", Refused, True),
        ("policy", Refused, False),
        ("spam", Refused, False),
        ("later", TryLater, None),
        ("full", TryLater, None),
        ("busy", TryLater, None),
        ("hang", InDoubt, None),
        ("cut", InDoubt, None),
    ],
)
def test_each_answer_is_told_apart(
    sink: Sink, manner: str, kind: type[TransportError], at_fault: bool | None
) -> None:
    with SmtpTransport() as transport, pytest.raises(TransportError) as raised:
        send(transport, f"{manner}.a@example.org")
    assert type(raised.value) is kind
    assert getattr(raised.value, "address_at_fault", None) == at_fault


def test_a_server_that_says_nothing_is_given_up_in_time(
    sink: Sink, mute_port: int, settings: Settings
) -> None:
    settings.EMAIL_PORT = mute_port
    with SmtpTransport() as transport, pytest.raises(ServerDown):
        transport.offer(SENDER, "a@example.org")


def test_a_password_the_server_does_not_take_is_no_recipients_fault(sink: Sink, settings: Settings) -> None:
    settings.EMAIL_HOST_USER, settings.EMAIL_HOST_PASSWORD = "portal", "wrong"
    with SmtpTransport() as transport, pytest.raises(ServerDown):
        transport.offer(SENDER, "a@example.org")


def test_a_server_without_the_encryption_we_ask_for_gets_nothing(sink: Sink, settings: Settings) -> None:
    settings.EMAIL_USE_TLS = True
    with SmtpTransport() as transport, pytest.raises(ServerDown):
        transport.offer(SENDER, "a@example.org")


def test_delivering_what_was_never_offered_is_harmless(sink: Sink) -> None:
    with SmtpTransport() as transport, pytest.raises(TryLater):
        transport.deliver(MAIL)


@pytest.mark.parametrize(
    "recipient", ["a@example.org", "a/../b@example.org", "x" * 190 + "@example.org", "a~b@c.d"]
)
def test_a_captured_mail_lies_in_the_folder_whole(settings: Settings, tmp_path: Path, recipient: str) -> None:
    settings.EMAIL_CAPTURED, settings.CAPTURED_MAIL_DIR = True, tmp_path / "mail"
    with make_transport() as transport:
        assert type(transport) is CaptureTransport
        transport.offer(SENDER, recipient)
        assert transport.deliver(MAIL) == "250 captured"
    (path,) = (tmp_path / "mail").iterdir()
    assert path.read_bytes() == MAIL
    assert re.fullmatch(r"\d{8}T\d{12}-[0-9a-f]{8}~[^/]+\.eml", path.name)
