"""What stops a start, and how: real processes, a line for each thing that is wrong, no traceback."""

from __future__ import annotations

import ast
import re
import secrets
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest

from culture_portal.bootstrap import ROOT
from culture_portal.environment import READ_ELSEWHERE, Environment

KEY = secrets.token_urlsafe(48)
NO_DATABASE = "DATABASE_URL must name a PostgreSQL database: postgres://user:password@host:5432/name."
MAKE_ONE = 'Make one: python3 -c "import secrets; print(secrets.token_urlsafe(48))".'
IMPORT = ("-c", "import culture_portal.settings")
PROGRAMS = {
    "manage.py": ("manage.py", "check"),
    "gunicorn": ("-m", "gunicorn", "--config", "culture_portal/gunicorn.py", "--bind=127.0.0.1:1"),
    "worker": ("-m", "celery", "--app=culture_portal.celery", "worker"),
    "beat": ("-m", "celery", "--app=culture_portal.celery", "beat", "--pidfile="),
}


def production(folder: Path) -> dict[str, str]:
    """All that production needs, and nothing else."""
    keys = folder / "keys"
    keys.mkdir(exist_ok=True)
    return {
        "PORTAL_MODE": "production",
        "PORTAL_URL": "https://portal.example.com",
        "ALLOWED_HOSTS": "portal.example.com",
        "PORTAL_PROXY_COUNT": "1",
        "SECRET_KEY": secrets.token_urlsafe(48),
        "PORTAL_LINK_KEYS": f"{secrets.token_urlsafe(48)},{secrets.token_urlsafe(48)}",
        "PORTAL_BALLOT_KEY": secrets.token_urlsafe(48),
        "PORTAL_KEY_DIR": str(keys),
        "PORTAL_VAR": str(folder),
        "DATABASE_URL": "postgres://portal:hidden-in-all-lines@127.0.0.1:1/portal",
        "REDIS_URL": "redis://127.0.0.1:1/0",
        "EMAIL_URL": "smtp+tls://portal:hidden-in-all-lines@mail.example.com:587",
        "DEFAULT_FROM_EMAIL": "Culture Portal <portal@example.com>",
    }


def run(
    environment: Mapping[str, str], program: tuple[str, ...] = IMPORT
) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, *program],
        cwd=ROOT,
        env={"PATH": "/usr/bin:/bin", **environment},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def refusals(environment: Mapping[str, str], program: tuple[str, ...] = IMPORT) -> list[str]:
    """The lines that a start ends with; none where it goes through."""
    ended = run(environment, program)
    assert "Traceback" not in ended.stderr
    assert "hidden-in-all-lines" not in ended.stdout + ended.stderr
    head, *lines = ended.stderr.splitlines() or [""]
    if ended.returncode == 0:
        return []
    assert (ended.returncode, head) == (1, "The portal does not start; README.md says what each setting is.")
    return [line.strip() for line in lines]


def test_production_starts_with_what_it_needs_and_nothing_to_warn_of(tmp_path: Path) -> None:
    ended = run(production(tmp_path), ("manage.py", "check", "--deploy", "--fail-level=WARNING"))
    assert (ended.returncode, ended.stdout + ended.stderr) == (
        0,
        "System check identified no issues (0 silenced).\n",
    )


@pytest.mark.slow
@pytest.mark.parametrize("program", PROGRAMS)
def test_every_program_names_all_that_is_missing(program: str) -> None:
    assert refusals({"PORTAL_MODE": "production"}, PROGRAMS[program]) == [
        f"SECRET_KEY is not set. {MAKE_ONE}",
        f"PORTAL_LINK_KEYS is not set. {MAKE_ONE}",
        "ALLOWED_HOSTS is not set. Production needs it.",
        "PORTAL_URL is not set. Production needs it.",
        "DATABASE_URL is not set. Production needs it.",
        "REDIS_URL is not set. Production needs it.",
        "EMAIL_URL is not set. Production needs it.",
        "DEFAULT_FROM_EMAIL is not set. Production needs it.",
        "PORTAL_PROXY_COUNT is not set. Production needs it.",
    ]


