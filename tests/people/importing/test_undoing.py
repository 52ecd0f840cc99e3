"""Taking the last import back."""

import datetime as dt

import pytest
from django.contrib.auth.models import Group
from django.utils import timezone

from common.models import AuditEntry
from notifications.models import Message
from people.domain import attributing
from people.domain.importing import undoing
from people.domain.importing.undoing import CannotUndo
from people.models import Attribute, ImportRun, Person, Team
from people.roles import ADMINISTRATOR, HR
from tests.people.conftest import make_person, with_role
from tests.people.importing.files import THREE, applied, rows

pytestmark = pytest.mark.django_db

COLUMNS = ("email", "display_name", "job_title", "team__name", "manager__email", "is_active", "search_text")


def people() -> list[tuple[object, ...]]:
    return list(Person.objects.order_by("pk").values_list("pk", *COLUMNS))


def teams() -> list[tuple[object, ...]]:
    return list(Team.objects.order_by("pk").values_list("pk", "name", "parent__name", "lead__email"))


def undo(run: ImportRun, by: Person, now: dt.datetime | None = None) -> dict[str, int]:
    return undoing.undo(run.pk, by=by, now=now or timezone.now())


def reason(run: ImportRun, by: Person, now: dt.datetime | None = None) -> str:
    with pytest.raises(CannotUndo) as refused:
        undo(run, by, now)
    return str(refused.value)


def test_undo_gives_everything_back(hr: Person) -> None:
    applied(THREE)
    attribute = Attribute.objects.create(name="Contract")
    ben = Person.objects.get(employee_number="2")
    attributing.set_values(ben, {attribute.pk: "Part time"}, by=hr)
    before = people(), teams(), list(attribute.values.values_list("person", "value"))
    lines = [
        "employee_id,email,given_name,family_name,organisation,unit,manager_id,Contract",
        "2,benno@example.com,Benno,Below,Harbour,Office,3,Full time",
        "3,cleo@example.com,Cleo,Below,Harbour,Desk,,",
        "4,dora@example.com,Dora,Above,Island,,2,Full time",
    ]
    run = applied("\n".join(lines), everybody=True, invite=True)
    assert people() != before[0]
    assert undo(run, hr) == {"restored": 3, "removed_people": 1, "staying": 0, "removed_teams": 2}
    assert (people(), teams()) == before[:2]
    assert list(attribute.values.values_list("person", "value")) == before[2]
    # The mail that would have brought Dora a password is gone with her.
    assert Message.objects.count() == 0
    entry = AuditEntry.objects.get(action="people.import_undone")
    assert (entry.actor, entry.detail["restored"]) == (hr, 3)
    run.refresh_from_db()
    assert run.state == ImportRun.State.UNDONE


def test_undo_asks_for_a_new_password_where_the_address_changes_back(hr: Person) -> None:
    applied(THREE)
    run = applied(THREE.replace("ben@", "benno@"))
    ben = Person.objects.get(employee_number="2")
    ben.set_password("four brave otters swim")
    ben.save()
    undo(run, hr)
    stamp = ben.link_stamp
    ben.refresh_from_db()
    assert (ben.email, ben.has_usable_password(), ben.link_stamp > stamp) == ("ben@example.com", False, True)


def test_only_the_last_and_only_for_thirty_days(hr: Person) -> None:
    first = applied(THREE)
    second = applied(THREE.replace("Cleo", "Cleopatra"))
    only_last = "Only the last file can be taken back, within 30 days."
    assert reason(first, hr) == only_last
    assert reason(second, hr, timezone.now() + dt.timedelta(days=30)) == only_last
    undo(second, hr)
    # What came before it is the last one now.
    assert undo(first, hr)["removed_people"] == 3
    assert Person.objects.get() == hr


def test_what_somebody_changed_since_is_not_overwritten(hr: Person) -> None:
    applied(THREE)
    run = applied(THREE.replace("Cleo,Below", "Cleopatra,Below"))
    Person.objects.filter(employee_number="3").update(given_name="Kleopatra")
    assert reason(run, hr) == "Somebody has changed the same people since: Cleopatra Below."
    assert Person.objects.get(employee_number="3").given_name == "Kleopatra"


def test_an_address_that_is_somebody_elses_by_now_stays_theirs(hr: Person) -> None:
    applied(THREE)
    run = applied(THREE.replace("ben@", "benno@"))
    make_person("Ben Newer", email="ben@example.com")
    assert reason(run, hr) == "ben@example.com belongs to Ben Newer by now."


def test_an_address_of_somebody_who_was_given_a_role_stays(hr: Person) -> None:
    """Else HR would come by the account of an administrator: a password is set through the address."""
    applied(THREE)
    run = applied(THREE.replace("ben@", "benno@"))
    with_role(Person.objects.get(employee_number="2"), ADMINISTRATOR)
    assert reason(run, hr) == "Ben Below holds a role, so their e-mail stays until an administrator takes it."
    assert Person.objects.get(employee_number="2").email == "benno@example.com"


def test_people_who_have_been_here_since_stay_with_their_line(hr: Person) -> None:
    """Ben signed in, so Ada, to whom he reports, stays as well; Cleo leaves, and Eve was given a role."""
    run = applied(rows(*THREE.splitlines()[1:], "5,eve@example.com,Eve,E,Office,,"))
    Person.objects.filter(employee_number="2").update(last_login=timezone.now())
    Person.objects.get(employee_number="5").groups.add(Group.objects.get_or_create(name=HR)[0])
    found = undoing.look_back(run, now=timezone.now())
    assert sorted(found.staying.values()) == ["Ada Above", "Ben Below", "Eve E"]
    assert undo(run, hr) == {"restored": 0, "removed_people": 1, "staying": 3, "removed_teams": 0}
    assert not Person.objects.filter(employee_number="3").exists()
    # The teams of who stays stay; whom the import made lead leads no more.
    leads = dict(Team.objects.values_list("name", "lead"))
    assert leads == {"Desk": None, "Harbour": None, "Office": None}


def test_a_lead_somebody_chose_since_stays(hr: Person) -> None:
    applied(THREE)
    run = applied(rows("4,d@example.com,Di,D,Harbour,Office,1"))
    cleo = Person.objects.get(employee_number="3")
    Team.objects.filter(name="Office").update(lead=cleo)
    undo(run, hr)
    assert not Person.objects.filter(employee_number="4").exists()
    assert not Team.objects.filter(name="Office").exists()


def test_a_ring_that_would_come_of_it_is_refused(hr: Person) -> None:
    applied(THREE)
    run = applied(THREE.replace("Desk,1\n3", "Desk,3\n3"))
    # Ben reported to Ada and reports to Cleo now; Ada has been given to Ben since.
    ada, ben = Person.objects.get(employee_number="1"), Person.objects.get(employee_number="2")
    assert ben.manager == Person.objects.get(employee_number="3")
    Person.objects.filter(employee_number="3").update(manager=None)
    Person.objects.filter(pk=ada.pk).update(manager=ben)
    assert reason(run, hr) == "Managers were changed since, and Ada Above would be in a ring."


def test_who_left_works_here_again_and_who_came_back_leaves(hr: Person) -> None:
    applied(THREE)
    Person.objects.filter(employee_number="3").update(is_active=False)
    before = people()
    run = applied(rows(*THREE.splitlines()[1:2], *THREE.splitlines()[3:]), everybody=True, reactivate=True)
    assert [run.summary[name] for name in ("left", "returned")] == [1, 1]
    undo(run, hr)
    assert people() == before
