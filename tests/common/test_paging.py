from __future__ import annotations

import base64
import datetime as dt
import json
from collections.abc import Sequence

import pytest
from django.db import connection
from django.db.models import F
from django.test.utils import CaptureQueriesContext

from common.models import AuditEntry
from common.paging import keyset_page
from people.models import Person

pytestmark = pytest.mark.django_db
BEGAN = dt.datetime(2026, 3, 3, 10, 0, 0, 123456, tzinfo=dt.UTC)


@pytest.fixture
def entries() -> None:
    """Ten entries; three and three share a time, actions repeat."""
    AuditEntry.objects.bulk_create(
        [
            AuditEntry(action=f"action.{number % 4}", at=BEGAN + dt.timedelta(microseconds=number // 3))
            for number in range(10)
        ]
    )


def walk(fields: Sequence[str], size: int) -> list[list[int]]:
    pages, after = [], None
    while True:
        page = keyset_page(AuditEntry.objects.all(), fields=fields, after=after, size=size)
        pages.append([entry.pk for entry in page.rows])
        after = page.next_cursor
        if after is None:
            return pages


@pytest.mark.parametrize(
    "fields",
    [("-at", "-pk"), ("at", "pk"), ("at", "-pk"), ("action", "-at", "pk"), ("pk",), ("-action", "pk")],
)
@pytest.mark.parametrize("size", [1, 3, 9, 10, 11])
def test_pages_show_every_row_once_and_in_order(entries: None, fields: Sequence[str], size: int) -> None:
    expected = list(AuditEntry.objects.order_by(*fields).values_list("pk", flat=True))
    assert walk(fields, size) == [expected[at : at + size] for at in range(0, 10, size)]


def test_an_empty_list_is_one_empty_page() -> None:
    assert walk(("pk",), 3) == [[]]


def test_rows_that_arrive_move_nothing(entries: None) -> None:
    first = keyset_page(AuditEntry.objects.all(), fields=("-at", "-pk"), size=4)
    AuditEntry.objects.create(action="new")
    second = keyset_page(AuditEntry.objects.all(), fields=("-at", "-pk"), after=first.next_cursor, size=4)
    newest = list(
        AuditEntry.objects.exclude(action="new").order_by("-at", "-pk").values_list("pk", flat=True)
    )
    assert [entry.pk for entry in [*first.rows, *second.rows]] == newest[:8]


def test_fields_of_another_table_and_annotations_may_order() -> None:
    for number in range(4):
        anna = Person.objects.create_user(
            f"{number}@example.org", family_name=f"F{number % 2}", display_name="x"
        )
        AuditEntry.objects.bulk_create(
            [AuditEntry(action=f"action.{number}", actor=anna) for _ in range(3 if number < 2 else 2)]
        )
    queryset = AuditEntry.objects.select_related("actor").annotate(double=F("pk") * 2)
    fields = ("actor__family_name", "-double")
    expected = [entry.pk for entry in queryset.order_by(*fields)]
    first = keyset_page(queryset, fields=fields, size=6)
    second = keyset_page(queryset, fields=fields, after=first.next_cursor, size=6)
    assert [entry.pk for entry in [*first.rows, *second.rows]] == expected


def cursor_of(values: object) -> str:
    return base64.urlsafe_b64encode(json.dumps(values).encode()).decode()


@pytest.mark.parametrize(
    "cursor",
    [
        "x",
        "ü",
        "%",
        "A" * 10_000,
        cursor_of([]),
        cursor_of(["2026-03-03T10:00:00+00:00"]),
        cursor_of(["yesterday", 1]),
        cursor_of([{"a": 1}, 1]),
        cursor_of([None, 1]),
        cursor_of(["2026-03-03T10:00:00+00:00", "a\0b"]),
        cursor_of(["2026-03-03T10:00:00+00:00", [1]]),
        cursor_of({"at": 1}),
        cursor_of("ab"),
        cursor_of(["9" * 30, 1]),
        cursor_of(["2026-03-03T10:00:00+00:00", 1e400]),
    ],
)
def test_a_cursor_that_is_not_ours_shows_the_first_page(entries: None, cursor: str) -> None:
    first = keyset_page(AuditEntry.objects.all(), fields=("-at", "-pk"), size=4)
    page = keyset_page(AuditEntry.objects.all(), fields=("-at", "-pk"), after=cursor, size=4)
    assert [entry.pk for entry in page.rows] == [entry.pk for entry in first.rows]


@pytest.mark.parametrize("number", [2**63, -(2**70)])
def test_a_number_beyond_any_id_is_no_error(entries: None, number: int) -> None:
    cursor = cursor_of(["2026-03-03T10:00:00+00:00", number])
    assert keyset_page(AuditEntry.objects.all(), fields=("-at", "-pk"), after=cursor).rows == []


@pytest.mark.needs_postgres
def test_a_late_page_begins_in_the_index() -> None:
    AuditEntry.objects.bulk_create([AuditEntry(action="a") for _ in range(3000)])
    page = keyset_page(AuditEntry.objects.all(), fields=("-at", "-pk"), size=2000)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE common_auditentry")
    with CaptureQueriesContext(connection) as queries:
        keyset_page(AuditEntry.objects.all(), fields=("-at", "-pk"), after=page.next_cursor)
    with connection.cursor() as cursor:
        cursor.execute(f"EXPLAIN {queries[0]['sql']}")
        plan = " ".join(line for (line,) in cursor.fetchall())
    assert "Index Scan using audit_newest" in plan
    assert "Index Cond" in plan