@pytest.mark.slow
def test_everything_wrong_is_said_at_once(tmp_path: Path) -> None:
    wrong = {
        "DEBUG": "1",
        "DJANGO_DEBUG": "true",
        "SECRET_KEY": "django-insecure-" + KEY,
        "PORTAL_LINK_KEYS": f"{KEY},short",
        "PORTAL_BALLOT_KEY": KEY,
        "PORTAL_KEY_DIR": str(tmp_path / "nowhere"),
        "ALLOWED_HOSTS": "*",
        "PORTAL_URL": "http://portal.example.com",
        "PORTAL_COUNTRY": "Germany",
        "PORTAL_EMAIL_PATTERN": "everybody@example.com",
        "PORTAL_K": "4",
        "DATABASE_URL": "sqlite:////tmp/portal.sqlite3",
        "REDIS_URL": "127.0.0.1",
        "PORTAL_TICK_SECONDS": "0",
        "EMAIL_URL": "consolemail://",
        "EMAIL_TIMEOUT": "0",
        "SECOND_FACTOR_REQUIRED": "perhaps",
        "PORTAL_TIME_ZONE": "Europe/Springfield",
        "WEB_THREADS": "-1",
        "LOG_LEVEL": "everything",
    }
    assert refusals(production(tmp_path) | wrong) == [
        "DEBUG is set, and production has no debug mode; take the variable away.",
        "DJANGO_DEBUG is set, and production has no debug mode; take the variable away.",
        f"SECRET_KEY holds a placeholder instead of a key. {MAKE_ONE}",
        f"PORTAL_LINK_KEYS must be at least 50 random characters. {MAKE_ONE}",
        "PORTAL_BALLOT_KEY must not be the same key as PORTAL_LINK_KEYS.",
        f"PORTAL_KEY_DIR must be a folder this process may write to: {tmp_path / 'nowhere'}.",
        "ALLOWED_HOSTS must name the hosts: with * anybody could put theirs into links we mail.",
        "PORTAL_URL must begin with https:// in production.",
        "PORTAL_COUNTRY must be a country whose public holidays are known, such as DE or GB, not 'Germany'.",
        "PORTAL_EMAIL_PATTERN must hold {employee_id} and @, such as {employee_id}@example.com.",
        "PORTAL_K must be a whole number from 5 to 20, not '4'.",
        NO_DATABASE,
        "REDIS_URL must look like redis://host:6379/0.",
        "PORTAL_TICK_SECONDS must be a whole number from 1 to 3600, not '0'.",
        "EMAIL_URL must name a mail server: smtp+tls://user:password@host:587, or smtp://host.",
        "EMAIL_TIMEOUT must be a whole number from 1 to 50, not '0'.",
        "SECOND_FACTOR_REQUIRED must be yes or no, not 'perhaps'.",
        "PORTAL_TIME_ZONE must be a time zone such as Europe/Berlin, not 'Europe/Springfield'.",
        "WEB_THREADS must be a whole number from 1 to 64, not '-1'.",
        "LOG_LEVEL must be DEBUG or INFO or WARNING or ERROR or CRITICAL, not 'everything'.",
    ]


