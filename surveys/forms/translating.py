"""The words of a survey in another language, as typed beside the original."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from common.forms import AsOpenedField, PortalForm
from common.importing.forms import TableFileField
from surveys.domain.building.translating import Block, Place
from surveys.languages import LANGUAGES, Language, choices
from surveys.models import Survey

# The portal takes a thousand fields at once: two for a place whose original has changed, and some of its own.
MOST_PLACES = 450
STILL_RIGHT = "ok."
_LETTERS_A_LINE = 55


class LanguageForm(PortalForm):
    """A further language of a survey."""

    language = forms.ChoiceField(label=_("Add a language"))

    def __init__(self, *args: Any, survey: Survey, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        taken = {survey.language, *survey.languages}
        free = [(code, label) for code, label in choices() if code in LANGUAGES and code not in taken]
        self.fields["language"].choices = [("", _("Choose a language")), *free]  # type: ignore[attr-defined]


class TranslationFileForm(PortalForm):
    file = TableFileField(label=_("The translated table"), help_text=_("As a workbook (XLSX) or CSV."))


@dataclass(frozen=True)
class Pair:
    """One place on the page."""

    place: Place
    field: forms.BoundField
    behind: bool
    lost_marks: list[str]

    @property
    def still_right(self) -> str:
        """The name of the box beside words whose original has changed."""
        return STILL_RIGHT + self.place.name


@dataclass(frozen=True)
class PairBlock:
    block: Block
    pairs: list[Pair]


class TranslationForm(PortalForm):
    """A field for each place shown; what is not shown stays as it is.

    Whoever saves over words that somebody else changed meanwhile, or beside an original that is another one
    by now, is told, once.
    """

    def __init__(self, *args: Any, blocks: Sequence[Block], language: Language, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.blocks, self.language = blocks, language
        for place in self._places():
            self.fields[place.name] = _field(place, language)
        self.fields["as_opened"] = AsOpenedField(self._digest())

    def _places(self) -> Iterator[Place]:
        for block in self.blocks:
            yield from block.places

    def _digest(self) -> str:
        code = self.language.code
        stored = [(place.name, place.original, place.translation(code)) for place in self._places()]
        return hashlib.blake2s(json.dumps(stored).encode(), digest_size=16).hexdigest()

    def clean_as_opened(self) -> str:
        opened: str = self.cleaned_data["as_opened"]
        if opened and opened != self.fields["as_opened"].initial:
            raise ValidationError(
                _(
                    "Somebody changed words on this page after you opened it. Yours still stand below, "
                    "beside the originals of now. Save again to keep yours, or open the page anew to see the "
                    "others."
                )
            )
        return opened

    def words(self) -> dict[str, str]:
        """By place what was typed."""
        return {place.name: self.cleaned_data[place.name] for place in self._places()}

    def still_right(self) -> set[str]:
        return {place.name for place in self._places() if STILL_RIGHT + place.name in self.data}

    def parts(self) -> list[tuple[str, list[PairBlock]]]:
        """The blocks by the part of the survey they stand in."""
        code = self.language.code
        shown = [
            PairBlock(block, [self._pair(place, code) for place in block.places]) for block in self.blocks
        ]
        return [(title, list(group)) for title, group in groupby(shown, lambda one: one.block.part)]

    def _pair(self, place: Place, code: str) -> Pair:
        return Pair(place, self[place.name], place.is_behind(code), place.lost_marks(code))


def _field(place: Place, language: Language) -> forms.CharField:
    attributes = {
        "lang": language.code,
        "dir": language.direction,
        # For browsers that do not let a field grow: about as tall as the original.
        "rows": min(max(2 if place.lines else 1, len(place.original) // _LETTERS_A_LINE + 1), 12),
        "class": "form-control cp-grows",
        "aria-describedby": f"original-{place.name}",
    }
    return forms.CharField(
        label=place.label,
        initial=place.translation(language.code),
        max_length=place.longest,
        required=False,
        widget=forms.Textarea(attrs=attributes),
    )


def to_do_only(blocks: Sequence[Block], language: str) -> list[Block]:
    """What is missing or behind its original."""
    return _kept(
        Block(
            block.title,
            block.number,
            block.part,
            tuple(one for one in block.places if one.is_missing(language) or one.is_behind(language)),
        )
        for block in blocks
    )


def _kept(blocks: Iterator[Block]) -> list[Block]:
    return [block for block in blocks if block.places]


def pages_of(blocks: Sequence[Block]) -> list[list[Block]]:
    """The blocks in as many pages as they need; at least one, which may be empty."""
    pages: list[list[Block]] = [[]]
    room = MOST_PLACES
    for block in blocks:
        if len(block.places) > room and pages[-1]:
            pages.append([])
            room = MOST_PLACES
        pages[-1].append(block)
        room -= len(block.places)
    return pages
