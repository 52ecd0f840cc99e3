"""Time moved over a whole wave in which clocks are moved, with every message of everybody counted.

People of twelve zones and eight ways of living get what an independent reckoning of local wall time says, at
the very half hour, and nothing else. The reckoning walks minutes (``tests.common.slow_clock``).
"""

from __future__ import annotations

import datetime as dt
import urllib.parse
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from pytest_django import Settings

from common.working_time import WorkingTime
from notifications.domain.dispatching import drain
from notifications.models import Message, SendSlot
from people.models import Absence, Person
from surveys.answers import AnswerSheet
from surveys.domain.answering import submitting
from surveys.domain.counting import closing
from surveys.domain.mailing import reminding
from surveys.domain.waves import launching
from surveys.models import Wave
from tests.common import slow_clock
from tests.surveys.factories import make_draft, make_person

pytestmark = pytest.mark.django_db

DAY = dt.timedelta(days=1)
STEP = dt.timedelta(minutes=30)
State, Reason = Message.State, Message.Reason
# State, reason, and when it was sent.
Fate = tuple[str, str, dt.datetime | None]


def utc(*parts: int) -> dt.datetime:
    return dt.datetime(*parts, tzinfo=dt.UTC)  # type: ignore[misc,arg-type]


@dataclass(frozen=True)
class Place:
    """``at_change`` is a time of day within what the clocks there skip or show twice, where they do."""

    zone: str
    country: str
    at_change: dt.time = dt.time(2, 30)
    weekdays: str = "12345"


PLACES = [
    Place("Australia/Lord_Howe", "AU", at_change=dt.time(1, 45)),
    Place("Pacific/Apia", "WS"),
    Place("Asia/Kathmandu", "NP", weekdays="71234"),
    Place("Europe/Berlin", "DE"),
    Place("America/New_York", "US", at_change=dt.time(1, 30)),
    Place("America/Sao_Paulo", "BR"),
    Place("America/St_Johns", "CA", at_change=dt.time(1, 30)),
    Place("Africa/Casablanca", "MA"),
    Place("Asia/Tehran", "IR", weekdays="67123"),
    Place("Pacific/Kiritimati", "KI"),
    Place("America/Havana", "CU", at_change=dt.time(0, 30)),
    Place("Europe/London", "GB", at_change=dt.time(1, 30)),
]
WAYS = ["usual", "nights", "quiet", "changing", "answering", "away", "ill", "gone"]


@dataclass(frozen=True, eq=False)
class Course:
    """When a wave goes, and what must have left when: by (zone, way of living, number of the mail)."""

    opens: dt.datetime
    closes: dt.datetime
    reminder_days: tuple[int, int, int]
    known: dict[tuple[str, str, int], dt.datetime]

    @property
    def answered_at(self) -> dt.datetime:
        return self.opens + dt.timedelta(days=5, hours=3, minutes=10)

    @property
    def taken_ill_at(self) -> dt.datetime:
        return self.opens + dt.timedelta(days=2)

    @property
    def steps(self) -> Iterator[dt.datetime]:
        at = self.opens
        while at < self.closes:
            yield at
            at += STEP


