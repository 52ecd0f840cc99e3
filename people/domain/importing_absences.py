"""Days away from a file: looked through first, then applied whole or not at all, safe to repeat.

The file adds days and never takes any: what somebody noted themselves stays. Days that overlap become one.
"""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator
from dataclasses import dataclass, field
from typing import NamedTuple

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from common import audit
from common.chunks import in_chunks
from common.importing import cells
from common.importing.cells import CellReader
from common.importing.columns import Field, FieldSet
from common.importing.kinds import CHANGED, NEW, SAME, Change, Kind, Meanwhile, Plan, PreviewRow
from common.importing.problems import Problem
from common.importing.table import Table
from people.models import Absence, Person

FIELDS = FieldSet(
    "absences",
    (
        Field(
            "employee_id",
            gettext_lazy("Employee number"),
            ("employee no", "personnel number", "staff id", "Personalnummer", "Personal-Nr.", "Pers.-Nr."),
        ),
        Field(
            "email",
            gettext_lazy("E-mail"),
            ("mail", "e-mail address", "work email", "E-Mail-Adresse", "Mailadresse"),
        ),
        Field(
            "first_day",
            gettext_lazy("First day away"),
            (
                "first day", "start", "start date", "from", "begin", "absent from", "Von", "Beginn",
                "Erster Tag", "Abwesend von", "Abwesend ab", "Startdatum", "Anfang",
            ),
            required=True,
        ),
        Field(
            "last_day",
            gettext_lazy("Last day away"),
            (
                "last day", "end", "end date", "to", "until", "absent until", "Bis", "Ende", "Letzter Tag",
                "Abwesend bis", "Enddatum",
            ),
        ),
    ),
    one_of=(("employee_id", "email"),),
)  # fmt: skip
CHUNK = 1000
# Longer ones are usual for parents, and a slip of the year otherwise.
_LONG = dt.timedelta(days=366)


class Days(NamedTuple):
    first: dt.date
    last: dt.date

    def __str__(self) -> str:
        return self.first.isoformat() if self.first == self.last else f"{self.first} - {self.last}"


class KnownPerson(NamedTuple):
    pk: int
    employee_number: str | None
    email: str
    display_name: str
    is_active: bool


class StoredAbsence(NamedTuple):
    pk: int
    person_id: int
    first_day: dt.date
    last_day: dt.date


@dataclass
class AbsencePlan(Plan):
    # Whose, and which days.
    creates: list[tuple[int, Days]] = field(default_factory=list)
    # Which absence becomes which days, and those that are then part of another.
    updates: list[tuple[StoredAbsence, Days]] = field(default_factory=list)
    deletes: list[int] = field(default_factory=list)
    # What was there when we looked.
    stored: set[StoredAbsence] = field(default_factory=set)
    people: set[int] = field(default_factory=set)


def plan_absences(table: Table, advance: Callable[[], None] = lambda: None) -> AbsencePlan:
    """What the file would change; writes nothing."""
    return _Planner(table).plan(advance)


def write_absences(plan: AbsencePlan, by: Person | None) -> None:
    """What the plan says, in the caller's transaction. Raises Meanwhile where other days were noted since."""
    if set(_stored(plan.people)) != plan.stored:
        raise Meanwhile
    for chunk in in_chunks(plan.deletes, CHUNK):
        Absence.objects.filter(pk__in=chunk).delete()
    changed = [
        Absence(pk=stored.pk, person_id=stored.person_id, first_day=days.first, last_day=days.last)
        for stored, days in plan.updates
    ]
    Absence.objects.bulk_create(
        changed,
        update_conflicts=True,
        unique_fields=["pk"],
        update_fields=["first_day", "last_day"],
        batch_size=CHUNK,
    )
    new = [
        Absence(person_id=person, first_day=days.first, last_day=days.last) for person, days in plan.creates
    ]
    Absence.objects.bulk_create(new, batch_size=CHUNK)
    audit.record(
        by=by,
        action="absences.imported",
        created=len(plan.creates),
        updated=len(plan.updates),
        unchanged=plan.counts.get(SAME, 0),
    )


ABSENCES = Kind(
    of=FIELDS.of,
    prefix="people:absence-import",
    title=gettext_lazy("Import days away"),
    parent_title=gettext_lazy("People"),
    parent_url="people:person-list",
    fields=lambda: FIELDS,
    permission="people.import_people",
    plan=plan_absences,
    write=write_absences,
    labels={
        NEW: gettext_lazy("New absences"),
        CHANGED: gettext_lazy("Longer than before"),
        SAME: gettext_lazy("As they are"),
    },
    words=(
        gettext_lazy("One row for each absence, in whole days. Without a last day it is one day."),
        gettext_lazy("Days are added and never taken away. Why somebody is away stays out of the portal."),
    ),
)


