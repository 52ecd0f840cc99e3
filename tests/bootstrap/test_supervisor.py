"""Real processes under a real supervisor: what is killed comes back, and nothing outlives the end."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from culture_portal.bootstrap import ROOT

KEEPER = """
import sys
from pathlib import Path
from culture_portal.supervisor import Program, Supervisor

folder = Path(sys.argv[1])
program = Program("toy", [sys.executable, "-c", sys.argv[2], str(folder)])
Supervisor([program], logs=folder).run()
"""

# Notes its own number and that of a child of its own, then waits.
TOY = """
import os, subprocess, sys, time
from pathlib import Path

helper = subprocess.Popen(["sleep", "60"])
draft = Path(sys.argv[1], "draft")
draft.write_text(f"{os.getpid()} {helper.pid}")
draft.rename(Path(sys.argv[1], "pids"))
time.sleep(60)
"""

DEAF_TOY = "import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN)" + TOY


@pytest.fixture
def keep(tmp_path: Path) -> Iterator[Callable[[str], "subprocess.Popen[str]"]]:
    """Starts a supervisor over one program given as its source."""
    keepers: list[subprocess.Popen[str]] = []

    def start(source: str) -> "subprocess.Popen[str]":
        command = [sys.executable, "-c", KEEPER, str(tmp_path), source]
        keepers.append(subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True))
        return keepers[-1]

    yield start
    for keeper in keepers:
        keeper.send_signal(signal.SIGINT)
        keeper.send_signal(signal.SIGINT)
        keeper.communicate(timeout=10)


def pids(folder: Path, *, other_than: list[int] | None = None) -> list[int]:
    """Of the toy and its helper, as soon as the toy wrote them."""
    note = folder / "pids"
    deadline = time.monotonic() + 10
    while time.monotonic() < deadline:
        found = [int(pid) for pid in note.read_text().split()] if note.exists() else []
        if found and found != other_than:
            return found
        time.sleep(0.02)
    pytest.fail("the toy did not start in 10 s")


def living(numbers: list[int], *, within: float = 3) -> list[int]:
    """Those that still run once the time is over; a process nobody has collected yet does not run."""
    deadline = time.monotonic() + within
    while (left := [pid for pid in numbers if is_running(pid)]) and time.monotonic() < deadline:
        time.sleep(0.02)
    return left


def is_running(pid: int) -> bool:
    state = subprocess.run(["ps", "-o", "stat=", "-p", str(pid)], capture_output=True, text=True, check=False)
    return bool(state.stdout.strip()) and not state.stdout.startswith("Z")


def test_a_killed_program_starts_again_and_leaves_no_helper_behind(
    keep: Callable[[str], "subprocess.Popen[str]"], tmp_path: Path
) -> None:
    keep(TOY)
    first = pids(tmp_path)
    os.kill(first[0], signal.SIGKILL)
    assert is_running(pids(tmp_path, other_than=first)[0])
    assert living(first) == []


def test_a_program_that_ends_at_once_is_started_after_growing_pauses(
    keep: Callable[[str], "subprocess.Popen[str]"], tmp_path: Path
) -> None:
    keeper = keep("raise SystemExit(3)")
    assert keeper.stdout
    log = tmp_path / "toy.log"
    assert [keeper.stdout.readline() for _ in range(2)] == [
        f"The toy ended (exit code 3); it starts again in 1 s. Its log: {log}\n",
        f"The toy ended (exit code 3); it starts again in 2 s. Its log: {log}\n",
    ]


@pytest.mark.parametrize("stop", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_stop_signal_ends_everything_in_good_order(
    keep: Callable[[str], "subprocess.Popen[str]"], tmp_path: Path, stop: signal.Signals
) -> None:
    keeper = keep(TOY)
    numbers = pids(tmp_path)
    keeper.send_signal(stop)
    assert keeper.wait(timeout=3) == 0
    assert living(numbers) == []


def test_a_second_ctrl_c_does_not_wait_for_a_deaf_program(
    keep: Callable[[str], "subprocess.Popen[str]"], tmp_path: Path
) -> None:
    keeper = keep(DEAF_TOY)
    numbers = pids(tmp_path)
    keeper.send_signal(signal.SIGINT)
    with pytest.raises(subprocess.TimeoutExpired):
        keeper.wait(timeout=0.5)
    keeper.send_signal(signal.SIGINT)
    assert keeper.wait(timeout=3) == 0
    assert living(numbers) == []


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells children of their parent's end")
def test_a_killed_supervisor_takes_its_program_along(
    keep: Callable[[str], "subprocess.Popen[str]"], tmp_path: Path
) -> None:
    keeper = keep(TOY)
    toy, helper = pids(tmp_path)
    keeper.kill()
    assert living([toy]) == []
    os.kill(helper, signal.SIGTERM)  # the toy's own child: a real program ends its workers itself
