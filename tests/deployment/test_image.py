"""Image and compose file: the real compose binary reads the one, each step of the other is carried out."""

from __future__ import annotations

import json
import os
import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from culture_portal.bootstrap import ROOT

OURS = {"migrate", "web", "worker", "worker-ballots", "beat"}


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder as an operator has it after the two commands of the README."""
    folder = tmp_path_factory.mktemp("house")
    shutil.copy(ROOT / "docker-compose.yml", folder)
    shutil.copy(ROOT / ".env.example", folder / ".env")
    subprocess.run([ROOT / "deploy/make-secrets"], cwd=folder, check=True, capture_output=True)
    return folder


def compose(house: Path, *arguments: str, **environment: str) -> str:
    program = Path(sys.executable).parent / "docker-compose"
    done = subprocess.run(
        [program, "-f", "docker-compose.yml", *arguments],
        cwd=house,
        env={"PATH": os.environ["PATH"], "HOME": str(house), **environment},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")
    return done.stdout


@pytest.fixture(scope="module")
def services(house: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(compose(house, "config", "--format=json"))["services"]
    return found


def test_the_real_compose_accepts_the_file_and_the_example(house: Path) -> None:
    compose(house, "config", "--quiet")
    compose(house, "--profile=trial", "config", "--quiet")


def test_a_port_range_gives_room_for_replicas(house: Path) -> None:
    several = {"WEB_REPLICAS": "2", "WEB_PORTS": "127.0.0.1:8000-8001", "WORKER_REPLICAS": "3"}
    found = json.loads(compose(house, "config", "--format=json", **several))["services"]
    assert [found[name]["deploy"]["replicas"] for name in ("web", "worker")] == [2, 3]
    assert found["web"]["ports"][0]["published"] == "8000-8001"


def test_secrets_are_made_once_and_closed_to_others(house: Path) -> None:
    folder = house / "secrets"
    before = {path.name: path.read_text() for path in folder.iterdir()}
    again = subprocess.run(
        [ROOT / "deploy/make-secrets"], cwd=house, check=True, capture_output=True, text=True
    )
    assert again.stdout.count("\n") == 1
    assert {path.name: path.read_text() for path in folder.iterdir()} == before
    assert folder.stat().st_mode & 0o077 == 0
    keys = [before[name] for name in ("secret_key", "link_keys", "ballot_key", "metrics_token")]
    assert (len(set(keys)), {len(key) for key in keys}) == (4, {64})


def test_only_the_ballot_worker_can_open_a_ballot(services: dict[str, Any]) -> None:
    with_key = {name for name, of in services.items() if "ballot_key" in secrets_of(of)}
    with_folder = {
        name for name, of in services.items() if "ballot-keys" in [v["source"] for v in of.get("volumes", [])]
    }
    assert with_key == with_folder == {"worker-ballots"}


def secrets_of(service: dict[str, Any]) -> set[str]:
    return {each["source"] for each in service.get("secrets", [])}


def test_every_secret_that_is_named_is_mounted(services: dict[str, Any]) -> None:
    for name in OURS:
        files = {
            value.removeprefix("/run/secrets/")
            for variable, value in services[name]["environment"].items()
            if variable.endswith("_FILE")
        }
        assert files == secrets_of(services[name]), name


def test_nothing_secret_stands_in_the_example_or_the_environment(services: dict[str, Any]) -> None:
    for name in OURS:
        values = {
            variable
            for variable in services[name]["environment"]
            if re.search(r"KEY|SECRET|TOKEN|PASSWORD|DATABASE|EMAIL_URL", variable)
        }
        assert {variable for variable in values if not variable.endswith("_FILE")} == set(), name


def test_each_service_is_bounded_restarted_watched_and_cannot_write(services: dict[str, Any]) -> None:
    for name, service in services.items():
        assert service["logging"]["options"]["max-size"], name
        assert service["restart"] == ("no" if name == "migrate" else "unless-stopped")
        # The web server's stands in the image, and what ends by itself needs none.
        assert ("healthcheck" in service) is (name not in {"migrate", "web"}), name
    for name in OURS:
        service = services[name]
        assert (service["read_only"], service["cap_drop"]) == (True, ["ALL"]), name
        assert service["deploy"]["resources"]["limits"]["memory"], name
    assert {name for name, service in services.items() if "ports" in service} == {"web"}
    assert services["postgres"]["networks"].keys() == services["redis"]["networks"].keys() == {"data"}


def test_the_image_runs_as_nobody_in_particular() -> None:
    last = (ROOT / "Dockerfile").read_text().rpartition("\nFROM ")[2]
    assert re.search(r"^USER 10001$", last, re.MULTILINE)
    assert "HEALTHCHECK" in last
    for base in re.findall(r"^ARG \w+=(\S+:\S+)$", (ROOT / "Dockerfile").read_text(), re.MULTILINE):
        assert "latest" not in base


# --- The steps of the Dockerfile ----------------------------------------------------------------------------
def instructions() -> list[tuple[str, str]]:
    """Each as its word and the rest, with continued lines joined."""
    text = re.sub(r"\\\n\s*", "", (ROOT / "Dockerfile").read_text())
    lines = [line for line in text.splitlines() if line.strip() and not line.startswith("#")]
    return [(line.split(" ", 1)[0], line.split(" ", 1)[1]) for line in map(str.strip, lines)]


def context(folder: Path) -> Path:
    """What the engine would be sent: the files git knows, as far as .dockerignore lets them through."""
    wanted = [line[1:] for line in (ROOT / ".dockerignore").read_text().splitlines() if line.startswith("!")]
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard", *wanted],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    for name in filter(None, listed.split("\0")):
        if (ROOT / name).is_file():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(ROOT / name, folder / name)
    return folder


class Build:
    """Carries out a Dockerfile below a folder that its absolute paths lead into, on this machine."""

    def __init__(self, root: Path, sent: Path) -> None:
        self.root, self.sent = root, sent
        self.environment = {"PATH": os.environ["PATH"], "HOME": str(root), "LANG": "C.UTF-8"}
        for name, value in os.environ.items():
            if re.match(r"(?i)(pip|uv|npm_config|ssl|requests|node|https?_proxy|no_proxy)", name):
                self.environment[name] = value
        self.folder = root
        self.ran: list[str] = []

    def place(self, words: str) -> str:
        return re.sub(r"(?<![\w.])/(portal|venv|tmp/build|var/lib)\b", rf"{self.root}/\1", words)

    def carry_out(self, word: str, rest: str) -> None:
        match word:
            case "WORKDIR":
                self.folder = Path(self.place(rest))
                self.folder.mkdir(parents=True, exist_ok=True)
            case "ENV":
                for name, value in (pair.split("=", 1) for pair in shlex.split(rest)):
                    path = value.replace("$PATH", self.environment["PATH"]) if name == "PATH" else value
                    self.environment[name] = self.place(path.replace("${REVISION}", "a-revision"))
            case "COPY" if not rest.startswith("--from"):
                *sources, target = rest.split()
                for source in sources:
                    copy(self.sent / source, self.folder / target)
            case "RUN" if "useradd" in rest:
                self.run(rest.partition("&&")[2].replace("-o portal ", ""))
            case "RUN":
                self.run(rest)

    def run(self, command: str) -> None:
        self.ran.append(command.strip())
        done = subprocess.run(
            ["/bin/sh", "-c", self.place(command)],
            cwd=self.folder,
            env=self.environment,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, f"{command}\n{done.stdout[-2000:]}{done.stderr[-3000:]}"


def copy(source: Path, target: Path) -> None:
    if source.is_dir():
        shutil.copytree(source, target, dirs_exist_ok=True)
    else:
        shutil.copy(source, target / source.name if target.is_dir() else target)


@pytest.mark.slow
@pytest.mark.needs_postgres  # once, with the services: it takes as long as an installation
def test_every_step_of_the_image_can_be_carried_out(tmp_path: Path) -> None:
    """But the bases and the making of the user. Stages share one root, so nothing is copied between them."""
    sent = context(tmp_path / "sent")
    build = Build(tmp_path / "image", sent)
    for word, rest in instructions():
        build.carry_out(word, rest)
    assert [command.split()[0] for command in build.ran] == [
        "npm",
        "npm",
        "python",
        "PORTAL_VAR=/tmp/build",
        "python",
        "install",
    ]
    portal = tmp_path / "image/portal"
    assert (portal / "staticfiles/staticfiles.json").is_file()
    assert not (tmp_path / "image/tmp/build").exists()
    settings = build.environment | {
        "PORTAL_URL": "https://portal.example.com",
        "ALLOWED_HOSTS": "portal.example.com",
        "PORTAL_PROXY_COUNT": "1",
        "SECRET_KEY": os.urandom(40).hex(),
        "PORTAL_LINK_KEYS": os.urandom(40).hex(),
        "DATABASE_URL": "postgres://portal@127.0.0.1:1/portal",
        "REDIS_URL": "redis://127.0.0.1:1/0",
        "EMAIL_URL": "smtp://127.0.0.1:1",
        "DEFAULT_FROM_EMAIL": "portal@example.com",
    }
    checked = subprocess.run(
        ["python", "manage.py", "check", "--deploy", "--fail-level=WARNING"],
        cwd=portal,
        env=settings,
        capture_output=True,
        text=True,
        check=False,
    )
    assert (checked.returncode, checked.stderr) == (0, "")
