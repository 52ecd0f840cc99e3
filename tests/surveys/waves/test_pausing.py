"""A paused wave and people on leave: which mails leave when; and how a wave's end moves (anonymity.md T1)."""

from __future__ import annotations

import datetime as dt
import urllib.parse
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.db import connection, transaction
from django.db.utils import DatabaseError
from django.utils import timezone
from pytest_django import Settings

from common.models import AuditEntry
from notifications.domain import digesting, last_check, queueing
from notifications.domain.deciding import decide
from notifications.domain.dispatching import drain
from notifications.domain.overseeing import outbox_totals
from notifications.domain.recipients import recipient_of
from notifications.kinds import find_kind
from notifications.models import Message, Notice, SendSlot
from people.models import Absence, Person
from surveys.answers import AnswerSheet
from surveys.domain.answering import submitting
from surveys.domain.counting import closing
from surveys.domain.mailing import reminding
from surveys.domain.waves import pausing
from surveys.domain.waves.pausing import NotNow
from surveys.models import Invitation, Wave
from tests.surveys.factories import CLOSES, OPENED, invite, make_hr, make_person, make_wave

pytestmark = pytest.mark.django_db
DAY = dt.timedelta(days=1)
HOUR = dt.timedelta(hours=1)
State, Reason = Message.State, Message.Reason
Taken = Callable[[], list[str]]


@pytest.fixture
def taken(settings: Settings, tmp_path: Path) -> Taken:
    """The addresses of what was delivered since the last time somebody asked."""
    settings.EMAIL_CAPTURED = True
    settings.CAPTURED_MAIL_DIR = tmp_path / "mail"

    def take() -> list[str]:
        found = sorted((tmp_path / "mail").glob("*.eml"))
        for path in found:
            path.unlink()
        return [urllib.parse.unquote(path.stem.split("~")[1]) for path in found]

    return take


def ask(person: Person, **fields: Any) -> Invitation:
    """Somebody of usual hours in an open wave, whose invitation is due as it opens."""
    Person.objects.filter(pk=person.pk).update(time_zone="UTC", country="GB")
    wave = make_wave(invited={1: 0}, reminder_days=[1, 2, 5], **fields)
    invitation = invite(wave, [person])[0]
    queueing.queue_many([reminding.invitation_message(invitation, due=OPENED)])
    return invitation


def fates(invitation: Invitation) -> list[tuple[int, str, str]]:
    rows = Message.objects.filter(series=reminding.series_of(invitation.pk)).order_by("step")
    return list(rows.values_list("step", "state", "reason"))


def bit_by_bit(first: dt.datetime, last: dt.datetime, taken: Taken) -> dict[dt.date, int]:
    """How many mails left on which day, of some hours of each."""
    left: dict[dt.date, int] = {}
    at = first
    while at < last:
        drain(now=at)
        if number := len(taken()):
            left[at.date()] = left.get(at.date(), 0) + number
        at += 6 * HOUR
    return left


# --- Pause --------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("mode", list(Wave.Mode))
def test_nothing_leaves_while_it_is_paused_and_the_newest_as_it_goes_on(mode: str, taken: Taken) -> None:
    person, hr = make_person(), make_hr()
    invitation = ask(person, mode=mode)
    wave = invitation.wave
    assert bit_by_bit(OPENED, OPENED + HOUR, taken) == {OPENED.date(): 1}
    assert pausing.pause(wave=wave, by=hr, now=OPENED + HOUR)
    assert not pausing.pause(wave=wave, by=hr, now=OPENED + 2 * HOUR)
    # Monday to Friday: the reminders of Tuesday and Wednesday fall due.
    assert bit_by_bit(OPENED + HOUR, OPENED + 4 * DAY, taken) == {}
    assert fates(invitation)[1:] == [
        (1, State.EXPIRED, Reason.OVERTAKEN),
        (2, State.PENDING, Reason.PAUSED),
        (3, State.PENDING, ""),
    ]
    # It takes nobody's day meanwhile.
    assert list(SendSlot.objects.filter(person=person).values_list("day", flat=True)) == [OPENED.date()]
    assert pausing.go_on(wave=wave, by=hr, now=OPENED + 4 * DAY)
    assert not pausing.go_on(wave=wave, by=hr, now=OPENED + 4 * DAY)
    assert bit_by_bit(OPENED + 4 * DAY, CLOSES, taken) == {
        (OPENED + 4 * DAY).date(): 1,
        (OPENED + 7 * DAY).date(): 1,
    }
    assert [state for _step, state, _reason in fates(invitation)] == ["sent", "expired", "sent", "sent"]
    assert list(AuditEntry.objects.order_by("pk").values_list("action", flat=True)) == [
        "wave.paused",
        "wave.went_on",
    ]


