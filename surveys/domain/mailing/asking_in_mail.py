"""The first question of a wave by name inside its mails: each answer is a link.

A link only opens the page with that answer chosen; nothing is recorded until somebody sends it, so a program
that follows every link of a mail answers for nobody. In an anonymous wave an address with an answer in it
would stand in logs beside whom it was made for, so it is never done there.
"""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import urlencode

from surveys import piping
from surveys.models import Wave
from surveys.questionnaire import Question, Questionnaire

MOST_ANSWERS = 11
# Of the address of the questionnaire: which answer of its first question is chosen.
PICK = "pick"


@dataclass(frozen=True)
class Choice:
    label: str
    url: str


@dataclass(frozen=True)
class AskedInMail:
    """``in_a_row``: numbers, which stand side by side between the words for their ends."""

    text: str
    choices: tuple[Choice, ...]
    in_a_row: bool
    low_label: str = ""
    high_label: str = ""

    @property
    def last_label(self) -> str:
        return self.choices[-1].label


def fitting_question(questionnaire: Questionnaire) -> Question | None:
    """The first question, where it can be asked in a mail."""
    question = next(questionnaire.questions(), None)
    if question is None or not question.kind.is_one_of_few or question.condition or question.other:
        return None
    of_answers = set(piping.keys(question.text)) - {piping.SUBJECT}
    return None if of_answers or len(question.codes) > MOST_ANSWERS else question


def ask(wave: Wave, questionnaire: Questionnaire, link: str, *, subject: str = "") -> AskedInMail | None:
    """None where the wave asks nothing in its mails. ``questionnaire`` is in the reader's language."""
    if wave.is_anonymous or not wave.ask_in_mail:
        return None
    question = fitting_question(questionnaire)
    if question is None:
        return None
    return AskedInMail(
        text=piping.fill(question.text, {piping.SUBJECT: subject} if subject else {}),
        choices=tuple(
            Choice(piping.label_of(question, code), f"{link}?{urlencode({PICK: code})}")
            for code in question.codes
        ),
        in_a_row=question.kind.is_numeric,
        low_label=question.low_label,
        high_label=question.high_label,
    )
