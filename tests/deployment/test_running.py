"""Web server, workers and clock started with the very commands of image and compose file, as production."""

from __future__ import annotations

import http.client
import json
import re
import secrets
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psycopg2
import pytest
from django.conf import settings

from culture_portal.proving.installation import Installation, Visitor, free_port, until
from tests.deployment.test_image import house, instructions, services

__all__ = ["house", "services"]  # fixtures

pytestmark = [
    pytest.mark.slow,
    pytest.mark.needs_postgres,
    pytest.mark.needs_redis,
    pytest.mark.django_db,
]
TOKEN = secrets.token_urlsafe(48)
OPERATOR = {"Authorization": f"Bearer {TOKEN}"}
CANARY = "canary-93bd1c"
SECRETS = ("SECRET_KEY", "PORTAL_LINK_KEYS", "DATABASE_URL", "EMAIL_URL", "METRICS_TOKEN")
WATCHED = ("worker", "worker-ballots", "beat")


@dataclass
class Containers:
    """One process for each container, in an environment of its own."""

    installation: Installation
    services: dict[str, Any]
    environment: dict[str, str] = field(default_factory=dict)
    running: dict[str, subprocess.Popen[bytes]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Secrets by files, and nothing of what only tests set."""
        given = self.installation.environment | {"METRICS_TOKEN": TOKEN, "LOG_LEVEL": "DEBUG"}
        for name in SECRETS:
            file = self.installation.folder / name.lower()
            file.write_text(given[name] + "\n")
            given[f"{name}_FILE"] = str(file)
        left_out = {*SECRETS, "PORTAL_BALLOT_KEY", "PORTAL_TICK_SECONDS", "WEB_CONCURRENCY"}
        self.environment = {name: value for name, value in given.items() if name not in left_out}
        self.port = free_port()

    def start(self) -> None:
        (web,) = [json.loads(rest) for word, rest in instructions() if word == "CMD" and "gunicorn" in rest]
        self._start("web", [word.replace("0.0.0.0:8000", f"127.0.0.1:{self.port}") for word in web])
        for name in WATCHED:
            self._start(name, self.services[name]["command"])
        until(self._answers)

    def _start(self, name: str, command: list[str]) -> None:
        of_this = self.installation.environment if name == "worker-ballots" else {}
        ballot_key = {key: value for key, value in of_this.items() if key == "PORTAL_BALLOT_KEY"}
        with self.log(name).open("wb") as log:
            self.running[name] = subprocess.Popen(
                [Path(sys.executable).parent / command[0], *command[1:]],
                cwd=settings.BASE_DIR,
                env=self.environment | ballot_key,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )

    def log(self, name: str) -> Path:
        return self.installation.folder / f"{name}.log"

    def lines(self, name: str) -> list[dict[str, Any]]:
        """What it logged; beside it Celery says that it ends, and root that it is not for this."""
        written = self.log(name).read_text().splitlines()
        return [json.loads(line) for line in written if line.startswith("{")]

    def ask(self, path: str, **headers: str) -> tuple[int, str]:
        request = urllib.request.Request(f"http://127.0.0.1:{self.port}{path}", headers=headers)
        try:
            with urllib.request.urlopen(request, timeout=10) as answer:
                return answer.status, answer.read().decode()
        except urllib.error.HTTPError as answer:
            return answer.code, answer.read().decode()

    def checks(self) -> set[str]:
        """What the checks of /readyz come to."""
        return {each["status"] for each in json.loads(self.ask("/readyz", **OPERATOR)[1])["checks"].values()}

    def figures(self) -> str:
        """All of them, for which database and Redis must have answered in time."""
        found: list[str] = []

        def are_all_there() -> bool:
            found.append(self.ask("/metrics", **OPERATOR)[1])
            return "portal_heartbeat_seconds{" in found[-1]

        until(are_all_there)
        return found[-1]

    def is_well(self, name: str) -> bool:
        """As its own health check finds."""
        _cmd, _python, *arguments = self.services[name]["healthcheck"]["test"]
        looked = subprocess.run(
            [sys.executable, *arguments],
            cwd=settings.BASE_DIR,
            env=self.environment,
            capture_output=True,
            check=False,
        )
        return looked.returncode == 0

    def stop(self) -> dict[str, int]:
        """What each ended with, all having been asked in good order."""
        for process in self.running.values():
            process.send_signal(signal.SIGTERM)
        try:
            return {name: process.wait(25) for name, process in self.running.items()}
        finally:
            for process in self.running.values():
                process.kill()

    def _answers(self) -> bool:
        assert self.running["web"].poll() is None, self.log("web").read_text()
        try:
            return self.ask("/healthz")[0] == http.client.OK
        except OSError:
            return False


@pytest.mark.usefixtures("house")
def test_it_runs_as_the_compose_file_says(installation: Installation, services: dict[str, Any]) -> None:
    containers = Containers(installation, services)
    containers.start()
    try:
        for name in WATCHED:
            until(lambda name=name: containers.is_well(name), containers.log(name).read_text)  # type: ignore[misc]
        until(lambda: containers.checks() == {"ok"}, containers.checks)
        a_person_comes(containers)
        a_table_is_locked(containers)
        figures = containers.figures()
        assert re.search(r'portal_requests_total\{route="/sign-in/",status="2xx"\} [1-9]', figures)
        ages = re.findall(r'^portal_heartbeat_seconds\{of="(\w+)"\} (\S+)$', figures, re.MULTILINE)
        assert {name for name, age in ages if float(age) < 300} == {"default", "ballots", "clock"}, ages
        assert containers.ask("/metrics")[0] == http.client.NOT_FOUND
    finally:
        ended = containers.stop()
    assert ended == dict.fromkeys(containers.running, 0)
    written = {name: containers.lines(name) for name in containers.running}
    assert [name for name in written if CANARY in containers.log(name).read_text()] == []
    routes = {line["route"] for line in written["web"] if line["logger"] == "portal.requests"}
    assert routes == {"/sign-in/", "/(no route)"}
    errors = [line for of in written.values() for line in of if line["level"] in {"error", "critical"}]
    assert {line["logger"] for line in errors} == {"portal.health", "django.security.DisallowedHost"}


def a_person_comes(containers: Containers) -> None:
    """Through the proxy, with a password that is wrong; and somebody who guesses addresses and hosts."""
    visitor = Visitor(containers.port)
    style = re.search(r'href="(/static/build/app\.\w+\.css)"', visitor.get("/sign-in/").text)
    assert style
    assert visitor.get(style[1]).status == http.client.OK
    wrong = visitor.post("/sign-in/", {"login": f"{CANARY}@example.org", "password": CANARY})
    assert "cp-" in wrong.text
    assert visitor.get(f"/{CANARY}/").status == http.client.NOT_FOUND
    assert containers.ask(f"/{CANARY}/", Host="10.1.2.3")[0] in {
        http.client.BAD_REQUEST,
        http.client.NOT_FOUND,
    }
    assert containers.ask("/healthz", Host="10.1.2.3")[0] == http.client.OK


def a_table_is_locked(containers: Containers) -> None:
    """The probe says so in time, though the database does not come back to it."""
    locker = psycopg2.connect(containers.installation.environment["DATABASE_URL"])
    locker.cursor().execute("LOCK TABLE django_migrations IN ACCESS EXCLUSIVE MODE")
    time.sleep(1.1)  # what was found before is kept for a second
    began = time.monotonic()
    status, found = containers.ask("/readyz", **OPERATOR)
    assert time.monotonic() - began < 6
    assert (status, json.loads(found)["checks"]["database"]["words"]) == (503, "does not answer")
    assert containers.ask("/healthz")[0] == http.client.OK
    locker.close()
    until(lambda: containers.ask("/readyz")[0] == http.client.OK)
