"""Everything held on one person, for that person: a file for machines and one to read, in one ZIP.

Each app says what it holds, once, in its ``AppConfig.ready()``, so that the storeys above contribute:

    register(table("absences", _("Days away"), {"first_day": _("from"), "last_day": _("to")},
                   of=person_only(lambda person: person.absences.all()), model=Absence, through=("person",)))

A test names each personal field of the retention file that is in no part. Of an anonymous wave there is only
that somebody was asked: whether and when they answered is told to nobody, not even to them, because whoever
can be asked to show it is not free (anonymity.md).
"""

from __future__ import annotations

import datetime as dt
import io
import json
import zipfile
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from enum import IntEnum
from typing import Any

from django.core.serializers.json import DjangoJSONEncoder
from django.db import models
from django.http import HttpResponse
from django.template.loader import render_to_string
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from common.models import AuditEntry, ImportFile
from people.domain.wording_data import (
    Section,
    Sentence,
    Words,
    about_hour,
    choice_words,
    language_name,
    role_name,
    section_of,
    sentences_of_others,
    sentences_of_theirs,
    weekdays,
)
from people.models import Absence, ImportRun, OpenIDLink, Person, PersonAttribute, SignedInSession, Team

# A person, or a contact outside: rows that ``common.erasing`` calls subjects.
Subject = models.Model
Row = Mapping[str, Any]


class About(IntEnum):
    """What a part is about, in the order of interest: the order of the parts."""

    THEMSELVES = 1
    WORK = 2
    SURVEYS = 3
    MAIL = 4
    SIGNING_IN = 5
    LOG = 6


@dataclass(frozen=True)
class Part:
    """One kind of thing held on somebody.

    ``columns`` are the keys of each row with their headings. ``covers`` are the fields of the retention file
    that are told by it, as ``"people.Absence.first_day"``. ``theirs_alone``: for people who download it
    themselves, and not for HR, who make it for a contact.
    """

    name: str
    title: Promise | str
    columns: Mapping[str, Promise | str]
    rows: Callable[[Subject], Iterable[Row]]
    covers: frozenset[str] = field(default_factory=frozenset)
    theirs_alone: bool = False
    about: About = About.WORK
    # How the page to read says a column's values, where their type alone does not tell.
    words: Mapping[str, Words] = field(default_factory=dict)
    # Where one line of the page is a whole sentence: the lines in place of the table.
    sentences: Callable[[Subject], list[Sentence]] | None = None


_parts: dict[str, Part] = {}


def register(part: Part) -> None:
    """Add the part; a second one of the same name takes its place."""
    _parts[part.name] = part


def known_parts() -> list[Part]:
    return list(_parts.values())


def table(
    name: str,
    title: Promise | str,
    columns: Mapping[str, Promise | str],
    *,
    of: Callable[[Subject], models.QuerySet[Any] | None],
    model: type[models.Model],
    through: Iterable[str] = (),
    about: About = About.WORK,
    words: Mapping[str, Words] | None = None,
    sentences: Callable[[Subject], list[Sentence]] | None = None,
) -> Part:
    """A part that is rows of one table; ``of`` gives None for subjects who have none of the kind.

    ``through`` are the fields by which the rows are found, which are told by being there. Choices are said by
    their labels.
    """

    def rows(subject: Subject) -> Iterable[Row]:
        found = of(subject)
        return [] if found is None else found.values(*columns)

    covers = {f"{model._meta.label}.{name.partition('__')[0]}" for name in (*columns, *through)}
    spoken = {**choice_words(model, columns), **(words or {})}
    return Part(name, title, columns, rows, frozenset(covers), about=about, words=spoken, sentences=sentences)


# --- Made for somebody --------------------------------------------------------------------------------------
@dataclass(frozen=True)
class Held:
    part: Part
    rows: list[Row]


def collect(subject: Subject) -> list[Held]:
    """Everything held on them, part by part, empty ones too, in the order of interest."""
    parts = sorted(
        (part for part in known_parts() if isinstance(subject, Person) or not part.theirs_alone),
        key=lambda part: part.about,
    )
    return [Held(part, [dict(row) for row in part.rows(subject)]) for part in parts]


def make_zip(subject: Subject, now: dt.datetime) -> bytes:
    """``your-data.json`` and ``your-data.html``."""
    held = collect(subject)
    content = {
        "made_at": now,
        "parts": {each.part.name: {"title": str(each.part.title), "rows": each.rows} for each in held},
    }
    sections = [_section(subject, each) for each in held]
    page = render_to_string(
        "people/your_data_file.html",
        {
            "sections": [each for each in sections if not each.says_nothing],
            "nothing_of": [each.title for each in sections if each.says_nothing],
            "name": str(subject),
            "now": now,
        },
    )
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as file:
        text = json.dumps(content, cls=DjangoJSONEncoder, ensure_ascii=False, indent=2)
        for name, body in (("your-data.json", text), ("your-data.html", page)):
            entry = zipfile.ZipInfo(name, timezone.localtime(now).timetuple()[:6])
            entry.compress_type = zipfile.ZIP_DEFLATED
            file.writestr(entry, body)
    return buffer.getvalue()


def _section(subject: Subject, held: Held) -> Section:
    part = held.part
    if part.sentences:
        return Section(part.name, part.title, sentences=part.sentences(subject))
    return section_of(part.name, part.title, part.columns, held.rows, part.words)


