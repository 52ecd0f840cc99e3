"""A wave that is under way: its mails pause and go on, and its end moves within what was promised (T1).

While it is paused answers are taken as ever; no invitation and no reminder leaves. They wait in the outbox
and come as after an outage: of several reminders that were due meanwhile, the newest.
"""

from __future__ import annotations

import datetime as dt

from django.db import transaction

from common import audit
from notifications.domain.queueing import wake_dispatcher
from notifications.models import Message
from people.models import Person
from surveys.domain.counting import closing
from surveys.models import Wave


class NotNow(Exception):
    """The wave is not open any more, or this was not promised; nothing was changed."""


# --- Mails --------------------------------------------------------------------------------------------------
def pause(*, wave: Wave, by: Person, now: dt.datetime) -> bool:
    """No mail of the wave leaves from here on. False where none did, or it is not open."""
    with transaction.atomic():
        if not Wave.objects.open().filter(pk=wave.pk, paused_at=None).update(paused_at=now):
            return False
        audit.record(by=by, action="wave.paused", obj=wave)
    return True


def go_on(*, wave: Wave, by: Person, now: dt.datetime) -> bool:
    """Its mails leave again, first those that were due meanwhile. False where it was not paused."""
    with transaction.atomic():
        if not Wave.objects.paused().filter(pk=wave.pk).update(paused_at=None):
            return False
        waiting = closing.messages_of(wave).filter(state=Message.State.PENDING, reason=Message.Reason.PAUSED)
        # The reason stays until they are taken up: it says that their time has come.
        waiting.update(due=now)
        audit.record(by=by, action="wave.went_on", obj=wave)
        wake_dispatcher()
    return True


# --- Its end ------------------------------------------------------------------------------------------------
def may_be_extended(wave: Wave, now: dt.datetime) -> bool:
    """An anonymous wave: as it was announced, and once."""
    is_running = wave.is_open and now < wave.closes_at
    return is_running and wave.is_anonymous and bool(wave.extension_days) and not wave.extended


def end_may_move(wave: Wave, now: dt.datetime) -> bool:
    """A wave by name: nobody was promised when it closes."""
    return wave.is_open and now < wave.closes_at and not wave.is_anonymous


def extend_as_announced(*, wave: Wave, by: Person, now: dt.datetime) -> Wave:
    """For everybody, whatever the number of answers, which nobody knows. Raises NotNow."""
    with transaction.atomic():
        locked = Wave.objects.select_for_update().get(pk=wave.pk)
        if not may_be_extended(locked, now):
            raise NotNow
        closing.extend(locked, now, by=by)
    return locked


def move_end(*, wave: Wave, closes_at: dt.datetime, by: Person, now: dt.datetime) -> Wave:
    """A wave by name closes later. Raises NotNow."""
    with transaction.atomic():
        locked = Wave.objects.select_for_update().get(pk=wave.pk)
        if not end_may_move(locked, now) or closes_at <= locked.closes_at:
            raise NotNow
        before = locked.closes_at
        locked.closes_at = closes_at
        locked.save(update_fields=["closes_at"])
        closing.move_end_of_mails(locked, before, now)
        audit.record(by=by, action="wave.closing_moved", obj=locked)
    return locked


def close_now(*, wave: Wave, by: Person, now: dt.datetime) -> None:
    """A wave by name takes no answer from here on, and no mail of it leaves. Raises NotNow."""
    with transaction.atomic():
        locked = Wave.objects.select_for_update().get(pk=wave.pk)
        if not end_may_move(locked, now) or now <= locked.opens_at:
            raise NotNow
        locked.closes_at = now
        locked.save(update_fields=["closes_at"])
        audit.record(by=by, action="wave.closed_early", obj=locked)
    closing.close(wave_id=wave.pk, now=now)
