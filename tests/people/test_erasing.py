"""Erasing: nothing in the database or beside it says who somebody was, and every figure stays as it is."""

from __future__ import annotations

import datetime as dt
import re
import zlib
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from django.apps import apps
from django.conf import settings
from django.contrib.sessions.models import Session
from django.core import serializers
from django.db import IntegrityError, connection, models, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone, translation

from common import erasing as machinery
from common import retention
from common.models import AuditEntry
from common.nobody import NAME
from customers.domain import erasing as contact_erasing
from customers.models import Contact, ExternalOrganisation
from notifications.models import Message, OptOut, RefusedAddress
from notifications.transports import CaptureTransport
from people.domain import erasing
from people.domain.changing import NotPossible, reactivate
from people.models import Person, Team
from people.roles import ADMINISTRATOR, HR
from surveys.answers import AnswerSheet
from surveys.domain import answering, closing, rating
from surveys.models import FollowUp, Invitation, Response, Wave
from surveys.models.answer import TAKEN_OUT
from tests.people.conftest import client_of, make_person, with_role
from tests.people.importing.files import checked, plan_of
from tests.surveys.factories import CLOSES, WHILE_OPEN, cast, make_people, make_wave
from tests.surveys.factories import make_person as make_colleague

pytestmark = pytest.mark.django_db
NOW = dt.datetime(2027, 5, 3, 4, 0, tzinfo=dt.UTC)
MARK = "xmarkerx"
SHEET = AnswerSheet(options={"recommend": ("9",), "listens": ("4",)}, texts={"hear": f"I am {MARK}"})


# --- Somebody with a row in everything ----------------------------------------------------------------------
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


@pytest.fixture
def mail_folder(settings: Any, tmp_path: Path) -> Path:
    settings.CAPTURED_MAIL_DIR = tmp_path / "mail"
    return tmp_path / "mail"


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
            answering.submit(invitation=one, sheet=SHEET if one == theirs else NOT_MINE, now=WHILE_OPEN)
    return wave


NOT_MINE = AnswerSheet(options={"recommend": ("3",)}, texts={"hear": "Somebody's words"})


def close(wave: Wave) -> None:
    closing.close(wave_id=wave.pk, now=CLOSES)


# --- Nothing is left ----------------------------------------------------------------------------------------
def test_nothing_is_left_of_somebody_with_a_row_in_everything(mail_folder: Path, hr: Person) -> None:
    person = marked_person()
    waves = a_life(person)
    close(waves["closed"])
    before = found_in(everything_held())
    # It would find what is left: the life above left its traces.
    known = {
        "people.Person",
        "surveys.Invitation",
        "surveys.Answer",
        "notifications.OptOut",
    }
    assert known | {"notifications.Message", "people.OpenIDLink", "people.ImportRun", "files"} <= set(before)

    assert erasing.erase(person, by=hr, now=NOW)

    assert found_in(everything_held()) == {}
    person.refresh_from_db()
    assert (person.erased_at, person.is_active, person.employee_number) == (NOW, False, None)
    assert re.fullmatch(r"erased-[0-9a-f]{24}@erased\.invalid", person.email)
    assert not person.has_usable_password()
    assert str(person) == "Somebody who left"
    with translation.override("de"):
        assert str(person) == translation.gettext(NAME)
    assert not erasing.erase(person, by=hr, now=NOW)


def test_no_key_leads_to_them_but_those_that_stay_by_the_file(mail_folder: Path, hr: Person) -> None:
    person = marked_person()
    a_life(person)
    stays = {
        (line.model, line.field)
        for line in retention.current().lines.values()
        if line.then == retention.STAYS
    }
    erasing.erase(person, by=hr, now=NOW)
    left = {
        (model._meta.label, field.name)
        for model, field in links_to(Person)
        if model._default_manager.filter(**{field.name: person}).exists()
    }
    assert left <= stays
    assert ("common.AuditEntry", "actor") in left


def test_figures_stay_byte_for_byte(mail_folder: Path, hr: Person) -> None:
    reader = make_person("Rea Reader")
    person = marked_person()
    waves = a_life(person)
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute("SET session_replication_role = replica")
        waves["named"].readers.add(reader)
        if connection.vendor == "postgresql":
            cursor.execute("SET session_replication_role = DEFAULT")
    close(waves["closed"])
    rating.rate(waves["open"], WHILE_OPEN)

    def figures() -> list[bytes]:
        pages = [(hr, "closed"), (reader, "named")]
        return [
            re.sub(rb"\b[A-Za-z0-9]{64}\b", b"", client_of(who).get(url).content)
            for who, name in pages
            for url in (
                reverse("surveys:wave-results-group", args=[waves[name].pk, 1]),
                reverse("surveys:wave-results-csv", args=[waves[name].pk, 1]),
            )
        ]

    def counts() -> list[Any]:
        wave = Wave.objects.get(pk=waves["open"].pk)
        rating.rate(wave, WHILE_OPEN)
        return [
            list(wave.groups.values_list("code", "invited_count", "response_percent")),
            wave.invitations.count(),
            wave.invitations.filter(answered=True).count(),
            wave.ballots.count(),
            list(waves["closed"].released_counts.order_by("pk").values()),
            list(waves["closed"].comments.order_by("pk").values()),
        ]

    before = (figures(), counts())
    assert b"cp-" in before[0][0]
    erasing.erase(person, by=hr, now=NOW)
    assert (figures(), counts()) == before


