"""For people who work here: how work feels, and how they serve each other."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from surveys.questionnaire import Kind
from surveys.ready_made.parts import (
    ReadyMade,
    ReadyMadeQuestion,
    ReadyMadeSection,
    agree,
    how_often,
    recommend,
)

TEAM_PULSE = ReadyMade(
    code="team-pulse",
    title=_("Team pulse"),
    summary=_("How people are doing, and whether they would recommend working here (eNPS)."),
    intro=_(
        "A few minutes on how work feels at the moment. There are no right answers; think of the last month."
    ),
    sections=(
        ReadyMadeSection(
            _("Your work"),
            "",
            (
                recommend("enps", _("Would you recommend working here to a good friend?")),
                agree("pulse-clear", _("I know what is expected of me.")),
                agree("pulse-means", _("I have what I need to do my work well.")),
                agree("pulse-energy", _("On most days I go home with energy left.")),
            ),
        ),
        ReadyMadeSection(
            _("The people around you"),
            "",
            (
                agree(
                    "pulse-heard",
                    _("When I raise something, people first try to understand it."),
                    "listening",
                ),
                agree(
                    "pulse-promises", _("What we promise each other in my team happens."), "keeping-promises"
                ),
                agree(
                    "pulse-early",
                    _("I am told in good time when something will be late or different."),
                    "managing-expectations",
                ),
                agree("pulse-civil", _("Here people treat me with respect."), "civility"),
            ),
        ),
        ReadyMadeSection(
            _("In your words"),
            "",
            (
                ReadyMadeQuestion(
                    "pulse-keep", Kind.LONG_TEXT, _("What goes well and should stay as it is?")
                ),
                ReadyMadeQuestion("pulse-change", Kind.LONG_TEXT, _("What one thing should change first?")),
            ),
        ),
    ),
)

SIX_BEHAVIOURS = ReadyMade(
    code="six-behaviours",
    title=_("The six behaviours in our team"),
    summary=_("How often we live up to each of the six service behaviours among ourselves."),
    intro=_(
        "Everyone who relies on your work is your customer, and you are theirs. How do we serve each other?"
    ),
    sections=(
        ReadyMadeSection(
            _("How often does this happen in our team?"),
            _("Think of the last four weeks."),
            (
                how_often("six-listening", _("We listen until we have understood."), "listening"),
                how_often("six-civility", _("We stay civil, also when somebody else does not."), "civility"),
                how_often(
                    "six-promises", _("What we promise happens by the day we named."), "keeping-promises"
                ),
                how_often(
                    "six-expectations",
                    _("We say early what others can expect of us, and what not."),
                    "managing-expectations",
                ),
                how_often(
                    "six-loyalty",
                    _("We speak of those who are absent as if they were in the room."),
                    "loyalty-to-the-absent",
                ),
                how_often(
                    "six-humility", _("Whoever let somebody down says sorry and puts it right."), "humility"
                ),
            ),
        ),
        ReadyMadeSection(
            _("Where next"),
            "",
            (
                ReadyMadeQuestion(
                    "six-next",
                    Kind.SINGLE,
                    _("Which of the six would help us most if we did more of it?"),
                    options=(
                        ("listening", _("Listening")),
                        ("civility", _("Civility")),
                        ("keeping-promises", _("Keeping promises")),
                        ("managing-expectations", _("Managing expectations")),
                        ("loyalty-to-the-absent", _("Loyalty to the absent")),
                        ("humility", _("Humility")),
                    ),
                ),
                ReadyMadeQuestion("six-example", Kind.LONG_TEXT, _("What would we notice if we did?")),
            ),
        ),
    ),
)
