"""What ticks do with each of many: one that fails holds up no other."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable
from typing import TypeVar

from common.database import DatabaseAway

logger = logging.getLogger(__name__)
T = TypeVar("T")


def one_by_one(many: Iterable[T], step: Callable[[T], object], *, failed: str) -> None:
    """Take the step with each. What goes wrong is logged, and for the next tick to try again.

    ``failed``: what is not done then, with ``%s`` for the one it is: its pk or its name, where it has one.
    Raises only where the database is away, since then the others fail too.
    """
    for one in many:
        try:
            step(one)
        except DatabaseAway:
            raise
        except Exception as error:  # the class alone: what an error says may quote what somebody wrote
            logger.error("%s: %s", failed % (_called(one),), type(error).__name__)


def _called(one: object) -> object:
    return getattr(one, "pk", None) or getattr(one, "__name__", one)
