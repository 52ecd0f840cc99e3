from __future__ import annotations

from collections.abc import Sequence

from culture_portal.proving.judging import Row

HEADS = (
    "fault",
    "mails",
    "kills",
    "lost",
    "doubled",
    "repeated",
    "two a day",
    "after answer",
    "quiet hours",
    "in doubt",
    "promises",
)


def show(rows: Sequence[Row]) -> str:
    """The rows under each other, and what there is to note about them."""
    lines = [HEADS, *(_cells(row) for row in rows)]
    widths = [max(len(line[column]) for line in lines) for column in range(len(HEADS))]
    shown = ["  ".join(_cell(cell, widths[n], n) for n, cell in enumerate(line)).rstrip() for line in lines]
    shown.insert(1, "-" * max(len(line) for line in shown))
    notes = [f"{row.fault}: {row.note}" for row in rows if row.note]
    return "\n".join(["", *shown, "", *notes, ""])


def conclusion(rows: Sequence[Row]) -> tuple[str, int]:
    """In a sentence, and as an exit code."""
    broken = [row.fault for row in rows if not row.wrong and not row.as_it_must_be]
    missed = [row.fault for row in rows if row.wrong and not row.as_it_must_be]
    if broken:
        return f"A promise was broken under: {'; '.join(broken)}.", 1
    if missed:
        return f"Nothing is proved: these faults did not find out {'; '.join(missed)}.", 1
    return "Every promise held, and both wrong dispatchers were caught.", 0


def _cells(row: Row) -> tuple[str, ...]:
    doubts = ", ".join(f"{reason} {count}" for reason, count in sorted(row.in_doubt.items()))
    numbers = (
        row.mails,
        row.kills,
        row.lost,
        row.doubled,
        row.repeated,
        row.two_a_day,
        row.after_answer,
        row.in_quiet_hours,
    )
    return (row.fault, *map(str, numbers), doubts or "0", row.verdict)


def _cell(words: str, width: int, column: int) -> str:
    return words.ljust(width) if column in {0, len(HEADS) - 2, len(HEADS) - 1} else words.rjust(width)
