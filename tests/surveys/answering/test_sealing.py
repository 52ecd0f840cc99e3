"""Ballots and their keys (anonymity.md S1, S4)."""

from __future__ import annotations

import datetime as dt
import json
import logging
import random
import stat
import threading
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.db import connection
from nacl.public import PrivateKey

from surveys.answers import LONG_TEXT_LIMIT, text_limit
from surveys.conditions import Condition, Rule
from surveys.conditions import Test as RuleTest
from surveys.domain.answering import sealing
from surveys.domain.answering.sealing import Ballot, BallotTooLong, KeyUnusable
from surveys.models import SealedBallot, Wave
from surveys.questionnaire import Kind, Option, Question, Questionnaire, Section
from tests.surveys.factories import QUESTIONNAIRE, WHILE_OPEN, cast, make_draft, make_wave

# What a sealed box adds: a public key and an authenticator.
SEAL_BYTES = 48


def key_file(wave: Wave) -> Path:
    return Path(settings.PORTAL_KEY_DIR) / f"{wave.key_name}.key"


def store(wave: Wave, ballot: Ballot) -> bytes:
    assert wave.public_key is not None
    sealed = sealing.seal(bytes(wave.public_key), ballot, wave.ballot_size)
    SealedBallot.objects.create(wave=wave, sealed=sealed)
    return sealed


@pytest.mark.django_db
def test_s1_what_was_sealed_is_what_is_opened() -> None:
    wave = make_wave()
    ballots = [
        Ballot(
            3, "Zürich 東京 🏔", {"listens": ["4"], "helps": ["time", "words"]}, {"hear": 'Say "yes"\n\\o/ 🙂'}
        ),
        Ballot(1),
    ]
    for ballot in ballots:
        store(wave, ballot)
    opened = sorted(sealing.open_all(wave), key=lambda ballot: -ballot.group_code)
    assert opened == ballots


@pytest.mark.django_db
def test_s1_every_ballot_of_a_wave_has_one_size() -> None:
    """From no answer at all to the longest of everything in the widest letters."""
    wave = make_wave()
    everything = {
        question.key: list(question.codes if question.kind is Kind.MULTIPLE else question.codes[-1:])
        for question in QUESTIONNAIRE.questions()
        if not question.kind.is_text
    }
    sizes = {
        len(store(wave, ballot))
        for ballot in [
            Ballot(1),
            Ballot(1, "", {"listens": ["5"]}),
            Ballot(2**31 - 1, "🏔" * 120, everything, {"hear": "🙂" * LONG_TEXT_LIMIT}),
            Ballot(1, "", {}, {"hear": '"' * LONG_TEXT_LIMIT}),
            Ballot(1, "", {}, {"hear": "\\" * LONG_TEXT_LIMIT}),
            Ballot(1, "", {}, {"hear": "\n" * LONG_TEXT_LIMIT}),
        ]
    }
    assert sizes == {wave.ballot_size + SEAL_BYTES}


def any_public_key() -> bytes:
    return bytes(PrivateKey.generate().public_key)


def any_question(dice: random.Random, number: int) -> Question:
    """Of any kind somebody can be asked, perhaps shown on a condition."""
    kind = dice.choice([kind for kind in Kind if kind is not Kind.PLACE])
    options = tuple(Option("o" * dice.randint(1, 38) + str(n), "") for n in range(dice.randint(1, 9)))
    chosen = kind in {Kind.SINGLE, Kind.MULTIPLE}
    has_options = chosen or kind is Kind.RANKING or (kind is Kind.MATRIX and dice.random() < 0.5)
    first = dt.date(2026, 1, 1).toordinal()
    return Question(
        key=f"k{number}" + "x" * dice.randint(0, 30),
        kind=kind,
        text="",
        low=0,
        high=0 if has_options or kind.is_text or kind.is_banded else 10,
        options=options if has_options else (),
        other=chosen and dice.random() < 0.5,
        rows=options if kind is Kind.MATRIX else (),
        least={Kind.NUMBER: -1000, Kind.DATE: first}.get(kind, 0),
        most={Kind.NUMBER: 10**9, Kind.DATE: first + dice.randint(1, 20_000)}.get(kind, 0),
        condition=Condition(True, (Rule("k0", RuleTest.IS, "yes"),)) if dice.random() < 0.5 else None,
    )


