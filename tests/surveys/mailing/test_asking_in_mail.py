"""The first question inside a mail, a mail's own words, and a trial to oneself."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from typing import Any

import pytest
from django.utils import translation

from common.models import AuditEntry
from notifications.domain import queueing
from notifications.domain.composing import compose
from notifications.domain.dispatching import drain
from notifications.domain.recipients import recipient_of
from notifications.domain.wording import WordsRefused
from notifications.domain.wording import save_text as save_for_all
from notifications.kinds import Mail, find_kind
from notifications.models import Message, SendSlot
from notifications.showing import as_html, as_text
from notifications.words import Text
from surveys import conditions
from surveys.conditions import Condition, Rule
from surveys.domain.mailing import own_words, reminding, trial_mails
from surveys.domain.mailing.asking_in_mail import fitting_question
from surveys.domain.mailing.own_words import NoMoreMails
from surveys.domain.mailing.trial_mails import TriedTooOften
from surveys.models import Invitation, Wave
from surveys.questionnaire import Kind, Option, Question, Questionnaire, Section
from tests.surveys.factories import (
    CHANNEL,
    HEAR,
    HELPS,
    LISTENS,
    OPENED,
    PROMISE,
    QUESTIONNAIRE,
    RECOMMEND,
    invite,
    make_draft,
    make_hr,
    make_person,
    make_wave,
)

pytestmark = pytest.mark.django_db
HOUR = dt.timedelta(hours=1)
OWN = Text("{survey}, please", "Dear colleague\n\n{who_asks} asks.\n\n{link}\n\nThank you.")
GERMAN = Text("{survey}, bitte", "Hallo\n\n{link}")


def only(*questions: Question, **fields: Any) -> Questionnaire:
    return Questionnaire("One", "", 1, (Section("", "", questions),), **fields)


def make_invited(questionnaire: Questionnaire = QUESTIONNAIRE, **fields: Any) -> tuple[Invitation, Message]:
    given: dict[str, Any] = {"mode": Wave.Mode.IDENTIFIED, "ask_in_mail": True}
    wave = make_wave(invited={1: 0}, questionnaire=questionnaire, **(given | fields))
    invitation = invite(wave, [make_person(time_zone="UTC", country="GB")])[0]
    queueing.queue_many([reminding.invitation_message(invitation, due=OPENED)])
    return invitation, Message.objects.get(key=reminding.invitation_key(invitation.pk))


def mail_of(message: Message) -> Mail:
    return find_kind(message.kind).render(message)


# --- The first question -------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("first", "fits"),
    [
        (LISTENS, True),
        (RECOMMEND, True),
        (PROMISE, True),
        (CHANNEL, True),
        (HELPS, False),
        (HEAR, False),
        (replace(CHANNEL, other=True), False),
        (replace(CHANNEL, options=tuple(Option(f"o{n}", f"{n}") for n in range(12))), False),
        (replace(PROMISE, text="Does [[subject]] keep promises?"), True),
        (replace(PROMISE, text="You said [[before]]. Was it kept?"), False),
        (replace(PROMISE, condition=Condition(True, (Rule("x", conditions.Test.IS, "y"),))), False),
    ],
)
def test_which_first_question_fits(first: Question, fits: bool) -> None:
    assert (fitting_question(only(first, RECOMMEND)) is not None) is fits
    assert fitting_question(only()) is None


def test_each_answer_is_a_link_that_chooses_it_in_html_and_text() -> None:
    _invitation, message = make_invited(only(RECOMMEND))
    mail = mail_of(message)
    link = mail.context["link"]
    html, text = as_html(mail), as_text(mail)
    assert "Would you recommend us?" in html
    for code in range(11):
        assert f'<td><a href="{link}?pick={code}">{code}</a></td>' in html
        assert f"\n{code}: {link}?pick={code}\n" in text
    assert "<script" not in html
    assert "style=" not in html
    assert "Nothing is sent until you send it there." in html


def test_ends_of_a_scale_are_named_and_choices_stand_below_each_other() -> None:
    _invitation, message = make_invited(only(LISTENS))
    mail = mail_of(message)
    assert "1 means “never”, 5 means “always”." in as_text(mail)
    assert '<td dir="auto">never</td><td class="end" dir="auto">always</td>' in as_html(mail)
    _invitation, message = make_invited(only(CHANNEL))
    assert as_html(mail_of(message)).count("<tr>") == 3
    _invitation, message = make_invited(only(PROMISE))
    assert f"\nYes: {mail_of(message).context['link']}?pick=yes\n" in as_text(mail_of(message))


def test_the_question_comes_in_the_readers_language_and_with_the_name_of_whom_it_is_about() -> None:
    asked = replace(PROMISE, text="Does [[subject]] keep promises?")
    german = {"promise.text": "Hält [[subject]] Wort?"}
    invitation, message = make_invited(only(asked, translations={"de": german}))
    Invitation.objects.update(subject=make_person(display_name="Priya <b>Raman</b>"))
    assert "Does Priya &lt;b&gt;Raman&lt;/b&gt; keep promises?" in as_html(mail_of(message))
    with translation.override("de"):
        assert "Hält Priya <b>Raman</b> Wort?" in as_text(mail_of(message))
    assert invitation.wave.ask_in_mail


def test_no_answer_stands_in_an_address_of_an_anonymous_wave() -> None:
    _invitation, message = make_invited(mode=Wave.Mode.ANONYMOUS)
    assert "pick=" not in as_html(mail_of(message)) + as_text(mail_of(message))
    _invitation, message = make_invited(ask_in_mail=False)
    assert "pick=" not in as_html(mail_of(message)) + as_text(mail_of(message))


# --- Words of one wave --------------------------------------------------------------------------------------
def test_words_of_the_wave_come_before_the_organisations_and_those_before_ours() -> None:
    _invitation, message = make_invited(ask_in_mail=False)
    wave, hr = Wave.objects.get(), make_hr()
    words = own_words.words_of("invitation")
    save_for_all(words, "en", Text("All: {survey}", "Hello\n\n{link}"), by=hr)
    assert mail_of(message).subject == "All: Spring"
    own_words.save_text(wave, words, "en", OWN, by=hr)
    own_words.save_text(wave, words, "de", GERMAN, by=hr)
    mail = mail_of(message)
    assert mail.subject == "Spring, please"
    assert as_text(mail).startswith("Dear colleague\n\nBrightwater asks.\n")
    # What is always said is said.
    assert "Your answers carry your name." in as_text(mail)
    with translation.override("de"):
        assert mail_of(message).subject == "Spring, bitte"
    assert own_words.reset_text(wave, words, "en", by=hr) is True
    assert own_words.reset_text(wave, words, "en", by=hr) is False
    assert mail_of(message).subject == "All: Spring"
    wave.refresh_from_db()
    assert wave.mail_texts == {"de": {"invitation": {"subject": GERMAN.subject, "body": GERMAN.body}}}
    actions = AuditEntry.objects.filter(action__startswith="wave.mail").order_by("pk")
    assert list(actions.values_list("action", "detail")) == [
        ("wave.mail_worded", {"mail": "surveys.invitation", "language": "en"}),
        ("wave.mail_worded", {"mail": "surveys.invitation", "language": "de"}),
        ("wave.mail_reset", {"mail": "surveys.invitation", "language": "en"}),
    ]


def test_each_reminder_has_its_own_words() -> None:
    invitation, message = make_invited(reminder_days=[1, 2])
    reminding.plan_reminders(message, OPENED)
    own_words.save_text(invitation.wave, own_words.words_of("reminder"), "en", OWN, by=make_hr())
    subjects = [mail_of(each).subject for each in Message.objects.order_by("step")]
    assert subjects == [
        "Spring: your view, until Monday 16 March",
        "Spring, please",
        "Spring: last reminder, open until Monday 16 March",
    ]


def test_words_with_faults_are_refused_and_old_ones_that_no_longer_fit_are_passed_over() -> None:
    wave, hr, words = make_draft(), make_hr(), own_words.words_of("invitation")
    with pytest.raises(WordsRefused):
        own_words.save_text(wave, words, "en", Text("{nothing}", "No link"), by=hr)
    wave.mail_texts = {"en": {"invitation": {"subject": "{old}", "body": "Hello\n\n{link}"}}}
    assert own_words.text_for(wave, words) == words.ours


@pytest.mark.parametrize("state", [Wave.State.CLOSING, Wave.State.CLOSED])
def test_words_of_a_wave_that_is_over_stay(state: str) -> None:
    wave = make_wave(state=state)
    with pytest.raises(NoMoreMails):
        own_words.save_text(wave, own_words.words_of("invitation"), "en", OWN, by=make_hr())


# --- Trial --------------------------------------------------------------------------------------------------
def test_a_trial_is_a_mail_to_oneself_that_invites_nobody(settings: Any, tmp_path: Any) -> None:
    settings.EMAIL_CAPTURED, settings.CAPTURED_MAIL_DIR = True, tmp_path
    hr = make_hr(display_name="Priya Raman")
    wave = make_draft(reminder_days=[3])
    assert trial_mails.send_trial(wave=wave, to=hr, steps=[0, 1, 7], now=OPENED) == 2
    messages = list(Message.objects.order_by("pk"))
    subjects = [mail_of(message).subject for message in messages]
    assert subjects == [
        "Trial: Spring: your view, until Monday 16 March",
        "Trial: Spring: last reminder, open until Monday 16 March",
    ]
    mail = mail_of(messages[0])
    assert mail.context["link"] == f"http://localhost/surveys/{wave.survey_id}/preview/"
    assert mail.why == "You get this mail because you sent it to yourself to see how it reads."
    raw = compose(messages[0], find_kind(messages[0].kind), recipient_of(messages[0])).source.decode()
    assert "List-Unsubscribe" not in raw
    # At any hour, beside the one mail of the day.
    drain(now=OPENED - 7 * HOUR + HOUR * 7)
    assert len(list(tmp_path.glob("*.eml"))) == 2
    assert not SendSlot.objects.exists()
    assert not Invitation.objects.exists()


def test_a_trial_of_a_wave_by_name_asks_its_first_question_and_leads_to_the_preview() -> None:
    wave = make_wave(mode=Wave.Mode.IDENTIFIED, ask_in_mail=True)
    trial_mails.send_trial(wave=wave, to=make_hr(), steps=[0], now=OPENED)
    assert f"/surveys/{wave.survey_id}/preview/?pick=4" in as_html(mail_of(Message.objects.get()))


def test_trials_are_a_few_an_hour() -> None:
    hr, wave = make_hr(), make_draft()
    for minute in range(trial_mails.MOST_AN_HOUR // 4):
        at = OPENED + dt.timedelta(minutes=minute)
        assert trial_mails.send_trial(wave=wave, to=hr, steps=[0, 1, 2, 3], now=at) == 4
    with pytest.raises(TriedTooOften):
        trial_mails.send_trial(wave=wave, to=hr, steps=[0], now=OPENED + 0.9 * HOUR)
    assert trial_mails.send_trial(wave=wave, to=make_hr(), steps=[0], now=OPENED + 0.9 * HOUR) == 1
    assert trial_mails.send_trial(wave=wave, to=hr, steps=[0], now=OPENED + 2 * HOUR) == 1


def test_a_trial_of_a_draft_that_is_gone_is_not_sent() -> None:
    wave, hr = make_draft(), make_hr()
    trial_mails.send_trial(wave=wave, to=hr, steps=[0], now=OPENED)
    message = Message.objects.get()
    assert trial_mails.still_wanted(message) is True
    wave.delete()
    assert trial_mails.still_wanted(message) is False


def test_question_kinds_are_those_of_the_contract() -> None:
    kinds = {Kind.RECOMMEND, Kind.SCALE, Kind.YES_NO, Kind.SINGLE}
    fitting = {kind for kind in Kind if fitting_question(only(Question("q", kind, "?", low=1, high=5)))}
    assert fitting == kinds
