"""Knocking at the portal as somebody, and knowing afterwards what it changed."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.cookies import SimpleCookie
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import connection, transaction
from django.http import HttpResponse
from django.test import Client

from tests.authz.world import RESPONDENTS, Role, World

# Whoever knocks may be given a session, which notes the hour it was last seen in; the cache (a table of the
# embedded database) is no fact.
NOT_FACTS = {"django_session", "people_signedinsession", "cache"}
READING = (
    "LOCK TABLE",
    "SELECT",
    "WITH",
    "SAVEPOINT",
    "RELEASE SAVEPOINT",
    "ROLLBACK TO SAVEPOINT",
    "EXPLAIN",
    "PRAGMA",
    "BEGIN",
)


@dataclass
class Visit:
    """An answer, and the statements that wrote facts on the way to it."""

    response: HttpResponse
    writes: list[str]

    @property
    def status(self) -> int:
        return self.response.status_code

    @property
    def facts(self) -> list[str]:
        """``writes`` without what may be written all the same when somebody is refused.

        That they tried is counted whatever they sent (throttling.py). That they looked at an answer by name
        stands in the log, also where the page comes again because a form on it was refused.
        """
        ours = ["common_tally", *(["common_auditentry"] if b'id="said"' in self.response.content else [])]
        return [statement for statement in self.writes if not any(table in statement for table in ours)]

    @property
    def error(self) -> str:
        """What broke, for the message of a failing test; empty where nothing did."""
        info = getattr(self.response, "exc_info", None)
        return f"{info[0].__name__}: {info[1]}" if info else ""


@dataclass
class Visitors:
    """One browser per role, signed in once; each visit starts from the same cookies."""

    world: World
    cookies: dict[Role, SimpleCookie] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for role in Role:
            client = Client(raise_request_exception=False)
            if role in self.world.people:
                client.force_login(self.world.people[role])
            elif role in RESPONDENTS:
                client.get(self.link(role))
            self.cookies[role] = SimpleCookie(client.cookies.output(header="", sep=";"))

    def link(self, role: Role) -> str:
        """The mailed link this respondent holds."""
        handle, mac = {
            Role.RESPONDENT: ("handle:valid", "mac:valid"),
            Role.RESPONDENT_USED: ("handle:used", "mac:used"),
            Role.RESPONDENT_FOREIGN: ("handle:foreign", "mac:foreign"),
            Role.RESPONDENT_WRONG: ("handle:valid", "mac:wrong"),
        }[role]
        return f"/a/{self.world[handle]}/{self.world[mac]}/"

    def client(self, role: Role, *, enforce_csrf_checks: bool = False) -> Client:
        client = Client(raise_request_exception=False, enforce_csrf_checks=enforce_csrf_checks)
        for name, morsel in self.cookies[role].items():
            client.cookies[name] = morsel.value
            client.cookies[name].update(morsel)
        return client

    def visit(self, role: Role, method: str, url: str, **request: Any) -> Visit:
        """One request; what it wrote stays until the caller's ``undone`` ends."""
        csrf = request.pop("enforce_csrf_checks", False)
        client = self.client(role, enforce_csrf_checks=csrf)
        with written_facts() as writes:
            response = client.generic(method, url, **request)
        return Visit(response, writes)  # type: ignore[arg-type]


@contextmanager
def undone() -> Iterator[None]:
    """Everything written inside is gone afterwards."""
    with transaction.atomic():
        try:
            yield
        finally:
            transaction.set_rollback(True)


@contextmanager
def written_facts() -> Iterator[list[str]]:
    """The statements, beginnings only, that wrote to a table of facts."""
    writes: list[str] = []

    def note(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        # Noted even when it fails: a refusal does not try.
        if not sql.lstrip("( \n").upper().startswith(READING) and not any(
            f'"{table}"' in sql[:80] for table in NOT_FACTS
        ):
            writes.append(sql[:120])
        return execute(sql, params, many, context)

    with connection.execute_wrapper(note):
        yield writes


def fingerprint() -> dict[str, str]:
    """Every row of every table of facts, and every file the portal keeps, as one checksum each."""
    return _tables() | _files()


def _tables() -> dict[str, str]:
    found = {}
    with connection.cursor() as cursor:
        for table in sorted(connection.introspection.table_names(cursor)):
            if table in NOT_FACTS:
                continue
            cursor.execute(f"SELECT * FROM {connection.ops.quote_name(table)}")
            rows = sorted(repr([_plain(value) for value in row]) for row in cursor.fetchall())
            digest = hashlib.sha256("\n".join(rows).encode("utf-8", "surrogatepass")).hexdigest()[:16]
            found[table] = f"{len(rows)} rows, {digest}"
    return found


def _plain(value: Any) -> Any:
    return bytes(value) if isinstance(value, memoryview) else value


def _files() -> dict[str, str]:
    folders = {Path(settings.PORTAL_VAR), Path(settings.PORTAL_KEY_DIR), Path(settings.CAPTURED_MAIL_DIR)}
    kept = {
        path
        for folder in folders
        for path in folder.rglob("*")
        if path.is_file() and "sqlite3" not in path.name and "static" not in path.parts
    }
    return {str(path): hashlib.sha256(path.read_bytes()).hexdigest()[:16] for path in sorted(kept)}