def test_s1_the_size_holds_the_longest_answers_of_any_questionnaire() -> None:
    dice = random.Random(3)
    for _ in range(200):
        questions = [any_question(dice, number) for number in range(dice.randint(1, 40))]
        questionnaire = Questionnaire("", "", 1, (Section("", "", tuple(questions)),))
        items = list(questionnaire.items())
        longest = Ballot(
            2**31 - 1,
            "🏔" * 120,
            {
                item.key: list(item.codes) if item.kind is Kind.MULTIPLE else [max(item.codes, key=len)]
                for item in items
                if not item.kind.is_text
            },
            {item.key: "🙂" * text_limit(item) for item in items if item.kind.is_text},
            # More than one sheet can hold: what is hidden has no answers.
            [question.key for question in questions if question.condition],
        )
        size = sealing.ballot_size(questionnaire)
        assert len(sealing.seal(any_public_key(), longest, size)) == size + SEAL_BYTES


@pytest.mark.django_db
def test_s1_an_answer_that_does_not_fit_is_refused_whole() -> None:
    wave = make_wave()
    with pytest.raises(BallotTooLong):
        store(wave, Ballot(1, "", {}, {"hear": "🙂" * (LONG_TEXT_LIMIT * 2)}))
    assert SealedBallot.objects.count() == 0


@pytest.mark.django_db
def test_s1_ballot_ids_are_random_and_carry_no_order() -> None:
    wave = make_wave()
    for invitation in wave.invitations.select_related("wave"):
        cast(invitation, {"listens": ["4"]})
    ids = list(SealedBallot.objects.values_list("pk", flat=True))
    assert {len(one) for one in ids} == {32}
    assert len({one[:8] for one in ids}) == 10
    # UUIDv4, v1 and v7 would show their version at this place in every row.
    assert len({one[12] for one in SealedBallot.objects.values_list("pk", flat=True)}) > 1


@pytest.mark.django_db
def test_s1_the_same_answers_sealed_twice_look_different() -> None:
    wave = make_wave()
    same = Ballot(1, "", {"listens": ["4"]})
    assert store(wave, same) != store(wave, same)


# --- The key ------------------------------------------------------------------------------------------------
@pytest.mark.django_db
def test_s4_the_private_key_lies_encrypted_in_its_file_and_nowhere_in_the_database() -> None:
    wave = make_wave()
    path = key_file(wave)
    private = bytes(sealing._private_key(wave))
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert private not in path.read_bytes()
    assert list(path.parent.glob(f".{path.name}*")) == []
    for row in Wave.objects.values():
        assert private not in [
            bytes(value) for value in row.values() if isinstance(value, (bytes, memoryview))
        ]
        assert private.hex() not in json.dumps(row, default=str)


@pytest.mark.django_db
def test_s4_creating_a_key_again_gives_the_same() -> None:
    wave = make_draft()
    first = sealing.create_wave_key(wave)
    assert sealing.create_wave_key(wave) == first
    wave.public_key = first
    wave.save()
    assert sealing.create_wave_key(wave) == first


