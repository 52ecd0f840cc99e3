"""The restore drill of docs/operating.md, with the very commands that stand there."""

from __future__ import annotations

import shutil
import time
from collections import Counter

import pytest

from culture_portal.proving.installation import Installation, Visitor, until
from tests.deployment.organisation import ADMINISTRATOR_ADDRESS, HR_ADDRESS, PASSWORD

pytestmark = [
    pytest.mark.needs_postgres,
    pytest.mark.needs_redis,
    pytest.mark.slow,
    pytest.mark.skipif(not shutil.which("pg_dump"), reason="needs pg_dump and pg_restore on the PATH"),
]

GUESTS = 24
SEVERAL_TICKS = 5  # seconds; one comes each second


def test_a_restored_database_sends_nothing_until_somebody_confirms(installation: Installation) -> None:
    wave = installation.python("-m", "tests.deployment.organisation", str(GUESTS))
    installation.start_web("web")
    start_senders(installation)
    hr = Visitor(installation.ports["web"])
    hr.sign_in(HR_ADDRESS, PASSWORD)
    hr.post(f"/waves/{wave}/launch/")
    until(lambda: in_state(installation, "sent") == GUESTS, installation.sink.recipients)

    backup = installation.folder / "portal.dump"
    installation.dump(backup)
    first_reminder_is_due(installation)
    until(lambda: in_state(installation, "sent") == GUESTS * 2, installation.sink.recipients)
    installation.stop()

    installation.drop_database()
    installation.create_database()
    installation.restore(backup)
    first_reminder_is_due(installation)
    start_senders(installation)
    until(lambda: in_doubt(installation), lambda: "nobody noticed")
    time.sleep(SEVERAL_TICKS)
    assert len(installation.sink.recipients()) == GUESTS * 2, "nothing goes while nobody has looked"

    installation.start_web("web")
    administrator = Visitor(installation.ports["web"])
    administrator.sign_in(ADMINISTRATOR_ADDRESS, PASSWORD)
    assert "No mail is going out." in administrator.get("/mail/outbox/").text
    administrator.post("/mail/restored/")
    Visitor(installation.ports["web"]).post("/password/reset/", {"email": HR_ADDRESS})
    until(lambda: HR_ADDRESS in installation.sink.recipients(), installation.sink.recipients)
    time.sleep(SEVERAL_TICKS)
    # Mail flows, and nobody was reminded a second time: those stay in doubt, where the operator sees them.
    counted = Counter(installation.sink.recipients())
    assert counted.pop(HR_ADDRESS) == 1
    assert counted == {f"guest{number}@brightwater.example": 2 for number in range(GUESTS)}
    assert in_state(installation, "in_doubt") == GUESTS


def test_the_key_folder_is_in_no_dump_and_still_opens_what_was_restored(installation: Installation) -> None:
    wave = installation.python("-m", "tests.deployment.organisation", str(GUESTS))
    installation.start_web("web")
    start_senders(installation)
    hr = Visitor(installation.ports["web"])
    hr.sign_in(HR_ADDRESS, PASSWORD)
    hr.post(f"/waves/{wave}/launch/")
    until(lambda: in_state(installation, "sent") == GUESTS, installation.sink.recipients)
    installation.stop()

    backup = installation.folder / "portal.dump"
    installation.dump(backup)
    (key_file,) = (installation.folder / "keys").glob("*.key")
    in_words = installation.folder / "portal.sql"
    installation.dump(in_words, "--format=plain")
    ((public_key,),) = installation.sql(
        f"SELECT encode(public_key, 'hex') FROM surveys_wave WHERE id = {wave}"
    )
    dumped = in_words.read_text()
    assert public_key in dumped, "so that bytes would be found, were they there"
    assert key_file.read_text() not in dumped
    assert key_file.read_bytes().hex() not in dumped
    installation.drop_database()
    installation.create_database()
    installation.restore(backup)
    keys_work = "from surveys.domain.answering.sealing import keys_usable; from surveys.models import Wave; "
    keys_work += f"print(keys_usable(Wave.objects.get(pk={wave})))"
    assert installation.manage("shell", "--no-imports", "--command", keys_work) == "True"
    key_file.unlink()
    assert installation.manage("shell", "--no-imports", "--command", keys_work) == "False"


def start_senders(installation: Installation) -> None:
    installation.start_worker("worker")
    installation.start_beat("beat")


def first_reminder_is_due(installation: Installation) -> None:
    """And the day of the invitation is over."""
    installation.sql("UPDATE notifications_sendslot SET day = day - 7")
    installation.sql("UPDATE notifications_message SET due = now() WHERE step = 1")


def in_state(installation: Installation, state: str) -> int:
    ((count,),) = installation.sql(f"SELECT count(*) FROM notifications_message WHERE state = '{state}'")
    assert isinstance(count, int)
    return count


def in_doubt(installation: Installation) -> bool:
    return bool(installation.sql("SELECT 1 FROM notifications_epoch WHERE doubted_at IS NOT NULL"))
