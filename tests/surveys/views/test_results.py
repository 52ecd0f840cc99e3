"""Results pages: who opens what (R8), what they say, and that each figure names its cell of the release."""

from __future__ import annotations

import csv
import io
import random
import re

import pytest
from django.test import Client

from common.models import AuditEntry
from people.models import Team
from surveys.domain.counting.releasing import Release, load_release
from surveys.domain.results.reporting import Cell, report
from surveys.models import Wave
from tests.surveys.browsing import browser_of
from tests.surveys.factories import cast, make_draft, make_hr, make_people, make_person, make_wave
from tests.surveys.views.answered import OPTIONS, answered_wave, browser_words, closed, statements, words_of

pytestmark = pytest.mark.django_db


# --- Who opens what -----------------------------------------------------------------------------------------
def test_hr_begins_with_everybody() -> None:
    wave = closed(answered_wave())
    response = browser_of(make_hr()).get(f"/waves/{wave.pk}/results/")
    assert (response.status_code, response["Location"]) == (302, f"/waves/{wave.pk}/results/1/")


def test_a_lead_of_the_launch_opens_their_group_and_what_is_below() -> None:
    wave = closed(answered_wave())
    lead = make_person()
    wave.groups.filter(code=2).update(lead=lead)
    client = browser_of(lead)
    assert client.get(f"/waves/{wave.pk}/results/")["Location"] == f"/waves/{wave.pk}/results/2/"
    statuses = {code: client.get(f"/waves/{wave.pk}/results/{code}/").status_code for code in (1, 2, 3, 4, 9)}
    assert statuses == {1: 404, 2: 200, 3: 404, 4: 200, 9: 404}
    exports = {
        code: client.get(f"/waves/{wave.pk}/results/{code}/figures.csv").status_code for code in (1, 2, 3, 4)
    }
    assert exports == {1: 404, 2: 200, 3: 404, 4: 200}


def test_a_lead_of_today_opens_their_team_of_then() -> None:
    wave = closed(answered_wave())
    above = Team.objects.create(name="Above", lead=(lead := make_person()))
    wave.groups.filter(code=4).update(team=Team.objects.create(name="Dock", parent=above))
    client = browser_of(lead)
    assert client.get(f"/waves/{wave.pk}/results/4/").status_code == 200
    assert client.get(f"/waves/{wave.pk}/results/2/").status_code == 404


def test_a_lead_of_two_groups_chooses() -> None:
    wave = closed(answered_wave())
    lead = make_person()
    wave.groups.filter(code__in=[3, 4]).update(lead=lead)
    response = browser_of(lead).get(f"/waves/{wave.pk}/results/")
    assert re.findall(rf'href="/waves/{wave.pk}/results/(\d+)/"', response.content.decode()) == ["3", "4"]


def test_nobody_else_finds_anything() -> None:
    wave = closed(answered_wave())
    comment = wave.comments.first()
    assert comment is not None
    asked = wave.invitations.exclude(person=None)[0].person
    assert asked is not None
    client = browser_of(asked)
    paths = ["", "1/", "1/figures.csv"]
    assert [client.get(f"/waves/{wave.pk}/results/{path}").status_code for path in paths] == [404] * 3
    assert client.post(f"/waves/comments/{comment.pk}/withhold/").status_code == 403
    assert Client().get(f"/waves/{wave.pk}/results/")["Location"].startswith("/sign-in/")
    assert browser_of(make_hr()).get("/waves/99999/results/").status_code == 404


def test_a_draft_has_no_results() -> None:
    wave = make_draft()
    assert browser_of(make_hr()).get(f"/waves/{wave.pk}/results/").status_code == 404


# --- What they say ------------------------------------------------------------------------------------------
def test_while_open_only_the_rate_is_shown() -> None:
    """R1"""
    wave = answered_wave()
    wave.groups.filter(code=1).update(response_percent=91)
    response = browser_of(make_hr()).get(f"/waves/{wave.pk}/results/1/")
    assert re.findall(r'data-cell="([^"]*)"', response.content.decode()) == ["rate@1"]
    assert "over 90 %" in words_of(response)
    assert "Not shown: fewer than 20 were asked" in words_of(response)
    assert browser_of(make_hr()).get(f"/waves/{wave.pk}/results/1/figures.csv").status_code == 404


def test_too_few_answers_are_told_kindly() -> None:
    wave = make_wave()
    for invitation in wave.invitations.select_related("wave")[:4]:
        cast(invitation, OPTIONS)
    closed(wave)
    response = browser_of(make_hr()).get(f"/waves/{wave.pk}/results/1/")
    assert "Too few people answered, so there are no results." in words_of(response)
    assert re.findall(r'data-cell="([^"]*)"', response.content.decode()) == []


