"""The words of a survey as a table for translators elsewhere."""

from __future__ import annotations

import csv
import io
from typing import Any

import openpyxl
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from common.csv_export import safe_cell
from people.models import Person
from surveys.domain.building import editing, translating
from surveys.models import Question, Survey
from tests.surveys.browsing import browser_of, get, post
from tests.surveys.factories import make_hr, make_survey

pytestmark = pytest.mark.django_db


@pytest.fixture
def hr() -> Person:
    return make_hr()


@pytest.fixture
def browser(hr: Person) -> Client:
    return browser_of(hr)


@pytest.fixture
def survey() -> Survey:
    made = make_survey(languages=["de"], intro="One line.\nAnother.")
    Question.objects.filter(key="hear").update(text="=1+1, or what should we hear?")
    return made


def table(browser: Client, survey: Survey) -> list[list[str]]:
    content = get(browser, "translation-file", survey.pk, "de").content
    sheet = openpyxl.load_workbook(io.BytesIO(content)).active
    return [[str(cell or "") for cell in row] for row in sheet.iter_rows(values_only=True)]


def as_csv(rows: list[list[str]]) -> bytes:
    buffer = io.StringIO()
    csv.writer(buffer, delimiter=";").writerows([[safe_cell(cell) for cell in row] for row in rows])
    return buffer.getvalue().encode("utf-8-sig")


def as_workbook(rows: list[list[str]]) -> bytes:
    book = openpyxl.Workbook()
    for row in rows:
        book.active.append([None if cell.startswith("=") else cell for cell in row])
    buffer = io.BytesIO()
    book.save(buffer)
    return buffer.getvalue()


def send(browser: Client, survey: Survey, content: bytes) -> Any:
    file = SimpleUploadedFile("texts.csv", content)
    return post(browser, "translation-take-in", survey.pk, "de", file=file)


def words(survey: Survey) -> dict[str, str]:
    survey.refresh_from_db()
    return {
        place.name: place.translation("de")
        for place in translating.places_of(survey)
        if not place.is_missing("de")
    }


def test_the_table_holds_every_text_and_what_was_translated(
    browser: Client, survey: Survey, hr: Person
) -> None:
    translating.translate(survey, "de", {"title": "Zusammen"}, by=hr)
    rows = table(browser, survey)
    assert rows[0] == ["Place", "What it is", "en", "de"]
    assert [row[0] for row in rows[1:]] == [place.name for place in translating.places_of(survey)]
    assert rows[1] == ["title", "Title", "How we work together", "Zusammen"]


@pytest.mark.parametrize("written", [as_csv, as_workbook])
def test_what_translators_send_back_is_taken_in(browser: Client, survey: Survey, written: Any) -> None:
    rows = table(browser, survey)
    for row in rows[1:]:
        row[3] = f"- {row[0]}\nzwei" if row[0] == "intro" else f"- {row[0]}"
    rows.append(["gone.text", "Question", "Gone", "Weg"])
    response = send(browser, survey, written(rows))
    assert response.url == f"/surveys/{survey.pk}/translations/de/"
    page = browser.get(response.url).content.decode()
    assert "Taken in: 18 texts. 1 row named no text of this survey." in page
    found = words(survey)
    assert len(found) == 18
    assert (found["hear.text"], found["intro"]) == ("- hear.text", "- intro\nzwei")
    assert translating.progress_of(survey)[0].behind == 0


def test_an_empty_cell_leaves_what_stands_there(browser: Client, survey: Survey, hr: Person) -> None:
    rows = table(browser, survey)
    translating.translate(survey, "de", {"title": "Zusammen"}, by=hr)
    rows[2][3] = "Eins.\nZwei."
    send(browser, survey, as_csv(rows))
    assert words(survey) == {"title": "Zusammen", "intro": "Eins.\nZwei."}


def test_a_text_whose_original_changed_while_they_worked_is_marked(
    browser: Client, survey: Survey, hr: Person
) -> None:
    rows = table(browser, survey)
    editing.change_survey(survey, title="Another title", intro=survey.intro, by=hr)
    rows[1][3], rows[2][3] = "Wie wir zusammenarbeiten", "Eins."
    send(browser, survey, as_csv(rows))
    survey.refresh_from_db()
    behind = [place.name for place in translating.places_of(survey) if place.is_behind("de")]
    assert behind == ["title"]


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (lambda rows: [[*row[:3], "fr" if row is rows[0] else "x"] for row in rows], "and here it is “fr”."),
        (lambda rows: [row[:2] for row in rows], "This is another table."),
        (lambda rows: [rows[0], [*rows[1][:3], "x" * 151]], "Row 2: at most 150 characters."),
    ],
)
def test_another_table_changes_nothing_and_says_why(
    browser: Client, survey: Survey, change: Any, says: str
) -> None:
    response = send(browser, survey, as_csv(change(table(browser, survey))))
    assert response.status_code == 422
    assert says in " ".join(response.context["form"].errors["file"])
    assert words(survey) == {}


@pytest.mark.parametrize("content", [b"", b"\x00\x01", b"PK\x03\x04"])
def test_a_file_that_is_no_table_is_refused(browser: Client, survey: Survey, content: bytes) -> None:
    assert send(browser, survey, content).status_code == 422


def test_a_language_the_survey_has_not_has_no_table(browser: Client, survey: Survey) -> None:
    assert get(browser, "translation-file", survey.pk, "fr").status_code == 404
    assert get(browser, "translation-take-in", survey.pk, "fr").status_code == 404
