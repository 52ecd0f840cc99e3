"""Requests byte by byte, as no browser would send them, to a portal served as in the image."""

from __future__ import annotations

import os
import re
import select
import socket
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from culture_portal.proving.installation import HOST, Installation, Visitor, until

STATUS = re.compile(rb"HTTP/1\.1 (\d{3}) ")
BLOCK = 64 * 1024


@dataclass
class Wire:
    installation: Installation
    cookies: dict[str, str] = field(default_factory=dict)

    @property
    def port(self) -> int:
        return self.installation.ports["web"]

    def visitor(self) -> Visitor:
        return Visitor(self.port)

    def head(self, method: str, path: str, **headers: str) -> bytes:
        lines = {
            "Host": HOST,
            "X-Forwarded-Proto": "https",
            "X-Forwarded-For": "192.0.2.8",
            "Referer": f"https://{HOST}/",
            "Cookie": "; ".join(f"{name}={value}" for name, value in self.cookies.items()),
        } | {name.replace("_", "-"): value for name, value in headers.items()}
        text = "".join(f"{name}: {value}\r\n" for name, value in lines.items() if value)
        return f"{method} {path} HTTP/1.1\r\n{text}\r\n".encode()

    def send(self, pieces: Iterable[bytes], *, patience: float = 30) -> tuple[int, int]:
        """The answer's status (0 where the connection only closed), and how many bytes left until then."""
        sent = 0
        with socket.create_connection(("127.0.0.1", self.port), patience) as connection:
            try:
                for piece in pieces:
                    if select.select([connection], [], [], 0)[0]:
                        break
                    connection.sendall(piece)
                    sent += len(piece)
                answer = self.answer(connection)
            except (BrokenPipeError, ConnectionResetError):
                answer = self.answer(connection)
        found = STATUS.match(answer)
        return int(found[1]) if found else 0, sent

    @staticmethod
    def answer(connection: socket.socket) -> bytes:
        """Its first bytes."""
        try:
            return connection.recv(BLOCK)
        except ConnectionResetError:
            return b""

    # --- What it costs --------------------------------------------------------------------------------------
    def memory(self) -> int:
        """Bytes of all processes of the web server that no other shares."""
        leader = self.installation.running["web"].pid
        return sum(_private(pid) for pid in (leader, *_children(leader)))

    def is_tidy(self) -> bool:
        """Nothing is left of any upload a moment after its answer."""
        folder = Path(self.installation.environment["TMPDIR"])
        until(lambda: not any(path.is_file() for path in folder.rglob("*")))
        return True


def _children(pid: int) -> list[int]:
    return [int(each) for each in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


def _private(pid: int) -> int:
    text = Path(f"/proc/{pid}/smaps_rollup").read_text()
    return sum(1024 * int(number) for number in re.findall(r"\bPrivate_\w+:\s+(\d+) kB", text))


def file_of(size: int, field: str, boundary: str, **also: str) -> tuple[int, Iterator[bytes]]:
    """The body of a form with a file of ``size`` bytes, and its length."""
    before = "".join(
        f'--{boundary}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'
        for name, value in also.items()
    )
    before += (
        f'--{boundary}\r\nContent-Disposition: form-data; name="{field}"; filename="large.csv"\r\n'
        "Content-Type: text/csv\r\n\r\n"
    )
    after = f"\r\n--{boundary}--\r\n"

    def pieces() -> Iterator[bytes]:
        yield before.encode()
        row = b"n-1,A,a@brightwater.example\n"
        block = (row * (BLOCK // len(row) + 1))[:BLOCK]
        for start in range(0, size, BLOCK):
            yield block[: size - start]
        yield after.encode()

    return len(before) + size + len(after), pieces()


def seconds_until_closed(connection: socket.socket, *, drip: bytes = b"", at_most: float = 60) -> float:
    """How long the server keeps a connection nobody goes on with, or only byte by byte."""
    began = time.monotonic()
    connection.settimeout(1)
    while time.monotonic() - began < at_most:
        try:
            if drip:
                connection.sendall(drip)
            if connection.recv(BLOCK) == b"":
                break
        except TimeoutError:
            continue
        except OSError:
            break
    return time.monotonic() - began


def trial(environment: dict[str, str], folder: Path) -> dict[str, str]:
    """On the embedded database, as ``manage.py start`` serves it."""
    kept = ("PATH", "LANG", "PYTHONPATH", "PORTAL_VAR", "STATIC_ROOT", "LOG_LEVEL", "WEB_CONCURRENCY")
    return {name: environment[name] for name in kept} | {
        "PORTAL_URL": f"http://{HOST}",
        "ALLOWED_HOSTS": HOST,
        "HOME": os.environ.get("HOME", str(folder)),
    }
