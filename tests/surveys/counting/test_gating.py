"""Questions on a condition (anonymity.md R5): by examples, and audited with their parents (R3)."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from typing import Any

import pytest

from surveys.conditions import Condition, Rule, holds
from surveys.conditions import Test as RuleTest
from surveys.domain.answering.sealing import Ballot
from surveys.domain.counting.atoms import Atom, Side, Tree, form_atoms, published_cells
from surveys.domain.counting.closing import _form, _Tally
from surveys.domain.counting.gating import gates_of
from surveys.models import Wave
from surveys.questionnaire import Kind, Option, Question, Questionnaire, Section
from tests.surveys.counting.test_atoms import SALES, by_team, random_organisation, reduce_rows, shape

Place = tuple[int, str]


def on(*rules: tuple[str, RuleTest, str], every: bool = True) -> Condition:
    return Condition(every, tuple(Rule(*rule) for rule in rules))


LIKES = Question(key="likes", kind=Kind.SCALE, text="Do you like it?", low=1, high=5)
KEPT = Question(key="kept", kind=Kind.YES_NO, text="Was the promise kept?")
LIKED = on(("likes", RuleTest.AT_LEAST, "4"))
MORE = Question(key="more", kind=Kind.SCALE, text="How much?", low=1, high=5, condition=LIKED)
BOTH = on(("likes", RuleTest.AT_LEAST, "3"), ("kept", RuleTest.IS, "yes"))
WHO = Question(key="who", kind=Kind.YES_NO, text="Do others think so?", condition=BOTH)
DEEP = replace(KEPT, key="deep", condition=on(("more", RuleTest.AT_LEAST, "3")))
EITHER = on(("likes", RuleTest.IS, "1"), ("kept", RuleTest.IS, "no"), every=False)
WHY = Question(key="why", kind=Kind.LONG_TEXT, text="Why?", condition=EITHER)


def questionnaire(*questions: Question) -> Questionnaire:
    return Questionnaire("", "", 1, (Section("", "", questions),))


@dataclass(frozen=True)
class Sheet:
    """Somebody's ballot with where they count."""

    place: Place
    ballot: Ballot

    def answered(self, item: Question) -> bool:
        return bool(self.ballot.texts.get(item.key) or self.ballot.options.get(item.key))

    def shown(self, item: Question) -> bool:
        return (item.of or item.key) not in self.ballot.hidden


def sheet(place: Place, asked: Questionnaire, **answers: str) -> Sheet:
    """Answers to hidden questions are dropped, as the page's form does it."""
    given: dict[str, list[str]] = {}
    hidden = []
    for question in asked.questions():
        if not holds(question.condition, given):
            hidden.append(question.key)
        elif question.key in answers:
            given[question.key] = answers[question.key].split()
    texts = {key: " ".join(given.pop(key)) for key in list(given) if asked.item(key).kind.is_text}
    return Sheet(place, Ballot(*place, options=given, texts=texts, hidden=hidden))


def form(
    tree: Tree, asked: Questionnaire, sheets: Iterable[Sheet], k: int = 5, *, divide: bool = False
) -> dict[str, list[Atom]]:
    """By item, as the close of a wave does it."""
    tally = _Tally(tuple(asked.items()), gates_of(asked), divide)
    for one in sheets:
        tally.add(one.ballot)
    formed: dict[str, list[Atom]] = {}
    for item in tally.items:
        if item.key in tally.of:
            formed[item.key] = _form(Wave(k=k), item, tree, tally, formed)
    return formed


def sheets_of(asked: Questionnaire, *groups: tuple[int, int, dict[str, str]], value: str = "") -> list[Sheet]:
    """So many of a group who answer so."""
    return [sheet((code, value), asked, **answers) for code, n, answers in groups for _ in range(n)]


YES: dict[str, str] = {"likes": "5", "more": "3"}
NO: dict[str, str] = {"likes": "2"}
PAIR = questionnaire(LIKES, MORE)


