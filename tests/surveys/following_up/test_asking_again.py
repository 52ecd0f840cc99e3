"""The one question is asked again: one wave of one, whose first page names whoever sees the new score."""

from __future__ import annotations

import datetime as dt
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest
from django.db import connection
from django.utils import timezone, translation

from customers.models import Contact
from notifications.models import Message, OptOut
from surveys.answers import AnswerSheet
from surveys.domain.answering import submitting
from surveys.domain.counting import closing
from surveys.domain.following_up import asking_again
from surveys.domain.mailing import reminding
from surveys.models import FollowUp, Invitation, Wave
from surveys.notice import notice_for
from surveys.questionnaire import Kind, Option, Question, Questionnaire, Section
from tests.surveys.factories import QUESTIONNAIRE, RECOMMEND, make_person
from tests.surveys.following import (
    ANSWERED,
    DAY,
    close,
    make_cause,
    make_follow_up,
    make_followed_wave,
)

pytestmark = pytest.mark.django_db


def closed_one(**fields: object) -> FollowUp:
    reader = make_person(display_name="Rea Reader")
    wave = make_followed_wave(title="How we serve you", readers=[reader], **fields)
    follow_up = make_follow_up(make_person(display_name="Mara"), wave=wave)
    return close(follow_up, contacted=ANSWERED + DAY, closed=ANSWERED + DAY)


def when(follow_up: FollowUp) -> dt.datetime:
    assert follow_up.ask_again_at is not None
    return follow_up.ask_again_at


def again_of(follow_up: FollowUp) -> Wave:
    follow_up.refresh_from_db()
    assert follow_up.again is not None
    return follow_up.again


def test_they_are_asked_once_on_their_day_and_not_before() -> None:
    follow_up = closed_one()
    asking_again.ask_again_due(when(follow_up) - dt.timedelta(seconds=1))
    assert Wave.objects.count() == 1
    at = when(follow_up)
    asking_again.ask_again_due(at)
    asking_again.ask_again_due(at + DAY)
    wave = again_of(follow_up)
    assert Wave.objects.count() == 2
    assert (wave.mode, wave.state, wave.title) == ("identified", "open", "How we serve you")
    assert wave.closes_at - wave.opens_at == 14 * DAY
    assert [question.key for question in wave.questionnaire.questions()] == ["recommend"]
    invitation = wave.invitations.get()
    assert invitation.contact == follow_up.response.invitation.contact
    assert [message.kind for message in Message.objects.order_by("pk")][-1] == "surveys.asking_again"


def test_its_first_page_names_who_sees_the_new_score() -> None:
    follow_up = closed_one()
    asking_again.ask_again_due(when(follow_up))
    wave = again_of(follow_up)
    names = {str(person) for person in wave.readers.all()}
    assert names == {"Mara", "Rea Reader"}
    assert not notice_for(wave, readers=sorted(names)).anonymous


def test_both_scores_stand_side_by_side_and_a_low_one_opens_nothing_new() -> None:
    follow_up = closed_one()
    asking_again.ask_again_due(when(follow_up))
    wave = again_of(follow_up)
    sheet = AnswerSheet(options={"recommend": ("2",)})
    submitting.submit(invitation=wave.invitations.get(), sheet=sheet, now=wave.opens_at + DAY)
    found = FollowUp.objects.for_rows().get()
    assert (found.score, found.score_again) == (3, 2)


def test_it_stands_in_no_list() -> None:
    follow_up = closed_one()
    asking_again.ask_again_due(when(follow_up))
    assert Wave.objects.planned().count() == 1
    assert Wave.objects.count() == 2


@pytest.mark.parametrize("reason", ["opted_out", "inactive", "forgotten", "never"])
def test_who_must_not_be_asked_is_not_and_the_reason_stays(reason: str) -> None:
    follow_up = closed_one(ask_again_days=0 if reason == "never" else 10)
    contact = Contact.objects.get()
    match reason:
        case "opted_out":
            OptOut.objects.create(category=reminding.CATEGORY, address=contact.email)
        case "inactive":
            Contact.objects.update(active=False)
        case "forgotten":
            Invitation.objects.update(contact=None, address="")
    asking_again.ask_again_due(ANSWERED + 60 * DAY)
    follow_up.refresh_from_db()
    assert follow_up.again is None
    assert follow_up.not_again == ("" if reason == "never" else reason)
    assert follow_up.ask_again_at is None


def test_the_mail_says_why_in_their_language_and_one_reminder_follows() -> None:
    german = Questionnaire(
        **{**vars(QUESTIONNAIRE), "translations": {"de": {"recommend.text": "Empfehlen Sie uns weiter?"}}}
    )
    follow_up = closed_one(questionnaire=german)
    Contact.objects.update(language="de")
    asking_again.ask_again_due(when(follow_up))
    message = Message.objects.get(kind="surveys.asking_again")
    with translation.override("de"):
        mail = asking_again.render(message)
    assert "Empfehlen Sie uns weiter?" in str(mail.context["layout"])
    assert "5.\N{NO-BREAK SPACE}März 2026" in mail.context["layout"].before[0]
    reminding.plan_reminders(message, again_of(follow_up).opens_at)
    assert Message.objects.filter(kind="surveys.reminder").count() == 1