def test_an_invitation_that_was_held_leaves_as_it_goes_on(taken: Taken) -> None:
    invitation = ask(make_person())
    pausing.pause(wave=invitation.wave, by=make_hr(), now=OPENED)
    assert bit_by_bit(OPENED, OPENED + DAY, taken) == {}
    pausing.go_on(wave=invitation.wave, by=make_hr(), now=OPENED + DAY)
    assert bit_by_bit(OPENED + DAY, OPENED + DAY + HOUR, taken) == {(OPENED + DAY).date(): 1}


def test_paused_after_it_was_taken_up_the_last_check_still_stops_it() -> None:
    invitation = ask(make_person())
    message = Message.objects.get()
    kind, recipient = find_kind(message.kind), recipient_of(message)
    Message.objects.update(state=State.CLAIMED, claimed_by="ours")
    pausing.pause(wave=invitation.wave, by=make_hr(), now=OPENED)
    assert not last_check.begin_sending(message, kind, recipient, token="ours", now=OPENED)
    verdict = decide(message, kind, recipient, OPENED)
    assert (verdict.state, verdict.reason, verdict.due) == (State.PENDING, Reason.PAUSED, OPENED + HOUR)
    pausing.go_on(wave=invitation.wave, by=make_hr(), now=OPENED)
    assert last_check.begin_sending(message, kind, recipient, token="ours", now=OPENED)


def test_the_outbox_says_why_and_nothing_is_too_late_for_having_waited(taken: Taken) -> None:
    invitation = ask(make_person(), mode=Wave.Mode.IDENTIFIED)
    soon = OPENED + HOUR / 2
    Message.objects.update(not_after=soon)
    pausing.pause(wave=invitation.wave, by=make_hr(), now=OPENED)
    drain(now=OPENED)
    assert Message.objects.get().due == soon
    (line,) = outbox_totals(OPENED)
    assert [[str(why) for why, _n in reasons] for _label, reasons in line.why] == [
        ["Whoever sends it has paused it"]
    ]
    assert taken() == []


def test_answers_are_taken_while_it_is_paused_and_notices_stay() -> None:
    invitation = ask(make_person())
    pausing.pause(wave=invitation.wave, by=make_hr(), now=OPENED)
    sheet = AnswerSheet(options={"listens": ("4",)})
    recorded = submitting.submit(invitation=invitation, sheet=sheet, now=OPENED + HOUR)
    assert recorded is submitting.Submitted.RECORDED
    assert Notice.objects.count() == 1


def test_no_digest_tells_of_a_paused_wave_and_nothing_is_lost() -> None:
    # What a digest tells is worded as of now.
    now = timezone.now()
    person = make_person(digest=Person.Digest.DAILY)
    invitation = ask(person, opens_at=now - DAY, closes_at=now + 5 * DAY)
    digest = Message.objects.create(
        key="digest", kind=digesting.KIND, person=person, due=now, message_id="<1@example.com>"
    )
    Message.objects.exclude(pk=digest.pk).update(state=State.CARRIED, digest=digest)
    pausing.pause(wave=invitation.wave, by=make_hr(), now=now)
    with transaction.atomic():
        assert digesting.settle_what_it_tells(digest, now) is False
    assert fates(invitation) == [(0, State.PENDING, "")]
    drain(now=now)
    assert fates(invitation) == [(0, State.PENDING, Reason.PAUSED)]
    pausing.go_on(wave=invitation.wave, by=make_hr(), now=now)
    Message.objects.exclude(pk=digest.pk).update(state=State.CARRIED, digest=digest)
    with transaction.atomic():
        assert digesting.settle_what_it_tells(digest, now) is True


@pytest.mark.parametrize("state", [Wave.State.DRAFT, Wave.State.LAUNCHING, Wave.State.CLOSED])
def test_only_an_open_wave_is_paused(state: str) -> None:
    wave = make_wave(state=state)
    assert not pausing.pause(wave=wave, by=make_hr(), now=OPENED)