def test_a_group_shows_its_figures_and_says_what_it_may_not() -> None:
    wave = closed(answered_wave())
    response = browser_of(make_hr()).get(f"/waves/{wave.pk}/results/1/")
    words = words_of(response)
    assert "Means, 1 to 5" in words
    assert "Would recommend (NPS) +100" in words
    # South is too small to stand alone, keeps its row, and says where it is counted.
    assert (
        "South Not shown: fewer than 20 were asked Too few answers to show alone. They are counted in"
        in words
    )
    assert "comment 0" in words


def test_every_figure_for_every_role_and_parameter_is_a_cell_of_the_release() -> None:
    """R8: whatever is asked, each number is what the rules of detail say of the cell it names."""
    wave = closed(answered_wave(breakdown=Wave.Breakdown.LOCATION))
    release = load_release(wave)
    lead, upper = make_people(2)
    wave.groups.filter(code=4).update(lead=lead)
    wave.groups.filter(code=2).update(lead=upper)
    allowed = {make_hr(): {1, 2, 3, 4}, upper: {2, 4}, lead: {4}, make_person(): set()}
    chance = random.Random(3)
    seen: set[str] = set()
    for person, codes in allowed.items():
        client = browser_of(person)
        for code in (*range(6), 2**40):
            query = {chance.choice(["question", "group", "after", "x"]): chance.choice(PARAMETERS)}
            response = client.get(f"/waves/{wave.pk}/results/{code}/", query)
            assert response.status_code == (200 if code in codes else 404)
            for cell, words in re.findall(CELL, response.content.decode()):
                seen.add(cell)
                assert words == expected_words(release, cell), cell
                assert int(cell.split("@")[1].split("#")[0].split("/")[0]) in codes
    assert len(seen) > 50


CELL = r'<span class="cp-num" data-cell="([^"]*)">([^<]*)</span>'
PARAMETERS = [
    "listens",
    "recommend",
    "channel",
    "helps",
    "hear",
    "",
    "1",
    "-1",
    "'",
    "\x00",
    "listens@2",
    "9" * 50,
]


def expected_words(release: Release, cell: str) -> str:
    if cell.startswith("rate@"):
        return release.group(int(cell.removeprefix("rate@"))).response_rate_words
    ref, _, part = cell.partition("#")
    key, _, place = ref.partition("@")
    code, _, value = place.partition("/")
    found = release.cell(key, int(code), value)
    assert isinstance(found, Cell)
    assert found.n >= release.k
    said = report(release.question(key), found, anonymous=True)
    if part.startswith("share:"):
        shares = {share.code: share.words for share in (*said.distribution, *said.parts)}
        return shares[part.removeprefix("share:")]
    return str(getattr(said, f"{part}_words"))


def test_the_page_holds_no_number_outside_its_cells() -> None:
    """R8: without the named figures, numbers of the questionnaire and its dates are left."""
    wave = closed(answered_wave())
    content = browser_of(make_hr()).get(f"/waves/{wave.pk}/results/1/").content.decode()
    main = content[content.index("<main") : content.index("</main>")]
    main = re.sub(r'<span class="cp-num" data-cell="[^"]*">[^<]*</span>', "", main)
    main = re.sub(r"<(script|svg).*?</\1>", "", main, flags=re.DOTALL)
    main = re.sub(r'<p class="cp-say".*?</p>', "", main, flags=re.DOTALL)
    text = re.sub(r"comment \d+", "", " ".join(re.sub(r"<[^>]+>", " ", main).split()))
    said = {
        "1 to 5",
        "0 to 10",
        "1 = never",
        "5 = always",
        "95 %",
        "16 March 2026",
        "9 or 10",
        "0 to 6",
        "of 5",
    }
    said |= {
        "20 were",
        "10 people",
        "describe 5",
        "from 10",
        "from 20",
        "1 ( never )",
        "5 ( always )",
        "of 10",
    }
    for allowed in sorted(said, key=len, reverse=True):
        text = text.replace(allowed, "")
    left = set(re.findall(r"\d+", text))
    # Answers of the scales, each the label of its row.
    assert left == {str(value) for value in range(11)}


def test_questions_are_compared_by_choice() -> None:
    wave = closed(answered_wave())
    client = browser_of(make_hr())
    chart = client.get(f"/waves/{wave.pk}/results/1/?question=recommend").context["chart"]
    assert chart is None  # of the two groups below, one shows nothing
    other = client.get(f"/waves/{wave.pk}/results/1/?question=channel")
    assert other.context["question"].key == "channel"
    for hostile in ("nonsense", "hear", "", "\x00", "listens' OR 1=1"):
        response = client.get(f"/waves/{wave.pk}/results/1/", {"question": hostile})
        assert (response.status_code, response.context["question"].key) == (200, "listens")