# --- The rule, by examples ----------------------------------------------------------------------------------
def test_r5_both_sides_have_k_or_the_group_above_is_looked_at() -> None:
    answers = sheets_of(PAIR, (2, 6, YES), (2, 5, NO), (3, 9, YES), (3, 4, NO), (4, 1, YES), (4, 6, NO))
    formed = form(SALES, PAIR, answers)
    assert shape(formed["likes"]) == [(2, 11, [2], ""), (3, 13, [3], ""), (4, 7, [4], "")]
    # Team 3 is liked by all but four, and in team 4 by one alone.
    assert shape(formed["more"]) == [(1, 10, [3, 4], ""), (2, 6, [2], "")]


@pytest.mark.parametrize(("yes", "no"), [(30, 4), (4, 30), (30, 0)])
def test_r5_nothing_is_published_of_a_question_shown_to_nearly_all_or_nearly_none(yes: int, no: int) -> None:
    formed = form(SALES, PAIR, sheets_of(PAIR, (2, yes, YES), (2, no, NO)))
    assert (len(formed["likes"]), formed["more"]) == (1, [])


def test_r5_who_did_not_answer_the_parent_is_on_no_side() -> None:
    """They were not shown the question either, and cannot hide anybody who said no."""
    asked = questionnaire(LIKES, KEPT, MORE)
    silent = sheets_of(asked, (2, 10, {"kept": "yes"}))
    few, enough = sheets_of(asked, (2, 8, YES), (2, 4, NO)), sheets_of(asked, (2, 8, YES), (2, 5, NO))
    assert form(SALES, asked, few + silent)["more"] == []
    assert shape(form(SALES, asked, enough + silent)["more"]) == [(2, 8, [2], "")]


CHAIN = Tree({1: None, 2: 1, 3: 2})


def test_r5_the_pieces_of_a_child_are_made_of_pieces_of_its_parent() -> None:
    """Or the figures of both would say how many of the three in group 2 like it."""
    answers = sheets_of(PAIR, (3, 4, YES), (3, 8, NO), (2, 2, YES), (2, 1, NO), (1, 5, YES), (1, 5, NO))
    formed = form(CHAIN, PAIR, answers)
    assert shape(formed["likes"]) == [(1, 13, [1, 2], ""), (3, 12, [3], "")]
    assert shape(formed["more"]) == [(1, 11, [1, 2, 3], "")]
    divided_by_itself = form_atoms(CHAIN, by_team({3: 4, 2: 2, 1: 5}), 5)
    assert shape(divided_by_itself) == [(1, 5, [1], ""), (2, 6, [2, 3], "")]


def test_r5_a_child_is_divided_by_an_attribute_only_where_its_parent_is() -> None:
    asked = PAIR

    def answers(oslo_no: int) -> list[Sheet]:
        leeds = sheets_of(asked, (2, 6, YES), (2, 6, NO), value="Leeds")
        return leeds + sheets_of(asked, (2, 7, YES), (2, oslo_no, NO), value="Oslo")

    divided = form(SALES, asked, answers(5), divide=True)["more"]
    assert shape(divided) == [(2, 6, [2], "Leeds"), (2, 7, [2], "Oslo")]
    assert shape(form(SALES, asked, answers(4), divide=True)["more"]) == [(2, 13, [2], "")]
    # Enough of both sides at the top, but of the parent Oslo is not shown in team 3.
    small = sheets_of(asked, (3, 5, YES), (3, 5, NO), value="Leeds")
    small += sheets_of(asked, (3, 2, YES), (3, 1, NO), value="Oslo")
    few = sheets_of(asked, (4, 3, YES), (4, 3, NO), value="Leeds")
    few += sheets_of(asked, (4, 3, YES), (4, 4, NO), value="Oslo")
    formed = form(SALES, asked, small + few, divide=True)
    assert [(atom.home, atom.value) for atom in formed["likes"]] == [(3, ""), (4, "Leeds"), (4, "Oslo")]
    assert {atom.value for atom in formed["more"]} == {""}


