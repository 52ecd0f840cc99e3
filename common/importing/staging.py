"""A file by page: it waits while somebody looks at it and says how it is meant.

Works on any model with the fields of ``StagedFile``; when it is applied is the model's own matter.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import asdict
from typing import Any, Protocol

from common.importing.columns import FieldSet, problems_of, propose, remember
from common.importing.grid import Choices, Grid
from common.importing.reading import read_file
from common.importing.table import Table, table_of


class StagedFile(Protocol):
    """``content`` and ``packed`` are bytes or None; ``mapping`` is None until the columns can be used."""

    content: Any
    packed: Any
    choices: Any
    mapping: Any

    def save(self, *, update_fields: Collection[str] | None = None) -> None: ...


def stage(run: StagedFile, raw: bytes, fields: FieldSet) -> Grid:
    """Read the file and keep it, with its columns where they are clear. Raises UnreadableFile."""
    run.content = raw
    grid = _read(run, Choices(), fields)
    run.save()
    return grid


def reread(run: StagedFile, choices: Choices, fields: FieldSet) -> None:
    """Read it anew as somebody says. Raises UnreadableFile, and then nothing has changed."""
    _read(run, choices, fields)
    run.save(update_fields=["packed", "choices", "mapping"])


def _read(run: StagedFile, choices: Choices, fields: FieldSet) -> Grid:
    grid = read_file(bytes(run.content), known=list(fields.known_headings()), choices=choices)
    run.packed = grid.pack()
    run.choices = {name: value for name, value in asdict(choices).items() if value}
    mapping = propose(fields, grid.headings)
    run.mapping = None if problems_of(fields, grid.headings, mapping) else mapping
    return grid


def choose_columns(run: StagedFile, mapping: Sequence[str], fields: FieldSet) -> None:
    """Use the columns as somebody says, and propose it for the next file."""
    remember(fields, grid_of(run).headings, list(mapping))
    run.mapping = list(mapping)
    run.save(update_fields=["mapping"])


def grid_of(run: StagedFile) -> Grid:
    return Grid.unpack(bytes(run.packed))


def table(run: StagedFile) -> Table:
    """Its rows by field, once its columns are known."""
    return table_of(grid_of(run), run.mapping)
