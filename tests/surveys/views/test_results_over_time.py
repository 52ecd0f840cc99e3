"""Change, lines over time, files and comments: every figure is a cell of the release of its wave (R8)."""

from __future__ import annotations

import csv
import io
import random
import re
from dataclasses import replace
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from openpyxl import load_workbook

from people.models import Team
from surveys.domain.counting.releasing import Release, load_release
from surveys.domain.results import comparing_waves
from surveys.domain.results.judging_change import changes, point
from surveys.domain.results.reporting import Cell, report
from surveys.models import Comment, Wave
from surveys.questionnaire import Section
from tests.surveys.browsing import browser_of
from tests.surveys.earlier import MONTH, make_row
from tests.surveys.factories import LISTENS, QUESTIONNAIRE, RECOMMEND, make_hr, make_people, make_person
from tests.surveys.views.answered import words_of

pytestmark = pytest.mark.django_db

#        1 everybody
#     2 North (full)   3 South (middle)   4 West (rough)   5 Dock (nothing)
TREE = {1: None, 2: 1, 3: 1, 4: 1, 5: 1}
INVITED = {1: 8, 2: 24, 3: 14, 4: 7, 5: 2}
CELL = r'<span class="cp-num" data-cell="([^"]*)">([^<]*)</span>'


@pytest.fixture
def row() -> list[Wave]:
    teams = {code: Team.objects.create(name=f"Team {code}") for code in TREE if code > 1}
    return make_row(3, groups=TREE, invited=INVITED, teams=teams, scores=[(1, 2, 2), (2, 3, 4), (4, 5, 5)])


def page_of(client: Client, wave: Wave, code: int = 1, **query: str) -> Any:
    return client.get(f"/waves/{wave.pk}/results/{code}/", query)


# --- R8 -----------------------------------------------------------------------------------------------------
def test_every_figure_of_every_page_is_what_its_cells_may_say(row: list[Wave]) -> None:
    """Whatever is asked by whom: changes and points follow from the releases of both waves by the rules of
    detail, and only groups that the viewer may open in both are laid beside each other.
    """
    releases = {wave.pk: load_release(wave) for wave in row}
    newest = row[-1]
    lead, then = make_people(2)
    for wave in row[1:]:
        wave.groups.filter(code=3).update(lead=lead)
    row[0].groups.filter(code=2).update(lead=then)
    newest.groups.filter(code=2).update(lead=then)
    chance = random.Random(5)
    seen: set[str] = set()
    for person in (make_hr(), lead, then):
        client = browser_of(person)
        for path in ("", "over-time/"):
            for code in TREE:
                for question in ("listens", "recommend", chance.choice(["promise", "channel", "x", "\x00"])):
                    query = {"question": question, chance.choice(["print", "words", "x"]): "1"}
                    response = client.get(f"/waves/{newest.pk}/results/{code}/{path}", query)
                    if response.status_code == 404:
                        continue
                    for cell, words in re.findall(CELL, response.content.decode()):
                        seen.add(cell)
                        assert words == expected(releases, releases[newest.pk], cell), cell
                        if person != lead:
                            continue
                        assert {int(at) for at in re.findall(r"@(\d+)", cell)} == {3}
                        assert f"{row[0].pk}:" not in cell
    kinds = {cell.partition("#")[2].partition(".")[2] for cell in seen}
    assert kinds >= {"then", "now", "difference", "interval", "point", "ends"}
    assert len(seen) > 100


def expected(releases: dict[int, Release], newest: Release, cell: str) -> str:
    """What the named cells may say, worked out from whole releases and not from what the page asked for."""
    refs, _, part = cell.partition("#")
    if refs.startswith("rate@"):
        return newest.group(int(refs.removeprefix("rate@"))).response_rate_words
    found = [_cell(releases, newest, ref) for ref in refs.split("|")]
    question = newest.question(found[-1].ref.question_key)
    figure, _, what = part.partition(".")
    if len(found) == 2:
        (change,) = (one for one in changes(question, *found, anonymous=True) if one.part == figure)
        return str(getattr(change, f"{what}_words"))
    if what in {"point", "ends"}:
        at = point(question, found[0], figure, anonymous=True)
        assert at is not None
        return at.words if what == "point" else at.interval_words
    said = report(question, found[0], anonymous=True)
    if part.startswith("share:"):
        shares = {share.code: share.words for share in (*said.distribution, *said.parts)}
        return shares[part.removeprefix("share:")]
    return str(getattr(said, f"{part}_words"))


