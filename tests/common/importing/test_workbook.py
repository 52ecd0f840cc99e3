from __future__ import annotations

import datetime as dt
import io
import random
import tracemalloc
import zipfile

import openpyxl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from openpyxl import Workbook

from common.importing.grid import Choices, Grid
from common.importing.problems import MAX_ROWS, Problem, UnreadableFile
from common.importing.reading import read_file
from common.importing.sheet import NO_RESULT
from tests.common.importing.files import (
    archive,
    saved,
    sheet_xml,
    with_parts,
    with_sheet_xml,
    with_strings,
    workbook,
)

KNOWN = ["name", "number", "day"]
DAMAGED = "This workbook is damaged. Open it in a spreadsheet and save it as an Excel workbook (.xlsx)."
TOO_LARGE = "This workbook is too large once unpacked. Please save the one sheet as CSV."


def read(raw: bytes, sheet: str = "") -> Grid:
    return read_file(raw, known=KNOWN, choices=Choices(sheet=sheet))


def refusal(raw: bytes, sheet: str = "") -> str:
    with pytest.raises(UnreadableFile) as caught:
        read(raw, sheet)
    return str(caught.value)


def values(*cells: object, formats: str = "") -> list[str]:
    """What a column of these cells is read as."""
    grid = read(workbook([["number"], *([cell] for cell in cells)], formats=formats))
    return [row[0] for _number, row in grid.lines]


@given(
    st.lists(
        st.lists(st.text(st.characters(blacklist_categories=["Cs", "Cc"]), max_size=12), max_size=4),
        max_size=6,
    )
)
def test_read_workbook_reads_back_what_was_written(rows: list[list[str]]) -> None:
    # openpyxl would store these as formulas.
    rows = [["" if cell.startswith("=") else cell for cell in row] for row in rows]
    grid_rows = {at: row for at, row in enumerate(rows, start=2) if "".join(row).strip()}
    if not grid_rows:
        return
    grid = read(workbook([["name"], *rows]))
    assert grid.headings == ["name"]
    assert {at: _ended(row) for at, row in grid.lines} == {at: _ended(row) for at, row in grid_rows.items()}


def _ended(row: list[str]) -> list[str]:
    """Without empty cells at the end."""
    while row and not row[-1]:
        row = row[:-1]
    return row


def test_numbers_are_what_people_see() -> None:
    assert values(123, 123.0, 1.5, "00123", 0.1 + 0.2, 1e15, 12345678901234, -7, True, False) == [
        "123",
        "123",
        "1.5",
        "00123",
        "0.3",
        "1000000000000000",
        "12345678901234",
        "-7",
        "TRUE",
        "FALSE",
    ]


@pytest.mark.parametrize(
    ("formats", "shown"),
    [
        ("00000", "00123"),
        ('"E"00000', "E00123"),
        ("00000;-00000", "00123"),
        ("0", "123"),
        ("#,##0.00", "123"),
    ],
)
def test_zeros_in_front_are_kept(formats: str, shown: str) -> None:
    assert values(123, formats=formats) == [shown]


def test_days_are_iso_and_say_their_time_only_where_there_is_one() -> None:
    day = dt.date(2026, 11, 30)
    moments = [dt.datetime.combine(day, time) for time in (dt.time(), dt.time(13, 5))]
    assert values(day, *moments, dt.time(9, 30)) == ["2026-11-30", "2026-11-30", "2026-11-30 13:05", "09:30"]
    assert values(46356, formats="dd.mm.yyyy") == ["2026-11-30"]
    assert values(46356, formats="[$-407]d. mmmm yyyy;@") == ["2026-11-30"]


def test_days_count_from_1904_where_the_workbook_does() -> None:
    book = Workbook()
    book.epoch = openpyxl.utils.datetime.CALENDAR_MAC_1904
    book.active.append(["day"])
    book.active.append([dt.date(2026, 11, 30)])
    assert read(saved(book)).lines == [(2, ["2026-11-30"])]


def test_a_day_before_all_days_stays_a_number() -> None:
    assert values(-5, 99999999, formats="yyyy-mm-dd") == ["-5", "99999999"]


