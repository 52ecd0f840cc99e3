"""What a fresh machine is told, and what a second call leaves alone."""

import os
import shutil
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from culture_portal.bootstrap import ROOT, SetupError, chosen_port, explain, refuse_old_python

CLOSED = "http://127.0.0.1:9/"  # discard: nobody listens there

MIRROR = "UV_DEFAULT_INDEX" if shutil.which("uv") else "PIP_INDEX_URL"


@pytest.fixture
def fresh(tmp_path: Path) -> Path:
    """As much of the project as a first call reads, without what a call makes."""
    for name in ("manage.py", "requirements.txt", "requirements-dev.txt", "requirements-node.txt"):
        shutil.copy(ROOT / name, tmp_path)
    (tmp_path / "culture_portal").mkdir()
    for name in ("__init__.py", "bootstrap.py"):
        shutil.copy(ROOT / "culture_portal" / name, tmp_path / "culture_portal")
    return tmp_path


@pytest.fixture
def taken_port() -> Iterator[int]:
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield server.getsockname()[1]


def manage(folder: Path, *arguments: str, **variables: str) -> subprocess.CompletedProcess[str]:
    """By the Python behind ``.venv``, where Django is not, as on a machine that never saw the portal."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("PIP_", "UV_"))}
    return subprocess.run(
        [Path(sys.executable).resolve(), "manage.py", *arguments],
        cwd=folder,
        env={**kept, "PORT": "8000", **variables},
        capture_output=True,
        text=True,
        check=False,
    )


def test_a_taken_port_is_said_before_anything_else_happens(fresh: Path, taken_port: int) -> None:
    before = sorted(path.name for path in fresh.iterdir())
    outcome = manage(fresh, "start", PORT=str(taken_port))
    assert outcome.returncode == 1
    assert outcome.stdout == ""
    assert outcome.stderr == (
        f"\nPort {taken_port} is taken by another program on this machine.\n"
        f"Stop that program, or choose another port: PORT={taken_port + 1} python3 manage.py start\n"
    )
    assert sorted(path.name for path in fresh.iterdir() if path.name != "__pycache__") == before


@pytest.mark.parametrize("value", ["", "0", "65536", "-1", "eighty", "80 80"])
def test_a_port_that_is_none_is_refused(value: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PORT", value)
    with pytest.raises(SetupError, match="PORT must be a number from 1 to 65535"):
        chosen_port()


@pytest.mark.slow
def test_an_unreachable_registry_is_said_in_words_each_time(fresh: Path) -> None:
    """The second call finds the ``.venv`` of the first and goes on from there."""
    closed = {
        "PIP_INDEX_URL": CLOSED,
        "PIP_CONFIG_FILE": os.devnull,
        "UV_DEFAULT_INDEX": CLOSED,
        "UV_NO_CACHE": "1",
        "PIP_NO_CACHE_DIR": "1",
    }
    installing = "Installing the Python packages of requirements-dev.txt (this takes a moment, once) ...\n"
    first = manage(fresh, "test", **closed)
    second = manage(fresh, "test", **closed)
    assert first.stdout == "Making a Python environment in .venv ...\n" + installing
    assert second.stdout == installing
    for outcome in (first, second):
        assert outcome.returncode == 1
        assert outcome.stderr.splitlines()[1:3] == [
            "The Python package registry cannot be reached, and packages must be fetched from it once.",
            f"Check this machine's connection, or name a mirror in {MIRROR}; then run the command again.",
        ]


def test_a_missing_venv_module_names_the_package_that_brings_it() -> None:
    output = "The virtual environment was not created successfully because ensurepip is not available."
    version = "{}.{}".format(*sys.version_info[:2])
    assert explain(["python3", "-m", "venv"], output) == (
        "This Python cannot make virtual environments: its venv module is missing.\n"
        f"On Debian or Ubuntu: apt install python{version}-venv. Then run the same command again."
    )


def test_an_unknown_failure_shows_the_tools_own_last_words() -> None:
    assert explain(["npm", "run", "build"], "one\ntwo\n") == "This step failed: npm run build\n\none\ntwo"


def test_an_unreachable_npm_registry_names_its_own_mirror_variable() -> None:
    lines = explain(["/usr/bin/npm", "ci"], "npm error code ECONNREFUSED").splitlines()
    assert lines[0].startswith("The npm package registry cannot be reached")
    assert "name a mirror in npm_config_registry" in lines[1]


def test_an_old_python_is_told_which_one_is_needed() -> None:
    refuse_old_python((3, 11))
    refuse_old_python((3, 14))
    with pytest.raises(SetupError) as refusal:
        refuse_old_python((3, 9))
    assert str(refusal.value).splitlines()[0] == "The portal needs Python 3.11 or newer, and this is 3.9."
