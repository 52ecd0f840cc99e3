"""What is read back of a wave (anonymity.md R2, R6, R8): only what the close stored, only unions of atoms."""

from __future__ import annotations

import datetime as dt
import random
from collections import Counter
from itertools import product
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from people.models import Person, Team
from surveys.answers import AnswerSheet
from surveys.domain.answering.submitting import submit
from surveys.domain.counting.atoms import form_atoms, published_cells
from surveys.domain.counting.closing import close_due
from surveys.domain.counting.releasing import Release, breakdown_label, load_release
from surveys.domain.results.reporting import Cell, CellRef, Reason, Withheld, csv_rows, report
from surveys.models import Comment, Wave
from tests.surveys.factories import (
    CLOSES,
    QUESTIONNAIRE,
    WHILE_OPEN,
    cast,
    invite,
    make_people,
    make_wave,
)

CLOSED = CLOSES + dt.timedelta(minutes=1)
TREE = {1: None, 2: 1, 3: 1, 4: 2}


def make_closed(invited: dict[int, int], scores: dict[int, list[int]], **fields: Any) -> Wave:
    wave = make_wave(groups=TREE, invited=invited, **fields)
    for code, given in scores.items():
        answer(wave, code, given)
    close_due(CLOSED)
    wave.refresh_from_db()
    return wave


def answer(wave: Wave, code: int, scores: list[int]) -> None:
    unanswered = wave.invitations.select_related("wave").filter(group_code=code, answered=False)
    for invitation, score in zip(unanswered.order_by("pk"), scores, strict=False):
        cast(invitation, {"listens": [str(score)], "helps": ["time"]}, {"hear": f"{code} says {score}"})


def figure(release: Release, code: int, value: str = "") -> tuple[int, dict[str, int]] | Reason:
    cell = release.cell("listens", code, value)
    if isinstance(cell, Withheld):
        return cell.reason
    return cell.n, {option: n for option, n in cell.counts.items() if n}


@pytest.mark.django_db
def test_r2_a_group_shows_its_own_pieces_and_those_below_it() -> None:
    wave = make_closed({1: 3, 2: 4, 3: 7, 4: 8}, {1: [1] * 2, 2: [2] * 3, 3: [3] * 6, 4: [4] * 7})
    release = load_release(wave)
    assert {code: figure(release, code) for code in TREE} == {
        1: (18, {"1": 2, "2": 3, "3": 6, "4": 7}),
        2: (7, {"4": 7}),
        3: (6, {"3": 6}),
        4: (7, {"4": 7}),
    }
    # Group 2 has no piece of its own: its three are in the whole.
    assert [cell_of(release, code).may_lack for code in TREE] == [None, 1, None, None]


def cell_of(release: Release, code: int) -> Cell:
    cell = release.cell("listens", code)
    assert isinstance(cell, Cell)
    return cell


@pytest.mark.django_db
def test_r2_a_group_too_small_says_where_its_answers_went() -> None:
    wave = make_closed({1: 4, 2: 0, 3: 4, 4: 8}, {1: [3] * 3, 3: [5] * 4, 4: [4] * 8})
    release = load_release(wave)
    assert release.cell("listens", 3) == Withheld(CellRef("listens", 3), Reason.TOO_FEW, went_into=1)
    assert release.group(1).name == "Group 1"


@pytest.mark.django_db
def test_r2_nobody_and_too_few_look_alike() -> None:
    """Whether a small team answered at all is nobody's business."""
    some = load_release(make_closed({1: 6, 3: 4}, {1: [3] * 6, 3: [5] * 4}))
    none = load_release(make_closed({1: 6, 3: 4}, {1: [3] * 6}))
    assert some.cell("listens", 3) == none.cell("listens", 3)


@pytest.mark.django_db
def test_a_question_few_answered_is_withheld_by_itself() -> None:
    wave = make_wave(invited={1: 10})
    for number, invitation in enumerate(wave.invitations.select_related("wave")):
        cast(invitation, {"listens": ["4"], **({"promise": ["yes"]} if number < 4 else {})})
    close_due(CLOSED)
    wave.refresh_from_db()
    release = load_release(wave)
    assert figure(release, 1) == (10, {"4": 10})
    assert release.cell("promise", 1) == Withheld(CellRef("promise", 1), Reason.TOO_FEW)


@pytest.mark.django_db
def test_nothing_is_released_of_an_open_wave_or_one_below_k() -> None:
    below = make_closed({1: 10}, {1: [3] * 4})
    running = make_wave()
    answer(running, 1, [4] * 10)
    for wave, reason in ((below, Reason.NOT_RELEASED), (running, Reason.NOT_YET)):
        release = load_release(wave)
        assert not release.released
        assert {
            release.cell(question.key, group.code)
            for question in QUESTIONNAIRE.questions()
            for group in release.groups
        } == {
            Withheld(CellRef(question.key, group.code), reason)
            for question in QUESTIONNAIRE.questions()
            for group in release.groups
        }
        assert release.comments("hear", 1) == ()