def test_r5_words_want_ten_who_wrote_and_k_who_were_not_asked() -> None:
    asked = questionnaire(LIKES, replace(WHY, condition=LIKED))
    wrote = {"likes": "4", "why": "because"}
    assert form(SALES, asked, sheets_of(asked, (2, 9, wrote), (2, 9, NO)))["why"] == []
    assert form(SALES, asked, sheets_of(asked, (2, 10, wrote), (2, 4, NO)))["why"] == []
    formed = form(SALES, asked, sheets_of(asked, (2, 10, wrote), (2, 5, NO)))
    assert shape(formed["why"]) == [(2, 10, [2], "")]


def test_r5_two_rules_together_pick_out_no_few_of_one() -> None:
    """Twelve like it, eleven of them had the promise kept: the figures would tell of the twelfth."""
    asked = questionnaire(LIKES, KEPT, WHO)
    yes = {"likes": "5", "kept": "yes", "who": "yes"}
    broken, both = {"likes": "5", "kept": "no"}, {"likes": "1", "kept": "no"}
    one = sheets_of(asked, (2, 11, yes), (2, 1, broken), (2, 8, both))
    five = sheets_of(asked, (2, 11, yes), (2, 5, broken), (2, 8, both))
    assert form(SALES, asked, one)["who"] == []
    assert shape(form(SALES, asked, five)["who"]) == [(2, 11, [2], "")]


@pytest.mark.parametrize(("apart", "shown"), [(0, True), (1, False), (4, False), (5, True)])
def test_r5_of_two_nested_questions_none_or_k_were_shown_the_wider_one_alone(apart: int, shown: bool) -> None:
    """Each rule by itself leaves enough: the numbers of both questions would tell of the few."""
    rules = [(key, RuleTest.IS, "yes") for key in ("kept", "told", "calm")]
    wide, narrow = replace(MORE, key="wide", condition=on(*rules[:2])), replace(MORE, condition=on(*rules))
    asked = questionnaire(KEPT, replace(KEPT, key="told"), replace(KEPT, key="calm"), wide, narrow)
    yes = {"kept": "yes", "told": "yes", "calm": "yes", "wide": "3", "more": "3"}
    others = (2, 10, yes | {"told": "no"}), (2, 10, yes | {"kept": "no", "calm": "no"})
    formed = form(SALES, asked, sheets_of(asked, (2, 19, yes), (2, apart, yes | {"calm": "no"}), *others))
    assert (len(formed["wide"]), bool(formed["more"])) == (1, shown)


def test_r5_of_two_questions_that_are_not_nested_few_may_be_shown_one_alone() -> None:
    likes_and_kept = [(9, "5", "yes"), (3, "5", "no"), (3, "3", "no"), (3, "3", "yes"), (9, "1", "no")]
    answers = [
        (2, n, {"likes": one, "kept": two, "more": "1", "who": "no"}) for n, one, two in likes_and_kept
    ]
    asked = questionnaire(LIKES, KEPT, MORE, WHO)
    assert all(form(SALES, asked, sheets_of(asked, *answers)).values())


def test_r5_a_rule_that_cuts_a_band_shows_no_few_of_it() -> None:
    led = Question(key="led", kind=Kind.NUMBER, text="How many do you lead?", least=0, most=99)
    asked = questionnaire(led, replace(MORE, condition=on(("led", RuleTest.AT_LEAST, "17"))))

    def answers(cut: int) -> list[Sheet]:
        """Of the band 10 to 19 so many lead 17 or more; only the band is on the ballot."""
        shown = [
            Ballot(2, options={"led": [band], "more": ["3"]}) for band in ["10_19"] * cut + ["20_29"] * 9
        ]
        others = [Ballot(2, options={"led": ["10_19"]}, hidden=["more"])] * 9
        return [Sheet((2, ""), ballot) for ballot in shown + others]

    assert form(SALES, asked, answers(2))["more"] == []
    assert [len(form(SALES, asked, answers(cut))["more"]) for cut in (0, 5)] == [1, 1]


