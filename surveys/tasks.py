"""Wake-ups: most of the queue ``ballots``, the only one whose worker reads private keys.

Any of them may be lost or doubled: what is due stands in the database.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable

from celery import shared_task
from django.utils import timezone

from common.one_by_one import one_by_one
from surveys.domain.answering import sealing
from surveys.domain.counting import closing, rating
from surveys.domain.following_up import asking_again, going_up, stepping
from surveys.domain.repeating import continuing
from surveys.domain.waves import launching


@shared_task
def tick() -> None:
    """Each minute: whatever is due of any wave and not yet done. A step that fails holds up no other."""
    _each(
        launching.carry_on_launches,
        continuing.carry_on,
        closing.close_due,
        rating.rate_due,
        sealing.check_keys,
    )


@shared_task
def tick_follow_ups() -> None:
    """Each minute, on the ordinary queue, since none of it needs a key: what is late, what is nobody's, and
    whom to ask again.
    """
    _each(stepping.find_owners, going_up.hand_up_late, asking_again.ask_again_due)


def _each(*steps: Callable[[dt.datetime], object]) -> None:
    now = timezone.now()
    one_by_one(steps, lambda step: step(now), failed="%s failed until the next tick")


@shared_task
def carry_out_launch(*, wave_id: int) -> None:
    launching.carry_out_launch(wave_id=wave_id, now=timezone.now())
