"""Requests no browser of ours sends: broken, huge, mistyped. Never an error of ours, nothing half done."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from tests.authz.table import TABLE, Line
from tests.authz.visiting import Visit, Visitors, fingerprint, undone
from tests.authz.world import World
from tests.hostile.conftest import Found
from tests.hostile.test_texts import FORM, encode

pytestmark = pytest.mark.django_db

WITH_POST = [line for line in TABLE if "POST" in line.methods]
NAMES = sorted({line.name for line in WITH_POST})
BOUNDARY = "multipart/form-data; boundary=x"
PART = b'--x\r\nContent-Disposition: form-data; name="title"'
TEN_MEGABYTES = b"title=" + b"a" * (10 * 1024 * 1024)

BODIES: dict[str, tuple[bytes, str]] = {
    "nothing": (b"", FORM),
    "a list where a form is meant": (b'["a", {"title": null}]', "application/json"),
    "broken JSON": (b'{"title": "\xff', "application/json"),
    "XML with an entity": (b'<!DOCTYPE a [<!ENTITY b SYSTEM "file:///etc/passwd">]><a>&b;</a>', "text/xml"),
    "a type that is none": (b"title=a", "no type at all"),
    "an encoding that is none": (b"title=a", f"{FORM}; charset=no-such-charset"),
    "another encoding": ("title=ä".encode("utf-16"), f"{FORM}; charset=utf-16"),
    "bytes of no encoding": (b"title=%ff%fe%ed%a0%80&%ff=%00&\xff\xfe=\x00", FORM),
    "many fields": (b"&".join(b"f%d=1" % number for number in range(1500)), FORM),
    "one field many times": (b"&".join(b"title=1" for _ in range(900)), FORM),
    "only separators": (b"&=&;&&==&" * 90, FORM),
    "ten megabytes": (TEN_MEGABYTES, FORM),
    "multipart without a boundary": (PART, "multipart/form-data"),
    "multipart that ends early": (PART, BOUNDARY),
    "multipart without its end": (PART + b"\r\n\r\nabc", BOUNDARY),
    "multipart with a broken header": (
        b"--x\r\nContent-Disposition: form-data; name\r\n\r\nabc\r\n--x--",
        BOUNDARY,
    ),
    "multipart in broken base64": (
        PART + b"\r\nContent-Transfer-Encoding: base64\r\n\r\n!!!!!\r\n--x--",
        BOUNDARY,
    ),
    "multipart with many parts": ((PART + b"\r\n\r\nabc\r\n") * 1500 + b"--x--", BOUNDARY),
    "multipart with many files": (
        (PART + b'; filename="a.csv"\r\n\r\nabc\r\n') * 150 + b"--x--",
        BOUNDARY,
    ),
}
# The form, the kind page for a request that could not be read, the page for others, or what comes next.
KIND = {200, 302, 400, 403, 404, 405, 413, 422, 429}


PAGES_IN_TURN = 4


def knock(line: Line, world: World, visitors: Visitors, body: bytes, content_type: str) -> Visit:
    return visitors.visit(line.insider(), "POST", line.url(world), data=body, content_type=content_type)


@pytest.mark.parametrize("what", BODIES)
def test_a_strange_body_never_breaks_a_page(what: str, world: World, visitors: Visitors) -> None:
    """Most pages read a body alike: each goes to every fourth, and to those that read it their own way."""
    body, content_type = BODIES[what]
    turn = list(BODIES).index(what) % PAGES_IN_TURN
    wrong = []
    before = fingerprint()
    readers = [line for line in WITH_POST if line.public or "import" in line.name]
    for line in [*WITH_POST[turn::PAGES_IN_TURN], *readers]:
        with undone():
            visit = knock(line, world, visitors, body, content_type)
        if visit.status not in KIND or (visit.status >= 400 and visit.facts):
            wrong.append(f"{line}: {visit.status} {visit.error}, wrote {visit.facts}")
        if visit.status == 400 and b"<h1" not in visit.response.content:
            wrong.append(f"{line}: not the kind page, but {visit.response.content[:80]!r}")
    assert wrong == []
    assert fingerprint() == before


# --- Forms filled in wrongly --------------------------------------------------------------------------------
def _times(value: str, number: int) -> Callable[[list[str]], list[str]]:
    return lambda _values: [value] * number


WAYS: dict[str, Callable[[list[str]], list[str]]] = {
    "left out": lambda _values: [],
    "empty": lambda _values: [""],
    "given twice": lambda values: values * 2,
    "given five times": _times("1", 5),
    "a NUL": lambda _values: ["a\x00b"],
    "a lone surrogate": lambda _values: ["a\ud800b"],
    "only spaces": lambda _values: [" \u00a0\u200b\u3000"],
    "a number too large": lambda _values: ["9" * 40],
    "a number below nothing": lambda _values: ["-1"],
    "no number": lambda _values: ["NaN"],
    "endless": lambda _values: ["1e999"],
    "other digits": lambda _values: ["٣"],
    "a date that is none": lambda _values: ["2031-02-30T25:61"],
    "a day that is none": lambda _values: ["2031-02-30"],
    "a day before all days": lambda _values: ["0000-00-00"],
    "the last day of all": lambda _values: ["9999-12-31"],
    "the last minute of all": lambda _values: ["9999-12-31T23:59"],
    "the first day of all": lambda _values: ["0001-01-01"],
    "the first minute of all": lambda _values: ["0001-01-01T00:00"],
    "a list in words": lambda _values: ["[1, 2]"],
    "a field of a field": lambda _values: ['{"$gt": ""}'],
    "a choice nobody offered": lambda _values: ["no-such-choice"],
    "very long": lambda _values: ["word " * 20_000],
    "marks upon marks": lambda _values: ["a" + "\u0300" * 5_000],
}

# Neighbouring fields take different ways of these when they are filled in wrongly alone, one in so many. Of a
# form in several shapes, as that of a question has one for each kind, each shape takes fewer, and others.
WAYS_IN_TURN = 8
SHAPES_IN_TURN = 3
# The next shape begins so many further on: not a divisor of their number, so that none comes again soon.
STEP_TO_NEXT_SHAPE = 7
# No view reads it, and the test client lets any pass; see the test of its own.
TOKEN = "csrfmiddlewaretoken"


@pytest.mark.parametrize("name", NAMES)
def test_a_field_filled_in_wrongly_never_breaks_a_form(
    name: str, forms: list[Found], visitors: Visitors
) -> None:
    wrong: list[str] = []
    before = fingerprint()
    shapes = [one for one in forms if one.form.url_name == name and one.form.method == "post"]
    every = WAYS_IN_TURN * min(len(shapes), SHAPES_IN_TURN)
    for turn, found in enumerate(shapes):
        for words, data in _filled_in_wrongly(found, every=every, turn=turn * STEP_TO_NEXT_SHAPE):
            with undone():
                visit = visitors.visit(
                    found.role, "POST", found.form.action, data=encode(data), content_type=FORM
                )
            if visit.status not in KIND or (visit.status >= 400 and visit.facts):
                wrong.append(f"{words}: {visit.status} {visit.error}, wrote {visit.facts}")
    assert wrong == []
    assert fingerprint() == before


def _filled_in_wrongly(
    found: Found, *, every: int = WAYS_IN_TURN, turn: int = 0
) -> Iterator[tuple[str, dict[str, list[str]]]]:
    """Every field in each wrong way at once; then one at a time, where the others let the form go on.

    Nothing for a form that is one button: a body that is none of its own goes there in the test above.
    """
    willing = found.form.filled()
    fields = [field for field in willing if field != TOKEN]
    for way, spoil in WAYS.items():
        if fields:
            yield f"every field, {way}", willing | {field: spoil(willing[field]) for field in fields}
    for number, field in enumerate(fields):
        for way in list(WAYS)[(number + turn) % every :: every]:
            yield f"{field}, {way}", willing | {field: WAYS[way](willing[field])}


@pytest.mark.parametrize("way", WAYS)
def test_a_token_filled_in_wrongly_lets_nothing_through(way: str, world: World, visitors: Visitors) -> None:
    """One form stands for all: the same middleware reads it before any view."""
    line = next(line for line in WITH_POST if line.name == "surveys:survey-create")
    data = encode({TOKEN: WAYS[way](["a" * 64]), "title": ["How we work"]})
    with undone():
        visit = visitors.visit(
            line.insider(), "POST", line.url(world), data=data, content_type=FORM, enforce_csrf_checks=True
        )
    assert (visit.status, visit.facts) == (403, [])


def test_a_search_filled_in_wrongly_never_breaks_a_page(forms: list[Found], visitors: Visitors) -> None:
    wrong = []
    for found in forms:
        if found.form.method == "get":
            for words, data in _filled_in_wrongly(found):
                if sum(len(value) for values in data.values() for value in values) < 8_000:
                    url = f"{found.form.action}?{encode(data).decode()}"
                    visit = visitors.visit(found.role, "GET", url)
                    if visit.status not in KIND or visit.writes:
                        wrong.append(f"{found.form.action}, {words}: {visit.status} {visit.error}")
    assert wrong == []


@pytest.mark.parametrize(
    "query",
    ["page=-1&after=x&q=%ff%00", "after=%00&next=%00", "after=W10%3D", "after=bnVsbA"],
)
def test_a_strange_question_never_breaks_a_page(query: str, world: World, visitors: Visitors) -> None:
    """Whatever stands behind the question mark: cursors of lists that nobody gave out above all."""
    wrong = []
    for line in TABLE:
        if "GET" in line.methods:
            with undone():
                visit = visitors.visit(line.insider(), "GET", f"{line.url(world)}?{query}")
            # A probe may have found something, here that the machine is busy.
            if visit.status not in KIND | ({503} if line.name.startswith("readyz") else set()):
                wrong.append(f"{line}: {visit.status} {visit.error}")
    assert wrong == []
