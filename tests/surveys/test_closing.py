"""The close of a wave (anonymity.md S3, P1, C1)."""

from __future__ import annotations

import datetime as dt
import os
import signal
import subprocess
import sys
import threading
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.db import connection, transaction
from nacl.public import PublicKey, SealedBox

from common.models import AuditEntry
from notifications.domain.queueing import queue_many
from notifications.models import Message
from surveys.answers import AnswerSheet
from surveys.domain import sealing
from surveys.domain.answering import Submitted, submit
from surveys.domain.closing import close, close_due, wave_is_accepting
from surveys.domain.reminding import invitation_message
from surveys.models import Atom, Comment, Invitation, ReleasedCount, SealedBallot, Wave
from tests.surveys.factories import CLOSES, WHILE_OPEN, cast, make_draft, make_wave

TREE = {1: None, 2: 1, 3: 1}
CLOSED = CLOSES + dt.timedelta(minutes=1)


def key_file(wave: Wave) -> Path:
    return Path(settings.PORTAL_KEY_DIR) / f"{wave.key_name}.key"


def answer_some(wave: Wave, group_code: int, scores: list[int]) -> None:
    """One ballot per score, from as many people of the group."""
    invitations = wave.invitations.select_related("wave").filter(group_code=group_code, answered=False)
    for invitation, score in zip(invitations.order_by("pk"), scores, strict=False):
        cast(invitation, {"listens": [str(score)]}, {"hear": f"Somebody of group {group_code} says {score}"})


def queue_invitations(wave: Wave) -> None:
    queue_many([invitation_message(one, due=WHILE_OPEN) for one in wave.invitations.select_related("wave")])


def released(wave: Wave) -> dict[str, Any]:
    """Everything stored about a wave's answers, comparable between runs."""
    wave.refresh_from_db()
    return {
        "state": (wave.state, wave.released, wave.answered_count),
        "atoms": sorted(
            Atom.objects.filter(wave=wave).values_list("question_key", "number", "home_code", "n")
        ),
        "counts": sorted(
            ReleasedCount.objects.filter(wave=wave).values_list("question_key", "atom_number", "option", "n")
        ),
        "comments": sorted(
            Comment.objects.filter(wave=wave).values_list("question_key", "group_code", "text")
        ),
        "ballots": SealedBallot.objects.filter(wave=wave).count(),
        "messages": Message.objects.count(),
        "key": key_file(wave).exists(),
        "closings": AuditEntry.objects.filter(action="wave.closed", object_id=str(wave.pk)).count(),
    }


@pytest.mark.django_db
def test_s3_close_leaves_counts_of_atoms_and_comments_and_nothing_else() -> None:
    wave = make_wave(groups=TREE, invited={1: 2, 2: 8, 3: 4})
    answer_some(wave, 1, [1, 2])
    answer_some(wave, 2, [5, 5, 4, 4, 4, 3])
    answer_some(wave, 3, [3, 3, 2])
    close_due(CLOSED)
    assert released(wave) == {
        "state": (Wave.State.CLOSED, True, 11),
        # Comments are divided by tens: group 2 has only six, so all eleven stand at the top.
        "atoms": [("hear", 1, 1, 11), ("listens", 1, 1, 5), ("listens", 2, 2, 6)],
        "counts": [
            ("listens", 1, "1", 1),
            ("listens", 1, "2", 2),
            ("listens", 1, "3", 2),
            ("listens", 2, "3", 1),
            ("listens", 2, "4", 3),
            ("listens", 2, "5", 2),
        ],
        "comments": sorted(
            ("hear", 1, f"Somebody of group {group} says {score}")
            for group, scores in {1: [1, 2], 2: [5, 5, 4, 4, 4, 3], 3: [3, 3, 2]}.items()
            for score in scores
        ),
        "ballots": 0,
        "messages": 0,
        "key": False,
        "closings": 1,
    }