def test_formulas_count_with_their_result_and_say_so_without() -> None:
    rows = (
        '<row r="1"><c r="A1" t="inlineStr"><is><t>name</t></is></c></row>'
        '<row r="2"><c r="A2"><f>1+1</f><v>2</v></c></row>'
        '<row r="3"><c r="A3"><f>1+1</f></c></row>'
        '<row r="4"><c r="A4" t="str"><f>""</f><v></v></c><c r="B4"><v>1</v></c></row>'
        '<row r="5"><c r="A5" t="e"><f>X</f><v>#REF!</v></c></row>'
    )
    assert read(with_sheet_xml(sheet_xml(rows))).lines == [
        (2, ["2"]),
        (3, [NO_RESULT]),
        (4, ["", "1"]),
        (5, ["#REF!"]),
    ]


def test_the_first_sheet_with_rows_is_proposed_and_another_can_be_chosen() -> None:
    raw = workbook([], [["name"], ["Ada"]], [["name"], ["Ben"]], titles=["Cover", "Päople", "Old"])
    grid = read(raw)
    assert (grid.found.sheet, grid.found.sheets) == ("Päople", ("Cover", "Päople", "Old"))
    assert read(raw, "Old").lines == [(2, ["Ben"])]
    assert refusal(raw, "Cover") == "This sheet is empty."
    assert refusal(raw, "None") == "There is no sheet “None” in this workbook."


def test_hidden_sheets_are_not_offered() -> None:
    book = Workbook()
    book.active.title = "Secret"
    book.active.append(["name"])
    book.active.sheet_state = "hidden"
    book.create_sheet("People").append(["name"])
    book["People"].append(["Ada"])
    book.active = 1
    assert read(saved(book)).found.sheets == ("People",)


def test_rows_have_the_numbers_of_the_sheet_and_blank_ones_are_left_out() -> None:
    book = Workbook()
    sheet = book.active
    sheet["B2"], sheet["B5"], sheet["C5"] = "name", "Ada", "x"
    sheet["B9"] = "   "
    grid = read(saved(book))
    assert (grid.headings, grid.lines) == (["", "name"], [(5, ["", "Ada", "x"])])


def test_hidden_rows_are_read_and_said() -> None:
    book = Workbook()
    for row in (["name"], ["Ada"], ["Ben"]):
        book.active.append(row)
    book.active.row_dimensions[3].hidden = True
    grid = read(saved(book))
    assert [number for number, _cells in grid.lines] == [2, 3]
    assert grid.warnings == [Problem(0, "", "1 row is hidden in the sheet; it is read like the others.")]


def test_cells_merged_over_rows_hold_for_each_of_them() -> None:
    book = Workbook()
    for row in (
        ["People", "", ""],
        ["name", "unit", "x"],
        ["Ada", "Lab", 1],
        ["Ben", "", 2],
        ["Cleo", "", 3],
    ):
        book.active.append(row)
    book.active.merge_cells("A1:C1")
    book.active.merge_cells("B3:B5")
    grid = read(saved(book))
    assert [cells[1] for _number, cells in grid.lines] == ["Lab", "Lab", "Lab"]
    assert [problem.message for problem in grid.warnings] == [
        "Cells are merged over rows; 2 rows got the value of the row above."
    ]


def test_merged_cells_without_end_do_not_take_for_ever() -> None:
    rows = "".join(
        f'<row r="{n}"><c r="A{n}" t="inlineStr"><is><t>name</t></is></c></row>' for n in range(1, 1001)
    )
    merged = '<mergeCell ref="A1:A1048576"/>' * 50_000
    raw = with_sheet_xml(sheet_xml(rows, f"<mergeCells>{merged}</mergeCells>"))
    assert refusal(raw) == "There is too much text in this file. Please split it."


def test_texts_of_every_kind_are_whole() -> None:
    strings = (
        "<si><r><t>Jür</t></r><r><rPr><b/></rPr><t>gen</t></r></si>"
        "<si><t>山田</t><rPh sb='0' eb='2'><t>ヤマダ</t></rPh></si>"
        "<si><t>A_x0041__x000D_B</t></si>"
    )
    rows = '<row><c t="inlineStr"><is><t>name</t></is></c></row>' + "".join(
        f'<row><c t="s"><v>{n}</v></c></row>' for n in range(3)
    )
    grid = read(with_strings(rows, strings))
    assert [cells[0] for _number, cells in grid.lines] == ["Jürgen", "山田", "AA\rB"]


