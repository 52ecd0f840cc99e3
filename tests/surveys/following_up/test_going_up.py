"""Late follow-ups go up the line, each step once, and at the top HR hears that something is stuck."""

from __future__ import annotations

import datetime as dt
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from django.db import connection

from common.models import AuditEntry
from notifications.models import Message
from people.models import Absence, Person
from surveys.domain.following_up import going_up, stepping, telling_owners
from surveys.models import FollowUp
from tests.surveys.factories import make_hr, make_person
from tests.surveys.following import (
    ANSWERED,
    DAY,
    answer,
    ask,
    make_contact,
    make_follow_up,
    make_followed_wave,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def line() -> list[Person]:
    """Somebody, their manager, the one above, and HR beside them."""
    make_hr(display_name="Hana")
    top = make_person(display_name="Tora Top")
    boss = make_person(display_name="Boss", manager=top)
    return [make_person(display_name="Mara", manager=boss), boss, top]


def told() -> list[tuple[str, str, str]]:
    rows = Message.objects.order_by("pk").select_related("person")
    return [(row.kind, str(row.person), row.context.get("why", "")) for row in rows]


def moment(follow_up: FollowUp) -> dt.datetime:
    follow_up.refresh_from_db()
    assert follow_up.goes_up_at is not None
    return follow_up.goes_up_at


def test_each_step_comes_as_many_working_days_after_the_one_before(line: list[Person]) -> None:
    follow_up = make_follow_up(line[0])
    going_up.hand_up_late(moment(follow_up) - dt.timedelta(seconds=1))
    assert len(told()) == 1

    first = moment(follow_up)
    going_up.hand_up_late(first)
    going_up.hand_up_late(first)
    assert moment(follow_up).date() == dt.date(2026, 3, 11)
    assert (follow_up.owner, follow_up.escalated_to) == (line[0], line[1])
    assert told()[1:] == [("surveys.follow_up", "Boss", "late")]

    going_up.hand_up_late(moment(follow_up))
    assert moment(follow_up).date() == dt.date(2026, 3, 13)
    assert told()[2:] == [("surveys.follow_up", "Tora Top", "late")]

    going_up.hand_up_late(moment(follow_up))
    going_up.hand_up_late(ANSWERED + 60 * DAY)
    follow_up.refresh_from_db()
    assert (follow_up.escalated_to, follow_up.goes_up_at) == (line[2], None)
    assert told()[3:] == [("surveys.follow_up_stuck", "Hana", "")]


def test_first_contact_stops_it(line: list[Person]) -> None:
    follow_up = make_follow_up(line[0])
    at = moment(follow_up)
    stepping.record_contact(
        follow_up=follow_up, at=ANSWERED + DAY, channel="mail", by=line[0], now=ANSWERED + DAY
    )
    going_up.hand_up_late(at + 30 * DAY)
    follow_up.refresh_from_db()
    assert follow_up.escalated_to is None


def test_people_who_left_and_the_respondent_are_passed_over_and_a_ring_ends() -> None:
    top = make_person(display_name="Top")
    asked = make_person(display_name="Asked", manager=top)
    left = make_person(manager=asked, is_active=False)
    owner = make_person(manager=left)
    top.manager = owner
    top.save()
    follow_up = answer(ask(make_followed_wave(follow_up_owner=owner), asked), 1)
    assert follow_up is not None
    going_up.hand_up_late(moment(follow_up))
    assert moment(follow_up)
    assert follow_up.escalated_to == top
    going_up.hand_up_late(moment(follow_up))
    follow_up.refresh_from_db()
    assert follow_up.goes_up_at is None


def test_a_ring_of_three_ends_too_and_nobody_is_told_twice() -> None:
    make_hr(display_name="Hana")
    first = make_person(display_name="Ana")
    third = make_person(display_name="Cleo", manager=first)
    second = make_person(display_name="Ben", manager=third)
    Person.objects.filter(pk=first.pk).update(manager=second)
    make_follow_up(Person.objects.get(pk=first.pk))
    for day in range(60):
        going_up.hand_up_late(ANSWERED + day * DAY)
    assert [(who, why) for _kind, who, why in told()] == [
        ("Ana", "opened"),
        ("Ben", "late"),
        ("Cleo", "late"),
        ("Hana", ""),
    ]


def test_handed_over_once_it_is_stuck_it_does_not_wait_unseen_again(line: list[Person]) -> None:
    follow_up = make_follow_up(line[0])
    for day in range(30):
        going_up.hand_up_late(ANSWERED + day * DAY)
    follow_up.refresh_from_db()
    assert follow_up.goes_up_at is None
    otto = make_person(display_name="Otto")
    now = ANSWERED + 30 * DAY
    stepping.hand_over(follow_up=follow_up, to=otto, by=line[2], now=now)
    assert moment(follow_up) > now
    going_up.hand_up_late(moment(follow_up))
    assert told()[-2:] == [
        ("surveys.follow_up", "Otto", "handed_over"),
        ("surveys.follow_up_stuck", "Hana", ""),
    ]


def test_who_is_away_is_passed_over_where_somebody_is_above(line: list[Person]) -> None:
    Absence.objects.create(person=line[1], first_day=dt.date(2026, 3, 1), last_day=dt.date(2026, 4, 1))
    follow_up = make_follow_up(line[0])
    going_up.hand_up_late(moment(follow_up))
    moment(follow_up)
    assert follow_up.escalated_to == line[2]


def test_killed_in_the_middle_of_a_step_it_is_taken_again(line: list[Person], monkeypatch: Any) -> None:
    follow_up = make_follow_up(line[0])
    at = moment(follow_up)

    def die(*args: Any, **kwargs: Any) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(telling_owners, "tell", die)
        with pytest.raises(KeyboardInterrupt):
            going_up.hand_up_late(at)
    assert moment(follow_up) == at
    assert not AuditEntry.objects.filter(action="follow_up.gone_up").exists()
    going_up.hand_up_late(at)
    assert told()[1:] == [("surveys.follow_up", "Boss", "late")]


def test_a_step_seen_before_somebody_else_took_it_is_not_taken_twice(line: list[Person]) -> None:
    follow_up = make_follow_up(line[0])
    at = moment(follow_up)
    stale = FollowUp.objects.select_related("owner", "response__wave", "response__invitation").get()
    going_up.hand_up_late(at)
    going_up._hand_up(stale, at)
    assert told()[1:] == [("surveys.follow_up", "Boss", "late")]


def test_of_what_nobody_has_hr_hears_once_and_not_again_when_it_is_late(line: list[Person]) -> None:
    alone = answer(ask(make_followed_wave(follow_up_owner=None), make_contact()), 2)
    assert alone is not None
    left = make_follow_up(make_person(), wave=make_followed_wave(follow_up_owner=None))
    Person.objects.filter(pk=left.owner_id).update(is_active=False)
    stepping.find_owners(ANSWERED + DAY)
    before = [row for row in told() if row[0] == telling_owners.STUCK]
    assert len(before) == 2
    going_up.hand_up_late(ANSWERED + 60 * DAY)
    assert [row for row in told() if row[0] == telling_owners.STUCK] == before


def test_one_that_cannot_go_up_holds_up_no_other(
    line: list[Person], monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    broken, sound = make_follow_up(line[0]), make_follow_up(line[0])
    above = going_up.next_above

    def break_one(follow_up: FollowUp, now: dt.datetime) -> Person | None:
        if follow_up == broken:
            raise ValueError
        return above(follow_up, now)

    monkeypatch.setattr(going_up, "next_above", break_one)
    going_up.hand_up_late(moment(sound))
    sound.refresh_from_db()
    assert sound.escalated_to == line[1]
    assert caplog.messages == [f"Follow-up {broken.pk} has not gone up yet: ValueError"]


@pytest.mark.needs_postgres
@pytest.mark.django_db(transaction=True)
def test_ticks_at_once_take_one_step() -> None:
    boss = make_person(display_name="Boss")
    invitation = ask(make_followed_wave(), make_contact(make_person(manager=boss)))
    follow_up = answer(invitation, 1)
    assert follow_up is not None
    at = moment(follow_up)

    def run(_number: int) -> None:
        try:
            going_up.hand_up_late(at)
        finally:
            connection.close()

    with ThreadPoolExecutor(6) as pool:
        list(pool.map(run, range(6)))
    assert [why for _kind, _who, why in told()] == ["opened", "late"]