def _cell(releases: dict[int, Release], newest: Release, ref: str) -> Cell:
    wave, _, name = ref.rpartition(":")
    key, _, place = name.partition("@")
    code, _, value = place.partition("/")
    found = (releases[int(wave)] if wave else newest).cell(key, int(code), value)
    assert isinstance(found, Cell)
    assert found.n >= 5
    return found


# --- Change -------------------------------------------------------------------------------------------------
def test_a_change_is_said_in_a_word_with_its_interval(row: list[Wave]) -> None:
    response = page_of(browser_of(make_hr()), row[2])
    words = words_of(response)
    assert "Since last time Wave 2" in words
    overview = response.context["overview"]
    assert {item.earlier.wave for item in overview.items} == {row[1]}
    listens = next(item for item in overview.items if item.read.question.key == "listens")
    assert (listens.first.verdict, listens.first.difference_words) == ("better", "+1.7")
    assert "Biggest change:" in words


@pytest.mark.parametrize(
    ("code", "said"),
    [(2, "better"), (3, "Too few answers to judge"), (4, ""), (5, "")],
)
def test_small_groups_hear_less_of_change(row: list[Wave], code: int, said: str) -> None:
    """R4: 10 to 19 the two figures beside each other, below that nothing."""
    content = page_of(browser_of(make_hr()), row[2], code).content.decode()
    assert ("Since last time" in content) is bool(said)
    assert said in content
    judged = re.findall(r'data-cell="[^"]*\.(difference|interval)"', content)
    assert bool(judged) is (code == 2)


def test_no_evidence_is_an_answer_of_equal_rank() -> None:
    _first, second = make_row(2, scores=[(3, 4, 5)])
    words = words_of(page_of(browser_of(make_hr()), second))
    assert "No evidence of change since last time." in words
    assert "Differences as small as these come about by chance alone." in words


def test_a_part_of_the_staff_in_turn_is_not_taken_for_all_of_it() -> None:
    """All who were asked answered; but others were asked each time, and many were not asked at all."""
    waves = make_row(2, scores=[(3, 4, 5), (3, 4, 4)])
    page = browser_of(make_hr())
    first = {True: "worse", False: "no_evidence"}
    for asked_all, left_out in ((True, {"rotation": 0}), (False, {"rotation": 75})):
        Wave.objects.update(left_out=left_out)
        (listens, *_rest) = page_of(page, waves[1]).context["overview"].items
        assert listens.first.verdict == first[asked_all]
        (said,) = {read.whole.said for read in page_of(page, waves[1]).context["page"].figures[:1]}
        assert (said.interval_words == "3.6 to 3.6") == asked_all


def test_words_that_changed_are_told() -> None:
    questions = replace(LISTENS, text="My lead hears me."), *list(QUESTIONNAIRE.questions())[1:]
    (first,) = make_row(1, questionnaire=replace(QUESTIONNAIRE, sections=(Section("", "", questions),)))
    (second,) = make_row(
        1, survey=first.survey, opens_at=first.opens_at + MONTH, closes_at=first.closes_at + MONTH
    )
    assert "Asked then: My lead hears me." in words_of(page_of(browser_of(make_hr()), second))


def test_a_first_wave_says_nothing_of_change(row: list[Wave]) -> None:
    assert "Since last time" not in words_of(page_of(browser_of(make_hr()), row[0]))


