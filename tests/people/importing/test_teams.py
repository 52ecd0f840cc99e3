"""Which team a row means, where the tree is deeper than a file can say."""

import pytest

from common.importing.problems import Problem
from people.models import Person, Team
from tests.people.conftest import make_person
from tests.people.importing.files import applied, counts, errors_of, plan_of


def tree(*paths: str) -> dict[str, Team]:
    """Teams by their path, those above them among them."""
    teams: dict[str, Team] = {}
    for path in paths:
        above: Team | None = None
        so_far = ""
        for name in path.split(" / "):
            so_far = f"{so_far} / {name}".removeprefix(" / ")
            if so_far not in teams:
                teams[so_far] = Team.objects.create(name=name, parent=above)
            above = teams[so_far]
    return teams


def teams_after(text: str) -> dict[str, str]:
    """Where everybody with a number is once the file is applied; a second time changes nothing."""
    applied(text)
    found = {
        person.employee_number or "": " / ".join(
            [*(team.name for team in person.team.ancestors()), person.team.name]
        )
        for person in Person.objects.filter(team__isnull=False).select_related("team")
    }
    assert plan_of(text).changes_nothing
    before = list(Team.objects.order_by("pk").values())
    again = counts(applied(text))
    assert again == {"unchanged": len(text.splitlines()) - 1}
    assert list(Team.objects.order_by("pk").values()) == before
    return found


NAMED = "employee_id,email,name,team\n"
BOTH = "employee_id,email,name,organisation,team\n"
BILLING = "Brightwater / Customer Service / Billing"


@pytest.mark.django_db
@pytest.mark.parametrize(
    "text", [f"{NAMED}1,ada@example.com,Ada A,Billing\n", f"{BOTH}1,ada@example.com,Ada A,,Billing\n"]
)
def test_a_team_alone_is_found_wherever_it_is(text: str) -> None:
    tree(BILLING, "Harbour / Desk")
    plan = plan_of(text)
    assert (plan.new_teams, plan.errors, plan.warnings) == ([], [], [])
    assert teams_after(text) == {"1": BILLING}


@pytest.mark.django_db
@pytest.mark.parametrize("kept", ["Café Noir", "Cafe\u0301  Noir"])
@pytest.mark.parametrize("said", ["Café Noir", " Cafe\u0301  Noir"])
def test_a_team_is_found_however_its_letters_and_spaces_are_kept(kept: str, said: str) -> None:
    tree(f"Harbour / Kitchen / {kept}")
    assert teams_after(f"{NAMED}1,ada@example.com,Ada A,{said}\n") == {"1": f"Harbour / Kitchen / {kept}"}


@pytest.mark.django_db
def test_a_team_of_another_case_is_another_team() -> None:
    tree(BILLING)
    assert plan_of(f"{NAMED}1,ada@example.com,Ada A,billing\n").new_teams == [("billing",)]


@pytest.mark.django_db
@pytest.mark.parametrize("text", [f"{NAMED}1,,Ada A,Desk\n", f"{BOTH}1,,Ada A,,Desk\n"])
def test_people_stay_in_their_team_where_several_have_its_name(text: str) -> None:
    teams = tree("Desk", "Harbour / Desk", "Harbour / North / Desk")
    make_person("Ada A", employee_number="1", email="ada@example.com", team=teams["Harbour / North / Desk"])
    plan = plan_of(text)
    assert (plan.updates, plan.new_teams, plan.errors) == ([], [], [])
    assert teams_after(text) == {"1": "Harbour / North / Desk"}


@pytest.mark.django_db
def test_a_team_alone_of_which_there_are_several_needs_its_organisation() -> None:
    teams = tree("Harbour / Desk", "Airport / North / Desk", "Airport / Tower")
    make_person("Ada A", employee_number="1", email="ada@example.com", team=teams["Airport / Tower"])
    text = f"{NAMED}1,,Ada A,Desk\n2,ben@example.com,Ben B,Desk\n"
    message = (
        "Several teams are called “Desk”: Airport / North / Desk, Harbour / Desk. "
        "Please name the organisation too."
    )
    assert errors_of(text) == [(2, "team", message), (3, "team", message)]
    text = f"{BOTH}1,,Ada A,Airport,Desk\n2,ben@example.com,Ben B,Harbour,Desk\n"
    assert teams_after(text) == {"1": "Airport / North / Desk", "2": "Harbour / Desk"}


@pytest.mark.django_db
def test_a_team_alone_that_is_nowhere_is_made_at_the_top_and_said_once() -> None:
    tree(BILLING)
    text = f"{NAMED}1,ada@example.com,Ada A,Island\n2,ben@example.com,Ben B,Island\n"
    plan = plan_of(text)
    assert plan.new_teams == [("Island",)]
    assert plan.warnings == [
        Problem(2, "team", "No team is called “Island” yet, so a new one is made at the top.")
    ]
    assert teams_after(text) == {"1": "Island", "2": "Island"}
    assert plan_of(text).warnings == []


@pytest.mark.django_db
def test_an_organisation_and_its_team_are_found_below_each_other_first() -> None:
    tree("Harbour / Desk", "Harbour / North / Desk", "Airport / North / Desk")
    assert teams_after(f"{BOTH}1,ada@example.com,Ada A,Harbour,Desk\n") == {"1": "Harbour / Desk"}


