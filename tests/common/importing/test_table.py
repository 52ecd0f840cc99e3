from __future__ import annotations

from common.importing.problems import Problem
from common.importing.reading import read_file
from common.importing.table import Row, Table, table_of
from tests.common.importing.files import workbook


def table(text: str, *mapping: str) -> Table:
    return table_of(read_file(text.encode(), known=["name", "email"]), mapping)


def test_table_of_tidies_and_says_what() -> None:
    found = table("name\n Ada\u00a0 Love \nJose\u0301\nA\u0000\u0007da\nBen \n", "name")
    assert [row.cells["name"] for row in found.rows] == ["Ada Love", "José", "Ada", "Ben"]
    assert found.warnings == [
        Problem(2, "name", "Spaces were tidied."),
        Problem(3, "name", "Letters and their accents were joined."),
        Problem(4, "name", "Characters that cannot be shown, or odd spaces, were taken out."),
        Problem(5, "name", "Spaces were tidied."),
    ]


def test_table_of_gives_rows_by_field() -> None:
    found = table("Wer,x,Post\nAda,1,a@example.com\n", "name", "", "email")
    assert found.rows == [Row(2, {"name": "Ada", "email": "a@example.com"})]
    assert found.headings == {"name": "Wer", "email": "Post"}
    assert found.warnings == [Problem(1, "", "Columns not used here: “x”.")]


def test_table_of_names_columns_it_does_not_use_and_no_more_than_a_few() -> None:
    unknown = ",".join(f"x{number}" for number in range(200))
    found = table(f"name,{unknown}\nAda{',' * 200}\n", "name", *[""] * 200)
    listed = ", ".join(f"“x{number}”" for number in range(8))
    assert found.warnings == [Problem(1, "", f"Columns not used here: {listed} and 192 more.")]


def test_table_of_refuses_rows_of_another_width_but_not_empty_ends() -> None:
    found = table("name,email\nAda\nBen,b@example.com,\nCleo,c@example.com,more\n", "name", "email")
    assert [row.number for row in found.rows] == [3]
    assert found.errors == [
        Problem(2, "", "This row has 1 cells, the first row has 2."),
        Problem(4, "", "This row has 3 cells, the first row has 2."),
    ]


def test_table_of_takes_short_rows_of_a_sheet() -> None:
    grid = read_file(workbook([["name", "email"], ["Ada"]]), known=["name"])
    assert table_of(grid, ["name", "email"]).rows == [Row(2, {"name": "Ada", "email": ""})]


def test_table_of_refuses_what_spreadsheets_show_in_place_of_a_result() -> None:
    found = table("name,email,x\n#REF!,#NV,#N/A\n#1 in sales,b@example.com,\n", "name", "email", "")
    assert found.errors == [
        Problem(2, "name", "This cell shows the error #REF! in place of a value."),
        Problem(2, "email", "This cell shows the error #NV in place of a value."),
    ]
    assert found.rows[1].cells["name"] == "#1 in sales"