def test_a_paused_wave_closes_on_its_day_and_its_mails_go(taken: Taken) -> None:
    invitation = ask(make_person(), mode=Wave.Mode.IDENTIFIED)
    pausing.pause(wave=invitation.wave, by=make_hr(), now=OPENED)
    drain(now=OPENED)
    closing.close_due(CLOSES)
    assert fates(invitation) == [(0, State.CANCELLED, Reason.NOT_WANTED)]
    assert bit_by_bit(CLOSES, CLOSES + 4 * HOUR, taken) == {}


# --- Leave --------------------------------------------------------------------------------------------------
def test_nobody_is_reminded_while_on_leave_and_once_after_it(taken: Taken) -> None:
    person = make_person()
    invitation = ask(person)
    assert bit_by_bit(OPENED, OPENED + 8 * HOUR, taken) == {OPENED.date(): 1}
    # Written down after the reminders were planned: away from Tuesday to the next Wednesday.
    Absence.objects.create(person=person, first_day=dt.date(2026, 3, 3), last_day=dt.date(2026, 3, 11))
    assert bit_by_bit(OPENED + 8 * HOUR, CLOSES, taken) == {dt.date(2026, 3, 12): 1}
    assert [state for _step, state, _reason in fates(invitation)] == ["sent", "expired", "expired", "sent"]


def test_leave_that_is_known_moves_reminders_and_one_that_outlasts_the_wave_ends_them(taken: Taken) -> None:
    back, gone = make_person(), make_person()
    first, second = ask(back), ask(gone)
    Absence.objects.create(person=back, first_day=dt.date(2026, 3, 3), last_day=dt.date(2026, 3, 4))
    Absence.objects.create(person=gone, first_day=dt.date(2026, 3, 3), last_day=dt.date(2026, 4, 30))
    left = bit_by_bit(OPENED, CLOSES + HOUR, taken)
    assert left == {dt.date(2026, 3, day): number for day, number in [(2, 2), (5, 1), (6, 1), (11, 1)]}
    assert [state for _step, state, _reason in fates(first)] == ["sent"] * 4
    assert [state for _step, state, _reason in fates(second)] == ["sent"]


# --- Its end ------------------------------------------------------------------------------------------------
def test_t1_an_anonymous_wave_is_extended_as_announced_and_once() -> None:
    invitation = ask(make_person(), extension_days=7)
    wave = invitation.wave
    before = wave.ballots.count()
    extended = pausing.extend_as_announced(wave=wave, by=make_hr(), now=OPENED + DAY)
    assert (extended.closes_at, extended.extended) == (CLOSES + 7 * DAY, True)
    assert set(Message.objects.values_list("not_after", flat=True)) == {CLOSES + 7 * DAY}
    assert set(Notice.objects.values_list("not_after", flat=True)) == {CLOSES + 7 * DAY}
    assert "Monday 23 March" in find_kind(reminding.INVITATION).render(Message.objects.get()).subject
    with pytest.raises(NotNow):
        pausing.extend_as_announced(wave=wave, by=make_hr(), now=OPENED + DAY)
    # Nor once more by itself, when too few answered.
    closing.close_due(CLOSES + 7 * DAY)
    wave.refresh_from_db()
    assert (wave.state, wave.released, before) == (Wave.State.CLOSED, False, 0)


@pytest.mark.parametrize(
    ("fields", "now"),
    [
        ({"extension_days": 0}, OPENED + DAY),
        ({"extension_days": 7, "extended": True}, OPENED + DAY),
        ({"extension_days": 7}, CLOSES),
        ({"extension_days": 7, "state": Wave.State.CLOSING}, OPENED + DAY),
        ({"extension_days": 7, "mode": Wave.Mode.IDENTIFIED}, OPENED + DAY),
    ],
)
def test_t1_nothing_else_is_extended(fields: dict[str, Any], now: dt.datetime) -> None:
    wave = make_wave(**fields)
    with pytest.raises(NotNow):
        pausing.extend_as_announced(wave=wave, by=make_hr(), now=now)
    wave.refresh_from_db()
    assert wave.closes_at == CLOSES