def test_r5_only_this_of_several_choices_shows_no_few_who_chose_more() -> None:
    options = (Option("a", "A"), Option("b", "B"))
    several = Question(key="several", kind=Kind.MULTIPLE, text="Which?", options=options)
    asked = questionnaire(several, replace(MORE, condition=on(("several", RuleTest.IS, "a"))))
    only, other = {"several": "a", "more": "3"}, {"several": "b"}
    for both, published in [(1, 0), (0, 1), (5, 1)]:
        answers = sheets_of(asked, (2, 9, only), (2, 9, other), (2, both, {"several": "a b"}))
        assert len(form(SALES, asked, answers)["more"]) == published


def test_r5_a_condition_on_something_unpublished_publishes_nothing() -> None:
    asked = questionnaire(
        replace(WHY, condition=None), replace(MORE, condition=on(("why", RuleTest.CONTAINS, "x")))
    )
    nine = sheets_of(asked, (2, 5, {"why": "x", "more": "3"}), (2, 4, {"why": "y"}))
    ten = sheets_of(asked, (2, 5, {"why": "x", "more": "3"}), (2, 5, {"why": "y"}))
    assert (form(SALES, asked, nine)["more"], len(form(SALES, asked, ten)["more"])) == ([], 1)
    gone = questionnaire(LIKES, replace(MORE, condition=on(("gone", RuleTest.IS, "yes"))))
    assert form(SALES, gone, [Sheet((2, ""), Ballot(2, options={"more": ["3"]}))] * 20)["more"] == []


def test_r5_rows_of_a_matrix_and_places_of_a_ranking_are_parents_and_children() -> None:
    rows = (Option("r1", "Rooms"), Option("r2", "Tools"))
    grid = Question(key="grid", kind=Kind.MATRIX, text="", low=1, high=5, rows=rows)
    order = Question(key="order", kind=Kind.RANKING, text="", options=rows)
    asked = questionnaire(grid, replace(order, condition=on(("grid.r2", RuleTest.IS, "1"))))
    bad = Ballot(2, options={"grid.r1": ["3"], "grid.r2": ["1"], "order.r1": ["2"], "order.r2": ["1"]})
    good = Ballot(2, options={"grid.r2": ["4"]}, hidden=["order"])
    for kept, published in [(4, 0), (5, 1)]:
        formed = form(SALES, asked, [Sheet((2, ""), one) for one in [bad] * 9 + [good] * kept])
        assert [len(formed[key]) for key in ("grid.r1", "grid.r2", "order.r1", "order.r2")] == [
            1, 1, published, published,
        ]  # fmt: skip


def test_the_words_of_other_stand_in_pieces_of_their_choice() -> None:
    """How many chose "other" is how many wrote: the pieces of both must not tell a few apart."""
    reach = Question(key="reach", kind=Kind.SINGLE, text="", options=(Option("mail", ""),), other=True)
    asked = questionnaire(reach)
    wrote = Ballot(3, options={"reach": ["other"]}, texts={"reach.other": "By pigeon"})
    mail = Ballot(3, options={"reach": ["mail"]})
    above = replace(wrote, group_code=2)
    formed = form(CHAIN, asked, [Sheet((0, ""), one) for one in [wrote] * 8 + [mail] * 8 + [above] * 6])
    assert shape(formed["reach"]) == [(2, 6, [2], ""), (3, 16, [3], "")]
    assert shape(formed["reach.other"]) == [(2, 14, [2, 3], "")]
    everybody = form(CHAIN, asked, [Sheet((0, ""), wrote)] * 10)
    assert [len(everybody[key]) for key in ("reach", "reach.other")] == [1, 1]


