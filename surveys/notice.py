"""What a respondent reads before the first question, made from the wave's settings (anonymity.md T2)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from surveys.models import Wave

# A comment is shown for groups of at least so many respondents (anonymity.md C1).
COMMENTS_FROM = 10


@dataclass(frozen=True)
class Notice:
    """``readers`` are people's names and stand apart, because they may run the other way."""

    anonymous: bool
    title: str
    summary: str
    points: tuple[str, ...]
    readers: tuple[str, ...] = ()


@dataclass(frozen=True)
class Subject:
    """Whom somebody is asked about, as the launch froze it.

    ``alone``: nobody else is counted with them, however few answer. ``above``: under whom they are counted
    with others otherwise; empty: with everybody asked.
    """

    name: str
    alone: bool = False
    above: str = ""


def notice_for(wave: Wave, *, readers: Sequence[str] = (), subject: Subject | None = None) -> Notice:
    """``readers``: names of who reads the answers of an identified wave; an anonymous one has none.

    ``subject``: of a wave about somebody, whom this respondent is asked about, where that is known.
    """
    if wave.about and subject is None:
        subject = _any_subject(wave)
    return _anonymous(wave, subject) if wave.is_anonymous else _identified(wave, readers, subject)


def _any_subject(wave: Wave) -> Subject:
    if wave.subject is not None:
        return Subject(str(wave.subject), alone=True)
    return Subject(_("your manager"))


def closing_words(wave: Wave) -> str:
    closes = timezone.localtime(wave.closes_at)
    return _("%(day)s, %(time)s") % {
        "day": date_format(closes, "WEEKDAY_YEAR_FORMAT"),
        "time": date_format(closes, "ZONED_TIME_FORMAT"),
    }


def _anonymous(wave: Wave, subject: Subject | None) -> Notice:
    return Notice(
        anonymous=True,
        title=_("Your answers are anonymous"),
        summary=_(
            "Neither your manager nor HR can link an answer to you. "
            "Figures appear only for groups of %(k)s or more."
        )
        % {"k": wave.k},
        points=(
            _(
                "We store your answers without your name, address or time, sealed until the survey closes on "
                "%(closes)s. Then they are counted, and the answer sheets are destroyed."
            )
            % {"closes": closing_words(wave)},
            _(
                "That an answer came through your link is stored, so that it counts once and reminders stop. "
                "No page shows it to anybody."
            ),
            *(_about(wave, subject) if subject else (_breakdown(wave),)),
            _(
                "Comments appear only where at least %(number)s people answered, word for word, in random "
                "order and apart from all other answers."
            )
            % {"number": max(COMMENTS_FROM, wave.k)},
            _who_sees_subject(wave, subject) if subject else _who_sees(wave),
            _too_few(wave),
            _("You send once. Nobody can change or find your answers afterwards, and neither can you."),
            _limits(wave),
        ),
    )


def _breakdown(wave: Wave) -> str:
    if wave.breakdown_attribute is not None:
        return _(
            "Figures are broken down by team, and by “%(attribute)s” where each part has %(k)s people or "
            "more. By nothing else."
        ) % {"attribute": wave.breakdown_name, "k": wave.k}
    match wave.breakdown:
        case Wave.Breakdown.LOCATION:
            return _(
                "Figures are broken down by team, and by location where each part has %(k)s people or more. "
                "By nothing else."
            ) % {"k": wave.k}
        case Wave.Breakdown.COUNTRY:
            return _(
                "Figures are broken down by team, and by country where each part has %(k)s people or more. "
                "By nothing else."
            ) % {"k": wave.k}
        case _ if wave.audience == Wave.Audience.CONTACTS:
            return _("Figures are broken down by organisation, and by nothing else.")
    return _("Figures are broken down by team, and by nothing else.")


def _about(wave: Wave, subject: Subject) -> Iterator[str]:
    """What becomes of answers about somebody, where many and where few gave some; and the breakdown."""
    names = {"name": _isolated(subject.name), "above": _isolated(subject.above), "k": wave.k}
    if subject.alone:
        words = _("Your answers about %(name)s are shown to %(name)s from %(k)s answers on.")
    elif subject.above:
        words = _(
            "Your answers about %(name)s are shown to %(name)s from %(k)s answers on; with fewer they are "
            "counted only together with those about others under %(above)s."
        )
    else:
        words = _(
            "Your answers about %(name)s are shown to %(name)s from %(k)s answers on; with fewer they are "
            "counted only together with those about others."
        )
    yield words % names
    if wave.about == Wave.About.PERSON:
        first = _("All answers are counted together.")
    else:
        first = _("Figures are broken down by whom they are about, and not by the team of who answers.")
    yield " ".join(filter(None, [first, _besides(wave), _("By nothing else.")]))


def _besides(wave: Wave) -> str:
    names = {"k": wave.k, "attribute": wave.breakdown_name}
    if wave.breakdown_attribute is not None:
        return _("Besides by “%(attribute)s” where each part has %(k)s people or more.") % names
    match wave.breakdown:
        case Wave.Breakdown.LOCATION:
            return _("Besides by location where each part has %(k)s people or more.") % names
        case Wave.Breakdown.COUNTRY:
            return _("Besides by country where each part has %(k)s people or more.") % names
    return ""


