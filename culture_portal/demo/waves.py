"""What Brightwater asked, and when: every step through the domain functions the portal itself uses."""

from __future__ import annotations

import datetime as dt
import random
from collections.abc import Callable

from django.utils import timezone

from culture_portal.demo.answers import COMMENTS, CUSTOMER_COMMENTS, Mood, answer
from culture_portal.demo.staff import EMPLOYEE, HR_LEAD, MANAGER, address
from customers.models import Contact, ExternalOrganisation
from notifications.domain.dispatching import drain
from people.models import Person, Team
from surveys.domain import answering, beginning, closing, launching, rating
from surveys.models import Invitation, Survey, Wave
from surveys.ready_made import find_ready_made

CUSTOMERS = ("St. Anna Clinic", "Harbour Brewery", "Westfield Schools", "Ocean Laundry", "City of Cardiff")
CONTACTS_EACH = 8
LOGIN_ADDRESSES = frozenset(address(*name) for name in (EMPLOYEE, MANAGER, HR_LEAD))
# The one real change: since the summer people in Customer Service say early when something will be late.
SUMMER = Mood(by_behaviour={"managing-expectations": 0.50, "keeping-promises": 0.60})
AUTUMN_IN_CUSTOMER_SERVICE = Mood(by_behaviour={"managing-expectations": 0.80, "keeping-promises": 0.64})


def create_waves(now: dt.datetime, by: Person) -> None:
    """Two closed waves of the team pulse, one open wave, and one answered by customers."""
    chance = random.Random(2026)  # noqa: S311 - the same answers every time
    in_customer_service = _members_of("Customer Service")

    def autumn(invitation: Invitation) -> Mood:
        return AUTUMN_IN_CUSTOMER_SERVICE if invitation.person_id in in_customer_service else SUMMER

    pulse = beginning.create_from(find_ready_made("team-pulse"), by=by)
    for title, days_ago, moods in (
        ("Team pulse, summer", 100, lambda _invitation: SUMMER),
        ("Team pulse, autumn", 25, autumn),
    ):
        wave = _launch(pulse, title, _working_day(now, days_ago), days=10, by=by)
        _answer(wave, chance, moods, share=0.86)
        closing.close(wave_id=wave.pk, now=wave.closes_at)

    behaviours = beginning.create_from(find_ready_made("six-behaviours"), by=by)
    running = _launch(behaviours, "How we serve each other", _working_day(now, 4), days=14, by=by)
    drain(now=running.opens_at)
    _answer(running, chance, autumn, share=0.4, waiting=LOGIN_ADDRESSES)
    rating.rate_due(now)

    _ask_customers(now, by, chance)


def _ask_customers(now: dt.datetime, by: Person, chance: random.Random) -> None:
    owner = Person.objects.get(email=address(*MANAGER))
    for name in CUSTOMERS:
        organisation = ExternalOrganisation.objects.create(name=name, owner=owner)
        for number in range(1, CONTACTS_EACH + 1):
            contact = Contact(
                organisation=organisation,
                name=f"{name}, contact {number}",
                email=f"contact{number}@{name.lower().replace(' ', '-').replace('.', '')}.example",
                language="en",
                country="GB",
            )
            contact.refresh_search_text()
            contact.save()
    survey = beginning.create_from(find_ready_made("external-satisfaction"), by=by)
    wave = _launch(
        survey,
        "How are we doing? Autumn",
        _working_day(now, 20),
        days=12,
        by=by,
        mode=Wave.Mode.IDENTIFIED,
        audience=Wave.Audience.CONTACTS,
        readers=[by, owner],
    )
    drain(now=wave.opens_at)
    _answer(wave, chance, lambda _invitation: Mood(0.72), share=0.7, comments=CUSTOMER_COMMENTS)
    closing.close(wave_id=wave.pk, now=wave.closes_at)


def _launch(
    survey: Survey,
    title: str,
    opens_at: dt.datetime,
    *,
    days: int,
    by: Person,
    mode: Wave.Mode = Wave.Mode.ANONYMOUS,
    audience: Wave.Audience = Wave.Audience.EVERYONE,
    readers: list[Person] | None = None,
) -> Wave:
    wave = Wave.objects.create(
        survey=survey,
        title=title,
        mode=mode,
        audience=audience,
        opens_at=opens_at,
        closes_at=opens_at + dt.timedelta(days=days),
        created_by=by,
    )
    if audience == Wave.Audience.CONTACTS:
        wave.organisations.set(ExternalOrganisation.objects.all())
    wave.readers.set(readers or [])
    launching.launch(wave=wave, by=by, now=opens_at)
    launching.carry_out_launch(wave_id=wave.pk, now=opens_at)
    wave.refresh_from_db()
    return wave


def _answer(
    wave: Wave,
    chance: random.Random,
    mood_of: Callable[[Invitation], Mood],
    *,
    share: float,
    comments: tuple[str, ...] = COMMENTS,
    waiting: frozenset[str] = frozenset(),
) -> None:
    """A share of those invited answers; for those ``waiting`` the survey still stands in My day."""
    for invitation in wave.invitations.select_related("wave").order_by("pk"):
        if chance.random() < share and invitation.address not in waiting:
            sheet = answer(wave.questionnaire, mood_of(invitation), chance, comments)
            answering.submit(invitation=invitation, sheet=sheet, now=wave.opens_at + dt.timedelta(hours=2))


def _members_of(name: str) -> set[int]:
    team = Team.objects.get(name=name)
    return set(Person.objects.below([team.pk]).values_list("pk", flat=True))


def _working_day(now: dt.datetime, days_ago: int) -> dt.datetime:
    """Ten in the morning of the last working day at least so many days ago."""
    moment = timezone.localtime(now - dt.timedelta(days=days_ago)).replace(hour=10, minute=0, second=0)
    return moment - dt.timedelta(days=max(0, moment.isoweekday() - 5))