def zip_response(subject: Subject, now: dt.datetime) -> HttpResponse:
    return HttpResponse(
        make_zip(subject, now),
        headers={
            "Content-Type": "application/zip",
            "Content-Disposition": 'attachment; filename="your-data.zip"',
        },
    )


# --- What ``people`` and ``common`` hold --------------------------------------------------------------------
def person_only(
    of: Callable[[Person], models.QuerySet[Any]],
) -> Callable[[Subject], models.QuerySet[Any] | None]:
    return lambda subject: of(subject) if isinstance(subject, Person) else None


def register_parts() -> None:
    register(
        table(
            "profile",
            _("What is kept of you"),
            {
                "display_name": _("name"),
                "given_name": _("given name"),
                "family_name": _("family name"),
                "email": _("e-mail"),
                "employee_number": _("employee number"),
                "job_title": _("job title"),
                "team__name": _("team"),
                "manager__display_name": _("manager"),
                "location": _("location"),
                "country": _("country"),
                "start_date": _("first day"),
                "end_date": _("last day"),
                "inactive_since": _("known to have left since"),
                "language": _("language"),
                "time_zone": _("time zone"),
                "working_days": _("working days"),
                "day_starts": _("working day starts"),
                "day_ends": _("working day ends"),
                "quiet_starts": _("quiet from"),
                "quiet_ends": _("quiet until"),
                "digest": _("digest"),
                "last_login": _("last signed in"),
            },
            of=person_only(lambda person: Person.objects.filter(pk=person.pk)),
            model=Person,
            about=About.THEMSELVES,
            words={"language": language_name, "working_days": weekdays},
        )
    )
    register(
        Part(
            "roles",
            _("Your roles"),
            {"role": _("role")},
            rows=lambda subject: (
                [{"role": name} for name in sorted(subject.role_names)] if isinstance(subject, Person) else []
            ),
            covers=frozenset({"people.Person.groups"}),
            about=About.THEMSELVES,
            words={"role": role_name},
        )
    )
    register(
        table(
            "attributes",
            _("What results may be broken down by"),
            {"attribute__name": _("what"), "value": _("value")},
            of=person_only(lambda person: PersonAttribute.objects.filter(person=person)),
            model=PersonAttribute,
            through=("person",),
            about=About.THEMSELVES,
        )
    )
    register(
        table(
            "absences",
            _("Your days away"),
            {"first_day": _("from"), "last_day": _("to")},
            of=person_only(lambda person: Absence.objects.filter(person=person).order_by("first_day")),
            model=Absence,
            through=("person",),
            about=About.THEMSELVES,
        )
    )
    register(
        table(
            "teams",
            _("Teams you lead"),
            {"name": _("team")},
            of=person_only(lambda person: Team.objects.filter(lead=person).order_by("name")),
            model=Team,
            through=("lead",),
        )
    )
    register(
        table(
            "imports",
            _("Files you imported"),
            {"uploaded_at": _("when"), "file_name": _("file")},
            of=person_only(lambda person: ImportRun.objects.filter(uploaded_by=person)),
            model=ImportRun,
            through=("uploaded_by",),
        )
    )
    register(
        table(
            "other_imports",
            _("Other files you imported"),
            {"uploaded_at": _("when"), "file_name": _("file")},
            of=person_only(
                lambda person: (
                    ImportFile.objects.filter(uploaded_by=person)
                    | ImportFile.objects.filter(applied_by=person)
                )
            ),
            model=ImportFile,
            through=("uploaded_by", "applied_by"),
        )
    )
    register(
        table(
            "signed_in",
            _("Where you are signed in"),
            {
                "browser": _("browser"),
                "system": _("device"),
                "neighbourhood": _("part of the network address"),
                "begun_at": _("since"),
                "seen_at": _("last seen"),
            },
            of=person_only(lambda person: SignedInSession.objects.filter(person=person)),
            model=SignedInSession,
            through=("person",),
            about=About.SIGNING_IN,
            words={"begun_at": about_hour, "seen_at": about_hour},
        )
    )
    register(
        table(
            "openid",
            _("Who you are at the organisation's own sign-in"),
            {"subject": _("name there"), "address": _("address"), "linked_at": _("since")},
            of=person_only(lambda person: OpenIDLink.objects.filter(person=person)),
            model=OpenIDLink,
            through=("person",),
            about=About.SIGNING_IN,
        )
    )
    audit_columns = {
        "at": _("when"),
        "action": _("what"),
        "object_type": _("kind of thing"),
        "object_id": _("number"),
        "detail": _("details"),
    }
    register(
        table(
            "done",
            _("What you did, from the audit log"),
            audit_columns,
            of=person_only(lambda person: AuditEntry.objects.filter(actor=person).order_by("-at", "-pk")),
            model=AuditEntry,
            through=("actor",),
            about=About.LOG,
            sentences=sentences_of_theirs,
        )
    )
    register(
        table(
            "done_about",
            _("What was done about you, from the audit log"),
            {name: audit_columns[name] for name in ("at", "action", "detail")},
            of=lambda subject: AuditEntry.objects.about(subject._meta.label_lower, str(subject.pk)).order_by(
                "-at", "-pk"
            ),
            model=AuditEntry,
            about=About.LOG,
            sentences=sentences_of_others,
        )
    )
