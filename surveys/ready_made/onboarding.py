"""Check-ins of somebody new: after a week, and after one, two and three months. Shared keys show the way."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from surveys.questionnaire import Kind
from surveys.ready_made.parts import (
    ReadyMade,
    ReadyMadeQuestion,
    ReadyMadeSection,
    agree,
    if_answered,
    in_words,
    recommend,
)

_INTRO = _(
    "You are new here, and you see what others no longer see. A few minutes help you, and the next one."
)
_HAVE_WHAT_I_NEED = agree("new-means", _("I have what I need to do my work."))
_CLEAR = agree("new-clear", _("I know what is expected of me."))
_WHOM_TO_ASK = agree("new-ask", _("I know whom to ask when I am stuck."))
_RELY_ON_ME = agree("new-rely", _("I know who relies on my work."))
_MANAGER = agree("new-manager", _("My manager takes time for me when I need it."), "listening")
_BELONG = agree("new-belong", _("I feel that I belong here."))
_MISSING = in_words("new-missing", _("What is still missing?"))

DAY_7 = ReadyMade(
    code="onboarding-7",
    title=_("Your first week"),
    summary=_("For somebody new, after seven days: were they expected, and do they have what they need?"),
    intro=_INTRO,
    sections=(
        ReadyMadeSection(
            _("Arriving"),
            "",
            (
                agree("new-expected", _("On my first day I was expected."), "managing-expectations"),
                _HAVE_WHAT_I_NEED,
                _WHOM_TO_ASK,
                _RELY_ON_ME,
                agree("new-welcome", _("People made me feel welcome."), "civility"),
                _MISSING,
                in_words("new-surprise", _("What surprised you?")),
            ),
        ),
    ),
)

DAY_30 = ReadyMade(
    code="onboarding-30",
    title=_("Your first month"),
    summary=_("For somebody new, after thirty days: is it clear what is expected, and does help come?"),
    intro=_INTRO,
    sections=(
        ReadyMadeSection(
            _("Settling in"),
            "",
            (
                _CLEAR,
                _HAVE_WHAT_I_NEED,
                _MANAGER,
                agree("new-answers", _("When I ask something, I get an answer in good time.")),
                agree("new-met", _("I have met the people who rely on my work.")),
                ReadyMadeQuestion(
                    "new-promised", Kind.YES_NO, _("Were you promised anything that is still open?")
                ),
                in_words("new-promise", _("What is it?"), if_answered("new-promised", "yes")),
                _MISSING,
            ),
        ),
    ),
)

DAY_60 = ReadyMade(
    code="onboarding-60",
    title=_("Two months in"),
    summary=_("For somebody new, after sixty days: can they work by themselves, and speak up?"),
    intro=_INTRO,
    sections=(
        ReadyMadeSection(
            _("Finding your way"),
            "",
            (
                agree("new-alone", _("I can do the main parts of my work by myself.")),
                _CLEAR,
                _MANAGER,
                agree("new-feedback", _("I hear how my work serves the people who rely on it.")),
                agree("new-mistake", _("I can say so when I have made a mistake."), "humility"),
                _BELONG,
                in_words("new-learn", _("What would you like to learn next?")),
            ),
        ),
    ),
)

DAY_90 = ReadyMade(
    code="onboarding-90",
    title=_("Three months in"),
    summary=_("For somebody new, after ninety days: is it what they came for, and would they recommend it?"),
    intro=_INTRO,
    sections=(
        ReadyMadeSection(
            _("Looking back"),
            "",
            (
                recommend("enps", _("Would you recommend working here to a good friend?")),
                agree("new-as-told", _("The work is what I was told it would be."), "managing-expectations"),
                agree("new-alone", _("I can do the main parts of my work by myself.")),
                _MANAGER,
                _BELONG,
                ReadyMadeQuestion("new-again", Kind.YES_NO, _("Would you decide for us again?")),
                in_words(
                    "new-not-again", _("What would have to be different?"), if_answered("new-again", "no")
                ),
                in_words("new-next-one", _("What should the next newcomer find better than you did?")),
            ),
        ),
    ),
)
