"""The invitation and its reminders in the notification centre."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from notifications.domain.queueing import NewMessage, queue_many
from notifications.domain.showing_notices import Shown, notice_page, unread_count
from notifications.models import Notice
from people.models import Person
from surveys.answers import AnswerSheet
from surveys.domain.answering import submitting
from surveys.domain.counting import closing
from surveys.domain.mailing import reminding
from surveys.domain.mailing.noticing import survey_notices
from surveys.models import Invitation, Wave
from tests.surveys.browsing import browser_of
from tests.surveys.factories import invite, make_people, make_person, make_wave

pytestmark = pytest.mark.django_db
SHEET = AnswerSheet(options={"listens": ("4",)})


def asked(people: Sequence[Person], **fields: Any) -> list[Invitation]:
    """Invited yesterday into a wave that is open for five days more, and told so."""
    now = timezone.now()
    times = {"opens_at": now - dt.timedelta(days=1), "closes_at": now + dt.timedelta(days=5)}
    wave = make_wave(**{"invited": {1: len(people)}, **times, **fields})
    invite(wave, people)
    invitations = list(wave.invitations.filter(person__in=people).select_related("wave", "person"))
    queue_many([reminding.invitation_message(one, due=wave.opens_at) for one in invitations])
    return invitations


def remind(invitation: Invitation, number: int, due: dt.datetime) -> None:
    invitation_of = reminding.invitation_message(invitation, due=due)
    queue_many(
        [
            NewMessage(
                key=reminding.reminder_key(invitation.pk, number),
                kind=reminding.REMINDER,
                due=due,
                not_after=invitation_of.not_after,
                person=invitation.person,
                context=invitation_of.context,
                series=invitation_of.series,
                step=number,
            )
        ]
    )


def shown(person: Person) -> list[Shown]:
    return notice_page(person, now=timezone.now()).rows


def test_an_invitation_says_until_when_and_leads_to_the_questionnaire() -> None:
    person = make_person()
    (invitation,) = asked([person], title="Team pulse")
    (one,) = shown(person)
    assert (one.words.title, one.words.action, one.words.icon) == ("Team pulse", "Answer", "ask")
    assert one.words.why.startswith("Your view is asked for until ")
    page = browser_of(person).post(f"/notifications/{one.notice.pk}/open/", follow=True)
    assert (page.status_code, page.context["wave"]) == (200, invitation.wave)
    assert unread_count(person, timezone.now()) == 0


def test_a_reminder_takes_the_place_of_the_invitation_and_is_new_again() -> None:
    person = make_person()
    (invitation,) = asked([person])
    remind(invitation, 1, timezone.now() - dt.timedelta(hours=1))
    remind(invitation, 2, timezone.now() + dt.timedelta(days=1))
    Notice.objects.filter(step=0).update(read=True)
    assert [one.notice.step for one in shown(person)] == [1]
    assert unread_count(person, timezone.now()) == 1


@pytest.mark.parametrize("mode", [Wave.Mode.ANONYMOUS, Wave.Mode.IDENTIFIED])
def test_who_has_answered_is_asked_no_more(mode: str) -> None:
    person, other = make_people(2)
    theirs = {one.person: one for one in asked([person, other], mode=mode)}
    submitting.submit(invitation=theirs[person], sheet=SHEET, now=timezone.now())
    assert (shown(person), unread_count(person, timezone.now())) == ([], 0)
    assert (len(shown(other)), unread_count(other, timezone.now())) == (1, 1)


def test_an_anonymous_answer_asks_for_no_notice_and_changes_none() -> None:
    """P1: which row was touched when would say who answered when."""
    (invitation,) = asked([make_person()])
    before = list(Notice.objects.values())
    with CaptureQueriesContext(connection) as queries:
        submitting.submit(invitation=invitation, sheet=SHEET, now=timezone.now())
    assert [one["sql"] for one in queries.captured_queries if "notifications_" in one["sql"]] == []
    assert list(Notice.objects.values()) == before


def test_the_close_of_a_wave_takes_its_notices_along() -> None:
    people = make_people(3)
    wave = asked(people, mode=Wave.Mode.IDENTIFIED)[0].wave
    wave.closes_at = timezone.now()
    wave.save()
    assert shown(people[0]) == []
    closing.close(wave_id=wave.pk, now=timezone.now())
    assert not Notice.objects.exists()


@pytest.mark.parametrize(
    "change", [{"email": "another@example.com"}, {"is_active": False}], ids=["another address", "left"]
)
def test_whoever_is_not_who_was_asked_finds_nothing(change: dict[str, Any]) -> None:
    """S8: by another address somebody else may sit here by now."""
    person = make_person()
    asked([person])
    Person.objects.filter(pk=person.pk).update(**change)
    person.refresh_from_db()
    assert (shown(person), unread_count(person, timezone.now())) == ([], 0)


def test_an_address_written_otherwise_is_the_same() -> None:
    person = make_person(email="Amira@example.com")
    asked([person])
    Person.objects.filter(pk=person.pk).update(email="amira@example.com")
    assert len(shown(person)) == 1


def test_links_are_made_when_they_are_shown() -> None:
    person = make_person()
    asked([person])
    (before,) = shown(person)
    Person.objects.filter(pk=person.pk).update(link_stamp=7)
    (after,) = shown(person)
    pages = [browser_of(person).get(one.words.path, follow=True) for one in (before, after)]
    assert [page.status_code for page in pages] == [410, 200]


def test_outside_people_have_no_notices() -> None:
    wave = make_wave(invited={1: 0})
    invitation = Invitation.objects.create(wave=wave, address="sofia@clinic.example", group_code=1)
    queue_many([reminding.invitation_message(invitation, due=timezone.now())])
    assert not Notice.objects.exists()


def test_words_for_many_take_one_statement() -> None:
    people = make_people(30)
    asked(people)
    notices = list(Notice.objects.all())
    with CaptureQueriesContext(connection) as queries:
        assert len(survey_notices(notices)) == 30
    assert len(queries) == 1
    assert "questionnaire_json" not in queries.captured_queries[0]["sql"]


def test_invitations_and_reminders_of_one_person_take_two_statements() -> None:
    person = make_person()
    for number in range(4):
        (invitation,) = asked([person])
        if number % 2:
            remind(invitation, 1, timezone.now())
    with CaptureQueriesContext(connection) as queries:
        assert unread_count(person, timezone.now()) == 4
    assert len(queries) == 2