def test_r5_what_is_left_at_the_top_joins_more_than_one_piece_where_one_is_not_enough() -> None:
    """A side that may be empty is not empty any more once the rest has joined: the next piece comes too."""
    tree = Tree({1: None, 2: 1, 3: 1})
    side = Side({(1, ""): 2, (3, ""): 6}, may_be_none=True)
    parents = [form_atoms(tree, by_team({1: 9, 2: 9, 3: 9}), 5)]
    atoms = form_atoms(tree, by_team({1: 1, 2: 6, 3: 7}), 5, parents=parents, sides=[side])
    assert shape(atoms) == [(1, 14, [1, 2, 3], "")]
    never = Side({(1, ""): 2}, may_be_none=True)
    assert form_atoms(tree, by_team({1: 1, 2: 6, 3: 7}), 5, parents=parents, sides=[never]) == []


# --- The audit ----------------------------------------------------------------------------------------------
FULL = questionnaire(LIKES, KEPT, MORE, WHO, DEEP, WHY)


def random_sheets(seed: int) -> tuple[Tree, list[Sheet], int]:
    organisation = random_organisation(seed)
    dice = random.Random(seed)
    mood = {code: dice.uniform(-1.5, 1.5) for code in organisation.tree.parents}
    sheets = []
    for place, n in sorted(organisation.counts.items()):
        for _ in range(n):
            score = min(5, max(1, round(dice.gauss(3 + mood[place[0]], 1.2))))
            answers = {
                "likes": str(score),
                "more": str(dice.randint(1, 5)),
                "who": dice.choice(["yes", "no"]),
            }
            answers |= {"deep": "no", "why": "because"}
            if dice.random() < 0.8:
                answers["kept"] = "yes" if dice.random() < score / 5 else "no"
            sheets.append(sheet(place, FULL, **answers))
    return organisation.tree, sheets, organisation.k


def held_by(atom: Atom, sheets: Iterable[Sheet]) -> list[Sheet]:
    return [one for one in sheets if holds_place(atom, one.place)]


def check_sides(
    item: Question, atoms: list[Atom], parents: list[Question], sheets: list[Sheet], k: int
) -> None:
    for atom in atoms:
        people = held_by(atom, sheets)
        answered = sum(one.answered(item) for one in people)
        assert answered == atom.n >= (max(k, 10) if item.kind.is_text else k)
        for parent in parents:
            of = [one for one in people if one.answered(parent)]
            assert sum(one.answered(item) for one in of) >= k
            assert sum(not one.shown(item) for one in of) >= k


def is_none_or(k: int, n: int) -> bool:
    return n == 0 or n >= k


def check_differences(formed: dict[str, list[Atom]], sheets: list[Sheet], k: int) -> None:
    """What stands in the parents' figures minus who was shown the child, in each of its pieces."""
    fulfils: dict[str, list[tuple[str, Callable[[str], bool]]]] = {
        "more": [("likes", lambda one: one >= "4")],
        "who": [("likes", lambda one: one >= "3"), ("kept", lambda one: one == "yes")],
        "why": [("likes", lambda one: one == "1"), ("kept", lambda one: one == "no")],
        "deep": [("more", lambda one: one >= "3")],
    }
    for key, rules in fulfils.items():
        item = FULL.item(key)
        for atom in formed.get(key, ()):
            people = held_by(atom, sheets)
            for parent, fulfilled in rules:
                answers = [
                    (one, one.ballot.options[parent][0]) for one in people if parent in one.ballot.options
                ]
                yes = [one.shown(item) for one, answer in answers if fulfilled(answer)]
                no = [one.shown(item) for one, answer in answers if not fulfilled(answer)]
                assert all(is_none_or(k, side.count(shown)) for side in (yes, no) for shown in (True, False))


def cut(atoms: list[Atom], parent: list[Atom]) -> bool:
    """Whether a piece of the parent lies partly in a piece of the child."""
    return any(
        atom.members & other.members and not other.members <= atom.members
        for atom in atoms
        for other in parent
    )


def holds_place(atom: Atom, place: Place) -> bool:
    return place[0] in atom.members and atom.value in {"", place[1]}