@pytest.mark.slow
@pytest.mark.parametrize(
    ("wrong", "line"),
    [
        ({"PORTAL_MODE": "prodution"}, "PORTAL_MODE must be trial or production, not 'prodution'."),
        (
            {"ALLOWED_HOSTS": "www.example.com"},
            "ALLOWED_HOSTS must name portal.example.com, the host of PORTAL_URL.",
        ),
        (
            {"PORTAL_URL": "portal.example.com"},
            "PORTAL_URL must be an address such as https://portal.example.com, not 'portal.example.com'.",
        ),
        (
            {"PORTAL_URL": "https://x.example/portal"},
            "PORTAL_URL must be an address such as https://portal.example.com, not 'https://x.example/portal'.",
        ),
        ({"SECRET_KEY": "a" * 60}, f"SECRET_KEY must be at least 50 random characters. {MAKE_ONE}"),
        ({"METRICS_TOKEN": "metrics"}, f"METRICS_TOKEN must be at least 50 random characters. {MAKE_ONE}"),
        ({"SECRET_KEY": f"change-me-{KEY}"}, f"SECRET_KEY holds a placeholder instead of a key. {MAKE_ONE}"),
        ({"DATABASE_URL": "postgres://hidden-in-all-lines@host:port/x"}, NO_DATABASE),
        (
            {"EMAIL_URL": "smtp+tls://user:password@mail.example.com:587"},
            "EMAIL_URL still has the password of the example.",
        ),
        ({"SECRET_KEY_FILE": "/etc/hostname"}, "SECRET_KEY and SECRET_KEY_FILE are both set; take one away."),
        (
            {"METRICS_TOKEN_FILE": "/nowhere/token"},
            "METRICS_TOKEN_FILE names a file that cannot be read (FileNotFoundError): /nowhere/token.",
        ),
        ({"OIDC_NAME": "Sign-in"}, ""),
    ],
    ids=lambda value: "" if isinstance(value, str) else next(iter(value)),
)  # fmt: skip
def test_each_mistake_has_its_line(wrong: dict[str, str], line: str, tmp_path: Path) -> None:
    openid = [
        f"{name} is not set. OpenID Connect needs OIDC_ISSUER, OIDC_CLIENT_ID, OIDC_CLIENT_SECRET."
        for name in ("OIDC_ISSUER", "OIDC_CLIENT_ID", "OIDC_CLIENT_SECRET")
    ]
    expected = [line] if line else [*openid, "OIDC_ISSUER must begin with https:// in production."]
    assert refusals(production(tmp_path) | wrong) == expected


@pytest.mark.slow
def test_the_trial_refuses_what_makes_no_sense_too(tmp_path: Path) -> None:
    wrong = {"PORTAL_VAR": str(tmp_path), "PORTAL_K": "many", "PORT": "http", "DATABASE_URL": "nonsense"}
    assert refusals(wrong) == [
        "PORT must be a whole number from 1 to 65535, not 'http'.",
        "PORTAL_K must be a whole number from 5 to 20, not 'many'.",
        NO_DATABASE,
    ]


@pytest.mark.slow
def test_secrets_may_stand_in_files(tmp_path: Path) -> None:
    environment = production(tmp_path)
    for name in [name for name in environment if name in documented("🔑")]:
        file = tmp_path / name.lower()
        file.write_text(environment.pop(name) + "\n")
        environment[f"{name}_FILE"] = str(file)
    assert refusals(environment) == []
    show = "import culture_portal.settings as s; print(s.SECRET_KEY, s.DATABASES['default']['PASSWORD'])"
    expected = f"{(tmp_path / 'secret_key').read_text().strip()} hidden-in-all-lines\n"
    assert run(environment, ("-c", show)).stdout == expected


@pytest.mark.slow
def test_a_former_secret_key_still_opens_what_it_signed(tmp_path: Path) -> None:
    environment = production(tmp_path)
    former = environment["SECRET_KEY"]
    show = "import culture_portal.settings as s; print(s.SECRET_KEY, *s.SECRET_KEY_FALLBACKS)"
    ended = run(environment | {"SECRET_KEY": f"{KEY},{former}"}, ("-c", show))
    assert ended.stdout == f"{KEY} {former}\n"


@pytest.mark.slow
def test_a_misspelt_variable_is_pointed_out_and_stops_nothing(tmp_path: Path) -> None:
    ended = run(production(tmp_path) | {"PORTAL_TIMEZONE": "Europe/Berlin"}, PROGRAMS["manage.py"])
    assert ended.returncode == 0
    assert '"PORTAL_TIMEZONE is no setting of the portal. Did you mean PORTAL_TIME_ZONE?"' in ended.stderr