@pytest.mark.django_db
def test_unknown_questions_and_groups_are_key_errors() -> None:
    release = load_release(make_closed({1: 10}, {1: [3] * 10}))
    for key, code in (("nothing", 1), ("listens", 99)):
        with pytest.raises(KeyError):
            release.cell(key, code)


# --- Breakdown ----------------------------------------------------------------------------------------------
def make_divided(places: dict[int, dict[str, int]]) -> Release:
    wave = make_wave(groups=TREE, invited={}, breakdown=Wave.Breakdown.LOCATION)
    for code, by_value in places.items():
        for value, count in by_value.items():
            for invitation in invite(wave, make_people(count), group_code=code, breakdown_value=value):
                cast(invitation, {"listens": ["4" if value == "Leeds" else "2"]})
    close_due(CLOSED)
    wave.refresh_from_db()
    return load_release(wave)


@pytest.mark.django_db
def test_r2_the_breakdown_is_shown_where_every_piece_can_be_divided() -> None:
    release = make_divided({2: {"Leeds": 6, "": 5}, 3: {"Leeds": 9, "Oslo": 2}, 4: {"Oslo": 7}})
    assert {code: release.breakdown_values("listens", code) for code in TREE} == {
        1: (),
        2: ("-", "Leeds", "Oslo"),
        3: (),
        4: ("Oslo",),
    }
    assert figure(release, 2, "Leeds") == (6, {"4": 6})
    assert figure(release, 2, "-") == (5, {"2": 5})
    assert figure(release, 3, "Oslo") == Reason.NOT_DIVIDED
    assert figure(release, 2, "Graz") == Reason.NOT_DIVIDED
    assert (breakdown_label("-"), breakdown_label("Oslo")) == ("Not known", "Oslo")


@pytest.mark.django_db
def test_a_wave_without_a_breakdown_is_not_divided() -> None:
    release = load_release(make_closed({1: 10}, {1: [3] * 10}))
    assert release.breakdown_values("listens", 1) == ()
    assert figure(release, 1, "Leeds") == Reason.NOT_DIVIDED


# --- One code path ------------------------------------------------------------------------------------------
@pytest.mark.django_db
@pytest.mark.parametrize("seed", range(4))
def test_r8_what_is_read_back_is_what_the_atoms_of_the_answers_give(seed: int) -> None:
    """From answers to figures, against the pure rule: unequal groups, two places, gaps in answering."""
    dice = random.Random(seed)
    groups: dict[int, int | None] = {1: None, **{code: dice.randint(1, code - 1) for code in range(2, 12)}}
    wave = make_wave(groups=groups, invited={}, breakdown=Wave.Breakdown.LOCATION)
    chosen: Chosen = {"listens": Counter(), "channel": Counter()}
    for code, place in product(groups, PLACES):
        for invitation in invite(
            wave, make_people(dice.choice([0, 0, 2, 5, 9])), group_code=code, breakdown_value=place
        ):
            options = {
                key: dice.choice(wave.questionnaire.question(key).codes)
                for key in chosen
                if dice.random() < 0.8
            }
            cast(invitation, {key: [option] for key, option in options.items()})
            for key, option in options.items():
                chosen[key][code, place, option] += 1
    close_due(CLOSED)
    wave.refresh_from_db()
    release = load_release(wave)
    for key, answers in chosen.items():
        expected = by_the_rule(release, key, answers)
        found = {}
        for code, place in product(groups, ("", *PLACES)):
            cell = release.cell(key, code, place)
            if isinstance(cell, Cell):
                found[code, place] = (cell.n, dict(cell.counts))
        assert found == expected
        assert expected


PLACES = ("Leeds", "Oslo")
# By question: how many of a group and place chose an option.
Chosen = dict[str, Counter[tuple[int, str, str]]]


def by_the_rule(
    release: Release, key: str, answers: Counter[tuple[int, str, str]]
) -> dict[tuple[int, str], tuple[int, dict[str, int]]]:
    respondents: Counter[tuple[int, str]] = Counter()
    for (code, place, _option), n in answers.items():
        respondents[code, place] += n
    atoms = form_atoms(release.tree, respondents, 5, divide=True)
    return {
        (cell.group, cell.value): (
            cell.n,
            {
                option: sum(
                    answers[member, place, option]
                    for atom in cell.atoms
                    for member, place in product(atom.members, PLACES)
                    if atom.value in {"", place}
                )
                for option in release.question(key).codes
            },
        )
        for cell in published_cells(release.tree, atoms)
    }