def test_tags_may_have_a_prefix() -> None:
    xml = (
        '<x:worksheet xmlns:x="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><x:sheetData>'
        '<x:row r="1"><x:c r="A1" t="str"><x:v>name</x:v></x:c></x:row>'
        '<x:row r="2"><x:c r="A2" t="str"><x:v>Ada</x:v></x:c></x:row></x:sheetData></x:worksheet>'
    )
    assert read(with_sheet_xml(xml)).lines == [(2, ["Ada"])]


# --- What is refused ---


@pytest.mark.parametrize(
    ("parts", "message"),
    [
        ({"people.csv": b"name\n"}, "This is a ZIP file. Unpack it and choose the table in it."),
        (
            {"mimetype": b"application/vnd.oasis.opendocument.spreadsheet", "content.xml": b""},
            "This is an OpenDocument file (.ods). Save it as an Excel workbook (.xlsx) or as CSV.",
        ),
        (
            {"[Content_Types].xml": b"", "xl/workbook.bin": b""},
            "This is a binary Excel file (.xlsb). Open it and save it as an Excel workbook (.xlsx).",
        ),
        (
            {"Index/Document.iwa": b""},
            "This is a Numbers file. Export it as an Excel workbook (.xlsx) or as CSV.",
        ),
        (
            {"[Content_Types].xml": b"", "word/document.xml": b""},
            "This is not a table. Please save it as an Excel workbook or a CSV file.",
        ),
        ({"[Content_Types].xml": b"<broken", "xl/workbook.xml": b""}, DAMAGED),
    ],
)
def test_an_archive_that_is_no_workbook_is_told_what_to_do(parts: dict[str, bytes], message: str) -> None:
    assert refusal(archive(parts)) == message


def test_macros_are_not_looked_at() -> None:
    raw = with_parts(workbook([["name"], ["Ada"]]), {"xl/vbaProject.bin": b"\xd0\xcf\x11\xe0" * 100})
    assert read(raw).lines == [(2, ["Ada"])]


@pytest.mark.parametrize(
    "document_type",
    [
        '<!DOCTYPE a [<!ENTITY b "Ada"><!ENTITY c "&b;&b;">]>',
        '<!DOCTYPE a [<!ENTITY b SYSTEM "file:///etc/passwd">]>',
        '<!DOCTYPE a SYSTEM "http://127.0.0.1:9/a.dtd">',
    ],
)
@pytest.mark.parametrize(
    "part",
    [
        "xl/worksheets/sheet1.xml",
        "xl/sharedStrings.xml",
        "xl/styles.xml",
        "xl/workbook.xml",
        "[Content_Types].xml",
    ],
)
def test_document_types_and_entities_are_refused(document_type: str, part: str) -> None:
    rows = '<row><c t="s"><v>0</v></c></row><row><c t="str"><v>Ada</v></c></row>'
    raw = with_strings(rows, "<si><t>Ada</t></si>")
    with zipfile.ZipFile(io.BytesIO(raw)) as parts:
        xml = parts.read(part).decode()
    start = xml.index("?>") + 2 if xml.startswith("<?xml") else 0
    evil = xml[:start] + document_type + xml[start:].replace("Ada", "&c;")
    if "ENTITY" in document_type or part in {"xl/worksheets/sheet1.xml", "xl/sharedStrings.xml"}:
        assert refusal(with_parts(raw, {part: evil.encode()})) == DAMAGED


def test_bombs_are_refused_before_they_are_unpacked() -> None:
    zeros = b"\0" * 60_000_000
    deep = with_parts(workbook([["name"]]), {"xl/worksheets/sheet1.xml": zeros})
    many = archive(
        {"[Content_Types].xml": b"", "xl/workbook.xml": b""} | {f"xl/{n}.xml": b"" for n in range(3000)}
    )
    styles = with_parts(workbook([["name"]]), {"xl/styles.xml": b"<a>" + b" " * 5_000_000 + b"</a>"})
    other = archive({"[Content_Types].xml": b"", "xl/workbook.xml": b"\0" * 5000}, zipfile.ZIP_BZIP2)
    for bomb in (deep, many, styles, other):
        tracemalloc.start()
        assert refusal(bomb) == TOO_LARGE
        assert tracemalloc.get_traced_memory()[1] < 20_000_000
        tracemalloc.stop()


