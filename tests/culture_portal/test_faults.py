"""How ``manage.py faults`` judges, and its small run: real services, real kills, a real mail server."""

from __future__ import annotations

import datetime as dt
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.utils import timezone

from culture_portal.proving.judging import Expected, Row, judge
from culture_portal.proving.table import conclusion
from notifications.models import Message
from surveys.domain.mailing.reminding import INVITATION, REMINDER

State, Reason = Message.State, Message.Reason
ADDRESS = "anna@example.org"


def judged(arrived: int = 0, *, kind: str = REMINDER, ids: tuple[str, ...] = (), **fields: Any) -> Row:
    """The row of one message that stands in the journal like this, and came so many times."""
    about = {"answered": fields.pop("answered", {}), "closed": frozenset(fields.pop("closed", ()))}
    message = Message.objects.create(
        key="survey:1", kind=kind, address=ADDRESS, due=timezone.now(), message_id="<1@x>", **fields
    )
    came = ids or ("<1@x>",) * arrived
    row = Row("a fault")
    lines = [{"recipient": ADDRESS, "message_id": each, "offered_at": 100.0} for each in came]
    judge(row, Expected(frozenset([message.key]), **about), lines)
    return row


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("arrived", "fields"),
    [
        (1, {"state": State.SENT}),
        (0, {"state": State.IN_DOUBT, "reason": Reason.DIED}),
        (1, {"state": State.IN_DOUBT, "reason": Reason.DIED}),
        (2, {"state": State.SENT, "kind": INVITATION, "attempt": 1}),
        (0, {"state": State.CANCELLED, "answered": {ADDRESS: 99.0}}),
        (1, {"state": State.SENT, "answered": {ADDRESS: 101.0}}),
        (0, {"state": State.PENDING, "reason": Reason.HOURS, "closed": [ADDRESS]}),
    ],
)
def test_what_keeps_the_promises(arrived: int, fields: dict[str, Any]) -> None:
    assert judged(arrived, **fields).as_it_must_be


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("arrived", "fields", "broken"),
    [
        (0, {"state": State.SENT}, "lost"),
        (0, {"state": State.PENDING}, "lost"),
        (0, {"state": State.SENDING}, "lost"),
        (0, {"state": State.EXPIRED}, "lost"),
        (0, {"state": State.FAILED, "reason": Reason.TOO_OFTEN}, "lost"),
        (0, {"state": State.IN_DOUBT, "kind": INVITATION}, "lost"),
        (0, {"state": State.CANCELLED}, "lost"),
        (2, {"state": State.SENT}, "doubled"),
        (2, {"state": State.SENT, "kind": INVITATION}, "doubled"),
        (1, {"state": State.CANCELLED, "answered": {ADDRESS: 101.0}}, "after_answer"),
        (1, {"state": State.SENT, "answered": {ADDRESS: 99.0}}, "after_answer"),
        (1, {"state": State.SENT, "closed": [ADDRESS]}, "in_quiet_hours"),
    ],
)
def test_what_breaks_one(arrived: int, fields: dict[str, Any], broken: str) -> None:
    row = judged(arrived, **fields)
    assert getattr(row, broken) == 1
    assert not row.as_it_must_be


@pytest.mark.django_db
def test_another_message_id_is_another_mail() -> None:
    row = judged(kind=INVITATION, ids=("<1@x>", "<2@x>"), state=State.SENT, attempt=1)
    assert (row.doubled, row.two_a_day) == (1, 1)


def test_the_run_fails_where_a_promise_broke_or_a_wrong_dispatcher_passed() -> None:
    caught, missed = Row("mark first", wrong="lost", lost=1), Row("send first", wrong="doubled")
    assert conclusion([Row("kills"), caught])[1] == 0
    assert conclusion([Row("kills", lost=1), caught])[1] == 1
    assert conclusion([Row("kills"), caught, missed])[1] == 1


@pytest.mark.needs_postgres
@pytest.mark.needs_redis
@pytest.mark.slow
def test_every_promise_holds_under_every_fault(tmp_path: Path) -> None:
    table = tmp_path / "faults.json"
    done = subprocess.run(
        [sys.executable, "manage.py", "faults", "--small", "--json", str(table)],
        cwd=settings.BASE_DIR,
        capture_output=True,
        text=True,
        timeout=dt.timedelta(minutes=7).total_seconds(),
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    rows = {row["fault"]: row for row in json.loads(table.read_text())["rows"]}
    assert rows["workers killed at random and at each point"]["kills"] >= 10
    assert rows["mark first, wrong on purpose"]["lost"] > 0
    assert rows["send first, wrong on purpose"]["doubled"] > 0
