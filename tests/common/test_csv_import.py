import codecs

import pytest

from common.csv_import import MAX_BYTES, Problem, Row, UnreadableFile, decode, read_table

FIELDS = {"name": ("Full name",), "email": ("e-mail",)}


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_read_table_finds_the_delimiter(delimiter: str) -> None:
    text = f"name{delimiter}email\nAda, the first{delimiter}ada@example.com\n".replace(
        "Ada, the first", '"Ada, the first"'
    )
    assert read_table(text, FIELDS).rows == [Row(2, {"name": "Ada, the first", "email": "ada@example.com"})]


@pytest.mark.parametrize("heading", ["full name", "FULL_NAME", '" Full  Name "', "fullname", "﻿Full name"])
def test_read_table_knows_a_heading_in_any_spelling(heading: str) -> None:
    assert read_table(f"{heading}\nAda\n", FIELDS).rows == [Row(2, {"name": "Ada"})]


def test_read_table_takes_the_spreadsheets_own_delimiter_line() -> None:
    assert read_table("sep=;\nname;email\nAda;a@example.com\n", FIELDS).rows == [
        Row(2, {"name": "Ada", "email": "a@example.com"})
    ]


def test_read_table_tidies_and_says_what() -> None:
    text = "name\n Ada\u00a0 Love \nJose\u0301\nA\u0000\u0007da\n"
    table = read_table(text, FIELDS)
    assert [row.cells["name"] for row in table.rows] == ["Ada Love", "José", "Ada"]
    assert table.warnings == [
        Problem(2, "name", "Spaces were tidied."),
        Problem(3, "name", "Letters and their accents were joined."),
        Problem(4, "name", "Characters that cannot be shown, or odd spaces, were taken out."),
    ]


def test_read_table_counts_rows_as_a_spreadsheet_does() -> None:
    table = read_table('name,email\n"two\nlines",a@example.com\n\nAda\n', FIELDS)
    assert [row.number for row in table.rows] == [2]
    assert table.errors == [Problem(4, "", "This row has 1 cells, the first row has 2.")]


def test_read_table_reads_on_after_a_broken_row() -> None:
    table = read_table('name\n"Ada"x\nBen\n', FIELDS)
    assert table.errors == [Problem(2, "", "The quotation marks of this row do not match.")]
    assert [row.cells["name"] for row in table.rows] == ["Ben"]


def test_read_table_says_where_a_quotation_never_closes() -> None:
    table = read_table('name\nAda\n"Ben\nCleo\n', FIELDS)
    assert table.errors == [
        Problem(3, "", "A quotation mark opens here and never closes, so nothing below it can be read.")
    ]


def test_read_table_refuses_a_cell_without_end() -> None:
    table = read_table("name\n" + "x" * 200_000 + "\nAda\n", FIELDS)
    assert table.errors == [Problem(2, "", "One cell of this row is far too long.")]
    assert [row.cells["name"] for row in table.rows] == ["Ada"]


def test_read_table_names_columns_it_does_not_use_and_no_more_than_a_few() -> None:
    unknown = ",".join(f"x{number}" for number in range(1000))
    table = read_table(f"name,{unknown}\nAda{',' * 1000}\n", FIELDS)
    listed = ", ".join(f"“x{number}”" for number in range(8))
    assert table.warnings == [Problem(1, "", f"Columns not used here: {listed} and 992 more.")]
    assert table.rows == [Row(2, {"name": "Ada"})]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (
            "colour\nred\n",
            "The first row names no column we know. It should read, for instance: name, email.",
        ),
        (
            "name,Full Name\nAda,Ada\n",
            "The columns “name” and “Full Name” mean the same. Please leave one out.",
        ),
        ("name\n\n\n", "There is nothing below the first row of this file."),
        ('name,"email"x\n', "The quotation marks of the first row do not match."),
        ("\n\n", "The first row names no column we know. It should read, for instance: name, email."),
    ],
)
def test_read_table_refuses_a_file_it_cannot_use(text: str, message: str) -> None:
    with pytest.raises(UnreadableFile) as caught:
        read_table(text, FIELDS)
    assert str(caught.value) == message


@pytest.mark.parametrize(
    "raw",
    [
        "naïve ☂".encode(),
        codecs.BOM_UTF8 + "naïve ☂".encode(),
        "naïve ☂".encode("utf-16"),
        codecs.BOM_UTF16_BE + "naïve ☂".encode("utf-16-be"),
    ],
)
def test_decode_reads_utf8_and_utf16_by_its_mark(raw: bytes) -> None:
    assert decode(raw) == "naïve ☂"


@pytest.mark.parametrize(
    ("raw", "message"),
    [
        (b"", "This file is empty."),
        (b"\xef\xbb\xbf  \n", "This file is empty."),
        (
            "name\nJosé".encode("cp1252"),
            "The letters in line 2 cannot be read. Please save the file as “CSV UTF-8”.",
        ),
        ("name\nAda".encode("utf-16-le"), "This is not a CSV file. Please save it as “CSV UTF-8”."),
        (
            codecs.BOM_UTF16_LE + b"x",
            "The letters in line 1 cannot be read. Please save the file as “CSV UTF-8”.",
        ),
        (b"PK\x03\x04...", "This is a workbook. Please save the sheet as “CSV UTF-8” and send that file."),
        (b"x" * (MAX_BYTES + 1), "This file is larger than 10 MB. Please split it."),
    ],
)
def test_decode_says_what_to_do_about_a_file_it_cannot_read(raw: bytes, message: str) -> None:
    with pytest.raises(UnreadableFile) as caught:
        decode(raw)
    assert str(caught.value) == message