OCTOBER = Course(
    opens=utc(2026, 10, 22, 9),
    closes=utc(2026, 11, 6, 17),
    reminder_days=(3, 6, 10),
    known={
        # 2:30 comes twice: the first one.
        ("Europe/Berlin", "changing", 1): utc(2026, 10, 25, 0, 30),
        ("Europe/London", "changing", 1): utc(2026, 10, 25, 0, 30),
        ("America/New_York", "changing", 3): utc(2026, 11, 1, 5, 30),
        # Quiet until 1:00, with the hour before it twice.
        ("America/Havana", "changing", 3): utc(2026, 11, 1, 6),
        # The days after, at eight o'clock as it is by then.
        ("Europe/Berlin", "usual", 1): utc(2026, 10, 27, 7),
        # After Dashain, on a Sunday at a quarter past two.
        ("Asia/Kathmandu", "usual", 0): utc(2026, 10, 25, 2, 30),
    },
)
MARCH = Course(
    opens=utc(2026, 3, 26, 9),
    closes=utc(2026, 4, 14, 17),
    reminder_days=(3, 6, 9),
    known={
        # 2:30 does not come: 3:00.
        ("Europe/Berlin", "changing", 1): utc(2026, 3, 29, 1),
        ("Europe/London", "changing", 1): utc(2026, 3, 29, 1),
        # 1:45 comes twice, the first at 14:45.
        ("Australia/Lord_Howe", "changing", 3): utc(2026, 4, 4, 15),
        # Good Friday and Easter Monday are free.
        ("Europe/Berlin", "usual", 2): utc(2026, 4, 7, 6),
    },
)
APIA = Course(
    opens=utc(2011, 12, 28, 9),
    closes=utc(2012, 1, 13, 17),
    reminder_days=(3, 6, 9),
    known={
        # After the 28th come the 29th, the 31st and, with two holidays, the 3rd: the 30th did not take place.
        ("Pacific/Apia", "changing", 1): utc(2012, 1, 2, 12, 30),
    },
)


# --- People -------------------------------------------------------------------------------------------------
@dataclass(frozen=True)
class Somebody:
    """``clock`` is theirs as long as nobody is taken ill, ``later`` from then on."""

    person: Person
    place: Place
    way: str
    clock: WorkingTime
    later: WorkingTime


def live(way: str, place: Place, course: Course) -> WorkingTime:
    """When somebody of this place works who lives in this way, as everybody knows on the first day."""
    clock = WorkingTime(
        ZoneInfo(place.zone), frozenset(map(int, place.weekdays)), dt.time(8), dt.time(18), place.country
    )
    all_week, first = frozenset(range(1, 8)), course.opens.date()
    match way:
        case "nights":
            return replace(clock, weekdays=all_week, day_starts=dt.time(22), day_ends=dt.time(6))
        case "quiet":
            return replace(
                clock, day_starts=dt.time(6), day_ends=dt.time(20), quiet=(dt.time(19), dt.time(10, 30))
            )
        case "changing":
            begins = place.at_change
            quiet = (dt.time(23), dt.time(1))
            return replace(clock, weekdays=all_week, day_starts=begins, day_ends=begins, quiet=quiet)
        case "away":
            return replace(clock, absences=((first - 2 * DAY, first + DAY),))
        case _:
            return clock


def become(way: str, clock: WorkingTime, course: Course) -> WorkingTime:
    """When they work after a few days: some are taken ill, for a week or for longer than the wave."""
    first = course.opens.date()
    match way:
        case "ill":
            return replace(clock, absences=((first + 4 * DAY, first + 10 * DAY),))
        case "gone":
            return replace(clock, absences=((first + 4 * DAY, first + 70 * DAY),))
        case _:
            return clock


def make_somebody(way: str, place: Place, course: Course) -> Somebody:
    clock = live(way, place, course)
    begins, ends = clock.quiet or (None, None)
    person = make_person(
        time_zone=place.zone,
        country=place.country,
        working_days="".join(str(day) for day in sorted(clock.weekdays)),
        day_starts=clock.day_starts,
        day_ends=clock.day_ends,
        quiet_starts=begins,
        quiet_ends=ends,
    )
    write_absences(person, clock)
    return Somebody(person, place, way, clock, become(way, clock, course))


def write_absences(person: Person, clock: WorkingTime) -> None:
    for first, last in clock.absences:
        Absence.objects.get_or_create(person=person, first_day=first, last_day=last)