@pytest.mark.django_db
def test_r6_moving_and_renaming_staff_changes_no_published_figure() -> None:
    wave = make_closed({1: 3, 2: 4, 3: 7, 4: 8}, {1: [1] * 2, 2: [2] * 3, 3: [3] * 6, 4: [4] * 7})
    before = everything(load_release(wave))
    team = Team.objects.create(name="Elsewhere")
    Person.objects.update(team=team, display_name="Somebody else", location="Oslo", is_active=False)
    for person in Person.objects.order_by("pk")[:5]:
        person.delete()
    assert everything(load_release(Wave.objects.get(pk=wave.pk))) == before


def everything(release: Release) -> bytes:
    """All that could be printed of a release, as bytes."""
    lines = []
    for group in release.groups:
        lines.append(repr((group.code, group.name, group.invited_count, group.response_rate_words)))
        for question in release.questionnaire.questions():
            cell = release.cell(question.key, group.code)
            if isinstance(cell, Cell):
                lines.append(repr(report(question, cell, anonymous=True)))
                lines.append(repr(csv_rows(question, cell, anonymous=True)))
            else:
                lines.append(repr(cell))
            lines.append(repr(release.comments(question.key, group.code)))
    return "\n".join(lines).encode()


# --- Comments -----------------------------------------------------------------------------------------------
@pytest.mark.django_db
def test_c1_a_group_shows_its_comments_and_those_below_it_in_one_lasting_order() -> None:
    wave = make_closed({1: 0, 3: 12, 4: 11}, {3: [1] * 12, 4: [2] * 11})
    release = load_release(wave)
    assert Counter(comment.text for comment in release.comments("hear", 2)) == {"4 says 2": 11}
    assert Counter(comment.text for comment in release.comments("hear", 1)) == {
        "3 says 1": 12,
        "4 says 2": 11,
    }
    assert release.comments("hear", 1) == load_release(wave).comments("hear", 1)


@pytest.mark.django_db
def test_c3_a_withheld_comment_is_not_released() -> None:
    wave = make_closed({1: 12}, {1: [1] * 12})
    withheld = Comment.objects.all()[0]
    Comment.objects.filter(pk=withheld.pk).update(withheld=True)
    assert withheld.pk not in {comment.id for comment in load_release(wave).comments("hear", 1)}
    assert len(load_release(wave).comments("hear", 1)) == 11


# --- By name ------------------------------------------------------------------------------------------------
@pytest.mark.django_db
def test_a_wave_by_name_shows_every_group_from_the_first_answer() -> None:
    wave = make_wave(mode=Wave.Mode.IDENTIFIED, groups=TREE, invited={1: 0, 3: 3, 4: 3})
    given = {3: ["5"], 4: ["1", "2"]}
    for code, scores in given.items():
        invitations = wave.invitations.select_related("wave").filter(group_code=code).order_by("pk")
        for invitation, score in zip(invitations, scores, strict=False):
            sheet = AnswerSheet({"listens": (score,), "helps": ("time", "words")}, {"hear": "A word"})
            submit(invitation=invitation, sheet=sheet, now=WHILE_OPEN)
    release = load_release(wave)
    assert {code: figure(release, code) for code in TREE} == {
        1: (3, {"1": 1, "2": 1, "5": 1}),
        2: (2, {"1": 1, "2": 1}),
        3: (1, {"5": 1}),
        4: (2, {"1": 1, "2": 1}),
    }
    helps, hear = release.cell("helps", 1), release.cell("hear", 1)
    assert isinstance(helps, Cell)
    assert isinstance(hear, Cell)
    assert (helps.n, helps.counts["time"], helps.counts["tools"], hear.n) == (3, 3, 0, 3)
    assert release.cell("promise", 1) == Withheld(CellRef("promise", 1), Reason.NOBODY)


@pytest.mark.django_db
@pytest.mark.parametrize("mode", [Wave.Mode.ANONYMOUS, Wave.Mode.IDENTIFIED])
def test_a_release_takes_the_same_few_statements_however_large(mode: str) -> None:
    found = []
    for size in (1, 30):
        groups = {1: None, **dict.fromkeys(range(2, size + 2), 1)}
        wave = make_wave(mode=mode, groups=groups, invited=dict.fromkeys(range(2, size + 2), 6))
        for invitation in wave.invitations.select_related("wave"):
            if mode == Wave.Mode.ANONYMOUS:
                cast(invitation, {"listens": ["4"]})
            else:
                submit(invitation=invitation, sheet=AnswerSheet({"listens": ("4",)}), now=WHILE_OPEN)
        close_due(CLOSED)
        wave.refresh_from_db()
        with CaptureQueriesContext(connection) as queries:
            everything(load_release(wave))
        found.append(len(queries))
    assert found == ([4, 4] if mode == Wave.Mode.ANONYMOUS else [3, 3])
