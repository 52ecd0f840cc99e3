"""What the people of the demonstration say: drawn by chance, always the same, with one real change in it."""

from __future__ import annotations

import random
from dataclasses import dataclass, field

from surveys.answers import AnswerSheet
from surveys.questionnaire import Kind, Question, Questionnaire

COMMENTS = (
    "A weekly overview of what we promised to whom would help. Today it lives in five inboxes.",
    "The morning round works well. Please keep it at ten minutes.",
    "I hear about changed prices from customers before I hear it from us.",
    "Handover between shifts got much better since we write it down.",
    "When something will be late, people say so now. That is new, and good.",
    "Two different forms for the same thing. Could we have one?",
    "More time for training new colleagues on the job.",
    "It is easy to say what went wrong here. Nobody is made small for it.",
    "The meeting room is always full, so we talk in the corridor.",
    "Thank you for asking, and for telling us what came of it last time.",
)
CUSTOMER_COMMENTS = (
    "The statement is right now, but I had to ask twice.",
    "Your technician called before he came. That helped a lot.",
    "Please tell us earlier when water is turned off.",
    "Quick and friendly on the telephone.",
)


@dataclass(frozen=True)
class Mood:
    """How content a group is, as a share of each scale from 0 to 1; a behaviour may differ."""

    usual: float = 0.66
    recommends: float = 0.8
    by_behaviour: dict[str, float] = field(default_factory=dict)

    def of(self, question: Question) -> float:
        usual = self.recommends if question.kind is Kind.RECOMMEND else self.usual
        return self.by_behaviour.get(question.behaviour, usual)


def answer(
    questionnaire: Questionnaire,
    mood: Mood,
    chance: random.Random,
    comments: tuple[str, ...] = COMMENTS,
) -> AnswerSheet:
    """One respondent's sheet. Some questions that may be left out are; one in five writes a comment."""
    options: dict[str, tuple[str, ...]] = {}
    texts: dict[str, str] = {}
    person = chance.gauss(0, 0.09)
    for question in questionnaire.questions():
        if question.kind.is_text:
            if chance.random() < 0.2:
                texts[question.key] = chance.choice(comments)
        elif question.required or chance.random() < 0.97:
            options[question.key] = _choose(question, mood.of(question) + person, chance)
    return AnswerSheet(options=options, texts=texts)


def _choose(question: Question, share: float, chance: random.Random) -> tuple[str, ...]:
    codes = question.codes
    if question.kind.is_numeric:
        place = round((len(codes) - 1) * (share + chance.gauss(0, 0.17)))
        return (codes[min(len(codes) - 1, max(0, place))],)
    if question.kind is Kind.YES_NO:
        return ("yes" if chance.random() < share else "no",)
    if question.kind is Kind.MULTIPLE:
        return tuple(code for code in codes if chance.random() < 0.4) or (codes[0],)
    return (chance.choice(codes),)