def test_an_open_anonymous_wave_is_counted_as_if_nothing_had_happened(hr: Person) -> None:
    released = []
    for erase in (False, True):
        person = make_colleague(is_active=False)
        wave = make_wave(invited={1: 11})
        asked(person, wave)
        if erase:
            erasing.erase(person, by=hr, now=NOW)
        close(wave)
        wave.refresh_from_db()
        counts = wave.released_counts.order_by("question_key", "atom_number", "option")
        released.append((wave.answered_count, list(counts.values_list("question_key", "option", "n"))))
    assert released[0] == released[1]
    assert released[0][0] == 10


def test_no_link_that_was_mailed_opens_again(hr: Person) -> None:
    person = make_colleague(is_active=False)
    wave = make_wave(invited={1: 10})
    before = Invitation.objects.create(wave=wave, person=person, address=person.email, group_code=1)
    stamp = person.link_stamp
    erasing.erase(person, by=hr, now=NOW)
    person.refresh_from_db()
    assert person.link_stamp > stamp
    assert not Invitation.objects.filter(handle=before.handle).exists()
    assert wave.invitations.count() == 11


def test_who_opted_out_gets_no_mail_when_they_come_back(hr: Person) -> None:
    person = make_colleague(is_active=False, email="back@example.com")
    OptOut.objects.create(category="surveys", address=person.email)
    erasing.erase(person, by=hr, now=NOW)
    assert "back@example.com" not in OptOut.objects.get().address
    assert OptOut.objects.of("surveys", "back@example.com").exists()
    assert OptOut.objects.among("surveys", {"back@example.com", "else@example.com"}) == {"back@example.com"}
    OptOut.objects.of("surveys", "back@example.com").delete()
    assert OptOut.objects.among("surveys", {"back@example.com"}) == set()


def test_nobody_elses_rows_are_touched(mail_folder: Path, hr: Person) -> None:
    other = make_colleague(email="other@example.com", is_active=False)
    wave = make_wave(mode=Wave.Mode.IDENTIFIED, invited={1: 1})
    theirs = Invitation.objects.create(wave=wave, group_code=1, address=other.email, person=other)
    theirs.wave = wave
    answering.submit(invitation=theirs, sheet=NOT_MINE, now=WHILE_OPEN)
    OptOut.objects.create(category="surveys", address=other.email)
    capture(other.email)
    person = marked_person()

    def others() -> list[Any]:
        return [
            list(Person.objects.exclude(pk=person.pk).order_by("pk").values()),
            list(Invitation.objects.order_by("pk").values()),
            [
                list(one.response.answers.order_by("pk").values())
                for one in wave.invitations.filter(answered=True)
            ],
            list(OptOut.objects.values()),
            sorted(path.name for path in mail_folder.iterdir()),
        ]

    before = others()
    erasing.erase(person, by=hr, now=NOW)
    assert others() == before


def test_many_take_as_many_statements_as_one(hr: Person) -> None:
    counts = []
    for number in (1, 50):
        people = make_people(number, is_active=False)
        wave = make_wave(mode=Wave.Mode.IDENTIFIED, invited={1: 1})
        for person in people:
            Invitation.objects.create(wave=wave, group_code=1, address=person.email, person=person)
        with transaction.atomic(), CaptureQueriesContext(connection) as queries:
            machinery.erase_rows(
                machinery.Erased(Person, [person.pk for person in people], {one.email for one in people})
            )
        counts.append(len(queries))
    assert counts[0] == counts[1]


# --- Contacts -----------------------------------------------------------------------------------------------
def test_contacts_leave_as_little(mail_folder: Path, hr: Person) -> None:
    ferry = ExternalOrganisation.objects.create(name="Ferry line")
    contact = Contact.objects.create(
        organisation=ferry,
        name=f"Captain {MARK}",
        email=f"{MARK}@ferry.example",
        job_title=MARK,
        phone=MARK,
        active=False,
    )
    contact.refresh_search_text()
    contact.save()
    wave = asked(contact, make_wave(mode=Wave.Mode.IDENTIFIED, invited={1: 2}))
    followed(contact, wave)
    capture(contact.email)
    assert {"customers.Contact", "surveys.Answer", "files"} <= set(found_in(everything_held()))
    assert contact_erasing.erase(contact, by=hr, now=NOW)
    assert found_in(everything_held()) == {}
    contact.refresh_from_db()
    assert (str(contact), contact.erased_at) == ("Somebody who left", NOW)
    assert (wave.responses.count(), FollowUp.objects.get().done) == (3, TAKEN_OUT)


