"""A dispatcher in a process of its own, which dies where it is told to. Started by test_faults.py.

    KILL_AT=sending KILL_ON=3 SINK_PORT=2525 python -m tests.notifications.worker

dies by SIGKILL when the third mail comes to that point; without KILL_AT it sends what is due and ends. It
says when it is ready, waits for a line, and says in the end how many messages it took up.
"""

from __future__ import annotations

import os
import signal
import smtplib
import sys
from collections import Counter

import django

KILL_AT = os.environ.get("KILL_AT", "")
KILL_ON = int(os.environ.get("KILL_ON", "1"))


def main() -> None:
    django.setup()
    # Models can be imported only from here on.
    from django.conf import settings  # noqa: PLC0415

    from notifications.domain.dispatching import dispatch_batch  # noqa: PLC0415
    from notifications.transports import SmtpTransport  # noqa: PLC0415
    from tests.notifications.faults import NOW, register_kinds  # noqa: PLC0415

    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", int(os.environ["SINK_PORT"])
    settings.EMAIL_TIMEOUT = 5
    passed: Counter[str] = Counter()

    def pass_by(point: str) -> None:
        passed[point] += 1
        if point == KILL_AT and passed[point] == KILL_ON:
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

    register_kinds()
    print("ready", flush=True)  # noqa: T201 - read by the test
    sys.stdin.readline()
    total = 0
    while taken := dispatch_batch(now=NOW, transport=Mortal()):
        total += taken
    print(total)  # noqa: T201


if __name__ == "__main__":
    main()