def _who_sees_subject(wave: Wave, subject: Subject) -> str:
    name = {"name": _isolated(subject.name)}
    if wave.about == Wave.About.PERSON:
        words = _(
            "After the close %(name)s and HR see the figures. Until then nobody sees more than how large "
            "a share has answered, for groups of 20 or more."
        )
    else:
        words = _(
            "After the close %(name)s sees the figures about %(name)s, whoever leads managers those about "
            "all below them, and HR all figures. Until then nobody sees more than how large a share has "
            "answered, for groups of 20 or more."
        )
    return words % name


def _isolated(name: str) -> str:
    """A name may run the other way than the sentence around it."""
    return f"\N{FIRST STRONG ISOLATE}{name}\N{POP DIRECTIONAL ISOLATE}"


def _who_sees(wave: Wave) -> str:
    if wave.audience == Wave.Audience.CONTACTS:
        return _(
            "After the close HR sees the figures, and whoever looks after your organisation those of your "
            "organisation. Until then nobody sees more than how large a share has answered, for groups of 20 "
            "or more."
        )
    return _(
        "After the close managers see the figures of the teams they lead, and HR those of all teams. "
        "Until then nobody sees more than how large a share has answered, for groups of 20 or more."
    )


def _too_few(wave: Wave) -> str:
    destroyed = _("If fewer than %(k)s people answer, all answers are destroyed unread.") % {"k": wave.k}
    if wave.extended:
        extension = _("The closing day was moved once, for everybody; it will not move again.")
    elif wave.extension_days:
        extension = ngettext(
            "Before that, the closing day may be moved once, for everybody, by %(days)s day.",
            "Before that, the closing day may be moved once, for everybody, by %(days)s days.",
            wave.extension_days,
        ) % {"days": wave.extension_days}
    else:
        extension = _("The closing day will not move.")
    return f"{destroyed} {extension}"


def _limits(wave: Wave) -> str:
    return _(
        "We cannot protect you from somebody who controls the running server or its programs, from "
        "%(colluders)s people of your group who put their own answers together, or from what you write about "
        "yourself in a comment. Asking nearly the same people the same question again is refused within "
        "30 days; over longer times, or with other words, comparing can still narrow down who answered what."
    ) % {"colluders": wave.k - 1}


def _identified(wave: Wave, readers: Sequence[str], subject: Subject | None) -> Notice:
    return Notice(
        anonymous=False,
        title=_("Your answers carry your name"),
        summary=_summary_by_name(wave),
        readers=tuple(readers),
        points=(
            _(
                "They see your answers as soon as you send them, with your name and the time, and figures "
                "over all answers. Each time they open the named answers is recorded."
            ),
            *_follow_up(wave),
            *_about_by_name(subject),
            _("There is no smallest group: a figure may stand for you alone."),
            _("You can answer until %(closes)s.") % {"closes": closing_words(wave)},
            _("You send once and cannot change your answers here afterwards; those who read them can help."),
            _(
                "Whoever runs the server can read the answers too. We use them for this survey and for "
                "getting back to you."
            ),
        ),
    )


def _about_by_name(subject: Subject | None) -> Iterator[str]:
    if subject is not None:
        name = {"name": _isolated(subject.name)}
        words = _(
            "You are asked about %(name)s, who reads your answers only if named among those above; the "
            "figures are by whom they are about."
        )
        yield words % name


def _summary_by_name(wave: Wave) -> str:
    words = _("This survey is not anonymous. Those named here read what you answer.")
    if not wave.follow_up_question:
        return words
    return f"{words} {_('After a low score whoever gets in touch with you reads it too.')}"


def _follow_up(wave: Wave) -> Iterator[str]:
    """Who gets in touch after a low score, and who of them reads what was answered."""
    if not wave.follow_up_question or wave.follow_up_owner is None:
        return
    names = {"limit": wave.follow_up_limit, "days": wave.follow_up_days, "name": wave.follow_up_owner}
    if wave.audience == Wave.Audience.CONTACTS:
        words = ngettext(
            "If you answer %(limit)s or less to the question this is about, somebody gets in touch with you "
            "within %(days)s working day: whoever looks after your organisation, or %(name)s.",
            "If you answer %(limit)s or less to the question this is about, somebody gets in touch with you "
            "within %(days)s working days: whoever looks after your organisation, or %(name)s.",
            wave.follow_up_days,
        )
    else:
        words = ngettext(
            "If you answer %(limit)s or less to the question this is about, %(name)s gets in touch with you "
            "within %(days)s working day.",
            "If you answer %(limit)s or less to the question this is about, %(name)s gets in touch with you "
            "within %(days)s working days.",
            wave.follow_up_days,
        )
    readers = _(
        "They read all your answers then, as does whoever they hand it over to, and their manager if nobody "
        "has been in touch in time."
    )
    yield f"{words % names} {readers}"
    if wave.ask_again_days:
        yield ngettext(
            "About %(days)s working day after it was put right we ask you that one question again.",
            "About %(days)s working days after it was put right we ask you that one question again.",
            wave.ask_again_days,
        ) % {"days": wave.ask_again_days}