def test_t1_an_anonymous_wave_is_neither_moved_nor_closed_early() -> None:
    wave = make_wave(extension_days=7)
    for change in (
        lambda: pausing.move_end(wave=wave, closes_at=CLOSES + DAY, by=make_hr(), now=OPENED + DAY),
        lambda: pausing.close_now(wave=wave, by=make_hr(), now=OPENED + DAY),
    ):
        with pytest.raises(NotNow):
            change()
    wave.closes_at = OPENED + DAY
    with pytest.raises(ValidationError), transaction.atomic():
        wave.save()


@pytest.mark.needs_postgres
def test_t1_on_postgresql_a_paused_wave_is_as_fixed_as_any() -> None:
    wave = make_wave(extension_days=7)
    pausing.pause(wave=wave, by=make_hr(), now=OPENED)
    with pytest.raises(DatabaseError, match="extended once"), transaction.atomic():
        Wave.objects.filter(pk=wave.pk).update(closes_at=CLOSES + DAY)
    pausing.extend_as_announced(wave=wave, by=make_hr(), now=OPENED + DAY)
    with pytest.raises(DatabaseError, match="extended once"), transaction.atomic():
        Wave.objects.filter(pk=wave.pk).update(closes_at=CLOSES + 14 * DAY)
    assert connection.vendor == "postgresql"


def test_reminders_that_fall_into_the_announced_extension_go_if_it_comes(taken: Taken) -> None:
    # The second working day after it opens lies behind the close.
    invitation = ask(make_person(), extension_days=7, closes_at=OPENED + DAY)
    drain(now=OPENED)
    assert [step for step, _state, _reason in fates(invitation)] == [0, 1, 2, 3]
    pausing.extend_as_announced(wave=invitation.wave, by=make_hr(), now=OPENED + HOUR)
    bit_by_bit(OPENED, OPENED + 8 * DAY, taken)
    assert [state for _step, state, _reason in fates(invitation)] == ["sent"] * 4
    without = ask(make_person(), closes_at=OPENED + DAY)
    drain(now=OPENED)
    assert [step for step, _state, _reason in fates(without)] == [0, 1]


def test_an_invitation_too_late_for_the_first_end_goes_after_the_announced_extension(taken: Taken) -> None:
    """Paused until it would have closed: the outbox may look before the wave is moved."""
    invitation = ask(make_person(), extension_days=7, closes_at=OPENED + DAY)
    wave, after = invitation.wave, OPENED + DAY + HOUR
    pausing.pause(wave=wave, by=make_hr(), now=OPENED)
    assert bit_by_bit(OPENED, after + HOUR, taken) == {}
    drain(now=after)
    assert fates(invitation) == [(0, State.EXPIRED, Reason.TOO_LATE)]
    closing.close_due(after)
    pausing.go_on(wave=wave, by=make_hr(), now=after)
    assert bit_by_bit(after, after + HOUR, taken) == {after.date(): 1}


def test_a_wave_by_name_closes_later() -> None:
    invitation = ask(make_person(), mode=Wave.Mode.IDENTIFIED)
    wave = pausing.move_end(wave=invitation.wave, closes_at=CLOSES + 3 * DAY, by=make_hr(), now=OPENED + DAY)
    assert wave.closes_at == CLOSES + 3 * DAY
    assert set(Message.objects.values_list("not_after", flat=True)) == {CLOSES + 3 * DAY}
    with pytest.raises(NotNow):
        pausing.move_end(wave=wave, closes_at=CLOSES, by=make_hr(), now=OPENED + DAY)
    with pytest.raises(NotNow):
        pausing.move_end(wave=wave, closes_at=CLOSES + 9 * DAY, by=make_hr(), now=CLOSES + 4 * DAY)


def test_a_wave_by_name_is_closed_now() -> None:
    invitation = ask(make_person(), mode=Wave.Mode.IDENTIFIED)
    wave = invitation.wave
    pausing.close_now(wave=wave, by=make_hr(), now=OPENED + DAY)
    wave.refresh_from_db()
    assert (wave.state, wave.closes_at, wave.released) == (Wave.State.CLOSED, OPENED + DAY, True)
    assert fates(invitation) == [(0, State.CANCELLED, Reason.NOT_WANTED)]
    with pytest.raises(NotNow):
        pausing.close_now(wave=wave, by=make_hr(), now=OPENED + DAY)