def test_a_wave_by_name_is_compared_by_its_reader() -> None:
    reader = make_person()
    _first, second = make_row(
        2, invited={1: 22}, mode=Wave.Mode.IDENTIFIED, readers=[reader], scores=[(1, 2), (4, 5)]
    )
    response = page_of(browser_of(reader), second)
    (listens,) = (i for i in response.context["overview"].items if i.read.question.key == "listens")
    assert (listens.first.verdict, listens.first.then_words) == ("better", "1.5")


# --- Over time ----------------------------------------------------------------------------------------------
def test_a_line_runs_over_all_comparable_waves(row: list[Wave]) -> None:
    response = browser_of(make_hr()).get(f"/waves/{row[2].pk}/results/1/over-time/?question=listens")
    trend = response.context["trend"]
    assert [line.wave for line in trend.rows] == row
    chart = trend.chart
    assert (chart["kind"], chart["min"], chart["max"]) == ("line", 1, 5)
    assert chart["cells"] == [f"{row[0].pk}:listens@1", f"{row[1].pk}:listens@1", "listens@1"]
    assert chart["series"][0]["values"] == [pytest.approx(1.7), 3.0, 4.7]


def test_a_group_that_shows_nothing_has_no_line(row: list[Wave]) -> None:
    response = browser_of(make_hr()).get(f"/waves/{row[2].pk}/results/5/over-time/")
    assert (response.status_code, response.context["trend"].chart) == (200, None)
    assert "There is no earlier wave" in words_of(response)


# --- Comments -----------------------------------------------------------------------------------------------
def test_comments_are_searched_among_those_shown(row: list[Wave]) -> None:
    client = browser_of(make_hr())
    Comment.objects.create(wave=row[2], question_key="hear", group_code=1, text="Lamps, please.")
    Comment.objects.create(wave=row[2], question_key="hear", group_code=1, text="Hidden lamps", withheld=True)
    found = page_of(client, row[2], words="LAMPS please").context["comments"]
    assert [comment.text for one in found for comment in one.comments] == ["Lamps, please."]
    assert "No comment holds these words." in words_of(page_of(client, row[2], words="rosebud"))
    every = page_of(client, row[2]).context["comments"]
    hostile = page_of(client, row[2], words="x" * 500).context["comments"]
    assert [one.comments for one in hostile] == [one.comments for one in every]


# --- Files and paper ----------------------------------------------------------------------------------------
def sheets_of(client: Client, wave: Wave, code: int = 1) -> dict[str, list[tuple[Any, ...]]]:
    response = client.get(f"/waves/{wave.pk}/results/{code}/results.xlsx")
    assert response.status_code == 200
    book = load_workbook(io.BytesIO(response.content))
    for page in book:
        assert all(cell.data_type in {"s", "n"} for line in page.iter_rows() for cell in line)
    return {page.title: list(page.iter_rows(values_only=True)) for page in book}


def test_the_workbook_says_what_the_page_and_the_csv_say(row: list[Wave]) -> None:
    Comment.objects.create(wave=row[2], question_key="hear", group_code=1, text='=HYPERLINK("http://x")')
    Comment.objects.create(wave=row[2], question_key="hear", group_code=1, text="Not this", withheld=True)
    client = browser_of(make_hr())
    book = sheets_of(client, row[2])
    assert list(book) == ["Figures", "Change", "Comments"]
    text = client.get(f"/waves/{row[2].pk}/results/1/figures.csv").content.decode("utf-8-sig")
    lines = [[cell.removeprefix("'") for cell in line] for line in csv.reader(io.StringIO(text))]
    assert [[cell or "" for cell in line] for line in book["Figures"]] == lines
    listens = next(line for line in book["Change"] if line[0] == "My lead listens.")
    assert listens == (
        "My lead listens.",
        "Mean",
        "Wave 2",
        "3.0",
        "4.7",
        "+1.7",
        listens[6],
        "better",
        f"{row[1].pk}:listens@1|listens@1",
    )
    said = [line[1] for line in book["Comments"]]
    assert '=HYPERLINK("http://x")' in said
    assert "Not this" not in said


