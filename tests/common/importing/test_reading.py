from __future__ import annotations

import csv
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from common.importing.delimited import DELIMITERS
from common.importing.grid import Choices, Grid
from common.importing.problems import MAX_BYTES, MAX_COLUMNS, MAX_ROWS, Problem, UnreadableFile
from common.importing.reading import heading_key, read_file

KNOWN = ["name", "Full name", "e-mail", "unit"]


def read(text: str, **choices: object) -> Grid:
    return read_file(text.encode(), known=KNOWN, choices=Choices.of(choices))


def written(rows: list[list[str]], delimiter: str, encoding: str, quoting: int, end: str) -> bytes:
    file = io.StringIO(newline="")
    csv.writer(file, delimiter=delimiter, quoting=quoting, lineterminator=end).writerows(rows)  # type: ignore[arg-type]
    return file.getvalue().encode(encoding)


# Anything people write; a file of nothing but control characters is no table.
_CELLS = st.text(st.characters(blacklist_categories=["Cs", "Cc"], blacklist_characters="\ufeff"), max_size=20)


@given(
    rows=st.lists(st.tuples(_CELLS, _CELLS), min_size=1, max_size=8),
    delimiter=st.sampled_from(list(DELIMITERS)),
    encoding=st.sampled_from(["utf-8", "utf-8-sig", "utf-16", "utf-32"]),
    quoting=st.sampled_from([csv.QUOTE_MINIMAL, csv.QUOTE_ALL]),
    end=st.sampled_from(["\n", "\r\n", "\r"]),
)
def test_read_file_reads_back_what_was_written(
    rows: list[tuple[str, str]], delimiter: str, encoding: str, quoting: int, end: str
) -> None:
    table = [["Full name", "unit"], *([*row] for row in rows)]
    expected = [(at, row) for at, row in enumerate(table[1:], start=2) if "".join(row).strip()]
    if not expected:
        return
    grid = read_file(written(table, delimiter, encoding, quoting, end), known=KNOWN)
    assert (grid.headings, grid.lines, grid.errors) == (table[0], expected, [])
    assert grid.found.delimiter == delimiter


@pytest.mark.parametrize("delimiter", DELIMITERS)
def test_read_file_finds_the_delimiter_where_no_heading_is_known(delimiter: str) -> None:
    rows = [["Alpha", "Beta", "Gamma"], ["a, b", "10:30", "x"], ["c", "d; e", "f"], ["g", "h", "i"]]
    grid = read_file(written(rows, delimiter, "utf-8", csv.QUOTE_MINIMAL, "\n"), known=KNOWN)
    assert (grid.found.delimiter, grid.headings) == (delimiter, rows[0])


def test_read_file_takes_the_spreadsheets_own_delimiter_line() -> None:
    grid = read("sep=!\r\nname!unit\r\nAda!Lab\r\n")
    assert (grid.lines, grid.found.delimiter) == ([(2, ["Ada", "Lab"])], "!")


@pytest.mark.parametrize(
    "heading", ["full name", "FULL_NAME", '" Full  Name "', "fullname", "\ufeffFull name"]
)
def test_read_file_knows_a_heading_in_any_spelling(heading: str) -> None:
    grid = read(f"All people\n\n{heading};other\nAda;1\n")
    assert (grid.found.heading_row, heading_key(grid.headings[0])) == (3, "fullname")


def test_read_file_finds_the_headings_below_titles_and_notes() -> None:
    text = "People of Brightwater;;\nAs of 2026-11-01;;\n;;\nname;e-mail;unit\nAda;a@example.com;Lab\n"
    grid = read(text)
    assert (grid.found.heading_row, grid.headings) == (4, ["name", "e-mail", "unit"])
    assert grid.lines == [(5, ["Ada", "a@example.com", "Lab"])]


def test_read_file_finds_headings_nobody_knows_by_their_width() -> None:
    assert read("A list\n\nAlpha;Beta;Gamma\n1;2;3\n4;5;6\n").found.heading_row == 3


