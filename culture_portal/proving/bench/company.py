"""An organisation and a wave to measure with, made by the functions the portal itself uses."""

from __future__ import annotations

import datetime as dt

from culture_portal.demo.staff import DOMAIN
from people.models import Person, Team
from surveys.domain.building import beginning
from surveys.domain.waves import launching
from surveys.models import Wave
from surveys.ready_made import find_ready_made

# A Monday morning without holidays; three weeks on the survey closes.
OPENS = dt.datetime(2026, 3, 2, 9, tzinfo=dt.UTC)
CLOSES = OPENS + dt.timedelta(days=21)
PEOPLE_PER_TEAM = 12
TEAMS_PER_PARENT = 6


def hire(count: int) -> None:
    """So many people in teams of twelve, six teams below each parent, one organisation above all."""
    teams = [Team.objects.create(name="Everybody")]
    for number in range(-(-count // PEOPLE_PER_TEAM)):
        parent = teams[number // TEAMS_PER_PARENT]
        teams.append(Team.objects.create(name=f"Team {number + 1}", parent=parent))
    Person.objects.bulk_create(
        [
            Person(
                email=f"person{number}@{DOMAIN}",
                display_name=f"Person {number}",
                password="!",  # noqa: S106 - none: nobody signs in
                language=("en", "de")[number % 2],
                country=("GB", "DE")[number % 2],
                time_zone=("Europe/London", "Europe/Berlin")[number % 2],
                team=teams[1 + number % (len(teams) - 1)],
            )
            for number in range(count)
        ],
        batch_size=1000,
    )


def draft(title: str) -> Wave:
    survey = beginning.create_from(find_ready_made("team-pulse"), by=None)
    return Wave.objects.create(
        survey=survey, title=title, audience=Wave.Audience.EVERYONE, opens_at=OPENS, closes_at=CLOSES
    )


def launch(wave: Wave, by: Person, now: dt.datetime = OPENS) -> None:
    """What the page sets off and what the worker then does, one after the other."""
    launching.launch(wave=wave, by=by, now=now)
    launching.carry_out_launch(wave_id=wave.pk, now=now)
    wave.refresh_from_db()
    if not wave.is_open:
        raise RuntimeError(f"The wave is not open but {wave.state}.")
