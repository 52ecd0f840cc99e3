"""Wake-ups: most of the queue ``ballots``, the only one whose worker reads private keys.

Any of them may be lost or doubled: what is due stands in the database.
"""

from __future__ import annotations

import datetime as dt
import logging
from collections.abc import Callable

from celery import shared_task
from django.utils import timezone

from common.database import DatabaseAway
from surveys.domain import (
    asking_again,
    closing,
    following_up,
    going_up,
    launching,
    rating,
    repeating,
    sealing,
)

logger = logging.getLogger(__name__)


@shared_task
def tick() -> None:
    """Each minute: whatever is due of any wave and not yet done. A step that fails holds up no other."""
    _each(
        launching.carry_on_launches,
        repeating.carry_on,
        closing.close_due,
        rating.rate_due,
        sealing.check_keys,
    )


@shared_task
def tick_follow_ups() -> None:
    """Each minute, on the ordinary queue, since none of it needs a key: what is late, what is nobody's, and
    whom to ask again.
    """
    _each(following_up.find_owners, going_up.hand_up_late, asking_again.ask_again_due)


def _each(*steps: Callable[[dt.datetime], object]) -> None:
    now = timezone.now()
    for step in steps:
        try:
            step(now)
        except DatabaseAway:
            raise
        except Exception as error:  # the class alone: what an error says may quote what somebody wrote
            logger.error("%s failed: %s. The next tick tries again.", step.__name__, type(error).__name__)


@shared_task
def carry_out_launch(*, wave_id: int) -> None:
    launching.carry_out_launch(wave_id=wave_id, now=timezone.now())