class _Planner:
    def __init__(self, table: Table) -> None:
        self.table = table
        self.result = AbsencePlan(errors=table.errors, warnings=table.warnings)
        people = [
            KnownPerson(*row)
            for row in Person.objects.order_by().values_list(*KnownPerson._fields).iterator(chunk_size=5000)
        ]
        self.by_number = {person.employee_number: person for person in people if person.employee_number}
        self.by_email = {person.email: person for person in people}
        # The days of each person in the file, with their rows.
        self.days: dict[KnownPerson, list[tuple[Days, int]]] = defaultdict(list)

    def plan(self, advance: Callable[[], None]) -> AbsencePlan:
        for row in self.table.rows:
            self._read(CellReader(row, self.table))
            advance()
        self.result.people = {person.pk for person in self.days}
        self.result.stored = set(_stored(self.result.people))
        stored: dict[int, list[StoredAbsence]] = defaultdict(list)
        for absence in self.result.stored:
            stored[absence.person_id].append(absence)
        for person, days in self.days.items():
            for group in _overlapping(days, stored[person.pk]):
                self._sort_in(person, group)
        self.result.errors.sort(key=lambda problem: problem.row)
        self.result.warnings.sort(key=lambda problem: problem.row)
        return self.result

    def _read(self, reader: CellReader) -> None:
        before = len(self.result.errors)
        email = reader.read("email", cells.email)
        first = reader.read("first_day", cells.day)
        last = reader.read("last_day", cells.day) or first
        if len(self.result.errors) > before:
            return
        person = self._person(reader, email)
        if first is None or last is None:
            reader.error("first_day", _("The first day is missing."))
        elif last < first:
            reader.error("last_day", _("The last day comes before the first."))
        elif person is not None and not person.is_active:
            reader.warn(
                "", _("%(name)s no longer works here; this row is left out.") % {"name": person.display_name}
            )
        elif person is not None:
            if last - first > _LONG:
                reader.warn(
                    "last_day", _("This is longer than a year: %(days)s.") % {"days": Days(first, last)}
                )
            self.days[person].append((Days(first, last), reader.row.number))

    def _person(self, reader: CellReader, email: str) -> KnownPerson | None:
        """By employee number, then by e-mail; both have to mean the same person."""
        number = reader.cells.get("employee_id", "")
        if not number and not email:
            name = "employee_id" if "employee_id" in self.table.headings else "email"
            reader.error(name, _("There is neither an employee number nor an e-mail in this row."))
            return None
        by_number, by_email = self.by_number.get(number), self.by_email.get(email)
        if number and by_number is None and (by_email is None or by_email.employee_number):
            reader.error(
                "employee_id", _("Nobody has the employee number “%(number)s”.") % {"number": number[:40]}
            )
            return None
        if by_number and by_email and by_number != by_email:
            reader.error("email", _("The employee number and the e-mail belong to two people."))
            return None
        if by_number is None and by_email is None:
            reader.error("email", _("Nobody has the e-mail “%(email)s”.") % {"email": email[:80]})
        return by_number or by_email

    def _sort_in(self, person: KnownPerson, group: _Group) -> None:
        number = group.rows[0]
        for days, row in zip(group.days[1:], group.rows[1:], strict=True):
            self._warn_of_overlap(row, days, group.days[0], number)
        name = f"{person.display_name}: {group.whole}"
        # What is wider than the file, or as wide, says it already.
        if any(Days(each.first_day, each.last_day) == group.whole for each in group.stored):
            self.result.tell(SAME, lambda: PreviewRow(number, name))
        elif group.stored:
            kept, *others = group.stored
            self.result.updates.append((kept, group.whole))
            self.result.deletes += [absence.pk for absence in others]
            was = ", ".join(str(Days(each.first_day, each.last_day)) for each in group.stored)
            change = Change(_("Days away"), was, str(group.whole))
            self.result.tell(CHANGED, lambda: PreviewRow(number, person.display_name, (change,)))
            message = _("Overlaps days noted here (%(days)s); together they become %(whole)s.")
            self._warn(number, message % {"days": was, "whole": group.whole})
        else:
            self.result.creates.append((person.pk, group.whole))
            self.result.tell(NEW, lambda: PreviewRow(number, name))

    def _warn_of_overlap(self, row: int, days: Days, earlier: Days, earlier_row: int) -> None:
        message = (
            _("The same days are also in row %(row)s.")
            if days == earlier
            else _("Overlaps the days of row %(row)s; they become one absence.")
        )
        self._warn(row, message % {"row": earlier_row})

    def _warn(self, row: int, message: str) -> None:
        self.result.warnings.append(Problem(row, self.table.headings["first_day"], message))


@dataclass
class _Group:
    """Days of one person that overlap, of the file and those stored; ``whole`` spans them all."""

    whole: Days
    days: list[Days] = field(default_factory=list)
    rows: list[int] = field(default_factory=list)
    stored: list[StoredAbsence] = field(default_factory=list)


def _overlapping(days: Iterable[tuple[Days, int]], stored: Iterable[StoredAbsence]) -> Iterator[_Group]:
    """Groups that hold days of the file, in their order of time."""
    marked: list[tuple[Days, int, StoredAbsence | None]] = [(each, row, None) for each, row in days]
    marked += [(Days(each.first_day, each.last_day), 0, each) for each in stored]
    groups: list[_Group] = []
    for span, row, absence in sorted(marked, key=lambda each: (each[0], each[1])):
        if not groups or span.first > groups[-1].whole.last:
            groups.append(_Group(span))
        group = groups[-1]
        group.whole = Days(group.whole.first, max(group.whole.last, span.last))
        if absence is None:
            group.days.append(span)
            group.rows.append(row)
        else:
            group.stored.append(absence)
    return (group for group in groups if group.rows)


def _stored(people: Collection[int]) -> Iterator[StoredAbsence]:
    for chunk in in_chunks(sorted(people), CHUNK):
        rows = Absence.objects.filter(person_id__in=chunk).order_by().values_list(*StoredAbsence._fields)
        yield from (StoredAbsence(*row) for row in rows)
