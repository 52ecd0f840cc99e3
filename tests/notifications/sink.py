"""A mail server that writes down what reaches it, in a process of its own.

The address says how a mail is received: ``later.…@`` 450, ``never.…@`` 550, ``policy.…@`` 550 5.7.1,
``busy.…@`` 421, ``spam.…@`` 554 after the text, ``full.…@`` 452 after the text, ``hang.…@`` never answers
the text, ``cut.…@`` closes the connection instead of answering. Texts that got as far as their dot are
recorded, one JSON line each, also where no answer follows.

    python -m tests.notifications.sink RECORD_FILE PORT_FILE [mute]

``mute``: accepts connections and never says a word.
"""

from __future__ import annotations

import asyncio
import json
import sys
from email import message_from_bytes
from pathlib import Path
from typing import Any

from aiosmtpd.smtp import SMTP, Envelope, Session

ON_RECIPIENT = {
    "later": "450 4.2.0 Try again later",
    "never": "550 5.1.1 No such box",
    "policy": "550 5.7.1 Not from you",
    "busy": "421 4.3.2 Closing",
}
ON_TEXT = {"spam": "554 5.7.0 Not this text", "full": "452 4.2.2 Box is full"}


class Recorder:
    def __init__(self, record: Path) -> None:
        self._record = record.open("a")

    async def handle_RCPT(  # noqa: N802 - the library's name
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        refusal = ON_RECIPIENT.get(address.partition(".")[0], "")
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
        (recipient,) = envelope.rcpt_tos
        manner = recipient.partition(".")[0]
        if manner in ON_TEXT:
            return ON_TEXT[manner]
        self._write(recipient, envelope.original_content or b"")
        if manner == "hang":
            await asyncio.sleep(3600)
        if manner == "cut":
            hang_up(server)
        return "250 2.0.0 Taken"

    def _write(self, recipient: str, content: bytes) -> None:
        mail = message_from_bytes(content)
        line: dict[str, Any] = {
            "recipient": recipient,
            "message_id": mail["Message-ID"],
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
    recorder = Recorder(record)

    def answering() -> asyncio.Protocol:
        return SMTP(recorder, hostname="sink.test", enable_SMTPUTF8=False, timeout=3600)

    server = await asyncio.get_running_loop().create_server(Mute if mute else answering, "127.0.0.1", 0)
    draft = port_file.with_suffix(".draft")
    draft.write_text(str(server.sockets[0].getsockname()[1]))
    draft.rename(port_file)
    await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(serve(Path(sys.argv[1]), Path(sys.argv[2]), mute="mute" in sys.argv[3:]))
