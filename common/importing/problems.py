from __future__ import annotations

from dataclasses import dataclass

MAX_BYTES = 10 * 1024 * 1024
MAX_ROWS = 100_000
# One form of the mapping page carries a choice for each.
MAX_COLUMNS = 300
# Characters of all cells together: what a process may hold of one file.
MAX_TEXT = 50 * 1024 * 1024
MAX_CELLS = 4_000_000
# As the csv module has it, for workbooks too.
MAX_CELL = 131_072


class UnreadableFile(Exception):
    """The file as a whole cannot be read; the text says why and what to do."""


@dataclass(frozen=True, slots=True)
class Problem:
    """What is wrong where. ``row`` 0 is the file as a whole."""

    row: int
    column: str
    message: str
