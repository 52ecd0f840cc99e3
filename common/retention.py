"""What is kept of people, why and how long: read from one file, checked against the models, applied daily.

The file is ``settings.RETENTION_FILE``; ``culture_portal/retention.toml`` says how it reads. An app registers
what brings a rule about, once, in its ``AppConfig.ready()``:

    retention.register("messages", forget_messages)

The function takes the days of the rule and the moment, works set-wise in chunks of its own transactions, and
returns how many rows it dealt with. It may be killed anywhere and called again: what is due is found anew.
"""

from __future__ import annotations

import datetime as dt
import tomllib
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from django.apps import apps
from django.conf import settings
from django.core.exceptions import FieldDoesNotExist
from django.db import models

from common.models import AuditEntry

GOES, EMPTIED, STAYS = "goes", "emptied", "stays"
THEN = (GOES, EMPTIED, STAYS)
# The audit log's trigger lets nothing younger go.
SHORTEST_AUDIT_DAYS = 730

Job = Callable[[int, dt.datetime], int]
_jobs: dict[str, Job] = {}


def register(rule: str, job: Job) -> None:
    """What brings the rule about; a second one for the same rule takes its place."""
    _jobs[rule] = job


def known_jobs() -> dict[str, Job]:
    return dict(_jobs)


# --- The file -----------------------------------------------------------------------------------------------
class BadFile(Exception):
    """The retention file cannot be used; said to whoever runs the portal."""


@dataclass(frozen=True)
class Rule:
    """``days`` is None where no job counts them."""

    name: str
    words: str
    days: int | None


@dataclass(frozen=True)
class Line:
    """One personal field. ``download`` is empty, or says why it is not in the person's own download."""

    model: str
    field: str
    what: str
    why: str
    rule: str
    then: str
    download: str


@dataclass(frozen=True)
class Retention:
    rules: Mapping[str, Rule]
    lines: Mapping[tuple[str, str], Line]
    # Whole tables with the reason, and single fields.
    impersonal_models: Mapping[str, str]
    impersonal_fields: frozenset[tuple[str, str]]

    def of(self, model: type[models.Model]) -> Iterator[Line]:
        """The personal fields of one table."""
        return (line for (label, _field), line in self.lines.items() if label == model._meta.label)


@cache
def load(path: Path) -> Retention:
    """Raises BadFile."""
    try:
        content = tomllib.loads(path.read_text())
        return _read(content)
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise BadFile(f"{path}: {type(error).__name__}: {error}") from error


def current() -> Retention:
    return load(Path(settings.RETENTION_FILE))


def _read(content: dict[str, Any]) -> Retention:
    rules = {name: _rule(name, entry) for name, entry in content.pop("rules").items()}
    content.pop("elsewhere", None)
    lines: dict[tuple[str, str], Line] = {}
    whole: dict[str, str] = {}
    single: set[tuple[str, str]] = set()
    for label, entry in content.items():
        impersonal = entry.get("impersonal", [])
        if isinstance(impersonal, str):
            whole[label] = impersonal.removeprefix("all:").strip()
            continue
        single |= {(label, name) for name in impersonal}
        for name, said in entry["personal"].items():
            own = said if isinstance(said, dict) else {"what": said}
            lines[label, name] = _line(label, name, entry | own)
    return Retention(rules, lines, whole, frozenset(single))


def _rule(name: str, entry: dict[str, Any]) -> Rule:
    days = entry.get("days")
    if days is not None and (not isinstance(days, int) or isinstance(days, bool) or days < 0):
        raise ValueError(f"the days of {name} are no number")
    return Rule(name, entry["words"].format(days=days), days)


def _line(label: str, name: str, entry: dict[str, Any]) -> Line:
    download = entry.get("download", "")
    if download and not download.startswith("no: "):
        raise ValueError(f"{label}.{name}: download is left out, or begins with 'no: '")
    return Line(
        model=label,
        field=name,
        what=entry["what"],
        why=entry["why"],
        rule=entry["rule"],
        then=entry.get("then", ""),
        download=download.removeprefix("no: "),
    )


