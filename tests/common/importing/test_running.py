from __future__ import annotations

import datetime as dt
from collections.abc import Callable

import pytest
from django.db import IntegrityError
from django.utils import timezone

from common.importing import kinds, running, staging
from common.importing.columns import Field, FieldSet
from common.importing.kinds import NEW, Kind, Plan
from common.importing.table import Table
from common.models import ImportFile, Progress
from common.tasks import apply_import_file, tick
from people.models import Person
from tests.people.conftest import make_person

pytestmark = pytest.mark.django_db

FIELDS = FieldSet("words", (Field("word", "Word", required=True),))


class Broken(Exception):
    pass


def _plan(table: Table, advance: Callable[[], None]) -> Plan:
    plan = Plan(errors=table.errors)
    for _row in table.rows:
        advance()
    plan.counts = {NEW: len(table.rows)}
    return plan


@pytest.fixture
def written(monkeypatch: pytest.MonkeyPatch) -> list[tuple[int, Person | None]]:
    """What was written, by whom; words that cannot be written raise."""
    done: list[tuple[int, Person | None]] = []

    def write(plan: Plan, by: Person | None) -> None:
        # Something that a rollback has to take back.
        ImportFile.objects.create(of="trace")
        if plan.counts[NEW] == 2:
            raise Broken
        if plan.counts[NEW] == 3:
            raise IntegrityError
        done.append((plan.counts[NEW], by))

    kind = Kind(
        of="words",
        prefix="customers:contact-import",
        title="Words",
        parent_title="People",
        parent_url="people:person-list",
        fields=lambda: FIELDS,
        permission="customers.edit_external",
        plan=_plan,
        write=write,
        labels={NEW: "New"},
    )
    monkeypatch.setitem(kinds._kinds, "words", kind)
    return done


def staged(*words: str, by: Person | None = None) -> ImportFile:
    run = ImportFile(of="words", file_name="words.csv", uploaded_by=by)
    staging.stage(run, "\n".join(["word", *words]).encode(), FIELDS)
    return run


def test_a_file_is_applied_once_by_whoever_ordered_it(written: list[tuple[int, Person | None]]) -> None:
    hana, ada = make_person("Hana"), make_person("Ada")
    run = staged("a", by=hana)
    assert running.order(run, by=ada)
    assert not running.order(run, by=hana)
    assert Progress.objects.get().permission == "customers.edit_external"
    apply_import_file(run_id=run.pk)
    apply_import_file(run_id=run.pk)
    apply_import_file(run_id=run.pk + 99)
    assert written == [(1, ada)]
    run.refresh_from_db()
    assert (run.state, run.summary, run.content, run.packed) == ("applied", {NEW: 1}, None, None)
    work = Progress.objects.get()
    assert (work.state, work.done, work.total, work.next_url) == (
        "done",
        1,
        1,
        f"/contacts/import/{run.pk}/",
    )


def test_what_stands_in_the_way_sends_it_back_to_be_looked_at(
    written: list[tuple[int, Person | None]],
) -> None:
    run = staged("a", "b", "c")
    running.order(run, by=make_person("Ada"))
    assert not running.carry_out(run.pk)
    run.refresh_from_db()
    assert (run.state, run.summary) == ("previewed", {"refused": True})
    assert run.packed
    assert not ImportFile.objects.filter(of="trace").exists()


def test_a_fault_of_ours_does_not_come_back_with_every_tick(written: list[tuple[int, Person | None]]) -> None:
    run = staged("a", "b")
    running.order(run, by=make_person("Ada"))
    with pytest.raises(Broken):
        running.carry_out(run.pk)
    assert Progress.objects.get().state == "failed"
    tick()
    run.refresh_from_db()
    assert (run.state, written) == ("previewed", [])
    assert not ImportFile.objects.filter(of="trace").exists()


def test_tick_carries_out_what_waits_and_forgets_what_nobody_wanted(
    written: list[tuple[int, Person | None]],
) -> None:
    waiting, old, done = staged("a"), staged("b"), staged("c")
    for run in (waiting, done):
        running.order(run, by=make_person(f"Ada {run.pk}"))
    running.carry_out(done.pk)
    week = timezone.now() - dt.timedelta(days=7, minutes=1)
    ImportFile.objects.filter(pk__in=[old.pk, done.pk]).update(uploaded_at=week)
    tick()
    assert [count for count, _by in written] == [1, 1]
    left = ImportFile.objects.filter(of="words").order_by("pk").values_list("pk", "state")
    assert list(left) == [(waiting.pk, "applied"), (done.pk, "applied")]