def smallest_told_apart(
    tree: Tree, formed: dict[str, list[Atom]], keys: list[str], sheets: list[Sheet]
) -> int:
    """How many answered the first question in the fewest places that any combination of figures is about.

    What is unknown is, by place, how many gave each set of answers: a figure adds these up over its places,
    number and answers alike. Places that are alike in all figures are alike in every combination.
    """
    # Everybody answers all they are shown, so a child's number counts answers of its parent too.
    profiles = [set(keys[:n]) for n in range(1, len(keys) + 1)]
    places = sorted({one.place for one in sheets})
    column = {
        (place, n): len(profiles) * index + n
        for index, place in enumerate(places)
        for n in range(len(profiles))
    }
    rows: list[list[int]] = []
    for key in keys:
        # The first question shows each of its answers, and so how many fulfil a condition on it.
        counted = profiles if key == keys[0] else [{key}]
        for cell in published_cells(tree, formed.get(key, [])):
            inside = [place for place in places if any(holds_place(atom, place) for atom in cell.atoms)]
            rows += [
                [column[place, n] for place in inside for n, all_of in enumerate(profiles) if one <= all_of]
                for one in counted
            ]
    basis = reduce_rows(row for row in rows if row)
    columns: dict[int, list[Any]] = {}
    for index, row in enumerate(basis):
        for one, value in row.items():
            columns.setdefault(one, []).append((index, value))
    alike: Counter[tuple[Any, ...]] = Counter()
    for place in places:
        signature = tuple(tuple(columns.get(column[place, n], ())) for n in range(len(profiles)))
        if any(signature):
            alike[signature] += sum(one.place == place for one in sheets)
    return min(alike.values(), default=10**9)


def test_r5_in_150_random_organisations_no_figure_of_parent_and_child_is_about_a_few() -> None:
    shown = large = 0
    for seed in range(150):
        tree, sheets, k = random_sheets(seed)
        formed = form(tree, FULL, sheets, k, divide=True)
        for key, names in {
            "more": ["likes"],
            "who": ["likes", "kept"],
            "deep": ["more"],
            "why": ["likes", "kept"],
        }.items():
            atoms, parents = formed.get(key, []), [formed.get(name, []) for name in names]
            assert not atoms or all(parents)
            assert not any(cut(atoms, parent) for parent in parents)
            assert all(
                all(other.value for other in parent if other.members & atom.members)
                for atom in atoms if atom.value
                for parent in parents
            )  # fmt: skip
            check_sides(FULL.item(key), atoms, [FULL.item(name) for name in names], sheets, k)
        check_differences(formed, sheets, k)
        cells = published_cells(tree, formed.get("more", []))
        shown += len({cell.group for cell in cells})
        for code in tree.parents:
            within = tree.within(code)
            people = [one for one in sheets if one.place[0] in within]
            liked = sum(one.answered(MORE) for one in people)
            large += min(liked, len(people) - liked) >= k
    # Safety is not bought by hiding: of the groups where both sides have k, most show the child.
    assert shown / large > 0.8, f"{shown} of {large} groups shown"


def test_r5_parent_and_children_together_tell_no_places_apart_that_the_parent_does_not() -> None:
    for seed in range(150):
        tree, sheets, k = random_sheets(seed)
        if len(sheets) > 300:
            continue
        formed = form(tree, FULL, sheets, k, divide=True)
        assert smallest_told_apart(tree, formed, ["likes", "more", "deep"], sheets) >= k


def test_r5_the_audit_catches_children_that_are_divided_by_themselves() -> None:
    """Control: two sides of k, but pieces of their own."""
    caught = 0
    for seed in range(150):
        tree, sheets, k = random_sheets(seed)
        if len(sheets) > 300:
            continue
        formed = form(tree, FULL, sheets, k)
        formed["more"] = form_atoms(tree, Counter(one.place for one in sheets if one.answered(MORE)), k)
        caught += smallest_told_apart(tree, formed, ["likes", "more"], sheets) < k
    assert caught > 5
