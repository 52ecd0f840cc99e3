"""Answers no form of ours offers: none is taken, and an answer is taken whole or not at all."""

from __future__ import annotations

import pytest
from django.urls import reverse

from surveys.models import Invitation, SealedBallot
from tests.authz.visiting import Visit, Visitors, undone
from tests.authz.world import Role, World
from tests.hostile.test_texts import FORM, encode

pytestmark = pytest.mark.django_db

# "warned": no question back about names in a comment.
GOOD = {
    "q-recommend": ["9"],
    "q-scale": ["4"],
    "q-yes_no": ["yes"],
    "q-single": ["o1"],
    "q-multiple": ["o1", "o2"],
    "q-short": ["More light."],
    "q-long": ["Thank you."],
    "warned": ["1"],
}


def send(visitors: Visitors, world: World, data: dict[str, list[str]]) -> Visit:
    url = reverse("surveys:answer-form", args=[world["handle:valid"]])
    return visitors.visit(Role.RESPONDENT, "POST", url, data=encode(data), content_type=FORM)


def recorded(world: World) -> tuple[int, bool]:
    """Ballots of the wave, and whether this invitation counts as answered."""
    ballots = SealedBallot.objects.filter(wave_id=world["open_wave"]).count()
    return ballots, Invitation.objects.get(handle=world["handle:valid"]).answered


def test_an_honest_answer_is_taken_once(world: World, visitors: Visitors) -> None:
    with undone():
        assert recorded(world) == (1, False)
        assert send(visitors, world, GOOD).status == 302
        assert recorded(world) == (2, True)
        assert send(visitors, world, GOOD).status == 200
        assert recorded(world) == (2, True)


@pytest.mark.parametrize(
    ("question", "values"),
    [
        ("recommend", ["11"]),
        ("recommend", ["-1"]),
        ("recommend", ["5.5"]),
        ("recommend", [" 5"]),
        ("recommend", ["٥"]),
        ("recommend", ["5", "6"]),
        ("scale", ["0"]),
        ("scale", ["6"]),
        ("scale", ["1e0"]),
        ("scale", ["05"]),
        ("yes_no", ["maybe"]),
        ("yes_no", ["yes", "no"]),
        ("single", ["o3"]),
        ("single", ["o1", "o2"]),
        ("single", ["O1"]),
        ("multiple", ["o1", "o3"]),
        ("multiple", ["o1\x00"]),
        ("short", ["a" * 301]),
        ("long", ["a" * 2001]),
    ],
)
def test_a_value_nobody_offered_takes_nothing(
    question: str, values: list[str], world: World, visitors: Visitors
) -> None:
    with undone():
        visit = send(visitors, world, GOOD | {f"q-{question}": values})
        assert (visit.status, visit.writes) == (422, [])
        assert recorded(world) == (1, False)


def test_fields_of_no_question_are_left_aside(world: World, visitors: Visitors) -> None:
    with undone():
        strange = {"q-no_such": ["1"], "q-": ["1"], "wave": ["1"], "group_code": ["7"], "answered": ["false"]}
        assert send(visitors, world, GOOD | strange).status == 302
        assert recorded(world) == (2, True)


def test_too_many_fields_keep_the_answer_from_being_halved(world: World, visitors: Visitors) -> None:
    with undone():
        visit = send(visitors, world, GOOD | {f"f{number}": ["1"] for number in range(1500)})
        assert (visit.status, visit.writes) == (400, [])
        assert recorded(world) == (1, False)


def test_every_hostile_string_is_taken_or_refused_whole(
    world: World, visitors: Visitors, hostile_texts: list[str]
) -> None:
    seen = set()
    with undone():
        for start in range(0, len(hostile_texts), 2):
            short, long = hostile_texts[start], hostile_texts[min(start + 1, len(hostile_texts) - 1)]
            with undone():
                visit = send(visitors, world, GOOD | {"q-short": [short], "q-long": [long]})
                seen.add((visit.status, *recorded(world)))
    assert seen <= {(302, 2, True), (422, 1, False)}
    assert (302, 2, True) in seen