@pytest.mark.django_db
def test_s3_below_k_nothing_is_opened() -> None:
    wave = make_wave(invited={1: 10})
    answer_some(wave, 1, [5, 5, 5, 5])
    close_due(CLOSED)
    assert released(wave) == {
        "state": (Wave.State.CLOSED, False, None),
        "atoms": [],
        "counts": [],
        "comments": [],
        "ballots": 0,
        "messages": 0,
        "key": False,
        "closings": 1,
    }


@pytest.mark.django_db
def test_s3_below_k_does_not_need_the_key() -> None:
    """Counting comes first: even without its key a wave too small to open is closed."""
    wave = make_wave(invited={1: 10})
    answer_some(wave, 1, [5, 5, 5, 5])
    sealing.destroy_wave_key(wave)
    close_due(CLOSED)
    wave.refresh_from_db()
    assert (wave.state, wave.released) == (Wave.State.CLOSED, False)


@pytest.mark.django_db
def test_s3_below_k_an_announced_extension_is_given_once_for_everybody() -> None:
    wave = make_wave(invited={1: 10}, extension_days=7)
    answer_some(wave, 1, [5, 5, 5, 5])
    close_due(CLOSED)
    wave.refresh_from_db()
    assert (wave.state, wave.extended) == (Wave.State.OPEN, True)
    assert wave.closes_at == CLOSES + dt.timedelta(days=7)
    assert (SealedBallot.objects.count(), key_file(wave).exists()) == (4, True)
    assert wave_is_accepting(wave.pk, CLOSED)

    close_due(wave.closes_at)
    wave.refresh_from_db()
    assert (wave.state, wave.released, SealedBallot.objects.count()) == (Wave.State.CLOSED, False, 0)


@pytest.mark.django_db
def test_s3_an_extension_carries_the_messages_with_it() -> None:
    wave = make_wave(invited={1: 10}, extension_days=7)
    queue_invitations(wave)
    assert set(Message.objects.values_list("not_after", flat=True)) == {CLOSES}
    close_due(CLOSED)
    assert set(Message.objects.values_list("not_after", flat=True)) == {CLOSES + dt.timedelta(days=7)}


@pytest.mark.django_db
def test_s3_with_k_answers_an_announced_extension_is_not_used() -> None:
    wave = make_wave(invited={1: 10}, extension_days=7)
    answer_some(wave, 1, [5, 5, 5, 5, 4])
    close_due(CLOSED)
    wave.refresh_from_db()
    assert (wave.state, wave.released, wave.extended) == (Wave.State.CLOSED, True, False)


@pytest.mark.django_db
def test_t1_an_anonymous_wave_is_not_closed_before_its_time() -> None:
    wave = make_wave()
    answer_some(wave, 1, [5] * 10)
    close(wave_id=wave.pk, now=CLOSES - dt.timedelta(seconds=1))
    wave.refresh_from_db()
    assert (wave.state, SealedBallot.objects.count()) == (Wave.State.OPEN, 10)


@pytest.mark.django_db
def test_s3_a_second_close_changes_nothing() -> None:
    wave = make_wave(groups=TREE, invited={2: 12, 3: 11})
    answer_some(wave, 2, [4] * 12)
    answer_some(wave, 3, [2] * 11)
    close_due(CLOSED)
    first = released(wave)
    close_due(CLOSED)
    close(wave_id=wave.pk, now=CLOSED)
    assert released(wave) == first


@pytest.mark.django_db
def test_s3_a_lost_key_loses_no_other_wave_and_heals_when_it_is_restored() -> None:
    lost, fine = make_wave(), make_wave()
    for wave in (lost, fine):
        answer_some(wave, 1, [4] * 10)
    content = key_file(lost).read_bytes()
    key_file(lost).unlink()

    close_due(CLOSED)
    lost.refresh_from_db()
    fine.refresh_from_db()
    assert (lost.state, lost.key_usable, lost.ballots.count()) == (Wave.State.CLOSING, False, 10)
    assert (fine.state, fine.key_usable) == (Wave.State.CLOSED, True)

    key_file(lost).write_bytes(content)
    close_due(CLOSED)
    lost.refresh_from_db()
    assert (lost.state, lost.released, lost.answered_count) == (Wave.State.CLOSED, True, 10)