# --- The reckoning ------------------------------------------------------------------------------------------
def reckon(somebody: Somebody, course: Course) -> dict[int, Fate]:
    """What becomes of each mail, by its number (the invitation is 0): state, reason, when it was sent."""
    before, after = ((clock, open_minutes(clock, course)) for clock in (somebody.clock, somebody.later))
    fates: dict[int, Fate] = {}
    waiting = {0: course.opens}
    for at in course.steps:
        clock, minutes = before if at < course.taken_ill_at else after
        due = sorted(number for number, since in waiting.items() if since <= at)
        for number in due[:-1]:
            fates[number] = (State.EXPIRED, Reason.OVERTAKEN, None)
            del waiting[number]
        for number in due[-1:]:
            fate = fate_of(somebody, course, at, minutes)
            if fate is None:
                continue
            fates[number] = fate
            del waiting[number]
            if number == 0 and fate[0] == State.SENT:
                waiting |= reminders_of(clock, course, at)
    return fates | dict.fromkeys(waiting, (State.PENDING, Reason.NONE, None))


@cache
def open_minutes(clock: WorkingTime, course: Course) -> set[dt.datetime]:
    first, days = course.opens.date() - 2 * DAY, (course.closes - course.opens).days + 4
    return {at for number in range(days) for at in slow_clock.open_minutes(clock, first + DAY * number)}


def fate_of(somebody: Somebody, course: Course, at: dt.datetime, minutes: set[dt.datetime]) -> Fate | None:
    """Of a mail that is due; None where it waits."""
    if at not in minutes:
        # They never come back to it while the wave is open.
        too_late = not any(at <= minute <= course.closes for minute in minutes)
        return (State.EXPIRED, Reason.TOO_LATE, None) if too_late else None
    if somebody.way == "answering" and at >= course.answered_at:
        return State.CANCELLED, Reason.NOT_WANTED, None
    return State.SENT, Reason.NONE, at


def reminders_of(clock: WorkingTime, course: Course, sent_at: dt.datetime) -> dict[int, dt.datetime]:
    """When each is due: so many working days after the local day of the invitation, where that is in time."""
    day, worked, found = sent_at.astimezone(clock.zone).date(), 0, {}
    while worked < course.reminder_days[-1]:
        day += DAY
        if slow_clock.works_on(clock, day):
            worked += 1
            if worked in course.reminder_days:
                number = course.reminder_days.index(worked) + 1
                found[number] = slow_clock.moment(clock.zone.key, day, clock.day_starts)
    return {number: due for number, due in found.items() if due < course.closes}


# --- The wave -----------------------------------------------------------------------------------------------
@pytest.fixture
def take_delivered(settings: Settings, tmp_path: Path) -> Callable[[], list[str]]:
    """The addresses of what was delivered since the last time somebody asked."""
    settings.EMAIL_CAPTURED = True
    settings.CAPTURED_MAIL_DIR = tmp_path / "mail"

    def take() -> list[str]:
        found = sorted((tmp_path / "mail").glob("*.eml"))
        for path in found:
            path.unlink()
        return [urllib.parse.unquote(path.stem.split("~")[1]) for path in found]

    return take


def launch(course: Course, mode: str, reader: Person) -> Wave:
    draft = make_draft(
        mode=mode, opens_at=course.opens, closes_at=course.closes, reminder_days=list(course.reminder_days)
    )
    if mode == Wave.Mode.IDENTIFIED:
        draft.readers.add(reader)
    wave = launching.launch(wave=draft, by=make_person(is_active=False), now=course.opens)
    launching.carry_out_launch(wave_id=wave.pk, now=course.opens)
    wave.refresh_from_db()
    assert wave.state == Wave.State.OPEN
    return wave


def answer(wave: Wave, people: list[Somebody], now: dt.datetime) -> None:
    sheet = AnswerSheet(options={"listens": ("4",)})
    theirs = wave.invitations.filter(person__in=[each.person for each in people if each.way == "answering"])
    for invitation in theirs.select_related("wave"):
        assert submitting.submit(invitation=invitation, sheet=sheet, now=now) is submitting.Submitted.RECORDED


