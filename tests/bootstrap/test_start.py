"""``manage.py start`` as a person uses it: real processes, from the first line to the last."""

import os
import re
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from http.cookiejar import CookieJar
from pathlib import Path
from urllib.parse import urlencode

import pytest

from culture_portal.bootstrap import ROOT

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not Path("/proc/self/environ").exists(), reason="finds processes by /proc"),
]

PATIENCE = 240  # seconds for a first start on a busy machine; it takes a few


@dataclass
class Portal:
    """One running `start`, known by its folder."""

    process: "subprocess.Popen[str]"
    var: Path
    output: Path
    port: int

    @property
    def printed(self) -> str:
        return self.output.read_text()

    def until(self, condition: Callable[[], object], what: str) -> None:
        deadline = time.monotonic() + PATIENCE
        while not condition():
            if time.monotonic() > deadline:
                pytest.fail(f"waited {PATIENCE} s for: {what}\n{self.printed}")
            time.sleep(0.1)

    def processes(self) -> dict[int, str]:
        """Every living process that has our folder in its environment, with its command."""
        found: dict[int, str] = {}
        for entry in Path("/proc").glob("[0-9]*"):
            try:
                environment = (entry / "environ").read_bytes().split(b"\0")
                command = (entry / "cmdline").read_bytes().replace(b"\0", b" ").decode()
            except OSError:  # it ended while we looked
                continue
            if f"PORTAL_VAR={self.var}".encode() in environment and command:
                found[int(entry.name)] = command
        return found

    def pid_of(self, program: str) -> int:
        """Of the supervisor's own child: the workers of a program carry the same command."""
        children = Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children").read_text().split()
        commands = self.processes()
        return next((int(pid) for pid in children if program in commands.get(int(pid), "")), 0)


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as server:
        return int(server.getsockname()[1])


@pytest.fixture(scope="module")
def var(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One folder for the module: the first start fills it, the others find it filled."""
    return tmp_path_factory.mktemp("var")


@pytest.fixture
def portal(var: Path, tmp_path: Path) -> Iterator[Portal]:
    port = free_port()
    output = tmp_path / "output"
    without = {"DATABASE_URL", "REDIS_URL", "PORTAL_URL", "DJANGO_SETTINGS_MODULE"}
    kept = {name: value for name, value in os.environ.items() if name not in without}
    with output.open("w") as file:
        process = subprocess.Popen(
            [sys.executable, "manage.py", "start"],
            cwd=ROOT,
            env={**kept, "PORT": str(port), "PORTAL_VAR": str(var)},
            stdout=file,
            stderr=subprocess.STDOUT,
            text=True,
        )
    running = Portal(process, var, output, port)
    running.until(lambda: "Stop with Ctrl-C." in running.printed or process.poll() is not None, "the welcome")
    yield running
    process.send_signal(signal.SIGINT)
    process.wait(timeout=20)
    assert running.processes() == {}


def logins(printed: str) -> dict[str, tuple[str, str]]:
    """Role, address and password, as printed in columns."""
    rows = re.findall(r"^  (employee|manager|HR) +(\S+@\S+) +(\S+)$", printed, re.MULTILINE)
    return {role: (email, password) for role, email, password in rows}


def lands_on(portal: Portal, email: str, password: str) -> str:
    """Where the browser of somebody signing in ends up."""
    base = f"http://localhost:{portal.port}"
    opener = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(CookieJar()))
    page = opener.open(f"{base}/", timeout=20)
    token = re.search(r'name="csrfmiddlewaretoken" value="(\w+)"', page.read().decode())
    assert token
    form = urlencode({"login": email, "password": password, "csrfmiddlewaretoken": token[1]})
    sign_in = urllib.request.Request(page.url, form.encode(), {"Referer": page.url, "Origin": base})
    return str(opener.open(sign_in, timeout=20).url).removeprefix(base)


def test_the_printed_logins_work_and_killed_programs_come_back(portal: Portal) -> None:
    assert f"The portal is ready: http://localhost:{portal.port}/" in portal.printed
    found = logins(portal.printed)
    assert list(found) == ["employee", "manager", "HR"]
    for email, password in found.values():
        assert lands_on(portal, email, password) == "/"
    assert lands_on(portal, found["HR"][0], "not the password").startswith("/sign-in/")

    page = urllib.request.urlopen(f"http://localhost:{portal.port}/sign-in/", timeout=20).read().decode()
    style = re.search(r'href="(/static/build/app\.\w+\.css)"', page)
    assert style
    answer = urllib.request.urlopen(f"http://localhost:{portal.port}{style[1]}", timeout=20)
    assert answer.headers["Content-Type"].startswith("text/css")

    for program in ("gunicorn", " worker ", " beat "):
        first = portal.pid_of(program)
        os.kill(first, signal.SIGKILL)
        portal.until(lambda: portal.pid_of(program) not in {0, first}, f"another {program}")  # noqa: B023
    assert lands_on(portal, *found["HR"]) == "/"


def test_a_second_start_makes_nothing_anew_but_passwords_and_refuses_a_third(portal: Portal) -> None:
    assert portal.printed.split("\n\n")[0] == "Preparing the database ..."
    third = subprocess.run(
        [sys.executable, "manage.py", "start"],
        cwd=ROOT,
        env={**os.environ, "PORT": str(free_port()), "PORTAL_VAR": str(portal.var)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert third.returncode == 1
    assert f"The portal already runs with its state in {portal.var}." in third.stderr
    for email, password in logins(portal.printed).values():
        assert lands_on(portal, email, password) == "/"