# --- The file against the models ----------------------------------------------------------------------------
def fields_of(model: type[models.Model]) -> list[str]:
    """Every field that may say something of somebody: all but a row's own number."""
    fields = [*model._meta.local_fields, *model._meta.local_many_to_many]
    return [field.name for field in fields if not isinstance(field, models.AutoField)]


def kept_models() -> list[type[models.Model]]:
    return [model for model in apps.get_models() if not model._meta.proxy]


def missing_lines(retention: Retention) -> list[str]:
    """Fields nobody has said anything about, as ``"people.Person.email"``."""
    return [
        f"{label}.{name}"
        for model in kept_models()
        for label in [model._meta.label]
        if label not in retention.impersonal_models
        for name in fields_of(model)
        if (label, name) not in retention.lines and (label, name) not in retention.impersonal_fields
    ]


def left_over_lines(retention: Retention) -> list[str]:
    """Lines whose field, or table, is gone."""
    known = {(model._meta.label, name) for model in kept_models() for name in fields_of(model)}
    tables = {label for label, _name in known}
    gone = {f"{label}.{name}" for label, name in {*retention.lines, *retention.impersonal_fields} - known}
    return sorted(gone | (set(retention.impersonal_models) - tables))


def mistakes(retention: Retention, subjects: Collection[type[models.Model]]) -> list[str]:
    """What else in the file cannot be meant, in words. ``subjects`` are the tables whose rows are people."""
    found = []
    for line in retention.lines.values():
        name = f"{line.model}.{line.field}"
        if line.rule not in retention.rules:
            found.append(f"{name} names the rule {line.rule!r}, which the file does not have")
        if line.then not in THEN and (line.then or _is_about_one_of(subjects, line)):
            found.append(f"{name} must say what happens at an erasure: then = goes, emptied or stays")
    for label, name in sorted(retention.impersonal_fields):
        if (label, name) in retention.lines:
            found.append(f"{label}.{name} is said to be personal and impersonal")
        elif _leads_to_one_of(subjects, label, name):
            found.append(f"{label}.{name} leads to somebody and is said to be impersonal")
    counted = {name for name, rule in retention.rules.items() if rule.days is not None}
    found += [f"the rule {name!r} counts days and nothing brings it about" for name in counted - set(_jobs)]
    found += [f"the rule {name!r} is brought about and has no days" for name in set(_jobs) - counted]
    audit_days = retention.rules["audit"].days if "audit" in retention.rules else None
    if audit_days is not None and audit_days < SHORTEST_AUDIT_DAYS:
        found.append(f"the audit log is kept for {SHORTEST_AUDIT_DAYS} days at least")
    return sorted(found)


def _is_about_one_of(subjects: Collection[type[models.Model]], line: Line) -> bool:
    """A field of a person or a contact, or one that leads to them."""
    own = line.model in {subject._meta.label for subject in subjects}
    return own or _leads_to_one_of(subjects, line.model, line.field)


def _leads_to_one_of(subjects: Collection[type[models.Model]], label: str, name: str) -> bool:
    try:
        return apps.get_model(label)._meta.get_field(name).related_model in subjects
    except (LookupError, FieldDoesNotExist):
        return False


# --- The daily job ------------------------------------------------------------------------------------------
def apply(now: dt.datetime) -> dict[str, int]:
    """Bring every rule about; how many rows each dealt with. Says so in the audit log, once, at the end."""
    rules = current().rules
    counts = {name: job(days, now) for name, job in _jobs.items() if (days := rules[name].days) is not None}
    told = {name: rows for name, rows in counts.items() if rows}
    detail: dict[str, int | str] = {"rows": sum(told.values())}
    if told:
        detail["rules"] = ", ".join(f"{name}: {rows}" for name, rows in sorted(told.items()))
    # Not by ``audit.record``: the moment is the one that counted, by which the next call knows of this one.
    AuditEntry.objects.create(action="retention.applied", at=now, detail=detail)
    return counts


def apply_if_due(now: dt.datetime) -> bool:
    """Once a day (UTC). A job that was killed is taken up by the next tick, and two at once do no harm."""
    day = now.astimezone(dt.UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    if AuditEntry.objects.done(["retention.applied"]).filter(at__gte=day, at__lte=now).exists():
        return False
    apply(now)
    return True
