"""A file of our own format read as a questionnaire, or everything that is wrong with it. Pure: no database.

Twin of ``exchanging.packed``. A name that the format does not know is a fault too: it is most often a
slip, and what it was meant to say would be lost.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from django.utils.translation import gettext as _

from common.forms import clean_text
from surveys import piping
from surveys.answers import field_name
from surveys.conditions import Condition, Rule, Test
from surveys.domain.building import conditioning, editing
from surveys.domain.building.editing import FEWEST_OPTIONS, FIRST_DAY, LABEL_LENGTH, LARGEST_NUMBER, LAST_DAY
from surveys.domain.building.translating import MOST_LANGUAGES, kind_of_place
from surveys.domain.files.exchanging import MATCH_ALL, MATCH_ANY
from surveys.domain.files.parsing import MOST_FAULTS, Fault, NotGood, parsed
from surveys.languages import LANGUAGES
from surveys.questionnaire import OTHER, Kind, Option, Question, Questionnaire, Section

_KEY = re.compile(r"[A-Za-z0-9_-]{1,25}")
# Of rows and of what is put in order: key and code together name an item.
_CODE = re.compile(r"[A-Za-z0-9_-]{1,14}")
_ANSWER_CODE = re.compile(r"[A-Za-z0-9_-]{1,40}")

_OF_EVERY_KIND = {
    "key", "kind", "text", "help", "required", "behaviour", "driver", "shown_when",
}  # fmt: skip
_LABELS = {"low_label", "high_label"}
_OF_KIND: dict[Kind, set[str]] = {
    Kind.RECOMMEND: _LABELS,
    Kind.SCALE: {"low", "high", *_LABELS},
    Kind.YES_NO: set(),
    Kind.SINGLE: {"options", "other"},
    Kind.MULTIPLE: {"options", "other"},
    Kind.SHORT_TEXT: set(),
    Kind.LONG_TEXT: set(),
    Kind.RANKING: {"options"},
    Kind.MATRIX: {"rows", "options", "low", "high", *_LABELS},
    Kind.NUMBER: {"least", "most", "unit"},
    Kind.DATE: {"earliest", "latest"},
}
_MOST_OPTIONS = {Kind.RANKING: editing.MOST_RANKED, Kind.MATRIX: editing.MOST_COLUMNS}


@dataclass(frozen=True)
class Unpacked:
    """``notes``: what was left out, or will look odd, and does no harm."""

    questionnaire: Questionnaire
    notes: list[str]


def unpack(raw: bytes, *, behaviours: Collection[str]) -> Unpacked:
    """Raises NotGood. ``behaviours`` are the codes there are; others are left out with a note."""
    return _Unpacker(behaviours).read(parsed(raw))


@dataclass
class _Unpacker:
    behaviours: Collection[str]
    faults: list[Fault] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    def read(self, data: Mapping[str, Any]) -> Unpacked:
        where = _("The survey")
        self._only(
            data,
            {"format", "format_version", "title", "intro", "language", "parts", "translations"},
            where,
        )
        asked = Questionnaire(
            title=self._text(data, "title", where, 150, needed=True),
            intro=self._text(data, "intro", where, 2000, lines=True),
            version=1,
            language=self._language(data, where),
            sections=tuple(self._parts(data)),
        )
        self._refuse_too_many(asked)
        self._refuse_same_keys(asked)
        if not self.faults:
            self._look_at_conditions(asked)
            self._look_at_marks(asked)
            asked = replace(asked, translations=self._translations(data, asked))
        if self.faults:
            raise NotGood(self.faults[:MOST_FAULTS])
        return Unpacked(asked, self.notes)

    # --- Parts and questions ---
    def _parts(self, data: Mapping[str, Any]) -> Iterator[Section]:
        # One more than may be says that there are too many; what follows is not read.
        parts = self._list(data, "parts", _("The survey"))[: editing.MOST_SECTIONS + 1]
        for number, part in enumerate(parts, start=1):
            where = _("Part %(number)d") % {"number": number}
            if not self._is_object(part, where):
                continue
            self._only(part, {"title", "intro", "questions"}, where)
            questions = []
            listed = self._list(part, "questions", where)[: editing.MOST_QUESTIONS + 1]
            for place, one in enumerate(listed, start=1):
                here = _("Part %(part)d, question %(number)d") % {"part": number, "number": place}
                if self._is_object(one, here) and (question := self._question(one, here)):
                    questions.append(question)
            title = self._text(part, "title", where, 150, needed=True)
            yield Section(title, self._text(part, "intro", where, 2000, lines=True), tuple(questions))

    def _question(self, data: Mapping[str, Any], where: str) -> Question | None:
        kinds = {kind.value: kind for kind in _OF_KIND}
        name = self._choice(data, "kind", where, kinds)
        if not name:
            return None
        kind = kinds[name]
        self._only(data, _OF_EVERY_KIND | _OF_KIND[kind], where)
        most_options = _MOST_OPTIONS.get(kind, editing.MOST_OPTIONS)
        options = self._options(data, "options", where, most_options, items=kind is Kind.RANKING)
        if not options and kind in {Kind.SINGLE, Kind.MULTIPLE, Kind.RANKING}:
            self._fault(where, _("It needs at least two answers, as “options”."))
        low, high = self._ends(data, kind, options, where)
        least, most = self._bounds(data, kind, where)
        return Question(
            key=self._pattern(data, "key", where, _KEY, 25),
            kind=kind,
            text=self._text(data, "text", where, 500, needed=True),
            help=self._text(data, "help", where, 300),
            required=self._flag(data, "required", where),
            behaviour=self._behaviour(data, where),
            driver=self._text(data, "driver", where, 60),
            low=low,
            high=high,
            low_label=self._text(data, "low_label", where, 80) if high > low else "",
            high_label=self._text(data, "high_label", where, 80) if high > low else "",
            options=options,
            other=self._flag(data, "other", where),
            rows=self._rows(data, kind, where),
            unit=self._text(data, "unit", where, 30),
            least=least,
            most=most,
            condition=self._condition(data, where),
        )

    def _options(
        self, data: Mapping[str, Any], name: str, where: str, most: int, *, items: bool
    ) -> tuple[Option, ...]:
        """``items``: each is counted by itself."""
        pattern, longest = (_CODE, 14) if items else (_ANSWER_CODE, 40)
        options = []
        for number, one in enumerate(self._list(data, name, where)[: most + 1], start=1):
            here = _("%(place)s, %(name)s %(number)d") % {"place": where, "name": name, "number": number}
            if self._is_object(one, here):
                self._only(one, {"code", "label"}, here)
                code = self._pattern(one, "code", here, pattern, longest)
                if code == OTHER:
                    self._fault(here, _("The code “other” is kept for the answer in one's own words."))
                options.append(Option(code, self._text(one, "label", here, LABEL_LENGTH, needed=True)))
        if len(options) > most:
            self._fault(where, _("“%(name)s” has at most %(most)d entries.") % {"name": name, "most": most})
        if options and len(options) < FEWEST_OPTIONS:
            self._fault(where, _("“%(name)s” has at least two entries.") % {"name": name})
        if len({option.code for option in options}) < len(options):
            self._fault(where, _("Two entries of “%(name)s” have the same code.") % {"name": name})
        return tuple(options)

    def _rows(self, data: Mapping[str, Any], kind: Kind, where: str) -> tuple[Option, ...]:
        rows = self._options(data, "rows", where, editing.MOST_ROWS, items=True)
        if kind is Kind.MATRIX and not rows:
            self._fault(where, _("It needs at least two rows, as “rows”."))
        return rows

    def _ends(
        self, data: Mapping[str, Any], kind: Kind, options: tuple[Option, ...], where: str
    ) -> tuple[int, int]:
        if kind is Kind.RECOMMEND:
            return 0, 10
        if kind is not Kind.SCALE and not (kind is Kind.MATRIX and not options):
            return 0, 0
        low, high = (self._number(data, name, where, 0, 10) for name in ("low", "high"))
        if low is None or high is None:
            return 0, 0
        if low >= high:
            self._fault(where, _("A scale runs upward, between 0 and 10."))
        return low, high

    def _bounds(self, data: Mapping[str, Any], kind: Kind, where: str) -> tuple[int, int]:
        if kind is Kind.NUMBER:
            ends = [
                self._number(data, name, where, -LARGEST_NUMBER, LARGEST_NUMBER) for name in ("least", "most")
            ]
        elif kind is Kind.DATE:
            ends = [self._day(data, name, where) for name in ("earliest", "latest")]
        else:
            return 0, 0
        if ends[0] is None or ends[1] is None:
            return 0, 0
        if ends[0] >= ends[1]:
            self._fault(where, _("The second bound must be above the first."))
        return ends[0], ends[1]

    def _behaviour(self, data: Mapping[str, Any], where: str) -> str:
        code = self._text(data, "behaviour", where, 100)
        if code and code not in self.behaviours:
            says = _("%(place)s: there is no behaviour “%(code)s” here. It was left out.")
            self.notes.append(says % {"place": where, "code": code})
            return ""
        return code

    # --- Conditions and marks ---
    def _condition(self, data: Mapping[str, Any], where: str) -> Condition | None:
        condition = data.get("shown_when")
        if condition is None or not self._is_object(condition, where):
            return None
        self._only(condition, {"match", "rules"}, where)
        every = self._choice(condition, "match", where, (MATCH_ALL, MATCH_ANY)) == MATCH_ALL
        listed = self._list(condition, "rules", where)
        if not 0 < len(listed) <= conditioning.MOST_RULES:
            words = _("A condition has from one to %(most)d rules.")
            self._fault(where, words % {"most": conditioning.MOST_RULES})
        rules = []
        for rule in listed[: conditioning.MOST_RULES]:
            if self._is_object(rule, where):
                self._only(rule, {"item", "test", "value"}, where)
                item = self._text(rule, "item", where, 40, needed=True)
                test = self._choice(rule, "test", where, [one.value for one in Test])
                value = self._text(rule, "value", where, conditioning.LONGEST_WORDS, needed=True)
                if test:
                    rules.append(Rule(item, Test(test), value))
        return Condition(every, tuple(rules)) if rules else None

    def _look_at_conditions(self, asked: Questionnaire) -> None:
        names = conditioning.names_of(asked)
        for fault in conditioning.faults(asked):
            self._fault(names[fault.key], conditioning.refusal([fault], names))

    def _look_at_marks(self, asked: Questionnaire) -> None:
        """Marks of answers that were not given before show nothing, which harms nobody."""
        given = {piping.SUBJECT}
        names = conditioning.names_of(asked)
        for question in asked.questions():
            for key in piping.keys(f"{question.text} {question.help}"):
                if key not in given:
                    words = _("%(place)s: “[[%(key)s]]” names no earlier question and stays empty.")
                    self.notes.append(words % {"place": names[question.key], "key": key})
            given |= {item.key for item in question.items}

    # --- The whole ---
    def _refuse_too_many(self, asked: Questionnaire) -> None:
        where = _("The survey")
        if len(asked.sections) > editing.MOST_SECTIONS:
            self._fault(
                where, _("A survey has at most %(number)d parts.") % {"number": editing.MOST_SECTIONS}
            )
        if len(list(asked.questions())) > editing.MOST_QUESTIONS:
            self._fault(
                where, _("A survey has at most %(number)d questions.") % {"number": editing.MOST_QUESTIONS}
            )

    def _refuse_same_keys(self, asked: Questionnaire) -> None:
        where = _("The survey")
        seen: dict[str, str] = {}
        for question in asked.questions():
            key = question.key
            if key == piping.SUBJECT:
                words = _("The key “%(key)s” is kept for whom a wave is about.")
                self._fault(where, words % {"key": key})
            fields = {field_name(one) for one in (question, *question.items)} if key else set()
            earlier = {seen[name] for name in fields if name in seen}
            if key in earlier:
                words = _("Two questions have the key “%(key)s”.")
                self._fault(where, words % {"key": key})
            elif earlier:
                words = _("“%(key)s” and “%(earlier)s” would share a field. Give one of them another key.")
                self._fault(where, words % {"key": key, "earlier": min(earlier)})
            seen |= dict.fromkeys(fields, key)

    def _translations(self, data: Mapping[str, Any], asked: Questionnaire) -> dict[str, dict[str, str]]:
        found: dict[str, dict[str, str]] = {}
        given = data.get("translations", {})
        if not self._is_object(given, _("Translations")):
            return found
        if len(given) > MOST_LANGUAGES:
            words = _("A survey has at most %(number)d further languages.")
            self._fault(_("Translations"), words % {"number": MOST_LANGUAGES})
        known = asked.words
        for language, words_of_it in list(given.items())[:MOST_LANGUAGES]:
            where = _("Translations, “%(language)s”") % {"language": _short(language)}
            if language not in LANGUAGES or language == asked.language:
                self._fault(where, _("No survey is translated into this language, or it is the main one."))
            elif self._is_object(words_of_it, where):
                self._only(words_of_it, known, where)
                texts = {
                    place: self._text(
                        words_of_it, place, where, _longest(place), lines=place.endswith("intro")
                    )
                    for place in known
                    if place in words_of_it
                }
                found[language] = {place: text for place, text in texts.items() if text}
        return found

    def _language(self, data: Mapping[str, Any], where: str) -> str:
        value = data.get("language")
        if isinstance(value, str) and value in LANGUAGES:
            return value
        self._fault(where, _("“language” is the code of a language, such as en, ar or pt-br."))
        return ""

    # --- One value ---
    def _fault(self, where: str, says: str) -> None:
        if len(self.faults) <= MOST_FAULTS:
            self.faults.append(Fault(where, says))

    def _only(self, data: Mapping[str, Any], known: Collection[str], where: str) -> None:
        for name in data:
            if name not in known:
                words = _("“%(name)s” is not known here. Is it a slip?")
                self._fault(where, words % {"name": _short(name)})

    def _is_object(self, value: Any, where: str) -> bool:
        if isinstance(value, dict):
            return True
        self._fault(where, _("Names with values in curly brackets belong here."))
        return False

    def _list(self, data: Mapping[str, Any], name: str, where: str) -> list[Any]:
        value = data.get(name, [])
        if isinstance(value, list):
            return value
        self._fault(where, _("“%(name)s” must be a list.") % {"name": name})
        return []

    def _text(
        self,
        data: Mapping[str, Any],
        name: str,
        where: str,
        longest: int,
        *,
        needed: bool = False,
        lines: bool = False,
    ) -> str:
        value = data.get(name, "")
        if not isinstance(value, str):
            self._fault(where, _("“%(name)s” must be a text.") % {"name": name})
            return ""
        text = clean_text(value, lines=lines).strip()
        if len(text) > longest:
            words = _("“%(name)s” has at most %(longest)d characters.")
            self._fault(where, words % {"name": name, "longest": longest})
        if needed and not text:
            self._fault(where, _("“%(name)s” is missing.") % {"name": name})
        return text[:longest]

    def _pattern(
        self, data: Mapping[str, Any], name: str, where: str, pattern: re.Pattern[str], longest: int
    ) -> str:
        value = data.get(name)
        if isinstance(value, str) and pattern.fullmatch(value):
            return value
        words = _("“%(name)s” is made of 1 to %(longest)d letters a to z, digits, - and _.")
        self._fault(where, words % {"name": name, "longest": longest})
        return ""

    def _choice(self, data: Mapping[str, Any], name: str, where: str, known: Collection[str]) -> str:
        value = data.get(name)
        if isinstance(value, str) and value in known:
            return value
        words = _("“%(name)s” must be one of: %(known)s.")
        self._fault(where, words % {"name": name, "known": ", ".join(known)})
        return ""

    def _flag(self, data: Mapping[str, Any], name: str, where: str) -> bool:
        value = data.get(name, False)
        if not isinstance(value, bool):
            self._fault(where, _("“%(name)s” is true or false.") % {"name": name})
        return value is True

    def _number(self, data: Mapping[str, Any], name: str, where: str, low: int, high: int) -> int | None:
        value = data.get(name)
        # To Python true is a number.
        if isinstance(value, int) and not isinstance(value, bool) and low <= value <= high:
            return value
        words = _("“%(name)s” is a whole number from %(low)d to %(high)d.")
        self._fault(where, words % {"name": name, "low": low, "high": high})
        return None

    def _day(self, data: Mapping[str, Any], name: str, where: str) -> int | None:
        value = data.get(name)
        try:
            day = dt.date.fromisoformat(value) if isinstance(value, str) else None
        except ValueError:
            day = None
        if day and FIRST_DAY <= day <= LAST_DAY:
            return day.toordinal()
        words = _("“%(name)s” is a day like 2026-12-31, from 1900 to 2200.")
        self._fault(where, words % {"name": name})
        return None


def _short(name: str) -> str:
    return clean_text(name)[:40]


def _longest(place: str) -> int:
    """Of a translation as of the words themselves."""
    if place.endswith("title") and (place == "title" or place.startswith("section.")):
        return 150
    if place == "intro" or (place.startswith("section.") and place.endswith(".intro")):
        return 2000
    return kind_of_place(place.split(".", 1)[1])[1]
