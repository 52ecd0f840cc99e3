"""After a restore from a backup nothing is sent until an administrator says so (delivery.md J5).

A database that went back in time holds mail that went long ago as still to be sent, and does not know it.
So each step of sending counts a number up in the database and then in a file outside of it
(``EPOCH_FILE``, on each machine that sends): where the file is ahead of the database, or belongs to another
one, the fence is closed. A machine without a file is let in while the database is new or an
administrator has just confirmed; else it may be the only one that survived, and it waits too.
"""

from __future__ import annotations

import datetime as dt
import fcntl
import json
import logging
import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

from django.conf import settings
from django.db import transaction
from django.db.models import F, Q
from django.db.models.functions import Now

from common import audit
from notifications.kinds import known_kinds
from notifications.models import Epoch, Message
from people.models import Person

logger = logging.getLogger("portal.mail")

# How long machines without a record may join: ticks come each minute.
WELCOME = dt.timedelta(minutes=15)
State = Message.State
Doubt = Epoch.Doubt
# Those that hold for every machine; one without a record waits alone.
_OF_THE_DATABASE = frozenset({Doubt.OLDER, Doubt.ANOTHER})


class Record(NamedTuple):
    """What stands outside of the database."""

    portal: str
    number: int


def may_send() -> bool:
    """Whether this machine knows of nothing that was sent later than this database knows.

    Asked before anything is claimed. Captured mail wakes nobody and has no fence.
    """
    path: Path | None = settings.EPOCH_FILE
    if path is None:
        return True
    with _alone(path):
        record = _read(path)
        epoch = _find_epoch(known=record is not None)
        if epoch.doubt in _OF_THE_DATABASE:
            # Another machine knows better, whatever this one last wrote down.
            return False
        doubt = _doubt(epoch, record)
        if doubt and not _welcome(epoch, record):
            _note(doubt)
            return False
        if doubt:
            _write(path, Record(epoch.portal, epoch.number))
    return True


def advance() -> None:
    """One step onward, in the database first: outside it is never ahead unless the database went back."""
    path: Path | None = settings.EPOCH_FILE
    if path is None:
        return
    with _alone(path):
        with transaction.atomic():
            Epoch.objects.update(number=F("number") + 1)
            epoch = Epoch.objects.get()
        _write(path, Record(epoch.portal, epoch.number))


def open_doubt() -> Epoch | None:
    """What keeps the mail back, if anything does."""
    return Epoch.objects.filter(doubted_at__isnull=False).first()


def confirm(*, by: Person) -> int | None:
    """An administrator has looked: mail goes on from what this database holds.

    What may have gone already before the restore stays in doubt where it must not come twice: how many those
    are, None where nothing waited for this. The others go under the Message-ID they had, which most mail
    programs show once.
    """
    with transaction.atomic():
        waited = Epoch.objects.filter(doubted_at__isnull=False)
        if not waited.update(confirmed_at=Now(), doubted_at=None, doubt=""):
            return None
        once = [name for name, kind in known_kinds().items() if not kind.again_when_in_doubt]
        # What waited for another mail of that day went earlier where that one came to nothing.
        perhaps_gone = Message.objects.filter(
            Q(due__lte=Now()) | Q(reason=Message.Reason.SLOT),
            kind__in=once,
            state__in=[State.PENDING, State.CLAIMED, State.SENDING],
        )
        held = perhaps_gone.update(state=State.IN_DOUBT, reason=Message.Reason.RESTORED, lease_until=None)
        audit.record(by=by, action="mail.restore_confirmed", messages=held)
    return held


def _find_epoch(*, known: bool) -> Epoch:
    """The row, made with the first question.

    Where something was sent from here before (``known``) a database without the row is no new one.
    """
    made = {"portal": secrets.token_hex(16)}
    if known:
        made["created_at"] = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)  # type: ignore[assignment]
    return Epoch.objects.get_or_create(pk=1, defaults=made)[0]


def _doubt(epoch: Epoch, record: Record | None) -> Doubt | None:
    if record is None:
        return Doubt.NO_RECORD
    if record.portal != epoch.portal:
        return Doubt.ANOTHER
    return Doubt.OLDER if record.number > epoch.number else None


def _welcome(epoch: Epoch, record: Record | None) -> bool:
    """Whether a machine without a record, or with a contradicting one, may take over the database's."""
    lately = Now() - WELCOME
    said_so = Q(confirmed_at__gt=lately)
    if record is None:
        said_so |= Q(created_at__gt=lately)
    return Epoch.objects.filter(said_so, pk=epoch.pk).exists()


def _note(doubt: Doubt) -> None:
    if Epoch.objects.filter(doubted_at=None).update(doubted_at=Now(), doubt=doubt):
        logger.error("No mail is sent until an administrator confirms: %s", doubt.value)


# --- The file -----------------------------------------------------------------------------------------------
@contextmanager
def _alone(path: Path) -> Iterator[None]:
    """One process of this machine at a time reads and writes the record."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.with_name(f"{path.name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _read(path: Path) -> Record | None:
    """None where there is none. A damaged one is as good as one of another database."""
    try:
        stored = json.loads(path.read_bytes())
        return Record(str(stored["portal"]), int(stored["number"]))
    except FileNotFoundError:
        return None
    except (KeyError, TypeError, ValueError):
        return Record("", 0)


def _write(path: Path, record: Record) -> None:
    draft = path.with_name(f"{path.name}.draft")
    with draft.open("w") as file:
        json.dump(record._asdict(), file)
        file.flush()
        os.fsync(file.fileno())
    draft.replace(path)
