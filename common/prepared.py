"""A statement that is put together once and runs many times, each time with other values.

Putting a statement together costs Django more than many a statement costs the database; where the same one
runs for each of thousands of rows that adds up.

    mark = PreparedUpdate(Message.objects.filter(pk=Slot("pk", BigIntegerField())), state="sent")
    mark(pk=7)
"""

from __future__ import annotations

from typing import Any

from django.db import DEFAULT_DB_ALIAS, connections
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models import Expression, Field, Model, QuerySet
from django.db.models.sql import UpdateQuery
from django.db.models.sql.compiler import SQLCompiler


class Slot(Expression):
    """A value to be filled in by ``name`` each time the statement runs."""

    def __init__(self, name: str, output_field: Field[Any, Any]) -> None:
        super().__init__(output_field=output_field)
        self.name = name

    def as_sql(self, compiler: SQLCompiler, connection: BaseDatabaseWrapper) -> Any:
        return "%s", [self]

    def fill(self, values: dict[str, Any], connection: BaseDatabaseWrapper) -> Any:
        return self.output_field.get_db_prep_value(values[self.name], connection)


class PreparedUpdate:
    """An UPDATE of a queryset, in which slots may stand for what to look for and what to write."""

    def __init__(self, rows: QuerySet[Model], **changes: Any) -> None:
        query: UpdateQuery = rows.query.chain(UpdateQuery)  # type: ignore[assignment]
        query.add_update_values(changes)
        self._sql, self._params = query.get_compiler(DEFAULT_DB_ALIAS).as_sql()

    def __call__(self, **values: Any) -> int:
        """How many rows it changed."""
        connection = connections[DEFAULT_DB_ALIAS]
        params = [
            param.fill(values, connection) if isinstance(param, Slot) else param for param in self._params
        ]
        with connection.cursor() as cursor:
            cursor.execute(self._sql, params)
            return int(cursor.rowcount)