@pytest.mark.django_db(transaction=True)
def test_s4_keys_created_at_the_same_time_are_one() -> None:
    wave = make_draft()
    found: list[bytes] = []
    barrier = threading.Barrier(8)

    def create() -> None:
        barrier.wait()
        found.append(sealing.create_wave_key(wave))
        connection.close()

    threads = [threading.Thread(target=create) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (len(found), len(set(found))) == (8, 1)


@pytest.mark.django_db
def test_s4_a_lost_key_is_not_silently_replaced() -> None:
    wave = make_wave()
    key_file(wave).unlink()
    with pytest.raises(KeyUnusable, match="is gone"):
        sealing.create_wave_key(wave)


@pytest.mark.django_db
def test_s4_the_first_ballot_key_encrypts_and_all_decrypt(settings: Any) -> None:
    settings.PORTAL_BALLOT_KEYS = ["old"]
    before = make_wave()
    settings.PORTAL_BALLOT_KEYS = ["new", "old"]
    after = make_wave()
    assert (sealing.keys_usable(before), sealing.keys_usable(after)) == (True, True)
    settings.PORTAL_BALLOT_KEYS = ["new"]
    assert (sealing.keys_usable(before), sealing.keys_usable(after)) == (False, True)


@pytest.mark.django_db
def test_s4_sealing_needs_no_private_key(settings: Any) -> None:
    """As in the web process: no key folder, no PORTAL_BALLOT_KEY."""
    wave = make_wave()
    settings.PORTAL_BALLOT_KEYS = []
    settings.PORTAL_KEY_DIR = Path("/nowhere")
    store(wave, Ballot(1, "", {"listens": ["4"]}))
    with pytest.raises(KeyUnusable):
        list(sealing.open_all(wave))


@pytest.mark.django_db
def test_s4_a_worker_without_its_ballot_key_is_told_so(settings: Any) -> None:
    wave = make_wave()
    settings.PORTAL_BALLOT_KEYS = []
    with pytest.raises(KeyUnusable, match="PORTAL_BALLOT_KEY is not set"):
        list(sealing.open_all(wave))
    with pytest.raises(KeyUnusable, match="PORTAL_BALLOT_KEY is not set"):
        sealing.create_wave_key(make_draft())


@pytest.mark.django_db
def test_s4_the_daily_check_warns_of_a_key_that_does_not_fit(caplog: pytest.LogCaptureFixture) -> None:
    fine, lost = make_wave(), make_wave()
    content = key_file(lost).read_bytes()
    key_file(lost).unlink()
    assert sealing.check_keys(WHILE_OPEN) == [lost]
    assert [record.levelno for record in caplog.records] == [logging.ERROR]
    assert [Wave.objects.get(pk=wave.pk).key_usable for wave in (fine, lost)] == [True, False]

    # Checked today already; only the one that is missing is looked at until it is back.
    key_file(fine).unlink()
    key_file(lost).write_bytes(content)
    assert sealing.check_keys(WHILE_OPEN) == []
    assert Wave.objects.get(pk=lost.pk).key_usable
    assert sealing.check_keys(WHILE_OPEN + dt.timedelta(days=1)) == [fine]


@pytest.mark.django_db
def test_s4_a_key_of_another_wave_does_not_fit() -> None:
    one, other = make_wave(), make_wave()
    key_file(one).write_bytes(key_file(other).read_bytes())
    assert not sealing.keys_usable(one)
    store(one, Ballot(1))
    with pytest.raises(KeyUnusable, match="does not open"):
        list(sealing.open_all(one))


@pytest.mark.django_db
def test_s4_a_destroyed_key_is_gone_and_destroying_it_again_is_safe() -> None:
    wave = make_wave()
    store(wave, Ballot(1))
    sealing.destroy_wave_key(wave)
    sealing.destroy_wave_key(wave)
    assert not key_file(wave).exists()
    with pytest.raises(KeyUnusable):
        list(sealing.open_all(wave))


@pytest.mark.django_db
def test_s4_a_damaged_key_file_is_unusable_rather_than_an_error() -> None:
    for content in (b"", b"{}", b'{"salt": "!", "sealed": "!"}', b"\xff\x00"):
        wave = make_wave()
        key_file(wave).write_bytes(content)
        assert not sealing.keys_usable(wave)
