"""A low answer by name opens a follow-up, which is worked on step by step and by nobody twice."""

from __future__ import annotations

import datetime as dt
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction
from django.utils import timezone

from common.models import AuditEntry
from notifications.models import Message
from people.models import Absence
from surveys.answers import AnswerSheet
from surveys.domain.answering import submitting
from surveys.domain.following_up import looking_after, stepping, telling_owners
from surveys.domain.following_up.stepping import Refused
from surveys.models import Answer, FollowUp, Response, Wave
from surveys.questionnaire import Kind, Option, Question, Questionnaire, Section
from tests.surveys.factories import QUESTIONNAIRE, make_draft, make_hr, make_person
from tests.surveys.following import (
    ANSWERED,
    DAY,
    HEARD,
    answer,
    ask,
    close,
    make_cause,
    make_contact,
    make_follow_up,
    make_followed_wave,
)

pytestmark = pytest.mark.django_db


def told(kind: str = "surveys.follow_up") -> list[tuple[str, str]]:
    """To whom, and why, in order."""
    rows = Message.objects.filter(kind=kind).order_by("pk").select_related("person")
    return [(str(row.person), str(row.context.get("why", ""))) for row in rows]


# --- Opening ------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(("score", "opens"), [(0, True), (6, True), (7, False), (10, False), (None, False)])
def test_a_score_at_or_under_the_limit_opens_one(score: int | None, opens: bool) -> None:
    invitation = ask(make_followed_wave(), make_contact(make_person()))
    assert bool(answer(invitation, score)) is opens
    assert bool(told()) is opens


def test_a_wave_that_follows_nothing_opens_nothing() -> None:
    wave = make_followed_wave(follow_up_question="")
    assert answer(ask(wave, make_contact()), 0) is None


def test_it_goes_to_whoever_looks_after_them_by_their_own_working_days() -> None:
    owner = make_person(display_name="Mara", time_zone="Europe/Berlin", working_days="1234")
    follow_up = make_follow_up(owner)
    assert (follow_up.owner, follow_up.score, follow_up.question_key) == (owner, 3, "recommend")
    # Thursday noon; Friday is none of their days: Monday and Tuesday, at the end of it, 18:00 in Berlin.
    assert follow_up.due_at == dt.datetime(2026, 3, 10, 17, 0, tzinfo=dt.UTC)
    assert follow_up.goes_up_at == follow_up.due_at
    assert told() == [("Mara", "opened")]


def test_the_row_of_a_matrix_can_be_followed() -> None:
    rows = (Option("r1", "By telephone"), Option("r2", "By mail"))
    matrix = Question(key="service", kind=Kind.MATRIX, text="How was it?", low=1, high=5, rows=rows)
    questionnaire = Questionnaire("Service", "", 1, (Section("", "", (matrix,)),), language="en")
    wave = make_followed_wave(questionnaire=questionnaire, follow_up_question="service.r2", follow_up_limit=2)
    invitation = ask(wave, make_contact(make_person()))
    sheet = AnswerSheet(options={"service.r1": ("1",), "service.r2": ("2",)})
    submitting.submit(invitation=invitation, sheet=sheet, now=ANSWERED)
    assert FollowUp.objects.get().score == 2


@pytest.mark.parametrize("missing", ["nobody", "left"])
def test_the_fallback_takes_what_nobody_looks_after(missing: str) -> None:
    owner = make_person(is_active=False) if missing == "left" else None
    invitation = ask(make_followed_wave(), make_contact(owner))
    follow_up = answer(invitation, 2)
    assert follow_up is not None
    assert str(follow_up.owner) == "Fay Fallback"


def test_without_fallback_a_reader_takes_it_and_without_a_reader_hr_is_told_and_nothing_more() -> None:
    reader = make_person(display_name="Rea Reader")
    wave = make_followed_wave(follow_up_owner=make_person(is_active=False), readers=[reader])
    follow_up = answer(ask(wave, make_contact()), 2)
    assert follow_up is not None
    assert follow_up.owner == reader
    make_hr(display_name="Hana")
    lonely = make_followed_wave(follow_up_owner=None)
    alone = answer(ask(lonely, make_contact()), 2)
    assert alone is not None
    assert alone.owner is None
    assert told("surveys.follow_up_stuck") == [("Hana", "")]