def test_the_chart_names_its_cells_and_draws_no_finer_than_the_words() -> None:
    wave = make_wave(groups={1: None, 2: 1, 3: 1}, invited={2: 22, 3: 7})
    for number, invitation in enumerate(wave.invitations.select_related("wave").order_by("group_code", "pk")):
        cast(invitation, {"listens": [str(3 + number % 3)]})
    chart = browser_of(make_hr()).get(f"/waves/{closed(wave).pk}/results/1/").context["chart"]
    assert chart["cells"] == ["listens@2", "listens@3"]
    (series,) = chart["series"]
    assert series["values"] == [4.0, 4.0]
    assert series["low"][1] is None
    assert [round(end, 1) for end in (series["low"][0], series["high"][0])] == [
        series["low"][0],
        series["high"][0],
    ]


def test_comments_stand_where_ten_answered() -> None:
    """C1"""
    wave = closed(answered_wave())
    client = browser_of(make_hr())
    assert "comment 0" in words_of(client.get(f"/waves/{wave.pk}/results/1/"))
    assert "comment" not in browser_words(client, wave, 3).replace("Comments", "")
    small = make_wave(groups={1: None, 2: 1, 3: 1}, invited={2: 20, 3: 7})
    for invitation in small.invitations.select_related("wave"):
        cast(invitation, OPTIONS, {"hear": "Seven could be told apart."})
    closed(small)
    seven = browser_words(client, small, 3)
    assert "Answered: 5 to 9" in seven
    assert "told apart" not in seven
    assert "Nothing to show here. Comments stand where at least 10 people answered" in seven
    assert "Seven could be told apart." in browser_words(client, small, 1)


def test_names_and_words_from_outside_are_text() -> None:
    wave = answered_wave()
    evil = "<script>alert(1)</script>"
    wave.groups.update(name=evil)
    Wave.objects.filter(pk=wave.pk).update(title=evil)
    cast(wave.invitations.select_related("wave")[0], {}, {"hear": evil})
    closed(wave)
    content = browser_of(make_hr()).get(f"/waves/{wave.pk}/results/1/").content.decode()
    assert evil not in content


# --- Export -------------------------------------------------------------------------------------------------
def test_the_export_says_what_the_page_says_with_its_cells() -> None:
    wave = closed(answered_wave())
    wave.groups.filter(code=4).update(name="=cmd|' /C calc'!A0")
    client = browser_of(make_hr())
    rows = list(
        csv.reader(
            io.StringIO(client.get(f"/waves/{wave.pk}/results/1/figures.csv").content.decode("utf-8-sig"))
        )
    )
    assert rows[0] == ["group", "question", "part", "figure", "answer", "value", "cell"]
    assert {row[0] for row in rows[1:]} == {"Everybody", "North", "South"}
    assert [row[3:6] for row in rows if row[6] == "recommend@1" and row[3] == "NPS"] == [["NPS", "", "'+100"]]
    assert [row[3] for row in rows if row[6] == "listens@3"] == ["not shown"]
    lead = make_person()
    wave.groups.filter(code=2).update(lead=lead)
    own = browser_of(lead).get(f"/waves/{wave.pk}/results/2/figures.csv").content.decode("utf-8-sig")
    assert {row[0] for row in csv.reader(io.StringIO(own))} == {"group", "North", "'=cmd|' /C calc'!A0"}


# --- Withholding (C3) ---------------------------------------------------------------------------------------
def test_hr_withholds_a_comment_after_a_question() -> None:
    wave = closed(answered_wave())
    comment = wave.comments.order_by("pk")[0]
    hr = make_hr()
    client = browser_of(hr)
    assert comment.text in words_of(client.get(f"/waves/comments/{comment.pk}/withhold/"))
    assert client.post(f"/waves/comments/{comment.pk}/withhold/").status_code == 302
    assert client.post(f"/waves/comments/{comment.pk}/withhold/").status_code == 404
    shown = client.get(f"/waves/{wave.pk}/results/1/")
    assert f">{comment.text}<" not in shown.content.decode()
    entry = AuditEntry.objects.get(action="comment.withheld")
    assert (entry.actor, entry.object_id, entry.detail) == (hr, str(wave.pk), {"question": "hear"})


def test_a_page_costs_the_same_with_one_group_and_with_thirty() -> None:
    small = closed(answered(make_wave(invited={1: 10})))
    tree = {1: None, **dict.fromkeys(range(2, 32), 1)}
    large = closed(answered(make_wave(groups=tree, invited=dict.fromkeys(range(2, 32), 6))))
    client = browser_of(make_hr())
    one, thirty = (statements(client, f"/waves/{wave.pk}/results/1/") for wave in (small, large))
    assert one == thirty
    assert one <= 14


def answered(wave: Wave) -> Wave:
    for invitation in wave.invitations.select_related("wave"):
        cast(invitation, OPTIONS)
    return wave
