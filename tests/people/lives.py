"""Somebody with a row in everything, and all that is held in the database and beside it."""

from __future__ import annotations

import datetime as dt
import re
import zlib
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

from django.apps import apps
from django.conf import settings
from django.contrib.sessions.models import Session
from django.core import serializers
from django.db import models
from django.utils import timezone

from common import retention
from common.models import AuditEntry
from customers.models import Contact
from notifications.models import Message, OptOut, RefusedAddress
from notifications.transports import CaptureTransport
from people.models import Person, Team
from surveys.answers import AnswerSheet
from surveys.domain.answering import submitting
from surveys.domain.counting import closing
from surveys.models import FollowUp, Invitation, Response, Wave
from tests.people.importing.files import checked
from tests.surveys.factories import CLOSES, WHILE_OPEN, cast, make_wave
from tests.surveys.factories import make_person as make_colleague

NOW = dt.datetime(2027, 5, 3, 4, 0, tzinfo=dt.UTC)
MARK = "xmarkerx"
SHEET = AnswerSheet(options={"recommend": ("9",), "listens": ("4",)}, texts={"hear": f"I am {MARK}"})


def filled(model: type[models.Model], number: int, **given: Any) -> models.Model:
    """A row whose every personal text holds the marker; what it points at is made or found."""
    values: dict[str, Any] = dict(given)
    personal = {line.field for line in retention.current().of(model) if line.then != retention.STAYS}
    for field in model._meta.local_fields:
        if field.name in values or isinstance(field, models.AutoField):
            continue
        if field.remote_field:
            if not field.null or isinstance(field, models.OneToOneField):
                values[field.name] = somebody_else(field.related_model, number)  # type: ignore[arg-type]
        elif isinstance(field, models.EmailField):
            values[field.name] = f"{MARK}{number}@example.com"
        elif isinstance(field, (models.CharField, models.TextField)) and not field.choices:
            text = MARK if field.name in personal else "anything"
            values[field.name] = f"{text}{number}"[: field.max_length or 50]
        elif not field.has_default() and not field.null:
            values[field.name] = blank(field, number)
    return model._default_manager.create(**values)


def blank(field: models.Field[Any, Any], number: int) -> Any:
    match field:
        case models.DateTimeField():
            return timezone.now()
        case models.DateField():
            return timezone.localdate()
        case models.BinaryField():
            return b"0"
        case models.BooleanField():
            return False
        case models.JSONField():
            return {}
        case _:
            return field.choices[0][0] if field.choices else 2000 + number


def somebody_else(model: type[models.Model], number: int) -> Any:
    """What a row of theirs stands on: a wave, a session, an attribute."""
    if model is Wave:
        return make_wave(invited={1: 1})
    if model is Session:
        return Session.objects.create(session_key=f"key{number}", session_data="x", expire_date=NOW)
    if model is Person:
        return make_colleague()
    if model is Response:
        wave = make_wave(mode=Wave.Mode.IDENTIFIED, invited={1: 1})
        return Response.objects.create(invitation=wave.invitations.get(), wave=wave, submitted_at=NOW)
    found = model._default_manager.first()
    return found or filled(model, number + 1000)


def links_to(subject: type[models.Model]) -> Iterator[tuple[type[models.Model], models.Field[Any, Any]]]:
    for model in apps.get_models():
        for field in [*model._meta.local_fields, *model._meta.local_many_to_many]:
            if field.related_model is subject:
                yield model, field


# Made by hand below: they are people, or stand on much else.
BY_HAND = {"people.Person", "surveys.Invitation", "surveys.Wave", "common.AuditEntry", "customers.Contact"}


def marked_person() -> Person:
    person = make_colleague(
        **{
            field.name: f"{MARK}{field.name}"[: field.max_length or 50]
            for field in Person._meta.local_fields
            if isinstance(field, (models.CharField, models.TextField))
            and field.name not in {"email", "working_days", "country", "time_zone", "language", "password"}
        },
        email=f"{MARK}@example.com",
        country="NZ",
        time_zone="Pacific/Chatham",
        language="eo",
        working_days="246",
        start_date=dt.date(1987, 6, 5),
        end_date=dt.date(1999, 1, 2),
        last_login=dt.datetime(1999, 1, 1, tzinfo=dt.UTC),
        is_active=False,
    )
    person.refresh_search_text()
    person.save()
    return person


