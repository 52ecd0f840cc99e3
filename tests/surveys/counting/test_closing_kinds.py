"""The close of an anonymous wave with questions of every kind, and with conditions (anonymity.md S1, R5)."""

from __future__ import annotations

import pytest

from surveys.answers import AnswerSheet
from surveys.conditions import Condition, Rule
from surveys.conditions import Test as RuleTest
from surveys.domain.answering import sealing
from surveys.domain.answering.submitting import submit
from surveys.domain.counting.closing import close
from surveys.domain.counting.releasing import load_release
from surveys.domain.results.reporting import Cell, Reason, Withheld, report, withheld_words
from surveys.models import Atom, Comment, ReleasedCount, Wave
from surveys.questionnaire import Kind, Question, Questionnaire, Section
from tests.surveys.factories import CLOSES, LISTENS, WHILE_OPEN, make_wave
from tests.surveys.results.test_naming import KINDS, SHEET

pytestmark = pytest.mark.django_db


def answered(questionnaire: Questionnaire, *sheets: tuple[int, AnswerSheet]) -> Wave:
    """An anonymous wave of one group, closed after so many of each sheet."""
    wave = make_wave(questionnaire=questionnaire, invited={1: sum(n for n, _sheet in sheets)})
    wanted = [sheet for n, sheet in sheets for _ in range(n)]
    for invitation, sheet in zip(wave.invitations.select_related("wave"), wanted, strict=True):
        submit(invitation=invitation, sheet=sheet, now=WHILE_OPEN)
    return wave


def closed(wave: Wave) -> Wave:
    close(wave_id=wave.pk, now=CLOSES)
    return Wave.objects.get(pk=wave.pk)


def test_every_kind_is_counted_by_item_and_its_words_are_comments() -> None:
    wave = closed(answered(KINDS, (20, SHEET)))
    counts = set(ReleasedCount.objects.filter(wave=wave).values_list("question_key", "option", "n"))
    assert counts == {(key, code, 20) for key, codes in SHEET.options.items() for code in codes}
    assert set(Comment.objects.values_list("question_key", "text")) == {
        ("reach.other", "By pigeon"),
        ("why", "Because"),
    }
    release = load_release(wave)
    place, number = release.cell("order.r2", 1), release.cell("led", 1)
    assert isinstance(place, Cell)
    assert isinstance(number, Cell)
    assert report(release.question("order.r2"), place, anonymous=True).mean_words == "1.0"
    words = report(release.question("led"), number, anonymous=True).mean_words
    assert words == "about 1250\N{NO-BREAK SPACE}people"
    assert release.question("order.r2").part == "Tools"


def test_s1_an_exact_number_or_day_is_sealed_nowhere() -> None:
    wave = answered(KINDS, (6, SHEET))
    sealed = [ballot.texts for ballot in sealing.open_all(wave)]
    assert sealed == 6 * [{"reach.other": "By pigeon", "why": "Because"}]
    closed(wave)
    assert not Comment.objects.exists()


def test_c1_the_words_of_other_want_ten_who_wrote() -> None:
    without = AnswerSheet(options={"reach": ("mail",)})
    closed(answered(KINDS, (9, SHEET), (11, without)))
    assert not Comment.objects.filter(question_key="reach.other").exists()
    assert Atom.objects.get(question_key="reach").n == 20


LOW = Condition(True, (Rule("listens", RuleTest.IS, "1"),))
TIMES = Question(key="times", kind=Kind.SCALE, text="How often?", low=1, high=5, condition=LOW)
SAD = Question(key="sad", kind=Kind.LONG_TEXT, text="What happened?", condition=LOW)
ASKED = Questionnaire("", "", 1, (Section("", "", (LISTENS, TIMES, SAD)),))
YES = AnswerSheet(options={"listens": ("1",), "times": ("3",)}, texts={"sad": "It rained"})
NO = AnswerSheet(options={"listens": ("5",)}, hidden=frozenset({"times", "sad"}))


@pytest.mark.parametrize(
    ("yes", "no", "times", "words"), [(16, 5, 1, 16), (9, 9, 1, 0), (16, 4, 0, 0), (4, 16, 0, 0)]
)
def test_r5_a_question_on_a_condition_is_published_with_k_on_both_sides(
    yes: int, no: int, times: int, words: int
) -> None:
    wave = closed(answered(ASKED, (yes, YES), (no, NO)))
    assert Atom.objects.filter(question_key="times").count() == times
    assert (Comment.objects.count(), wave.answered_count) == (words, yes + no)


def test_r5_the_page_says_why_nothing_is_shown() -> None:
    release = load_release(closed(answered(ASKED, (16, YES), (4, NO))))
    assert isinstance(release.cell("listens", 1), Cell)
    withheld = release.cell("times", 1)
    assert isinstance(withheld, Withheld)
    assert withheld.reason is Reason.ONE_SIDED
    assert withheld_words(withheld) == "Not shown: too few were asked this, or too few were not."
