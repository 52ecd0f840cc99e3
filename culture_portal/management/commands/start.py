"""``manage.py start``: the whole portal on this machine, for trying it out."""

import fcntl
import hashlib
import os
import select
import socket
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError
from django.db import connections

from culture_portal.bootstrap import ROOT, SetupError, chosen_port, claim_port, say
from culture_portal.demo import DemoLogin, ensure_demo
from culture_portal.supervisor import Program, Supervisor
from people.models import Person

GUNICORN = ROOT / "culture_portal" / "gunicorn.py"
FIRST_PAGE_PATIENCE = 120.0  # seconds; it takes two, but a machine may be busy


class Command(BaseCommand):
    help = "Run the portal on this machine, with a demonstration when it is empty. Ctrl-C stops it."

    def handle(self, *args: Any, **options: Any) -> None:
        if not settings.TRIAL:
            raise CommandError("start is for trying the portal out; see docs/operating.md for production.")
        with only_one(settings.PORTAL_VAR), _listener() as listener:
            prepare_database()
            collect_static()
            logins = demonstration()
            connections.close_all()
            if not serve(listener, logins):
                sys.exit(1)
        say("The portal has stopped.")


@contextmanager
def only_one(folder: Path) -> Iterator[None]:
    """Two portals over one folder would share a database, a queue and a clock."""
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "start.lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise CommandError(
                f"The portal already runs with its state in {folder}. Stop that one, "
                "or give this one a folder of its own: PORTAL_VAR=/some/where python3 manage.py start"
            ) from None
        yield


def _listener() -> socket.socket:
    try:
        return claim_port(chosen_port())
    except SetupError as problem:
        raise CommandError(str(problem)) from None


def prepare_database() -> None:
    say("Preparing the database ...")
    call_command("migrate", verbosity=0, interactive=False)
    call_command("createcachetable", verbosity=0)


def demonstration() -> list[DemoLogin]:
    if not Person.objects.exists():
        say("Loading a demonstration ...")
    return ensure_demo()


def collect_static() -> None:
    """Anew only when a file of ``static/`` or the installed packages changed: it takes seconds."""
    stamp = settings.PORTAL_VAR / "static.sha256"
    current = _static_print()
    if stamp.exists() and stamp.read_text() == current and settings.STATIC_ROOT.is_dir():
        return
    call_command("collectstatic", verbosity=0, interactive=False, clear=True)
    stamp.write_text(current)


def _static_print() -> str:
    digest = hashlib.sha256((ROOT / "requirements.txt").read_bytes())
    for path in sorted((ROOT / "static").rglob("*")):
        facts = path.stat()
        digest.update(f"{path} {facts.st_size} {facts.st_mtime_ns}\n".encode())
    return digest.hexdigest()


def serve(listener: socket.socket, logins: Sequence[DemoLogin]) -> bool:
    """Until somebody stops it; false when the first page never came."""
    logs = settings.PORTAL_VAR.resolve() / "log"
    supervisor = Supervisor(
        programs=programs(listener.fileno()),
        logs=logs,
        environment={**os.environ, "PORTAL_VAR": str(settings.PORTAL_VAR.resolve()), "PYTHONUNBUFFERED": "1"},
    )
    first_page = FirstPage(listener.getsockname()[1])

    def each_turn() -> None:
        if first_page.just_came():
            welcome(logins, logs)
        elif first_page.is_overdue():
            say(f"The web server does not answer. Its log, {logs / 'web.log'}, says why.")
            supervisor.stop()

    supervisor.run(each_turn)
    return first_page.came


def programs(web_socket: int) -> list[Program]:
    """The web server inherits the listening socket: while it restarts, visitors wait instead of failing."""
    celery = [sys.executable, "-m", "celery", "--app=culture_portal.celery"]
    return [
        Program(
            name="web",
            command=[sys.executable, "-m", "gunicorn", f"--config={GUNICORN}", f"--bind=fd://{web_socket}"],
            pass_fds=(web_socket,),
        ),
        Program(
            name="worker",
            command=[
                *(*celery, "worker", "--loglevel=WARNING"),
                *("--queues=default,ballots", "--pool=threads", "--concurrency=4"),
                *("--without-gossip", "--without-mingle", "--without-heartbeat"),  # there is but one worker
            ],
        ),
        Program(name="clock", command=[*celery, "beat", "--loglevel=WARNING", "--pidfile="]),
    ]


class FirstPage:
    """Asks the web server for one page, without ever waiting for it."""

    def __init__(self, port: int) -> None:
        self.came = False
        self._port = port
        self._deadline = time.monotonic() + FIRST_PAGE_PATIENCE
        self._connection: socket.socket | None = None

    def just_came(self) -> bool:
        """True once."""
        if self.came:
            return False
        try:
            self.came = self._has_answered()
        except OSError:  # the server went away under the question
            self._forget()
        return self.came

    def is_overdue(self) -> bool:
        return not self.came and time.monotonic() > self._deadline

    def _has_answered(self) -> bool:
        if self._connection is None:
            self._connection = socket.create_connection(("127.0.0.1", self._port), timeout=1)
            self._connection.sendall(b"GET / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
        if not select.select([self._connection], [], [], 0)[0]:
            return False
        status = self._connection.recv(64).split(b" ")[1:2]
        self._forget()
        return bool(status) and status[0] < b"500"

    def _forget(self) -> None:
        if self._connection:
            self._connection.close()
            self._connection = None


def welcome(logins: Sequence[DemoLogin], logs: Path) -> None:
    say(f"\nThe portal is ready: {settings.PORTAL_URL}/\n")
    if logins:
        say("Sign in as one of these (the passwords are new at each start):")
        for login in logins:
            say(f"  {login.role:<10} {login.email:<40} {login.password}")
        say()
    if settings.EMAIL_CAPTURED:
        say("Mail goes nowhere; read it in the portal under Captured mail.")
    say(f"Logs: {logs}. Stop with Ctrl-C.")