@pytest.mark.django_db
def test_s3_a_key_left_by_a_killed_worker_goes_at_the_next_look() -> None:
    wave = make_wave()
    still_open = make_wave()
    answer_some(wave, 1, [4] * 10)
    content = key_file(wave).read_bytes()
    close(wave_id=wave.pk, now=CLOSED)
    key_file(wave).write_bytes(content)
    close_due(CLOSED - dt.timedelta(days=1))
    assert (key_file(wave).exists(), key_file(still_open).exists()) == (False, True)


@pytest.mark.django_db
def test_p1_messages_of_an_anonymous_wave_go_at_close_and_no_others() -> None:
    wave, other = make_wave(), make_wave(closes_at=CLOSES + dt.timedelta(days=1))
    queue_invitations(wave)
    queue_invitations(other)
    answer_some(wave, 1, [4] * 10)
    close_due(CLOSED)
    series = {f"survey:{pk}" for pk in other.invitations.values_list("pk", flat=True)}
    assert set(Message.objects.values_list("series", flat=True)) == series


@pytest.mark.django_db
def test_closing_a_wave_by_name_cancels_its_messages() -> None:
    wave = make_wave(mode=Wave.Mode.IDENTIFIED)
    queue_invitations(wave)
    first = wave.invitations.select_related("wave").order_by("pk")[0]
    submit(invitation=first, sheet=AnswerSheet(options={"listens": ("4",)}), now=WHILE_OPEN)
    close_due(CLOSED)
    wave.refresh_from_db()
    assert (wave.state, wave.released, wave.answered_count) == (Wave.State.CLOSED, True, 1)
    assert set(Message.objects.values_list("state", flat=True)) == {Message.State.CANCELLED}


@pytest.mark.django_db
def test_c1_comments_stand_at_the_deepest_group_of_ten_who_commented() -> None:
    wave = make_wave(groups={1: None, 2: 1, 3: 2, 4: 2}, invited={3: 12, 4: 12, 1: 12})
    answer_some(wave, 3, [5] * 10)
    answer_some(wave, 4, [3] * 9)
    answer_some(wave, 1, [1] * 2)
    close_due(CLOSED)
    # Nine of group 4 go up; with the two at the top they are eleven.
    assert Counter(Comment.objects.values_list("group_code", flat=True)) == {3: 10, 1: 11}


@pytest.mark.django_db
def test_c1_fewer_than_ten_comments_are_not_kept() -> None:
    wave = make_wave(invited={1: 20})
    answer_some(wave, 1, [5] * 9)
    close_due(CLOSED)
    assert Comment.objects.count() == 0


@pytest.mark.django_db
def test_a_wave_takes_answers_from_its_opening_until_its_closing_time() -> None:
    wave = make_wave()
    draft = make_draft(survey=wave.survey)
    assert [
        wave_is_accepting(wave.pk, wave.opens_at - dt.timedelta(seconds=1)),
        wave_is_accepting(wave.pk, wave.opens_at),
        wave_is_accepting(wave.pk, CLOSES - dt.timedelta(seconds=1)),
        wave_is_accepting(wave.pk, CLOSES),
        wave_is_accepting(draft.pk, WHILE_OPEN),
    ] == [False, True, True, False, False]


# --- Killed, doubled, and at the same moment ----------------------------------------------------------------
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