@pytest.mark.parametrize("name", ["xl/worksheets/book.xml", "xl/bookStrings.xml", "xl/book.dat"])
def test_a_large_tree_is_refused_whatever_its_part_is_called(name: str) -> None:
    raw = workbook([["name"], ["Ada"]])
    with zipfile.ZipFile(io.BytesIO(raw)) as parts:
        book, types = parts.read("xl/workbook.xml"), parts.read("[Content_Types].xml")
        relations = parts.read("xl/_rels/workbook.xml.rels")
    folder, _slash, last = name.rpartition("/")
    moved = {
        "[Content_Types].xml": types.replace(b"/xl/workbook.xml", f"/{name}".encode()),
        f"{folder}/_rels/{last}.rels": relations,
    }
    assert read(with_parts(raw, {**moved, name: book})).lines == [(2, ["Ada"])]
    assert refusal(with_parts(raw, {**moved, name: book + b" " * 5_000_000})) == TOO_LARGE


def test_a_directory_that_understates_a_part_reads_no_further() -> None:
    raw = bytearray(with_parts(workbook([["name"]]), {"xl/worksheets/sheet1.xml": b" " * 30_000_000}))
    # The size of each part stands in the directory and in front of the part.
    for mark, offset in ((b"PK\x01\x02", 24), (b"PK\x03\x04", 22)):
        at = raw.find(mark)
        while at >= 0:
            if int.from_bytes(raw[at + offset : at + offset + 4], "little") == 30_000_000:
                raw[at + offset : at + offset + 4] = (1000).to_bytes(4, "little")
            at = raw.find(mark, at + 4)
    tracemalloc.start()
    assert refusal(bytes(raw)) == DAMAGED
    assert tracemalloc.get_traced_memory()[1] < 20_000_000
    tracemalloc.stop()


def test_more_rows_than_allowed_are_refused_while_reading() -> None:
    rows = '<row><c t="str"><v>name</v></c></row>' * (MAX_ROWS + 200)
    assert refusal(with_sheet_xml(sheet_xml(rows))) == "This file has more than 100000 rows. Please split it."


def test_a_cell_far_away_is_refused() -> None:
    rows = '<row r="1"><c r="XFD1" t="str"><v>name</v></c></row>'
    assert "more than 300 columns" in refusal(with_sheet_xml(sheet_xml(rows)))
    assert refusal(with_sheet_xml(sheet_xml(rows.replace("XFD1", "ZZZZZ1")))) == DAMAGED


def test_a_protected_part_is_refused() -> None:
    raw = bytearray(workbook([["name"], ["Ada"]]))
    for mark, offset in ((b"PK\x01\x02", 8), (b"PK\x03\x04", 6)):
        at = raw.find(mark)
        while at >= 0:
            raw[at + offset] |= 1
            at = raw.find(mark, at + 4)
    assert refusal(bytes(raw)) == "This workbook is protected by a password. Please save a copy without one."


@pytest.mark.parametrize("seed", range(8))
def test_a_damaged_workbook_never_breaks_anything(seed: int) -> None:
    chance = random.Random(seed)
    good = workbook([["name", "number", "day"], *([f"Ädä {n}", n, dt.date(2026, 1, 1)] for n in range(30))])
    with zipfile.ZipFile(io.BytesIO(good)) as parts:
        contents = {name: parts.read(name) for name in parts.namelist()}
    for _time in range(60):
        raw = bytearray(good)
        if chance.random() < 0.3:
            del raw[chance.randrange(len(raw)) :]
        elif chance.random() < 0.5:
            for _bit in range(chance.randrange(1, 8)):
                raw[chance.randrange(len(raw))] ^= 1 << chance.randrange(8)
        else:
            # Sound as an archive, damaged in one of its parts.
            name = chance.choice(list(contents))
            part = bytearray(contents[name])
            for _bit in range(chance.randrange(1, 6)):
                part[chance.randrange(len(part))] ^= 1 << chance.randrange(8)
            raw = bytearray(archive(contents | {name: bytes(part)}))
        try:
            read(bytes(raw)).pack()
        except UnreadableFile as error:
            assert str(error)  # noqa: PT017 - any words will do
