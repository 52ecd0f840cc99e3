"""Who works at Brightwater, the demonstration: 120 people in 12 teams, always the same."""

from __future__ import annotations

import datetime as dt
import random
from collections.abc import Iterator
from dataclasses import dataclass

from django.contrib.auth.models import Group

from people.models import Person, Team
from people.roles import ADMINISTRATOR, HR

DOMAIN = "brightwater.example"


@dataclass(frozen=True)
class TeamPlan:
    name: str
    parent: str
    size: int
    titles: tuple[str, ...]
    location: str


# The first title of a team is its lead's. Laboratory is too small to be shown by itself.
TEAMS = (
    TeamPlan("Brightwater", "", 4, ("Managing Director", "Executive Assistant", "Legal Counsel"), "Bristol"),
    TeamPlan(
        "Customer Service", "Brightwater", 3, ("Head of Customer Service", "Service Planner"), "Bristol"
    ),
    TeamPlan(
        "Service Desk",
        "Customer Service",
        18,
        ("Service Desk Lead", "Customer Adviser", "Senior Customer Adviser"),
        "Bristol",
    ),
    TeamPlan(
        "Field Service",
        "Customer Service",
        22,
        ("Field Service Lead", "Meter Technician", "Field Engineer"),
        "Cardiff",
    ),
    TeamPlan("Billing", "Customer Service", 12, ("Billing Lead", "Billing Specialist"), "Bristol"),
    TeamPlan("Operations", "Brightwater", 4, ("Head of Operations", "Operations Analyst"), "Cardiff"),
    TeamPlan(
        "Water Works", "Operations", 16, ("Water Works Lead", "Plant Operator", "Process Engineer"), "Cardiff"
    ),
    TeamPlan(
        "Networks",
        "Operations",
        14,
        ("Networks Lead", "Network Technician", "Trinkwasserversorgungsingenieurin"),
        "Leipzig",
    ),
    TeamPlan("Laboratory", "Operations", 3, ("Laboratory Lead", "Chemist"), "Leipzig"),
    TeamPlan(
        "People and Culture", "Brightwater", 8, ("Head of People and Culture", "People Partner"), "Bristol"
    ),
    TeamPlan("Finance", "Brightwater", 7, ("Head of Finance", "Accountant"), "Bristol"),
    TeamPlan(
        "Digital", "Brightwater", 9, ("Head of Digital", "Software Developer", "Data Analyst"), "Leipzig"
    ),
)

# The lead of each team, and those a visitor meets by name; the rest is drawn from the lists below.
NAMED = {
    "Brightwater": (("Miriam", "Adeyemi"),),
    "Customer Service": (("Jonas", "Keller"),),
    "Service Desk": (("Sofia", "Lindqvist"),),
    "Field Service": (("Daniel", "Okafor"),),
    "Billing": (("Maren", "Voss"), ("Amira", "Haddad"), ("Tomasz", "Nowak")),
    "Operations": (("Rhys", "Llewellyn"),),
    "Water Works": (("Chiara", "Bianchi"),),
    "Networks": (("Friederike", "Schwarzenberger-Unterholzner"),),
    "Laboratory": (("Noor", "van der Linden"),),
    "People and Culture": (("Helena", "Brandt"), ("Kofi", "Mensah")),
    "Finance": (("Ruth", "Abrams"),),
    "Digital": (("Linh", "Tran"),),
}
EMPLOYEE = ("Amira", "Haddad")
MANAGER = ("Jonas", "Keller")
HR_LEAD = ("Helena", "Brandt")
SECOND_HR = ("Kofi", "Mensah")

GIVEN = """
    Olivia Mateo Aisha Elif Lukas Priya Yusuf Ingrid Hana Pavel Zoë Emeka Freya Gwen Ibrahim Joana Kenji
    Leila Magnus Nadia Owen Paula Quentin Rosa Stefan Tamsin Umar Vera Wiktor Yara Anselm Beatriz Dilara
""".split()
FAMILY = """
    Andersson Bauer Costa Demir Evans Fischer García Hughes Ivanova Jansen Kowalski Lopes Müller Novák Öztürk
    Petrov Quist Rossi Sato Thomas Ueda Vargas Williams Xu Yılmaz Zimmermann Osei Patel Griffiths Dubois
""".split()
RIGHT_TO_LEFT = (("ليلى", "حداد"), ("יעל", "כהן"), ("سامر", "الخطيب"))


def address(given: str, family: str) -> str:
    """The demonstration's address of somebody with a Latin name."""
    return f"{given}.{family}@{DOMAIN}".lower().replace(" ", "")


def create_staff(today: dt.date) -> None:
    """Teams, leads, members and roles. Expects an empty portal; runs in the caller's transaction."""
    chance = random.Random(120)  # noqa: S311 - the same people every time
    names = _names(chance)
    groups = {name: Group.objects.get_or_create(name=name)[0] for name in (HR, ADMINISTRATOR)}
    teams: dict[str, Team] = {}
    number = 0
    for plan in TEAMS:
        team = Team.objects.create(name=plan.name, parent=teams.get(plan.parent))
        teams[plan.name] = team
        upper_lead = team.parent.lead if team.parent else None
        for seat in range(plan.size):
            number += 1
            named = NAMED[plan.name]
            given, family = named[seat] if seat < len(named) else next(names)
            title = plan.titles[0] if seat == 0 else chance.choice(plan.titles[1:])
            person = Person.objects.create_user(
                email=address(given, family) if (given + family).isascii() else f"e{number}@{DOMAIN}",
                employee_number=f"B{number:04}",
                given_name=given,
                family_name=family,
                display_name=f"{given} {family}",
                job_title=title,
                team=team,
                manager=upper_lead if seat == 0 else team.lead,
                location=plan.location,
                country="DE" if plan.location == "Leipzig" else "GB",
                time_zone="Europe/Berlin" if plan.location == "Leipzig" else "Europe/London",
                language="en",
                start_date=today - dt.timedelta(days=chance.randint(60, 4000)),
            )
            if seat == 0:
                team.lead = person
                team.save(update_fields=["lead"])
    for given, family in (HR_LEAD, SECOND_HR):
        Person.objects.get(email=address(given, family)).groups.add(groups[HR])
    Person.objects.get(email=address(*HR_LEAD)).groups.add(groups[ADMINISTRATOR])


def _names(chance: random.Random) -> Iterator[tuple[str, str]]:
    """Given and family names nobody has yet, a few written from right to left."""
    taken = {name for named in NAMED.values() for name in named}
    yield from RIGHT_TO_LEFT
    while True:
        name = (chance.choice(GIVEN), chance.choice(FAMILY))
        if name not in taken:
            taken.add(name)
            yield name