@pytest.mark.parametrize(
    ("course", "mode"),
    [
        pytest.param(OCTOBER, Wave.Mode.ANONYMOUS, id="october-anonymous"),
        pytest.param(OCTOBER, Wave.Mode.IDENTIFIED, id="october-identified"),
        pytest.param(MARCH, Wave.Mode.IDENTIFIED, id="march-identified"),
        pytest.param(APIA, Wave.Mode.ANONYMOUS, id="apia-anonymous"),
    ],
)
def test_every_message_of_a_wave_over_a_change_of_the_clocks(
    course: Course, mode: str, take_delivered: Callable[[], list[str]]
) -> None:
    people = [make_somebody(way, place, course) for place in PLACES for way in WAYS]
    wave = launch(course, mode, reader=people[0].person)
    delivered: Counter[tuple[str, dt.datetime]] = Counter()
    for now in course.steps:
        if now == course.taken_ill_at:
            for somebody in people:
                write_absences(somebody.person, somebody.later)
        if now - STEP < course.answered_at <= now:
            answer(wave, people, course.answered_at)
        if drain(now=now):
            delivered.update((address, now) for address in take_delivered())
    expected = {
        (somebody.person.pk, number): fate
        for somebody in people
        for number, fate in reckon(somebody, course).items()
    }
    assert found_fates(wave) == expected
    sent = {key: at for key, (_state, _reason, at) in expected.items() if at}
    addresses = {somebody.person.pk: somebody.person.email for somebody in people}
    assert delivered == Counter((addresses[person], at) for (person, _number), at in sent.items())
    assert_nobody_is_disturbed(people, course, sent)
    assert_nothing_comes_after_the_close(wave, course, take_delivered)


def found_fates(wave: Wave) -> dict[tuple[int, int], Fate]:
    series = {reminding.series_of(each.pk): each.person_id for each in wave.invitations.all()}
    messages = list(Message.objects.all())
    found = {
        (series[message.series] or 0, message.step): (message.state, message.reason, message.sent_at)
        for message in messages
    }
    assert len(found) == len(messages)
    # Whoever was sent something had one mail on that day of theirs; what an answer
    # to an anonymous wave made pointless keeps it all the same.
    kept = [
        each for each in messages if each.state == State.SENT or (each.confidential and each.slots.exists())
    ]
    assert SendSlot.objects.count() == len(kept)
    return found


def assert_nobody_is_disturbed(
    people: list[Somebody], course: Course, sent: dict[tuple[int, int], dt.datetime]
) -> None:
    """What the reckoning must itself have come to, said once more without it."""
    by_way = {
        (each.place.zone, each.way, number): sent.get((each.person.pk, number))
        for each in people
        for number in range(4)
    }
    assert {key: by_way[key] for key in course.known} == course.known
    for somebody in people:
        theirs = {number: at for (person, number), at in sent.items() if person == somebody.person.pk}
        walls = [at.astimezone(somebody.clock.zone) for _number, at in sorted(theirs.items())]
        assert 0 in theirs
        assert walls == sorted(walls)
        assert len({wall.date() for wall in walls}) == len(walls) <= 4
        match somebody.way:
            case "nights":
                assert all(wall.hour >= 22 or wall.hour < 6 for wall in walls)
            case "quiet":
                assert all(dt.time(10, 30) <= wall.time() < dt.time(19) for wall in walls)
            case "changing":
                assert all(1 <= wall.hour < 23 for wall in walls)
            case "answering":
                assert all(at < course.answered_at for at in theirs.values())
            case _:
                assert all(8 <= wall.hour < 18 for wall in walls)
                assert all(str(wall.isoweekday()) in somebody.place.weekdays for wall in walls)


def assert_nothing_comes_after_the_close(
    wave: Wave, course: Course, take_delivered: Callable[[], list[str]]
) -> None:
    closing.close_due(course.closes)
    wave.refresh_from_db()
    assert wave.state == Wave.State.CLOSED
    for hours in range(0, 96, 6):
        assert drain(now=course.closes + dt.timedelta(hours=hours)) == 0
    assert take_delivered() == []
    assert Message.objects.unfinished().count() == 0
