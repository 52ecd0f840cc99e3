"""Two web processes, two workers and, by mistake, two beats on one database: nothing is sent twice."""

from __future__ import annotations

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from functools import partial

import pytest

from culture_portal.proving.installation import Installation, Reply, Visitor, until
from tests.deployment.organisation import HR_ADDRESS, PASSWORD

pytestmark = [pytest.mark.needs_postgres, pytest.mark.needs_redis, pytest.mark.slow]

GUESTS = 60


def test_two_of_everything_send_each_mail_once(installation: Installation) -> None:
    wave = installation.python("-m", "tests.deployment.organisation", str(GUESTS))
    for number in "12":
        installation.start_web(f"web{number}")
        # Two machines: each has its own record of what was sent.
        installation.start_worker(
            f"worker{number}", PORTAL_EPOCH_FILE=str(installation.folder / f"epoch{number}")
        )
        installation.start_beat(f"beat{number}")

    visitors = [Visitor(port) for port in installation.ports.values()]
    for visitor in visitors:
        visitor.sign_in(HR_ADDRESS, PASSWORD)
    # Somebody presses the button in two windows, and each window has another machine.
    with ThreadPoolExecutor() as pool:
        replies = list(pool.map(lambda visitor: launch(visitor, wave), visitors))
    assert {reply.status for reply in replies} == {302}

    until(partial(have_come, installation, GUESTS), lambda: sent(installation))
    for reminder in (1, 2, 3):
        # Moves the time to the reminder: the day of the mail before is over, and all of them are due now, for
        # both workers at once.
        installation.sql("UPDATE notifications_sendslot SET day = day - 7")
        installation.sql(f"UPDATE notifications_message SET due = now() WHERE step = {reminder}")
        wanted = GUESTS * (reminder + 1)
        until(partial(have_come, installation, wanted), lambda: Counter(sent(installation)))

    recipients = Counter(recipient for recipient, _message_id in sent(installation))
    assert recipients == {f"guest{number}@brightwater.example": 4 for number in range(GUESTS)}
    assert len({message_id for _recipient, message_id in sent(installation)}) == GUESTS * 4
    states = dict(installation.sql("SELECT state, count(*) FROM notifications_message GROUP BY state"))
    assert states == {"sent": GUESTS * 4}
    launches = installation.sql("SELECT count(*) FROM common_auditentry WHERE action = 'wave.launched'")
    assert launches == [(1,)]


def have_come(installation: Installation, wanted: int) -> bool:
    return len(sent(installation)) >= wanted


def launch(visitor: Visitor, wave: str) -> Reply:
    return visitor.post(f"/waves/{wave}/launch/")


def sent(installation: Installation) -> list[tuple[str, str]]:
    recipients = installation.sink.recipients()
    return [
        (recipient, str(mail["Message-ID"]))
        for recipient, mail in zip(recipients, installation.sink.mails(), strict=False)
    ]
