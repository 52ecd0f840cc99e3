"""What people were told before the first question does not change (anonymity.md T1)."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.core.management import call_command
from django.db import DatabaseError, connection, transaction

from surveys.domain.waves.drafting import NotADraft, save_draft
from surveys.models import Wave
from surveys.notice import notice_for
from tests.surveys.factories import CLOSES, invite, make_draft, make_people, make_person, make_wave

LATER = CLOSES + dt.timedelta(days=1)
EARLIER = CLOSES - dt.timedelta(days=1)
BROKEN_PROMISES: list[dict[str, Any]] = [
    {"mode": "identified"},
    {"k": 6},
    {"breakdown": "location"},
    {"breakdown": "attribute:1"},
    {"breakdown_name": "Something else"},
    {"extension_days": 5},
    {"audience": "contacts"},
    {"audience_by": "country"},
    {"audience_values": '["Oslo"]'},
    {"about": "manager"},
    {"follow_up_question": "recommend"},
    {"follow_up_limit": 3},
    {"follow_up_days": 9},
    {"ask_again_days": 1},
    {"closes_at": EARLIER},
    {"closes_at": LATER},
    {"closes_at": LATER, "extended": True},
]


@pytest.mark.django_db
@pytest.mark.parametrize("change", BROKEN_PROMISES)
def test_t1_saving_a_wave_people_are_asked_in_refuses_another_promise(change: dict[str, Any]) -> None:
    wave = make_wave()
    for name, value in change.items():
        setattr(wave, name, value)
    with pytest.raises(ValidationError):
        wave.save()
    with pytest.raises(ValidationError):
        wave.save(update_fields=list(change))
    with pytest.raises(ValidationError):
        wave.full_clean()


@pytest.mark.django_db
@pytest.mark.parametrize("field", ["subject", "subject_id"])
def test_t1_whom_a_wave_is_about_stays_by_whatever_name_it_is_saved(field: str) -> None:
    asked_about, another = make_people(2)
    wave = make_wave(about=Wave.About.PERSON, subject=asked_about)
    wave.subject = another
    with pytest.raises(ValidationError):
        wave.save(update_fields=[field])


@pytest.mark.needs_postgres
@pytest.mark.django_db
def test_t1_raw_sql_asks_about_nobody_else() -> None:
    asked_about, another = make_people(2)
    wave = make_wave(about=Wave.About.PERSON, subject=asked_about)
    for change in ({"subject_id": another.pk}, {"subject_id": None}):
        with pytest.raises(DatabaseError, match=f"wave {wave.pk}"), transaction.atomic():
            raw_update(wave, change)


@pytest.mark.needs_postgres
@pytest.mark.django_db
@pytest.mark.parametrize("change", BROKEN_PROMISES)
def test_t1_raw_sql_is_refused_too(change: dict[str, Any]) -> None:
    wave = make_wave()
    before = Wave.objects.values().get(pk=wave.pk)
    with pytest.raises(DatabaseError, match=f"wave {wave.pk}"), transaction.atomic():
        raw_update(wave, change)
    assert Wave.objects.values().get(pk=wave.pk) == before


@pytest.mark.needs_postgres
@pytest.mark.django_db
@pytest.mark.parametrize(
    "change",
    [
        {"public_key": b"x" * 32},
        {"questionnaire_json": '{"title": "another"}'},
    ],
)
def test_t1_raw_sql_exchanges_neither_key_nor_questions(change: dict[str, Any]) -> None:
    wave = make_wave()
    with pytest.raises(DatabaseError, match=f"wave {wave.pk}"), transaction.atomic():
        raw_update(wave, change)


@pytest.mark.needs_postgres
@pytest.mark.django_db
def test_t1_raw_sql_does_not_open_a_closed_wave_again() -> None:
    wave = make_wave(state=Wave.State.CLOSED)
    with pytest.raises(DatabaseError, match="not opened again"), transaction.atomic():
        raw_update(wave, {"state": "open"})


def raw_update(wave: Wave, change: dict[str, Any]) -> None:
    columns = ", ".join(f"{name} = %s" for name in change)
    with connection.cursor() as cursor:
        cursor.execute(f"UPDATE surveys_wave SET {columns} WHERE id = %s", [*change.values(), wave.pk])


@pytest.mark.django_db
def test_t1_a_draft_may_still_change_everything() -> None:
    wave = make_draft()
    for change in BROKEN_PROMISES:
        for name, value in change.items():
            setattr(wave, name, value)
        wave.save()
    Wave.objects.filter(pk=wave.pk).update(k=7, closes_at=EARLIER)
    wave.refresh_from_db()
    assert (wave.k, wave.closes_at) == (7, EARLIER)


@pytest.mark.django_db
def test_t2_who_looks_after_an_organisation_sees_its_figures_and_those_asked_read_so() -> None:
    owner, other = make_people(2)
    wave = make_wave(audience=Wave.Audience.CONTACTS, groups={1: None, 2: 1, 3: 1}, invited={2: 5, 3: 5})
    wave.groups.filter(code=2).update(lead=owner)
    assert list(Wave.objects.results_visible_to(owner)) == [wave]
    assert not Wave.objects.results_visible_to(other).exists()
    told = " ".join(notice_for(wave).points)
    assert "HR sees the figures, and whoever looks after your organisation those of your organisation" in told


@pytest.mark.django_db
def test_t1_the_announced_extension_is_possible_once() -> None:
    wave = make_wave(extension_days=7)
    wave.closes_at, wave.extended = LATER, True
    wave.save()
    wave.closes_at = LATER + dt.timedelta(days=7)
    with pytest.raises(ValidationError):
        wave.save()


@pytest.mark.needs_postgres
@pytest.mark.django_db
def test_t1_raw_sql_extends_once_if_that_was_announced() -> None:
    wave = make_wave(extension_days=7)
    raw_update(wave, {"closes_at": LATER, "extended": True})
    for change in ({"closes_at": LATER + dt.timedelta(days=7)}, {"extended": False}):
        with pytest.raises(DatabaseError, match="extended once"), transaction.atomic():
            raw_update(wave, change)


@pytest.mark.django_db
def test_a_wave_by_name_may_close_early() -> None:
    """People can be asked whether they mind: their names are on their answers."""
    wave = make_wave(mode=Wave.Mode.IDENTIFIED)
    wave.closes_at = EARLIER
    wave.save()
    wave.refresh_from_db()
    assert wave.closes_at == EARLIER


@pytest.mark.django_db
def test_t1_readers_are_named_before_anybody_is_asked() -> None:
    hr, reader, another = make_person(), make_person(), make_person()
    draft = make_draft(mode=Wave.Mode.IDENTIFIED)
    save_draft(draft, teams=[], organisations=[], readers=[reader], by=hr)
    assert list(draft.readers.all()) == [reader]
    asked = make_wave(mode=Wave.Mode.IDENTIFIED)
    with pytest.raises(NotADraft):
        save_draft(asked, teams=[], organisations=[], readers=[another], by=hr)
    assert not asked.readers.exists()


@pytest.mark.needs_postgres
@pytest.mark.django_db
def test_t1_raw_sql_adds_moves_and_removes_no_reader_once_people_are_asked() -> None:
    reader, another = make_person(), make_person()
    wave = make_wave(mode=Wave.Mode.IDENTIFIED, groups={1: None}, invited={})
    wave.readers.add(reader)
    invite(wave, make_people(3))
    for statement, values in (
        ("INSERT INTO surveys_wave_readers (wave_id, person_id) VALUES (%s, %s)", [wave.pk, another.pk]),
        ("UPDATE surveys_wave_readers SET person_id = %s WHERE wave_id = %s", [another.pk, wave.pk]),
        ("DELETE FROM surveys_wave_readers WHERE wave_id = %s", [wave.pk]),
    ):
        with (
            pytest.raises(DatabaseError, match="who reads the answers"),
            transaction.atomic(),
            connection.cursor() as cursor,
        ):
            cursor.execute(statement, values)
    assert list(wave.readers.all()) == [reader]
    Wave.objects.filter(pk=wave.pk).update(state=Wave.State.CLOSED)
    wave.readers.remove(reader)
    assert list(wave.readers.all()) == []


@pytest.mark.needs_postgres
@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
def test_t1_the_triggers_can_be_taken_down_and_put_up_again() -> None:
    wave = make_wave()
    try:
        call_command("migrate", "surveys", "0001", verbosity=0)
        raw_update(wave, {"k": 6})
    finally:
        call_command("migrate", "surveys", verbosity=0)
    with pytest.raises(DatabaseError, match=f"wave {wave.pk}"):
        raw_update(wave, {"k": 7})
