"""Files of people as text, and what the import makes of them."""

from collections.abc import Sequence

from common.importing.columns import propose
from common.importing.reading import read_file
from common.importing.table import table_of
from people.domain.importing import ImportPlan, ParsedFile, people_fields, plan_import, read_people, running
from people.models import ImportRun, Person

HEAD = "employee_id,email,given_name,family_name,organisation,unit,manager_id\n"


def rows(*lines: str) -> str:
    return HEAD + "\n".join(lines) + "\n"


THREE = rows(
    "1,ada@example.com,Ada,Above,Harbour,Desk,",
    "2,ben@example.com,Ben,Below,Harbour,Desk,1",
    "3,cleo@example.com,Cleo,Below,Harbour,Desk,1",
)


def parsed(content: str | bytes) -> ParsedFile:
    fields = people_fields()
    raw = content.encode() if isinstance(content, str) else content
    grid = read_file(raw, known=list(fields.known_headings()))
    return read_people(table_of(grid, propose(fields, grid.headings)))


def plan_of(content: str | bytes, *, everybody: bool = False) -> ImportPlan:
    return plan_import(parsed(content), everybody=everybody)


def errors_of(content: str | bytes) -> list[tuple[int, str, str]]:
    return [(each.row, each.column, each.message) for each in plan_of(content).errors]


def checked(content: str | bytes, *, everybody: bool = False, by: Person | None = None) -> ImportRun:
    """A file looked through, by the way every file takes."""
    raw = content.encode() if isinstance(content, str) else content
    run = running.upload(raw, file_name="people.csv", by=by, everybody=everybody)
    running.check(run.pk)
    run.refresh_from_db()
    return run


def applied(
    content: str | bytes,
    *,
    everybody: bool = False,
    by: Person | None = None,
    invite: bool = False,
    reactivate: bool = False,
    leads: dict[tuple[str, ...], str] | None = None,
) -> ImportRun:
    """A file looked through, agreed to and applied."""
    run = checked(content, everybody=everybody, by=by)
    assert run.summary["errors"] == 0, run.summary
    leaving = run.summary["leaves"]
    assert running.order(
        run, seen=run.digest, leads=leads or {}, invite=invite, reactivate=reactivate, leaving=leaving
    )
    assert running.carry_out(run.pk) is not None
    run.refresh_from_db()
    return run


RESULTS = ("created", "updated", "unchanged", "left", "returned", "teams", "leads", "invited")


def counts(run: ImportRun, names: Sequence[str] = RESULTS) -> dict[str, int]:
    """What was done, less what was not."""
    return {name: run.summary[name] for name in names if run.summary[name]}