def test_its_first_page_says_why_in_their_language_too() -> None:
    words = {"de": {"recommend.text": "Empfehlen Sie uns weiter?"}, "zz": {"recommend.text": "?"}}
    follow_up = closed_one(questionnaire=replace(QUESTIONNAIRE, translations=words))
    asking_again.ask_again_due(when(follow_up))
    asked = again_of(follow_up).questionnaire
    with translation.override("de"):
        german = asking_again.why_again(follow_up.response.submitted_at)
    assert asked.in_language("de").intro == german != asked.intro
    assert asked.in_language("zz").intro == asked.intro


def test_the_mail_is_not_sent_once_they_answered() -> None:
    follow_up = closed_one()
    asking_again.ask_again_due(when(follow_up))
    message = Message.objects.get(kind="surveys.asking_again")
    assert reminding.is_still_wanted(message)
    wave = again_of(follow_up)
    sheet = AnswerSheet(options={"recommend": ("9",)})
    submitting.submit(invitation=wave.invitations.get(), sheet=sheet, now=wave.opens_at + DAY)
    message.refresh_from_db()
    assert not reminding.is_still_wanted(message)


def test_loading_many_mails_takes_as_many_statements_as_one(django_assert_num_queries: object) -> None:
    wave = make_followed_wave(readers=[make_person()])
    for _ in range(3):
        close(make_follow_up(wave=wave), contacted=ANSWERED + DAY, closed=ANSWERED + DAY)
    asking_again.ask_again_due(ANSWERED + 60 * DAY)
    messages = list(Message.objects.filter(kind="surveys.asking_again"))
    assert len(messages) == 3
    with django_assert_num_queries(4):  # type: ignore[operator]
        asking_again.load(messages)
    assert all(message.loaded for message in messages)


def test_a_row_is_asked_under_its_own_key_with_what_it_is_a_row_of() -> None:
    rows = (Option("r1", "By telephone"),)
    matrix = Question(
        key="service",
        kind=Kind.MATRIX,
        text="How was it with [[name]]?",
        low=1,
        high=5,
        rows=rows,
        low_label="bad",
    )
    whole = Questionnaire(
        "Service",
        "",
        1,
        (Section("", "", (matrix,)),),
        language="en",
        translations={
            "de": {"service.text": "Wie war es?", "service.row.r1": "Am Telefon", "title": "Dienst"}
        },
    )
    one = asking_again.with_one_question(whole, "service.r1", given={"name": "Mara"}, intro="Again.")
    question = next(one.questions())
    assert (question.key, question.text, question.kind) == (
        "service.r1",
        "How was it with Mara? By telephone",
        Kind.SCALE,
    )
    assert (question.low, question.high, question.required) == (1, 5, True)
    assert [item.key for item in one.items()] == ["service.r1"]
    german = one.in_language("de")
    assert (german.title, next(german.questions()).text) == ("Dienst", "Wie war es? Am Telefon")
    assert Questionnaire.from_json(one.to_json()) == one


def test_anything_can_be_asked_of_one_person_who_works_here() -> None:
    person, reader = make_person(language="en"), make_person()
    question = replace(RECOMMEND, text="How was your first week?")
    asking = asking_again.Asking(
        survey=make_followed_wave().survey,
        title="Your first week",
        questionnaire=Questionnaire("Your first week", "", 1, (Section("", "", (question,)),)),
        readers=[reader],
        kind=asking_again.KIND,
        days=7,
        reminder_days=(),
    )
    now = timezone.now()
    wave = asking_again.launch_for_one(asking=asking, respondent=person, now=now)
    invitation = Invitation.objects.of(person).taking_answers(now).get()
    assert invitation.wave == wave
    assert list(wave.readers.all()) == [reader]
    assert wave.groups.get().invited_count == 1
    closing.close(wave_id=wave.pk, now=now + 8 * DAY)
    wave.refresh_from_db()
    assert wave.state == Wave.State.CLOSED


@pytest.mark.needs_postgres
@pytest.mark.django_db(transaction=True)
def test_ticks_at_once_ask_once() -> None:
    make_cause()
    follow_up = closed_one()
    at = when(follow_up)

    def run(_number: int) -> None:
        try:
            asking_again.ask_again_due(at)
        finally:
            connection.close()

    with ThreadPoolExecutor(6) as pool:
        list(pool.map(run, range(6)))
    assert Wave.objects.count() == 2
    assert again_of(follow_up)
    assert Message.objects.filter(kind="surveys.asking_again").count() == 1
