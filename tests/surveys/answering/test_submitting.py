"""Submitting (anonymity.md S2): one transaction, one answer an invitation, and nothing beside the ballot."""

from __future__ import annotations

import datetime as dt
import threading
from collections import Counter
from collections.abc import Callable

import pytest
from django.db import connection

from notifications.domain.queueing import queue_many
from notifications.models import Message
from surveys.answers import AnswerSheet
from surveys.domain.answering import sealing, submitting
from surveys.domain.answering.submitting import Standing, Submitted, submit
from surveys.domain.mailing.reminding import invitation_message
from surveys.models import Answer, Invitation, Response, SealedBallot, Wave
from tests.surveys.factories import CLOSES, OPENED, WHILE_OPEN, make_wave

SHEET = AnswerSheet(
    options={"listens": ("4",), "helps": ("time", "words")}, texts={"hear": "More daylight, please."}
)


def first(wave: Wave) -> Invitation:
    return wave.invitations.select_related("wave").order_by("pk")[0]


@pytest.mark.django_db
def test_an_anonymous_answer_is_one_sealed_ballot() -> None:
    """S2"""
    wave = make_wave(groups={1: None, 2: 1}, invited={2: 6})
    invitation = first(wave)
    assert submit(invitation=invitation, sheet=SHEET, now=WHILE_OPEN) is Submitted.RECORDED
    assert list(sealing.open_all(wave)) == [
        sealing.Ballot(
            group_code=2,
            options={"listens": ["4"], "helps": ["time", "words"]},
            texts={"hear": "More daylight, please."},
        )
    ]
    assert list(wave.invitations.filter(answered=True)) == [invitation]
    assert (Response.objects.count(), Answer.objects.count()) == (0, 0)


@pytest.mark.django_db
def test_an_anonymous_answer_leaves_the_messages_alone() -> None:
    """P1: what was cancelled when would say who answered when."""
    wave = make_wave()
    invitation = first(wave)
    queue_invitation(invitation)
    before = list(Message.objects.values())
    submit(invitation=invitation, sheet=SHEET, now=WHILE_OPEN)
    assert list(Message.objects.values()) == before


@pytest.mark.django_db
def test_a_second_answer_changes_nothing() -> None:
    wave = make_wave()
    invitation = first(wave)
    submit(invitation=invitation, sheet=SHEET, now=WHILE_OPEN)
    before = list(SealedBallot.objects.values())
    again = submit(invitation=invitation, sheet=AnswerSheet(options={"listens": ("1",)}), now=WHILE_OPEN)
    assert again is Submitted.ALREADY
    assert list(SealedBallot.objects.values()) == before


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("state", "now"),
    [
        (Wave.State.LAUNCHING, WHILE_OPEN),
        (Wave.State.OPEN, OPENED - dt.timedelta(seconds=1)),
        (Wave.State.OPEN, CLOSES),
        (Wave.State.CLOSING, WHILE_OPEN),
        (Wave.State.CLOSED, WHILE_OPEN),
    ],
)
def test_a_wave_that_takes_no_answers_stores_none(state: str, now: dt.datetime) -> None:
    wave = make_wave(state=state)
    assert submit(invitation=first(wave), sheet=SHEET, now=now) is Submitted.CLOSED
    assert not wave.invitations.filter(answered=True).exists()
    assert not SealedBallot.objects.exists()


@pytest.mark.django_db
def test_a_failure_in_the_middle_stores_nothing_and_costs_nobody_their_answer(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    wave = make_wave()
    wave.ballot_size = 8  # nothing fits
    wave.save()
    with pytest.raises(sealing.BallotTooLong):
        submit(invitation=first(wave), sheet=SHEET, now=WHILE_OPEN)
    assert not wave.invitations.filter(answered=True).exists()
    assert not SealedBallot.objects.exists()


@pytest.mark.django_db
def test_an_answer_by_name_is_rows_and_ends_the_reminders() -> None:
    wave = make_wave(mode=Wave.Mode.IDENTIFIED)
    invitation, other = wave.invitations.select_related("wave").order_by("pk")[:2]
    queue_invitation(invitation)
    queue_invitation(other)
    assert submit(invitation=invitation, sheet=SHEET, now=WHILE_OPEN) is Submitted.RECORDED
    response = Response.objects.get()
    assert (response.invitation_id, response.wave_id, response.submitted_at) == (
        invitation.pk,
        wave.pk,
        WHILE_OPEN,
    )
    assert sorted(response.answers.values_list("question_key", "option", "text")) == [
        ("hear", "", "More daylight, please."),
        ("helps", "time", ""),
        ("helps", "words", ""),
        ("listens", "4", ""),
    ]
    assert dict(Message.objects.values_list("series", "state")) == {
        f"survey:{invitation.pk}": Message.State.CANCELLED,
        f"survey:{other.pk}": Message.State.PENDING,
    }
    assert not SealedBallot.objects.exists()


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("mode", [Wave.Mode.ANONYMOUS, Wave.Mode.IDENTIFIED])
def test_parallel_submits_of_one_link_store_one_answer(mode: str) -> None:
    """S2: fifty at once on PostgreSQL; SQLite has one writer and needs fewer to show it."""
    wave = make_wave(mode=mode)
    invitation = first(wave)
    outcomes = run_at_once(
        50 if connection.vendor == "postgresql" else 8,
        lambda: submit(invitation=invitation, sheet=SHEET, now=WHILE_OPEN),
    )
    stored = SealedBallot.objects.count() + Response.objects.count()
    assert (stored, outcomes.pop(Submitted.RECORDED)) == (1, 1)
    assert set(outcomes) == {Submitted.ALREADY}


def run_at_once(count: int, submit_one: Callable[[], Submitted]) -> Counter[object]:
    outcomes: Counter[object] = Counter()
    start = threading.Barrier(count)

    def work() -> None:
        try:
            start.wait()
            outcomes[submit_one()] += 1
        except Exception as error:
            outcomes[repr(error)] += 1
        finally:
            connection.close()

    threads = [threading.Thread(target=work) for _ in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return outcomes


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("state", "answered", "now", "expected"),
    [
        (Wave.State.LAUNCHING, False, WHILE_OPEN, Standing.NOT_YET),
        (Wave.State.OPEN, False, OPENED - dt.timedelta(seconds=1), Standing.NOT_YET),
        (Wave.State.OPEN, False, OPENED, Standing.OPEN),
        (Wave.State.OPEN, False, CLOSES, Standing.CLOSED),
        (Wave.State.CLOSING, False, CLOSES, Standing.CLOSED),
        (Wave.State.CLOSED, False, CLOSES, Standing.CLOSED),
        (Wave.State.OPEN, True, WHILE_OPEN, Standing.ANSWERED),
        (Wave.State.CLOSED, True, CLOSES, Standing.ANSWERED),
    ],
)
def test_standing(state: str, answered: bool, now: dt.datetime, expected: Standing) -> None:
    invitation = first(make_wave(state=state))
    invitation.answered = answered
    assert submitting.standing(invitation, now) is expected


def queue_invitation(invitation: Invitation) -> None:
    queue_many([invitation_message(invitation, due=OPENED + dt.timedelta(days=3650))])
