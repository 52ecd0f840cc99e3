"""Invitation and reminders: their words, their times, and when they are no longer wanted."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from django.template.loader import render_to_string

from common import links
from customers.models import Contact, ExternalOrganisation
from notifications.domain import queueing
from notifications.domain.composing import compose
from notifications.domain.recipients import recipient_of
from notifications.kinds import Mail, find_kind
from notifications.models import Message
from people.models import Absence, Person
from surveys.domain.mailing import reminding
from surveys.models import Invitation, Wave
from tests.surveys.factories import (
    OPENED,
    QUESTIONNAIRE,
    invite,
    make_draft,
    make_person,
    make_wave,
)

pytestmark = pytest.mark.django_db


def make_invited(person: Person | None = None, **fields: Any) -> tuple[Invitation, Message]:
    """Somebody in an open wave, with the invitation in the outbox."""
    wave = make_wave(invited={1: 0}, **fields)
    invitation = invite(wave, [person or make_person()])[0]
    queueing.queue_many([reminding.invitation_message(invitation, due=OPENED)])
    return invitation, Message.objects.get(key=f"survey:{invitation.pk}:invitation")


def reminders(invitation: Invitation) -> list[tuple[str, dt.datetime]]:
    found = Message.objects.filter(kind=reminding.REMINDER, series=f"survey:{invitation.pk}").order_by("step")
    return list(found.values_list("key", "due"))


def times(*days: int, hour: int = 8) -> list[dt.datetime]:
    return [dt.datetime(2026, 3, day, hour, tzinfo=dt.UTC) for day in days]


# --- When ---------------------------------------------------------------------------------------------------
def test_reminders_come_3_6_and_9_working_days_after_the_day_really_sent() -> None:
    invitation, message = make_invited()
    # Monday 2 March 2026, 9:00: Thursday, Tuesday, Friday at the start of the working day.
    reminding.plan_reminders(message, OPENED)
    assert reminders(invitation) == [
        (f"survey:{invitation.pk}:reminder:{number}", due)
        for number, due in enumerate(times(5, 10, 13), start=1)
    ]


def test_an_invitation_sent_late_moves_its_reminders() -> None:
    invitation, message = make_invited()
    reminding.plan_reminders(message, OPENED + dt.timedelta(days=2))
    # The third would be due on Tuesday 17 March, after the close.
    assert [due for _key, due in reminders(invitation)] == times(9, 12)


def test_reminders_follow_the_recipients_own_days_hours_and_zone() -> None:
    person = make_person(working_days="67", day_starts=dt.time(14), time_zone="Asia/Tokyo")
    Absence.objects.create(person=person, first_day=dt.date(2026, 3, 7), last_day=dt.date(2026, 3, 7))
    invitation, message = make_invited(person, reminder_days=[1, 2])
    reminding.plan_reminders(message, OPENED)
    assert [due for _key, due in reminders(invitation)] == times(8, 14, hour=5)


def test_reminders_are_planned_once() -> None:
    invitation, message = make_invited()
    reminding.plan_reminders(message, OPENED)
    before = reminders(invitation)
    reminding.plan_reminders(message, OPENED + dt.timedelta(days=3))
    assert reminders(invitation) == before


def test_nobody_gets_more_than_four_mails() -> None:
    invitation, message = make_invited(reminder_days=[1, 2, 3, 4, 5])
    reminding.plan_reminders(message, OPENED)
    assert len(reminders(invitation)) == 3


def test_a_wave_without_reminders_plans_none() -> None:
    invitation, message = make_invited(reminder_days=[])
    reminding.plan_reminders(message, OPENED)
    assert reminders(invitation) == []


def test_reminders_of_a_wave_that_is_gone_are_not_planned() -> None:
    invitation, message = make_invited()
    invitation.wave.delete()
    reminding.plan_reminders(message, OPENED)
    assert Message.objects.filter(kind=reminding.REMINDER).count() == 0


# --- Still wanted -------------------------------------------------------------------------------------------
def test_a_mail_is_wanted_while_the_wave_is_open_and_unanswered() -> None:
    invitation, message = make_invited()
    assert reminding.is_still_wanted(message) is True
    Invitation.objects.filter(pk=invitation.pk).update(answered=True)
    assert reminding.is_still_wanted(message) is False


@pytest.mark.parametrize("state", ["draft", "approval", "launching", "closing", "closed"])
def test_no_mail_is_wanted_in_any_other_state(state: str) -> None:
    invitation, message = make_invited()
    Wave.objects.filter(pk=invitation.wave_id).update(state=state)
    assert reminding.is_still_wanted(message) is False


def test_no_mail_to_a_contact_who_may_no_longer_be_asked() -> None:
    organisation = ExternalOrganisation.objects.create(name="Acme")
    contact = organisation.contacts.create(name="A", email="a@example.org")
    wave = make_wave(invited={1: 0})
    invitation = Invitation.objects.create(wave=wave, contact=contact, address=contact.email, group_code=1)
    queueing.queue_many([reminding.invitation_message(invitation, due=OPENED)])
    message = Message.objects.get()
    assert reminding.is_still_wanted(message) is True
    Contact.objects.update(active=False)
    assert reminding.is_still_wanted(message) is False


# --- Rows ---------------------------------------------------------------------------------------------------
def test_p1_messages_of_an_anonymous_wave_are_confidential() -> None:
    _invitation, message = make_invited()
    assert message.confidential is True
    _invitation, message = make_invited(mode=Wave.Mode.IDENTIFIED)
    assert message.confidential is False


def test_s6_a_message_holds_ids_only() -> None:
    invitation, message = make_invited()
    assert message.context == {"invitation": invitation.pk, "wave": invitation.wave_id, "anonymous": 1}


def test_s8_the_mail_goes_to_the_frozen_address() -> None:
    person = make_person(email="before@example.com")
    _invitation, message = make_invited(person)
    Person.objects.filter(pk=person.pk).update(email="after@example.com")
    message.refresh_from_db()
    assert recipient_of(message).address == "before@example.com"


# --- Words --------------------------------------------------------------------------------------------------
def text_of(mail: Mail) -> str:
    return render_to_string(f"{mail.template}.txt", {**mail.context, "why": mail.why, "more": mail.more})


def test_s6_the_link_is_minted_when_the_mail_is_rendered() -> None:
    invitation, message = make_invited()
    mail = find_kind(message.kind).render(message)
    link = f"http://localhost/a/{invitation.handle}/{links.mint('answer', invitation.handle)}/"
    assert mail.context["link"] == link
    assert link in text_of(mail)


def test_the_invitation_says_who_asks_how_long_and_until_when() -> None:
    asker = make_person(display_name="Priya Raman")
    _invitation, message = make_invited(launched_by=asker, title="Team pulse")
    mail = find_kind(message.kind).render(message)
    assert mail.subject == "Team pulse: your view, until Monday 16 March"
    assert mail.why == "You get this because you work at Brightwater."
    assert mail.more == "At most 3 reminders follow, and none once you have answered."
    assert (
        text_of(mail).split("Answer now:")[0].split()
        == (
            "Team pulse Priya Raman of Brightwater asks for your view. "
            "It takes about 2 minutes. You can answer until Monday 16 March 2026, 17:00 GMT. "
            "Your answers are anonymous. Neither your manager nor HR can link an answer to you. "
            "Figures appear only for groups of 5 or more."
        ).split()
    )


def test_the_invitation_of_a_wave_by_name_names_the_readers() -> None:
    readers = [make_person(display_name="Priya Raman")]
    _invitation, message = make_invited(mode=Wave.Mode.IDENTIFIED, readers=readers)
    assert "Your answers carry your name." in text_of(find_kind(message.kind).render(message))
    assert "- Priya Raman" in text_of(find_kind(message.kind).render(message))


@pytest.mark.parametrize(
    ("number", "subject", "more"),
    [
        (
            1,
            "Spring: open until Monday 16 March",
            "At most 2 reminders follow, and none once you have answered.",
        ),
        (
            2,
            "Spring: open until Monday 16 March",
            "At most 1 reminder follows, and none once you have answered.",
        ),
        (
            3,
            "Spring: last reminder, open until Monday 16 March",
            "No further mail about this survey will come.",
        ),
    ],
)
def test_a_reminder_says_how_many_more_will_come(number: int, subject: str, more: str) -> None:
    invitation, message = make_invited()
    reminding.plan_reminders(message, OPENED)
    reminder = Message.objects.get(key=f"survey:{invitation.pk}:reminder:{number}")
    mail = find_kind(reminder.kind).render(reminder)
    assert (mail.subject, mail.more) == (subject, more)


def test_hostile_titles_stay_words() -> None:
    occasion = reminding.Occasion(
        wave=make_draft(title="<script>alert(1)</script> & {{ 7 }}", launched_by=None),
        questionnaire=QUESTIONNAIRE,
        link="http://localhost/a/x/y/",
    )
    mail = reminding.invitation_mail(occasion)
    html = render_to_string(f"{mail.template}.html", dict(mail.context))
    assert "<h1>&lt;script&gt;alert(1)&lt;/script&gt; &amp; {{ 7 }}</h1>" in html
    assert "<script>alert(1)</script> & {{ 7 }}" in text_of(mail)


def test_the_whole_mail_is_made_of_text_and_html_with_a_way_out() -> None:
    _invitation, message = make_invited(make_person(time_zone="Asia/Tokyo"))
    kind = find_kind(message.kind)
    raw = compose(message, kind, recipient_of(message)).source.decode()
    assert "List-Unsubscribe-Post: List-Unsubscribe=One-Click" in raw
    assert "multipart/alternative" in raw
    # The closing time by the recipient's clock.
    assert "02:00 JST" in raw
