"""The mails of a wave: the invitation, and after it the reminders.

Reminders are counted in working days from the day the invitation really left, by the recipient's own clock.
They read ``answered`` and nothing else of what people did (anonymity.md P1).
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping, Sequence
from copy import copy
from dataclasses import dataclass
from typing import Any, cast

from django.conf import settings
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext as _

from common.organisation import current
from common.working_time import ONE_MINUTE, NeverOpen, WorkingTime, organisation_time
from notifications.domain.queueing import NewMessage, queue_many
from notifications.domain.recipients import recipient_of
from notifications.domain.wording import OwnTexts, own_texts, worded_mail
from notifications.kinds import Hold, Mail, find_words
from notifications.models import Message
from notifications.words import Text
from people.models import Person
from surveys.domain.mailing import linking, own_words
from surveys.domain.mailing.asking_in_mail import AskedInMail, ask
from surveys.models import Invitation, Wave
from surveys.notice import closing_words, notice_for
from surveys.questionnaire import Questionnaire

INVITATION = "surveys.invitation"
REMINDER = "surveys.reminder"
# The words of the last one, which is a reminder like the others.
LAST_REMINDER = "surveys.last_reminder"
# What an opt-out says no to.
CATEGORY = "surveys"
# With an invitation's id behind it, the series of its messages.
SERIES = "survey:"
# A mail of a paused wave asks so often whether it may go.
LOOK_AGAIN_AFTER = dt.timedelta(hours=1)
# With the invitation, nobody gets more than four mails of one wave.
MOST_REMINDERS = 3


def invitation_key(invitation_id: int) -> str:
    return f"survey:{invitation_id}:invitation"


def reminder_key(invitation_id: int, number: int) -> str:
    return f"survey:{invitation_id}:reminder:{number}"


def series_of(invitation_id: int) -> str:
    """What answering an identified wave, and closing any, cancels."""
    return f"{SERIES}{invitation_id}"


# --- Messages -----------------------------------------------------------------------------------------------
def invitation_message(invitation: Invitation, *, due: dt.datetime) -> NewMessage:
    return _message(invitation, key=invitation_key(invitation.pk), kind=INVITATION, due=due, step=0)


def plan_reminders(message: Message, at: dt.datetime) -> None:
    """Queue every reminder of an invitation sent at this moment; a second time nothing is added."""
    invitation = _invitation_of(message)
    if invitation is None:
        return
    wave = invitation.wave
    times = reminder_times(wave, recipient_of(message).working_time, at, until=_latest_close(wave))
    queue_many(
        [
            _message(invitation, key=reminder_key(invitation.pk, number), kind=REMINDER, due=due, step=number)
            for number, due in enumerate(times, start=1)
        ]
    )


def _latest_close(wave: Wave) -> dt.datetime:
    """With the extension it may yet get: what comes after the close goes only if it is extended."""
    may_be_extended = wave.is_anonymous and not wave.extended
    return wave.closes_at + dt.timedelta(days=wave.extension_days if may_be_extended else 0)


def reminder_times(
    wave: Wave, clock: WorkingTime, sent_at: dt.datetime, *, until: dt.datetime | None = None
) -> Iterator[dt.datetime]:
    """When each reminder is due; those that would come after the close, or ``until``, are left out."""
    sent_on = clock.local_day(sent_at)
    for days in planned_days(wave):
        try:
            due = clock.moment(clock.add_working_days(sent_on, days), clock.day_starts)
        except NeverOpen:
            return
        if due >= (until or wave.closes_at):
            return
        yield due


def _message(invitation: Invitation, *, key: str, kind: str, due: dt.datetime, step: int) -> NewMessage:
    contact = invitation.contact
    return NewMessage(
        key=key,
        kind=kind,
        due=due,
        not_after=invitation.wave.closes_at,
        person=invitation.person,
        # The frozen one, also where the person has another by now (anonymity.md S8).
        address=invitation.address,
        language=invitation.language,
        time_zone=contact.time_zone if contact else "",
        country=contact.country if contact else "",
        context={
            "invitation": invitation.pk,
            "wave": invitation.wave_id,
            "anonymous": int(invitation.wave.is_anonymous),
            # Asks nobody else, such as a question put once more: this one comes when it comes.
            **({"alone": 1} if invitation.wave.invited_count == 1 else {}),
        },
        series=series_of(invitation.pk),
        step=step,
    )


# --- What notifications asks about them ---------------------------------------------------------------------
def is_confidential(context: Mapping[str, int | str]) -> bool:
    """Messages of an anonymous wave appear to operators as totals only (anonymity.md P1)."""
    return bool(context["anonymous"])


def is_still_wanted(message: Message) -> bool:
    """The wave is open, nobody has answered by this link, and a contact may still be asked."""
    if message.loaded:
        return bool(message.loaded.wanted)
    return still_asked(message.context).exists()


def still_asked(context: Mapping[str, Any]) -> QuerySet[Invitation]:
    """The invitation a message is about, where it is still wanted."""
    return Invitation.objects.to_remind().filter(pk=context["invitation"])


def may_go(context: Mapping[str, Any]) -> QuerySet[Invitation]:
    """The same, where its wave is not paused either: what the very last look asks for."""
    return still_asked(context).filter(wave__paused_at=None)


def holds(messages: Sequence[Message], now: dt.datetime) -> dict[int, Hold]:
    """Those of paused waves wait, for as long as the pause lasts: none is too late on account of a look."""
    paused = set(
        Wave.objects.paused()
        .filter(pk__in={message.context["wave"] for message in messages})
        .values_list("pk", flat=True)
    )
    return {
        message.pk: Hold(Message.Reason.PAUSED, _look_again(message, now))
        for message in messages
        if message.context["wave"] in paused and not (message.not_after and message.not_after < now)
    }


def _look_again(message: Message, now: dt.datetime) -> dt.datetime:
    """Going on wakes them at once; looking in between finds those that were overtaken."""
    soon = now + LOOK_AGAIN_AFTER
    if message.not_after is None:
        return soon
    # Never at once, or a claim would ask for ever.
    return max(min(soon, message.not_after), now + ONE_MINUTE)


@dataclass(frozen=True)
class _Asked:
    invitation: Invitation
    wanted: bool
    texts: OwnTexts


def load(messages: Sequence[Message]) -> None:
    """The invitation of each with all that its mail says, and one object for all of a wave."""
    ids = [message.context["invitation"] for message in messages]
    found = Invitation.objects.select_related("person", "subject", "contact__organisation").in_bulk(ids)
    wanted = set(Invitation.objects.to_remind().filter(pk__in=ids).values_list("pk", flat=True))
    waves = Wave.objects.select_related("launched_by").in_bulk({each.wave_id for each in found.values()})
    texts = own_texts(INVITATION, REMINDER, LAST_REMINDER)
    for message in messages:
        invitation = found.get(message.context["invitation"])
        if invitation:
            invitation.wave = waves[invitation.wave_id]
            message.loaded = _Asked(invitation, invitation.pk in wanted, texts)


def _invitation_of(message: Message) -> Invitation | None:
    if message.loaded:
        return cast("_Asked", message.loaded).invitation
    invitations = Invitation.objects.select_related(
        "wave__launched_by", "person", "subject", "contact__organisation"
    )
    return invitations.filter(pk=message.context["invitation"]).first()


# --- Words --------------------------------------------------------------------------------------------------
@dataclass(frozen=True)
class Occasion:
    """What a mail of a wave is about. ``organisation`` is where a respondent outside works."""

    wave: Wave
    questionnaire: Questionnaire
    link: str
    organisation: str = ""
    # Whom it is about, where it is about somebody.
    subject: str = ""
    # The organisation's own words, where they were looked up for many mails at once.
    texts: OwnTexts | None = None

    @property
    def why(self) -> str:
        names = {"ours": current().name, "theirs": self.organisation}
        match self.wave.audience:
            case Wave.Audience.EVERYONE:
                return _("You get this because you work at %(ours)s.") % names
            case Wave.Audience.TEAMS:
                return _("You get this because your team at %(ours)s is asked.") % names
            case Wave.Audience.ATTRIBUTE:
                return self._why_of_what_they_share(names)
            case _:
                return _("You get this because you work with %(ours)s at %(theirs)s.") % names

    def _why_of_what_they_share(self, names: dict[str, str]) -> str:
        """What was gone by, never whose value it is: a mail may be read over a shoulder."""
        match self.wave.audience_by:
            case Wave.Breakdown.LOCATION:
                return _("You get this because you work at a place of %(ours)s that is asked.") % names
            case Wave.Breakdown.COUNTRY:
                return _("You get this because you work at %(ours)s in a country that is asked.") % names
        chosen_by = self.wave.audience_label
        if not chosen_by:
            return _("You get this because you work at %(ours)s.") % names
        return _("You get this because you work at %(ours)s. Who is asked was chosen by “%(attribute)s”.") % {
            **names,
            "attribute": chosen_by,
        }


def render_invitation(message: Message) -> Mail:
    return invitation_mail(_occasion_of(message))


def render_reminder(message: Message) -> Mail:
    return reminder_mail(_occasion_of(message), number=message.step)


def invitation_mail(occasion: Occasion, text: Text | None = None) -> Mail:
    """The mail in the language and zone that are active; ``text`` instead of the words that hold."""
    return _mail(INVITATION, occasion, left=len(planned_days(occasion.wave)), text=text)


def reminder_mail(occasion: Occasion, *, number: int, text: Text | None = None) -> Mail:
    """``number`` counts from 1."""
    left = max(0, len(planned_days(occasion.wave)) - number)
    return _mail(REMINDER if left else LAST_REMINDER, occasion, left=left, text=text)


def _mail(words: str, occasion: Occasion, *, left: int, text: Text | None) -> Mail:
    wave = occasion.wave
    readers = [] if wave.is_anonymous else [str(person) for person in wave.readers.all()]
    return worded_mail(
        words,
        values=_values(occasion),
        button=_("Answer now"),
        template="surveys/mail/asking",
        context={"notice": notice_for(wave, readers=readers), "asked": _asked_in(occasion)},
        why=occasion.why,
        more=_how_many_more(left),
        text=text or own_words.text_for(wave, find_words(words), occasion.texts),
    )


def _asked_in(occasion: Occasion) -> AskedInMail | None:
    questionnaire = occasion.questionnaire.in_language(get_language() or "")
    return ask(occasion.wave, questionnaire, occasion.link, subject=occasion.subject)


def planned_days(wave: Wave) -> list[int]:
    """Working days after the invitation, one for each reminder."""
    return wave.reminder_days[:MOST_REMINDERS]


@dataclass(frozen=True)
class PlannedMail:
    """A mail as the preview shows it. ``step`` 0 is the invitation. ``at``: for somebody of usual hours."""

    step: int
    at: dt.datetime
    mail: Mail


def planned_mails(
    wave: Wave, questionnaire: Questionnaire, *, by: Person, now: dt.datetime
) -> list[PlannedMail]:
    """Every mail one person would get if ``by`` launched the wave now, with a link that opens nothing."""
    occasion = occasion_to_be(wave, questionnaire, by=by)
    clock = organisation_time()
    sent_at = clock.next_open(max(wave.opens_at, now))
    mails = [PlannedMail(0, sent_at, invitation_mail(occasion))]
    for number, at in enumerate(reminder_times(wave, clock, sent_at), start=1):
        mails.append(PlannedMail(number, at, reminder_mail(occasion, number=number)))
    return mails


def occasion_to_be(wave: Wave, questionnaire: Questionnaire, *, by: Person, link: str = "") -> Occasion:
    """What its mails are about if ``by`` launches the wave, or has; to nobody in particular.

    Without ``link`` one that opens nothing.
    """
    signed = copy(wave)
    signed.launched_by = wave.launched_by or by
    return Occasion(
        wave=signed,
        questionnaire=questionnaire,
        link=link or f"{settings.PORTAL_URL}/a/.../",
        organisation=_("their organisation"),
        subject=_subject_to_be(wave),
    )


def _subject_to_be(wave: Wave) -> str:
    match wave.about:
        case Wave.About.PERSON:
            return str(wave.subject or "")
        case Wave.About.MANAGER:
            return _("their manager")
        case _:
            return ""


def _values(occasion: Occasion) -> dict[str, str]:
    wave, minutes = occasion.wave, occasion.questionnaire.minutes
    ours = current().name
    asker = _("%(asker)s of %(organisation)s") % {"asker": wave.launched_by, "organisation": ours}
    about = ngettext("about %(minutes)d minute", "about %(minutes)d minutes", minutes)
    return {
        "survey": wave.title,
        "organisation": ours,
        "who_asks": asker if wave.launched_by else ours,
        "duration": about % {"minutes": minutes},
        "closes_on": date_format(timezone.localtime(wave.closes_at), "WEEKDAY_FORMAT"),
        "closes_at": closing_words(wave),
        "link": occasion.link,
    }


def _how_many_more(number: int) -> str:
    if not number:
        return _("No further mail about this survey will come.")
    return ngettext(
        "At most %(number)d reminder follows, and none once you have answered.",
        "At most %(number)d reminders follow, and none once you have answered.",
        number,
    ) % {"number": number}


def _occasion_of(message: Message) -> Occasion:
    invitation = _invitation_of(message)
    if invitation is None:
        raise Invitation.DoesNotExist
    return occasion_of(invitation, cast("_Asked", message.loaded).texts if message.loaded else None)


def occasion_of(invitation: Invitation, texts: OwnTexts | None = None) -> Occasion:
    """What a mail to them is about. ``texts``: the organisation's own words, where at hand."""
    return Occasion(
        wave=invitation.wave,
        questionnaire=invitation.wave.questionnaire,
        link=settings.PORTAL_URL
        + linking.answer_path(invitation.handle, linking.stamp_of(invitation.person)),
        organisation=invitation.where,
        subject=str(invitation.subject or ""),
        texts=texts,
    )