def test_nobody_follows_up_on_their_own_answer() -> None:
    owner = make_person(display_name="Own")
    reader = make_person(display_name="Rea Reader")
    wave = make_followed_wave(audience=Wave.Audience.EVERYONE, follow_up_owner=owner, readers=[owner, reader])
    follow_up = answer(ask(wave, owner), 1)
    assert follow_up is not None
    assert follow_up.owner == reader


def test_it_goes_to_the_manager_at_once_where_the_owner_is_away_all_the_time() -> None:
    boss = make_person(display_name="Boss")
    owner = make_person(display_name="Mara", manager=boss)
    Absence.objects.create(person=owner, first_day=dt.date(2026, 3, 6), last_day=dt.date(2026, 3, 20))
    follow_up = make_follow_up(owner)
    assert (follow_up.owner, follow_up.escalated_to) == (owner, boss)
    # By the boss's days: Friday and Monday.
    assert follow_up.due_at.date() == dt.date(2026, 3, 9)
    assert told() == [("Boss", "away"), ("Mara", "opened")]


def test_where_nobody_above_an_absent_owner_is_there_the_one_the_wave_names_takes_it() -> None:
    away = {"first_day": dt.date(2026, 3, 1), "last_day": dt.date(2026, 4, 30)}
    boss, instead = make_person(), make_person(display_name="Fay")
    owner = make_person(display_name="Mara", manager=boss)
    for person in (boss, owner):
        Absence.objects.create(person=person, **away)
    wave = make_followed_wave(follow_up_owner=instead)
    follow_up = make_follow_up(owner, wave=wave)
    assert (follow_up.owner, follow_up.escalated_to) == (instead, None)
    assert follow_up.due_at.date() == dt.date(2026, 3, 9)
    Absence.objects.create(person=instead, **away)
    assert make_follow_up(owner, wave=wave).owner == owner


def test_a_day_of_leave_only_moves_the_due_date() -> None:
    owner = make_person(manager=make_person())
    Absence.objects.create(person=owner, first_day=dt.date(2026, 3, 6), last_day=dt.date(2026, 3, 6))
    follow_up = make_follow_up(owner)
    assert follow_up.escalated_to is None
    assert follow_up.due_at.date() == dt.date(2026, 3, 10)


def test_the_answer_and_its_follow_up_are_stored_together_or_not_at_all(monkeypatch: Any) -> None:
    invitation = ask(make_followed_wave(), make_contact(make_person()))

    def die(*args: Any, **kwargs: Any) -> None:
        raise RuntimeError

    monkeypatch.setattr(telling_owners, "tell", die)
    with pytest.raises(RuntimeError):
        answer(invitation, 1)
    invitation.refresh_from_db()
    assert not invitation.answered
    assert not Response.objects.exists()
    assert not FollowUp.objects.exists()


def test_opening_twice_makes_one() -> None:
    follow_up = make_follow_up()
    again = stepping.open_for(follow_up.response, {"recommend": ("1",)}, ANSWERED + DAY)
    assert again == follow_up
    assert len(told()) == 1


@pytest.mark.needs_postgres
@pytest.mark.django_db(transaction=True)
def test_ten_submits_at_once_open_one() -> None:
    invitation = ask(make_followed_wave(), make_contact(make_person()))

    def submit(_number: int) -> None:
        try:
            answer(invitation, 2)
        finally:
            connection.close()

    with ThreadPoolExecutor(10) as pool:
        list(pool.map(submit, range(10)))
    assert FollowUp.objects.count() == Response.objects.count() == 1


