"""The close of a wave (anonymity.md S3, P1, C1)."""

from __future__ import annotations

import datetime as dt
from collections import Counter

import pytest
from nacl.public import PublicKey, SealedBox

from notifications.models import Message
from surveys.answers import AnswerSheet
from surveys.domain.answering import sealing
from surveys.domain.answering.submitting import submit
from surveys.domain.counting.closing import close, close_due, wave_is_accepting
from surveys.models import Comment, SealedBallot, Wave
from tests.surveys.counting.closings import CLOSED, TREE, answer_some, key_file, queue_invitations, released
from tests.surveys.factories import CLOSES, WHILE_OPEN, make_draft, make_wave


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
