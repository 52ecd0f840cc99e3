"""How many answered, in words (anonymity.md R1)."""

from __future__ import annotations

import datetime as dt
from fractions import Fraction

import pytest

from surveys.domain.counting.closing import close_due
from surveys.domain.counting.rating import percent_said, rate_due
from surveys.models import Wave, WaveGroup
from tests.surveys.factories import CLOSES, WHILE_OPEN, cast, make_wave

TREE = {1: None, 2: 1, 3: 1, 4: 1}


def answer(wave: Wave, code: int, count: int) -> None:
    unanswered = (
        wave.invitations.select_related("wave").filter(group_code=code, answered=False).order_by("pk")
    )
    for invitation in unanswered[:count]:
        cast(invitation, {"listens": ["4"]})


def words(wave: Wave) -> dict[int, str]:
    return {group.code: group.response_rate_words for group in WaveGroup.objects.filter(wave=wave)}


@pytest.mark.django_db
def test_r1_groups_of_20_invited_show_a_rate_and_smaller_ones_none() -> None:
    wave = make_wave(groups=TREE, invited={1: 1, 2: 20, 3: 25, 4: 19})
    answer(wave, 2, 10)
    answer(wave, 3, 3)
    answer(wave, 4, 19)
    rate_due(WHILE_OPEN)
    assert words(wave) == {1: "49 %", 2: "50 %", 3: "12 %", 4: ""}


@pytest.mark.django_db
def test_r1_the_ends_are_in_words_and_nothing_finer_is_stored() -> None:
    wave = make_wave(groups=TREE, invited={1: 0, 2: 20, 3: 22, 4: 20})
    answer(wave, 2, 20)
    answer(wave, 3, 0)
    answer(wave, 4, 1)
    rate_due(WHILE_OPEN)
    assert words(wave) == {1: "34 %", 2: "over 90 %", 3: "under 10 %", 4: "under 10 %"}
    stored = set(WaveGroup.objects.filter(wave=wave).values_list("response_percent", flat=True))
    assert stored == {34, 91, 9}


@pytest.mark.parametrize(
    ("share", "percent"),
    [
        (Fraction(0), 9),
        (Fraction(99, 1000), 9),
        (Fraction(1, 10), 10),
        (Fraction(125, 1000), 13),
        (Fraction(9, 10), 90),
        (Fraction(901, 1000), 91),
        (Fraction(1), 91),
    ],
)
def test_r1_whole_percents_between_10_and_90(share: Fraction, percent: int) -> None:
    assert percent_said(share) == percent


@pytest.mark.django_db
def test_r1_a_wave_of_fewer_than_20_shows_no_rate() -> None:
    wave = make_wave(invited={1: 19})
    answer(wave, 1, 12)
    rate_due(WHILE_OPEN)
    assert words(wave) == {1: ""}
    close_due(CLOSES)
    assert words(wave) == {1: ""}


@pytest.mark.django_db
def test_r1_no_rate_is_the_difference_of_two_others() -> None:
    """A department of 25 with a team of 20: its own five are in no rate of their own, nor in a difference."""
    wave = make_wave(groups={1: None, 2: 1, 3: 2}, invited={1: 30, 2: 5, 3: 20})
    answer(wave, 1, 15)
    answer(wave, 2, 5)
    answer(wave, 3, 10)
    rate_due(WHILE_OPEN)
    # The department's rate is its team's; the five stand in the whole with thirty others.
    assert words(wave) == {1: "55 %", 2: "50 %", 3: "50 %"}


@pytest.mark.django_db
def test_r1_rates_are_refreshed_once_a_day() -> None:
    wave = make_wave(invited={1: 20})
    rate_due(WHILE_OPEN)
    answer(wave, 1, 10)
    rate_due(WHILE_OPEN + dt.timedelta(hours=11))
    assert words(wave) == {1: "under 10 %"}
    rate_due(WHILE_OPEN + dt.timedelta(hours=13))
    assert words(wave) == {1: "50 %"}


@pytest.mark.django_db
def test_r1_the_close_settles_the_rate() -> None:
    wave = make_wave(invited={1: 20})
    rate_due(WHILE_OPEN)
    answer(wave, 1, 10)
    close_due(CLOSES)
    assert words(wave) == {1: "50 %"}
    rate_due(CLOSES + dt.timedelta(days=3))
    assert Wave.objects.get(pk=wave.pk).rated_on == CLOSES.date()
