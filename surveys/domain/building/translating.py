"""The words of a survey in further languages, place by place, and what of them is still to do.

A translation remembers what it was translated from: where the original changes afterwards, it stays in use
and is marked. That memory stands beside it, under the name of its place with a mark before it, and is never
frozen into a wave.
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from common import audit
from common.forms import clean_text
from people.models import Person
from surveys import piping
from surveys.domain.building.editing import LABEL_LENGTH, changing
from surveys.domain.building.freezing_questions import MEMORY, freeze_question
from surveys.languages import LANGUAGES, Language, find
from surveys.models import Question, Section, Survey

if TYPE_CHECKING:
    from django.utils.functional import _StrPromise

MOST_LANGUAGES = 20
Row = Survey | Section | Question


class TooManyLanguages(Exception):
    """A survey has as many languages as it may have."""


class UnknownLanguage(Exception):
    """No survey can be written in it, or this one is not."""


@dataclass(frozen=True)
class Place:
    """Words that can be translated. ``name`` is unique in the survey, ``field`` in its row."""

    name: str
    row: Row
    field: str
    label: str | _StrPromise
    original: str
    longest: int
    lines: bool = False

    def translation(self, language: str) -> str:
        return self.row.translations.get(language, {}).get(self.field, "")

    def is_missing(self, language: str) -> bool:
        return not self.translation(language)

    def is_behind(self, language: str) -> bool:
        """It was translated, and the original has changed since."""
        words = self.row.translations.get(language, {})
        before = words.get(MEMORY + self.field)
        return bool(words.get(self.field)) and before is not None and before != digest(self.original)

    def lost_marks(self, language: str) -> list[str]:
        """Answers the original puts into the text and its translation does not."""
        words = self.translation(language)
        kept = set(piping.keys(words))
        return [piping.mark(key) for key in piping.keys(self.original) if words and key not in kept]


@dataclass(frozen=True)
class Block:
    """What belongs together: the survey's own words, those of a part, or those of one question."""

    title: str
    number: str
    part: str
    places: tuple[Place, ...]


@dataclass(frozen=True)
class Progress:
    """How far the survey is in a language."""

    language: Language
    total: int
    missing: int
    behind: int

    @property
    def done(self) -> int:
        return self.total - self.missing

    @property
    def to_do(self) -> int:
        return self.missing + self.behind


def digest(text: str) -> str:
    return hashlib.blake2s(text.encode(), digest_size=6).hexdigest()


# --- Places -------------------------------------------------------------------------------------------------
def blocks_of(survey: Survey) -> list[Block]:
    """All words of the survey as they are read, in three statements. Places without words are left out."""
    blocks = [Block(survey.title, "", "", tuple(_of_survey(survey)))]
    number = 0
    for section in survey.sections.prefetch_related("questions__behaviour"):
        blocks.append(Block(section.title, "", section.title, tuple(_of_section(section))))
        for row in section.questions.all():
            number += 1
            blocks.append(Block(row.text, str(number), section.title, tuple(_of_question(row))))
    return blocks


def places_of(survey: Survey) -> Iterator[Place]:
    for block in blocks_of(survey):
        yield from block.places


def _of_survey(survey: Survey) -> Iterator[Place]:
    yield Place("title", survey, "title", _("Title"), survey.title, 150)
    if survey.intro:
        yield Place("intro", survey, "intro", _("First words"), survey.intro, 2000, lines=True)


def _of_section(section: Section) -> Iterator[Place]:
    name = f"section.{section.pk}"
    yield Place(f"{name}.title", section, "title", _("Title of the part"), section.title, 150)
    if section.intro:
        label = _("Words before this part")
        yield Place(f"{name}.intro", section, "intro", label, section.intro, 2000, lines=True)


def _of_question(row: Question) -> Iterator[Place]:
    """Only what its kind shows: see ``freeze_question``."""
    for field, original in freeze_question(row).words.items():
        label, longest = kind_of_place(field)
        yield Place(f"{row.key}.{field}", row, field, label, original, longest)


_KINDS_OF_PLACE: dict[str, tuple[str | _StrPromise, int]] = {
    "text": (_("Question"), 500),
    "help": (_("Hint"), 300),
    "low_label": (_("Words at the lowest value"), 80),
    "high_label": (_("Words at the highest value"), 80),
    "unit": (_("Unit"), 30),
    "row": (_("Row"), LABEL_LENGTH),
    "option": (_("Answer"), LABEL_LENGTH),
}