# --- Working on it ------------------------------------------------------------------------------------------
def test_first_contact_counts_the_owners_working_time() -> None:
    owner = make_person(time_zone="UTC")
    follow_up = make_follow_up(owner)
    # Thursday 12:00 to Friday 09:30, by a clock of 8 to 18: six hours and one and a half.
    at = dt.datetime(2026, 3, 6, 9, 30, tzinfo=dt.UTC)
    found = stepping.record_contact(follow_up=follow_up, at=at, channel="phone", by=owner, now=at)
    assert (found.state, found.contacted_at, found.working_minutes) == ("contacted", at, 450)
    assert found.goes_up_at is None


def test_contact_can_be_put_right_until_it_is_closed_and_not_before_the_answer() -> None:
    follow_up = make_follow_up()
    by, now = follow_up.owner, ANSWERED + DAY
    assert by is not None
    for at in (ANSWERED - DAY, now + DAY):
        with pytest.raises(Refused):
            stepping.record_contact(follow_up=follow_up, at=at, channel="mail", by=by, now=now)
    close(follow_up, contacted=now, closed=now)
    with pytest.raises(Refused):
        stepping.record_contact(follow_up=follow_up, at=now, channel="mail", by=by, now=now)


def test_only_what_was_contacted_is_closed_in_code_and_in_the_database() -> None:
    follow_up = make_follow_up()
    by = follow_up.owner
    assert by is not None
    with pytest.raises(Refused):
        stepping.close(follow_up=follow_up, done="x", cause=make_cause(), by=by, now=ANSWERED + DAY)
    whole: dict[str, Any] = {"state": "closed", "closed_at": ANSWERED, "contacted_at": ANSWERED}
    whole |= {"done": "x", "cause": make_cause()}
    for missing, nothing in {"contacted_at": None, "done": "", "cause": None, "closed_at": None}.items():
        with pytest.raises(IntegrityError), transaction.atomic():
            FollowUp.objects.filter(pk=follow_up.pk).update(**{**whole, missing: nothing})
    FollowUp.objects.filter(pk=follow_up.pk).update(**whole)


def test_closing_says_when_they_are_asked_again_and_twice_changes_nothing() -> None:
    follow_up = make_follow_up(time_zone="Europe/Athens")
    closed_at = ANSWERED + 2 * DAY
    done = close(follow_up, contacted=ANSWERED + DAY, closed=closed_at)
    # Ten working days after Saturday 7 March, when the day begins in Athens.
    assert done.ask_again_at == dt.datetime(2026, 3, 20, 6, 0, tzinfo=dt.UTC)
    by = done.owner
    assert by is not None
    again = stepping.close(follow_up=done, done="other", cause=make_cause("Else"), by=by, now=closed_at + DAY)
    assert (again.done, again.closed_at) == ("We rang and refunded.", closed_at)


def test_closing_works_where_the_respondent_is_away_for_good() -> None:
    person = make_person()
    Absence.objects.create(person=person, first_day=dt.date(2026, 3, 1), last_day=dt.date(2046, 3, 1))
    follow_up = answer(ask(make_followed_wave(follow_up_owner=make_person()), person), 2)
    assert follow_up is not None
    closed = close(follow_up, contacted=ANSWERED + DAY, closed=ANSWERED + DAY)
    assert closed.is_closed
    assert closed.ask_again_at == ANSWERED + 366 * DAY


def test_it_is_handed_over_by_name_and_they_are_told_with_the_day_it_was_due() -> None:
    follow_up = make_follow_up(make_person(display_name="Mara"))
    due, by = follow_up.due_at, follow_up.owner
    assert by is not None
    other = make_person(display_name="Otto")
    stepping.hand_over(follow_up=follow_up, to=other, by=by, now=ANSWERED + DAY)
    stepping.hand_over(follow_up=follow_up, to=other, by=by, now=ANSWERED + DAY)
    follow_up.refresh_from_db()
    assert (follow_up.owner, follow_up.due_at) == (other, due)
    assert told() == [("Mara", "opened"), ("Otto", "handed_over")]
    with pytest.raises(Refused):
        stepping.hand_over(follow_up=follow_up, to=make_person(is_active=False), by=by, now=ANSWERED + DAY)


