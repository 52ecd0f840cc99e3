"""For those who rely on our work, outside and inside."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from surveys.questionnaire import Kind
from surveys.ready_made.parts import ReadyMade, ReadyMadeQuestion, ReadyMadeSection, agree, recommend

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
