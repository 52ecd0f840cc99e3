"""A file as rows of text, whatever it was: what reading gives and what is stored of it."""

from __future__ import annotations

import json
import zlib
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from common.importing.decoding import ENCODINGS
from common.importing.delimited import DELIMITERS
from common.importing.problems import Problem

CSV, XLSX = "csv", "xlsx"
# Small numbers are quick; people's names repeat so much that they do.
_COMPRESSION = 1

Line = tuple[int, list[str]]


@dataclass(frozen=True)
class Choices:
    """What somebody said of a file in place of what was detected; empty: detect."""

    encoding: str = ""
    delimiter: str = ""
    sheet: str = ""
    heading_row: int = 0

    @classmethod
    def of(cls, stored: Mapping[str, Any]) -> Choices:
        return cls(**{name: stored[name] for name in cls.__dataclass_fields__ if name in stored})


@dataclass(frozen=True)
class Found:
    """How a file was read. ``samples`` are words with letters beyond ASCII, to judge the encoding by."""

    kind: str
    encoding: str = ""
    # Nothing in the file says so: it was judged by the letters.
    is_guess: bool = False
    delimiter: str = ""
    sheet: str = ""
    sheets: tuple[str, ...] = ()
    heading_row: int = 1
    samples: tuple[str, ...] = ()

    @property
    def encoding_words(self) -> str:
        return str(ENCODINGS.get(self.encoding, self.encoding))

    @property
    def delimiter_words(self) -> str:
        return str(DELIMITERS.get(self.delimiter, self.delimiter))


@dataclass
class Grid:
    """``lines`` are the rows below the headings that are not blank, with the number a spreadsheet shows."""

    found: Found
    headings: list[str]
    lines: list[Line]
    # Rows that cannot be read, and what holds for the file as a whole.
    errors: list[Problem] = field(default_factory=list)
    warnings: list[Problem] = field(default_factory=list)

    @property
    def width(self) -> int:
        return len(self.headings)

    def examples(self, column: int, most: int = 3) -> list[str]:
        """The first different values of a column, among the first hundreds of rows."""
        values = (cells[column].strip() for _number, cells in self.lines[:500] if column < len(cells))
        return list(dict.fromkeys(value[:60] for value in values if value))[:most]

    def pack(self) -> bytes:
        """As stored; see ``unpack``."""
        parts = [
            asdict(self.found),
            self.headings,
            self.lines,
            [(problem.row, problem.column, problem.message) for problem in self.errors],
            [(problem.row, problem.column, problem.message) for problem in self.warnings],
        ]
        text = json.dumps(parts, ensure_ascii=False, separators=(",", ":"))
        # A file may hold half of a pair of UTF-16; it is cleaned away where rows become values.
        return zlib.compress(text.encode("utf-8", "surrogatepass"), _COMPRESSION)

    @classmethod
    def unpack(cls, packed: bytes) -> Grid:
        """What ``pack`` made of it."""
        text = zlib.decompress(packed).decode("utf-8", "surrogatepass")
        found, headings, lines, errors, warnings = json.loads(text)
        return cls(
            Found(**{**found, "sheets": tuple(found["sheets"]), "samples": tuple(found["samples"])}),
            headings,
            [(number, cells) for number, cells in lines],
            [Problem(*problem) for problem in errors],
            [Problem(*problem) for problem in warnings],
        )


def samples_of(texts: Iterator[str], most: int = 6) -> tuple[str, ...]:
    """Words with letters beyond ASCII; each brings some letter the ones before did not have."""
    seen: set[str] = set()
    samples: list[str] = []
    for text in texts:
        new = {letter for letter in text if letter > "\x7f"} - seen
        if new:
            seen |= new
            word = max(text.split() or [text], key=lambda word: sum(letter in new for letter in word))
            samples.append(word.strip(",;.،，()")[:40] or word)
            if len(samples) == most:
                break
    return tuple(samples)
