"""gunicorn's threaded worker, with an end to its patience.

It waits for ever for the rest of a request that has begun, in one of a few threads: a handful of clients that
stop in the middle would be enough to keep everybody out. Here a request has ``GRACE`` seconds, and more only
for what has come in of it meanwhile.
"""

from __future__ import annotations

import socket
import struct
import time
from typing import Any

from gunicorn import http
from gunicorn.http.errors import NoMoreData
from gunicorn.http.unreader import SocketUnreader
from gunicorn.workers.gthread import ThreadWorker

GRACE = 10.0
# A line as slow as this is waited for, however long it takes.
BYTES_A_SECOND = 16 * 1024
# An answer nobody takes is given up after as long.
_SENDING = struct.pack("ll", int(GRACE), 0)


class Closed(Exception):
    """Tells the loop that the connection is gone; it only counts it off."""


# gunicorn has no types.
class PatientUnreader(SocketUnreader):  # type: ignore[misc]
    """``until`` is set by the first byte waited for, and moved by those that come."""

    until: float | None = None
    gave_up = False

    def chunk(self, size_hint: int | None = None) -> bytes:
        now = time.monotonic()
        self.until = now + GRACE if self.until is None else self.until
        # Draining what nobody read (finish_body) waits no longer than it says itself.
        before = self.sock.gettimeout()
        left = self.until - now if before is None else min(before, self.until - now)
        if left <= 0:
            self.gave_up = True
            raise NoMoreData
        try:
            self.sock.settimeout(left)
            data: bytes = super().chunk(size_hint)
        except TimeoutError:
            if before is not None:
                raise
            self.gave_up = True
            # As if they had gone, which gunicorn and Django both know how to take.
            raise NoMoreData from None
        finally:
            self.sock.settimeout(before)
        self.until += len(data) / BYTES_A_SECOND
        return data


class PatientWorker(ThreadWorker):  # type: ignore[misc]
    def enqueue_req(self, conn: Any) -> None:
        """Called for each request of a connection."""
        if conn.parser is None:
            conn.parser = http.get_parser(self.cfg, conn.sock, conn.client)
            conn.parser.unreader = PatientUnreader(conn.sock)
            conn.sock.setsockopt(socket.SOL_SOCKET, socket.SO_SNDTIMEO, _SENDING)
        conn.parser.unreader.until = None
        super().enqueue_req(conn)

    def handle(self, conn: Any) -> Any:
        """Says goodbye itself: gunicorn would in the loop that lets everybody in, up to two seconds each."""
        goes_on = super().handle(conn)
        if goes_on is False:
            conn.close(graceful=not conn.parser.unreader.gave_up)
            raise Closed
        return goes_on