MARKERS = re.compile(rf"{MARK}|Pacific/Chatham|1987-06-05|1999-01-0", re.IGNORECASE)


def everything_held() -> dict[str, str]:
    """Every row of every table as text, and every captured mail."""
    held: dict[str, str] = {}
    for model in apps.get_models(include_auto_created=True):
        held[model._meta.label] = serializers.serialize("json", model._default_manager.order_by("pk"))
        for row in model._default_manager.all():
            for field in model._meta.local_fields:
                if isinstance(field, models.BinaryField):
                    held[model._meta.label] += as_text(bytes(getattr(row, field.name) or b""))
    folder = Path(settings.CAPTURED_MAIL_DIR)
    held["files"] = "".join(
        path.name + path.read_text(errors="replace") for path in folder.glob("*") if path.is_file()
    )
    return held


def as_text(raw: bytes) -> str:
    with suppress(zlib.error):
        raw = zlib.decompress(raw)
    return raw.decode("latin-1")


def found_in(held: dict[str, str]) -> dict[str, list[str]]:
    return {name: MARKERS.findall(text) for name, text in held.items() if MARKERS.search(text)}


def capture(address: str) -> None:
    with CaptureTransport() as transport:
        transport.offer("portal@example.com", address)
        transport.deliver(f"To: {address}\r\n\r\nDear {MARK}".encode())


def a_life(person: Person) -> dict[str, Wave]:
    """A row in everything that can point at a person, and waves that know them."""
    for number, (model, field) in enumerate(links_to(Person)):
        if model._meta.label in BY_HAND:
            continue
        if field.many_to_many:
            getattr(filled(model, number), field.name).add(person)
        else:
            filled(model, number, **{field.name: person})
    Person.objects.filter(pk=make_colleague().pk).update(manager=person)
    Team.objects.create(name="Front desk", lead=person)
    AuditEntry.objects.create(action="person.edited", actor=person, detail={"fields": "email"})
    # It would bring them back.
    cells = f"{person.employee_number},Some Body,{person.email}"
    checked(f"employee_id,name,email\n{cells}\n", by=make_colleague())
    capture(person.email)
    OptOut.objects.create(category="surveys", address=person.email)
    RefusedAddress.objects.create(address=person.email, reply=f"550 no {MARK}")
    Message.objects.create(
        key=f"x:{MARK}",
        kind="people.set_password",
        address=f"old{MARK}@example.com",
        person=person,
        message_id="<1@example.com>",
        due=NOW,
    )
    rated = make_wave(invited={1: 10}, about=Wave.About.MANAGER)
    rated.groups.update(name=f"Under {person.display_name}", lead=person, subject=person)
    rated.invitations.update(subject=person)
    waves = {
        "open": asked(person, make_wave(invited={1: 30})),
        "closed": asked(person, make_wave(invited={1: 12})),
        "named": asked(person, make_wave(mode=Wave.Mode.IDENTIFIED, invited={1: 3}, closes_at=NOW)),
    }
    followed(person, waves["named"])
    return waves


def followed(subject: Person | Contact, wave: Wave) -> None:
    link = "person" if isinstance(subject, Person) else "contact"
    FollowUp.objects.create(
        response=Response.objects.get(wave=wave, **{f"invitation__{link}": subject}),
        question_key="recommend",
        score=9,
        opened_at=NOW,
        due_at=NOW,
        done=f"Called {MARK}",
    )


def asked(subject: Person | Contact, wave: Wave) -> Wave:
    """Asked like the others, and answered like some of them."""
    link = "person" if isinstance(subject, Person) else "contact"
    theirs = Invitation.objects.create(
        wave=wave, group_code=1, address=f"frozen{MARK}@example.com", language="eo", **{link: subject}
    )
    others = list(wave.invitations.exclude(pk=theirs.pk).select_related("wave"))[:9]
    for one in [theirs, *others]:
        one.wave = wave
        if wave.is_anonymous:
            cast(one, SHEET.options, {"hear": "Somebody's words"})
        else:
            submitting.submit(invitation=one, sheet=SHEET if one == theirs else NOT_MINE, now=WHILE_OPEN)
    return wave


NOT_MINE = AnswerSheet(options={"recommend": ("3",)}, texts={"hear": "Somebody's words"})


def close(wave: Wave) -> None:
    closing.close(wave_id=wave.pk, now=CLOSES)
