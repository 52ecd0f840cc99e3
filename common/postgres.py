"""Migration operations for what only PostgreSQL has; elsewhere they do nothing."""

from __future__ import annotations

from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.operations.base import Operation
from django.db.migrations.state import ProjectState


class TrigramIndex(Operation):
    """Lets ``LIKE '%word%'`` over a text column use an index."""

    reversible = True
    reduces_to_sql = True

    def __init__(self, model_name: str, column: str, name: str) -> None:
        self.model_name = model_name
        self.column = column
        self.name = name

    def state_forwards(self, app_label: str, state: ProjectState) -> None:
        """Not in the state: the models are the same on every database."""

    def database_forwards(
        self,
        app_label: str,
        schema_editor: BaseDatabaseSchemaEditor,
        from_state: ProjectState,
        to_state: ProjectState,
    ) -> None:
        if schema_editor.connection.vendor != "postgresql":
            return
        quote = schema_editor.quote_name
        table = to_state.apps.get_model(app_label, self.model_name)._meta.db_table
        schema_editor.execute("CREATE EXTENSION IF NOT EXISTS pg_trgm")
        schema_editor.execute(
            f"CREATE INDEX {quote(self.name)} ON {quote(table)} USING gin ({quote(self.column)} gin_trgm_ops)"
        )

    def database_backwards(
        self,
        app_label: str,
        schema_editor: BaseDatabaseSchemaEditor,
        from_state: ProjectState,
        to_state: ProjectState,
    ) -> None:
        if schema_editor.connection.vendor == "postgresql":
            schema_editor.execute(f"DROP INDEX {schema_editor.quote_name(self.name)}")

    def describe(self) -> str:
        return f"Trigram index on {self.column} of {self.model_name}"