@pytest.mark.slow
def test_the_web_server_says_that_it_should_not_have_the_ballot_key(tmp_path: Path) -> None:
    """It goes on, and ends here for want of a port it may use."""
    served = run(production(tmp_path), (*PROGRAMS["gunicorn"][:-1], "--bind=192.0.2.1:1"))
    assert "PORTAL_BALLOT_KEY is set for the web server" in served.stderr


def test_an_empty_variable_counts_as_not_set() -> None:
    env = Environment({"PORTAL_K": "", "PORTAL_MODE": " ", "LOG_LEVEL": " DEBUG "}, var=Path("var"))
    assert (env.number("PORTAL_K", 5, low=5, high=20), env.production) == (5, False)
    assert (env.text("LOG_LEVEL"), env.problems) == ("DEBUG", [])


@pytest.mark.parametrize(
    ("value", "meant"),
    [("yes", True), ("1", True), ("TRUE", True), ("off", False), ("No", False), ("", True)],
)
def test_yes_and_no_have_several_spellings(value: str, meant: bool) -> None:
    assert Environment({"X": value}, var=Path("var")).flag("X", True) is meant


# --- The table in the README --------------------------------------------------------------------------------
README = (ROOT / "README.md").read_text()


def documented(mark: str = "") -> set[str]:
    """Every variable with a row in one of the tables, or those whose row bears the mark."""
    firsts = [
        line.split("|")[1]
        for line in README.splitlines()
        if line.startswith("| `") and mark in line.split("|")[1]
    ]
    return {name for first in firsts for name in re.findall(r"`([A-Z][A-Z_]+)`", first)}


def asked_of_environment(*methods: str) -> set[str]:
    """The names that settings and their reader ask for by one of these methods, or by any."""
    names = set()
    for path in ("culture_portal/settings.py", "culture_portal/environment.py"):
        for node in ast.walk(ast.parse((ROOT / path).read_text())):
            match node:
                case ast.Call(
                    func=ast.Attribute(value=ast.Name(id="env" | "self"), attr=method),
                    args=[ast.Constant(value=str(name)), *_],
                ) if method in methods or (not methods and method != "refuse"):
                    names.add(name)
    return names


def test_every_variable_has_a_row_and_every_row_a_variable() -> None:
    compose = (ROOT / "docker-compose.yml").read_text()
    in_compose = set(re.findall(r"\$\{([A-Z_]+)", compose))
    in_ci = set(re.findall(r"\bCI_[A-Z]+_URL\b", (ROOT / ".ci/run").read_text()))
    debug = {"DEBUG", "DJANGO_DEBUG"}
    assert documented() == asked_of_environment() | in_compose | in_ci | READ_ELSEWHERE | debug


def test_the_secrets_that_may_be_files_are_marked() -> None:
    assert documented("🔑") == asked_of_environment("secret", "needed_secret", "keys", "token")


def test_what_production_needs_is_marked() -> None:
    needed = asked_of_environment("needed", "needed_secret", "names", "keys") - {"PORTAL_BALLOT_KEY"}
    assert documented("•") == needed


def test_no_module_reads_the_environment_behind_the_settings() -> None:
    """But those that run before there are any, and those that only hand it on to programs they start.

    What proves the portal from outside starts installations with an environment of their own (``proving``).
    """
    readers = {
        str(path.relative_to(ROOT))
        for app in ("culture_portal", "common", "people", "customers", "notifications", "surveys")
        for path in (ROOT / app).rglob("*.py")
        if re.search(r"os\.environ|os\.getenv", path.read_text())
        and ROOT / "culture_portal" / "proving" not in path.parents
    }
    assert readers == {
        "culture_portal/bootstrap.py",
        "culture_portal/celery.py",
        "culture_portal/management/commands/start.py",
        "culture_portal/settings.py",
        "culture_portal/supervisor.py",
        "culture_portal/wsgi.py",
    }
