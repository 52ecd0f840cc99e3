"""What Brightwater asked, and when: every step through the domain functions the portal itself uses."""

from __future__ import annotations

import datetime as dt
import random
from collections.abc import Callable, Sequence
from typing import Any

from django.utils import timezone

from culture_portal.demo.answers import COMMENTS, CUSTOMER_COMMENTS, Mood, answer
from culture_portal.demo.staff import EMPLOYEE, HR_LEAD, MANAGER, address
from customers.models import Contact, ExternalOrganisation
from notifications.domain.dispatching import drain
from people.models import Person, Team
from surveys.domain.answering import submitting
from surveys.domain.building import beginning
from surveys.domain.counting import closing, rating
from surveys.domain.following_up import asking_again, stepping
from surveys.domain.repeating import continuing
from surveys.domain.results import improving
from surveys.domain.waves import launching
from surveys.domain.waves.audience import WHOLE_AUDIENCE
from surveys.models import FollowUp, FollowUpCause, Improvement, Invitation, Survey, Wave, WaveSeries
from surveys.ready_made import find_ready_made

CUSTOMERS = ("St. Anna Clinic", "Harbour Brewery", "Westfield Schools", "Ocean Laundry", "City of Cardiff")
CONTACTS_EACH = 8
LOGIN_ADDRESSES = frozenset(address(*name) for name in (EMPLOYEE, MANAGER, HR_LEAD))
# The one real change: since the summer people in Customer Service say early when something will be late.
SUMMER = Mood(by_behaviour={"managing-expectations": 0.50, "keeping-promises": 0.60})
AUTUMN_IN_CUSTOMER_SERVICE = Mood(by_behaviour={"managing-expectations": 0.80, "keeping-promises": 0.64})

DONE = (
    "Called, said sorry, sent the right statement the same day.",
    "Explained why it took so long; they have my number now.",
    "Came by with the technician and found the fault.",
)
HEARD = "People hear too late when something will not be ready."
CHANGED = "Each promise has a day now, and whoever sees that it will not hold says so the same morning."


def create_waves(now: dt.datetime, by: Person) -> None:
    """Two closed waves of the team pulse and a third that is planned, an open wave, and one of customers."""
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
    _tell_what_became(now, by)
    _plan_next(pulse, now, by)


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
        _working_day(now, 15),
        days=14,
        by=by,
        mode=Wave.Mode.IDENTIFIED,
        audience=Wave.Audience.CONTACTS,
        readers=[by, owner],
        follow_up_question="csat",
        follow_up_limit=3,
        follow_up_owner=owner,
        ask_again_days=2,
    )
    drain(now=wave.opens_at)
    _answer(wave, chance, lambda _invitation: Mood(0.72), share=0.7, comments=CUSTOMER_COMMENTS)
    _put_right(wave, owner, chance)
    late = Mood(0.3)
    _answer(wave, chance, lambda _invitation: late, share=0.4, comments=CUSTOMER_COMMENTS, after_days=13)
    closing.close(wave_id=wave.pk, now=wave.closes_at)


def _put_right(wave: Wave, owner: Person, chance: random.Random) -> None:
    """Those who were not satisfied so far were called and, but for one, asked again."""
    causes = list(FollowUpCause.objects.order_by("pk"))
    for number, follow_up in enumerate(FollowUp.objects.filter(response__wave=wave).order_by("pk")):
        called = follow_up.opened_at + dt.timedelta(hours=3 + 20 * (number % 2))
        stepping.record_contact(
            follow_up=follow_up, at=called, channel=FollowUp.Channel.PHONE, by=owner, now=called
        )
        if number:  # the first is still being put right
            stepping.close(
                follow_up=follow_up,
                done=DONE[number % len(DONE)],
                cause=chance.choice(causes),
                by=owner,
                now=called + dt.timedelta(hours=1),
            )
    asked = wave.opens_at + dt.timedelta(days=8)
    asking_again.ask_again_due(asked)
    for again in Wave.objects.filter(follow_up_before__response__wave=wave):
        _answer(again, chance, lambda _invitation: Mood(0.85), share=0.8, comments=CUSTOMER_COMMENTS)
    drain(now=asked)


def _tell_what_became(now: dt.datetime, by: Person) -> None:
    summer = Wave.objects.get(title="Team pulse, summer")
    improvement = improving.write(
        Improvement(wave=summer, group_code=WHOLE_AUDIENCE, said=HEARD, done=CHANGED),
        by=by,
    )
    shown = _working_day(now, 60)
    improving.show(improvement, by=by, today=timezone.localdate(shown), now=shown)


def _plan_next(pulse: Survey, now: dt.datetime, by: Person) -> None:
    """Each quarter from now on; HR launched the first."""
    opens_at = _working_day(now, -65)
    wave = _draft(pulse, "Team pulse", opens_at, days=10, by=by)
    continuing.begin(wave, rhythm=WaveSeries.Rhythm.QUARTERLY, rotation=1, by=by, now=now)
    launching.launch(wave=wave, by=by, now=now)


def _launch(survey: Survey, title: str, opens_at: dt.datetime, **planned: Any) -> Wave:
    wave = _draft(survey, title, opens_at, **planned)
    launching.launch(wave=wave, by=planned["by"], now=opens_at)
    launching.carry_out_launch(wave_id=wave.pk, now=opens_at)
    wave.refresh_from_db()
    return wave


def _draft(
    survey: Survey,
    title: str,
    opens_at: dt.datetime,
    *,
    days: int,
    by: Person,
    readers: Sequence[Person] = (),
    **settings: Any,
) -> Wave:
    """``settings``: other fields of the wave; of everybody and anonymous without them."""
    planned = {"mode": Wave.Mode.ANONYMOUS, "audience": Wave.Audience.EVERYONE, **settings}
    wave = Wave.objects.create(
        survey=survey,
        title=title,
        opens_at=opens_at,
        closes_at=opens_at + dt.timedelta(days=days),
        created_by=by,
        **planned,
    )
    if wave.audience == Wave.Audience.CONTACTS:
        wave.organisations.set(ExternalOrganisation.objects.all())
    wave.readers.set(readers)
    return wave


def _answer(
    wave: Wave,
    chance: random.Random,
    mood_of: Callable[[Invitation], Mood],
    *,
    share: float,
    comments: tuple[str, ...] = COMMENTS,
    waiting: frozenset[str] = frozenset(),
    after_days: int = 0,
) -> None:
    """A share of those still asked answers; for those ``waiting`` the survey still stands in My day."""
    at = wave.opens_at + dt.timedelta(days=after_days, hours=2)
    for invitation in wave.invitations.unanswered().select_related("wave").order_by("pk"):
        if chance.random() < share and invitation.address not in waiting:
            sheet = answer(wave.questionnaire, mood_of(invitation), chance, comments)
            submitting.submit(invitation=invitation, sheet=sheet, now=at)


def _members_of(name: str) -> set[int]:
    team = Team.objects.get(name=name)
    return set(Person.objects.below([team.pk]).values_list("pk", flat=True))


def _working_day(now: dt.datetime, days_ago: int) -> dt.datetime:
    """Ten in the morning of the last working day at least so many days ago."""
    moment = timezone.localtime(now - dt.timedelta(days=days_ago)).replace(hour=10, minute=0, second=0)
    return moment - dt.timedelta(days=max(0, moment.isoweekday() - 5))
