"""A mail server that takes everything and counts it, in a process of its own.

    python -m culture_portal.proving.bench.mail_server

says its port and runs until it is ended; ``XCOUNT`` asks it how many mails it has taken. No library: what is
measured is who sends, so the receiving end must cost next to nothing.
"""

from __future__ import annotations

import asyncio
import smtplib


class Count:
    mails = 0


class Receiver(asyncio.Protocol):
    """As much of RFC 5321 as a polite sender needs."""

    _END_OF_TEXT = b"\r\n.\r\n"

    def __init__(self, count: Count) -> None:
        self._count = count
        self._waiting = b""
        self._in_text = False
        self._line: asyncio.Transport

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._line = transport
        transport.write(b"220 receiver.test\r\n")

    def data_received(self, data: bytes) -> None:
        self._waiting += data
        while self._take_one():
            pass

    def _take_one(self) -> bool:
        """One command or one text, if it has arrived whole."""
        end = self._END_OF_TEXT if self._in_text else b"\r\n"
        taken, found, rest = self._waiting.partition(end)
        if not found:
            return False
        self._waiting = rest
        if self._in_text:
            self._in_text = False
            self._count.mails += 1
            self._line.write(b"250 2.0.0 Taken\r\n")
        else:
            self._line.write(self._reply(taken.split(b" ")[0].upper()))
        return True

    def _reply(self, command: bytes) -> bytes:
        match command:
            case b"DATA":
                self._in_text = True
                return b"354 Go on\r\n"
            case b"QUIT":
                return b"221 Bye\r\n"
            case b"XCOUNT":
                return b"250 %d\r\n" % self._count.mails
        return b"250 OK\r\n"


def count_mails(port: int) -> int:
    """How many mails the server at this port has taken so far."""
    with smtplib.SMTP("127.0.0.1", port, timeout=10) as smtp:
        return int(smtp.docmd("XCOUNT")[1])


async def serve() -> None:
    count = Count()
    server = await asyncio.get_running_loop().create_server(lambda: Receiver(count), "127.0.0.1", 0)
    print(server.sockets[0].getsockname()[1], flush=True)  # read by ``running``
    await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(serve())
