"""Erasing: nothing in the database or beside it says who somebody was, and every figure stays as it is."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import translation

from common import erasing as machinery
from common import retention
from common.nobody import NAME
from customers.domain import erasing as contact_erasing
from customers.models import Contact, ExternalOrganisation
from notifications.models import OptOut
from people.domain import erasing
from people.domain.changing import NotPossible
from people.models import Person
from surveys.domain.answering import submitting
from surveys.domain.counting import rating
from surveys.models import FollowUp, Invitation, Wave
from surveys.models.answer import TAKEN_OUT
from tests.people.conftest import client_of, make_person
from tests.people.lives import (
    MARK,
    NOT_MINE,
    NOW,
    a_life,
    asked,
    capture,
    close,
    everything_held,
    followed,
    found_in,
    links_to,
    marked_person,
)
from tests.surveys.factories import WHILE_OPEN, make_people, make_wave
from tests.surveys.factories import make_person as make_colleague

pytestmark = pytest.mark.django_db


@pytest.fixture
def mail_folder(settings: Any, tmp_path: Path) -> Path:
    settings.CAPTURED_MAIL_DIR = tmp_path / "mail"
    return tmp_path / "mail"


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
    submitting.submit(invitation=theirs, sheet=NOT_MINE, now=WHILE_OPEN)
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