def test_the_workbook_of_a_small_group_judges_nothing(row: list[Wave]) -> None:
    book = sheets_of(browser_of(make_hr()), row[2], 3)
    assert {line[5:8] for line in book["Change"][1:]} == {(None, None, "too few answers to judge")}
    assert len(sheets_of(browser_of(make_hr()), row[2], 4)["Change"]) == 1


def test_a_wave_by_name_is_numbers_in_full() -> None:
    reader = make_person()
    (wave,) = make_row(1, invited={1: 3}, mode=Wave.Mode.IDENTIFIED, readers=[reader], scores=[(3, 4, 4)])
    figures = sheets_of(browser_of(reader), wave)["Figures"]
    exact = {line[3]: line[5] for line in figures if line[6] == "listens@1" and not line[4]}
    assert exact["mean"] == pytest.approx(11 / 3)
    assert exact["answered"] == 3


def test_words_that_look_like_numbers_stay_words_and_numbers_are_numbers() -> None:
    """A team called Nan, a question called 2026: only the figures are numbers, in the CSV too."""
    reader = make_person()
    titled = replace(QUESTIONNAIRE, sections=(Section("", "", (replace(RECOMMEND, text="1_000"),)),))
    (wave,) = make_row(
        1,
        invited={1: 3},
        mode=Wave.Mode.IDENTIFIED,
        readers=[reader],
        scores=[(0, 1, 1)],
        questionnaire=titled,
    )
    wave.groups.update(name="Nan")
    client = browser_of(reader)
    lines = [line for line in sheets_of(client, wave)["Figures"] if line[3] == "NPS"]
    assert [line[:2] for line in lines] == [("Nan", "1_000")]
    assert lines[0][5] == -100
    text = client.get(f"/waves/{wave.pk}/results/1/figures.csv").content.decode("utf-8-sig")
    (nps,) = (line for line in csv.reader(io.StringIO(text)) if line[3] == "NPS")
    assert float(nps[5]) == -100


def test_a_scale_that_was_turned_round_says_what_its_ends_meant() -> None:
    turned = replace(LISTENS, low_label="Always", high_label="Never")
    sections = (
        Section("", "", (turned, *QUESTIONNAIRE.sections[0].questions[1:])),
        QUESTIONNAIRE.sections[1],
    )
    (first,) = make_row(1)
    (second,) = make_row(
        1,
        survey=first.survey,
        questionnaire=replace(QUESTIONNAIRE, sections=sections),
        opens_at=first.opens_at + MONTH,
        closes_at=first.closes_at + MONTH,
    )
    words = words_of(page_of(browser_of(make_hr()), second))
    assert f"Asked then: {LISTENS.text} ({LISTENS.low_label} \N{EN DASH} {LISTENS.high_label})" in words


def test_paper_says_whose_it_is_when_and_how_many(row: list[Wave]) -> None:
    content = page_of(browser_of(make_hr()), row[2], print="").content.decode()
    words = words_of(page_of(browser_of(make_hr()), row[2], print=""))
    for part in ("Wave 3 : Group 1", "Smallest group shown 5", "Have answered", "Since last time"):
        assert part in words
    assert "<form" not in content
    assert '<details class="cp-data">' not in content


# --- What it costs ------------------------------------------------------------------------------------------
def test_twelve_waves_cost_no_more_statements_than_two(monkeypatch: pytest.MonkeyPatch) -> None:
    client = browser_of(make_hr())
    counts = []
    for number in (2, 12):
        newest = make_row(number, invited={1: 20})[-1]
        Wave.objects.exclude(survey=newest.survey).delete()
        for path in ("", "over-time/?question=listens"):
            address = f"/waves/{newest.pk}/results/1/{path}"
            client.get(address)
            with CaptureQueriesContext(connection) as queries:
                assert client.get(address).status_code == 200
            counts.append(len(queries))
        assert len(comparing_waves.earlier_waves(newest, 1, viewer=make_hr())) == number - 1
    assert counts[:2] == counts[2:]
    assert max(counts) <= 17
