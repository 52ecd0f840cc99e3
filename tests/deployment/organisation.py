"""Puts a small organisation with a wave ready to launch into a new database; tests run it as a process.

    python -m tests.deployment.organisation PEOPLE

Everybody works around the clock in a country without holidays, so that mail may go whenever a test runs.
"""

from __future__ import annotations

import datetime as dt
import os
import sys

import django

PASSWORD = "a quiet harbour at dawn"
HR_ADDRESS = "hana@brightwater.example"
ADMINISTRATOR_ADDRESS = "ada@brightwater.example"
AROUND_THE_CLOCK = {
    "working_days": "1234567",
    "day_starts": dt.time(0),
    "day_ends": dt.time(0),
    "country": "XX",
}


def main(people: int) -> None:
    os.environ["DJANGO_SETTINGS_MODULE"] = "culture_portal.settings"
    django.setup()
    # Models can be imported only from here on.
    from django.contrib.auth.models import Group  # noqa: PLC0415
    from django.utils import timezone  # noqa: PLC0415

    from people.models import Person, Team  # noqa: PLC0415
    from people.roles import ADMINISTRATOR, HR  # noqa: PLC0415
    from surveys.domain.building.beginning import create_from  # noqa: PLC0415
    from surveys.models import Wave  # noqa: PLC0415
    from surveys.ready_made import find_ready_made  # noqa: PLC0415

    for address, name, role in (
        (HR_ADDRESS, "Hana People", HR),
        (ADMINISTRATOR_ADDRESS, "Ada Machine", ADMINISTRATOR),
    ):
        person = Person.objects.create_user(address, PASSWORD, display_name=name, **AROUND_THE_CLOCK)
        person.groups.add(Group.objects.get_or_create(name=role)[0])
    team = Team.objects.create(name="Harbour")
    Person.objects.bulk_create(
        Person(
            email=f"guest{number}@brightwater.example",
            display_name=f"Guest {number}",
            password="!",
            team=team,
            **AROUND_THE_CLOCK,
        )
        for number in range(people)
    )
    now = timezone.now()
    wave = Wave.objects.create(
        survey=create_from(find_ready_made("team-pulse"), by=None),
        title="Autumn",
        audience=Wave.Audience.TEAMS,
        opens_at=now - dt.timedelta(minutes=1),
        closes_at=now + dt.timedelta(days=30),
    )
    wave.teams.set([team])
    print(wave.pk)  # noqa: T201 - read by the test


if __name__ == "__main__":
    main(int(sys.argv[1]))
