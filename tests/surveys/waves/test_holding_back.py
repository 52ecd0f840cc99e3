"""At most one invitation a week for each person over all waves: said before the launch, kept after it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

import pytest
from django.test import Client
from django.utils import timezone

from culture_portal.proving.sink import Sink
from notifications.domain.dispatching import drain
from notifications.models import LastOfKind, Message
from people.models import Person
from surveys.domain.mailing.asking import open_invitations
from surveys.domain.repeating import continuing
from surveys.domain.waves import holding_back, launching
from surveys.domain.waves.previewing import Reason, preview
from surveys.models import Wave
from tests.notifications.conftest import sink, sink_process  # noqa: F401 - fixtures
from tests.surveys.factories import make_draft, make_hr, make_people, make_survey

pytestmark = pytest.mark.django_db

# A Monday, nine o'clock in Berlin.
MONDAY = dt.datetime(2026, 3, 2, 8, tzinfo=dt.UTC)
DAY, WEEK = dt.timedelta(days=1), dt.timedelta(days=7)
PLACE = {"time_zone": "UTC", "country": "GB"}


def make_staff(count: int = 25) -> list[Person]:
    return make_people(count, **PLACE)


def launched(hr: Person, opens_at: dt.datetime, days: int = 14, **fields: object) -> Wave:
    wave = make_draft(opens_at=opens_at, closes_at=opens_at + days * DAY, **fields)
    launching.launch(wave=wave, by=hr, now=opens_at)
    launching.carry_on_launches(opens_at)
    wave.refresh_from_db()
    assert wave.state == Wave.State.OPEN
    return wave


def invited(people: Sequence[Person], at: dt.datetime) -> None:
    """What an invitation sent at this moment leaves behind."""
    LastOfKind.objects.bulk_create(
        LastOfKind(kind="surveys.invitation", person=person, at=at, message_number=10**9 + person.pk)
        for person in people
    )


def test_a_second_wave_waits_for_whoever_the_first_has_just_asked(sink: Sink) -> None:  # noqa: F811
    hr = make_hr(**PLACE)
    staff = make_staff()
    first = launched(hr, MONDAY)
    drain(now=MONDAY)
    assert len(sink.recipients()) == len(staff) + 1
    newcomers = make_staff(6)
    second = launched(hr, MONDAY + DAY, survey=make_survey(title="Another"))
    drain(now=MONDAY + DAY)
    assert len(sink.recipients()) == len(staff) + 1 + len(newcomers)
    held = holding_back.held_now(second)
    assert held is not None
    assert (held.count, held.last) == (len(staff) + 1, MONDAY + WEEK)
    assert holding_back.held_now(first) is None
    # In the portal it is there at once.
    assert {one.wave_id for one in open_invitations(staff[0], MONDAY + DAY)} == {first.pk, second.pk}
    drain(now=MONDAY + WEEK)
    theirs = Message.objects.filter(kind="surveys.invitation", context__wave=second.pk)
    assert set(theirs.values_list("state", flat=True)) == {"sent"}
    assert holding_back.held_now(second) is None


def test_the_preview_says_how_many_and_from_when() -> None:
    make_hr()
    staff = make_staff()
    invited(staff[:12], MONDAY - 4 * DAY)
    wave = make_draft(opens_at=MONDAY, closes_at=MONDAY + 14 * DAY)
    found = preview(wave, MONDAY)
    assert found.held is not None
    assert (found.held.words, found.held.first, found.problems) == ("12", MONDAY + 3 * DAY, [])


@pytest.mark.parametrize(("number", "words"), [(1, "a few"), (4, "a few"), (5, "5")])
def test_few_are_not_counted_out(number: int, words: str) -> None:
    staff = make_staff()
    invited(staff[:number], MONDAY - DAY)
    found = preview(make_draft(opens_at=MONDAY, closes_at=MONDAY + 14 * DAY), MONDAY)
    assert found.held is not None
    assert found.held.words == words


def test_whoever_was_asked_longer_ago_does_not_wait() -> None:
    invited(make_staff(), MONDAY - WEEK)
    assert preview(make_draft(opens_at=MONDAY, closes_at=MONDAY + 14 * DAY), MONDAY).held is None


def test_invitations_on_their_way_bring_a_week_each() -> None:
    hr = make_hr(**PLACE)
    make_staff()
    launched(hr, MONDAY)
    wave = make_draft(opens_at=MONDAY + DAY, closes_at=MONDAY + 20 * DAY)
    found = preview(wave, MONDAY + DAY)
    assert found.held is not None
    assert (found.held.count, found.held.first) == (26, MONDAY + WEEK)


def test_where_it_would_be_too_late_the_launch_is_refused() -> None:
    invited(make_staff(), MONDAY - DAY)
    wave = make_draft(opens_at=MONDAY, closes_at=MONDAY + 6 * DAY)
    problem = preview(wave, MONDAY).problems[0]
    assert problem.reason == Reason.HELD_BACK
    assert problem.words.startswith("25 of them were asked by another survey in the last week")
    wave.closes_at = MONDAY + 9 * DAY
    assert preview(wave, MONDAY).problems == []


def test_in_a_row_of_waves_they_are_left_for_the_next_one() -> None:
    hr = make_hr(**PLACE)
    staff = make_staff(40)
    invited(staff[:8], MONDAY - DAY)
    wave = make_draft(opens_at=MONDAY, closes_at=MONDAY + 3 * DAY)
    continuing.begin(wave, rhythm="weekly", rotation=1, by=hr, now=MONDAY)
    wave.refresh_from_db()
    found = preview(wave, MONDAY)
    assert (found.invited, found.left_out, found.problems) == (33, {"week": 8}, [])
    assert found.left_out_words == ["8 were asked by another survey just before; they wait for the next one."]


def test_a_wave_that_asks_one_person_neither_waits_nor_counts() -> None:
    assert holding_back.apart({"invitation": 1, "wave": 1, "anonymous": 0}) == WEEK
    assert holding_back.apart({"invitation": 1, "wave": 1, "anonymous": 0, "alone": 1}) is None


def test_at_any_hour_nobody_waits(settings: object) -> None:
    settings.MAIL_AT_ANY_HOUR = True  # type: ignore[attr-defined]
    invited(make_staff(), MONDAY - DAY)
    assert preview(make_draft(opens_at=MONDAY, closes_at=MONDAY + 3 * DAY), MONDAY).held is None


def test_the_pages_of_the_wave_say_so(client: Client) -> None:
    hr = make_hr()
    client.force_login(hr)
    staff = make_staff()
    now = timezone.now()
    invited(staff[:12], now - DAY)
    wave = make_draft(opens_at=now + dt.timedelta(minutes=1), closes_at=now + 20 * DAY)
    page = client.get(wave.get_absolute_url()).content.decode()
    assert "Asked by another survey in the last week: 12." in page
    open_wave = launched(hr, now, survey=make_survey(title="Open"))
    Message.objects.filter(context__wave=open_wave.pk, person__in=staff[:3]).update(reason="apart")
    page = client.get(open_wave.get_absolute_url()).content.decode()
    assert "Held back now: a few, the last until" in page
