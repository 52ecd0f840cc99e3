"""A wave of one: the same person is asked one question again, some time after it was put right.

``launch_for_one`` asks one person anything, at once and by name, without a draft. A further use (a check-in
of a newcomer, say) brings a kind of mail of its own that says why, and keeps the wave it gets; such waves
stand in no list (``Wave.objects.planned``).
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import cast

from django.conf import settings
from django.db import transaction
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import get_language, override
from django.utils.translation import gettext as _

from common import audit
from common.one_by_one import one_by_one
from common.organisation import current
from customers.models import Contact
from notifications.domain.queueing import NewMessage, queue_many
from notifications.domain.wording import OwnTexts, own_texts, text_of, worded_mail
from notifications.kinds import Mail, find_words
from notifications.models import Message, OptOut
from notifications.words import Text
from people.models import Person
from surveys import piping
from surveys.domain.mailing import reminding
from surveys.domain.results.naming import NamedResponse
from surveys.domain.waves.audience import WHOLE_AUDIENCE
from surveys.models import FollowUp, Invitation, Survey, Wave, WaveGroup
from surveys.notice import closing_words, notice_for
from surveys.questionnaire import Question, Questionnaire, Section, Words

KIND = "surveys.asking_again"
DAYS_TO_ANSWER = 14
# One reminder, so many working days after the mail.
REMINDER_DAYS = (5,)
_AT_ONCE = 200

Respondent = Person | Contact


# --- A wave of one ------------------------------------------------------------------------------------------
@dataclass(frozen=True)
class Asking:
    """What one person is asked, and who reads it. ``kind``: of the mail, its ``load`` is that of a survey's
    invitation (``reminding.load``) or its own; ``by`` signs it.
    """

    survey: Survey
    title: str
    questionnaire: Questionnaire
    readers: Collection[Person]
    kind: str
    by: Person | None = None
    subject: Person | None = None
    days: int = DAYS_TO_ANSWER
    reminder_days: Sequence[int] = REMINDER_DAYS


@transaction.atomic
def launch_for_one(*, asking: Asking, respondent: Respondent, now: dt.datetime) -> Wave:
    """An open wave by name with one invitation, and the mail on its way; the caller sees to it that it
    happens once, in the same transaction.

    Whether they may be asked is ``why_not``, and also the caller's to look at.
    """
    contact = respondent if isinstance(respondent, Contact) else None
    wave = Wave.objects.create(
        survey=asking.survey,
        title=asking.title,
        mode=Wave.Mode.IDENTIFIED,
        audience=Wave.Audience.CONTACTS if contact else Wave.Audience.EVERYONE,
        about=Wave.About.PERSON if asking.subject else Wave.About.NOBODY,
        subject=asking.subject,
        opens_at=now,
        closes_at=now + dt.timedelta(days=asking.days),
        reminder_days=list(asking.reminder_days),
        state=Wave.State.OPEN,
        questionnaire_json=asking.questionnaire.to_json(),
        launched_by=asking.by,
        launched_at=now,
        invited_count=1,
    )
    # Before anybody is invited: afterwards who reads is fixed (anonymity.md T1).
    wave.readers.set(asking.readers)
    WaveGroup.objects.create(
        wave=wave,
        code=WHOLE_AUDIENCE,
        name=contact.organisation.name if contact else current().name,
        organisation=contact.organisation if contact else None,
        invited_count=1,
    )
    invitation = Invitation.objects.create(
        wave=wave,
        person=None if contact else cast("Person", respondent),
        contact=contact,
        subject=asking.subject,
        address=respondent.email,
        language=respondent.language,
        group_code=WHOLE_AUDIENCE,
    )
    queue_many([_message(invitation, asking.kind, now)])
    return wave


def _message(invitation: Invitation, kind: str, now: dt.datetime) -> NewMessage:
    return replace(reminding.invitation_message(invitation, due=now), kind=kind)


def why_not(respondent: Respondent | None) -> FollowUp.NotAgain:
    """What speaks against asking them; NONE where nothing does."""
    if respondent is None or respondent.erased_at:
        return FollowUp.NotAgain.FORGOTTEN
    active = respondent.active if isinstance(respondent, Contact) else respondent.is_active
    if not active or not respondent.email:
        return FollowUp.NotAgain.INACTIVE
    if OptOut.objects.among(reminding.CATEGORY, {respondent.email}):
        return FollowUp.NotAgain.OPTED_OUT
    return FollowUp.NotAgain.NONE


def with_one_question(
    whole: Questionnaire, key: str, *, given: Mapping[str, str], intro: str
) -> Questionnaire:
    """The item alone, under its own key, in every language of the whole; a row says what it is a row of.

    ``given``: what stands in for earlier answers within its text (``piping.words_of``). Without condition: it
    was asked before.
    """
    languages = [code for code in whole.languages if code]
    return Questionnaire(
        title=whole.title,
        intro=intro,
        version=whole.version,
        language=whole.language,
        translations={
            code: _words_in(whole.in_language(code), key, given)
            for code in languages
            if code != whole.language
        },
        sections=(Section("", "", (_alone(whole, key, given),)),),
    )


def _alone(whole: Questionnaire, key: str, given: Mapping[str, str]) -> Question:
    item = whole.item(key)
    text = piping.fill(f"{item.text} {item.part}".strip(), given)
    return replace(item, text=text, help="", of="", part="", required=True, condition=None)


def _words_in(translated: Questionnaire, key: str, given: Mapping[str, str]) -> Words:
    item = _alone(translated, key, given)
    return {
        "title": translated.title,
        f"{key}.text": item.text,
        f"{key}.low_label": item.low_label,
        f"{key}.high_label": item.high_label,
    }


# --- After a follow-up --------------------------------------------------------------------------------------
def ask_again_due(now: dt.datetime) -> None:
    """Everybody whose day has come. One that fails holds up no other; the next tick tries again."""
    due = FollowUp.objects.due_to_ask_again(now).order_by("ask_again_at", "pk")
    one_by_one(
        list(due.values_list("pk", flat=True)[:_AT_ONCE]),
        lambda pk: ask_again(pk=pk, now=now),
        failed="Follow-up %s is not asked again yet",
    )


@transaction.atomic
def ask_again(*, pk: int, now: dt.datetime) -> Wave | None:
    """Ask once more what was answered low; once, however often and at once it is called."""
    # The row count says who of several does it; all of it is one transaction.
    if not FollowUp.objects.due_to_ask_again(now).filter(pk=pk).update(ask_again_at=None):
        return None
    follow_up = (
        FollowUp.objects.for_rows()
        .select_related(
            "response__wave__survey", "response__wave__launched_by", "response__invitation__subject"
        )
        .get(pk=pk)
    )
    invitation = follow_up.response.invitation
    respondent = invitation.respondent
    reason = why_not(respondent)
    if reason or respondent is None:
        FollowUp.objects.filter(pk=pk).update(not_again=reason)
        audit.record(by=None, action="follow_up.not_asked_again", obj=follow_up, reason=reason.value)
        return None
    wave = launch_for_one(asking=_asking(follow_up), respondent=respondent, now=now)
    FollowUp.objects.filter(pk=pk).update(again=wave)
    audit.record(by=None, action="follow_up.asked_again", obj=follow_up)
    return wave


def _asking(follow_up: FollowUp) -> Asking:
    before = follow_up.response.wave
    whole = before.questionnaire
    given = NamedResponse(follow_up.response, whole).words
    answered_at = follow_up.response.submitted_at
    with override(whole.language or get_language()):
        intro = why_again(answered_at)
    # All who see the new score beside the old one, so that the first page names them.
    seeing = [follow_up.owner, follow_up.escalated_to, *before.readers.all()]
    return Asking(
        survey=before.survey,
        title=before.title,
        questionnaire=_with_intros(
            with_one_question(whole, follow_up.question_key, given=given, intro=intro), answered_at
        ),
        readers={person for person in seeing if person and person.is_active},
        kind=KIND,
        by=before.launched_by,
        subject=follow_up.response.invitation.subject,
    )


def _with_intros(questionnaire: Questionnaire, answered_at: dt.datetime) -> Questionnaire:
    """Why they are asked again also in those of its languages that the portal speaks."""
    translations = dict(questionnaire.translations)
    for code in translations.keys() & dict(settings.LANGUAGES).keys():
        with override(code):
            translations[code] = {**translations[code], "intro": why_again(answered_at)}
    return replace(questionnaire, translations=translations)


def why_again(told_at: dt.datetime) -> str:
    day = date_format(timezone.localtime(told_at), "DATE_FORMAT")
    return _(
        "You answered this question on %(day)s, and we got in touch with you. Is it better now? "
        "It is this one question only."
    ) % {"day": day}


# --- Its mail -----------------------------------------------------------------------------------------------
@dataclass(frozen=True)
class _Loaded:
    """The names of the first two are those of ``reminding.load``, whose functions read them too."""

    invitation: Invitation
    wanted: bool
    texts: OwnTexts
    follow_up: FollowUp


def load(messages: Sequence[Message]) -> None:
    """The follow-up of each with its wave of one, in a fixed number of statements."""
    ids = [message.context["invitation"] for message in messages]
    found = FollowUp.objects.filter(again__invitations__in=ids).select_related(
        "response", "again__launched_by"
    )
    by_wave = {one.again_id: one for one in found}
    invitations = Invitation.objects.select_related("person", "subject", "contact__organisation").in_bulk(ids)
    wanted = set(Invitation.objects.to_remind().filter(pk__in=ids).values_list("pk", flat=True))
    texts = own_texts(KIND)
    for message in messages:
        invitation = invitations.get(message.context["invitation"])
        follow_up = by_wave.get(message.context["wave"])
        if invitation and follow_up and follow_up.again:
            invitation.wave = follow_up.again
            message.loaded = _Loaded(invitation, invitation.pk in wanted, texts, follow_up)


def render(message: Message) -> Mail:
    if not message.loaded:
        load([message])
    if not message.loaded:
        raise Invitation.DoesNotExist
    found = cast("_Loaded", message.loaded)
    return mail(
        reminding.occasion_of(found.invitation),
        told_at=found.follow_up.response.submitted_at,
        text=text_of(find_words(KIND), found.texts),
    )


def mail(occasion: reminding.Occasion, *, told_at: dt.datetime, text: Text | None = None) -> Mail:
    """In the language and zone that are active."""
    wave = occasion.wave
    readers = [str(person) for person in wave.readers.all()] if wave.pk else []
    questions = occasion.questionnaire.in_language(get_language() or "").questions()
    return worded_mail(
        KIND,
        values={
            "survey": wave.title,
            "organisation": current().name,
            "question": next(questions).text,
            "told_on": date_format(timezone.localtime(told_at), "DATE_FORMAT"),
            "closes_on": date_format(timezone.localtime(wave.closes_at), "WEEKDAY_FORMAT"),
            "closes_at": closing_words(wave),
            "link": occasion.link,
        },
        button=_("Answer now"),
        template="surveys/mail/asking",
        context={"notice": notice_for(wave, readers=readers)},
        why=occasion.why,
        more=_("At most one reminder follows, and none once you have answered."),
        text=text,
    )
