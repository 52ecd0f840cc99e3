"""Files that are not what they should be, given to every form that takes a file."""

from __future__ import annotations

from pathlib import Path

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from tests.authz.visiting import Visitors, fingerprint, undone
from tests.hostile.conftest import Found
from tests.hostile.pages import Page

pytestmark = pytest.mark.django_db

HEADER = "employee_id,name,email,organisation,manager\n"
ROW = "n-1,Åsa Öberg,asa@brightwater.example,Ferry line,\n"

FILES: dict[str, bytes] = {
    "nothing": b"",
    "only a byte-order mark": b"\xef\xbb\xbf",
    "only a header": HEADER.encode(),
    "only line ends": b"\n\r\n\r\r\n",
    "a header and no column we know": b"alpha;beta\n1;2\n",
    "one column twice": b"email,email,name\na@b.example,c@d.example,E\n",
    "bytes of no encoding": b"employee_id,name\n1,\xff\xfe\x80\n",
    "latin": (HEADER + ROW).encode("latin-1"),
    "utf-16": (HEADER + ROW).encode("utf-16"),
    "utf-16 without its mark": (HEADER + ROW).encode("utf-16-le"),
    "utf-32": (HEADER + ROW).encode("utf-32"),
    "utf-8 read as latin once": (HEADER + ROW).encode().decode("latin-1").encode(),
    "a NUL": (HEADER + "n-1,A\x00B,a\x00@b.example,Ferry line,\n").encode(),
    "a lone surrogate": (HEADER + "n-1,A\ud800B,a@b.example,Ferry line,\n").encode("utf-8", "surrogatepass"),
    "a quote never closed": (HEADER + 'n-1,"A,a@b.example,Ferry line,\n' + ROW * 50).encode(),
    "rows of all lengths": (HEADER + "1\n1,2\n" + "," * 50 + "\n" + "1," * 3000 + "\n").encode(),
    "a cell of a megabyte": (HEADER + "n-1," + "A" * 1_000_000 + ",a@b.example,Ferry line,\n").encode(),
    "ten thousand columns": b",".join(b"c%d" % number for number in range(10_000)) + b"\n1\n",
    "the same row again and again": (HEADER + ROW * 200).encode(),
    "a person who manages themselves": (HEADER + "n-1,A,a@b.example,Ferry line,n-1\n").encode(),
    "markup": (
        HEADER + "n-1,<script>alert(1)</script>,a@b.example,\"'><img src=x onerror=alert(1)>,\n"
    ).encode(),
    "a picture": b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 20,
    "a spreadsheet": b"PK\x03\x04" + bytes(range(256)) * 20,
}


def send(visitors: Visitors, found: Found, name: str, content: bytes) -> list[str]:
    """What is wrong with the answer, and with the page it leads to."""
    data: dict[str, object] = dict(found.form.filled())
    for one in found.form.files:
        data[one.name] = SimpleUploadedFile(name, content, "text/csv")
    wrong = []
    with undone():
        response = visitors.client(found.role).post(found.form.action, data)
        if response.status_code == 302:
            response = visitors.client(found.role).get(response["Location"])
        if response.status_code >= 500:
            wrong.append(f"{response.status_code} {getattr(response, 'exc_info', None)}")
        elif response.get("Content-Type", "").startswith("text/html"):
            page = Page("/", response.content.decode())
            wrong += page.dangers + _applied(visitors, found, page)
    return [f"{found.form.url_name}: {fault}" for fault in wrong]


def _applied(visitors: Visitors, found: Found, page: Page) -> list[str]:
    """The next step, where the page offers one."""
    wrong = []
    for form in page.forms:
        if form.url_name.endswith("-apply"):
            response = visitors.client(found.role).post(form.action, form.filled())
            if response.status_code >= 500:
                wrong.append(f"applied: {response.status_code} {getattr(response, 'exc_info', None)}")
    return wrong


@pytest.mark.parametrize("what", FILES)
def test_a_strange_file_never_breaks_a_form(what: str, forms: list[Found], visitors: Visitors) -> None:
    taking_files = [found for found in forms if found.form.files]
    assert taking_files, "no form takes a file"
    before = fingerprint()
    wrong = [fault for found in taking_files for fault in send(visitors, found, "people.csv", FILES[what])]
    assert wrong == []
    assert fingerprint() == before


@pytest.mark.parametrize(
    "name",
    [
        "../../../etc/passwd",
        "a" * 300 + ".csv",
        "<script>alert(1)</script>.csv",
        "\u202egpj.csv",
        "a\x00.csv",
        ".csv",
    ],
)
def test_a_strange_name_never_breaks_a_form(name: str, forms: list[Found], visitors: Visitors) -> None:
    before = fingerprint()
    content = (HEADER + ROW).encode()
    wrong = [fault for found in forms if found.form.files for fault in send(visitors, found, name, content)]
    assert wrong == []
    assert fingerprint() == before


def test_formulas_and_hostile_strings_in_every_column(
    forms: list[Found], visitors: Visitors, hostile_texts: list[str], tmp_path: Path
) -> None:
    cells = ['"' + text.replace('"', '""') + '"' for text in hostile_texts]
    rows = [",".join(cells[start : start + 5]) for start in range(0, len(cells), 5)]
    content = (HEADER + "\n".join(rows)).encode("utf-8", "surrogatepass")
    assert [
        fault for found in forms if found.form.files for fault in send(visitors, found, "people.csv", content)
    ] == []