def kind_of_place(field: str) -> tuple[str | _StrPromise, int]:
    """What a place of a question is called, and how long its words may be."""
    return _KINDS_OF_PLACE[field.split(".", maxsplit=1)[0]]


def remembering(words: Mapping[str, str], originals: Mapping[str, str]) -> dict[str, str]:
    """The words of one language by field, with the memory of what they were made from."""
    return {
        **{field: text for field, text in words.items() if text},
        **{MEMORY + field: digest(originals.get(field, "")) for field, text in words.items() if text},
    }


# --- How far it is ------------------------------------------------------------------------------------------
def progress_of(survey: Survey) -> list[Progress]:
    """For each further language, in the order they were added."""
    places = list(places_of(survey)) if survey.languages else []
    return [progress_in(places, language) for language in survey.languages]


def progress_in(places: Collection[Place], language: str) -> Progress:
    return Progress(
        language=find(language),
        total=len(places),
        missing=sum(place.is_missing(language) for place in places),
        behind=sum(place.is_behind(language) for place in places),
    )


def missing(survey: Survey, language: str) -> int:
    """How many places have no words in this language: those asked read the main language there."""
    return sum(place.is_missing(language) for place in places_of(survey))


# --- Changing -----------------------------------------------------------------------------------------------
def add_language(survey: Survey, language: str, *, by: Person) -> None:
    """Words it had in this language before are there again. Raises UnknownLanguage, TooManyLanguages."""
    if language not in LANGUAGES:
        raise UnknownLanguage
    with changing(survey) as locked:
        if language in {locked.language, *locked.languages}:
            return
        if len(locked.languages) >= MOST_LANGUAGES:
            raise TooManyLanguages
        locked.languages = [*locked.languages, language]
        locked.save(update_fields=["languages"])
        audit.record(by=by, action="survey.language_added", obj=locked, language=language)


def remove_language(survey: Survey, language: str, *, by: Person) -> None:
    """Nobody is asked in it any more; its words stay, for whoever adds it again."""
    with changing(survey) as locked:
        if language not in locked.languages:
            return
        locked.languages = [code for code in locked.languages if code != language]
        locked.save(update_fields=["languages"])
        audit.record(by=by, action="survey.language_removed", obj=locked, language=language)


def translate(
    survey: Survey,
    language: str,
    words: Mapping[str, str],
    *,
    still_right: Collection[str] = (),
    made_from: Mapping[str, str] | None = None,
    by: Person,
) -> int:
    """Store the words by place; places that are not named stay, empty ones are taken out. How many changed.

    ``still_right``: places whose words hold although the original has changed. ``made_from``: what the words
    were made from, where that is not what stands there now. Raises UnknownLanguage.
    """
    made_from = made_from or {}
    with transaction.atomic():
        changed = _translated(Survey.objects.get(pk=survey.pk), language, words, still_right, made_from)
        if not changed:
            return 0
        # Only now: looking at a page and saving it as it is makes no new version.
        with changing(survey) as locked:
            changed = _translated(locked, language, words, still_right, made_from)
            for row in {place.row._meta.label + str(place.row.pk): place.row for place in changed}.values():
                row.save(update_fields=["translations"])
            audit.record(by=by, action="survey.translated", obj=locked, language=language, texts=len(changed))
    return len(changed)


def _translated(
    survey: Survey,
    language: str,
    words: Mapping[str, str],
    still_right: Collection[str],
    made_from: Mapping[str, str],
) -> list[Place]:
    """Set the words on the rows, unsaved; the places that differ."""
    if language not in survey.languages:
        raise UnknownLanguage
    changed = []
    for place in places_of(survey):
        if place.name not in words and place.name not in still_right:
            continue
        text = clean_text(words.get(place.name, place.translation(language)), lines=place.lines).strip()
        if text == place.translation(language) and place.name not in still_right:
            continue
        if _set(place, language, text[: place.longest], made_from.get(place.name, place.original)):
            changed.append(place)
    return changed


def _set(place: Place, language: str, text: str, original: str) -> bool:
    """Whether anything is another than before."""
    translations: dict[str, dict[str, Any]] = place.row.translations
    before = translations.get(language, {})
    after = {key: value for key, value in before.items() if key not in {place.field, MEMORY + place.field}}
    if text:
        after |= {place.field: text, MEMORY + place.field: digest(original)}
    place.row.translations = {**translations, language: after}
    return after != before