@pytest.mark.django_db
def test_s3_a_wave_that_cannot_be_counted_holds_up_no_other(caplog: pytest.LogCaptureFixture) -> None:
    broken, fine = make_wave(), make_wave()
    for wave in (broken, fine):
        answer_some(wave, 1, [4] * 10)
    # Sealed with the right key, and no ballot inside: its text must not reach a log either.
    assert broken.public_key is not None
    sealed = SealedBox(PublicKey(bytes(broken.public_key))).encrypt(b"\0\0\0\x15nobody may read this!")
    SealedBallot.objects.create(wave=broken, sealed=sealed)
    close_due(CLOSED)
    broken.refresh_from_db()
    fine.refresh_from_db()
    assert (broken.state, broken.ballots.count(), fine.state) == (Wave.State.CLOSING, 11, Wave.State.CLOSED)
    assert caplog.messages == [f"Wave {broken.pk} cannot be counted: JSONDecodeError"]


CLOSE_AND_DIE = """
import os, signal, sys
import django
django.setup()
from django.conf import settings
settings.DATABASES["default"]["NAME"] = os.environ["CLOSE_DATABASE"]
import datetime as dt
from surveys.domain.closing import close_due
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


# --- What the database still knows --------------------------------------------------------------------------
@pytest.mark.needs_postgres
@pytest.mark.django_db(transaction=True)
def test_t3_after_the_close_every_row_of_the_wave_is_of_one_transaction() -> None:
    wave = make_wave(groups=TREE, invited={2: 12, 3: 11})
    answer_some(wave, 2, [4] * 12)
    answer_some(wave, 3, [2] * 9)
    assert len(transactions_of("surveys_invitation")) > 20
    close_due(CLOSED)
    assert len(transactions_of("surveys_invitation")) == 1
    tables = ("surveys_atom", "surveys_releasedcount", "surveys_comment")
    found = {transaction for table in tables for transaction in transactions_of(table)}
    assert found == set(transactions_of("surveys_invitation"))


def transactions_of(table: str) -> set[str]:
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT DISTINCT xmin::text FROM {table}")
        return {row[0] for row in cursor.fetchall()}


@pytest.mark.django_db
def test_t3_comments_lie_in_no_order_of_answering() -> None:
    """Dump order against the order of answering: the ranks correlate no more than chance lets them."""
    wave = make_wave(invited={1: 200})
    for number, invitation in enumerate(wave.invitations.select_related("wave").order_by("pk")):
        cast(invitation, {}, {"hear": str(number)})
    close_due(CLOSED)
    with connection.cursor() as cursor:
        cursor.execute("SELECT text FROM surveys_comment")
        stored = [int(row[0]) for row in cursor.fetchall()]
    assert sorted(stored) == list(range(200))
    # Spearman's rho; its standard error is 1/sqrt(199), and 4.9 of them happen once in a million runs.
    squares = sum((rank - number) ** 2 for rank, number in enumerate(stored))
    rho = 1 - 6 * squares / (200 * (200**2 - 1))
    assert abs(rho) < 4.9 / 199**0.5


@pytest.mark.django_db
def test_s1_no_column_could_hold_more_than_the_contract_allows() -> None:
    allowed = {
        "surveys_sealedballot": {"id", "wave_id", "sealed"},
        "surveys_atom": {
            "id", "wave_id", "question_key", "number", "home_code", "breakdown_value", "n",
        },
        "surveys_releasedcount": {"id", "wave_id", "question_key", "atom_number", "option", "n"},
        "surveys_comment": {"id", "wave_id", "question_key", "group_code", "text", "withheld"},
        # Whom they were asked about is fixed at the launch like their group, and says no more than it does.
        "surveys_invitation": {
            "id", "wave_id", "handle", "person_id", "contact_id", "subject_id", "address", "language",
            "group_code", "breakdown_value", "answered",
        },
        "surveys_wavegroup": {
            "id", "wave_id", "code", "parent_code", "name", "team_id", "organisation_id", "lead_id",
            "subject_id", "invited_count", "response_percent",
        },
    }  # fmt: skip
    with connection.cursor() as cursor:
        found = {
            table: {column.name for column in connection.introspection.get_table_description(cursor, table)}
            for table in allowed
        }
    assert found == allowed
