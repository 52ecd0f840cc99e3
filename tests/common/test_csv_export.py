from __future__ import annotations

import csv
import io
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from common.csv_export import csv_response, safe_cell


@pytest.mark.parametrize(
    ("value", "cell"),
    [
        ("=1+1", "'=1+1"),
        ("+41 44 000", "'+41 44 000"),
        ("-3", "'-3"),
        ("@SUM(A1)", "'@SUM(A1)"),
        (" =1+1", "' =1+1"),
        ("\t=1+1", "'\t=1+1"),
        ("\r=1+1", "'\r=1+1"),
        ("＝1+1", "'＝1+1"),
        ("Anna = Bert", "Anna = Bert"),
        ("", ""),
        (None, ""),
        (-3, "-3"),
        (-0.5, "-0.5"),
        (Decimal("-1.5"), "'-1.5"),
    ],
)
def test_safe_cell(value: object, cell: str) -> None:
    assert safe_cell(value) == cell


@given(st.text())
def test_no_text_begins_as_a_formula(text: str) -> None:
    assert not safe_cell(text).lstrip().startswith(("=", "+", "-", "@"))


def test_a_download_reads_back_as_written() -> None:
    response = csv_response("Wave 7: “Pulse”", ["Team", "n"], [['Say "hi", all', 3], ["=A1", None]])
    assert response["Content-Disposition"] == 'attachment; filename="Wave-7-Pulse.csv"'
    assert response["Content-Type"] == "text/csv; charset=utf-8"
    text = response.content.decode("utf-8-sig")
    assert list(csv.reader(io.StringIO(text))) == [["Team", "n"], ['Say "hi", all', "3"], ["'=A1", ""]]


@pytest.mark.parametrize("name", ["", "../..", '"\r\nX: y', "💥"])
def test_a_file_name_holds_nothing_harmful(name: str) -> None:
    header = csv_response(name, [], [])["Content-Disposition"]
    assert header in {'attachment; filename="export.csv"', 'attachment; filename="X-y.csv"'}
