"""Earlier answers put into a text by their marks (``surveys.piping``), while a questionnaire is built."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from django.utils.translation import gettext as _

from surveys import piping, questionnaire
from surveys.domain.building import conditioning
from surveys.domain.building.freezing_questions import freeze_question
from surveys.models import Question, Section
from surveys.piping import mark

# By mark what it stands for, in the order of asking.
Marks = dict[str, str]


def marks_before(section: Section, question: Question | None = None) -> Marks:
    """What may be put into a question of this part: an existing one, or a new one at its end."""
    rows = (
        Question.objects.filter(section__survey=section.survey_id, section__position__lte=section.position)
        .select_related("behaviour")
        .order_by("section__position", "section", "position", "pk")
    )
    earlier = []
    for row in rows:
        if question is not None and row.pk == question.pk:
            break
        earlier.append(freeze_question(row))
    asked = questionnaire.Questionnaire("", "", 1, (questionnaire.Section("", "", tuple(earlier)),))
    names = conditioning.names_of(asked)
    marks = {mark(item.key): names[item.key] for item in asked.items()}
    return {**marks, mark(piping.SUBJECT): _("whom the wave is about, where it is about somebody")}


def strays(texts: Iterable[str], marks: Iterable[str]) -> list[str]:
    """The marks in these texts that nothing stands for."""
    known = set(marks)
    return [found for text in texts for key in piping.keys(text) if (found := mark(key)) not in known]


def faults(asked: questionnaire.Questionnaire) -> Iterator[str]:
    """In words what puts in an answer that is not given before it."""
    names = conditioning.names_of(asked)
    known = {mark(piping.SUBJECT)}
    for section in asked.sections:
        for stray in strays([section.title, section.intro], known):
            yield _fault(section.title, stray)
        for question in section.questions:
            for stray in strays([question.text, question.help], known):
                yield _fault(names[question.key], stray)
            known |= {mark(item.key) for item in question.items}


def _fault(name: str, stray: str) -> str:
    return _(
        "“%(name)s” puts in the answer %(mark)s, which nobody is asked for before it. Change its words first."
    ) % {"name": conditioning.isolated(name), "mark": stray}
