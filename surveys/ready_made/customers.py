"""For those who rely on our work, outside and inside."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from surveys.questionnaire import Kind
from surveys.ready_made.parts import (
    ReadyMade,
    ReadyMadeQuestion,
    ReadyMadeSection,
    agree,
    effort,
    if_answered,
    in_words,
    recommend,
    satisfied,
)

EXTERNAL_SATISFACTION = ReadyMade(
    code="external-satisfaction",
    title=_("How are we doing for you?"),
    summary=_("For customers outside: how satisfied they are (CSAT) and whether they recommend us (NPS)."),
    intro=_("You rely on our work. Tell us how well we serve you; it helps us to do better."),
    sections=(
        ReadyMadeSection(
            _("Working with us"),
            "",
            (
                ReadyMadeQuestion(
                    "csat",
                    Kind.SCALE,
                    _("All in all, how satisfied are you with our work for you?"),
                    required=True,
                    low_label=_("very dissatisfied"),
                    high_label=_("very satisfied"),
                ),
                recommend("nps", _("Would you recommend us to somebody in your position?")),
                agree("understood", _("You understood what I needed."), "listening"),
                agree(
                    "kept", _("You did what you had promised, when you had promised it."), "keeping-promises"
                ),
                agree(
                    "told-early",
                    _("You told me in good time when something was going to be late or different."),
                    "managing-expectations",
                ),
                ReadyMadeQuestion(
                    "effort",
                    Kind.SCALE,
                    _("How easy is it to get from us what you need?"),
                    high=7,
                    low_label=_("very hard"),
                    high_label=_("very easy"),
                ),
            ),
        ),
        ReadyMadeSection(
            _("What next"),
            "",
            (
                ReadyMadeQuestion("waiting", Kind.YES_NO, _("Are you waiting for anything from us?")),
                ReadyMadeQuestion(
                    "channels",
                    Kind.MULTIPLE,
                    _("How would you like to reach us?"),
                    options=(
                        ("mail", _("By e-mail")),
                        ("phone", _("By telephone")),
                        ("visit", _("In person")),
                        ("online", _("On our website")),
                    ),
                ),
                ReadyMadeQuestion("better", Kind.LONG_TEXT, _("What could we do better for you?")),
            ),
        ),
    ),
)

# The same items inside and outside, so that both can be laid side by side.
_SERVICE = (
    satisfied("csat", _("All in all, how satisfied are you with our work for you?")),
    agree("understood", _("You understood what I needed."), "listening"),
    agree("reachable", _("I reached somebody who could help me.")),
    agree("knew", _("The people I dealt with knew their subject.")),
    agree("kept", _("You did what you had promised, when you had promised it."), "keeping-promises"),
    agree(
        "told-early",
        _("You told me in good time when something was going to be late or different."),
        "managing-expectations",
    ),
    agree("civil", _("You treated me with respect."), "civility"),
    effort("effort", _("How easy is it to get from us what you need?")),
)
_WENT_WRONG = ReadyMadeSection(
    _("When something goes wrong"),
    "",
    (
        ReadyMadeQuestion("went-wrong", Kind.YES_NO, _("Did anything go wrong?")),
        ReadyMadeQuestion(
            "put-right",
            Kind.SCALE,
            _("How well did we put it right?"),
            behaviour="humility",
            low_label=_("not at all"),
            high_label=_("completely"),
            condition=if_answered("went-wrong", "yes"),
        ),
        in_words("went-wrong-what", _("What went wrong?"), if_answered("went-wrong", "yes")),
        in_words("better", _("What could we do better for you?")),
    ),
)

SERVICE_OUTSIDE = ReadyMade(
    code="service-quality-outside",
    title=_("The quality of our service"),
    summary=_("For customers outside: what makes good service, item by item the same as inside."),
    intro=_("You rely on our work. Think of the last three months with us."),
    sections=(ReadyMadeSection(_("Working with us"), "", _SERVICE), _WENT_WRONG),
)

SERVICE_INSIDE = ReadyMade(
    code="service-quality-inside",
    title=_("How well do we serve each other?"),
    summary=_("For people who rely on a team here: item by item what customers outside are asked."),
    intro=_(
        "Everyone who relies on your work is your customer, and you are the customer of others. Think of the "
        "team whose work you need most for yours: “you” means that team."
    ),
    sections=(
        ReadyMadeSection(
            _("The team you rely on"),
            "",
            (
                ReadyMadeQuestion("which-team", Kind.SHORT_TEXT, _("Which team are you thinking of?")),
                *_SERVICE,
            ),
        ),
        _WENT_WRONG,
    ),
)

REQUIREMENTS = ReadyMade(
    code="requirements-changed",
    title=_("Have your requirements changed?"),
    summary=_("Short and regular, for whoever relies on us: does what we agreed still fit?"),
    intro=_(
        "What you need from us may have changed since we last spoke. Two minutes, so that we do not guess."
    ),
    sections=(
        ReadyMadeSection(
            _("What you need from us"),
            "",
            (
                agree("still-fits", _("What we agreed still fits what I need."), "managing-expectations"),
                ReadyMadeQuestion(
                    "changed", Kind.YES_NO, _("Has anything changed in what you need from us?"), required=True
                ),
                ReadyMadeQuestion(
                    "changed-what",
                    Kind.MULTIPLE,
                    _("What has changed?"),
                    options=(
                        ("what", _("What I need")),
                        ("when", _("When I need it")),
                        ("how-much", _("How much of it I need")),
                        ("way", _("How it reaches me")),
                        ("who", _("Whom you should speak to")),
                    ),
                    other=True,
                    condition=if_answered("changed", "yes"),
                ),
                in_words(
                    "changed-words", _("In your words: what do you need now?"), if_answered("changed", "yes")
                ),
                ReadyMadeQuestion(
                    "no-longer", Kind.LONG_TEXT, _("What do we do for you that you no longer need?")
                ),
            ),
        ),
    ),
)
