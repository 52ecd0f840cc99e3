"""The portal's Celery app, whose workers die by SIGKILL at named points of a mail's journey.

Nothing but the transport is another than in production. Where ``PROVING_FOLDER`` holds a file named after a
point, the first worker that comes there takes it away, writes a line in ``kills`` and dies.
``PROVING_DISPATCHER`` names one of the wrong dispatchers (``wrong``), to be used instead of the portal's.
"""

from __future__ import annotations

import os
import signal
import smtplib
from pathlib import Path
from typing import Any

from celery import signals

from culture_portal.celery import app

__all__ = ["app"]

POINTS = ("claimed", "offered", "sending", "dotted", "accepted")


@signals.worker_process_init.connect
def become_mortal(**kwargs: Any) -> None:
    """In each child of a worker. Models can be imported only from here on."""
    from notifications import tasks  # noqa: PLC0415
    from notifications.domain import dispatching  # noqa: PLC0415
    from notifications.transports import SmtpTransport  # noqa: PLC0415

    folder = Path(os.environ["PROVING_FOLDER"])

    def pass_by(point: str) -> None:
        try:
            (folder / point).unlink()
        except FileNotFoundError:
            return
        with (folder / "kills").open("a") as kills:
            kills.write(f"{point}\n")
        os.kill(os.getpid(), signal.SIGKILL)

    class Mortal(SmtpTransport):
        """The portal's own transport with a name for each moment of a mail's journey."""

        def offer(self, sender: str, recipient: str) -> None:
            pass_by("claimed")
            super().offer(sender, recipient)
            pass_by("offered")

        def deliver(self, mail: bytes) -> str:
            pass_by("sending")
            reply = super().deliver(mail)
            pass_by("accepted")
            return reply

        def _await_reply(self, smtp: smtplib.SMTP) -> tuple[int, bytes]:
            pass_by("dotted")
            return super()._await_reply(smtp)

    vars(dispatching)["make_transport"] = Mortal
    if chosen := os.environ.get("PROVING_DISPATCHER"):
        from culture_portal.proving import wrong  # noqa: PLC0415

        vars(tasks)["drain"] = wrong.DISPATCHERS[chosen](Mortal)