def test_what_is_nobodys_goes_to_whoever_is_named_later() -> None:
    hr = make_hr(display_name="Hana")
    mara = make_person(display_name="Mara")
    follow_up = make_follow_up(mara, wave=make_followed_wave(follow_up_owner=None))
    mara.is_active = False
    mara.save()
    now = ANSWERED + DAY
    stepping.find_owners(now)
    stepping.find_owners(now + DAY)
    assert FollowUp.objects.get().owner is None
    assert told("surveys.follow_up_stuck") == [(str(hr), "")]
    contact = follow_up.response.invitation.contact
    assert contact is not None
    otto = make_person(display_name="Otto")
    type(contact.organisation).objects.update(owner=otto)
    stepping.find_owners(now + 2 * DAY)
    follow_up.refresh_from_db()
    assert follow_up.owner == otto
    assert told()[-1] == ("Otto", "handed_over")


def test_every_step_is_in_the_audit_log_without_what_was_said() -> None:
    close(make_follow_up(), contacted=ANSWERED + DAY, closed=ANSWERED + DAY)
    entries = AuditEntry.objects.filter(action__startswith="follow_up.").order_by("pk")
    assert [entry.action for entry in entries] == [
        "follow_up.opened",
        "follow_up.contacted",
        "follow_up.closed",
    ]
    stored = repr(list(AuditEntry.objects.values())) + repr(list(Message.objects.values()))
    assert HEARD not in stored
    assert "refunded" not in stored
    assert Answer.objects.filter(text=HEARD).exists()


# --- What a wave says of it ---------------------------------------------------------------------------------
def test_a_wave_that_follows_up_needs_its_question_a_fitting_limit_and_somebody() -> None:
    wave = make_draft(mode=Wave.Mode.IDENTIFIED, follow_up_question="recommend", follow_up_limit=6)
    assert len(list(stepping.problems_of(wave, QUESTIONNAIRE))) == 1
    wave.follow_up_owner = make_person()
    assert list(stepping.problems_of(wave, QUESTIONNAIRE)) == []
    wave.follow_up_limit = 10
    assert len(list(stepping.problems_of(wave, QUESTIONNAIRE))) == 1
    wave.follow_up_question = "channel"
    assert len(list(stepping.problems_of(wave, QUESTIONNAIRE))) == 1
    wave.follow_up_question = ""
    assert list(stepping.problems_of(wave, QUESTIONNAIRE)) == []


def test_it_is_agreed_on_drafts_by_name_alone() -> None:
    draft = make_draft(mode=Wave.Mode.IDENTIFIED)
    by = make_hr()
    assert stepping.agree(wave=draft, by=by, follow_up_question="recommend", follow_up_limit=3)
    assert not stepping.agree(wave=make_draft(), by=by, follow_up_limit=3)
    assert not stepping.agree(wave=make_followed_wave(), by=by, follow_up_limit=3)
    with pytest.raises(TypeError):
        stepping.agree(wave=draft, by=by, mode="anonymous")


def test_who_sees_one() -> None:
    boss, reader = make_person(), make_person()
    owner = make_person(manager=boss)
    follow_up = make_follow_up(owner, wave=make_followed_wave(readers=[reader]))
    seen_by = {
        person: FollowUp.objects.visible_to(person).exists()
        for person in (owner, boss, reader, make_hr(), make_person())
    }
    assert list(seen_by.values()) == [True, False, True, False, False]
    FollowUp.objects.filter(pk=follow_up.pk).update(escalated_to=boss)
    assert FollowUp.objects.visible_to(boss).exists()


def test_a_reader_who_answered_low_neither_reads_nor_closes_what_is_done_about_it() -> None:
    reader, other = make_person(), make_person()
    wave = make_followed_wave(readers=[reader, other])
    theirs = answer(ask(wave, reader), 1)
    beside = answer(ask(wave, make_person()), 1)
    assert theirs is not None
    assert list(FollowUp.objects.visible_to(reader)) == [beside]
    assert FollowUp.objects.visible_to(other).count() == 2
    now = timezone.now()
    shown = looking_after.rows(list(FollowUp.objects.for_rows().order_by("pk")), reader, now)
    assert [row.opens for row in shown] == [False, True]
