"""A production installation on this machine: own database and keys, real processes, a recording mail server.

Web servers, workers and beats run as in docker-compose.yml, several of each where a test wants them.
"""

from __future__ import annotations

import http.client
import os
import re
import secrets
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from http.cookies import SimpleCookie
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import psycopg2

from culture_portal.proving.sink import ROOT, Sink

HOST = "portal.example.com"
PATIENCE = 240.0  # seconds, for what takes a few where nothing else runs


def until(found: Callable[[], bool], why_not: Callable[[], object] = lambda: "waited too long") -> None:
    deadline = time.monotonic() + PATIENCE
    while not found():
        assert time.monotonic() < deadline, why_not()
        time.sleep(0.2)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@dataclass(frozen=True)
class Server:
    """A PostgreSQL for throw-away databases; ``place`` is its address without a database's name."""

    place: str

    def address(self, name: str) -> str:
        return f"{self.place}/{name}"

    def create_database(self, name: str = "") -> str:
        name = name or f"portal_installation_{secrets.token_hex(6)}"
        execute(self.address("postgres"), f'CREATE DATABASE "{name}"')
        return name

    def drop_database(self, name: str) -> None:
        execute(self.address("postgres"), f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')


def execute(address: str, statement: str) -> list[tuple[Any, ...]]:
    connection = psycopg2.connect(address)
    connection.autocommit = True
    try:
        with connection.cursor() as cursor:
            cursor.execute(statement)
            return cursor.fetchall() if cursor.description else []
    finally:
        connection.close()


@dataclass
class Installation:
    """``folder`` holds its keys, its record of what was sent, and one log for each process.

    ``redis`` names a database that nobody else's workers hear.
    """

    folder: Path
    sink: Sink
    server: Server
    redis: str
    environment: dict[str, str] = field(default_factory=dict)
    running: dict[str, subprocess.Popen[bytes]] = field(default_factory=dict)
    ports: dict[str, int] = field(default_factory=dict)
    app: str = "culture_portal"
    name: str = field(default_factory=lambda: f"portal_installation_{secrets.token_hex(6)}")

    def __post_init__(self) -> None:
        self.environment = {
            "PATH": os.environ["PATH"],
            "LANG": "C.UTF-8",
            "PYTHONPATH": str(ROOT),
            "PORTAL_MODE": "production",
            "PORTAL_URL": f"https://{HOST}",
            "ALLOWED_HOSTS": HOST,
            "SECRET_KEY": secrets.token_urlsafe(48),
            "PORTAL_LINK_KEYS": secrets.token_urlsafe(48),
            "PORTAL_BALLOT_KEY": secrets.token_urlsafe(48),
            "PORTAL_KEY_DIR": str(self.folder / "keys"),
            "PORTAL_VAR": str(self.folder / "state"),
            "PORTAL_TICK_SECONDS": "1",
            "STATIC_ROOT": str(self.folder / "static"),
            "DATABASE_URL": self.server.address(self.name),
            "REDIS_URL": self.redis,
            "EMAIL_URL": f"smtp://127.0.0.1:{self.sink.port}",
            "DEFAULT_FROM_EMAIL": "Culture Portal <portal@example.com>",
            "SECOND_FACTOR_REQUIRED": "false",
            "PORTAL_PROXY_COUNT": "1",
            "WEB_CONCURRENCY": "1",
            "LOG_LEVEL": "WARNING",
        }
        (self.folder / "state").mkdir(parents=True)
        (self.folder / "keys").mkdir()

    # --- The database ---------------------------------------------------------------------------------------
    def create_database(self) -> None:
        self.server.create_database(self.name)

    def drop_database(self) -> None:
        self.server.drop_database(self.name)

    def sql(self, statement: str) -> list[tuple[Any, ...]]:
        return execute(self.environment["DATABASE_URL"], statement)

    def dump(self, file: Path, how: str = "--format=custom") -> None:
        self._tool("pg_dump", how, f"--file={file}", self.environment["DATABASE_URL"])

    def restore(self, file: Path) -> None:
        self._tool("pg_restore", "--exit-on-error", f"--dbname={self.environment['DATABASE_URL']}", str(file))

    @staticmethod
    def _tool(*command: str) -> None:
        subprocess.run(command, check=True, capture_output=True, timeout=PATIENCE)

    # --- Processes ------------------------------------------------------------------------------------------
    def manage(self, *arguments: str) -> str:
        return self.python("manage.py", *arguments)

    def python(self, *arguments: str) -> str:
        done = subprocess.run(
            [sys.executable, *arguments],
            cwd=ROOT,
            env=self.environment,
            capture_output=True,
            text=True,
            timeout=PATIENCE,
            check=False,
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout.strip()

    def start_web(self, name: str) -> None:
        self.ports[name] = free_port()
        address = f"127.0.0.1:{self.ports[name]}"
        self._start(name, "gunicorn", "--config", "culture_portal/gunicorn.py", "--bind", address)
        until(lambda: self._answers(name), lambda: self._log(name))

    def start_worker(self, name: str, **instead: str) -> None:
        queues = "--queues=default,ballots"
        self._start(name, "celery", f"--app={self.app}", "worker", queues, "--concurrency=2", **instead)

    def start_beat(self, name: str, **instead: str) -> None:
        self._start(name, "celery", "--app=culture_portal", "beat", "--pidfile=", **instead)

    def _start(self, name: str, *module_and_arguments: str, **instead: str) -> None:
        with (self.folder / f"{name}.log").open("ab") as log:
            self.running[name] = subprocess.Popen(
                [sys.executable, "-m", *module_and_arguments],
                cwd=ROOT,
                env=self.environment | instead,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )

    def stop(self, *names: str) -> None:
        """As an operator would; with the whole group in the end, so that nothing outlives the test."""
        chosen = names or tuple(self.running)
        for name in chosen:
            self.running[name].send_signal(signal.SIGTERM)
        for name in chosen:
            process = self.running.pop(name)
            try:
                process.wait(20)
            except subprocess.TimeoutExpired:
                os.killpg(process.pid, signal.SIGKILL)
                process.wait(10)

    def _answers(self, name: str) -> bool:
        assert self.running[name].poll() is None, self._log(name)
        try:
            return Visitor(self.ports[name]).get("/sign-in/").status == http.client.OK
        except OSError:
            return False

    def _log(self, name: str) -> str:
        return (self.folder / f"{name}.log").read_text()[-2000:]


@dataclass(frozen=True)
class Reply:
    status: int
    location: str
    text: str


@dataclass
class Visitor:
    """A browser without scripts behind the proxy that ends TLS, which the portal is told of."""

    port: int
    cookies: dict[str, str] = field(default_factory=dict)

    def get(self, path: str) -> Reply:
        return self._ask("GET", path)

    def post(self, path: str, values: Mapping[str, str] | None = None, *, page: str = "") -> Reply:
        """Send the form of a page (by default of the same address) with what it holds and ``values``."""
        form = self.get(page or path).text
        hidden = dict(re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)"', form))
        return self._ask("POST", path, urlencode(hidden | dict(values or {})))

    def sign_in(self, address: str, password: str) -> None:
        reply = self.post("/sign-in/", {"login": address, "password": password})
        assert (reply.status, reply.location) == (http.client.FOUND, "/"), reply

    def _ask(self, method: str, path: str, body: str = "") -> Reply:
        headers = {
            "Host": HOST,
            "X-Forwarded-Proto": "https",
            "X-Forwarded-For": "192.0.2.7",
            "Referer": f"https://{HOST}{path}",
            "Cookie": "; ".join(f"{name}={value}" for name, value in self.cookies.items()),
        }
        if method == "POST":
            headers["Content-Type"] = "application/x-www-form-urlencoded"
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        try:
            connection.request(method, path, body or None, headers)
            response = connection.getresponse()
            for line in response.headers.get_all("Set-Cookie") or []:
                self.cookies |= {name: morsel.value for name, morsel in SimpleCookie(line).items()}
            return Reply(response.status, response.headers.get("Location", ""), response.read().decode())
        finally:
            connection.close()
