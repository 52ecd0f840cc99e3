"""Questions that not everybody is shown, and what that divides their parents' respondents into (R5).

Pure: no database. What is done with the sides stands in ``surveys.domain.counting.atoms``.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Iterator, Mapping
from dataclasses import dataclass

from surveys.conditions import Condition, Rule, holds
from surveys.domain.answering.sealing import Ballot
from surveys.questionnaire import OTHER, Kind, Question, Questionnaire, item_key

# Names one side; only ever compared.
SideName = tuple[Hashable, ...]


@dataclass(frozen=True)
class Gate:
    """What decides whether somebody is shown an item. ``parents``: the items it looks at, by key.

    The words of "other" have their choice as a parent and no sides: who chose it stands in its figures.
    ``beside``: questions before it whose conditions look at some of the same, and both at more than one item.
    """

    question_key: str
    parents: tuple[Question, ...]
    condition: Condition | None
    beside: tuple[str, ...] = ()

    @property
    def needed(self) -> tuple[SideName, ...]:
        """Sides that nothing is published without."""
        if self.condition is None:
            return ()
        return tuple((parent.key, shown) for parent in self.parents for shown in (True, False))

    def sides(self, ballot: Ballot, *, answered: bool) -> Iterator[SideName]:
        """What somebody counts for; ``answered``: they answered the item."""
        if self.condition is None:
            return
        shown = self.question_key not in ballot.hidden
        given = {parent.key: given_to(parent, ballot) for parent in self.parents}
        for key, answers in given.items():
            if answers and (answered or not shown):
                yield key, shown
        if answered or not shown:
            for other in self.beside:
                if shown == (other in ballot.hidden):
                    yield beside(other, shown=shown)
        by_key = {parent.key: parent for parent in self.parents}
        for number, rule in enumerate(self.condition.rules):
            if answers := given.get(rule.key, ()):
                yield number, shown, _class_of(by_key[rule.key], rule, answers)


def beside(other: str, *, shown: bool) -> SideName:
    """Those who were shown this question and not the other one, or the other one and not this."""
    return "beside", other, shown


def _class_of(parent: Question, rule: Rule, answers: tuple[str, ...]) -> Hashable:
    """Answers the rule treats alike and the figures of the parent add up: whether they fulfil it.

    Of numbers and days only the band is known, which the rule may cut in two. Of several choices the figure
    counts everybody who made this one, whatever else they chose.
    """
    if parent.kind.is_banded:
        return answers
    fulfils = holds(Condition(every=True, rules=(rule,)), {parent.key: answers})
    return (fulfils, rule.value in answers) if parent.kind is Kind.MULTIPLE else fulfils


def given_to(item: Question, ballot: Ballot) -> tuple[str, ...]:
    """What a ballot says to an item: codes it has, or words; nothing where it was not answered."""
    if item.kind.is_text:
        text = ballot.texts.get(item.key, "")
        return (text,) if text else ()
    chosen = set(ballot.options.get(item.key, ()))
    return tuple(code for code in item.codes if code in chosen)


def gates_of(questionnaire: Questionnaire) -> Mapping[str, Gate]:
    """By item key, of those that not everybody is shown.

    A condition on what is no item of the questionnaire has no parents, so that nothing is published of it.
    """
    items = {item.key: item for item in questionnaire.items()}
    found: dict[str, Gate] = {}
    for key, item in items.items():
        if item.of and key == item_key(item.of, OTHER) and item.kind.is_text:
            found[key] = Gate(item.of, (items[item.of],), None)
        elif item.condition is not None:
            known = item.condition.keys <= items.keys()
            parents = tuple(items[name] for name in sorted(item.condition.keys)) if known else ()
            found[key] = Gate(item.of or key, parents, item.condition, _beside(item, found.values()))
    return found


def _beside(item: Question, before: Iterable[Gate]) -> tuple[str, ...]:
    keys = item.condition.keys if item.condition else frozenset()
    others = {
        gate.question_key: gate.condition.keys
        for gate in before
        if gate.condition and gate.question_key != (item.of or item.key)
    }
    return tuple(other for other, theirs in others.items() if theirs & keys and len(theirs | keys) > 1)
