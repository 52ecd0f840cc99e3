"""Every file the portal hands out, with whatever may stand in the database."""

from __future__ import annotations

import io
import json
import re
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from openpyxl import load_workbook

from common.models import ImportFile
from tests.authz.table import TABLE, Line
from tests.authz.visiting import Visitors, undone
from tests.authz.world import Role, World
from tests.hostile.doors import MORE, WITH_FACTOR
from tests.hostile.pages import Page
from tests.hostile.test_stored import formulas, is_formula, poison

pytestmark = pytest.mark.django_db

# What a new one is added to: with it, it is crossed with every formula.
DOWNLOADS = {
    "common:audit-csv",
    "customers:contact-data",
    "customers:contact-import-problems",
    "customers:contact-import-template",
    "people:absence-import-problems",
    "people:absence-import-template",
    "people:import-report",
    "people:import-template",
    "signing_in:recovery-codes-text",
    "surveys:survey-file",
    "surveys:translation-file",
    "surveys:wave-answers-csv",
    "surveys:wave-results-csv",
    "surveys:wave-results-xlsx",
    "your-data-download",
}
# These say nothing that anybody typed.
WITHOUT_WORDS = {
    "customers:contact-import-template",
    "people:absence-import-template",
    "people:import-template",
    "signing_in:recovery-codes-text",
}
# These say what is wrong with a file somebody sent.
OF_FILES = {"customers:contact-import-problems", "people:absence-import-problems", "people:import-report"}
HEADERS = {
    "customers:contact-import": "organisation,name,email",
    "people:absence-import": "email,first day,last day",
}
WORKBOOK = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
SAFE_NAME = re.compile(r'attachment; filename="[A-Za-z0-9.-]{5,300}"')


def downloads(world: World, visitors: Visitors) -> Iterator[tuple[Line, Any]]:
    """Whatever answers with a file, asked for or sent for, once for each line of the table."""
    for line in [*TABLE, *MORE]:
        for method in {"GET", "POST"} & set(line.methods):
            for role in dict.fromkeys((line.insider(), WITH_FACTOR)):
                with undone():
                    response = visitors.visit(role, method, line.url(world)).response
                if "Content-Disposition" in response.headers:
                    yield line, response
                    break


def cells_of(response: Any) -> list[Any]:
    """Of a workbook, those that hold anything."""
    book = load_workbook(io.BytesIO(response.content))
    return [cell for sheet in book for row in sheet.iter_rows() for cell in row if cell.value is not None]


def texts_of(response: Any) -> dict[str, str]:
    """Each text file in it by its name; of a workbook what stands in its cells."""
    if response["Content-Type"] == WORKBOOK:
        return {WORKBOOK: "\n".join(str(cell.value) for cell in cells_of(response))}
    if response["Content-Type"] != "application/zip":
        return {response["Content-Type"].split(";")[0]: response.content.decode("utf-8-sig")}
    with zipfile.ZipFile(io.BytesIO(response.content)) as packed:
        return {name: packed.read(name).decode() for name in packed.namelist()}


def faults(response: Any) -> Iterator[str]:
    if not SAFE_NAME.fullmatch(response["Content-Disposition"]):
        yield f"the name {response['Content-Disposition']!r}"
    if response.get("X-Content-Type-Options") != "nosniff":
        yield "its kind may be guessed"
    if response["Content-Type"] == WORKBOOK:
        # Text stays text, also after somebody has edited the cell.
        yield from (
            f"the formula {cell.value!r}"
            for cell in cells_of(response)
            if cell.data_type == "f"
            or (isinstance(cell.value, str) and is_formula(cell.value) and not cell.quotePrefix)
        )
    for name, text in texts_of(response).items():
        if name == "text/csv":
            yield from (f"the formula {cell!r}" for cell in formulas(text))
        elif name.endswith(".html"):
            # It is read beside no style sheet of ours, and brings its own.
            yield from (danger for danger in Page("/", text).dangers if danger != "<style>")
        elif name.endswith((".json", "/json")):
            json.loads(text)


def test_every_download_is_known(world: World, visitors: Visitors) -> None:
    assert {line.name for line, _response in downloads(world, visitors)} == DOWNLOADS


def _poisons(shared_data: Path) -> list[str]:
    lines = (shared_data / "texts" / "csv-payload.txt").read_text().splitlines()
    # Beside the formulas: what would end a header, a file name or a row.
    return [*lines, 'a\r\nSet-Cookie: evil=1"; filename="evil.exe', "\t=1+1", "＝1+1", '";=1+1,"\n=1+1']


def test_no_download_holds_a_formula_or_a_name_from_outside(
    world: World, visitors: Visitors, shared_data: Path
) -> None:
    wrong = []
    silent: set[str] = set()
    known = [line for line in [*TABLE, *MORE] if line.name in DOWNLOADS]
    assert len(known) > len(DOWNLOADS)
    for text in _poisons(shared_data):
        shown = set()
        with undone():
            poison(text)
            for line in known:
                for method in {"GET", "POST"} & set(line.methods):
                    with undone():
                        role = WITH_FACTOR if line.name.startswith("signing_in") else line.insider()
                        response = visitors.visit(role, method, line.url(world)).response
                    if response.status_code >= 500:
                        wrong.append(f"{line} {text!r}: {getattr(response, 'exc_info', None)}")
                    elif "Content-Disposition" in response.headers:
                        wrong += [f"{line} {text!r}: {fault}" for fault in faults(response)]
                        if text[-4:] in "".join(texts_of(response).values()):
                            shown.add(line.name)
        if text.isascii() and "\n" not in text and '"' not in text:
            silent |= DOWNLOADS - WITHOUT_WORDS - OF_FILES - shown
    assert wrong == []
    # Those that hold words do show them, or nothing was tried.
    assert silent == set()


@pytest.mark.parametrize("prefix", HEADERS)
def test_what_is_wrong_with_a_file_is_told_without_its_formulas(
    prefix: str, visitors: Visitors, shared_data: Path
) -> None:
    poisons = _poisons(shared_data)
    cells = ['"' + text.replace('"', '""') + '"' for text in poisons for _column in range(3)]
    rows = [",".join(cells[start : start + 3]) for start in range(0, len(cells), 3)]
    content = "\n".join([HEADERS[prefix], *rows]).encode()
    with undone():
        client = visitors.client(Role.HR)
        file = SimpleUploadedFile("=1+1\r\nSet-Cookie: evil=1.csv", content, "text/csv")
        assert client.post(reverse(f"{prefix}-create"), {"file": file}).status_code == 302
        run = ImportFile.objects.latest("pk")
        response = client.get(reverse(f"{prefix}-problems", args=[run.pk]))
        assert response.status_code == 200
        assert list(faults(response)) == []
        assert len(response.content.splitlines()) > len(poisons)


def test_what_is_typed_into_a_search_reaches_no_formula(visitors: Visitors, hostile_texts: list[str]) -> None:
    """The log can be exported as filtered, by words of whoever looks."""
    for text in hostile_texts[:: max(1, len(hostile_texts) // 40)]:
        with undone():
            response = visitors.client(Role.ADMINISTRATOR).get("/audit/entries.csv", {"q": text})
        assert response.status_code in {200, 400, 422}
        if response.status_code == 200:
            assert list(faults(response)) == []
