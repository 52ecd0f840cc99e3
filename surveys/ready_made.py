"""Surveys to begin with, in our own words. HR starts from a copy and changes what it likes.

The keys never change, so that waves of different copies can be laid side by side; the words come in the
language of whoever makes the copy.
"""

from __future__ import annotations

from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from surveys.questionnaire import Kind

Words = str | Promise


@dataclass(frozen=True)
class ReadyMadeQuestion:
    """``behaviour`` is a behaviour's code; ``options`` are (code, label)."""

    key: str
    kind: Kind
    text: Words
    help: Words = ""
    required: bool = False
    behaviour: str = ""
    low: int = 1
    high: int = 5
    low_label: Words = ""
    high_label: Words = ""
    options: tuple[tuple[str, Words], ...] = ()


@dataclass(frozen=True)
class ReadyMadeSection:
    title: Words
    intro: Words
    questions: tuple[ReadyMadeQuestion, ...]


@dataclass(frozen=True)
class ReadyMade:
    code: str
    title: Words
    summary: Words
    intro: Words
    sections: tuple[ReadyMadeSection, ...]

    @property
    def question_count(self) -> int:
        return sum(len(section.questions) for section in self.sections)


def _agree(key: str, text: Words, behaviour: str = "", *, required: bool = False) -> ReadyMadeQuestion:
    return ReadyMadeQuestion(
        key=key,
        kind=Kind.SCALE,
        text=text,
        required=required,
        behaviour=behaviour,
        low_label=_("not at all true"),
        high_label=_("entirely true"),
    )


def _how_often(key: str, text: Words, behaviour: str) -> ReadyMadeQuestion:
    return ReadyMadeQuestion(
        key=key,
        kind=Kind.SCALE,
        text=text,
        behaviour=behaviour,
        low_label=_("hardly ever"),
        high_label=_("nearly always"),
    )


def _recommend(key: str, text: Words) -> ReadyMadeQuestion:
    return ReadyMadeQuestion(
        key=key,
        kind=Kind.RECOMMEND,
        text=text,
        required=True,
        low=0,
        high=10,
        low_label=_("surely not"),
        high_label=_("surely"),
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
                _recommend("enps", _("Would you recommend working here to a good friend?")),
                _agree("pulse-clear", _("I know what is expected of me.")),
                _agree("pulse-means", _("I have what I need to do my work well.")),
                _agree("pulse-energy", _("On most days I go home with energy left.")),
            ),
        ),
        ReadyMadeSection(
            _("The people around you"),
            "",
            (
                _agree(
                    "pulse-heard",
                    _("When I raise something, people first try to understand it."),
                    "listening",
                ),
                _agree(
                    "pulse-promises", _("What we promise each other in my team happens."), "keeping-promises"
                ),
                _agree(
                    "pulse-early",
                    _("I am told in good time when something will be late or different."),
                    "managing-expectations",
                ),
                _agree("pulse-civil", _("Here people treat me with respect."), "civility"),
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
                _how_often("six-listening", _("We listen until we have understood."), "listening"),
                _how_often("six-civility", _("We stay civil, also when somebody else does not."), "civility"),
                _how_often(
                    "six-promises", _("What we promise happens by the day we named."), "keeping-promises"
                ),
                _how_often(
                    "six-expectations",
                    _("We say early what others can expect of us, and what not."),
                    "managing-expectations",
                ),
                _how_often(
                    "six-loyalty",
                    _("We speak of those who are absent as if they were in the room."),
                    "loyalty-to-the-absent",
                ),
                _how_often(
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
                _recommend("nps", _("Would you recommend us to somebody in your position?")),
                _agree("understood", _("You understood what I needed."), "listening"),
                _agree(
                    "kept", _("You did what you had promised, when you had promised it."), "keeping-promises"
                ),
                _agree(
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

READY_MADE: tuple[ReadyMade, ...] = (TEAM_PULSE, SIX_BEHAVIOURS, EXTERNAL_SATISFACTION)


def find_ready_made(code: str) -> ReadyMade:
    """Raises KeyError for a code there is none of."""
    return {one.code: one for one in READY_MADE}[code]