def test_read_file_reads_as_somebody_says() -> None:
    text = "name;unit\nAda;Lab,a\nZoë;b\n"
    grid = read_file(
        text.encode("cp1252"),
        known=KNOWN,
        choices=Choices(encoding="mac-roman", delimiter=",", heading_row=2),
    )
    assert (grid.found.encoding, grid.found.delimiter, grid.found.heading_row) == ("mac-roman", ",", 2)
    assert (grid.headings, grid.lines) == (["Ada;Lab", "a"], [(3, ["ZoÎ;b"])])


def test_read_file_shows_words_with_every_unusual_letter() -> None:
    text = "name;unit\nAda;Lab\nJürgen Müller;Küche\nZoë;Küche\nMüller;ü\nמרים;ל\n"
    assert read(text).found.samples == ("Jürgen", "Zoë", "מרים", "ל")


def test_read_file_counts_rows_as_a_spreadsheet_does() -> None:
    assert read('name,unit\n"two\nlines",a\n\nAda,b\n').lines == [(2, ["two\nlines", "a"]), (4, ["Ada", "b"])]


def test_read_file_reads_on_after_a_broken_row() -> None:
    grid = read('name\n"Ada"x\nBen\n')
    assert grid.errors == [Problem(2, "", "The quotation marks of this row do not match.")]
    assert grid.lines == [(3, ["Ben"])]


def test_read_file_says_where_a_quotation_never_closes() -> None:
    assert read('name\nAda\n"Ben\nCleo\n').errors == [
        Problem(3, "", "A quotation mark opens here and never closes, so nothing below it can be read.")
    ]


def test_read_file_refuses_a_cell_without_end() -> None:
    grid = read("name\n" + "x" * 200_000 + "\nAda\n")
    assert grid.errors == [Problem(2, "", "One cell of this row is far too long.")]
    assert grid.lines == [(3, ["Ada"])]


@pytest.mark.parametrize(
    ("raw", "message"),
    [
        (b"name\n\n\n", "There is nothing below the first row of this file."),
        (b'name,"email"x\n', "The quotation marks of the first row do not match."),
        (b"\n\n", "This file is empty."),
        (b"x" * (MAX_BYTES + 1), "This file is larger than 10 MB. Please split it."),
        (b"name\n" + b"A\n" * (MAX_ROWS + 1), "This file has more than 100000 rows. Please split it."),
        (
            b",".join([b"name"] * (MAX_COLUMNS + 1)) + b"\nA\n",
            "This file has more than 300 columns. Please leave out those that are not needed.",
        ),
        (
            b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600,
            "This is an old Excel file (.xls). Open it and save it as an Excel workbook (.xlsx).",
        ),
        (
            b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + "EncryptedPackage".encode("utf-16-le"),
            "This workbook is protected by a password. Please save a copy without one.",
        ),
        (
            b"\xef\xbb\xbf \n<HTML><table><tr><td>name</td></tr></table>",
            "This is a web page, not a table. Open it in a spreadsheet and save it as .xlsx.",
        ),
        (
            b'<?xml version="1.0"?><Workbook xmlns="urn:schemas-microsoft-com:office:spreadsheet"/>',
            "This is an XML file. Open it in a spreadsheet and save it as an Excel workbook (.xlsx).",
        ),
        (b"%PDF-1.7 ", "This is not a table. Please save it as an Excel workbook or a CSV file."),
    ],
)
def test_read_file_says_what_to_do_about_a_file_it_cannot_use(raw: bytes, message: str) -> None:
    with pytest.raises(UnreadableFile) as caught:
        read_file(raw, known=KNOWN)
    assert str(caught.value) == message


def test_grid_is_the_same_after_it_was_packed() -> None:
    grid = read('Titel\nname;unit;name\nZoë;"\\";\n"Ada"x;\n;b;c')
    # Half of a pair, as a workbook may escape it.
    grid.lines[0][1][1] = "\ud83c"
    assert Grid.unpack(grid.pack()) == grid


def test_grid_examples_are_the_first_different_values() -> None:
    assert read("name\nAda\nAda\n \nBen\nCleo\nDan\n").examples(0) == ["Ada", "Ben", "Cleo"]
