"""Taking an answer: once per invitation, while the wave takes answers (anonymity.md S2)."""

from __future__ import annotations

import datetime as dt
from enum import Enum

from django.db import transaction

from notifications.domain.queueing import cancel
from surveys.answers import AnswerSheet
from surveys.domain.answering import sealing
from surveys.domain.counting.closing import wave_is_accepting
from surveys.domain.following_up import stepping
from surveys.domain.mailing.reminding import series_of
from surveys.models import Answer, Invitation, Response, SealedBallot, Wave


class Standing(Enum):
    """What a respondent who opens their link finds."""

    NOT_YET = "not yet"
    OPEN = "open"
    ANSWERED = "answered"
    CLOSED = "closed"


class Submitted(Enum):
    RECORDED = "recorded"
    ALREADY = "already"
    CLOSED = "closed"

    @property
    def standing(self) -> Standing:
        return Standing.CLOSED if self is Submitted.CLOSED else Standing.ANSWERED


def may_still_use(invitation: Invitation, stamp: int | None) -> bool:
    """Whether a link of this stamp still opens the invitation, which comes from ``to_answer``.

    Of somebody who works here only a link of today's stamp, and none once they have left; the invitation
    itself stays as it was frozen. Contacts outside have no stamp that could move on.
    """
    if invitation.person_id is None:
        return stamp == 0
    return bool(invitation.holder_active) and stamp == invitation.holder_stamp


def standing(invitation: Invitation, now: dt.datetime) -> Standing:
    wave = invitation.wave
    if invitation.answered:
        return Standing.ANSWERED
    if wave.state in {Wave.State.DRAFT, Wave.State.APPROVAL, Wave.State.LAUNCHING}:
        return Standing.NOT_YET
    if wave.state != Wave.State.OPEN or now >= wave.closes_at:
        return Standing.CLOSED
    return Standing.OPEN if now >= wave.opens_at else Standing.NOT_YET


@transaction.atomic
def submit(*, invitation: Invitation, sheet: AnswerSheet, now: dt.datetime) -> Submitted:
    """Store the answers of one invitation, at most once however often and at once it is called.

    ``invitation`` comes with its wave. Of an anonymous wave one sealed ballot is written and nothing beside
    it says when, by whom or from where; not even the messages still waiting are touched (P1).
    """
    if not wave_is_accepting(invitation.wave_id, now):
        return Submitted.CLOSED
    # The row lock of this statement is where parallel submits of one link meet: one of them finds the row.
    if not Invitation.objects.filter(pk=invitation.pk, answered=False).update(answered=True):
        return Submitted.ALREADY
    if invitation.wave.is_anonymous:
        _store_sealed(invitation, sheet)
    else:
        _store_by_name(invitation, sheet, now)
    return Submitted.RECORDED


def _store_sealed(invitation: Invitation, sheet: AnswerSheet) -> None:
    wave = invitation.wave
    if wave.public_key is None:
        raise ValueError(f"Wave {wave.pk} is open and has no key.")
    ballot = sealing.Ballot(
        group_code=invitation.group_code,
        breakdown_value=invitation.breakdown_value,
        options={key: list(codes) for key, codes in sheet.options.items()},
        texts=_words_of(wave, sheet),
        hidden=sorted(sheet.hidden),
    )
    sealed = sealing.seal(bytes(wave.public_key), ballot, wave.ballot_size)
    SealedBallot.objects.create(wave=wave, sealed=sealed)


def _words_of(wave: Wave, sheet: AnswerSheet) -> dict[str, str]:
    """Without exact numbers and days, of which only the band is counted."""
    banded = {question.key for question in wave.questionnaire.questions() if question.kind.is_banded}
    return {key: text for key, text in sheet.texts.items() if key not in banded}


def _store_by_name(invitation: Invitation, sheet: AnswerSheet, now: dt.datetime) -> None:
    response = Response.objects.create(invitation=invitation, wave=invitation.wave, submitted_at=now)
    texts = dict(sheet.texts)
    answers = [
        # Of several options the first carries the words, which only a number or a day has.
        Answer(response=response, question_key=key, option=code, text=texts.pop(key, ""))
        for key, codes in sheet.options.items()
        for code in codes
    ]
    answers += [Answer(response=response, question_key=key, text=text) for key, text in texts.items()]
    Answer.objects.bulk_create(answers)
    stepping.open_for(response, sheet.options, now)
    cancel(series=series_of(invitation.pk))
