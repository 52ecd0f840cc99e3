"""PostgreSQL and Redis for one run: own processes where the machine has the programs, so that they can be
killed and restarted; else those of ``DATABASE_URL`` and ``REDIS_URL``, of which only connections can be cut.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
import time
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol
from urllib.parse import urlsplit

import psycopg2
import redis

from culture_portal.proving.installation import Server, execute, free_port

DATABASE_URL = "postgres://postgres@127.0.0.1:5432"
REDIS_URL = "redis://127.0.0.1:6379"
CUT = (
    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
    "WHERE pid <> pg_backend_pid() AND datname LIKE 'portal_installation_%'"
)


class Missing(Exception):
    """A service this machine does not have, in words for whoever started the run."""


class Database(Protocol):
    how: str

    @property
    def server(self) -> Server: ...

    def restart(self) -> None: ...

    def stop(self) -> None: ...


@dataclass
class OwnDatabase:
    """A cluster of its own. ``restart`` is a crash: the processes end at once, the log is replayed."""

    programs: Path
    folder: Path = field(default_factory=lambda: Path(tempfile.mkdtemp(prefix="portal-postgres-")))
    port: int = field(default_factory=free_port)
    how: str = "crashed and recovered"

    def __post_init__(self) -> None:
        if os.geteuid() == 0:
            shutil.chown(self.folder, "postgres")
        self._run("initdb", "--username=postgres", "--auth=trust", "--no-sync")
        self._start()

    @property
    def server(self) -> Server:
        return Server(f"postgres://postgres@127.0.0.1:{self.port}")

    def restart(self) -> None:
        self._run("pg_ctl", "--mode=immediate", "stop")
        self._start()

    def stop(self) -> None:
        with suppress(subprocess.CalledProcessError):
            self._run("pg_ctl", "--mode=immediate", "stop")
        shutil.rmtree(self.folder, ignore_errors=True)

    def _start(self) -> None:
        options = (
            f"-c listen_addresses=127.0.0.1 -c port={self.port} -c unix_socket_directories={self.folder}"
        )
        self._run("pg_ctl", f"--log={self.folder / 'log'}", f"--options={options}", "--wait", "start")

    def _run(self, program: str, *arguments: str) -> None:
        # PostgreSQL refuses to run as root.
        other = ["runuser", "-u", "postgres", "--"] if os.geteuid() == 0 else []
        command = [*other, str(self.programs / program), f"--pgdata={self.folder / 'data'}", *arguments]
        subprocess.run(
            command, check=True, cwd=self.folder, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )


@dataclass
class GivenDatabase:
    given: Server
    how: str = "every connection cut"

    @property
    def server(self) -> Server:
        return self.given

    def restart(self) -> None:
        execute(self.server.address("postgres"), CUT)

    def stop(self) -> None:
        pass


class Broker(Protocol):
    how: str

    @property
    def url(self) -> str: ...

    def restart(self) -> None: ...

    def stop(self) -> None: ...


@dataclass
class OwnBroker:
    """A Redis of its own, which forgets everything when it is killed."""

    port: int = field(default_factory=free_port)
    how: str = "killed and started empty"

    def __post_init__(self) -> None:
        self._start()

    @property
    def url(self) -> str:
        return f"redis://127.0.0.1:{self.port}"

    def restart(self) -> None:
        self._process.kill()
        self._process.wait()
        time.sleep(0.5)
        self._start()

    def stop(self) -> None:
        self._process.kill()
        self._process.wait()

    def _start(self) -> None:
        command = ["redis-server", "--port", str(self.port), "--bind", "127.0.0.1", "--save", ""]
        self._process = subprocess.Popen(command, stdout=subprocess.DEVNULL, cwd=tempfile.gettempdir())
        _wait_for_redis(self.url)


@dataclass
class GivenBroker:
    given: str
    how: str = "flushed, connections cut"

    @property
    def url(self) -> str:
        return self.given

    def restart(self) -> None:
        client = redis.Redis.from_url(f"{self.url}/14")
        client.flushdb()
        client.client_kill_filter(_type="normal", skipme=True)

    def stop(self) -> None:
        pass


def find_database() -> Database:
    given = os.environ.get("DATABASE_URL", "")
    programs = sorted(Path("/usr/lib/postgresql").glob("*/bin/pg_ctl"))
    found = shutil.which("pg_ctl")
    if found or programs:
        return OwnDatabase(Path(found).parent if found else programs[-1].parent)
    server = Server(_without_name(given or DATABASE_URL))
    try:
        psycopg2.connect(server.address("postgres")).close()
    except psycopg2.OperationalError:
        raise Missing(
            "No PostgreSQL: install its server, or name one whose user may create databases in DATABASE_URL."
        ) from None
    return GivenDatabase(server)


def find_broker() -> Broker:
    if shutil.which("redis-server"):
        return OwnBroker()
    url = _without_name(os.environ.get("REDIS_URL", "") or REDIS_URL)
    try:
        redis.Redis.from_url(url).ping()
    except redis.RedisError:
        raise Missing("No Redis: install redis-server, or name a server in REDIS_URL.") from None
    return GivenBroker(url)


def _without_name(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}"


def _wait_for_redis(url: str) -> None:
    client = redis.Redis.from_url(url)
    for _ in range(100):
        with suppress(redis.RedisError):
            client.ping()
            return
        time.sleep(0.1)
    raise Missing("Redis did not start.")
