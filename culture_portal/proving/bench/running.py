"""Runs benchmarks on services of their own: each in a new process, on a new copy of an empty database."""

from __future__ import annotations

import json
import os
import platform
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from django.conf import settings

from culture_portal.proving.bench.figures import Figure
from culture_portal.proving.installation import Installation, execute
from culture_portal.proving.services import find_broker, find_database
from culture_portal.proving.sink import Sink

LONGEST = 30 * 60.0


@dataclass(frozen=True)
class Result:
    benchmark: str
    figures: tuple[Figure, ...]

    def to_json(self) -> dict[str, Any]:
        return {"benchmark": self.benchmark, "figures": [figure.to_json() for figure in self.figures]}


class Broke(Exception):
    """A benchmark ended without figures; what it said last."""


def run(names: Sequence[str], *, small: bool) -> Iterator[Result]:
    """Each as soon as it is done. Raises services.Missing, Broke."""
    # Whoever ends it early is left with no services either.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    with tempfile.TemporaryDirectory(prefix="portal-bench-") as folder, _services(Path(folder)) as installed:
        installed.manage("migrate", "--no-input")
        for name in names:
            yield Result(name, tuple(_run_one(installed, name, small=small)))


@contextmanager
def _services(folder: Path) -> Iterator[Installation]:
    database = find_database()
    try:
        broker = find_broker()
        try:
            with _mail_server() as port:
                receiver = Sink(port, folder / "unused")
                installed = Installation(folder / "portal", receiver, database.server, f"{broker.url}/0")
                installed.create_database()
                try:
                    yield installed
                finally:
                    installed.drop_database()
        finally:
            broker.stop()
    finally:
        database.stop()


@contextmanager
def _mail_server() -> Iterator[int]:
    command = [sys.executable, "-m", "culture_portal.proving.bench.mail_server"]
    process = subprocess.Popen(command, cwd=settings.BASE_DIR, stdout=subprocess.PIPE)
    try:
        assert process.stdout is not None
        yield int(process.stdout.readline())
    finally:
        process.kill()
        process.wait()


def _run_one(installed: Installation, name: str, *, small: bool) -> list[Figure]:
    copy = f"{installed.name}_{name}"
    execute(installed.server.address("postgres"), f'CREATE DATABASE "{copy}" TEMPLATE "{installed.name}"')
    # What was sent from here belongs to another database each time (notifications/domain/fencing.py).
    own = {
        "DATABASE_URL": installed.server.address(copy),
        "PORTAL_EPOCH_FILE": str(installed.folder / f"epoch-{name}"),
    }
    command = [sys.executable, "-m", "culture_portal.proving.bench.alone", name, *["small"] * small]
    try:
        done = subprocess.run(
            command,
            cwd=settings.BASE_DIR,
            env=installed.environment | own,
            capture_output=True,
            text=True,
            timeout=LONGEST,
            check=False,
        )
    finally:
        installed.server.drop_database(copy)
    if done.returncode:
        raise Broke(f"{name}: {done.stderr[-3000:]}")
    return [Figure(**figure) for figure in json.loads(done.stdout.splitlines()[-1])]


# --- Shown --------------------------------------------------------------------------------------------------
def machine() -> dict[str, Any]:
    """What the absolute figures hang on."""
    return {
        "cores": os.cpu_count(),
        "load": round(os.getloadavg()[0], 1),
        "python": platform.python_version(),
    }


def without_targets(result: Result) -> Result:
    """Of a small run: it shows that everything works, and its figures mean nothing."""
    return replace(result, figures=tuple(replace(one, at_least=None, at_most=None) for one in result.figures))


def table(results: Sequence[Result]) -> str:
    rows = [
        (result.benchmark, one.name, f"{one.value:,.4g} {one.unit}".strip(), one.target, _verdict(one))
        for result in results
        for one in result.figures
    ]
    lines = [("benchmark", "figure", "value", "target", ""), *rows]
    widths = [max(len(line[column]) for line in lines) for column in range(5)]
    shown = ["  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)) for line in lines]
    shown.insert(1, "-" * (sum(widths) + 8))
    return "\n".join(line.rstrip() for line in shown)


def _verdict(figure: Figure) -> str:
    if not figure.target:
        return ""
    return "met" if figure.is_met else "MISSED"
