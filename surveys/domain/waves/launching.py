"""From a draft to an open wave.

A page only says "launch" and moves the state; the worker on the queue ``ballots`` does the rest in steps,
each of which may be killed and repeated: key, frozen rows (one transaction), messages (in chunks), open.
Messages are first written with a due time at which they can no longer be sent, and get their real one in the
transaction that opens the wave, so that no link arrives before it works.
"""

from __future__ import annotations

import datetime as dt
import logging
from collections.abc import Iterator
from functools import partial

from django.db import transaction
from django.utils.translation import gettext as _

from common import audit, progress
from common.models import Progress
from common.one_by_one import one_by_one
from notifications.domain import queueing
from people.models import Person
from surveys import tasks
from surveys.domain.answering import sealing
from surveys.domain.building.freezing_questions import freeze_questionnaire
from surveys.domain.mailing import reminding
from surveys.domain.waves import freezing
from surveys.domain.waves.freezing import ROWS_AT_ONCE
from surveys.domain.waves.previewing import (
    LaunchPreview,
    Problem,
    fingerprint,
    needs_approval,
    preview,
    problems_of,
)
from surveys.models import Invitation, Wave

logger = logging.getLogger(__name__)


class LaunchRefused(Exception):
    """Nothing was changed; ``problems`` say what to do."""

    def __init__(self, problems: list[Problem]) -> None:
        super().__init__(" ".join(problem.words for problem in problems))
        self.problems = problems


class ChangedMeanwhile(Exception):
    """What was said yes to is not what would be launched by now; nothing was changed."""


# --- The launch ---------------------------------------------------------------------------------------------
def progress_key(wave_id: int) -> str:
    return f"wave-launch:{wave_id}"


def launch(*, wave: Wave, by: Person, now: dt.datetime, seen: str = "") -> Wave:
    """Send a draft on its way, or to a second person of HR where few are asked. Repeating it changes nothing.

    ``seen``: the fingerprint of what was confirmed. Raises LaunchRefused where a rule speaks against it,
    and ChangedMeanwhile.
    """
    with transaction.atomic():
        locked = Wave.objects.select_for_update().get(pk=wave.pk)
        if locked.state != Wave.State.DRAFT:
            return locked
        found = _refuse_or_preview(locked, now, seen)
        locked.launched_by = by
        if found.needs_approval:
            locked.state = Wave.State.APPROVAL
            locked.save(update_fields=["state", "launched_by"])
            audit.record(by=by, action="wave.approval_asked", obj=locked, invited=found.invited)
        else:
            _set_off(locked, now)
            audit.record(by=by, action="wave.launched", obj=locked, invited=found.invited)
    return locked


def approve(*, wave: Wave, by: Person, now: dt.datetime, seen: str = "") -> Wave:
    """The second person's word (anonymity.md R7). Repeating it changes nothing.

    It holds for what they saw and nothing else: a wave taken back, changed and asked again is another one.
    Raises LaunchRefused, ChangedMeanwhile, and PermissionError where the first person answers themselves.
    """
    with transaction.atomic():
        locked = Wave.objects.select_for_update().get(pk=wave.pk)
        if locked.state != Wave.State.APPROVAL:
            return locked
        if locked.launched_by_id == by.pk:
            raise PermissionError("Whoever asked for the launch does not approve it.")
        found = _refuse_or_preview(locked, now, seen)
        locked.approved_by = by
        _set_off(locked, now)
        audit.record(by=by, action="wave.approved", obj=locked, invited=found.invited)
    return locked


def take_back(*, wave: Wave, by: Person) -> Wave:
    """A wave that waits for a second person becomes a draft again."""
    with transaction.atomic():
        locked = Wave.objects.select_for_update().get(pk=wave.pk)
        if locked.state != Wave.State.APPROVAL:
            return locked
        locked.state = Wave.State.DRAFT
        locked.launched_by = None
        locked.save(update_fields=["state", "launched_by"])
        audit.record(by=by, action="wave.taken_back", obj=locked)
    return locked


def _refuse_or_preview(wave: Wave, now: dt.datetime, seen: str) -> LaunchPreview:
    found = preview(wave, now)
    if found.problems:
        raise LaunchRefused(found.problems)
    if seen and seen != fingerprint(wave, found):
        raise ChangedMeanwhile
    return found


def _set_off(wave: Wave, now: dt.datetime) -> None:
    wave.state = Wave.State.LAUNCHING
    wave.launched_at = now
    wave.opens_at = max(wave.opens_at, now)
    wave.save(update_fields=["state", "launched_by", "approved_by", "launched_at", "opens_at"])
    progress.begin(progress_key(wave.pk), permission="surveys.launch_wave", next_url=wave.get_absolute_url())
    # A broker that is down costs nobody their launch: the next tick finds the wave.
    transaction.on_commit(partial(tasks.carry_out_launch.delay, wave_id=wave.pk), robust=True)


