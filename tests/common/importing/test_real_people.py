"""A real file of 20,000 people in every shape people send such files in."""

from __future__ import annotations

import csv
import io
from pathlib import Path

import pytest

from common.importing.reading import read_file
from tests.common.importing.files import workbook

KNOWN = ["employee_id", "given_name", "family_name", "unit", "manager_id"]


@pytest.fixture(scope="module")
def rows(shared_data: Path) -> list[list[str]]:
    return list(csv.reader(io.StringIO((shared_data / "people/people_20k.csv").read_text("utf-8"))))


def as_csv(rows: list[list[str]], delimiter: str = ",") -> str:
    file = io.StringIO(newline="")
    csv.writer(file, delimiter=delimiter).writerows(rows)
    return file.getvalue()


def lines_of(rows: list[list[str]]) -> list[tuple[int, list[str]]]:
    return list(enumerate(rows[1:], start=2))


@pytest.mark.parametrize(
    ("encoding", "delimiter"),
    [("utf-8", ","), ("utf-8-sig", ";"), ("utf-16", "\t"), ("utf-16-le", ";"), ("utf-16-be", "|")],
)
def test_people_are_read_whole_in_unicode(rows: list[list[str]], encoding: str, delimiter: str) -> None:
    grid = read_file(as_csv(rows, delimiter).encode(encoding), known=KNOWN)
    assert (grid.headings, grid.lines, grid.errors) == (rows[0], lines_of(rows), [])
    assert grid.found.delimiter == delimiter


@pytest.mark.parametrize(
    ("encoding", "countries"),
    [
        ("cp1252", "DE AT CH FR ES PT IT NL SE NO DK FI IE GB"),
        ("mac-roman", "DE AT CH FR ES PT IT NL SE NO DK FI IE GB"),
        ("cp1250", "PL CZ SK HU HR SI"),
        ("iso8859-2", "PL CZ SK HU HR SI"),
        ("cp1254", "TR"),
        ("cp1251", "RU BG UA RS"),
        ("cp1253", "GR CY"),
        ("cp1255", "IL"),
        ("euc-kr", "KR"),
        ("shift-jis", "JP"),
        ("euc-jp", "JP"),
        ("gb18030", "CN"),
        ("big5", "CN TW HK"),
    ],
)
def test_people_of_one_region_are_read_by_their_letters(
    rows: list[list[str]], encoding: str, countries: str
) -> None:
    """Those whose names the encoding can write; of others such a file cannot be made."""
    codec = {"shift-jis": "cp932"}.get(encoding, encoding)
    kept = [rows[0]]
    for row in rows[1:]:
        try:
            ",".join(row).encode(codec)
        except UnicodeEncodeError:
            continue
        if row[3] in countries.split():
            kept.append(row)
    grid = read_file(as_csv(kept).encode(codec), known=KNOWN)
    assert (grid.found.encoding, grid.lines) == (encoding, lines_of(kept))


def test_people_are_read_whole_from_a_workbook(rows: list[list[str]]) -> None:
    grid = read_file(workbook([["People"], [], *rows[:2001]]), known=KNOWN)
    assert grid.found.heading_row == 3
    ended = [
        (number + 2, row[: max(at for at, cell in enumerate(row) if cell) + 1])
        for number, row in lines_of(rows[:2001])
    ]
    assert grid.lines == ended
