"""The portal's Celery app, whose workers die by SIGKILL at named points of a mail's journey.

Nothing but the transport is another than in production. Where ``PROVING_FOLDER`` holds a file named after a
point, the first worker that comes there takes it away, writes a line in ``kills`` and dies. Where the file
says ``REMINDER_IN_HAND``, only one that has a reminder in hand; the line of such a death says so.
``PROVING_DISPATCHER`` names one of the wrong dispatchers (``wrong``), to be used instead of the portal's.
"""

from __future__ import annotations

import os
import re
import signal
import smtplib
from pathlib import Path
from typing import Any

from celery import signals

from culture_portal.celery import app

__all__ = ["app"]

POINTS = ("claimed", "offered", "sending", "dotted", "accepted")
# Of these, where a mail server has or may have the mail: what went twice then must not be a reminder.
AFTER_THE_TEXT = ("dotted", "accepted")
REMINDER_IN_HAND = "reminder"
_MESSAGE_ID = re.compile(rb"^Message-ID:\s*(<[^>]+>)", re.MULTILINE | re.IGNORECASE)


@signals.worker_process_init.connect
def become_mortal(**kwargs: Any) -> None:
    """In each child of a worker. Models can be imported only from here on."""
    from notifications import tasks  # noqa: PLC0415
    from notifications.domain import dispatching  # noqa: PLC0415
    from notifications.models import Message  # noqa: PLC0415
    from notifications.transports import SmtpTransport  # noqa: PLC0415
    from surveys.domain.mailing import reminding  # noqa: PLC0415

    folder = Path(os.environ["PROVING_FOLDER"])

    def is_reminder(mail: bytes) -> bool:
        found = _MESSAGE_ID.search(mail)
        message_id = found.group(1).decode() if found else ""
        return Message.objects.filter(message_id=message_id, kind=reminding.REMINDER).exists()

    def pass_by(point: str, mail: bytes = b"") -> None:
        armed = folder / point
        try:
            wanted = armed.read_text()
            what = REMINDER_IN_HAND if mail and is_reminder(mail) else ""
            if wanted not in {"", what}:
                return
            armed.unlink()
        except FileNotFoundError:
            return
        with (folder / "kills").open("a") as kills:
            kills.write(f"{point} {what}\n")
        os.kill(os.getpid(), signal.SIGKILL)

    class Mortal(SmtpTransport):
        """The portal's own transport with a name for each moment of a mail's journey."""

        mail = b""

        def offer(self, sender: str, recipient: str) -> None:
            pass_by("claimed")
            super().offer(sender, recipient)
            pass_by("offered")

        def deliver(self, mail: bytes) -> str:
            pass_by("sending")
            self.mail = mail
            reply = super().deliver(mail)
            pass_by("accepted", mail)
            return reply

        def _await_reply(self, smtp: smtplib.SMTP) -> tuple[int, bytes]:
            pass_by("dotted", self.mail)
            return super()._await_reply(smtp)

    vars(dispatching)["make_transport"] = Mortal
    if chosen := os.environ.get("PROVING_DISPATCHER"):
        from culture_portal.proving import wrong  # noqa: PLC0415

        vars(tasks)["drain"] = wrong.DISPATCHERS[chosen](Mortal)