@pytest.mark.django_db
def test_an_organisation_and_a_team_further_down_make_no_second_one() -> None:
    tree("Harbour / North / Pier / Desk", "Airport / Desk", "Desk")
    text = f"{BOTH}1,ada@example.com,Ada A,Harbour,Desk\n"
    assert plan_of(text).new_teams == []
    assert teams_after(text) == {"1": "Harbour / North / Pier / Desk"}


@pytest.mark.django_db
def test_an_organisation_with_several_such_teams_further_down_says_so() -> None:
    tree(*(f"Harbour / {name} / Desk" for name in ("North", "South")))
    message = (
        "Several teams are called “Desk”: Harbour / North / Desk, Harbour / South / Desk. "
        "Please give them different names first, or put this person into the right one on their page."
    )
    for text in (f"{BOTH}1,ada@example.com,Ada A,Harbour,Desk\n", f"{NAMED}1,ada@example.com,Ada A,Desk\n"):
        assert errors_of(text) == [(2, "team", message)]


@pytest.mark.django_db
def test_an_error_names_some_of_many_teams() -> None:
    tree(*(f"Harbour / Pier {number} / Desk" for number in range(1, 9)))
    [(_row, _column, message)] = errors_of(f"{BOTH}1,ada@example.com,Ada A,Harbour,Desk\n")
    assert "Harbour / Pier 6 / Desk, …." in message
    assert "Pier 7" not in message


@pytest.mark.django_db
def test_an_organisation_without_such_a_team_gets_it_directly_below() -> None:
    tree("Harbour / North / Desk", "Airport / Office", "Office")
    text = f"{BOTH}1,ada@example.com,Ada A,Harbour,Office\n2,ben@example.com,Ben B,North,Desk\n"
    plan = plan_of(text)
    # Only a root is an organisation.
    assert plan.new_teams == [("Harbour", "Office"), ("North",), ("North", "Desk")]
    assert plan.warnings == []
    assert teams_after(text) == {"1": "Harbour / Office", "2": "North / Desk"}


@pytest.mark.django_db
def test_people_stay_in_a_team_of_that_name_below_their_organisation() -> None:
    teams = tree(
        "Harbour / Desk", "Harbour / North / Desk", "Harbour / South / Desk", "Airport / North / Desk"
    )
    for number, path in enumerate(list(teams), start=1):
        if path.endswith("Desk"):
            make_person(f"Ada {path}", employee_number=str(number), team=teams[path])
    numbers = Person.objects.values_list("employee_number", flat=True)
    text = "employee_id,organisation,team\n" + "".join(f"{number},Harbour,Desk\n" for number in numbers)
    after = teams_after(text)
    # Who was below another organisation moves, to the one at the top.
    assert sorted(after.values()) == [
        "Harbour / Desk",
        "Harbour / Desk",
        "Harbour / North / Desk",
        "Harbour / South / Desk",
    ]


@pytest.mark.django_db
def test_a_tree_of_three_levels_survives_the_monthly_file() -> None:
    paths = [
        BILLING,
        "Brightwater / Customer Service / Calls",
        "Brightwater / Works / North / Pumps",
        "Brightwater",
    ]
    teams = tree(*paths)
    text = BOTH
    for number, path in enumerate(paths, start=1):
        person = make_person(f"Ada {number}", employee_number=str(number), team=teams[path])
        Team.objects.filter(pk=teams[path].pk).update(lead=person)
        text += f"{number},,Ada {number},Brightwater,{path.rpartition(' / ')[2] if ' / ' in path else ''}\n"
    text += "9,new@example.com,Zoe New,Brightwater,Pumps\n"
    stored = list(Team.objects.order_by("pk").values("pk", "name", "parent_id"))
    assert teams_after(text) == dict(zip("12349", [*paths, paths[2]], strict=True))
    assert list(Team.objects.order_by("pk").values("pk", "name", "parent_id")) == stored


@pytest.mark.django_db
def test_a_file_of_organisations_alone_moves_nobody_within_theirs() -> None:
    teams = tree(BILLING, "Harbour / Desk")
    for number in "12":
        make_person(f"Ada {number}", employee_number=number, team=teams[BILLING])
    text = "employee_id,organisation\n1,Brightwater\n2,Harbour\n"
    applied(text)
    assert Person.objects.get(employee_number="1").team == teams[BILLING]
    assert Person.objects.get(employee_number="2").team == teams["Harbour"]


@pytest.mark.django_db
def test_a_deep_team_proposes_leads_for_every_team_above_it() -> None:
    tree("Harbour / North / Pier / Desk")
    text = "employee_id,email,name,organisation,team,manager\n"
    text += "1,ada@example.com,Ada A,Harbour,Desk,\n2,ben@example.com,Ben B,Harbour,Desk,1\n"
    leads = plan_of(text).leads
    assert [(" / ".join(lead.path), lead.chosen and lead.chosen.name) for lead in leads] == [
        ("Harbour", "Ada A"),
        ("Harbour / North", "Ada A"),
        ("Harbour / North / Pier", "Ada A"),
        ("Harbour / North / Pier / Desk", "Ada A"),
    ]