# --- On the worker ------------------------------------------------------------------------------------------
def carry_on_launches(now: dt.datetime) -> None:
    """Take up what a lost wake-up or a killed worker left, and open what is due."""

    def carry_on(wave: Wave) -> None:
        if wave.opens_at <= now or not _is_prepared(wave.pk):
            carry_out_launch(wave_id=wave.pk, now=now)

    waves = list(Wave.objects.launching().only("opens_at").order_by("pk"))
    one_by_one(waves, carry_on, failed="Wave %s is not launched yet")


def _is_prepared(wave_id: int) -> bool:
    # Only spares work: preparing once more does nothing.
    return Progress.objects.filter(key=progress_key(wave_id), state=Progress.State.DONE).exists()


def carry_out_launch(*, wave_id: int, now: dt.datetime) -> None:
    """Whatever of the launch is not done yet. Safe to run twice, also at once."""
    wave = Wave.objects.launching().filter(pk=wave_id).first()
    if wave is None:
        return
    try:
        public_key = sealing.create_wave_key(wave) if wave.is_anonymous else None
    except sealing.KeyUnusable as error:
        _stop_for_want_of_a_key(wave, error)
        return
    if not _freeze(wave_id=wave_id, public_key=public_key, now=now):
        return
    wave.refresh_from_db()
    _prepare_messages(wave)
    if wave.opens_at <= now:
        _open(wave, now)


def _stop_for_want_of_a_key(wave: Wave, error: sealing.KeyUnusable) -> None:
    """The wave waits, every tick tries again, and its page says who can help."""
    logger.error("Wave %s cannot be launched: %s", wave.pk, error)
    words = _("The key that seals the answers could not be made. Your administrator can help.")
    progress.fail(progress_key(wave.pk), message=words)


def _freeze(*, wave_id: int, public_key: bytes | None, now: dt.datetime) -> bool:
    """Questions, groups and invitations, all or none. False where the wave must not be launched after all."""
    with transaction.atomic():
        wave = Wave.objects.select_for_update().select_related("survey").get(pk=wave_id)
        if wave.state != Wave.State.LAUNCHING:
            return False
        if wave.questionnaire_json is not None:
            return True
        # Again, because another wave may have been launched at the same moment, and people come and go.
        audience = freezing.freeze_audience(wave, freezing.day_of_launch(wave, now))
        questionnaire = freeze_questionnaire(wave.survey)
        problems = list(problems_of(wave, audience, questionnaire, now))
        if problems:
            _send_back(wave, problems)
            return False
        if needs_approval(wave, audience.invited) and wave.approved_by_id is None:
            _ask_for_approval(wave)
            return False
        freezing.write_audience(wave, audience)
        wave.questionnaire_json = questionnaire.to_json()
        wave.invited_count = audience.invited
        wave.left_out = dict(audience.left_out)
        if public_key is not None:
            wave.public_key = public_key
            wave.ballot_size = sealing.ballot_size(questionnaire)
        wave.save(
            update_fields=["questionnaire_json", "invited_count", "left_out", "public_key", "ballot_size"]
        )
    return True


def _send_back(wave: Wave, problems: list[Problem]) -> None:
    wave.state = Wave.State.DRAFT
    wave.launched_by = wave.approved_by = wave.launched_at = None
    wave.save(update_fields=["state", "launched_by", "approved_by", "launched_at"])
    progress.fail(progress_key(wave.pk), message=problems[0].words)


def _ask_for_approval(wave: Wave) -> None:
    """Fewer are asked than when it was sent on its way, and nobody has agreed to so few."""
    wave.state, wave.launched_at = Wave.State.APPROVAL, None
    wave.save(update_fields=["state", "launched_at"])
    words = _("Fewer people than before would be asked, so a second person of HR has to agree.")
    progress.fail(progress_key(wave.pk), message=words)


def _prepare_messages(wave: Wave) -> None:
    """One invitation message each; those already there stay as they are."""
    with progress.track(
        progress_key(wave.pk),
        total=wave.invited_count,
        permission="surveys.launch_wave",
        next_url=wave.get_absolute_url(),
    ) as work:
        for chunk in _chunks(wave):
            with transaction.atomic():
                queueing.queue_many([reminding.invitation_message(one, due=wave.closes_at) for one in chunk])
            work.advance(len(chunk))


def _chunks(wave: Wave) -> Iterator[list[Invitation]]:
    last = 0
    # Only what a message needs: the wave, with its questionnaire, is the same for all.
    invitations = wave.invitations.select_related("person", "contact").only(
        "wave_id", "address", "language", "person__id", "contact__time_zone", "contact__country"
    )
    while chunk := list(invitations.filter(pk__gt=last).order_by("pk")[:ROWS_AT_ONCE]):
        for invitation in chunk:
            invitation.wave = wave
        yield chunk
        last = chunk[-1].pk


def _open(wave: Wave, now: dt.datetime) -> None:
    """The wave is open and its invitations may leave, in one transaction."""
    with transaction.atomic():
        if not Wave.objects.launching().filter(pk=wave.pk).update(state=Wave.State.OPEN):
            return
        ids = list(wave.invitations.values_list("pk", flat=True))
        for start in range(0, len(ids), ROWS_AT_ONCE):
            keys = [reminding.invitation_key(pk) for pk in ids[start : start + ROWS_AT_ONCE]]
            queueing.release(keys, due=now)
        queueing.wake_dispatcher()
