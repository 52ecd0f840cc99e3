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
    in_words,
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

SIX_ABOUT_MANAGER = ReadyMade(
    code="six-behaviours-about",
    title=_("The six behaviours of your manager"),
    summary=_(
        "Each person is asked about their own manager. Figures are shown by manager, never from fewer people "
        "than your smallest group."
    ),
    intro=_(
        "A manager serves the people who report to them, as they serve their manager. How often do you see "
        "this? “I cannot say” is a good answer too."
    ),
    about="manager",
    sections=(
        ReadyMadeSection(
            _("How often does this happen?"),
            _("Think of the last three months with [[subject]]."),
            (
                how_often(
                    "about-listening", _("[[subject]] listens until they have understood."), "listening"
                ),
                how_often("about-civility", _("[[subject]] stays civil, also under pressure."), "civility"),
                how_often("about-promises", _("What [[subject]] promises me happens."), "keeping-promises"),
                how_often(
                    "about-expectations",
                    _("[[subject]] says early what I can expect, and what not."),
                    "managing-expectations",
                ),
                how_often(
                    "about-loyalty",
                    _("[[subject]] speaks of those who are absent as if they were in the room."),
                    "loyalty-to-the-absent",
                ),
                how_often(
                    "about-humility",
                    _("When [[subject]] was wrong, they say so and put it right."),
                    "humility",
                ),
            ),
        ),
        ReadyMadeSection(
            _("In your words"),
            "",
            (
                in_words("about-keep", _("What should [[subject]] keep doing?")),
                in_words("about-change", _("What one thing would help you most if [[subject]] changed it?")),
            ),
        ),
    ),
)

# Three levels, each built on the one before: we answer, we keep our word, we look ahead.
SERVICE_LEVEL = ReadyMade(
    code="service-level",
    title=_("Our level of service: 1, 2 or 3"),
    summary=_("Where a team stands: it answers (1), it keeps its word (2), it looks ahead (3)."),
    intro=_("Think of your own team and of those who rely on its work. Say what is, not what should be."),
    sections=(
        ReadyMadeSection(
            _("Level 1: we answer"),
            "",
            (
                agree("level-1-known", _("We know who relies on our work.")),
                agree("level-1-reach", _("Whoever needs us reaches somebody.")),
                agree("level-1-answer", _("Every request gets an answer."), "listening"),
                agree("level-1-civil", _("We stay civil, also when it gets busy."), "civility"),
            ),
        ),
        ReadyMadeSection(
            _("Level 2: we keep our word"),
            "",
            (
                agree("level-2-agreed", _("We have agreed with those who rely on us what good work is.")),
                agree(
                    "level-2-promise", _("What we promise happens by the day we named."), "keeping-promises"
                ),
                agree(
                    "level-2-early",
                    _("We say so early when something will be late or different."),
                    "managing-expectations",
                ),
                agree("level-2-right", _("When we have let somebody down, we put it right."), "humility"),
            ),
        ),
        ReadyMadeSection(
            _("Level 3: we look ahead"),
            "",
            (
                agree("level-3-ask", _("We ask regularly how well we serve, and what will be needed next.")),
                agree("level-3-before", _("We solve problems before those who rely on us notice them.")),
                agree("level-3-decide", _("Everyone here may decide what a customer needs at once.")),
                agree("level-3-learn", _("What we learn from one mistake changes how we work.")),
            ),
        ),
        ReadyMadeSection(
            _("The next step"),
            "",
            (in_words("level-next", _("What would bring us to the next level?")),),
        ),
    ),
)

SPEAKING_UP = ReadyMade(
    code="what-should-we-hear",
    title=_("What should we hear?"),
    summary=_("Two open questions, anonymous. Made to run each month by itself."),
    intro=_(
        "Whatever is on your mind about working here. A sentence is enough, and each question may stay empty."
    ),
    sections=(
        ReadyMadeSection(
            _("In your own words"),
            "",
            (
                in_words("hear-what", _("What should we hear?")),
                in_words("hear-first", _("If you could change one thing here, what would it be?")),
            ),
        ),
    ),
)