def test_a_contact_who_may_be_asked_is_not_erased(hr: Person) -> None:
    ferry = ExternalOrganisation.objects.create(name="Ferry line")
    contact = Contact.objects.create(organisation=ferry, name="Nemo", email="nemo@ferry.example")
    with pytest.raises(NotPossible):
        contact_erasing.erase(contact, by=hr, now=NOW)


# --- Who may be erased, and that nobody comes back ----------------------------------------------------------
def test_who_may_not_be_erased(hr: Person) -> None:
    works_here = make_person("Still Here")
    with_a_role = with_role(make_person("Has Role", is_active=False), HR)
    administrator = with_role(make_person("Last Admin", is_active=False), ADMINISTRATOR)
    for person in (works_here, with_a_role, administrator, hr):
        with pytest.raises(NotPossible):
            erasing.erase(person, by=hr, now=NOW)
        person.refresh_from_db()
        assert person.erased_at is None
    assert not AuditEntry.objects.exists()


def test_the_database_knows_nobody_erased_who_works_here(hr: Person) -> None:
    person = make_person("Gone Person", is_active=False)
    erasing.erase(person, by=hr, now=NOW)
    with pytest.raises(IntegrityError), transaction.atomic():
        reactivate(person, by=hr)


def test_an_import_does_not_find_who_was_erased(hr: Person) -> None:
    person = make_person("Gone Person", employee_number="n7", is_active=False)
    erasing.erase(person, by=hr, now=NOW)
    plan = plan_of("employee_id,name,email\nn7,Gone Person,gone.person@example.com\n")
    assert (len(plan.creates), len(plan.updates), plan.errors) == (1, 0, [])


def test_lists_know_nobody_erased(hr: Person) -> None:
    person = make_person("Gone Person", is_active=False)
    listed = client_of(hr).get(reverse("people:person-list"), {"q": "gone"}).content.decode()
    assert "Gone Person" in listed
    erasing.erase(person, by=hr, now=NOW)
    client = client_of(hr)
    for words in ("gone", "left", "erased", ""):
        page = client.get(reverse("people:person-list"), {"q": words}).content.decode()
        assert "Somebody who left" not in page
        assert "erased.invalid" not in page
    for name in (
        "people:person-detail",
        "people:person-edit",
        "people:person-deactivate",
        "people:person-erase",
    ):
        assert client.get(reverse(name, args=[person.pk])).status_code == 404
    assert client.post(reverse("people:person-reactivate", args=[person.pk])).status_code == 404


def test_the_audit_log_still_says_that_somebody_did_it(hr: Person, administrator: Person) -> None:
    person = make_person("Gone Person", is_active=False)
    AuditEntry.objects.create(actor=person, action="team.created")
    erasing.erase(person, by=hr, now=NOW)
    page = client_of(administrator).get("/audit/").content.decode()
    assert "<bdi>Somebody who left</bdi> added the team" in page
    assert "<bdi>Hana Resource</bdi> erased a person: " in page
    entry = AuditEntry.objects.get(action="person.erased")
    assert (entry.actor, entry.object_id, entry.detail) == (hr, str(person.pk), {})


# --- The page -----------------------------------------------------------------------------------------------
@pytest.fixture
def gone() -> Person:
    return make_person("Gone Örtlich", is_active=False)


def test_the_page_says_what_goes_and_asks_for_the_name(hr: Person, gone: Person) -> None:
    client, url = client_of(hr), reverse("people:person-erase", args=[gone.pk])
    page = client.get(url).content.decode()
    assert "What goes" in page
    assert "What stays" in page
    for typed in ("", "Gone", "Somebody Else"):
        assert client.post(url, {"name": typed}).status_code == 422
    gone.refresh_from_db()
    assert gone.erased_at is None
    response = client.post(url, {"name": "  gone ortlich "}, follow=True)
    assert "They are erased." in response.content.decode()
    gone.refresh_from_db()
    assert gone.erased_at is not None


def test_the_page_says_why_somebody_cannot_be_erased(hr: Person) -> None:
    person = make_person("Still Here")
    client, url = client_of(hr), reverse("people:person-erase", args=[person.pk])
    assert "They work here." in client.get(url).content.decode()
    assert client.post(url, {"name": "Still Here"}).status_code == 422
    person.refresh_from_db()
    assert person.erased_at is None


def test_their_page_leads_to_it_once_they_have_left(hr: Person, gone: Person) -> None:
    client = client_of(hr)
    assert (
        reverse("people:person-erase", args=[gone.pk]) in client.get(gone.get_absolute_url()).content.decode()
    )
    here = make_person("Still Here")
    assert "/erase/" not in client.get(here.get_absolute_url()).content.decode()


def test_others_do_not_erase(gone: Person, employee: Person, administrator: Person) -> None:
    for person in (employee, administrator):
        assert client_of(person).post(reverse("people:person-erase", args=[gone.pk])).status_code == 403
    assert Client().post(reverse("people:person-erase", args=[gone.pk])).status_code == 302
