"""Keeps a few programs running for as long as one terminal does; standard library only.

A program that ends is started again, at once or after a growing pause. When the supervisor ends, so do
its programs: on a stop signal in good order, and when it is killed outright by the kernel's word to each
child (Linux; elsewhere there is none, and children of a killed supervisor must be stopped by hand).
"""

import ctypes
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from culture_portal.bootstrap import ROOT, say

TURN = 0.1  # seconds between two looks at the programs
LONG_ENOUGH = 10.0  # one that ran this many seconds starts again at once
LONGEST_PAUSE = 30.0
STOP_PATIENCE = 6.0  # seconds for a clean end before the kill
PR_SET_PDEATHSIG = 1


@dataclass(frozen=True)
class Program:
    name: str
    command: Sequence[str]
    pass_fds: tuple[int, ...] = ()


@dataclass
class _Child:
    """One program, running or waiting for its next start."""

    program: Program
    log: Path
    environment: Mapping[str, str]
    process: subprocess.Popen[bytes] | None = None
    started: float = 0.0
    next_start: float = 0.0
    failures_in_a_row: int = 0

    def start(self) -> None:
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                self.program.command,
                cwd=ROOT,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                env=self.environment,
                pass_fds=self.program.pass_fds,
                # A session of its own: Ctrl-C reaches the supervisor alone, which then stops all in order.
                start_new_session=True,
                preexec_fn=_end_with_parent(os.getpid()),  # noqa: PLW1509 - there are no threads here
            )
        self.started = time.monotonic()

    def look(self) -> None:
        """Start what is due; when it has ended, say so and set its next start."""
        if self.process is None:
            if time.monotonic() >= self.next_start:
                self.start()
        elif self.process.poll() is not None:
            self._ended(self.process)

    def _ended(self, process: subprocess.Popen[bytes]) -> None:
        self.kill()
        now = time.monotonic()
        short = now - self.started < LONG_ENOUGH
        self.failures_in_a_row = self.failures_in_a_row + 1 if short else 0
        pause = min(2.0 ** (self.failures_in_a_row - 1), LONGEST_PAUSE) if short else 0.0
        self.process, self.next_start = None, now + pause
        say(
            f"The {self.program.name} ended ({_ending(process.returncode)}); "
            f"it starts again {f'in {pause:.0f} s' if pause else 'now'}. Its log: {self.log}"
        )

    def ask_to_end(self) -> None:
        if self.process and self.process.poll() is None:
            self.process.terminate()

    def has_ended(self) -> bool:
        return self.process is None or self.process.poll() is not None

    def kill(self) -> None:
        """End whatever is left of the program and of what it started itself."""
        if self.process:
            with suppress(ProcessLookupError, PermissionError):  # none is left; macOS says it the second way
                os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait()


@dataclass
class Supervisor:
    programs: Iterable[Program]
    logs: Path
    environment: Mapping[str, str] = field(default_factory=lambda: dict(os.environ))

    def __post_init__(self) -> None:
        self._stop = threading.Event()
        self._hurry = False
        self.children = [
            _Child(program, self.logs / f"{program.name}.log", self.environment) for program in self.programs
        ]

    def run(self, each_turn: Callable[[], None] = lambda: None) -> None:
        """Until SIGINT, SIGTERM or SIGHUP. ``each_turn`` is called between two looks at the programs."""
        self.logs.mkdir(parents=True, exist_ok=True)
        for name in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(name, self._on_signal)
        try:
            while not self._stop.is_set():
                for child in self.children:
                    child.look()
                each_turn()
                self._stop.wait(TURN)
        finally:
            self._end_all()

    def stop(self) -> None:
        self._stop.set()

    def _on_signal(self, *_: object) -> None:
        self._hurry = self._stop.is_set()  # the second Ctrl-C means now
        self._stop.set()

    def _end_all(self) -> None:
        for child in self.children:
            child.ask_to_end()
        deadline = time.monotonic() + STOP_PATIENCE
        while time.monotonic() < deadline and not self._hurry:
            if all(child.has_ended() for child in self.children):
                break
            time.sleep(TURN / 2)
        for child in self.children:
            child.kill()


def _ending(code: int) -> str:
    return f"signal {-code}" if code < 0 else f"exit code {code}"


def _end_with_parent(parent: int) -> Callable[[], None]:
    """For the child, before its program: ask the kernel to end it when the supervisor is gone."""
    if sys.platform != "linux":
        return lambda: None
    prctl = ctypes.CDLL(None).prctl

    def ask() -> None:
        prctl(PR_SET_PDEATHSIG, signal.SIGTERM)
        if os.getppid() != parent:  # it was gone before we asked
            os._exit(1)

    return ask
