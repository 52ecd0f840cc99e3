"""What holds for any small organisation and any file of it."""

import string

import pytest
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from people.domain.importing import undoing
from people.models import Attribute, ImportRun, Person, PersonAttribute, Team
from tests.people.conftest import make_person
from tests.people.importing.files import applied, checked

NAMES = st.sampled_from(["Ada", "Bén", "Cléo", "دانا", "דנה", "Zoë-Ann", "O'Neil", "=1+1", "李"])
LETTERS = st.text(string.ascii_lowercase, min_size=1, max_size=2)
TEAMS = st.sampled_from([",", "Harbour,", "Harbour,Desk", "Harbour,Office", ",Desk", ",Island"])
CONTRACTS = st.sampled_from(["", "Part time", "Full time"])
HEAD = "employee_id,email,given_name,family_name,organisation,unit,contract,manager\n"


@st.composite
def files(draw: st.DrawFn) -> str:
    """Up to six people of twelve, each below somebody before them in a random order, or below nobody."""
    numbers = draw(st.lists(st.integers(1, 12), unique=True, max_size=6, min_size=1))
    addresses = draw(st.permutations(numbers))
    lines = []
    for place, number in enumerate(numbers):
        above = draw(st.sampled_from(["", *map(str, numbers[:place])]))
        name, family, team = draw(NAMES), draw(LETTERS), draw(TEAMS)
        lines.append(
            f"{number},p{addresses[place]}@example.com,{name},{family},{team},{draw(CONTRACTS)},{above}"
        )
    return HEAD + "\n".join(draw(st.permutations(lines))) + "\n"


def state() -> list[list[tuple[object, ...]]]:
    """Everything an import may change, less what counts up for good."""
    left_out = {"password", "link_stamp"}
    columns = [each.attname for each in Person._meta.concrete_fields if each.attname not in left_out]
    values = PersonAttribute.objects.order_by("person", "attribute")
    return [
        list(Person.objects.order_by("pk").values_list(*columns)),
        list(Team.objects.order_by("pk").values_list()),
        list(values.values_list("person", "attribute", "value")),
    ]


@pytest.mark.django_db
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(first=files(), second=files(), everybody=st.booleans(), reactivate=st.booleans())
def test_applied_twice_changes_nothing_and_undone_gives_back_what_was(
    first: str, second: str, *, everybody: bool, reactivate: bool
) -> None:
    ImportRun.objects.all().delete()
    Team.objects.all().delete()
    PersonAttribute.objects.all().delete()
    Person.objects.update(manager=None)
    Person.objects.exclude(employee_number="hr").delete()
    Attribute.objects.get_or_create(name="contract")
    by = Person.objects.filter(employee_number="hr").first() or make_person("Hana R", employee_number="hr")
    run = checked(first)
    if run.summary["errors"]:
        return
    applied(first)
    before = state()
    if checked(second, everybody=everybody).summary["errors"]:
        assert state() == before
        return
    run = applied(second, everybody=everybody, reactivate=reactivate)
    after = state()
    again = applied(second, everybody=everybody, reactivate=reactivate)
    assert state() == after
    assert [again.summary[name] for name in ("created", "updated", "teams", "left", "returned")] == [0] * 5
    # The second time is the last now; it changed nothing, so taking both back gives what was.
    undoing.undo(again.pk, by=by, now=timezone.now())
    assert state() == after
    undoing.undo(run.pk, by=by, now=timezone.now())
    assert state() == before
