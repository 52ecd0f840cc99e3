"""What changed between two versions of a survey, in words somebody reads. Pure: no database.

Questions are told by their keys. Where the answers of a question became others (another kind, another
scale), it got a new key, because its results cannot be compared any more: such a pair is told as one change.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any

from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from surveys import models
from surveys.domain.building import conditioning
from surveys.languages import find
from surveys.questionnaire import Kind, Option, Question, Questionnaire, Section


class What(StrEnum):
    ADDED = "added"
    REMOVED = "removed"
    CHANGED = "changed"
    MOVED = "moved"


@dataclass(frozen=True)
class Change:
    """``says`` is a sentence; ``before`` and ``after`` people's own words, where those changed.

    ``about``: the question or part it happened to, in its words; empty: the survey itself.
    """

    what: What
    says: str
    about: str = ""
    before: str = ""
    after: str = ""


def changes(old: Questionnaire, new: Questionnaire) -> list[Change]:
    """Everything that differs, in the order of reading; nothing where both ask the same."""
    return [
        *_of_survey(old, new),
        *_of_parts(old, new),
        *_of_questions(old, new),
        *_of_order(old, new),
        *_of_languages(old, new),
    ]


# --- The survey ---------------------------------------------------------------------------------------------
def _of_survey(old: Questionnaire, new: Questionnaire) -> Iterator[Change]:
    yield from _words(_("Title changed"), "", old.title, new.title)
    yield from _words(_("First words changed"), "", old.intro, new.intro)
    if old.language != new.language:
        yield Change(
            What.CHANGED,
            _("Written in another language"),
            before=find(old.language).label,
            after=find(new.language).label,
        )


def _words(says: str, about: str, before: str, after: str) -> Iterator[Change]:
    if before != after:
        yield Change(What.CHANGED, says, about, before, after)


# --- Parts --------------------------------------------------------------------------------------------------
def _of_parts(old: Questionnaire, new: Questionnaire) -> Iterator[Change]:
    """Parts have no key: those with the same title are the same, then those that share most questions."""
    same = _same_parts(old.sections, new.sections)
    for number, section in enumerate(new.sections):
        before = same.get(number)
        if before is None:
            yield Change(What.ADDED, _("Part added"), after=section.title)
            continue
        yield from _words(_("Part renamed"), "", before.title, section.title)
        yield from _words(_("Words before a part changed"), section.title, before.intro, section.intro)
    kept = {id(section) for section in same.values()}
    for section in old.sections:
        if id(section) not in kept:
            yield Change(What.REMOVED, _("Part removed"), before=section.title)


def _same_parts(old: Sequence[Section], new: Sequence[Section]) -> dict[int, Section]:
    """By number of a new part the old one it is."""
    left = list(old)
    found: dict[int, Section] = {}

    def pair(likeness: Callable[[Section, Section], int]) -> None:
        for number, section in enumerate(new):
            if number in found or not left:
                continue
            nearest = max(left, key=lambda before: likeness(before, section))
            if likeness(nearest, section):
                found[number] = nearest
                del left[next(at for at, one in enumerate(left) if one is nearest)]

    pair(lambda before, after: before.title == after.title)
    pair(lambda before, after: len(_keys(before) & _keys(after)))
    return found


def _keys(section: Section) -> set[str]:
    return {question.key for question in section.questions}


# --- Questions ----------------------------------------------------------------------------------------------
def _of_questions(old: Questionnaire, new: Questionnaire) -> Iterator[Change]:
    same = _same_questions(old, new)
    for question in new.questions():
        before = same.get(question.key)
        if before is None:
            yield Change(What.ADDED, _("Question added"), after=question.text)
            continue
        if before.key != question.key:
            yield _counted_anew(before, question)
            # What else differs is told as of any other question.
            before = replace(before, **{name: getattr(question, name) for name in _ANSWERS})
        yield from _of_question(before, question)
        yield from _of_condition(old, new, before, question)
    kept = {question.key for question in same.values()}
    for question in old.questions():
        if question.key not in kept:
            yield Change(What.REMOVED, _("Question removed"), before=question.text)


# What is answered, beside options and rows, which have codes of their own.
_ANSWERS = ("kind", "low", "high", "least", "most")


def _same_questions(old: Questionnaire, new: Questionnaire) -> dict[str, Question]:
    """By key of a new question the old one it is, or was made of: then the words are the same."""
    before = {question.key: question for question in old.questions()}
    same = {question.key: before.pop(question.key) for question in new.questions() if question.key in before}
    for question in new.questions():
        made_of = next((one for one in before.values() if one.text == question.text), None)
        if question.key not in same and made_of is not None:
            same[question.key] = before.pop(made_of.key)
    return same


def _counted_anew(before: Question, after: Question) -> Change:
    words = kind_in_words(before), kind_in_words(after)
    if words[0] == words[1]:
        return Change(What.CHANGED, _("Made anew: counted as a new question"), after.text)
    return Change(What.CHANGED, _("Other answers: counted as a new question"), after.text, *words)


def _of_question(before: Question, after: Question) -> Iterator[Change]:
    """Of two with the same key."""
    about = after.text
    yield from _words(_("Words changed"), "", before.text, after.text)
    yield from _words(_("Hint changed"), about, before.help, after.help)
    yield from _words(_("Answers changed"), about, kind_in_words(before), kind_in_words(after))
    yield from _words(_("Words at the lowest value changed"), about, before.low_label, after.low_label)
    yield from _words(_("Words at the highest value changed"), about, before.high_label, after.high_label)
    yield from _words(_("Unit changed"), about, before.unit, after.unit)
    yield from _of_options(_OPTION_WORDS, about, before.options, after.options)
    yield from _of_options(_ROW_WORDS, about, before.rows, after.rows)
    yield from _of_switches(about, before, after)
    yield from _words(_("Behaviour changed"), about, before.behaviour, after.behaviour)
    yield from _words(_("Driver changed"), about, before.driver, after.driver)


def _of_switches(about: str, before: Question, after: Question) -> Iterator[Change]:
    if before.required != after.required:
        yield Change(
            What.CHANGED,
            _("An answer is required now") if after.required else _("An answer is no longer required"),
            about,
        )
    if before.other != after.other:
        yield Change(
            What.CHANGED,
            _("“Other” may be written now") if after.other else _("“Other” may no longer be written"),
            about,
        )


def _option_words() -> dict[str, str]:
    return {
        "added": _("Answer added"),
        "removed": _("Answer removed"),
        "reworded": _("Answer reworded"),
        "order": _("Order of the answers changed"),
    }


def _row_words() -> dict[str, str]:
    return {
        "added": _("Row added"),
        "removed": _("Row removed"),
        "reworded": _("Row reworded"),
        "order": _("Order of the rows changed"),
    }


# Called when told: the words are in the reader's language.
_OPTION_WORDS, _ROW_WORDS = _option_words, _row_words


def _of_options(
    said: Callable[[], Mapping[str, str]], about: str, before: Sequence[Option], after: Sequence[Option]
) -> Iterator[Change]:
    labels_before = {option.code: option.label for option in before}
    labels_after = {option.code: option.label for option in after}
    words = said()
    for code, label in labels_after.items():
        if code not in labels_before:
            yield Change(What.ADDED, words["added"], about, after=label)
        elif labels_before[code] != label:
            yield Change(What.CHANGED, words["reworded"], about, labels_before[code], label)
    for code, label in labels_before.items():
        if code not in labels_after:
            yield Change(What.REMOVED, words["removed"], about, before=label)
    if _order_differs(list(labels_before), list(labels_after)):
        yield Change(What.MOVED, words["order"], about)


def _of_condition(
    old: Questionnaire, new: Questionnaire, before: Question, after: Question
) -> Iterator[Change]:
    if before.condition == after.condition:
        return
    says = _("Shown on another condition")
    if before.condition is None:
        says = _("Shown on a condition now")
    elif after.condition is None:
        says = _("Shown to everybody now")
    yield Change(
        What.CHANGED,
        says,
        after.text,
        conditioning.in_words(before.condition, old) if before.condition else "",
        conditioning.in_words(after.condition, new) if after.condition else "",
    )


# --- Order --------------------------------------------------------------------------------------------------
def _of_order(old: Questionnaire, new: Questionnaire) -> Iterator[Change]:
    """Questions in another part, and other orders within what stayed together."""
    same = _same_parts(old.sections, new.sections)
    made_of = {key: question.key for key, question in _same_questions(old, new).items()}
    home = {key: section for section in old.sections for key in _keys(section)}
    for number, section in enumerate(new.sections):
        stayed = []
        for question in section.questions:
            key = made_of.get(question.key, "")
            before = home.get(key)
            if before is None:
                continue
            if before is same.get(number):
                stayed.append(key)
            else:
                yield Change(
                    What.MOVED, _("Moved to another part"), question.text, before.title, section.title
                )
        if number in same and _order_differs([one.key for one in same[number].questions], stayed):
            yield Change(What.MOVED, _("Order of the questions changed"), section.title)
    parts_before = [id(section) for section in old.sections]
    if _order_differs(parts_before, [id(same[number]) for number in sorted(same)]):
        yield Change(What.MOVED, _("Order of the parts changed"))


def _order_differs(before: Sequence[Any], after: Sequence[Any]) -> bool:
    """Of what is in both."""
    in_both = set(before) & set(after)
    return [one for one in before if one in in_both] != [one for one in after if one in in_both]


# --- Languages ----------------------------------------------------------------------------------------------
def _of_languages(old: Questionnaire, new: Questionnaire) -> Iterator[Change]:
    for language in new.translations:
        if language not in old.translations:
            yield Change(What.ADDED, _("Language added"), after=find(language).label)
        words = _comparable(old, new, language), dict(new.translations[language])
        yield from _of_words(language, *words)
    for language in old.translations:
        if language not in new.translations:
            yield Change(What.REMOVED, _("Language taken out"), before=find(language).label)


def _comparable(old: Questionnaire, new: Questionnaire, language: str) -> dict[str, str]:
    """The old translations at their places of today; without those of questions and parts that are gone."""
    places: dict[str, str] = {}
    for key, question in _same_questions(old, new).items():
        places[question.key] = key
    for number, section in _same_parts(old.sections, new.sections).items():
        before = next(at for at, one in enumerate(old.sections) if one is section)
        places[f"section.{before}"] = f"section.{number}"
    texts = {}
    for place, text in old.translations.get(language, {}).items():
        parts = place.split(".")
        length = 2 if parts[0] == "section" and len(parts) == 3 and parts[1].isdigit() else 1
        home = ".".join(parts[:length])
        if len(parts) == 1:
            texts[place] = text
        elif home in places:
            texts[".".join([places[home], *parts[length:]])] = text
    return texts


def _of_words(language: str, before: Mapping[str, str], after: Mapping[str, str]) -> Iterator[Change]:
    name = find(language).label
    added = len(after.keys() - before.keys())
    removed = len(before.keys() - after.keys())
    reworded = sum(before[place] != after[place] for place in before.keys() & after.keys())
    if added:
        says = ngettext("%(number)d text translated", "%(number)d texts translated", added)
        yield Change(What.CHANGED, says % {"number": added}, name)
    if reworded:
        says = ngettext("%(number)d translation reworded", "%(number)d translations reworded", reworded)
        yield Change(What.CHANGED, says % {"number": reworded}, name)
    if removed:
        says = ngettext("%(number)d translation taken out", "%(number)d translations taken out", removed)
        yield Change(What.CHANGED, says % {"number": removed}, name)


# --- Kinds --------------------------------------------------------------------------------------------------
def kind_in_words(question: Question) -> str:
    """ "Scale, 1 to 5", "Number, 0 to 30", "Choose one": what must stay for results to be comparable."""
    name = str(models.Question.Kind(question.kind.value).label)
    if question.kind is Kind.SCALE or (question.kind is Kind.MATRIX and not question.options):
        return _with_ends(name, str(question.low), str(question.high))
    if question.kind is Kind.NUMBER:
        return _with_ends(name, str(question.least), str(question.most))
    if question.kind is Kind.DATE and question.least:
        first, last = question.days
        return _with_ends(
            name, date_format(first, "SHORT_DATE_FORMAT"), date_format(last, "SHORT_DATE_FORMAT")
        )
    return name


def _with_ends(name: str, low: str, high: str) -> str:
    return _("%(kind)s, %(low)s to %(high)s") % {"kind": name, "low": low, "high": high}
