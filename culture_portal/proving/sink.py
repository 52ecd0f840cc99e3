"""A mail server that writes down what reaches it, in a process of its own.

The address says how a mail is received: ``later.…@`` 450, ``never.…@`` 550, ``policy.…@`` 550 5.7.1,
``busy.…@`` 421, ``spam.…@`` 554 after the text, ``full.…@`` 452 after the text, ``hang.…@`` never answers
the text, ``cut.…@`` closes the connection instead of answering, ``slow.…@`` answers after a while. Texts that
got as far as their dot are recorded, one JSON line each, also where no answer follows: ``offered_at`` is when
the recipient was named, ``arrived_at`` when the text was whole.

Beside the record a file of the ending ``.manner`` may hold one of these words, and ``mute`` for a server that
takes connections and says nothing, with a chance behind it (``hang 0.3``): so it is then for every address.

    python -m culture_portal.proving.sink RECORD_FILE PORT_FILE [mute]

``mute``: accepts connections and never says a word.
"""

from __future__ import annotations

import asyncio
import json
import random
import subprocess
import sys
import time
from dataclasses import dataclass
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path
from typing import Any, TextIO

from aiosmtpd.smtp import SMTP, Envelope, Session

ROOT = Path(__file__).resolve().parents[2]
SLOW = 0.3  # seconds
ON_RECIPIENT = {
    "later": "450 4.2.0 Try again later",
    "never": "550 5.1.1 No such box",
    "policy": "550 5.7.1 Not from you",
    "busy": "421 4.3.2 Closing",
}
ON_TEXT = {"spam": "554 5.7.0 Not this text", "full": "452 4.2.2 Box is full"}
AFTER_TEXT = ("hang", "cut", "slow")


@dataclass(frozen=True)
class Sink:
    """What this mail server has taken."""

    port: int
    record: Path

    @property
    def manner_file(self) -> Path:
        return self.record.with_suffix(".manner")

    def behave(self, manner: str = "", chance: float = 1.0) -> None:
        """To everybody from now on; in no special manner without one."""
        draft = self.manner_file.with_suffix(".draft")
        draft.write_text(f"{manner} {chance}" if manner else "")
        draft.replace(self.manner_file)

    def lines(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self.record.read_text().splitlines()]

    def recipients(self) -> list[str]:
        return [line["recipient"] for line in self.lines()]

    def mails(self) -> list[EmailMessage]:
        sources = [line["source"].encode("latin-1") for line in self.lines()]
        return [message_from_bytes(source, policy=policy.default) for source in sources]


def start_sink(folder: Path, *options: str) -> tuple[subprocess.Popen[bytes], Sink]:
    record, port_file = folder / "record.jsonl", folder / "port"
    command = [sys.executable, "-m", "culture_portal.proving.sink", str(record), str(port_file), *options]
    process = subprocess.Popen(command, cwd=ROOT)
    until = time.monotonic() + 20
    while not port_file.exists():
        assert process.poll() is None, "the mail server did not start"
        assert time.monotonic() < until, "the mail server did not start in time"
        time.sleep(0.02)
    return process, Sink(int(port_file.read_text()), record)


def stop(process: subprocess.Popen[bytes]) -> None:
    process.kill()
    process.wait()


def manner_of(file: Path, address: str = "") -> str:
    """How this address is treated, or everybody."""
    own = address.partition(".")[0]
    if own in ON_RECIPIENT or own in ON_TEXT or own in AFTER_TEXT:
        return own
    said = file.read_text().split() if file.exists() else []
    return said[0] if said and random.random() < float(said[1]) else ""


class Recorder:
    """One connection: it takes one mail after the other."""

    def __init__(self, record: TextIO, manner_file: Path) -> None:
        self._record = record
        self._manner_file = manner_file
        self._manner = ""
        self._offered_at = 0.0

    async def handle_RCPT(  # noqa: N802 - the library's name
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        self._offered_at = time.time()
        self._manner = manner_of(self._manner_file, address)
        refusal = ON_RECIPIENT.get(self._manner, "")
        if refusal.startswith("421"):
            # What a server that closes down does: says so and hangs up.
            await server.push(refusal)
            hang_up(server)
            return refusal
        if not refusal:
            envelope.rcpt_tos.append(address)
        return refusal or "250 OK"

    async def handle_DATA(  # noqa: N802 - the library's name
        self, server: SMTP, session: Session, envelope: Envelope
    ) -> str:
        if self._manner in ON_TEXT:
            return ON_TEXT[self._manner]
        self._write(envelope)
        if self._manner == "hang":
            await asyncio.sleep(3600)
        if self._manner == "slow":
            await asyncio.sleep(SLOW)
        if self._manner == "cut":
            hang_up(server)
        return "250 2.0.0 Taken"

    def _write(self, envelope: Envelope) -> None:
        (recipient,) = envelope.rcpt_tos
        content = envelope.original_content or b""
        mail = message_from_bytes(content)
        line: dict[str, Any] = {
            "recipient": recipient,
            "message_id": mail["Message-ID"],
            "offered_at": self._offered_at,
            "arrived_at": time.time(),
            "source": content.decode("latin-1"),
        }
        self._record.write(json.dumps(line) + "\n")
        self._record.flush()


def hang_up(server: SMTP) -> None:
    if server.transport is not None:
        server.transport.close()


class Mute(asyncio.Protocol):
    pass


async def serve(record: Path, port_file: Path, *, mute: bool) -> None:
    opened, manner_file = record.open("a"), Sink(0, record).manner_file

    def answering() -> asyncio.Protocol:
        if mute or manner_of(manner_file) == "mute":
            return Mute()
        return SMTP(Recorder(opened, manner_file), hostname="sink.test", enable_SMTPUTF8=False, timeout=3600)

    server = await asyncio.get_running_loop().create_server(answering, "127.0.0.1", 0)
    draft = port_file.with_suffix(".draft")
    draft.write_text(str(server.sockets[0].getsockname()[1]))
    draft.rename(port_file)
    await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(serve(Path(sys.argv[1]), Path(sys.argv[2]), mute="mute" in sys.argv[3:]))
