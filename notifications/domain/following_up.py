"""What follows from a mail that is gone, and what is said of what went wrong on the way."""

from __future__ import annotations

import datetime as dt
import logging
import traceback

from django.db import transaction

from common.database import DatabaseAway
from notifications.kinds import known_kinds
from notifications.models import Message

logger = logging.getLogger("portal.mail")


def follow_up(message: Message, at: dt.datetime) -> None:
    """In the transaction of its last journal entry.

    A mistake in what follows must not undo the fact that the mail is gone; the outbox page shows it. Of a
    kind that is no longer there nothing follows.
    """
    kind = known_kinds().get(message.kind)
    if kind is None or kind.after_sent is None:
        return
    try:
        with transaction.atomic():
            kind.after_sent(message, at)
    except DatabaseAway:
        raise
    except Exception as error:
        log_failure(message, error)
        note = f"sent, but what follows failed: {type(error).__name__}"
        Message.objects.filter(pk=message.pk).update(last_reply=note)


def log_failure(message: Message, error: Exception) -> None:
    """Class and place only: what an exception says may quote what somebody wrote."""
    frame = traceback.extract_tb(error.__traceback__)[-1]
    logger.error(
        "A message of %s failed: %s at %s:%s",
        message.kind,
        type(error).__name__,
        frame.filename,
        frame.lineno,
    )
