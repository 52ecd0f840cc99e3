"""Many rows in one go, without a model instance for each: COPY on PostgreSQL, else a prepared statement.

Nothing here checks values or fills in defaults: the caller has done both. Columns are named as in the model's
``attname``: ``team_id`` rather than ``team``. Rows are read as they come and never kept.
"""

from __future__ import annotations

import io
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any

from django.core.serializers.json import DjangoJSONEncoder
from django.db import connection, models, transaction
from django.db.backends.utils import CursorWrapper

from common.chunks import in_chunks

ROWS_AT_ONCE = 5000
_KEYS_AT_ONCE = 500
# One for all rows: making an encoder takes as long as a small value.
_JSON = DjangoJSONEncoder()
_ESCAPED = str.maketrans({"\\": "\\\\", "\t": "\\t", "\n": "\\n", "\r": "\\r", "\b": "\\b", "\f": "\\f"})

Record = Sequence[Any]


def reserve_ids(model: type[models.Model], count: int) -> list[int]:
    """Primary keys nobody else will get, so that rows can point at each other before any is written."""
    table, key = model._meta.db_table, _key(model).column
    with transaction.atomic(), connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute(
                "SELECT nextval(pg_get_serial_sequence(%s, %s)) FROM generate_series(1, %s)",
                [table, key, count],
            )
            return [row[0] for row in cursor.fetchall()]
        cursor.execute("UPDATE sqlite_sequence SET seq = seq + %s WHERE name = %s", [count, table])
        if not cursor.rowcount:
            # SQLite begins to count with the first row.
            cursor.execute("INSERT INTO sqlite_sequence (name, seq) VALUES (%s, %s)", [table, count])
        cursor.execute("SELECT seq FROM sqlite_sequence WHERE name = %s", [table])
        last: int = cursor.fetchone()[0]
        return list(range(last - count + 1, last + 1))


def insert_rows(model: type[models.Model], columns: Sequence[str], rows: Iterable[Record]) -> None:
    """New rows; each has the values of ``columns`` in their order."""
    with connection.cursor() as cursor:
        _write(cursor, _quoted(model._meta.db_table), _fields(model, columns), rows)


def update_rows(model: type[models.Model], columns: Sequence[str], rows: Iterable[Record]) -> None:
    """New values of ``columns`` for stored rows: each record is a primary key, then the values."""
    key, fields = _key(model), _fields(model, columns)
    table = _quoted(model._meta.db_table)
    names = [_quoted(field.column) for field in fields]
    with transaction.atomic(), connection.cursor() as cursor:
        if connection.vendor != "postgresql":
            settings = ", ".join(f"{name} = %s" for name in names)
            statement = f"UPDATE {table} SET {settings} WHERE {_quoted(key.column)} = %s"
            for chunk in in_chunks(rows, ROWS_AT_ONCE):
                # The key comes last in this statement.
                cursor.executemany(statement, [(*row[1:], row[0]) for row in _adapted([key, *fields], chunk)])
            return
        listed = ", ".join([_quoted(key.column), *names])
        cursor.execute(
            f"CREATE TEMPORARY TABLE bulk_update ON COMMIT DROP AS SELECT {listed} FROM {table} WITH NO DATA"
        )
        _write(cursor, "bulk_update", [key, *fields], rows)
        settings = ", ".join(f"{name} = bulk_update.{name}" for name in names)
        cursor.execute(
            f"UPDATE {table} SET {settings} FROM bulk_update "
            f"WHERE {table}.{_quoted(key.column)} = bulk_update.{_quoted(key.column)}"
        )
        cursor.execute("DROP TABLE bulk_update")


def delete_rows(model: type[models.Model], keys: Sequence[int]) -> None:
    """These rows and nothing else: what still points at one of them makes the database refuse."""
    table, key = _quoted(model._meta.db_table), _quoted(_key(model).column)
    with transaction.atomic(), connection.cursor() as cursor:
        for chunk in in_chunks(keys, _KEYS_AT_ONCE):
            places = ", ".join("%s" for _key_ in chunk)
            cursor.execute(f"DELETE FROM {table} WHERE {key} IN ({places})", chunk)


def _write(
    cursor: CursorWrapper, table: str, fields: Sequence[models.Field[Any, Any]], rows: Iterable[Record]
) -> None:
    listed = ", ".join(_quoted(field.column) for field in fields)
    copies = connection.vendor == "postgresql"
    values = ", ".join("%s" for _field in fields)
    for chunk in in_chunks(rows, ROWS_AT_ONCE):
        if copies:
            cursor.copy_expert(f"COPY {table} ({listed}) FROM STDIN", _as_copied_text(fields, chunk))
        else:
            cursor.executemany(
                f"INSERT INTO {table} ({listed}) VALUES ({values})",
                list(_adapted(fields, chunk)),
            )


def _as_copied_text(fields: Sequence[models.Field[Any, Any]], rows: Iterable[Record]) -> io.StringIO:
    writers = [_json if isinstance(field, models.JSONField) else _plain for field in fields]
    lines = [
        "\t".join("\\N" if value is None else write(value) for write, value in zip(writers, row, strict=True))
        for row in rows
    ]
    return io.StringIO("\n".join(lines) + "\n" if lines else "")


def _plain(value: Any) -> str:
    return str(value).translate(_ESCAPED)


def _json(value: Any) -> str:
    return _JSON.encode(value).translate(_ESCAPED)


def _adapted(fields: Sequence[models.Field[Any, Any]], rows: Iterable[Record]) -> Iterator[tuple[Any, ...]]:
    """Each record as the database's own driver takes it."""
    adapters: list[Callable[[Any], Any]] = [_adapter(field) for field in fields]
    for row in rows:
        yield tuple(adapt(value) for adapt, value in zip(adapters, row, strict=True))


def _adapter(field: models.Field[Any, Any]) -> Callable[[Any], Any]:
    if isinstance(field, models.JSONField):
        return lambda value: None if value is None else _JSON.encode(value)
    return lambda value: value if value is None else field.get_db_prep_save(value, connection)


def _fields(model: type[models.Model], columns: Sequence[str]) -> list[models.Field[Any, Any]]:
    by_name = {field.attname: field for field in model._meta.concrete_fields}
    return [by_name[column] for column in columns]


def _key(model: type[models.Model]) -> models.Field[Any, Any]:
    key: models.Field[Any, Any] = model._meta.pk
    return key


def _quoted(name: str | None) -> str:
    return connection.ops.quote_name(name or "")
