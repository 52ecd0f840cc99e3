"""The close of a wave killed at any point, doubled, and at the moment of an answer (anonymity.md S3)."""

from __future__ import annotations

import datetime as dt
import os
import signal
import subprocess
import sys
import threading
from collections import Counter
from typing import Any

import pytest
from django.conf import settings
from django.db import connection, transaction

from surveys.answers import AnswerSheet
from surveys.domain.answering.submitting import Submitted, submit
from surveys.domain.counting.closing import close, close_due
from surveys.models import Invitation, ReleasedCount, Wave
from tests.surveys.counting.closings import CLOSED, TREE, answer_some, queue_invitations, released
from tests.surveys.factories import CLOSES, WHILE_OPEN, cast, make_wave


def in_threads(*tasks: Any) -> list[BaseException]:
    """Run them at once, each with a connection of its own; what they raised."""
    errors: list[BaseException] = []
    barrier = threading.Barrier(len(tasks))

    def run(task: Any) -> None:
        try:
            barrier.wait()
            task()
        except BaseException as error:
            errors.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=(task,)) for task in tasks]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return errors


@pytest.mark.django_db(transaction=True)
def test_s3_three_closes_at_once_count_once() -> None:
    wave = make_wave(groups=TREE, invited={2: 12, 3: 11})
    answer_some(wave, 2, [4] * 12)
    answer_some(wave, 3, [2] * 11)
    assert in_threads(*[lambda: close(wave_id=wave.pk, now=CLOSED)] * 3) == []
    after = released(wave)
    assert (after["state"], after["closings"]) == ((Wave.State.CLOSED, True, 23), 1)
    assert after["counts"] == [("listens", 1, "4", 12), ("listens", 2, "2", 11)]


@pytest.mark.django_db(transaction=True)
def test_s3_an_answer_at_the_moment_of_closing_is_counted_or_refused() -> None:
    wave = make_wave(invited={1: 40})
    invitations = list(wave.invitations.select_related("wave").order_by("pk"))
    for invitation in invitations[:5]:
        cast(invitation, {"listens": ["3"]})
    sheet = AnswerSheet(options={"listens": ("5",)})
    said: list[Submitted] = []

    def answer(invitation: Invitation) -> None:
        # By its own clock each comes in time; the close has begun already.
        said.append(submit(invitation=invitation, sheet=sheet, now=CLOSES - dt.timedelta(milliseconds=1)))

    tasks: list[Any] = [lambda one=one: answer(one) for one in invitations[5:25]]
    tasks.insert(10, lambda: close(wave_id=wave.pk, now=CLOSES))
    assert in_threads(*tasks) == []
    recorded = said.count(Submitted.RECORDED)
    assert set(said) <= {Submitted.RECORDED, Submitted.CLOSED}
    wave.refresh_from_db()
    assert (wave.answered_count, wave.invitations.filter(answered=True).count()) == (
        5 + recorded,
        5 + recorded,
    )
    assert dict(ReleasedCount.objects.values_list("option", "n")).get("5", 0) == recorded


@pytest.mark.needs_postgres
@pytest.mark.django_db(transaction=True)
def test_s3_submits_do_not_wait_for_each_other_and_the_close_waits_for_them() -> None:
    wave = make_wave(invited={1: 12})
    answer_some(wave, 1, [4] * 10)
    slow, quick = wave.invitations.select_related("wave").filter(answered=False).order_by("pk")
    sheet = AnswerSheet(options={"listens": ("5",)})
    slow_is_in, slow_may_end = threading.Event(), threading.Event()
    said: list[Submitted] = []

    def answer_slowly() -> None:
        with transaction.atomic():
            said.append(submit(invitation=slow, sheet=sheet, now=WHILE_OPEN))
            slow_is_in.set()
            slow_may_end.wait(30)
        connection.close()

    def shut() -> None:
        close(wave_id=wave.pk, now=CLOSES)
        connection.close()

    answering, closing = threading.Thread(target=answer_slowly), threading.Thread(target=shut)
    answering.start()
    assert slow_is_in.wait(30)
    # On its own connection and not blocked by the one that has not ended.
    said.append(submit(invitation=quick, sheet=sheet, now=WHILE_OPEN))
    closing.start()
    closing.join(0.5)
    assert closing.is_alive()
    slow_may_end.set()
    answering.join(30)
    closing.join(30)
    wave.refresh_from_db()
    assert (said, wave.answered_count) == ([Submitted.RECORDED, Submitted.RECORDED], 12)


CLOSE_AND_DIE = """
import os, signal, sys
import django
django.setup()
from django.conf import settings
settings.DATABASES["default"]["NAME"] = os.environ["CLOSE_DATABASE"]
import datetime as dt
from surveys.domain.counting.closing import close_due
file, function, event = os.environ["CLOSE_DIES_AT"].split(":")
def die(frame, happened, argument):
    code = frame.f_code
    if happened == event and code.co_name == function and code.co_filename.endswith(file):
        os.kill(os.getpid(), signal.SIGKILL)
sys.setprofile(die)
close_due(dt.datetime.fromisoformat(os.environ["CLOSE_NOW"]))
"""

POINTS = [
    "closing.py:_shut:call",
    "closing.py:_shut:return",
    "sealing.py:open_all:return",
    "closing.py:_publish_counts:return",
    "closing.py:_publish:return",
    "closing.py:_delete_ballots:return",
    "closing.py:_touch_invitations:return",
    "closing.py:_forget_messages:return",
    "closing.py:_mark_closed:return",
    "closing.py:_finish:return",
    "sealing.py:_destroy:call",
    "sealing.py:_destroy:return",
]


def close_in_a_process(dies_at: str) -> int:
    environment = {
        **os.environ,
        "DJANGO_SETTINGS_MODULE": "tests.settings",
        "CLOSE_DATABASE": str(connection.settings_dict["NAME"]),
        "CLOSE_NOW": CLOSED.isoformat(),
        "CLOSE_DIES_AT": dies_at,
    }
    command = [sys.executable, "-c", CLOSE_AND_DIE]
    return subprocess.run(command, env=environment, cwd=settings.BASE_DIR, check=False, timeout=60).returncode


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("point", POINTS)
def test_s3_killed_at_any_point_and_repeated_the_result_is_the_same(point: str) -> None:
    expected = [("listens", 1, "4", 12), ("listens", 2, "2", 11)]
    wave = make_wave(groups=TREE, invited={2: 12, 3: 11})
    answer_some(wave, 2, [4] * 12)
    answer_some(wave, 3, [2] * 11)
    queue_invitations(wave)

    assert close_in_a_process(point) == -signal.SIGKILL
    after_the_kill = released(wave)
    # Ballots or counts, never both and never neither; and the key goes only after the counts are safe.
    assert (after_the_kill["ballots"], after_the_kill["counts"]) in [(23, []), (0, expected)]
    assert after_the_kill["key"] or after_the_kill["counts"] == expected

    close_due(CLOSED)
    after = released(wave)
    assert after["state"] == (Wave.State.CLOSED, True, 23)
    assert after["counts"] == expected
    assert Counter(text for _key, _group, text in after["comments"]) == {
        "Somebody of group 2 says 4": 12,
        "Somebody of group 3 says 2": 11,
    }
    assert (after["ballots"], after["messages"], after["key"], after["closings"]) == (0, 0, False, 1)
